"""Finding articles by terms, for those who rank them by themselves."""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from articles.models import SearchDocument
from articles.search.choice import engine
from articles.search.statistics import document_frequencies, statistics


class FoldedText(NamedTuple):
    """What the index keeps of an article."""

    title: str
    tags: str
    text: str


def candidates(
    weights: Mapping[str, float], limit: int = 50, cap: int = 1500
) -> list[tuple[int, float]]:
    """Return (article number, sum of the weights of its terms), best first; see the package.
    Two statements."""
    if not weights:
        return []
    found = engine().weighted(weights, limit, cap)
    articles = dict(
        SearchDocument.objects.filter(number__in=[number for number, _sum in found]).values_list(
            "number", "article_id"
        )
    )
    return [(articles[number], float(total)) for number, total in found if number in articles]


def document_frequency(terms: Iterable[str]) -> dict[str, float]:
    """Return in how many articles each term stands; see the package. Two statements at most."""
    return document_frequencies(terms, statistics(), engine())


def documents() -> int:
    """Return how many articles the index held when it was last counted. One query."""
    return statistics().documents


def folded_texts(article_ids: Collection[int]) -> dict[int, FoldedText]:
    """Return what the index keeps of articles. One query."""
    rows = SearchDocument.objects.filter(article_id__in=article_ids)
    return {
        pk: FoldedText(*parts)
        for pk, *parts in rows.values_list("article_id", "title", "tags", "text")
    }
