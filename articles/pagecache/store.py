"""Rendered pages in the memory of a process."""

import gzip
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Final

import brotli

_GZIP_LEVEL: Final = 6
_BROTLI_QUALITY: Final = 5
# Below this there is nothing to win.
_WORTH_IT: Final = 500
# What an entry takes besides its bodies.
_OVERHEAD: Final = 2_000


@dataclass
class Page:
    """A rendered page: what it shows (`keys`), since which tick it holds, when it ends by itself
    (seconds since 1970). `headers` lack those that depend on the encoding."""

    headers: list[tuple[str, str]]
    body: bytes
    keys: tuple[str, ...]
    since: int
    ends_at: float | None = None
    etag: str = ""
    bodies: dict[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.etag = f'W/"{hashlib.blake2b(self.body, digest_size=12).hexdigest()}"'

    def encoded(self, accepted: str) -> tuple[str, bytes]:
        """Return the encoding to answer with and the body in it; compressed once, when first
        asked for."""
        if len(self.body) < _WORTH_IT:
            return "", self.body
        for encoding, compress in (("br", _brotli), ("gzip", _gzip)):
            if encoding in accepted and f"{encoding};q=0" not in accepted.replace(" ", ""):
                if encoding not in self.bodies:
                    self.bodies[encoding] = compress(self.body)
                return encoding, self.bodies[encoding]
        return "", self.body

    def as_gzip(self) -> bytes:
        """Return the body compressed as every browser takes it."""
        return self.bodies.setdefault("gzip", _gzip(self.body))

    @property
    def size(self) -> int:
        """Bytes in memory; compressed bodies that may come are counted as half a body."""
        return len(self.body) * 3 // 2 + 80 * len(self.keys) + _OVERHEAD


def _brotli(body: bytes) -> bytes:
    compressed: bytes = brotli.compress(body, quality=_BROTLI_QUALITY)
    return compressed


def _gzip(body: bytes) -> bytes:
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)


class Store:
    """Pages by their address, the least recently used ones dropped beyond so many bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._pages: OrderedDict[Hashable, Page] = OrderedDict()
        self._size = 0

    def get(self, address: Hashable) -> Page | None:
        with self._lock:
            page = self._pages.get(address)
            if page is not None:
                self._pages.move_to_end(address)
            return page

    def put(self, address: Hashable, page: Page) -> None:
        with self._lock:
            self._drop(address)
            self._pages[address] = page
            self._size += page.size
            while self._size > self._limit and self._pages:
                self._drop(next(iter(self._pages)))

    def discard(self, address: Hashable, page: Page) -> None:
        """Drop a page that no longer holds, unless another has taken its place."""
        with self._lock:
            if self._pages.get(address) is page:
                self._drop(address)

    def _drop(self, address: Hashable) -> None:
        if (page := self._pages.pop(address, None)) is not None:
            self._size -= page.size

    def clear(self) -> None:
        with self._lock:
            self._pages.clear()
            self._size = 0

    def __len__(self) -> int:
        return len(self._pages)
