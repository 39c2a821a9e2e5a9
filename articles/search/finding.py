"""From a query to ranked articles: few candidates from the index, ranked by their kept texts."""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

from django.db import OperationalError

from articles.folding import is_han
from articles.models import Article, Restriction, Scope, SearchDocument, SearchOwed
from articles.search.choice import engine
from articles.search.engines import Engine, Marks, Span
from articles.search.indexing import DRIFT, read
from articles.search.ranking import Candidate, Scored, Wanted, rank
from articles.search.statistics import Statistics, document_frequencies, idf, statistics
from articles.search.terms import distinct, folded, terms_of

log = logging.getLogger(__name__)
CHARACTERS = 200
# All terms are asked for together where there are at most so many; a question has more.
_TOGETHER = 12
# Their newest documents are ranked: of many, fewer.
_NEWEST, _NEWEST_OF_MANY, _IN_HEAD = 600, 300, 100
_ENOUGH = 30
# The rarest terms, so many of their documents in all, and how many of these are ranked.
_LISTS, _POSTINGS, _KEPT = 16, 20_000, 200
# An article is found by its number in the index or its own text; so many are read for that.
_READ_ANEW = 20
# A character that stands alone says little; the index knows only where it stands alone.
_LONE_IDF = 1.0


@dataclass(frozen=True)
class Query:
    """What is looked for: folded terms, each once, and the words they were written in."""

    terms: tuple[str, ...]
    phrases: tuple[str, ...]
    is_cut: bool = False

    @property
    def is_lone(self) -> bool:
        """Whether it is made of single characters, which are looked for in titles and tags."""
        return all(map(is_lone, self.terms))


def is_lone(term: str) -> bool:
    return len(term) == 1 and is_han(term)


def parse_query(text: str) -> Query:
    """Return what a reader looks for. Of a longer text than 200 folded characters the rest is
    left out (`is_cut`). Whatever is typed, it is no language: there are no operators."""
    phrases: list[str] = []
    room = CHARACTERS
    is_cut = len(text) > CHARACTERS * 10
    for word in text[: CHARACTERS * 10].split():
        phrase = folded(word)
        if len(phrase) > room:
            is_cut = True
            phrase = phrase[:room].strip()
        room -= len(phrase)
        if phrase:
            phrases.append(phrase)
    terms = distinct(term for phrase in phrases for term in terms_of(phrase))
    return Query(tuple(terms), tuple(distinct(phrases)), is_cut)


@dataclass(frozen=True)
class Found:
    """Articles that have terms of a query, best first, and how telling each term is."""

    articles: list[Scored]
    idf: Mapping[str, float]


def published(since: int = 0) -> Span:
    """Return the numbers of articles published from a second on, but those of the future."""
    return since, int(time.time()) + DRIFT


def find(query: Query, *, marks: Marks = (), since: int = 0) -> Found:
    """Find articles that have the query's terms; several hundred at most.

    `marks` as the engine takes them, `since` in seconds. They are candidates until they pass
    `Article.objects.visible()`. Six to ten statements.
    """
    if not query.terms:
        return Found([], {})
    known, index, span = statistics(), engine(), published(since)
    try:
        with index.reading():
            frequencies = document_frequencies(query.terms, known, index)
            numbers = _numbers(query, frequencies, known, index, marks, span)
    except OperationalError:
        # It took too long. Titles and tags are a small index, and better than nothing.
        log.warning("A search took too long and was done in titles alone.")
        frequencies = dict.fromkeys(query.terms, 1.0)
        with index.reading():
            numbers = index.newest(query.terms, _IN_HEAD, marks=marks, span=span, in_head=True)
    wanted = Wanted(
        query.phrases,
        {
            term: min(value, _LONE_IDF) if is_lone(term) and not query.is_lone else value
            for term in query.terms
            if (value := idf(frequencies[term], known.documents))
        },
        max(known.average_length, 1.0),
    )
    return Found(_read_anew(rank(_candidates(numbers), wanted), wanted), wanted.idf)


def _numbers(
    query: Query,
    frequencies: dict[str, float],
    known: Statistics,
    index: Engine,
    marks: Marks,
    span: Span,
) -> list[int]:
    if query.is_lone:
        return index.newest(query.terms, _NEWEST_OF_MANY, marks=marks, span=span, in_head=True)
    found: list[int] = []
    if len(query.terms) <= _TOGETHER:
        expected = min(frequencies.values())
        # To read documents from the newest on until 300 match costs 7 µs each on PostgreSQL, to
        # fetch a match by its index 0.3 µs: so many matches cost the same either way.
        are_common = expected > sqrt(6600 * max(known.documents, 1))
        limit = _NEWEST_OF_MANY if expected > _NEWEST else _NEWEST
        found = index.newest(query.terms, limit, marks=marks, span=span, are_common=are_common)
        found += index.newest(query.terms, _IN_HEAD, marks=marks, span=span, in_head=True)
    if len(set(found)) < _ENOUGH and len(query.terms) > 1:
        weights = _lists(frequencies, known)
        lists = index.weighted(weights, _KEPT, _POSTINGS, marks=marks, span=span)
        found += [number for number, _sum in lists]
    return list(dict.fromkeys(found))


def _lists(frequencies: dict[str, float], known: Statistics) -> dict[str, float]:
    """Return the rarest of the terms that stand anywhere, with their weights: as many as may be
    read."""
    chosen: dict[str, float] = {}
    postings = 0.0
    for term, frequency in sorted(frequencies.items(), key=lambda item: item[1]):
        postings += frequency
        if len(chosen) == _LISTS or (chosen and postings > _POSTINGS):
            break
        if frequency:
            chosen[term] = idf(frequency, known.documents)
    return chosen


def _candidates(numbers: list[int]) -> Iterable[Candidate]:
    rows = SearchDocument.objects.filter(number__in=numbers)
    return [
        Candidate(*row)
        for row in rows.values_list("article_id", "number", "title", "tags", "text", "length")
    ]


def _read_anew(found: list[Scored], wanted: Wanted) -> list[Scored]:
    """Rank those articles by their own text that the index has yet to follow: all of which a
    passage is withheld, and the first of the others. One query where there are none."""
    places = {scored.article_id: scored for scored in found}
    owed = set(
        SearchOwed.objects.filter(article_id__in=places).values_list("article_id", flat=True)
    )
    if not owed:
        return found
    withheld = Restriction.objects.active().filter(article__in=owed, scope=Scope.PASSAGE)
    anew = set(withheld.values_list("article_id", flat=True))
    anew |= set([pk for pk in places if pk in owed][:_READ_ANEW])
    kept = [scored for scored in found if scored.article_id not in anew]
    again = rank((_candidate(row, places) for row in _texts(anew)), wanted)
    return sorted([*kept, *again], key=lambda s: (s.tier, s.score, s.number), reverse=True)


def _texts(article_ids: set[int]) -> Iterable[Article]:
    return Article.objects.filter(pk__in=article_ids).only("title", "tag_names", "prose")


def _candidate(article: Article, places: dict[int, Scored]) -> Candidate:
    title, tags, text = read(article.title, article.tag_names, article.prose)
    length = len(terms_of(title)) + len(terms_of(text))
    return Candidate(article.pk, places[article.pk].number, title, tags, text, length)
