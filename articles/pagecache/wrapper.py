"""The page cache: a WSGI application around Django's.

It stands outside Django because Django's handler alone costs more than such an answer. Who is
signed out gets a page as it was rendered for another who is, as long as nothing that it shows has
changed (articles.pagecache.freshness), so that an answer is never older than the request.
"""

import logging
import threading
import time
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings

from articles.pagecache import freshness as fresh
from articles.pagecache.files import PageFiles, page_files
from articles.pagecache.keys import WANTED, Shown
from articles.pagecache.store import Page, Store

log = logging.getLogger(__name__)
Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
# What those who share an address add to it; pages do not depend on it.
TRACKING: Final = frozenset({
    "from", "isappinstalled", "spm", "fbclid", "gclid", "share_token", "scene", "clicktime",
})  # fmt: skip
# A visitor waits so long for a page that another is having rendered, then has it rendered too.
_PATIENCE: Final = 10.0
_VARYING: Final = frozenset({"content-length", "content-encoding", "etag"})


@dataclass(frozen=True)
class Address:
    """What a page is kept under. `page` is the number of a list's page, from its query."""

    scheme: str
    host: str
    path: str
    page: int = 1


@dataclass
class _Flight:
    """A page that is being rendered, for which others wait."""

    landed: threading.Event = field(default_factory=threading.Event)
    is_kept: bool = False


