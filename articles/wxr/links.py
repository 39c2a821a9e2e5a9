"""Where the links and pictures of the old site lead now."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qs, quote, unquote, urlsplit

from articles.wxr.media import PICTURE_ENDINGS, Pictures
from articles.wxr.names import plain
from articles.wxr.plan import Plan, Row, decoded, host_of, local_path

_LIST = re.compile(r"(?:/[^/?]+)*/(category|tag|author)/(?:[^/]+/)*([^/]+)/?\Z")
_NUMBER_KEYS = ("p", "page_id", "attachment_id")


class OldSite:
    """Knows the old site's addresses: what markup.Surroundings asks for."""

    def __init__(self, plan: Plan, pictures: Pictures, hosts: set[str], roots: set[str]) -> None:
        self.plan = plan
        self.pictures = pictures
        self.hosts = hosts
        self.roots = roots | {"/"}
        # Filled by the importer: slug there → address here.
        self.categories: Mapping[str, str] = {}
        self.authors: Mapping[str, str] = {}
        self.current: int | None = None

    # --- Links ------------------------------------------------------------------------------
    def link(self, href: str) -> str:
        """Return where a link leads now; a link elsewhere, or that is not known, stays."""
        try:
            parts = urlsplit(href)
        except ValueError:
            return href
        if parts.scheme not in {"", "http", "https"}:
            return href
        if not (parts.netloc or parts.path or parts.query):
            return href
        if parts.netloc and host_of(href) not in self.hosts:
            return href
        target = self._target(local_path(href), parts.query)
        if target is None:
            return href
        return f"{target}#{parts.fragment}" if parts.fragment else target

    def _target(self, path: str, query: str) -> str | None:
        if not path and not query:
            return None
        numbers = (
            parse_qs(query, max_num_fields=50)
            if len(query) < 2000 and "&" * 50 not in query
            else {}
        )
        for key in _NUMBER_KEYS:
            value = numbers.get(key, [""])[0]
            if value.isascii() and value.isdigit() and len(value) < 13:
                return self.address(self.plan.by_number(int(value)))
        bare = path.split("?")[0]
        if bare in self.roots or f"{bare}/" in self.roots:
            return None if query else "/"
        if row := self.plan.by_path(bare):
            return self.address(row)
        if bare.lower().endswith(PICTURE_ENDINGS):
            return self.picture(path)
        return self._list(bare)

    def _list(self, path: str) -> str | None:
        match = _LIST.match(path)
        if match is None:
            return None
        if match[1] == "category":
            return self.categories.get(match[2])
        if match[1] == "author":
            return self.authors.get(match[2].lower())
        return f"/tag/{quote(match[2])}/" if self.plan.has_tag(match[2]) else None

    def address(self, row: Row | None) -> str | None:
        """Return an item's address here: an attachment's is its picture's, else its article's."""
        if row is None:
            return None
        if row.kind != "attachment":
            return row.target
        if row.url.lower().endswith(PICTURE_ENDINGS) and (url := self.picture(row.url)):
            return url
        parent = self.plan.by_number(row.parent) if row.parent else None
        return parent.target if parent and parent.kind != "attachment" else None

    # --- Pictures ---------------------------------------------------------------------------
    def picture(self, src: str) -> str | None:
        picture = self.pictures.find(self._whole(src), self.alt(src))
        return picture.url if picture else None

    def _whole(self, src: str) -> str:
        """Return a picture's own address where a service that shrinks pictures serves it."""
        if re.match(r"https?://i\d\.wp\.com/", src):
            return "https://" + src.split("/", 3)[3].split("?")[0]
        return src

    def alt(self, src: str) -> str:
        row = self.plan.by_url(local_path(src).split("?")[0])
        return row.alt if row else ""

    def gallery(self, attributes: Mapping[str, str]) -> list[tuple[str, str, str]]:
        """Return a gallery's pictures: those named, else all that belong to the post."""
        named = attributes.get("ids") or attributes.get("include") or ""
        numbers = [int(n) for n in re.findall(r"\d{1,12}", named)][:200]
        if numbers:
            rows = [row for n in numbers if (row := self.plan.by_number(n))]
        else:
            rows = self.plan.children(self.current) if self.current else []
        without = {int(n) for n in re.findall(r"\d{1,12}", attributes.get("exclude", ""))}
        return [
            (row.url, row.alt or unquote(row.title), "")
            for row in rows
            if row.kind == "attachment"
            and row.url.lower().endswith(PICTURE_ENDINGS)
            and row.wpid not in without
        ]


def hosts_of(channel: Mapping[str, str]) -> set[str]:
    """Return the hosts that the export says it comes from."""
    names = ("wp:base_site_url", "wp:base_blog_url", "link")
    return {host for name in names if (host := host_of(channel.get(name, "")))}


def roots_of(channel: Mapping[str, str]) -> set[str]:
    """Return the paths of the old site's front page."""
    names = ("wp:base_blog_url", "link")
    return {decoded(local_path(channel.get(n, ""))).join(("/", "/")) for n in names} - {"//"}


def source_of(channel: Mapping[str, str]) -> str:
    """Return the name under which imports of this site are remembered."""
    for name in ("wp:base_blog_url", "wp:base_site_url", "link"):
        if host := host_of(channel.get(name, "")):
            return ("wordpress:" + host + local_path(channel[name]).rstrip("/"))[:200]
    # Exports without any address are told apart by the site's name.
    return ("wordpress:" + plain(channel.get("title", ""))).rstrip(":")[:200]
