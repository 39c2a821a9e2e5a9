"""Names of tags, bylines, topics and categories that look like a query.

They are kept in one row, which every process keeps in memory: looking through 7,000 of them takes
two milliseconds. Whether anything public stands behind a name is asked by who shows it.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from articles.folding import is_han

TOPIC, CATEGORY, TAG, AUTHOR = "topic", "category", "tag", "author"
_SHORTEST_HAN, _SHORTEST_LATIN = 3, 4


@dataclass(frozen=True)
class Name:
    """A name, and what it is the name of."""

    kind: str
    pk: int
    name: str
    folded: str
    slug: str

    @property
    def url(self) -> str:
        return f"/{self.kind}/{self.slug}/"


def matching(query: str, names: Iterable[Name], limit: int) -> list[Name]:
    """Return the names that a folded query (without spaces) is, begins or stands in; in this
    order, and among equals as given."""
    if not query:
        return []
    ranked = [
        (0 if name.folded == query else 1 if name.folded.startswith(query) else 2, place, name)
        for place, name in enumerate(names)
        if query in name.folded
    ]
    return [name for _rank, _place, name in sorted(ranked, key=lambda item: item[:2])[:limit]]


def alike(query: str, names: Iterable[Name], limit: int) -> list[Name]:
    """Return the names that a folded query may be a misspelling of: with one character in three
    (of Latin words: in four) added, left out, or another one. The nearest come first."""
    shortest = _SHORTEST_HAN if query and is_han(query[0]) else _SHORTEST_LATIN
    allowed = len(query) // shortest
    if not allowed:
        return []
    letters = set(query)
    ranked = []
    for place, name in enumerate(names):
        other = name.folded
        if other == query or abs(len(other) - len(query)) > allowed:
            continue
        if len(letters.difference(other)) > allowed:
            continue
        if (steps := distance(query, other, allowed)) <= allowed:
            ranked.append((steps, place, name))
    return [name for _steps, _place, name in sorted(ranked, key=lambda item: item[:2])[:limit]]


def distance(one: str, other: str, at_most: int) -> int:
    """Return the Damerau–Levenshtein distance (neighbours swapped count once), or more than
    `at_most` where it is greater."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        earlier, before, row = before, row, [i]
        for j, b in enumerate(other, start=1):
            step = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                step = min(step, earlier[j - 2] + 1)
            row.append(step)
        if min(row) > at_most:
            return at_most + 1
    return row[-1]
