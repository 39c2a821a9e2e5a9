"""Ranking candidates by their kept texts: BM25, and before it phrases and all words.

Pure: no database here. Counting a term in a text is `str.count`, about a microsecond for 1,500
characters.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from articles.folding import is_han

# S. Robertson, H. Zaragoza: The Probabilistic Relevance Framework: BM25 and Beyond (2009).
_K1, _B = 1.2, 0.75
# What a term in the title or among the tags adds, as a part of its idf.
_HEAD_BONUS = 0.5


@dataclass(frozen=True)
class Candidate:
    """A document that may answer, as the index keeps it."""

    article_id: int
    number: int
    title: str
    tags: str
    text: str
    length: int


@dataclass(frozen=True)
class Scored:
    """An article and how well it answers: `tier` 2 has the query as a phrase, 1 has all of its
    terms, 0 has some. Greater is better."""

    tier: int
    score: float
    number: int
    article_id: int


@dataclass(frozen=True)
class Wanted:
    """What is looked for."""

    phrases: tuple[str, ...]
    idf: Mapping[str, float]
    average_length: float


def rank(candidates: Iterable[Candidate], wanted: Wanted) -> list[Scored]:
    """Return the candidates in which any of the terms really stands, best first."""
    found = [scored for candidate in candidates if (scored := _score(candidate, wanted))]
    return sorted(found, key=lambda s: (s.tier, s.score, s.number), reverse=True)


def _score(candidate: Candidate, wanted: Wanted) -> Scored | None:
    head = f" {candidate.title} {candidate.tags} "
    title_and_text = f" {candidate.title} {candidate.text} "
    norm = _K1 * (1 - _B + _B * candidate.length / wanted.average_length)
    score, present = 0.0, 0
    for term, idf in wanted.idf.items():
        pattern = _pattern(term)
        in_head = pattern in head
        times = title_and_text.count(pattern)
        if not times and not in_head:
            continue
        present += 1
        score += idf * (times * (_K1 + 1) / (times + norm) + _HEAD_BONUS * in_head)
    if not present:
        return None
    tier = 0
    if present == len(wanted.idf):
        text = head + title_and_text
        tier = 1 + all(_phrase(phrase) in text for phrase in wanted.phrases)
    return Scored(tier, score, candidate.number, candidate.article_id)


def _pattern(term: str) -> str:
    """Return what to look for in a kept text: Chinese characters anywhere, other words whole."""
    return term if is_han(term[0]) else f" {term} "


def _phrase(phrase: str) -> str:
    begin = "" if is_han(phrase[0]) else " "
    end = "" if is_han(phrase[-1]) else " "
    return f"{begin}{phrase}{end}"
