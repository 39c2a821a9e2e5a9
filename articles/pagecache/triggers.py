"""The triggers that note in the database what changes of what readers see.

They stand in the database and not in the services, so that nothing is forgotten: no service, no
bulk update, no command, nobody at the database's own prompt. A row of articles_purge for each key
that a page may show, in the transaction of the change. WATCHED is the whole list; `install` puts
up what is missing after each migrate (SQLite drops a table's triggers when it remakes the table).
What is written by one service only, many rows at a time (related lists, hot lists), says so
itself by `purge`.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.db.backends.base.base import BaseDatabaseWrapper

INSERT, UPDATE, DELETE = "insert", "update", "delete"


@dataclass(frozen=True)
class Watched:
    """Changes of a table that purge a key: `key` is SQL over {row}. `columns`: the ones of which
    an update counts, where it changes them."""

    table: str
    key: str
    columns: tuple[str, ...] = ()
    events: tuple[str, ...] = (INSERT, UPDATE, DELETE)
    # Further keys, each a SELECT of one column.
    others: tuple[str, ...] = ()
    name: str = ""


_SHOWN = (
    "title", "prose", "toc", "summary", "cover_id", "category_id", "contributor_id", "origin",
    "source_name", "source_url", "ai_label", "status", "published_at", "updated_at", "characters",
    "tag_links", "tag_names",
)  # fmt: skip
# Lists are named by what they are, so that a page can name one that is not there yet.
_LIST = """coalesce((
    SELECT 'list:' || kind || ':' || ref FROM articles_articlelist WHERE id = {row}.list_id
), 'list:gone')"""
# The pages of those beside an entry of list 1, the list of all, lead to its article; and it comes
# and goes where it is recommended.
_AROUND = (
    """SELECT 'turn:' || article_id FROM (
        SELECT article_id FROM articles_listentry WHERE list_id = 1 AND {row}.list_id = 1
        AND (public_at, article_id) < ({row}.public_at, {row}.article_id)
        ORDER BY public_at DESC, article_id DESC LIMIT 1) AS older""",
    """SELECT 'turn:' || article_id FROM (
        SELECT article_id FROM articles_listentry WHERE list_id = 1 AND {row}.list_id = 1
        AND (public_at, article_id) > ({row}.public_at, {row}.article_id)
        ORDER BY public_at, article_id LIMIT 1) AS newer""",
    "SELECT 'turn:' || {row}.article_id WHERE {row}.list_id = 1",
    """SELECT 'related:' || article_id FROM articles_relatedarticle
        WHERE other_id = {row}.article_id AND {row}.list_id = 1""",
)
WATCHED: Final = (
    Watched("articles_article", "'article:' || {row}.id", _SHOWN, (UPDATE, DELETE)),
    # Only its own page says how many like it, and nothing changes as often.
    Watched("articles_article", "'likes:' || {row}.id", ("like_count",), (UPDATE,), name="likes"),
    Watched("articles_article", "'lead'", ("featured", "sticky"), (UPDATE,), name="lead"),
    Watched("articles_restriction", "'article:' || {row}.article_id"),
    Watched("articles_sharecard", "'article:' || {row}.article_id"),
    Watched("articles_listentry", _LIST, others=_AROUND),
    Watched("articles_contributor", "'contributor:' || {row}.id", events=(UPDATE, DELETE)),
    Watched("articles_category", "'category:' || {row}.id"),
    Watched("taggit_tag", "'tag:' || {row}.id", events=(UPDATE, DELETE)),
    Watched("articles_topic", "'topic:' || {row}.id", others=("SELECT 'topics'",)),
    Watched("articles_topicarticle", "'topic:' || {row}.topic_id", others=("SELECT 'topics'",)),
    Watched("articles_page", "'page:' || {row}.id"),
    Watched("articles_sitesettings", "'site'"),
    Watched(
        "articles_picture",
        "'picture:' || {row}.id",
        ("file", "width", "height", "alt", "renditions", "is_withheld"),
        (UPDATE,),
    ),
)  # fmt: skip


def install(connection: BaseDatabaseWrapper) -> None:
    """Put up the triggers that are missing and take down those that are no longer wanted. Locks no
    table where nothing changed. Two queries then."""
    dialect = _dialect(connection)
    wanted = dict(dialect.statements())
    with connection.cursor() as cursor:
        present = dialect.present(cursor)
        for name, table in present.items():
            if name not in wanted:
                dialect.drop(cursor, name, table)
        for name, statements in wanted.items():
            if name not in present:
                for statement in statements:
                    cursor.execute(statement)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Take all of them down, for filling a database that nobody reads; `install` puts them back."""
    dialect = _dialect(connection)
    with connection.cursor() as cursor:
        for name, table in dialect.present(cursor).items():
            dialect.drop(cursor, name, table)


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the triggers that should stand and do not. One query."""
    dialect = _dialect(connection)
    with connection.cursor() as cursor:
        present = dialect.present(cursor)
    return sorted(name for name, _statements in dialect.statements() if name not in present)


def _dialect(connection: BaseDatabaseWrapper) -> "type[_Sqlite] | type[_Postgresql]":
    return _Postgresql if connection.vendor == "postgresql" else _Sqlite


def _rows(event: str) -> tuple[str, ...]:
    """Return the rows that an event has: an update both, as a row may have changed its place."""
    return {INSERT: ("NEW",), DELETE: ("OLD",), UPDATE: ("OLD", "NEW")}[event]


def _inserts(watched: Watched, event: str) -> str:
    selects = dict.fromkeys(
        select.format(row=row)
        for row in _rows(event)
        for select in (f"SELECT {watched.key}", *watched.others)
    )
    return " ".join(f"INSERT INTO articles_purge (key) {select};" for select in selects)


def _name(watched: Watched, event: str, body: str) -> str:
    digest = hashlib.blake2b(body.encode(), digest_size=4).hexdigest()
    table = watched.table.removeprefix("articles_")
    return "_".join(filter(None, ("purge", table, watched.name, event, digest)))


def _changed(watched: Watched, unlike: str) -> str:
    """Return the condition that an update changed something that is shown."""
    tests = [f"OLD.{column} {unlike} NEW.{column}" for column in watched.columns]
    return f"WHEN ({' OR '.join(tests)}) " if tests else ""


class _Sqlite:
    @staticmethod
    def statements() -> Iterator[tuple[str, list[str]]]:
        for watched in WATCHED:
            for event in watched.events:
                when = _changed(watched, "IS NOT") if event == UPDATE else ""
                rest = f"ON {watched.table} {when}BEGIN {_inserts(watched, event)} END"
                name = _name(watched, event, rest)
                yield name, [f"CREATE TRIGGER {name} AFTER {event.upper()} {rest}"]

    @staticmethod
    def present(cursor: Any) -> dict[str, str]:
        cursor.execute(
            "SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger' "
            "AND substr(name, 1, 6) = 'purge_'"
        )
        return dict(cursor.fetchall())

    @staticmethod
    def drop(cursor: Any, name: str, table: str) -> None:
        cursor.execute(f"DROP TRIGGER {name}")


class _Postgresql:
    @staticmethod
    def statements() -> Iterator[tuple[str, list[str]]]:
        for watched in WATCHED:
            for event in watched.events:
                when = _changed(watched, "IS DISTINCT FROM") if event == UPDATE else ""
                body = f"BEGIN {_inserts(watched, event)} RETURN NULL; END"
                name = _name(watched, event, when + body)
                function = (
                    f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql "
                    f"AS $purge$ {body} $purge$"
                )
                trigger = (
                    f"CREATE TRIGGER {name} AFTER {event.upper()} ON {watched.table} "
                    f"FOR EACH ROW {when}EXECUTE FUNCTION {name}()"
                )
                yield name, [function, trigger]

    @staticmethod
    def present(cursor: Any) -> dict[str, str]:
        cursor.execute(
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND starts_with(tgname, 'purge_') "
            "AND pg_table_is_visible(pg_class.oid)"
        )
        return dict(cursor.fetchall())

    @staticmethod
    def drop(cursor: Any, name: str, table: str) -> None:
        cursor.execute(f"DROP TRIGGER {name} ON {table}")
        cursor.execute(f"DROP FUNCTION {name}()")
