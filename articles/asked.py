"""What is searched for, counted so that nothing is kept of anybody.

A query is held in memory, with marks of who asked for it, until three visitors have asked for it
on the same day; only then, and only if it does not look like somebody's number or address, is it
written down, as a count of the day. What fewer asked for is forgotten at midnight, or with the
process. So the table holds no query that only one or two people thought of: those are the ones
that tell something about a person.
"""

import atexit
import re
import secrets
import threading
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b

from django.db import DatabaseError, connection
from django.http import HttpRequest
from django.utils import timezone

from articles.search.finding import Query
from articles.services.searches import Asked, add_searches
from articles.visitors import is_bot, visitor_key

VISITORS = 3
FLUSH_SECONDS = 30.0
_LONGEST = 30
_KEPT_AT_MOST = 5_000
# Telephone, account and identity numbers, and anything with an address in it.
_PERSONAL = re.compile(r"\d{5}|\d[\d\s-]{6}|@|＠|https?:|www\.", re.IGNORECASE)


@dataclass
class Searched:
    """A query of this day, until it is written down or forgotten."""

    visitors: set[bytes] = field(default_factory=set)
    asked: int = 0
    found: int = 0


class SearchBuffer:
    """Counts searches between two writes. What a killed process had collected is lost. Each
    process counts its own visitors: several of them count a little less."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._searched: dict[str, Searched] = {}
        self._day = timezone.localdate()
        self._key = secrets.token_bytes(16)
        self._timer: threading.Timer | None = None

    def add(self, query: str, visitor: str, found: int) -> None:
        mark = blake2b(visitor.encode(), key=self._key, digest_size=8).digest()
        with self._lock:
            self._turn()
            if query not in self._searched and len(self._searched) >= _KEPT_AT_MOST:
                return
            entry = self._searched.setdefault(query, Searched())
            entry.asked += 1
            entry.found = found
            if len(entry.visitors) < VISITORS:
                entry.visitors.add(mark)
            if len(entry.visitors) >= VISITORS and self._timer is None:
                self._timer = threading.Timer(FLUSH_SECONDS, self._flush_in_thread)
                self._timer.daemon = True
                self._timer.start()

    def _turn(self) -> None:
        """Begin a day with an empty memory and another key."""
        if self._day != timezone.localdate():
            self._day, self._searched = timezone.localdate(), {}
            self._key = secrets.token_bytes(16)

    def flush(self) -> None:
        """Write down what three visitors asked for; what fewer did stays in memory."""
        with self._lock:
            day = self._day
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            written = [
                Asked(query, entry.asked, entry.found)
                for query, entry in self._searched.items()
                if len(entry.visitors) >= VISITORS and entry.asked
            ]
            for row in written:
                self._searched[row.query].asked = 0
        if written:
            self._write(day, written)

    def _write(self, day: date, written: list[Asked]) -> None:
        try:
            add_searches(day, written)
        except DatabaseError:
            with self._lock:
                for row in written:
                    if row.query in self._searched:
                        self._searched[row.query].asked += row.asked

    def _flush_in_thread(self) -> None:
        try:
            self.flush()
        finally:
            connection.close()


buffer = SearchBuffer()
atexit.register(buffer.flush)


def note_search(request: HttpRequest, typed: str, query: Query, found: int) -> None:
    """Count a search, unless a machine asked or it may be about a person. No query."""
    text = " ".join(query.phrases)
    if not text or len(text) > _LONGEST or _PERSONAL.search(typed) or is_bot(request):
        return
    buffer.add(text, visitor_key(request), found)
