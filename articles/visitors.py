"""Telling visitors apart without an account and people from bots, keeping nobody's address."""

import re
from urllib.parse import urlsplit

from allauth.account.adapter import get_adapter
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

COOKIE = "visitor"
_COOKIE_AGE = 365 * 86400
_SALT = "articles.visitors"
_BOT = re.compile(
    r"bot|crawl|spider|slurp|fetch|preview|monitor|scan|archiv|curl|wget|python|java/|go-http|"
    r"okhttp|libwww|httpclient|headless|lighthouse|pingdom|feed|facebookexternal|embedly|scrapy",
    re.IGNORECASE,
)


def is_bot(request: HttpRequest) -> bool:
    """Say whether a request calls itself, or is, something other than a person's browser."""
    agent = request.headers.get("User-Agent", "")
    return len(agent) < 20 or bool(_BOT.search(agent))


def visitor_key(request: HttpRequest) -> str:
    """Return the key of whoever sends the request: the one in the cookie, else a keyed hash of
    address and browser. The cookie later carries that same hash, so that accepting it makes no
    second visitor of one person."""
    cookie = request.COOKIES.get(COOKIE, "")
    try:
        return str(signing.loads(cookie, salt=_SALT))
    except signing.BadSignature:
        address = get_adapter(request).get_client_ip(request)
        agent = request.headers.get("User-Agent", "")
        return salted_hmac(_SALT, f"{address}\n{agent}", algorithm="sha256").hexdigest()[:43]


def remember(request: HttpRequest, response: HttpResponse, key: str) -> None:
    """Put the visitor's key into a cookie."""
    response.set_cookie(
        COOKIE,
        signing.dumps(key, salt=_SALT),
        max_age=_COOKIE_AGE,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def is_same_origin(request: HttpRequest) -> bool:
    """Say whether a form was sent from a page of this site.

    For forms on cached pages, which can carry no token: browsers state the origin of a POST in
    Sec-Fetch-Site or Origin, which no other site can forge. Where both are missing, it is not.
    """
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    origin = request.headers.get("Origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.get_host()
