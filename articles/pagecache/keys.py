"""Surrogate keys: what a page shows, collected while it is rendered, and what has changed.

A key names a thing (`article:17367`, `contributor:3`, `site`) or what stands in a list
(`list:category:3`, `list:all:0`; `turn:17367`: what stands before and after the article;
`related:17367`; `likes:17367`: how many like it; `hot`; `lead`; `topics`).
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any, Final, ParamSpec

from django.conf import settings
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from articles.models import Purge
from articles.pagecache.cdn import TIMED, is_on, keep_from_cdn, mark_for_cdn
from articles.pagecache.due import next_due
from articles.pagecache.freshness import checked

P = ParamSpec("P")
# Set in the environment of a request of which the page cache would keep the answer: it compares
# the visitor's ETag itself, and wants the whole page.
WANTED: Final = "tougao.page_is_wanted"


@dataclass
class Shown:
    """What a page that is being rendered shows, and when it ends by itself: when the next
    scheduled article falls due."""

    keys: set[str] = field(default_factory=set)
    ends_at: datetime | None = None


_shown: ContextVar[Shown | None] = ContextVar("shown", default=None)


def shows(*things: Model | str | None) -> None:
    """Say that the page which is being rendered shows things: rows of models or keys. Outside a
    public page it does nothing. No query."""
    shown = _shown.get()
    if shown is not None:
        shown.keys.update(_key(thing) for thing in things if thing is not None)


def _key(thing: Model | str) -> str:
    return thing if isinstance(thing, str) else f"{thing._meta.model_name}:{thing.pk}"


def shows_list(kind: str, ref: int = 0) -> None:
    """Say that the page which is being rendered shows what stands in a list (ListKind), or that
    nothing does. No query."""
    shows(f"list:{kind}:{ref}")


def is_signed_out(request: HttpRequest) -> bool:
    """Say whether a visitor gets what everybody gets: no session, and nothing to be told once."""
    return settings.SESSION_COOKIE_NAME not in request.COOKIES and "messages" not in request.COOKIES


def public_page(view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Let the page cache keep a view's answer for those who are signed out, by what it says that
    it shows. A view that says nothing is never kept. Others' copies are told to ask each time."""

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request: Any = args[0]
        if request.META.get(WANTED):
            request.META.pop("HTTP_IF_NONE_MATCH", None)
        # Asked before the page is: what falls due while it is rendered ends it.
        shown = Shown(ends_at=next_due() if checked() is not None else None)
        token = _shown.set(shown)
        try:
            response = view(*args, **kwargs)
        finally:
            _shown.reset(token)
        if response.status_code != 200:
            return response
        if not is_signed_out(request):
            patch_cache_control(response, private=True, no_cache=True)
            return response
        if is_on():
            _tell_cdn(request, response, shown)
        response.headers.setdefault("Cache-Control", "public, no-cache")
        response.shown = shown  # type: ignore[attr-defined]
        return response

    return wrapped


def _tell_cdn(request: HttpRequest, response: HttpResponse, shown: Shown) -> None:
    """Let the CDN keep a page. It is not told that pages vary with cookies: it would then keep one
    for each visitor; docs/caching.md says how it passes by those who are signed in. Nor does it
    heed Vary: Accept, so that an answer in another form than HTML is not for it; nor is one that
    comes with a cookie."""
    is_negotiated = "markdown" in request.headers.get("Accept", "")
    if is_negotiated or _gives_cookie(request, response) or not shown.keys:
        keep_from_cdn(response)
    else:
        mark_for_cdn(response, {*shown.keys, TIMED})


def _gives_cookie(request: HttpRequest, response: HttpResponse) -> bool:
    """Say whether an answer comes with a cookie, which middleware mostly adds after the view: a
    token of a form, a session, something to be told once."""
    return bool(
        response.cookies
        or request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        or getattr(getattr(request, "session", None), "modified", False)
        or getattr(getattr(request, "_messages", None), "added_new", False)
    )


def purge(*keys: str) -> None:
    """Note that what keys stand for has changed, in the transaction of the change; for what the
    database does not note by itself (articles.pagecache.triggers). One query."""
    Purge.objects.bulk_create([Purge(key=key) for key in keys])
