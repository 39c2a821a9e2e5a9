"""Merging categories, tags and bylines: everything moves to the target, and the old address leads
there.

Nothing is lost: also revisions name the target, so that a restored one brings back what still
exists. The apps above move what is theirs: settings.MERGE_PARTS names modules with `planned` and
`follow`.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol, TypeAlias, cast

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from taggit.models import Tag

from articles.folding import fold
from articles.models import Article, ArticleTag, Category, Contributor, ListKind, User
from articles.search import index_soon
from articles.services.announcing import touch_parts
from articles.services.cards import draw_card
from articles.services.contributors import is_closed_byline, move_articles
from articles.services.listing import drop_list, keep_all_of
from articles.services.permissions import require
from articles.services.places import settle_place
from articles.services.site import rebuild_chrome
from articles.services.tags import address_of_tag, articles_with, refresh_links

Kind: TypeAlias = Category | Tag | Contributor
_LISTS = {
    Category: ListKind.CATEGORY, Tag: ListKind.TAG, Contributor: ListKind.CONTRIBUTOR,
}  # fmt: skip
# The pictures for sharing that name a byline are drawn anew for so many; for the others, when
# they are next changed.
_CARDS = 500
_BATCH = 500
_LOOKED_AT = 20_000


class Part(Protocol):
    """What an app above says of a merge, and does in it."""

    def planned(self, origin: Kind) -> list[tuple[str, int]]: ...
    def follow(self, origin: Kind, target: Kind) -> None: ...


@dataclass(frozen=True)
class Plan:
    """What a merge would do: what moves and how much of it, and which address leads where."""

    moves: list[tuple[str, int]]
    old: str
    new: str


def address_of(row: Kind) -> str:
    """Return the public address of a category, tag or byline."""
    return address_of_tag(row) if isinstance(row, Tag) else str(row.get_absolute_url())


def plan(origin: Kind, target: Kind) -> Plan:
    """Say what merging would do; it changes nothing. Raises ValidationError where it would be
    refused. Two to eight queries."""
    _refuse(origin, target)
    moves: list[tuple[str, int]] = []
    if isinstance(origin, Category):
        moves.append((_("categories below it"), origin.children.count()))
        moves.append((_("articles"), origin.articles.count()))
    elif isinstance(origin, Tag):
        moves.append((_("articles"), ArticleTag.objects.filter(tag=origin).count()))
    else:
        moves.append((_("articles"), origin.articles.count()))
        moves.append((_("accounts"), int(origin.user_id is not None)))
    for part in _parts():
        moves += part.planned(origin)
    return Plan([move for move in moves if move[1]], address_of(origin), address_of(target))


def _parts() -> Iterable[Part]:
    return [cast(Part, import_module(path)) for path in settings.MERGE_PARTS]


def _refuse(origin: Kind, target: Kind) -> None:
    if type(origin) is not type(target) or origin.pk == target.pk:
        raise ValidationError(_("Nothing can be merged into itself."))
    if isinstance(origin, Contributor) and isinstance(target, Contributor):
        if origin.user_id is not None and target.user_id is not None:
            raise ValidationError(
                _("Both bylines belong to accounts; two people are not made one.")
            )
        if is_closed_byline(origin):
            raise ValidationError(
                _("This byline stands for all who left; nobody may be named in its place.")
            )


@transaction.atomic
def merge_categories(origin: Category, target: Category, by: User | None) -> int:
    """Move everything of a category into another and delete it; return how many articles moved.

    A target that stands below the origin takes the origin's place first. One statement for all
    articles and one for their revisions; two for each 500 articles that the index is owed, and
    five for each 500 that change their lists.
    Raises PermissionDenied, ValidationError, Category.DoesNotExist.
    """
    require(by, "articles.change_category")
    require(by, "articles.delete_category")
    tree = {row.pk: row for row in Category.objects.select_for_update().order_by("pk")}
    origin, target = _locked(tree, origin), _locked(tree, target)
    _refuse(origin, target)
    above = target.parent_id
    while above is not None and above != origin.pk:
        above = tree[above].parent_id
    if above == origin.pk:
        target.parent_id = origin.parent_id
        target.save(update_fields=["parent"])
    origin.children.exclude(pk=target.pk).update(parent=target)
    numbers = list(origin.articles.order_by("pk").values_list("pk", flat=True))
    Article.history.filter(category_id=origin.pk).update(category_id=target.pk)
    origin.articles.update(category=target, version=F("version") + 1)
    keep_all_of(ListKind.CATEGORY, origin.pk)
    index_soon(numbers)
    touch_parts(numbers)
    _finish(origin, target)
    rebuild_chrome()
    return len(numbers)


def _locked(rows: dict[int, Category], row: Category) -> Category:
    if row.pk not in rows:
        raise Category.DoesNotExist
    return rows[row.pk]


@transaction.atomic
def merge_tags(origin: Tag, target: Tag, by: User | None) -> int:
    """Give every article of a tag another one instead and delete it; an article that has both
    keeps one. Return how many articles it were.

    Costs about seven queries for each 200 articles, and one pass over the revisions' tags.
    Raises PermissionDenied, ValidationError, Tag.DoesNotExist.
    """
    require(by, "taggit.change_tag")
    require(by, "taggit.delete_tag")
    rows = {row.pk: row for row in Tag.objects.select_for_update().filter(
        pk__in=[origin.pk, target.pk]
    ).order_by("pk")}  # fmt: skip
    if {origin.pk, target.pk} - rows.keys():
        raise Tag.DoesNotExist
    origin, target = rows[origin.pk], rows[target.pk]
    _refuse(origin, target)
    numbers = articles_with(origin)
    having = ArticleTag.objects.filter(tag=target).values("content_object")
    items = ArticleTag.objects.filter(tag=origin)
    items.filter(content_object__in=having).delete()
    ArticleTag.objects.filter(tag=origin).update(tag=target)
    keep_all_of(ListKind.TAG, origin.pk)
    refresh_links(numbers)
    index_soon(())  # They are owed already.
    touch_parts(numbers)
    _rename_in_revisions(origin.name, target.name)
    _finish(origin, target)
    return len(numbers)


def _rename_in_revisions(old: str, new: str) -> None:
    changed = []
    for row in naming(Article.history.all(), old).only("tag_names").iterator(_BATCH):
        row.tag_names = renamed(row.tag_names, old, new)
        changed.append(row)
    Article.history.bulk_update(changed, ["tag_names"], batch_size=200)


def naming(rows: QuerySet[Any], tag: str) -> QuerySet[Any]:
    """Return the rows whose `tag_names` hold a tag of this name. One pass over the rows."""
    if connection.features.supports_json_field_contains:
        return rows.filter(tag_names__contains=[tag])
    # Stored as text; that it stands there as a whole word is known by its quotation marks.
    text: QuerySet[Any] = rows.annotate(tags_as_text=Cast("tag_names", TextField()))
    return text.filter(tags_as_text__contains=json.dumps(tag))


def renamed(names: list[str], old: str, new: str) -> list[str]:
    """Return a list of tags with one renamed, each once and in its order."""
    return list(dict.fromkeys(new if name == old else name for name in names))


@transaction.atomic
def merge_contributors(origin: Contributor, target: Contributor, by: User | None) -> int:
    """Give a byline's articles, account, portrait and all that the apps above keep of it to
    another one and delete it; return how many articles moved.

    What the target says of itself stays. Raises PermissionDenied, Contributor.DoesNotExist;
    ValidationError where both belong to accounts. About twenty queries.
    """
    require(by, "articles.change_contributor")
    require(by, "articles.delete_contributor")
    rows = {row.pk: row for row in Contributor.objects.select_for_update().filter(
        pk__in=[origin.pk, target.pk]
    ).order_by("pk")}  # fmt: skip
    if {origin.pk, target.pk} - rows.keys():
        raise Contributor.DoesNotExist
    origin, target = rows[origin.pk], rows[target.pk]
    _refuse(origin, target)
    numbers = list(origin.articles.order_by("pk").values_list("pk", flat=True))
    move_articles(origin, target, by)
    if origin.user_id is not None:
        account, origin.user = origin.user, None
        origin.save(update_fields=["user"])
        target.user = account
    target.bio = target.bio or origin.bio
    target.avatar = target.avatar or origin.avatar
    target.save(update_fields=["user", "bio", "avatar"])
    touch_parts(numbers)
    for number in numbers[:_CARDS]:
        draw_card.enqueue(number)
    _finish(origin, target)
    return len(numbers)


def _finish(origin: Kind, target: Kind) -> None:
    """Let the apps above follow, the old address lead on, and the origin go."""
    for part in _parts():
        part.follow(origin, target)
    old = address_of(origin)
    drop_list(_LISTS[type(origin)], origin.pk)
    origin.delete()
    settle_place(old, address_of(target))


def lookalikes(limit: int = 10) -> list[tuple[Tag, Tag]]:
    """Return pairs of tags that are the same but for script, case, width or spaces, the younger
    first. One query; it reads the names of 20,000 tags at most, in a fifth of a second."""
    first: dict[str, Tag] = {}
    found: list[tuple[Tag, Tag]] = []
    for tag in Tag.objects.order_by("pk")[:_LOOKED_AT].iterator(2000):
        plain = fold(tag.name).replace(" ", "") or tag.name
        if plain in first:
            found.append((tag, first[plain]))
        first.setdefault(plain, tag)
    return found[:limit]
