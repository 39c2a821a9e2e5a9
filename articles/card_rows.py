"""The rows of the cards that lists show, by queries that are compiled once (articles.prepared)."""

from functools import cache
from typing import Any

from django.db.models import BigIntegerField, CharField, Exists, OuterRef, QuerySet
from django.utils import timezone

from articles.models import Article, ArticleQuerySet, ListEntry, ListKind, Period, Topic
from articles.prepared import NOW, Prepared, Slot
from articles.services.listing import (
    OpenList,
    count_of,
    first_page,
    in_order,
    newest_first,
    page_of,
)

LEAD_SHOWN = 3


def cards(at: Any = None) -> ArticleQuerySet:
    return Article.objects.visible(at).for_cards()


def page_cards(opened: OpenList, number: int, size: int) -> list[Article]:
    """Return the articles of a page of a list, counted from 1. One query, and one more for a page
    beyond the first 4,000 articles."""
    if not opened.total:
        return []
    if number == 1:
        return newest_first(_first(size).all(list=opened.pk, now=opened.at))
    return in_order(cards(), page_of(opened, number, size))


@cache
def _first(size: int) -> Prepared[Article]:
    return Prepared(lambda: cards(NOW).filter(pk__in=first_page(size)).order_by())


def lead_cards() -> list[Article]:
    """Return what leads the front page. One query."""
    return _LEAD.all(now=timezone.now())


def _lead() -> QuerySet[Article]:
    featured = cards(NOW).filter(featured=True)
    return featured.order_by("-sticky", "-public_at", "-pk")[:LEAD_SHOWN]


_LEAD = Prepared(_lead)


def hot_cards(limit: int, period: Period) -> list[Article]:
    """Return the first places of a hot list. One query."""
    return _hot(limit).all(period=period, now=timezone.now())


@cache
def _hot(limit: int) -> Prepared[Article]:
    hot = Slot("period", CharField())
    return Prepared(lambda: cards(NOW).filter(hot__period=hot).order_by("hot__position")[:limit])


def hot_cards_of(kind: ListKind, ref: int, limit: int) -> list[Article]:
    """Return the first of the week's hot articles that stand in a list. One query."""
    return _hot_of(limit).all(kind=kind, ref=ref, period=Period.WEEK, now=timezone.now())


@cache
def _hot_of(limit: int) -> Prepared[Article]:
    inside = ListEntry.objects.filter(
        list__kind=Slot("kind", CharField()), list__ref=Slot("ref", BigIntegerField()),
        article=OuterRef("pk"),
    )  # fmt: skip
    period = Slot("period", CharField())
    return Prepared(
        lambda: (
            cards(NOW).filter(Exists(inside), hot__period=period).order_by("hot__position")[:limit]
        )
    )


def topics_with_counts(limit: int | None = None) -> list[Topic]:
    """Return the first topics, or all, each with the number of its visible articles as
    `article_count`. One query."""
    return _topics(limit).all(now=timezone.now())


@cache
def _topics(limit: int | None) -> Prepared[Topic]:
    def build() -> QuerySet[Topic]:
        counted = Topic.objects.annotate(article_count=count_of(ListKind.TOPIC, NOW))
        return counted.select_related("cover").order_by("position", "pk")[:limit]

    return Prepared(build)
