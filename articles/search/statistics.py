"""What the search knows of all texts together: how many there are, and which terms are common.

It comes from a sample and is kept in one row, which every process keeps in memory as well: a term
that stands in many articles is recognised without asking the index.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from math import log

from django.utils import timezone

from articles.models import SearchDocument, SearchStatistics
from articles.search.engines import Engine
from articles.search.names import Name
from articles.search.shares import Shares
from articles.search.terms import folded, terms_of

SAMPLE = 4000
# A term is kept that stands in so many of the sample's articles, and in such a part of them.
_COMMON_AT_LEAST, _COMMON_SHARE = 4, 0.001
# A rarer one is counted in the index, up to here.
COUNTED = 1000
_EVERY = timedelta(days=1)
_GROWN = 1.2
_AT_ONCE = 200


@dataclass(frozen=True)
class Statistics:
    """The state of the index as it was at a moment."""

    documents: int
    average_length: float
    shares: Shares
    names: list[Name]
    refreshed_at: datetime | None


_EMPTY = Statistics(0, 1.0, Shares.of({}, 0), [], None)


class _Memory:
    """The row as this process read it last."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept = _EMPTY

    def get(self, refreshed_at: datetime) -> Statistics:
        with self._lock:
            if self._kept.refreshed_at != refreshed_at:
                row = SearchStatistics.objects.get(pk=1)
                self._kept = Statistics(
                    row.documents,
                    row.average_length,
                    Shares.unpacked(row.shares),
                    [_name(*entry) for entry in row.names],
                    row.refreshed_at,
                )
            return self._kept


_memory = _Memory()


def _name(kind: str, pk: int, name: str, slug: str) -> Name:
    return Name(kind, pk, name, folded(name).replace(" ", ""), slug)


def statistics() -> Statistics:
    """Return what is known. One query by key; the whole row is read when it has changed."""
    rows = SearchStatistics.objects.filter(pk=1).values_list("refreshed_at", flat=True)
    refreshed_at = rows.first()
    return _memory.get(refreshed_at) if refreshed_at is not None else _EMPTY


def document_frequencies(
    terms: Iterable[str], known: Statistics, engine: Engine
) -> dict[str, float]:
    """Return in how many documents each term stands: estimated for common ones, counted for the
    others up to COUNTED. One statement of the engine where there are others."""
    wanted = list(dict.fromkeys(terms))
    found = {term: known.shares[term] * known.documents for term in wanted if term in known.shares}
    if rare := [term for term in wanted if term not in found]:
        found |= engine.counts(rare, COUNTED)
    return found


def idf(frequency: float, documents: int) -> float:
    """Return how telling a term is (Robertson and Spärck Jones, as Lucene smooths it)."""
    return log(1 + (max(documents, frequency) - frequency + 0.5) / (frequency + 0.5))


def refresh_search_statistics() -> bool:
    """Take the sample anew where the last is a day old or the index has since grown or shrunk by
    a fifth; say whether it was. For the periodic command; two seconds for 4,000 articles."""
    documents = SearchDocument.objects.count()
    # One of an earlier version, which kept the shares otherwise, is as good as none.
    rows = SearchStatistics.objects.filter(pk=1, shares__has_key="pairs")
    row = rows.only("documents", "refreshed_at").first()
    if row is not None:
        is_like_then = 1 / _GROWN <= (documents + 1) / (row.documents + 1) <= _GROWN
        if is_like_then and timezone.now() - row.refreshed_at < _EVERY:
            return False
    take_sample(documents)
    return True


def take_sample(documents: int) -> None:
    """Read up to 4,000 articles from all times and keep which terms are common in them."""
    every = max(1, -(-documents // SAMPLE))
    numbers = SearchDocument.objects.order_by("number").values_list("number", flat=True)
    chosen = list(islice(numbers.iterator(10_000), 0, None, every))
    frequencies: Counter[str] = Counter()
    length = 0
    for start in range(0, len(chosen), _AT_ONCE):
        rows = SearchDocument.objects.filter(number__in=chosen[start : start + _AT_ONCE])
        for title, tags, text, terms in rows.values_list("title", "tags", "text", "length"):
            frequencies.update(set(terms_of(f"{title} {tags} {text}")))
            length += terms
    sampled = max(1, len(chosen))
    least = max(_COMMON_AT_LEAST, sampled * _COMMON_SHARE)
    common = {term: count for term, count in frequencies.items() if count >= least}
    SearchStatistics.objects.update_or_create(
        pk=1,
        defaults={
            "documents": documents,
            "average_length": length / sampled or 1.0,
            "shares": Shares.of(common, sampled).packed(),
            "refreshed_at": timezone.now(),
        },
    )
