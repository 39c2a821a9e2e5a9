"""Categories, topics, pages and bylines: saved and deleted so that every page follows."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext as _
from taggit.models import Tag

from articles.folding import fold
from articles.html import clean
from articles.models import Article, Category, Contributor, Page, Topic, TopicArticle, User
from articles.services.derive import derive_page
from articles.services.permissions import require
from articles.services.pictures import render_cover
from articles.services.site import rebuild_chrome


def free_slug(
    model: type[Category | Topic | Page | Contributor] | type[Tag], name: str, kind: str
) -> str:
    """Return an address made of the name that no other row of the model has."""
    base = slugify(name, allow_unicode=True)[:60] or kind
    slug, number = base, 2
    while model._default_manager.filter(slug=slug).exists():
        slug, number = f"{base}-{number}", number + 1
    return slug


@transaction.atomic
def save_category(category: Category, by: User | None, *, is_shown: bool = True) -> Category:
    """Save a category, new or changed. Raises PermissionDenied; ValidationError where the tree
    would bite its tail. Who saves many passes is_shown=False and rebuilds the chrome at the end."""
    require(by, f"articles.{'change' if category.pk else 'add'}_category")
    # The whole tree is locked: two moves at once could otherwise make a circle.
    list(Category.objects.select_for_update().order_by("pk").values_list("pk"))
    category.slug = category.slug or free_slug(Category, category.name, "category")
    category.full_clean()
    above = category.parent
    while above is not None:
        if above.pk == category.pk:
            raise ValidationError({"parent": _("A category cannot stand below itself.")})
        above = above.parent
    category.save()
    if is_shown:
        rebuild_chrome()
    return category


@transaction.atomic
def delete_category(category: Category, by: User | None) -> None:
    """Delete a category in which nothing stands. Raises PermissionDenied, ValidationError."""
    require(by, "articles.delete_category")
    try:
        category.delete()
    except ProtectedError as error:
        raise ValidationError(
            _("Articles or categories still stand in %(name)s.") % {"name": category.name}
        ) from error
    rebuild_chrome()


@transaction.atomic
def save_page(page: Page, by: User | None) -> Page:
    """Save a page of the site's own, its text cleaned. Raises PermissionDenied, ValidationError."""
    require(by, f"articles.{'change' if page.pk else 'add'}_page")
    page.slug = page.slug or free_slug(Page, page.title, "page")
    page.body = clean(page.body)
    derive_page(page)
    page.full_clean()
    page.save()
    rebuild_chrome()
    return page


@transaction.atomic
def delete_page(page: Page, by: User | None) -> None:
    require(by, "articles.delete_page")
    page.delete()
    rebuild_chrome()


@transaction.atomic
def save_topic(topic: Topic, by: User | None) -> Topic:
    """Save a topic. Raises PermissionDenied, ValidationError."""
    require(by, f"articles.{'change' if topic.pk else 'add'}_topic")
    topic.slug = topic.slug or free_slug(Topic, topic.title, "topic")
    topic.full_clean()
    topic.save()
    render_cover(topic.cover)
    return topic


@transaction.atomic
def arrange_topic(topic: Topic, by: User | None, articles: Sequence[Article]) -> None:
    """Put exactly these articles into a topic, in this order. Raises PermissionDenied."""
    require(by, "articles.change_topic")
    topic.entries.all().delete()
    TopicArticle.objects.bulk_create(
        TopicArticle(topic=topic, article=article, position=position)
        for position, article in enumerate(articles, start=1)
    )


@transaction.atomic
def save_contributor(contributor: Contributor, by: User | None) -> Contributor:
    """Save a byline; its name is unique after folding. Raises PermissionDenied, ValidationError."""
    require(by, f"articles.{'change' if contributor.pk else 'add'}_contributor")
    contributor.name = " ".join(contributor.name.split())
    contributor.folded_name = fold(contributor.name).replace(" ", "") or contributor.name
    contributor.slug = contributor.slug or free_slug(Contributor, contributor.name, "author")
    same = Contributor.objects.filter(folded_name=contributor.folded_name).exclude(
        pk=contributor.pk
    )
    if same.exists():
        raise ValidationError({"name": _("Another contributor has this name already.")})
    contributor.full_clean()
    contributor.save()
    return contributor


@transaction.atomic
def delete_topic(topic: Topic, by: User | None) -> None:
    """Delete a topic; its articles stay. Raises PermissionDenied."""
    require(by, "articles.delete_topic")
    topic.delete()


@transaction.atomic
def delete_contributor(contributor: Contributor, by: User | None) -> None:
    """Delete a byline without articles. Raises PermissionDenied, ValidationError."""
    require(by, "articles.delete_contributor")
    try:
        contributor.delete()
    except ProtectedError as error:
        raise ValidationError(
            _("Articles still name %(name)s as their contributor.") % {"name": contributor.name}
        ) from error
