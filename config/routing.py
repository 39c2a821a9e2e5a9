"""Which database a query goes to, where PostgreSQL has a replica (DATABASE_REPLICA_URL).

Everything goes to the primary, except what a GET or HEAD of a public page reads for somebody who is
signed out, while the replica has replayed all that this process knows to have changed: so nobody
sees less there than a cached page would show, and editors read what they have just written. Where
the replica is behind, away or fails half-way, the primary answers.
"""

import logging
import time
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Final

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, Error, connections
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from articles.pagecache.freshness import checked, freshness
from config.middleware import PRIVATE_PATHS

log = logging.getLogger(__name__)
REPLICA: Final = "replica"
RESTS_FOR: Final = 5.0  # Seconds without asking a replica that failed.
_PRIVATE: Final = (*PRIVATE_PATHS, "/admin/", "/preview/", "/healthz")
_HAS_COME: Final = "SELECT pg_is_in_recovery() AND pg_last_wal_replay_lsn() >= %s::pg_lsn"
# Whether the request that this thread serves reads from the replica.
_reads_replica: ContextVar[bool] = ContextVar("reads_replica", default=False)


class ReplicaRouter:
    """Reads go where the middleware said; writes, and what is read in a transaction or after a
    write of the same request, go to the primary."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        if _reads_replica.get() and not connections[DEFAULT_DB_ALIAS].in_atomic_block:
            return REPLICA
        return DEFAULT_DB_ALIAS

    def db_for_write(self, model: type[Model], **hints: Any) -> str:
        _reads_replica.set(False)
        return DEFAULT_DB_ALIAS

    def allow_relation(self, first: Model, second: Model, **hints: Any) -> bool:
        return True  # Both are the same database.

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        return db != REPLICA


class Replica:
    """The replica as this process finds it. Safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rests_until = 0.0

    def has(self, position: str | None) -> bool:
        """Say whether the replica has replayed the primary's log as far as `position`. One query
        on the replica; none while it rests or the position is not known."""
        if position is None or self._clock() < self._rests_until:
            return False
        try:
            with connections[REPLICA].cursor() as cursor:
                cursor.execute(_HAS_COME, [position])
                return bool(cursor.fetchone()[0])
        except Error as error:
            self.failed(error)
            return False

    def failed(self, error: Exception) -> None:
        """Leave the replica alone for a while."""
        self._rests_until = self._clock() + RESTS_FOR
        log.warning("The replica failed, the primary is read for %g s: %s", RESTS_FOR, error)
        connections[REPLICA].close()


class ReplicaMiddleware:
    """Let a request read from the replica where it may. The first middleware of all, so that a
    page which the replica failed to give can be made again from the primary. One query on the
    replica for a request that may."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.replica = Replica()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without the page cache's look nobody knows what the replica must have.
        if not _may_read_replica(request) or checked() is None:
            return self.get_response(request)
        if not self.replica.has(freshness().required_position()):
            return self.get_response(request)
        token = _reads_replica.set(True)
        try:
            response = self.get_response(request)
        finally:
            _reads_replica.reset(token)
        if getattr(request, "replica_failed", False):
            return self.get_response(request)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Note that the replica failed within a view: it was stopped, or gave up a query for what
        it had to replay. The answer is thrown away by __call__."""
        if not isinstance(error, Error) or not _reads_replica.get():
            return None
        self.replica.failed(error)
        request.replica_failed = True  # type: ignore[attr-defined]
        return HttpResponse(status=503)


def _may_read_replica(request: HttpRequest) -> bool:
    return (
        request.method in {"GET", "HEAD"}
        and settings.SESSION_COOKIE_NAME not in request.COOKIES
        and not request.path_info.startswith(_PRIVATE)
    )
