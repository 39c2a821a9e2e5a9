"""Addresses that lead on or nowhere, counted in memory and written in batches.

Nothing of a visitor is kept, nor anything that could name one: no query string, and no path with
an address of mail, a long number or a token in it.
"""

import atexit
import logging
import re
import threading
from collections import Counter

from django.db import DatabaseError, connection

from articles.services.redirects import count_addresses

FLUSH_SECONDS = 30.0
# Different addresses that are kept between two writes: those who try thousands fill no memory.
KEPT_AT_MOST = 500
_PRIVATE = (
    "/admin/", "/accounts/", "/me/", "/submit/", "/report/", "/preview/", "/media/", "/static/",
    "/api/",
)  # fmt: skip
# What robots try on every site, and what could name somebody.
_NOISE = re.compile(
    r"\.(?:php\d?|aspx?|jsp|cgi|env|git|sql|bak|zip|gz|tar|ini|yml|yaml|map|js|css|png|ico|jpe?g)\b"
    r"|/\.|@|%40|\d{8}|[0-9a-fA-F]{16}|[\x00-\x1f\x7f]|//",
)
log = logging.getLogger(__name__)


def is_countable(path: str) -> bool:
    """Say whether a path that was not found is worth an editor's look."""
    return len(path) <= 200 and not path.startswith(_PRIVATE) and not _NOISE.search(path)


class AddressBuffer:
    """Counts between two writes. What a killed process had collected is lost."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._redirects: Counter[int] = Counter()
        self._missing: Counter[str] = Counter()
        self._timer: threading.Timer | None = None

    def add_redirect(self, number: int) -> None:
        """Count that a redirect was used. No query."""
        with self._lock:
            self._redirects[number] += 1
            self._start()

    def add_missing(self, path: str) -> None:
        """Count that an address was not found, if it is one that counts. No query."""
        if not is_countable(path):
            return
        with self._lock:
            if path in self._missing or len(self._missing) < KEPT_AT_MOST:
                self._missing[path] += 1
                self._start()

    def _start(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(FLUSH_SECONDS, self._flush_in_thread)
            self._timer.daemon = True
            self._timer.start()

    def drop(self) -> tuple[Counter[int], Counter[str]]:
        """Forget what was collected, and return it."""
        with self._lock:
            redirects, self._redirects = self._redirects, Counter()
            missing, self._missing = self._missing, Counter()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        return redirects, missing

    def flush(self) -> None:
        """Write what was collected; when the database refuses, it is lost: it is a hint only."""
        redirects, missing = self.drop()
        if not redirects and not missing:
            return
        try:
            count_addresses(redirects, missing)
        except DatabaseError:
            log.exception("Addresses that were asked for could not be counted.")

    def _flush_in_thread(self) -> None:
        try:
            self.flush()
        finally:
            connection.close()


buffer = AddressBuffer()
atexit.register(buffer.flush)
