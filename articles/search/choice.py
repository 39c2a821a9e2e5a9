"""The one place that knows which engine stands behind the search."""

from django.db import connection

from articles.search.engines import Engine
from articles.search.postgresql import PostgresqlEngine
from articles.search.sqlite import SqliteEngine


def engine() -> Engine:
    """Return the index in this site's database. A search server would be named here."""
    if connection.vendor == "postgresql":
        return PostgresqlEngine(connection)
    return SqliteEngine(connection)
