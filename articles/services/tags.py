"""Tags by themselves: renamed and deleted so that the articles that have them follow."""

from collections.abc import Sequence

from django.db import transaction
from taggit.models import Tag

from articles.models import Article, ArticleTag, ListKind, User
from articles.search import owe
from articles.services.listing import drop_list, keep_lists
from articles.services.permissions import require
from articles.services.places import settle_place
from articles.services.taxonomy import free_slug
from articles.services.versions import raise_version

_BATCH = 200


def slug_of_tag(name: str) -> str:
    """Return the address of a new tag whose name has no letter or digit that could stand in one;
    blank for any other name: taggit makes that itself. One query where it is not blank."""
    return "" if Tag().slugify(name) else free_slug(Tag, name, "tag")


@transaction.atomic
def save_tag(tag: Tag, by: User | None) -> Tag:
    """Save a tag; the articles that have it show its new name, and its old address leads to the
    new one. About three queries for each 200 articles. Raises PermissionDenied, ValidationError."""
    require(by, f"taggit.{'change' if tag.pk else 'add'}_tag")
    if not tag.slug:
        tag.slug = tag.slugify(tag.name) or slug_of_tag(tag.name)
    tag.full_clean()
    before = Tag.objects.filter(pk=tag.pk).first()
    tag.save()
    if before is not None:
        settle_place(address_of_tag(before), address_of_tag(tag))
        refresh_links(articles_with(tag))
    return tag


@transaction.atomic
def delete_tag(tag: Tag, by: User | None) -> None:
    """Delete a tag; the articles that had it lose it. Raises PermissionDenied."""
    require(by, "taggit.delete_tag")
    numbers = articles_with(tag)
    address, pk = address_of_tag(tag), tag.pk
    tag.delete()
    drop_list(ListKind.TAG, pk)
    refresh_links(numbers)
    settle_place(address, None)


def address_of_tag(tag: Tag) -> str:
    return f"/tag/{tag.slug}/"


def articles_with(tag: Tag) -> list[int]:
    """Return the numbers of the articles that have a tag. One query."""
    found = Article.objects.filter(tag_items__tag=tag)
    return list(found.order_by("pk").values_list("pk", flat=True))


def refresh_links(numbers: Sequence[int]) -> None:
    """Write anew what articles keep of their tags, in the order that they had them, and let them
    stand in the tags' lists. Six queries for each 200 articles, and those of keep_lists()."""
    for start in range(0, len(numbers), _BATCH):
        some = numbers[start : start + _BATCH]
        owe(some)
        raise_version(some)
        items = ArticleTag.objects.filter(content_object__in=some).select_related("tag")
        tags: dict[int, list[Tag]] = {number: [] for number in some}
        for item in items.order_by("pk"):
            tags[item.content_object_id].append(item.tag)
        rows = list(Article.objects.filter(pk__in=some).only("pk"))
        for row in rows:
            row.tag_names = [tag.name for tag in tags[row.pk]]
            row.tag_links = [{"name": tag.name, "slug": tag.slug} for tag in tags[row.pk]]
        Article.objects.bulk_update(rows, ["tag_names", "tag_links"])
        keep_lists(some)
