"""The inverted index itself, on SQLite (FTS5) and PostgreSQL (arrays under GIN).

Both know for each term the numbers of the documents it stands in; a document published later has
a higher number. Neither ranks, knows phrases or how often a term stands in a text: that is counted
in the kept texts of the candidates. Measured on Chinese texts, that is as good as a whole BM25 and
costs a part of it (docs/search.md).
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

from articles.search.terms import IndexedTerms

# Each of them holds one of several terms: this category or one below it, and this tag.
Marks = Sequence[Sequence[str]]
# From the first number to the last: seconds of publication.
Span = tuple[int, int]
ALWAYS: Span = (0, 1 << 62)


class Engine(Protocol):
    """Which documents have which terms."""

    def lock(self) -> None:
        """Let no other transaction write to the index until this one ends."""

    def reading(self) -> AbstractContextManager[None]:
        """Search inside this: no statement runs for longer than three seconds on PostgreSQL
        (OperationalError)."""

    def replace(self, number: int, old: IndexedTerms | None, new: IndexedTerms | None) -> None:
        """Let a document be found by other terms than before (None: by none). `old` must be what
        it was found by. Two statements."""

    def newest(
        self,
        terms: Sequence[str],
        limit: int,
        *,
        marks: Marks = (),
        span: Span = ALWAYS,
        in_head: bool = False,
        are_common: bool = False,
    ) -> list[int]:
        """Return the newest documents that have all the terms (in their heads: title and tags)
        and one of each of the marks, of which the number lies in the span; newest first.

        `are_common` says that very many documents are expected to match. One statement.
        """

    def counts(self, terms: Sequence[str], cap: int) -> dict[str, int]:
        """Return in how many documents each term stands, as far as that is less than `cap`.
        One statement for 250 terms."""

    def weighted(
        self,
        weights: Mapping[str, float],
        limit: int,
        cap: int,
        *,
        marks: Marks = (),
        span: Span = ALWAYS,
    ) -> list[tuple[int, float]]:
        """Return the documents with the greatest sum of the weights of their terms, reading
        `cap` documents for a term at most. One statement; at most 250 terms."""

    def retitle(
        self, article_id: int, words: str, old: Collection[str], new: Collection[str]
    ) -> None:
        """Let the desk find an article by other terms than before. `words` are what is kept of
        the title, and `old` what it was found by. Two statements at most."""

    def titled(self, terms: Collection[str], pattern: str) -> tuple[str, list[Any]]:
        """Return a statement, and its parameters, for the articles whose titles have all the
        terms and are LIKE a pattern."""

    def clear(self) -> None:
        """Forget everything. The rows of the documents and titles are deleted by the caller."""

    def tidy(self) -> None:
        """Do a little of what keeps the index quick."""
