"""What a CDN is told with an answer: the keys of what it shows, and for how long it may be kept.

Browsers and other caches are told `public, no-cache` all the same; these headers are the CDN's.
"""

from collections.abc import Collection
from typing import Final

from django.conf import settings
from django.http import HttpResponseBase

# Cloudflare and Fastly both take 16 KB of keys with an answer.
_MOST_BYTES: Final = 16 * 1024
# What everything that a CDN keeps is marked with, and what pages are that a scheduled article may
# come to stand on: no page of ours shows these keys, so that purging them is for the CDN alone.
EVERYTHING: Final = "everything"
TIMED: Final = "timed"


def is_on() -> bool:
    """Say whether a CDN keeps pages of this site."""
    return bool(settings.CDN_PURGE)


def mark_for_cdn(response: HttpResponseBase, keys: Collection[str]) -> None:
    """Let the site's CDN keep an answer, and find it again by its keys; without a CDN nothing is
    done. What has too many keys to be told it is not to keep. No query.

    It is not told when the next scheduled article falls due: the page cache may hand the same
    headers out until that very moment. It is told then, by purging TIMED.
    """
    if not is_on():
        return
    name, separator = ("Cache-Tag", ",") if _is_cloudflare() else ("Surrogate-Key", " ")
    line = separator.join(sorted({*keys, EVERYTHING}))
    if len(line) > _MOST_BYTES:
        keep_from_cdn(response)
        return
    response.headers[name] = line
    _say(response, f"max-age={settings.CDN_MAX_AGE}")


def keep_from_cdn(response: HttpResponseBase) -> None:
    """Forbid the site's CDN to keep an answer; without one nothing is done."""
    if is_on():
        _say(response, "no-store")


def _say(response: HttpResponseBase, directive: str) -> None:
    if _is_cloudflare():
        public = "" if directive == "no-store" else "public, "
        response.headers["CDN-Cache-Control"] = f"{public}{directive}"
    else:
        response.headers["Surrogate-Control"] = directive


def _is_cloudflare() -> bool:
    return bool(settings.CDN_PURGE == "cloudflare")
