"""The index on PostgreSQL. A full-text index of its own (tsvector) is larger, takes words like host
names apart, and its ranking knows no rarity of words."""

import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from articles.search.engines import ALWAYS, Marks, Span
from articles.search.terms import IndexedTerms

_LOCK_NUMBER = 0x746F7502  # Any number, the same in all processes of a site.
_MILLISECONDS_AT_MOST = 3000
_TABLE = "articles_searchdocument"


class PostgresqlEngine:
    """Arrays of numbers, one for each term, in the rows of the documents; GIN over them."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def lock(self) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_NUMBER])

    @contextmanager
    def reading(self) -> Iterator[None]:
        is_part = self._connection.in_atomic_block
        with transaction.atomic(using=self._connection.alias):
            self._configure(_MILLISECONDS_AT_MOST, "off")
            yield
            if is_part:  # The larger transaction goes on as it was.
                self._configure(0, "on")

    def _configure(self, timeout: int, scans: str) -> None:
        """The planner knows nothing of the arrays and takes reading all of them to be cheap;
        without that choice it does as the statements below are meant."""
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT set_config('statement_timeout', %s, true),"
                " set_config('enable_seqscan', %s, true), set_config('jit', %s, true)",
                [str(timeout), scans, scans],
            )

    def replace(self, number: int, old: IndexedTerms | None, new: IndexedTerms | None) -> None:
        if new is None or new == old:
            return  # The columns go with the row of the document.
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {_TABLE} SET head_grams = %s::int[], text_grams = %s::int[]"  # noqa: S608
                " WHERE number = %s",
                [packed(new.head), packed(new.text), number],
            )

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
        column = "head_grams" if in_head else "text_grams"
        condition, parameters = _condition(column, terms, marks)
        if are_common and not in_head and not marks:
            # GIN would fetch every match before the first is returned: read from the newest on.
            # OFFSET 0 keeps the condition outside, and so away from the index.
            rows = (
                f"SELECT number, text_grams FROM {_TABLE} WHERE number BETWEEN %s AND %s"  # noqa: S608
                " ORDER BY number DESC OFFSET 0"
            )
            statement = f"SELECT number FROM ({rows}) AS found WHERE {condition}"  # noqa: S608
            parameters = [*span, *parameters]
        else:
            rows = f"SELECT number FROM {_TABLE} WHERE {condition} OFFSET 0"  # noqa: S608
            statement = f"SELECT number FROM ({rows}) AS found WHERE number BETWEEN %s AND %s"  # noqa: S608
            parameters = [*parameters, *span]
        found = self._all(f"{statement} ORDER BY number DESC LIMIT {limit:d}", parameters)
        return [number for (number,) in found]

    def counts(self, terms: Sequence[str], cap: int) -> dict[str, int]:
        rows = self._all(
            "SELECT asked.place, count(known.number)"  # noqa: S608
            " FROM unnest(%s::int[]) WITH ORDINALITY AS asked (gram, place)"
            f" LEFT JOIN LATERAL (SELECT number FROM {_TABLE}"
            f" WHERE text_grams @> ARRAY[asked.gram] LIMIT {cap:d}) AS known ON true"
            " GROUP BY asked.place",
            [[pack(term) for term in terms]],
        )
        return {terms[place - 1]: count for place, count in rows}

    def weighted(
        self,
        weights: Mapping[str, float],
        limit: int,
        cap: int,
        *,
        marks: Marks = (),
        span: Span = ALWAYS,
    ) -> list[tuple[int, float]]:
        if not weights:
            return []
        condition, parameters = _condition("text_grams", (), marks)
        return self._all(
            "SELECT known.number, sum(asked.weight) AS total"  # noqa: S608
            " FROM unnest(%s::int[], %s::float8[]) AS asked (gram, weight)"
            f" CROSS JOIN LATERAL (SELECT number FROM {_TABLE}"
            f" WHERE text_grams @> ARRAY[asked.gram]{' AND ' if marks else ''}{condition}"
            f" AND number BETWEEN %s AND %s LIMIT {cap:d}) AS known"
            f" GROUP BY known.number ORDER BY total DESC, known.number DESC LIMIT {limit:d}",
            [[pack(term) for term in weights], list(weights.values()), *parameters, *span],
        )

    def retitle(
        self, article_id: int, words: str, old: Collection[str], new: Collection[str]
    ) -> None:
        with self._connection.cursor() as cursor:
            # Of two that write at once the later has the row; its words tell whose it is.
            cursor.execute(
                "UPDATE articles_desktitle SET grams = %s::int[]"
                " WHERE article_id = %s AND words = %s",
                [packed(new), article_id, words],
            )

    def titled(self, terms: Collection[str], pattern: str) -> tuple[str, list[Any]]:
        return (
            "SELECT article_id FROM articles_desktitle WHERE grams @> %s::int[] AND words LIKE %s",
            [packed(terms), pattern],
        )

    def clear(self) -> None:
        """Nothing to do: the columns go with the rows of the documents."""

    def tidy(self) -> None:
        """Nothing to do: autovacuum does it."""

    def _all(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())


def _condition(column: str, terms: Sequence[str], marks: Marks) -> tuple[str, list[Any]]:
    """Return the condition that all terms and one of each of the marks are there."""
    parts, parameters = [], []
    if terms:
        parts.append(f"{column} @> %s::int[]")
        parameters.append(packed(terms))
    for any_of in marks:
        parts.append("text_grams && %s::int[]")
        parameters.append(packed(any_of))
    return " AND ".join(parts), parameters


def packed(terms: Iterable[str]) -> list[int]:
    return sorted({pack(term) for term in terms})


def pack(term: str) -> int:
    """Return the 32-bit number of a term: a 2-gram is its two characters, anything else a hash.
    That two terms share a number is rare, and seen when the kept text is read."""
    if len(term) == 2 and max(term) < "\U00010000":
        number = ord(term[0]) << 16 | ord(term[1])
    else:
        number = zlib.crc32(term.encode())
    return number - (1 << 32) if number >= 1 << 31 else number
