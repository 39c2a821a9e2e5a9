"""Counts of what is searched for (articles.asked says which), for the editors."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from articles.models import SearchCount

_KEPT = timedelta(days=180)
_LATELY = timedelta(days=7)


@dataclass(frozen=True)
class Asked:
    """How often a folded query was asked since it was last written down, and how many articles
    the last of these found."""

    query: str
    asked: int
    found: int


@transaction.atomic
def add_searches(day: date, searches: Iterable[Asked]) -> None:
    """Add to the counts of a day. Two queries for each; callers batch (articles.asked)."""
    for row in sorted(searches, key=lambda row: row.query):
        SearchCount.objects.get_or_create(day=day, query=row.query[:60])
        SearchCount.objects.filter(day=day, query=row.query[:60]).update(
            asked=F("asked") + row.asked, found=row.found
        )


def in_vain() -> QuerySet[SearchCount]:
    """Return what was searched for in the last seven days and not found: what readers want and
    the site has not."""
    since = timezone.localdate() - _LATELY
    return SearchCount.objects.filter(day__gt=since, found=0)


def prune_searches() -> int:
    """Delete counts older than half a year; return how many. For the periodic command."""
    return SearchCount.objects.filter(day__lt=timezone.localdate() - _KEPT).delete()[0]
