"""Reads, collected in memory and written in batches."""

import atexit
import logging
import threading
from collections import Counter

from django.db import DatabaseError, connection

from articles.services.engagement import add_reads

FLUSH_SECONDS = 10.0
# Articles read between two writes of which count is kept while the database refuses.
KEPT_AT_MOST = 10_000
log = logging.getLogger(__name__)


class ReadBuffer:
    """Counts reads between two writes. What a killed process had collected is lost, at most
    FLUSH_SECONDS of it; a clean end writes it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reads: Counter[int] = Counter()
        self._timer: threading.Timer | None = None

    def add(self, article_id: int) -> None:
        with self._lock:
            self._reads[article_id] += 1
            if self._timer is None:
                self._timer = threading.Timer(FLUSH_SECONDS, self._flush_in_thread)
                self._timer.daemon = True
                self._timer.start()

    def flush(self) -> None:
        """Write what was collected; when the database refuses, keep it for the next time."""
        with self._lock:
            reads, self._reads = self._reads, Counter()
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        if not reads:
            return
        try:
            add_reads(reads)
        except DatabaseError:
            log.exception("Reads could not be written; they are kept for the next time.")
            with self._lock:
                if len(self._reads) + len(reads) <= KEPT_AT_MOST:
                    self._reads.update(reads)

    def _flush_in_thread(self) -> None:
        try:
            self.flush()
        finally:
            connection.close()


buffer = ReadBuffer()
atexit.register(buffer.flush)
