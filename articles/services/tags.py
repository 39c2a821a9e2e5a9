"""Tags by themselves: renamed and deleted so that the articles that have them follow."""

from django.db import transaction
from taggit.models import Tag

from articles.models import Article, User
from articles.search import owe
from articles.services.permissions import require
from articles.services.taxonomy import free_slug
from articles.services.versions import raise_version


def slug_of_tag(name: str) -> str:
    """Return the address of a new tag whose name has no letter or digit that could stand in one;
    blank for any other name: taggit makes that itself. One query where it is not blank."""
    return "" if Tag().slugify(name) else free_slug(Tag, name, "tag")


@transaction.atomic
def save_tag(tag: Tag, by: User | None) -> Tag:
    """Save a tag; the articles that have it show its new name. Two queries an article where it
    was renamed. Raises PermissionDenied, ValidationError."""
    require(by, f"taggit.{'change' if tag.pk else 'add'}_tag")
    if not tag.slug:
        tag.slug = tag.slugify(tag.name) or slug_of_tag(tag.name)
    tag.full_clean()
    tag.save()
    _refresh_links(_numbers(tag))
    return tag


@transaction.atomic
def delete_tag(tag: Tag, by: User | None) -> None:
    """Delete a tag; the articles that had it lose it. Raises PermissionDenied."""
    require(by, "taggit.delete_tag")
    numbers = _numbers(tag)
    tag.delete()
    _refresh_links(numbers)


def _numbers(tag: Tag) -> list[int]:
    found = Article.objects.filter(tag_items__tag=tag)
    return list(found.order_by("pk").values_list("pk", flat=True))


def _refresh_links(numbers: list[int]) -> None:
    """Write anew what articles keep of their tags, in the order that they had them."""
    owe(numbers)
    raise_version(numbers)
    for article in Article.objects.filter(pk__in=numbers).only("tag_links").iterator(200):
        items = article.tag_items.select_related("tag").order_by("pk")
        tags = [item.tag for item in items]
        Article.objects.filter(pk=article.pk).update(
            tag_names=[tag.name for tag in tags],
            tag_links=[{"name": tag.name, "slug": tag.slug} for tag in tags],
        )
