"""Answers that say whether anything has changed since they were last given."""

import hashlib
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.http import parse_etags, quote_etag


def fingerprint(*facts: object) -> str:
    """Return an ETag over all that an answer is made of."""
    digest = hashlib.blake2b(repr(facts).encode("utf-8", "surrogatepass"), digest_size=16)
    return quote_etag(digest.hexdigest())


def unchanged(request: HttpRequest, etag: str) -> bool:
    """Say whether the visitor holds this very answer.

    A date is not believed: no date of an article tells that another one was withdrawn, and a 304
    must not keep a withdrawn one alive. So If-Modified-Since alone gets the whole answer (RFC 9110
    §13.1.3 allows that), and If-None-Match decides where both are sent, as it has to.
    """
    held = parse_etags(request.headers.get("If-None-Match", ""))
    return any(tag in {"*", etag} or tag.removeprefix("W/") == etag for tag in held)


def conditional(
    request: HttpRequest, etag: str, answer: Callable[[], HttpResponse]
) -> HttpResponse:
    """Return the answer with its ETag, or 304 where the visitor holds it: then nothing is
    rendered. Caches may keep it, but must ask each time."""
    response = HttpResponseNotModified() if unchanged(request, etag) else answer()
    response["ETag"] = etag
    response["Cache-Control"] = "public, no-cache"
    return response
