"""What has changed, as far as this process knows; and how it comes to know before each page.

The truth stands in the database: the rows of articles_purge, written in the transaction of each
change. `check` learns of all that was committed before it was asked. On SQLite that costs some
microseconds (PRAGMA data_version tells whether anybody else has written), on PostgreSQL one small
statement. Redis is not asked: it could lose what the database has.

Time is counted in ticks: a key's tick is when this process learnt that it was purged. A page holds
while none of its keys has a tick after the one at which its rendering began.
"""

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from typing import Any, Final, Protocol, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections

log = logging.getLogger(__name__)
# Purges older than this may have been pruned: who did not ask for so long knows nothing any more.
FORGETS_AFTER: Final = 3600.0
# So many keys are told apart; then all that was rendered before counts as changed.
_MOST_KEYS: Final = 200_000


T = TypeVar("T")


class Feed(Protocol):
    """Where purged keys are read from."""

    def poll(self) -> Sequence[str] | None:
        """Return the keys purged since the last poll, as far as committed; None where that cannot
        be told (the first time, a lost connection that came back). Raises DatabaseError and the
        driver's own errors."""

    def position(self) -> str | None:
        """Return the position in the primary's log after which a replica has all that was polled;
        None where there are no replicas."""

    def close(self) -> None: ...


class SqliteFeed:
    """A connection of its own to the database's file, which only reads."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._version = self._last = 0

    def poll(self) -> Sequence[str] | None:
        if self._connection is None:
            self._connect()
            return None
        version = self._connection.execute("PRAGMA data_version").fetchone()[0]
        if version == self._version:
            return ()
        rows = self._connection.execute(
            "SELECT id, key FROM articles_purge WHERE id > ? ORDER BY id", (self._last,)
        ).fetchall()
        self._version = version
        if rows:
            self._last = rows[-1][0]
        return [key for _id, key in rows]

    def _connect(self) -> None:
        connection = sqlite3.connect(
            f"file:{self._path}?mode=rw", uri=True, isolation_level=None,
            check_same_thread=False, timeout=20,
        )  # fmt: skip
        self._version = connection.execute("PRAGMA data_version").fetchone()[0]
        newest = "SELECT coalesce(max(id), 0) FROM articles_purge"
        self._last = connection.execute(newest).fetchone()[0]
        self._connection = connection

    def position(self) -> str | None:
        return None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class PostgresqlFeed:
    """A connection of its own. Transactions may commit in another order than they began, so rows
    are asked for from the oldest transaction that was running at the last poll."""

    _STATEMENT = (
        "SELECT NULL::bigint, txid_snapshot_xmin(txid_current_snapshot())::text "
        "UNION ALL SELECT id, key FROM articles_purge WHERE transaction >= $1"
    )

    def __init__(self, alias: str = DEFAULT_DB_ALIAS, *, has_replicas: bool = False) -> None:
        self._alias = alias
        self._has_replicas = has_replicas
        self._cursor: Any = None
        self._is_prepared = True
        self._oldest = 0
        self._seen: set[int] = set()
        self._position: str | None = None

    def poll(self) -> Sequence[str] | None:
        if self._cursor is None:
            self._connect()
            return None
        try:
            rows = self._ask()
        except Exception:
            self.close()
            raise
        fresh = [(pk, key) for pk, key in rows if pk not in self._seen]
        self._seen = {pk for pk, _key in rows}
        if fresh:
            self._note_position()
        return [key for _pk, key in fresh]

    def _connect(self) -> None:
        wrapper = connections[self._alias]
        connection = wrapper.get_new_connection(wrapper.get_connection_params())
        connection.autocommit = True
        self._cursor = connection.cursor()
        # Behind a pooler that gives every transaction another connection nothing can be prepared.
        self._is_prepared = not wrapper.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS")
        if self._is_prepared:
            self._cursor.execute(f"PREPARE purges (bigint) AS {self._STATEMENT}")
        self._cursor.execute("SELECT txid_snapshot_xmin(txid_current_snapshot())")
        self._oldest = self._cursor.fetchone()[0]
        self._seen = {pk for pk, _key in self._ask()}
        self._note_position()

    def _ask(self) -> list[tuple[int, str]]:
        if self._is_prepared:
            self._cursor.execute(f"EXECUTE purges ({self._oldest})")
        else:
            self._cursor.execute(self._STATEMENT.replace("$1", str(self._oldest)))
        (_none, oldest), *rows = sorted(self._cursor.fetchall(), key=lambda row: row[0] or 0)
        self._oldest = int(oldest)
        return rows

    def _note_position(self) -> None:
        if self._has_replicas:
            self._cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
            self._position = self._cursor.fetchone()[0]

    def position(self) -> str | None:
        return self._position

    def close(self) -> None:
        if self._cursor is not None:
            connection, self._cursor = self._cursor.connection, None
            connection.close()


class Freshness:
    """The ticks of a process. Safe to be asked by many threads."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._lock = threading.Lock()
        self._ticks: dict[str, int] = {}
        self._tick = 1
        # All that was rendered before this tick counts as changed.
        self._floor = 1
        self._begun = self._ended = 0
        self._asked_at = 0.0
        self._listeners: list[Callable[[Sequence[str] | None], None]] = []
        # What was read from the database, with the tick of the request that read it.
        self.kept: dict[str, tuple[Any, int]] = {}

    def listen(self, listener: Callable[[Sequence[str] | None], None]) -> None:
        """Have a function called with the keys that are learnt, or None for all, before anybody
        is answered by them."""
        self._listeners.append(listener)

    def check(self) -> int:
        """Learn of what was committed before now; return the tick at which it was learnt. Raises
        where the database cannot be asked. One poll; those who wait for one that began after they
        came share it."""
        begun = self._begun
        with self._lock:
            if self._ended <= begun:
                self._begun += 1
                number = self._begun
                self._learn()
                self._ended = number
            return self._tick

    def _learn(self) -> None:
        now = time.monotonic()
        keys = self._feed.poll()
        if now - self._asked_at > FORGETS_AFTER or len(self._ticks) > _MOST_KEYS:
            keys = None
        self._asked_at = now
        if keys is not None and not keys:
            return
        self._tick += 1
        if keys is None:
            self._ticks.clear()
            self._floor = self._tick
        else:
            self._ticks.update(dict.fromkeys(keys, self._tick))
        for listener in self._listeners:
            listener(keys)

    def stands(self, keys: Iterable[str], since: int) -> bool:
        """Say whether none of the keys was purged after a tick, as far as was learnt. No query."""
        ticks = self._ticks
        return since >= self._floor and all(ticks.get(key, 0) <= since for key in keys)

    def required_position(self) -> str | None:
        """Return how far a replica must have come to show what was learnt; None without one."""
        return self._feed.position()

    def close(self) -> None:
        with self._lock:
            self._feed.close()


