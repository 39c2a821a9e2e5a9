"""The table of fingerprints, (hash, doc), on SQLite and PostgreSQL."""

import json
from collections.abc import Collection
from typing import Protocol

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

TABLE = "submissions_fingerprint"
# A compound SELECT of SQLite has at most 500 parts.
_AT_ONCE = 250


class FingerprintIndex(Protocol):
    """Which texts have which fingerprints."""

    def add(self, doc: int, hashes: Collection[int]) -> None:
        """Note a text's hashes; those already noted stay. One statement."""

    def remove(self, doc: int, hashes: Collection[int]) -> None:
        """Take a text's hashes out. One statement."""

    def docs(self, hashes: Collection[int], limit: int) -> dict[int, list[int]]:
        """Return for each hash that is known at most `limit` texts that have it, oldest first.

        Reads no more than `limit` rows for a hash, however many there are. One statement for
        250 hashes on SQLite, one for all on PostgreSQL.
        """


class SqliteIndex:
    """On a table WITHOUT ROWID, which is its own index."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def add(self, doc: int, hashes: Collection[int]) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"INSERT OR IGNORE INTO {TABLE} (hash, doc)"  # noqa: S608
                " SELECT value, %s FROM json_each(%s)",
                [doc, json.dumps(sorted(hashes))],
            )

    def remove(self, doc: int, hashes: Collection[int]) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {TABLE} WHERE doc = %s"  # noqa: S608
                " AND hash IN (SELECT value FROM json_each(%s))",
                [doc, json.dumps(list(hashes))],
            )

    def docs(self, hashes: Collection[int], limit: int) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        ordered = sorted(hashes)
        part = f"SELECT * FROM (SELECT hash, doc FROM {TABLE} WHERE hash = %s LIMIT {limit:d})"  # noqa: S608
        with self._connection.cursor() as cursor:
            for start in range(0, len(ordered), _AT_ONCE):
                some = ordered[start : start + _AT_ONCE]
                cursor.execute(" UNION ALL ".join([part] * len(some)), some)
                for value, doc in cursor.fetchall():
                    found.setdefault(value, []).append(doc)
        return found


class PostgresqlIndex:
    """On a table whose primary key is a unique btree over both columns."""

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection

    def add(self, doc: int, hashes: Collection[int]) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {TABLE} (hash, doc)"
                " SELECT unnest(%s::int[]), %s ON CONFLICT DO NOTHING",
                [sorted(hashes), doc],
            )

    def remove(self, doc: int, hashes: Collection[int]) -> None:
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {TABLE} WHERE doc = %s AND hash = ANY(%s::int[])",  # noqa: S608
                [doc, list(hashes)],
            )

    def docs(self, hashes: Collection[int], limit: int) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        with self._connection.cursor() as cursor:
            cursor.execute(
                "SELECT asked.hash, known.doc FROM unnest(%s::int[]) AS asked (hash)"  # noqa: S608
                f" CROSS JOIN LATERAL (SELECT doc FROM {TABLE} WHERE hash = asked.hash"
                " ORDER BY doc LIMIT %s) AS known",
                [sorted(hashes), limit],
            )
            for value, doc in cursor.fetchall():
                found.setdefault(value, []).append(doc)
        return found


def fingerprint_index(using: str = DEFAULT_DB_ALIAS) -> FingerprintIndex:
    """Return the index of this site's database."""
    connection = connections[using]
    if connection.vendor == "postgresql":
        return PostgresqlIndex(connection)
    return SqliteIndex(connection)
