"""Categories, topics, pages and bylines: saved and deleted so that every page follows."""

from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext as _
from taggit.models import Tag

from articles.folding import fold
from articles.html import clean
from articles.models import (
    Article,
    Category,
    Contributor,
    ListKind,
    Page,
    Topic,
    TopicArticle,
    User,
)
from articles.services.derive import derive_page
from articles.services.listing import drop_list, keep_all_of, keep_lists
from articles.services.permissions import require
from articles.services.pictures import render_cover
from articles.services.places import settle_place
from articles.services.related import relate
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
    """Save a category, new or changed; its old address leads to a new one. Raises PermissionDenied;
    ValidationError where the tree would bite its tail. Who saves many passes is_shown=False and
    rebuilds the chrome at the end. One that is put below another costs what keep_all_of() does."""
    require(by, f"articles.{'change' if category.pk else 'add'}_category")
    # The whole tree is locked: two moves at once could otherwise make a circle.
    tree = dict(Category.objects.select_for_update().order_by("pk").values_list("pk", "parent"))
    category.slug = category.slug or free_slug(Category, category.name, "category")
    category.full_clean()
    above = category.parent
    while above is not None:
        if above.pk == category.pk:
            raise ValidationError({"parent": _("A category cannot stand below itself.")})
        above = above.parent
    before = _address_before(category)
    category.save()
    if tree.get(category.pk) != category.parent_id:
        keep_all_of(ListKind.CATEGORY, category.pk)
    if before:
        settle_place(before, category.get_absolute_url())
    if is_shown:
        rebuild_chrome()
    return category


def _address_before(row: Category | Topic | Page | Contributor) -> str:
    """Return the address that a row has in the database; nothing for a new one. One query."""
    before = type(row)._default_manager.filter(pk=row.pk).first() if row.pk else None
    return before.get_absolute_url() if before is not None else ""


@transaction.atomic
def delete_category(category: Category, by: User | None) -> None:
    """Delete a category in which nothing stands. Raises PermissionDenied, ValidationError."""
    require(by, "articles.delete_category")
    number = category.pk
    try:
        category.delete()
    except ProtectedError as error:
        raise ValidationError(
            _("Articles or categories still stand in %(name)s.") % {"name": category.name}
        ) from error
    drop_list(ListKind.CATEGORY, number)
    settle_place(category.get_absolute_url(), None)
    rebuild_chrome()


@transaction.atomic
def save_page(page: Page, by: User | None) -> Page:
    """Save a page of the site's own, its text cleaned. Raises PermissionDenied, ValidationError."""
    require(by, f"articles.{'change' if page.pk else 'add'}_page")
    page.slug = page.slug or free_slug(Page, page.title, "page")
    page.body = clean(page.body)
    derive_page(page)
    page.full_clean()
    before = _address_before(page)
    page.save()
    if before and page.is_published:
        settle_place(before, page.get_absolute_url())
    rebuild_chrome()
    return page


@transaction.atomic
def delete_page(page: Page, by: User | None) -> None:
    require(by, "articles.delete_page")
    page.delete()
    if page.is_published:
        settle_place(page.get_absolute_url(), None)
    rebuild_chrome()


@transaction.atomic
def save_topic(topic: Topic, by: User | None) -> Topic:
    """Save a topic. Raises PermissionDenied, ValidationError."""
    require(by, f"articles.{'change' if topic.pk else 'add'}_topic")
    topic.slug = topic.slug or free_slug(Topic, topic.title, "topic")
    topic.full_clean()
    before = _address_before(topic)
    topic.save()
    if before:
        settle_place(before, topic.get_absolute_url())
    render_cover(topic.cover)
    return topic


@transaction.atomic
def arrange_topic(
    topic: Topic, by: User | None, articles: Sequence[Article], pinned: Collection[int] = ()
) -> None:
    """Put exactly these articles into a topic, in this order, those whose numbers are pinned
    before the others; what came or went finds its related articles anew. Who is put in is no
    longer kept out. Raises PermissionDenied."""
    require(by, "articles.change_topic")
    Topic.objects.select_for_update().get(pk=topic.pk)
    before = set(topic.entries.values_list("article_id", flat=True))
    numbers = [article.pk for article in articles]
    topic.entries.all().delete()
    topic.bans.filter(article__in=numbers).delete()
    TopicArticle.objects.bulk_create(
        TopicArticle(topic=topic, article_id=pk, position=position, is_pinned=pk in pinned)
        for position, pk in enumerate(dict.fromkeys(numbers), start=1)
    )
    keep_lists(before ^ set(numbers))
    settle_place(topic.get_absolute_url(), topic.get_absolute_url())
    touched = Article.objects.filter(pk__in=before ^ set(numbers), public_at__isnull=False)
    for number in touched.order_by("pk").values_list("pk", flat=True):
        relate.enqueue(number)


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
    before = _address_before(contributor)
    contributor.save()
    if before:
        settle_place(before, contributor.get_absolute_url())
    return contributor


@transaction.atomic
def delete_topic(topic: Topic, by: User | None) -> None:
    """Delete a topic; its articles stay. Raises PermissionDenied."""
    require(by, "articles.delete_topic")
    number = topic.pk
    topic.delete()
    drop_list(ListKind.TOPIC, number)
    settle_place(topic.get_absolute_url(), None)


@transaction.atomic
def delete_contributor(contributor: Contributor, by: User | None) -> None:
    """Delete a byline without articles. Raises PermissionDenied, ValidationError."""
    require(by, "articles.delete_contributor")
    number = contributor.pk
    try:
        contributor.delete()
    except ProtectedError as error:
        raise ValidationError(
            _("Articles still name %(name)s as their contributor.") % {"name": contributor.name}
        ) from error
    drop_list(ListKind.CONTRIBUTOR, number)
    settle_place(contributor.get_absolute_url(), None)