class PageCache:
    """Answers GET and HEAD from kept pages where it may; everything else passes.

    `limit`: bytes of pages in memory, 0 for none. `session_cookie`: who sends it is not
    everybody. `trusts_proxy`: whether X-Forwarded-Proto is believed.
    """

    def __init__(
        self,
        application: Application,
        *,
        limit: int,
        session_cookie: str,
        trusts_proxy: bool = False,
        files: PageFiles | None = None,
    ) -> None:
        self._application = application
        self._store = Store(limit)
        self._keeps = limit > 0
        self._session_cookie = session_cookie
        self._trusts_proxy = trusts_proxy
        self._files = files
        self._flights: dict[Hashable, _Flight] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in {"GET", "HEAD"}:
            return self._application(environ, start_response)
        try:
            tick = fresh.freshness().check()
        except Exception:
            # The database cannot be asked: nothing that is kept may be shown.
            log.exception("What has changed could not be learnt; the page is made anew.")
            return self._application(environ, start_response)
        end = fresh.begin(tick)
        try:
            address = self._address(environ) if self._keeps else None
            if address is None:
                return self._application(environ, start_response)
            return self._answer(address, tick, environ, start_response)
        finally:
            end()

    def _address(self, environ: Environ) -> Address | None:
        """Return the address under which a request's answer may be kept; None where it is
        personal, or depends on more than the address."""
        cookies = environ.get("HTTP_COOKIE", "")
        if cookies and (f"{self._session_cookie}=" in cookies or "messages=" in cookies):
            return None
        if "markdown" in environ.get("HTTP_ACCEPT", "") or "HTTP_RANGE" in environ:
            return None
        if (number := _page_number(environ.get("QUERY_STRING", ""))) is None:
            return None
        scheme = environ["wsgi.url_scheme"]
        if self._trusts_proxy:
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", scheme)
        return Address(scheme, environ.get("HTTP_HOST", "").lower(), environ["PATH_INFO"], number)

    def _answer(
        self, address: Address, tick: int, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        page = self._store.get(address)
        if page is not None and self._holds(page):
            return _send(page, environ, start_response)
        if page is not None:
            self._store.discard(address, page)
        if environ["REQUEST_METHOD"] == "HEAD":
            return self._application(environ, start_response)
        with self._lock:
            flight = self._flights.get(address)
            leads = flight is None
            if flight is None:
                flight = self._flights[address] = _Flight()
        if not leads:
            return self._follow(flight, address, environ, start_response)
        try:
            return self._render(flight, address, tick, environ, start_response)
        finally:
            with self._lock:
                del self._flights[address]
            flight.landed.set()

    def _follow(
        self, flight: _Flight, address: Address, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Wait for the page that another is having rendered; it holds for this visitor only if
        nothing has changed since it was begun."""
        if flight.landed.wait(_PATIENCE) and flight.is_kept:
            fresh.freshness().check()
            page = self._store.get(address)
            if page is not None and self._holds(page):
                return _send(page, environ, start_response)
        return self._application(environ, start_response)

    def _holds(self, page: Page) -> bool:
        if page.ends_at is not None and time.time() >= page.ends_at:
            return False
        return fresh.freshness().stands(page.keys, page.since)

    def _render(
        self,
        flight: _Flight,
        address: Address,
        tick: int,
        environ: Environ,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Have Django make the page, and keep it where it is everybody's."""
        started: list[Any] = []
        environ[WANTED] = True
        held = environ.get("HTTP_IF_NONE_MATCH")
        response: Any = self._application(environ, lambda *args: started.append(args))
        status, headers = started[0][:2]
        shown: Shown | None = getattr(response, "shown", None)
        if shown is None or not shown.keys or not _is_everybodys(status, headers):
            start_response(*started[0])
            return response  # type: ignore[no-any-return]
        try:
            body = b"".join(response)
        finally:
            response.close()
        page = Page(
            _lasting(headers),
            body,
            tuple(sorted(shown.keys)),
            tick,
            shown.ends_at.timestamp() if shown.ends_at is not None else None,
        )
        self._store.put(address, page)
        flight.is_kept = True
        if self._files is not None:
            self._files.write(address.host, address.path, address.page, page)
        if held is not None:
            environ["HTTP_IF_NONE_MATCH"] = held
        return _send(page, environ, start_response)


def _lasting(headers: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the headers that an answer has in any encoding."""
    kept = [(name, value) for name, value in headers if name.lower() not in _VARYING | {"vary"}]
    vary = [value for name, value in headers if name.lower() == "vary"]
    return [*kept, ("Vary", ", ".join([*vary, "Accept-Encoding"]))]


def _page_number(query: str) -> int | None:
    """Return the number of a list's page that a query asks for, 1 where it asks for nothing that
    pages depend on; None for any other query."""
    number = 1
    for part in query.split("&") if query else ():
        name, _, value = part.partition("=")
        if name == "page" and value.isascii() and value.isdigit() and len(value) < 8:
            if (number := int(value)) < 2 or str(number) != value:
                return None
        elif name not in TRACKING and not name.startswith("utm_"):
            return None
    return number


def _is_everybodys(status: str, headers: list[tuple[str, str]]) -> bool:
    """Say whether an answer may be kept: nobody is given a cookie, nobody forbids it."""
    if not status.startswith("200"):
        return False
    for name, value in headers:
        lower = name.lower()
        if lower == "set-cookie":
            return False
        if lower == "cache-control" and ("private" in value or "no-store" in value):
            return False
    return True


def _send(page: Page, environ: Environ, start_response: StartResponse) -> list[bytes]:
    """Answer with a kept page: 304 where the visitor holds it."""
    encoding, body = page.encoded(environ.get("HTTP_ACCEPT_ENCODING", ""))
    headers = [*page.headers, ("ETag", page.etag)]
    held = environ.get("HTTP_IF_NONE_MATCH")
    if held is not None and (held.strip() == "*" or page.etag.removeprefix("W/") in held):
        start_response("304 Not Modified", headers)
        return []
    if encoding:
        headers.append(("Content-Encoding", encoding))
    headers.append(("Content-Length", str(len(body))))
    start_response("200 OK", headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]


def page_cache(application: Application) -> PageCache:
    """Return the page cache of this process around Django's application, as the settings want
    it."""
    files = page_files(answers=True) if settings.PAGE_CACHE_MB else None
    if files is not None:
        files.watch()
    return PageCache(
        application,
        limit=settings.PAGE_CACHE_MB * 1024 * 1024,
        session_cookie=settings.SESSION_COOKIE_NAME,
        trusts_proxy=bool(settings.ALLAUTH_TRUSTED_PROXY_COUNT),
        files=files,
    )
