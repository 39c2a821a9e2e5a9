"""Rendered pages as files, for a web server that hands them out without asking us.

    <PAGES_DIR>/<host>/p/17367.html         /p/17367.html
    <PAGES_DIR>/<host>/category/tech/index.html      /category/tech/
    <PAGES_DIR>/<host>/category/tech/page-2.html     /category/tech/?page=2

each with a .gz beside it. A file is there only while its page holds: whoever learns of a purge
unlinks it, first of all the process that committed the change (`sweep_on_commit`), else the next
that looks, four times a second. All processes that share the directory share its index, a small
SQLite file, which says what each page shows; its write lock makes writing a page and sweeping one
wait for each other.
"""

import logging
import os
import sqlite3
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from articles.pagecache.freshness import Freshness, freshness
from articles.pagecache.store import Page

log = logging.getLogger(__name__)
LOOKS_EVERY: Final = 0.25
_LONGEST_NAME: Final = 200
_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS page (path TEXT PRIMARY KEY, ends_at REAL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS page_by_end ON page (ends_at) WHERE ends_at IS NOT NULL",
    "CREATE TABLE IF NOT EXISTS shown (key TEXT, path TEXT, PRIMARY KEY (key, path)) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS shown_by_path ON shown (path)",
)


class PageFiles:
    """The directory of a site's pages. Safe for threads and processes."""

    def __init__(self, directory: Path, freshness: Freshness, *, answers: bool) -> None:
        """`answers`: this process renders pages, so what it cannot know of it has to drop."""
        self._directory = directory
        self._freshness = freshness
        self._answers = answers
        self._lock = threading.Lock()
        directory.mkdir(parents=True, exist_ok=True)
        self._index = sqlite3.connect(
            directory / ".index.sqlite3", isolation_level=None, check_same_thread=False, timeout=20
        )
        self._index.execute("PRAGMA journal_mode=WAL")
        self._index.execute("PRAGMA synchronous=OFF")
        for statement in _TABLES:
            self._index.execute(statement)
        freshness.listen(self._sweep)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the index against threads and processes."""
        with self._lock:
            self._index.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._index.execute("ROLLBACK")
                raise
            self._index.execute("COMMIT")

    def write(self, host: str, path: str, number: int, page: Page) -> None:
        """Write a page that was just rendered, unless something that it shows has changed since.
        Addresses that make no safe file name, and what is not HTML, are passed over."""
        name = file_name(host, path, number)
        if name is None or not _is_html(page):
            return
        try:
            with self._alone():
                self._index.execute("REPLACE INTO page VALUES (?, ?)", (name, page.ends_at))
                self._index.execute("DELETE FROM shown WHERE path = ?", (name,))
                rows = [(key, name) for key in page.keys]
                self._index.executemany("INSERT INTO shown VALUES (?, ?)", rows)
                date = zlib.crc32(page.body) & 0x7FFFFFFF
                self._place(name, page.body, date)
                self._place(f"{name}.gz", page.as_gzip(), date)
            # What was committed since the page was begun may have been swept before it was here.
            self._freshness.check()
        except OSError:
            log.exception("A page could not be written to %s.", self._directory)
            return
        if not self._freshness.stands(page.keys, page.since):
            self._unlink([name])

    def _place(self, name: str, body: bytes, date: int) -> None:
        target = self._directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self._directory, prefix=".new-", delete=False) as file:
            file.write(body)
        os.chmod(file.name, 0o644)
        # A web server's ETag is made of size and date: so the date says what the page says.
        os.utime(file.name, (time.time(), date))
        os.replace(file.name, target)

    def _sweep(self, keys: Sequence[str] | None) -> None:
        """Unlink the pages that show one of the keys; all for None."""
        if keys is None:
            if self._answers:
                self._unlink(None)
            return
        names: set[str] = set()
        with self._lock:
            for start in range(0, len(keys), 500):
                some = keys[start : start + 500]
                marks = ",".join("?" * len(some))
                rows = self._index.execute(
                    f"SELECT path FROM shown WHERE key IN ({marks})",  # noqa: S608 (marks only)
                    some,
                )
                names.update(name for (name,) in rows)
        if names:
            self._unlink(sorted(names))

    def _unlink(self, names: Sequence[str] | None) -> None:
        with self._alone():
            if names is None:
                names = [name for (name,) in self._index.execute("SELECT path FROM page")]
            for name in names:
                for file in (name, f"{name}.gz"):
                    (self._directory / file).unlink(missing_ok=True)
                self._index.execute("DELETE FROM page WHERE path = ?", (name,))
                self._index.execute("DELETE FROM shown WHERE path = ?", (name,))

    def end(self) -> None:
        """Unlink the pages whose time is over."""
        with self._lock:
            rows = self._index.execute("SELECT path FROM page WHERE ends_at <= ?", (time.time(),))
            names = [name for (name,) in rows]
        if names:
            self._unlink(names)

    def look(self) -> None:
        """Unlink what shows something that has changed. One poll."""
        self._freshness.check()

    def watch(self) -> None:
        """Look, in a thread of this process, for what others have changed and for what ends."""
        threading.Thread(target=self._watch, daemon=True, name="page files").start()

    def _watch(self) -> None:
        while True:
            time.sleep(LOOKS_EVERY)
            try:
                self.look()
                self.end()
            except Exception:
                log.exception("The files of pages could not be looked after.")
                time.sleep(5)


def file_name(host: str, path: str, number: int) -> str | None:
    """Return where the page of an address lies (host as sent, path as WSGI has it), relative to
    the directory; None where that would make no safe name."""
    try:
        parts = path.encode("latin-1").decode("utf-8").split("/")
    except UnicodeError:
        return None
    if parts[0] or host != host.lower() or (number > 1 and parts[-1]):
        return None
    *folders, last = parts[1:]
    last = last or ("index.html" if number == 1 else f"page-{number}.html")
    for part in (host, *folders, last):
        if not part or part[0] in ".~" or "\0" in part or len(part.encode()) > _LONGEST_NAME:
            return None
    return "/".join((host, *folders, last))


def _is_html(page: Page) -> bool:
    return any(
        name.lower() == "content-type" and value.startswith("text/html")
        for name, value in page.headers
    )


_own: dict[Path, PageFiles] = {}
_own_lock = threading.Lock()


def page_files(*, answers: bool = False) -> PageFiles | None:
    """Return this process's hold on PAGES_DIR; None where the site has none."""
    if not settings.PAGES_DIR:
        return None
    directory = Path(settings.PAGES_DIR)
    with _own_lock:
        if directory not in _own:
            _own[directory] = PageFiles(directory, freshness(), answers=answers)
            _own[directory].look()
        return _own[directory]


def sweep_on_commit() -> None:
    """Have this process unlink the files of what the present transaction changes as soon as it is
    committed, so that a web server does not show them once more. Nothing without PAGES_DIR; else
    a poll now and one after the commit."""
    files = page_files()
    if files is not None:
        transaction.on_commit(files.look, robust=True)
