"""The index of an export, made by the first pass: which item has which address and number.

It lies in a private temporary database on disk (deleted when it is closed), so that its size does
not matter: memory stays the same for ten items and for a million.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from articles.wxr.items import Item, Term

_SCHEMA = """
CREATE TABLE item (
    seq INTEGER PRIMARY KEY, key TEXT UNIQUE, wpid INTEGER, kind TEXT, status TEXT, path TEXT,
    name TEXT, parent INTEGER, url TEXT, alt TEXT, title TEXT, content TEXT,
    number INTEGER, target TEXT, note TEXT DEFAULT ''
);
CREATE TABLE touched (number INTEGER PRIMARY KEY);
CREATE INDEX item_wpid ON item (wpid);
CREATE INDEX item_path ON item (path);
CREATE INDEX item_parent ON item (parent) WHERE kind = 'attachment';
CREATE INDEX item_url ON item (url) WHERE kind = 'attachment';
CREATE TABLE slug (slug TEXT PRIMARY KEY);
CREATE TABLE tag (slug TEXT PRIMARY KEY);
"""
_COLUMNS = "seq, key, wpid, kind, status, path, name, parent, url, alt, title, number, target, note"


@dataclass
class Row:
    """What the index knows of an item. `target` is its address here, `number` its key here."""

    seq: int
    key: str
    wpid: int | None
    kind: str
    status: str
    path: str
    name: str
    parent: int
    url: str
    alt: str
    title: str
    number: int | None
    target: str | None
    note: str


def local_path(address: str) -> str:
    """Return an address's path and query, percent-decoded, as a redirect knows it; empty where
    it is no address of the web."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return ""
    if parts.scheme not in {"", "http", "https"}:
        return ""
    path = unquote(parts.path) or "/"
    query = f"?{unquote(parts.query)}" if parts.query else ""
    return (path + query).replace("\x00", "") if path.startswith("/") else ""


def host_of(address: str) -> str:
    """Return an address's host without www; empty where there is none."""
    try:
        return (urlsplit(address.strip()).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def decoded(slug: str) -> str:
    return unquote(slug.strip()).strip("/ ")


class Plan:
    """The index of one export."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA cache_size=-8000;" + _SCHEMA)
        self._db.execute("BEGIN")
        self.hosts: set[str] = set()
        self.count = 0

    def close(self) -> None:
        self._db.close()

    def add(self, item: Item) -> None:
        """Index an item under the next place in the file."""
        self.count += 1
        content = _digest(item, "title", "content:encoded", "wp:post_date", "wp:post_name")
        number = item.number
        key = str(number) if number else "x" + _digest(item, "guid", "link", "title")[:32]
        key, note = self._free_key(key, content)
        link = item.get("link")
        if len(self.hosts) < 20 and (host := host_of(link)):
            self.hosts.add(host)
        parent = item.get("wp:post_parent")
        values = (
            self.count, key, number if not note else None, item.kind[:60], item.status[:40],
            local_path(link)[:1000], decoded(item.get("wp:post_name"))[:300],
            int(parent) if parent.isascii() and parent.isdigit() and len(parent) < 13 else 0,
            local_path(item.get("wp:attachment_url"))[:1000],
            item.first_meta("_wp_attachment_image_alt")[:300], item.get("title")[:300], content,
            note,
        )  # fmt: skip
        self._db.execute(
            "INSERT INTO item (seq, key, wpid, kind, status, path, name, parent, url, alt, title,"
            " content, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            values,
        )

    def _free_key(self, key: str, content: str) -> tuple[str, str]:
        """Return a key that no item has yet, and why it differs: "same" for the same item once
        more, "again" for another item of the same number."""
        found = self._db.execute("SELECT content FROM item WHERE key = ?", (key,)).fetchone()
        if found is None:
            return key, ""
        note = "same" if found[0] == content else "again"
        return (
            f"{key}#{self.count}" if note == "same" else f"{key}#{content[:16]}#{self.count}",
            note,
        )

    def add_tag(self, term: Term) -> None:
        self._db.execute("INSERT OR IGNORE INTO tag VALUES (?)", (decoded(term.slug),))

    def has_tag(self, slug: str) -> bool:
        found = self._db.execute("SELECT 1 FROM tag WHERE slug = ?", (slug,))
        return found.fetchone() is not None

    def take_slug(self, slug: str) -> bool:
        """Claim a page's slug; say whether it was free."""
        done = self._db.execute("INSERT OR IGNORE INTO slug VALUES (?)", (slug,))
        return done.rowcount == 1

    # --- Reading ----------------------------------------------------------------------------
    def row(self, seq: int) -> Row:
        found = self._one("seq = ?", seq)
        if found is None:
            raise LookupError(seq)
        return found

    def by_number(self, number: int) -> Row | None:
        """Return the item that has a number in WordPress."""
        return self._one("wpid = ?", number)

    def by_path(self, path: str) -> Row | None:
        """Return the item at an address, with or without the slash at its end."""
        bare = path.rstrip("/")
        return self._one("path IN (?, ?)", bare, bare + "/")

    def by_url(self, url: str) -> Row | None:
        """Return the attachment whose file lies at a path."""
        return self._one("kind = 'attachment' AND url = ?", url)

    def children(self, number: int) -> list[Row]:
        """Return the attachments of an item, at most 200, in the order of the file."""
        return self._rows("kind = 'attachment' AND parent = ? ORDER BY seq LIMIT 200", number)

    def batches(self, kind: str, size: int = 500) -> Iterator[list[Row]]:
        """Yield all items of a kind in the order of the file."""
        last = 0
        while rows := self._rows("kind = ? AND seq > ? ORDER BY seq LIMIT ?", kind, last, size):
            yield rows
            last = rows[-1].seq

    def highest_number(self) -> int:
        found = self._db.execute("SELECT max(wpid) FROM item WHERE kind = 'post'").fetchone()
        return found[0] or 0

    def settle(self, row: Row) -> None:
        """Write an item's number and address here, and what is to be said of them."""
        self._db.execute(
            "UPDATE item SET number = ?, target = ?, note = ? WHERE seq = ?",
            (row.number, row.target, row.note, row.seq),
        )

    def touch(self, row: Row, *, is_public: bool) -> None:
        """Keep that this run wrote an article that the public may see."""
        if is_public and row.number:
            self._db.execute("INSERT OR IGNORE INTO touched VALUES (?)", (row.number,))

    def touched(self, numbers: Iterable[int]) -> set[int]:
        """Return which of the articles this run wrote."""
        asked = list(numbers)
        marks = ",".join("?" * len(asked))
        found = self._db.execute(f"SELECT number FROM touched WHERE number IN ({marks})", asked)  # noqa: S608
        return {number for (number,) in found}

    def _one(self, where: str, *values: object) -> Row | None:
        rows = self._rows(f"{where} ORDER BY seq LIMIT 1", *values)
        return rows[0] if rows else None

    def _rows(self, where: str, *values: object) -> list[Row]:
        found = self._db.execute(f"SELECT {_COLUMNS} FROM item WHERE {where}", values)  # noqa: S608
        return [Row(*values) for values in found]


def _digest(item: Item, *names: str) -> str:
    joined = "\x00".join(item.fields.get(name, "") for name in names)
    return hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()