# The tick of the check that the request now served began with.
_checked: ContextVar[int | None] = ContextVar("checked", default=None)


def checked() -> int | None:
    """Return the tick at which the request that is being served was checked; None outside one:
    then nothing that is kept in memory may be used without asking."""
    return _checked.get()


def begin(tick: int | None) -> Callable[[], None]:
    """Note the tick of the request that is now served; return what ends it."""
    token = _checked.set(tick)
    return lambda: _checked.reset(token)


def remembered(
    name: str, keys: Sequence[str], read: Callable[[], T], holds: Callable[[T], bool] | None = None
) -> T:
    """Return what `read` reads from the database, or what it read for an earlier request, if none
    of the keys was purged since and it still holds. No query then; outside a request always read
    anew."""
    tick = checked()
    if tick is None:
        return read()
    own = freshness()
    value, since = own.kept.get(name, (None, 0))
    if since and own.stands(keys, since) and (holds is None or holds(value)):
        kept: T = value
        return kept
    value = read()
    own.kept[name] = (value, tick)
    return value


_own: list[Freshness] = []
_own_lock = threading.Lock()


def freshness() -> Freshness:
    """Return this process's. No query until it is asked."""
    if not _own:
        with _own_lock:
            if not _own:
                _own.append(Freshness(_feed()))
    return _own[0]


def forget() -> None:
    """Close what this process keeps open (tests, another database)."""
    with _own_lock:
        while _own:
            _own.pop().close()


def _feed() -> Feed:
    connection = connections[DEFAULT_DB_ALIAS]
    if connection.vendor == "postgresql":
        return PostgresqlFeed(has_replicas=len(connections.databases) > 1)
    return SqliteFeed(str(connection.settings_dict["NAME"]))
