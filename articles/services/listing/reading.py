"""Pages, counts and neighbours, read from the entries of lists."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from articles.models import (
    EVERYTHING,
    Article,
    ArticleList,
    ArticleQuerySet,
    ListBlock,
    ListEntry,
    ListKind,
    TopicArticle,
)
from articles.prepared import NOW, Prepared, Slot
from articles.services.listing import keeping

Numbers = QuerySet[ListEntry, Any]


@dataclass(frozen=True)
class OpenList:
    """A list at a moment. `pk` is its number, None where nothing was ever in it; `total` says how
    many of its articles are visible, `to_come` how many will be."""

    pk: int | None
    total: int
    to_come: int
    at: datetime


def _to_come(at: Any) -> Coalesce:
    """Return how many entries of a list are still to come. The scheduled ones stand together."""
    ahead = ListEntry.objects.filter(list=OuterRef("pk"), public_at__gt=at).order_by()
    return Coalesce(Subquery(ahead.values("list").annotate(n=Count("pk")).values("n")), 0)


def _list_row() -> QuerySet[ArticleList, tuple[Any, ...]]:
    rows = ArticleList.objects.filter(
        kind=Slot("kind", CharField()), ref=Slot("ref", BigIntegerField())
    )
    return rows.annotate(to_come=_to_come(NOW)).values_list("pk", "count", "to_come")


_LIST = Prepared(_list_row)


def open_list(kind: ListKind, ref: int = 0) -> OpenList:
    """Return a list as it is now. One query, which counts what is scheduled in it."""
    at = timezone.now()
    row = _LIST.first(kind=kind, ref=ref, now=at)
    if row is None:
        return OpenList(None, 0, 0, at)
    return OpenList(row[0], row[1] - row[2], row[2], at)


def count_of(kind: ListKind, at: Any = None) -> Subquery:
    """Return how many articles of the list of an outer row are visible at a moment (now), which
    may be an expression; null where it has no list."""
    lists = ArticleList.objects.filter(kind=kind, ref=OuterRef("pk"))
    shown = F("count") - _to_come(at or timezone.now())
    return Subquery(lists.annotate(shown=shown).values("shown"))


def page_of(opened: OpenList, number: int, size: int) -> Numbers:
    """Return the numbers of the articles of a page, counted from 1; to be used as a subquery.

    Entries are skipped on the index alone, at most a block of them: one query finds the block,
    which the first few thousand entries do not need.
    """
    entries = ListEntry.objects.filter(list=opened.pk, public_at__lte=opened.at)
    skipped = (number - 1) * size
    if opened.pk is not None and skipped > keeping.LARGEST:
        above, passed = _blocks_before(opened.pk, skipped + opened.to_come)
        if above is not None:
            skipped += opened.to_come - passed
            start = ListBlock.objects.filter(pk=above)
            after = _before(
                Subquery(start.values("public_at")), Subquery(start.values("article_number"))
            )
            entries = ListEntry.objects.filter(after, list=opened.pk)
    return _ordered(entries)[skipped : skipped + size]


def first_page(size: int) -> Numbers:
    """Return the numbers of the articles of the first page of a list that is given by the slots
    `list` and `now`, for a prepared query."""
    entries = ListEntry.objects.filter(list=Slot("list", BigIntegerField()), public_at__lte=NOW)
    return _ordered(entries)[:size]


def _blocks_before(pk: int, place: int) -> tuple[int | None, int]:
    """Return the last of the blocks of a list that stand wholly before a place (from 0), and how
    many entries they hold. One query; adding 500 counts, which a million entries have, is cheaper
    here than in SQLite."""
    above, passed = None, 0
    blocks = ListBlock.objects.filter(list=pk).order_by("-public_at", "-article_number")
    for block, count in blocks.values_list("pk", "count"):
        if passed + count > place:
            break
        above, passed = block, passed + count
    return above, passed


def places_of(opened: OpenList, topic: int, number: int, size: int) -> QuerySet[TopicArticle, Any]:
    """Return the places in a topic (TopicArticle) that its page has, in the editors' order; to be
    used as a subquery. It walks what stands before them, which is as much as people put there."""
    shown = ListEntry.objects.filter(
        list=opened.pk, article=OuterRef("article"), public_at__lte=opened.at
    )
    places = TopicArticle.objects.filter(Exists(shown), topic=topic)
    ordered = places.order_by("-is_pinned", "position", "pk").values("pk")
    return ordered[(number - 1) * size : number * size]


def _before(moment: Any, article: Any) -> Q:
    """Return what stands after a place in a list: the first condition lets the index begin there,
    the second orders what has the same moment."""
    same = Q(public_at__lt=moment) | Q(article__lt=article)
    return Q(public_at__lte=moment) & same


def _ordered(entries: QuerySet[ListEntry]) -> Numbers:
    return entries.order_by("-public_at", "-article").values("article")


def newest(kind: ListKind, ref: int = 0) -> Numbers:
    """Return the numbers of the visible articles of a list, newest first. Nothing is read before
    it is cut: the index gives them in this order."""
    at = timezone.now()
    if kind == ListKind.ALL:
        return _ordered(ListEntry.objects.filter(list=EVERYTHING, public_at__lte=at))
    one = ArticleList.objects.filter(kind=kind, ref=ref).values("pk")[:1]
    # As one value, not as a join, which PostgreSQL would sort anew.
    return _ordered(ListEntry.objects.filter(list=Subquery(one), public_at__lte=at))


def in_order(rows: ArticleQuerySet, numbers: Numbers) -> list[Article]:
    """Return those of the rows that have these numbers, newest first. One query."""
    return newest_first(rows.filter(pk__in=numbers).order_by())


def newest_first(found: Iterable[Article]) -> list[Article]:
    return sorted(found, key=attrgetter("published_at", "pk"), reverse=True)


def has_entries(kind: ListKind) -> Exists:
    """Return whether the list of an outer row holds anything that is visible."""
    shown = ListEntry.objects.filter(list=OuterRef("pk"), public_at__lte=timezone.now())
    return Exists(ArticleList.objects.filter(Exists(shown), kind=kind, ref=OuterRef("pk")))


def listed(lists: Sequence[OpenList]) -> QuerySet[ListEntry]:
    """Return the visible entries that are in all of these lists, newest first; all where none is
    given. It walks the shortest list, and looks each entry up in the others."""
    if not lists:
        entries = ListEntry.objects.filter(list=EVERYTHING, public_at__lte=timezone.now())
        return entries.order_by("-public_at", "-article")
    shortest, *others = sorted(lists, key=lambda opened: opened.total)
    entries = ListEntry.objects.filter(list=shortest.pk, public_at__lte=shortest.at)
    for other in others:
        inside = ListEntry.objects.filter(list=other.pk, article=OuterRef("article"))
        entries = entries.filter(Exists(inside))
    return entries.order_by("-public_at", "-article")


def older(at: Any = None) -> Numbers:
    """Return, as a subquery of articles, the number of the one published before each: the next
    below it in the list of all that is visible at a moment, which may be an expression."""
    moment, number = OuterRef("public_at"), OuterRef("pk")
    entries = ListEntry.objects.filter(list=EVERYTHING, public_at__lte=at or timezone.now())
    return _ordered(entries.filter(_before(moment, number)))[:1]


def newer(at: Any = None) -> Numbers:
    """Return, as a subquery of articles, the number of the one published after each."""
    moment, number = OuterRef("public_at"), OuterRef("pk")
    entries = ListEntry.objects.filter(list=EVERYTHING, public_at__lte=at or timezone.now())
    later = Q(public_at__gt=moment) | Q(article__gt=number)
    entries = entries.filter(later, public_at__gte=moment)
    return entries.order_by("public_at", "article").values("article")[:1]
