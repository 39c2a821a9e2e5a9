"""How alike two articles are: by the terms of their titles and texts, and by their characters.

Chosen among what was tried on labelled Chinese news and abstracts (docs/related.md): pairs of
characters find the same event, single characters the same field, and what is like the nearest is
probably like the article too. Plain arithmetic on folded texts; no model is fitted or stored.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from heapq import nlargest
from itertools import islice
from math import exp, log, log1p, sqrt

# Of a text its so many weightiest terms are compared, and its so many weightiest characters.
TERMS, CHARACTERS = 256, 128
# A term or character that stands in more of the articles than this says nothing, where they are
# enough to say so.
_EVERYWHERE, _EVERYWHERE_CHARACTER, _ENOUGH = 0.3, 0.6, 50
_RAREST_CHARACTER = 0.003
_TITLE, _CHARACTER = 0.6, 0.3
_HELPERS, _HELPED = 3, 40
# Helpers that are themselves hardly alike help less.
_SURE = 0.6
_ASCII = frozenset(map(chr, range(128)))

Vector = dict[str, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """How telling terms (or characters) are: those that are known, and all others."""

    known: Mapping[str, float]
    other: float


@dataclass(frozen=True, slots=True)
class Profile:
    """What is compared of an article: three vectors of length one (or empty)."""

    title: Vector
    text: Vector
    characters: Vector


def profile(
    title: Iterable[str], text: Iterable[str], folded_text: str, terms: Weights, characters: Weights
) -> Profile:
    """Return the profile of an article from the terms of its title and text, with repetitions,
    and its folded text. About half a millisecond for 1,500 characters."""
    single = Counter(folded_text)
    for char in _ASCII.intersection(single):
        del single[char]
    return Profile(
        vector(Counter(title), terms, TERMS),
        vector(Counter(text), terms, TERMS),
        vector(single, characters, CHARACTERS),
    )


def vector(counts: Mapping[str, int], weights: Weights, longest: int) -> Vector:
    """Return the weightiest terms with √tf · weight, scaled to the length one."""
    weight, other = weights.known.get, weights.other
    weighted = {
        term: (weight(term, other) if count == 1 else sqrt(count) * weight(term, other))
        for term, count in counts.items()
    }
    if len(weighted) > longest:
        least = sorted(weighted.values(), reverse=True)[longest]
        kept = {term: value for term, value in weighted.items() if value > least}
        # Many a term weighs the same: the first of them fill up what is left.
        equal = (item for item in weighted.items() if item[1] == least)
        kept.update(islice(equal, longest - len(kept)))
        weighted = kept
    length = sqrt(sum([value * value for value in weighted.values()]))
    return {term: value / length for term, value in weighted.items() if value} if length else {}


def cosine(one: Vector, other: Vector) -> float:
    if len(one) > len(other):
        one, other = other, one
    return sum([value * other[term] for term, value in one.items() if term in other])


def likeness(one: Profile, other: Profile) -> float:
    """Return how alike two articles are: 0 for nothing in common, at most 1.9."""
    return (
        cosine(one.text, other.text)
        + _TITLE * cosine(one.title, other.title)
        + _CHARACTER * cosine(one.characters, other.characters)
    )


def rank(article: Profile, others: Mapping[int, Profile]) -> dict[int, tuple[float, float]]:
    """Return for each of the others its likeness to the article, and that with the mean of its
    likeness to the three that are nearest (at most 3.8); only the 40 nearest get the latter."""
    direct = {pk: likeness(article, other) for pk, other in others.items()}
    ranked = {pk: (value, value) for pk, value in direct.items()}
    helped = nlargest(_HELPED, direct, key=lambda pk: (direct[pk], pk))
    nearest = helped[:_HELPERS]
    total = max(_SURE, sum(direct[pk] for pk in nearest))
    for pk in helped:
        through = sum(
            direct[near] * (1.0 if near == pk else likeness(others[near], others[pk]))
            for near in nearest
        )
        ranked[pk] = (direct[pk], direct[pk] + through / total)
    return ranked


def term_weights(shares: Mapping[str, float], documents: int) -> Weights:
    """Return the weights of terms, given in which part of the articles the common ones stand:
    idf, and nothing for what stands everywhere. Rarer ones weigh as one in 2,000 does."""
    rare = log(1 + max(1, documents) / max(2.0, documents * 0.0005))
    too_common = _EVERYWHERE if documents >= _ENOUGH else 1.0
    known = {
        term: 0.0 if share > too_common else min(rare, log(1 + 1 / max(share, 1e-9)))
        for term, share in shares.items()
    }
    return Weights(known, rare)


def character_weights(shares: Mapping[str, float], documents: int) -> Weights:
    """Return the weights of characters, estimated from the shares of the pairs in which they
    come, as if the pairs came independently of each other."""
    first: dict[str, float] = {}
    last: dict[str, float] = {}
    for term, share in shares.items():
        if len(term) == 2 and not term.isascii():
            without = log1p(-min(share, 0.99))
            first[term[0]] = first.get(term[0], 0.0) + without
            last[term[1]] = last.get(term[1], 0.0) + without
    too_common = _EVERYWHERE_CHARACTER if documents >= _ENOUGH else 1.0
    known = {}
    for character in first.keys() | last.keys():
        share = 1 - exp(min(first.get(character, 0.0), last.get(character, 0.0)))
        rarity = -log(max(_RAREST_CHARACTER, min(1.0, share)))
        known[character] = 0.0 if share > too_common else rarity
    return Weights(known, -log(_RAREST_CHARACTER))
