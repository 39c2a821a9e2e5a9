"""The index on SQLite. Version 3.40 deletes from an index without contents only what it is told."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

from articles.search.engines import ALWAYS, Marks, Span
from articles.search.terms import IndexedTerms

# A compound SELECT of SQLite has at most 500 parts.
_AT_ONCE = 250


class SqliteEngine:
    """Two FTS5 tables without contents: which term stands in which row, and nothing else."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def lock(self) -> None:
        """Nothing to do: transactions take the one lock of the database when they begin."""

    @contextmanager
    def reading(self) -> Iterator[None]:
        yield

    def replace(self, number: int, old: IndexedTerms | None, new: IndexedTerms | None) -> None:
        with self._connection.cursor() as cursor:
            for table, one, other in (
                ("articles_search_text", old and old.text, new and new.text),
                ("articles_search_head", old and old.head, new and new.head),
            ):
                if one == other:
                    continue
                if one:
                    cursor.execute(
                        f"INSERT INTO {table} ({table}, rowid, terms)"  # noqa: S608
                        " VALUES ('delete', %s, %s)",
                        [number, _row(one)],
                    )
                if other:
                    cursor.execute(
                        f"INSERT INTO {table} (rowid, terms) VALUES (%s, %s)",  # noqa: S608
                        [number, _row(other)],
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
        if in_head:
            found = f"{self._rows('articles_search_head')}"
            parameters: list[Any] = [_match(terms, ()), *span]
            for any_of in marks:
                found += f" AND rowid IN ({self._rows('articles_search_text')})"
                parameters += [_match((), [any_of]), *span]
        else:
            found = self._rows("articles_search_text")
            parameters = [_match(terms, marks), *span]
        return [
            number
            for (number,) in self._all(f"{found} ORDER BY rowid DESC LIMIT {limit:d}", parameters)
        ]

    def counts(self, terms: Sequence[str], cap: int) -> dict[str, int]:
        counted: dict[str, int] = {}
        part = f"SELECT count(*) FROM ({self._rows('articles_search_text')} LIMIT {cap:d})"  # noqa: S608
        for start in range(0, len(terms), _AT_ONCE):
            some = terms[start : start + _AT_ONCE]
            parameters = [value for term in some for value in (_match([term], ()), *ALWAYS)]
            rows = self._all(" UNION ALL ".join([part] * len(some)), parameters)
            counted |= {term: count for term, (count,) in zip(some, rows, strict=True)}
        return counted

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
        newest = f"{self._rows('articles_search_text')} ORDER BY rowid DESC LIMIT {cap:d}"
        part = f"SELECT rowid AS number, %s AS weight FROM ({newest})"  # noqa: S608
        parameters: list[Any] = []
        for term, weight in list(weights.items())[:_AT_ONCE]:
            parameters += [weight, _match([term], marks), *span]
        lists = " UNION ALL ".join([part] * min(len(weights), _AT_ONCE))
        return self._all(
            f"SELECT number, sum(weight) AS total FROM ({lists})"  # noqa: S608
            f" GROUP BY number ORDER BY total DESC, number DESC LIMIT {limit:d}",
            parameters,
        )

    def retitle(
        self, article_id: int, words: str, old: Collection[str], new: Collection[str]
    ) -> None:
        with self._connection.cursor() as cursor:
            if old:
                cursor.execute(
                    "INSERT INTO articles_desk_titles (articles_desk_titles, rowid, terms)"
                    " VALUES ('delete', %s, %s)",
                    [article_id, _row(old)],
                )
            if new:
                cursor.execute(
                    "INSERT INTO articles_desk_titles (rowid, terms) VALUES (%s, %s)",
                    [article_id, _row(new)],
                )

    def titled(self, terms: Collection[str], pattern: str) -> tuple[str, list[Any]]:
        statement = (
            "SELECT article_id FROM articles_desktitle WHERE article_id IN"
            " (SELECT rowid FROM articles_desk_titles WHERE articles_desk_titles MATCH %s)"
            " AND words LIKE %s"
        )
        return statement, [_match(sorted(terms), ()), pattern]

    def clear(self) -> None:
        with self._connection.cursor() as cursor:
            for table in ("articles_search_text", "articles_search_head", "articles_desk_titles"):
                cursor.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")  # noqa: S608

    def tidy(self) -> None:
        with self._connection.cursor() as cursor:
            for table in ("articles_search_text", "articles_search_head"):
                cursor.execute(
                    f"INSERT INTO {table} ({table}, rank) VALUES ('merge', 200)"  # noqa: S608
                )

    @staticmethod
    def _rows(table: str) -> str:
        return f"SELECT rowid FROM {table} WHERE {table} MATCH %s AND rowid BETWEEN %s AND %s"  # noqa: S608

    def _all(self, statement: str, parameters: Sequence[Any]) -> list[Any]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return list(cursor.fetchall())


def _row(terms: Collection[str]) -> str:
    # In a fixed order, so that the same terms make the same row.
    return " ".join(sorted(terms))


def _match(terms: Sequence[str], marks: Marks) -> str:
    """Return the expression that asks FTS5 for all the terms. Each stands in quotation marks, and
    none holds one: terms are letters and digits."""
    parts = [f'"{term}"' for term in terms]
    parts += ["(" + " OR ".join(f'"{mark}"' for mark in any_of) + ")" for any_of in marks]
    return " AND ".join(parts)
