"""What stands beside an article on its page: its neighbours in time, and the related articles."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from django.db.models import (
    BigAutoField,
    F,
    QuerySet,
    SmallIntegerField,
    Value,
)
from django.utils.translation import get_language

from articles.models import Article, Reason
from articles.prepared import NOW, PK, Prepared, Slot
from articles.services.related import SHOWN
from articles.services.site import CategoryNode, Site

_REASONS_SHOWN = 2


def _articles_beside() -> QuerySet[Article, tuple[Any, ...]]:
    """The two neighbours and the related articles of one, as far as they are visible; its
    neighbours stand without a position."""
    related = Article.objects.visible(NOW).filter(related_to__article=PK)
    neighbours = Article.objects.visible(NOW).filter(
        pk__in=[Slot("previous", BigAutoField()), Slot("next", BigAutoField())]
    )
    return (
        related.order_by()
        .annotate(place=F("related_to__position"), reasons=F("related_to__reasons"))
        .values_list(*_COLUMNS)
        .union(
            neighbours.order_by()
            .annotate(place=Value(None, SmallIntegerField()), reasons=Value(""))
            .values_list(*_COLUMNS),
            all=True,
        )
    )


_COLUMNS = ("pk", "title", "summary", "published_at", "category_id", "place", "reasons")
_PLACE = _COLUMNS.index("place")
BESIDE = Prepared(_articles_beside)


@dataclass(frozen=True)
class Beside:
    """What a page shows of another article; `why` in words."""

    pk: int
    title: str
    summary: str
    published_at: datetime
    category: CategoryNode | None
    why: str

    def get_absolute_url(self) -> str:
        return f"/p/{self.pk}.html"


def beside(
    article: Article, neighbours: Sequence[int | None], site: Site, at: datetime
) -> tuple[Beside | None, Beside | None, list[Beside]]:
    """Return the articles before and after one, and the stored related articles that are no
    neighbours, at most six, each with `why` it stands there: what is visible at a moment. One
    query."""
    previous, following = neighbours
    rows = BESIDE.raw(pk=article.pk, previous=previous, next=following, now=at)
    turns = {row[0]: row for row in rows if row[_PLACE] is None}
    related = [row for row in rows if row[_PLACE] is not None and row[0] not in turns]
    related.sort(key=itemgetter(_PLACE))
    nodes, language = {node.pk: node for node in site.categories}, get_language()

    def shown(row: tuple[Any, ...] | None) -> Beside | None:
        if row is None:
            return None
        pk, title, summary, date, category, _place, reasons = BESIDE.made(row)
        return Beside(pk, title, summary, date, nodes.get(category), _why(reasons, language))

    return (
        shown(turns.get(previous)),
        shown(turns.get(following)),
        [one for row in related[:SHOWN] if (one := shown(row)) is not None],
    )


@lru_cache(maxsize=512)
def _why(reasons: str, language: str | None) -> str:
    return " · ".join(str(Reason(value).label) for value in reasons.split()[:_REASONS_SHOWN])
