"""Writing made rows into a database that nobody reads yet, as fast as it takes them.

Both writers hold to `begin`, `write` (one transaction), `end`. What is taken away for the time is
known to the database itself, so that a run that goes on after another was killed puts it back.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any, Protocol

from django.db import connection, transaction

from tests.benchmarks.made_rows import Rows

STATE = "benchmark_fill"
_FTS = ("articles_search_text", "articles_search_head", "articles_desk_titles")
# So much is gathered before a part of an index is written: fewer parts, and less merging.
_GATHERED, _GATHERED_USUALLY = 64 << 20, 1 << 20
_ESCAPES = str.maketrans({"\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"})


class Bulk(Protocol):
    def begin(self) -> None: ...
    def write(self, rows: Rows, columns: dict[str, list[str]]) -> None: ...
    def fingerprints(self, pairs: Iterable[tuple[int, int]]) -> None: ...
    def end(self) -> None: ...


def remember(name: str, value: str | None = None) -> str | None:
    """Return what an earlier run noted; note another value where one is given."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE IF NOT EXISTS {STATE} (name text PRIMARY KEY, value text)")
        if value is not None:
            cursor.execute(f"DELETE FROM {STATE} WHERE name = %s", [name])
            cursor.execute(f"INSERT INTO {STATE} VALUES (%s, %s)", [name, value])
        cursor.execute(f"SELECT value FROM {STATE} WHERE name = %s", [name])
        row = cursor.fetchone()
    return row[0] if row else None


def _insert(table: str, columns: list[str]) -> str:
    marks = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"


class SqliteBulk:
    """Prepared statements, a large cache, and no waiting for the disk: what a crash of the machine
    (not of the process) would spoil has to be made anew."""

    def begin(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA foreign_keys = OFF")
            cursor.execute("PRAGMA synchronous = OFF")
            cursor.execute("PRAGMA cache_size = -2000000")
            cursor.execute("PRAGMA wal_autocheckpoint = 50000")
            for table in _FTS:
                cursor.execute(
                    f"INSERT INTO {table} ({table}, rank) VALUES ('hashsize', {_GATHERED})"
                )

    def write(self, rows: Rows, columns: dict[str, list[str]]) -> None:
        with transaction.atomic():
            for table, some in rows.items():
                self._raw().executemany(_insert(table, columns[table]), some)

    def fingerprints(self, pairs: Iterable[tuple[int, int]]) -> None:
        with transaction.atomic():
            self._raw().executemany("INSERT INTO submissions_fingerprint VALUES (?, ?)", pairs)

    def end(self) -> None:
        with connection.cursor() as cursor:
            for table in _FTS:
                # As a site has them that was indexed long ago, and not yesterday.
                cursor.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")
                cursor.execute(
                    f"INSERT INTO {table} ({table}, rank) VALUES ('hashsize', {_GATHERED_USUALLY})"
                )
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _raw(self) -> sqlite3.Connection:
        connection.ensure_connection()
        raw: sqlite3.Connection = connection.connection
        return raw


class PostgresqlBulk:
    """COPY into tables without their secondary indexes, which are made at the end over all rows."""

    def begin(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET synchronous_commit = off")
            cursor.execute("SET maintenance_work_mem = '2GB'")
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {STATE}_indexes (name text, made_by text)")
            cursor.execute(
                f"""INSERT INTO {STATE}_indexes
                    SELECT indexname, indexdef FROM pg_indexes
                    WHERE tablename = ANY(%s) AND indexdef NOT LIKE 'CREATE UNIQUE%%'""",
                [_HEAVY],
            )
            for name, _made_by in self._taken_away():
                cursor.execute(f'DROP INDEX IF EXISTS "{name}"')

    def write(self, rows: Rows, columns: dict[str, list[str]]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for table, some in rows.items():
                cursor.copy_expert(
                    f"COPY {table} ({', '.join(columns[table])}) FROM STDIN",
                    StringIO("".join(map(_line, some))),
                )

    def fingerprints(self, pairs: Iterable[tuple[int, int]]) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            lines = "".join([f"{value}\t{doc}\n" for value, doc in pairs])
            cursor.copy_expert("COPY submissions_fingerprint FROM STDIN", StringIO(lines))

    def end(self) -> None:
        with connection.cursor() as cursor:
            for name, made_by in self._taken_away():
                print(f"    making the index {name}", flush=True)
                cursor.execute(made_by.replace("INDEX", "INDEX IF NOT EXISTS", 1))
            cursor.execute(f"DROP TABLE {STATE}_indexes")
            for table in ("articles_article", "submissions_indexedtext"):
                cursor.execute(
                    f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"
                )
            cursor.execute("VACUUM")

    def _taken_away(self) -> list[tuple[str, str]]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT name, made_by FROM {STATE}_indexes ORDER BY name")
            return list(cursor.fetchall())


_HEAVY = [
    "articles_article", "articles_articletag", "articles_like", "articles_desktitle",
    "articles_searchdocument", "articles_relatedarticle", "submissions_indexedtext",
]  # fmt: skip


def _line(row: tuple[Any, ...]) -> str:
    return "\t".join(map(_copied, row)) + "\n"


def _copied(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    return value.translate(_ESCAPES) if isinstance(value, str) else str(value)


def bulk() -> Bulk:
    return PostgresqlBulk() if connection.vendor == "postgresql" else SqliteBulk()


def gathered(batches: Iterable[Rows], at_once: int) -> Iterator[Rows]:
    """Join so many batches, so that a transaction is worth its end."""
    joined: Rows = {}
    count = 0
    for batch in batches:
        for table, rows in batch.items():
            joined.setdefault(table, []).extend(rows)
        count += 1
        if count == at_once:
            yield joined
            joined, count = {}, 0
    if count:
        yield joined
