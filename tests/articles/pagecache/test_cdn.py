"""What a CDN is told with a page."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import messages
from django.contrib.messages.middleware import MessageMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.test import Client, RequestFactory

from articles.models import Article, Picture, Scope
from articles.pagecache import public_page, shows
from articles.services.pictures import add_picture
from articles.services.restrictions import restrict
from tests.articles.desk import png
from tests.articles.pagecache.conftest import Visitor
from tests.articles.pagecache.test_wrapper import Site

# next_due() asks the database.
pytestmark = pytest.mark.django_db
SURROGATE = {
    "Surrogate-Key": "article:7 everything list:1 timed",
    "Surrogate-Control": "max-age=3600",
}
HEADERS = {
    "cloudflare": {
        "Cache-Tag": "article:7,everything,list:1,timed",
        "CDN-Cache-Control": "public, max-age=3600",
    },
    "fastly": SURROGATE,
    "varnish": SURROGATE,
}


def page(*keys: str, status: int = 200, **headers: Any) -> HttpResponse:
    """Return a public page that shows things, as one asks for it who sends headers."""

    def view(_request: HttpRequest) -> HttpResponse:
        shows(*keys)
        return HttpResponse("text", status=status)

    request = RequestFactory().get("/", headers=headers)
    request.COOKIES.update(dict([headers["Cookie"].split("=")] if "Cookie" in headers else []))
    return public_page(view)(request)


def test_without_a_cdn_a_page_says_what_it_always_said() -> None:
    assert dict(page("list:1", "article:7").items()) == {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "public, no-cache",
    }


@pytest.mark.parametrize("kind", HEADERS)
def test_a_page_names_its_keys(settings: Any, kind: str) -> None:
    settings.CDN_PURGE = kind
    assert dict(page("list:1", "article:7").items()) == {
        "Content-Type": "text/html; charset=utf-8",
        "Cache-Control": "public, no-cache",
        **HEADERS[kind],
    }


@pytest.mark.parametrize(("kind", "none"), [("cloudflare", "CDN-Cache-Control"),
                                            ("fastly", "Surrogate-Control")])  # fmt: skip
def test_what_is_not_to_be_kept(settings: Any, kind: str, none: str) -> None:
    settings.CDN_PURGE = kind
    many = [f"article:{n:06}" for n in range(1_200)]
    for response in (page(), page(*many), page("a", Accept="text/markdown, text/html")):
        assert response[none] == "no-store"
        assert not {"Cache-Tag", "Surrogate-Key"} & set(response.headers)
    assert page(*many[:1_000])[none] != "no-store"


@pytest.mark.parametrize(
    "give",
    [
        get_token,
        lambda request: request.session.update({"a": 1}),
        lambda request: messages.info(request, "told once"),
    ],
)
def test_what_comes_with_a_cookie_is_not_kept(settings: Any, give: Any) -> None:
    """Nobody else is to get the cookie, nor the page that goes with it."""
    settings.CDN_PURGE = "cloudflare"

    def view(request: HttpRequest) -> HttpResponse:
        shows("article:7")
        give(request)
        return HttpResponse("text")

    answer: Any = public_page(view)
    for middleware in (CsrfViewMiddleware, MessageMiddleware, SessionMiddleware):
        answer = middleware(answer)
    response = answer(RequestFactory().get("/"))
    assert response.cookies
    assert response["CDN-Cache-Control"] == "no-store"
    assert "Cache-Tag" not in response.headers


def test_who_is_signed_in_gets_a_page_of_their_own(settings: Any) -> None:
    settings.CDN_PURGE = "cloudflare"
    response = page("article:7", Cookie="sessionid=x")
    assert "private" in response["Cache-Control"]
    assert not {"Cache-Tag", "CDN-Cache-Control"} & set(response.headers)


def test_an_error_names_no_keys(settings: Any) -> None:
    settings.CDN_PURGE = "fastly"
    assert "Surrogate-Key" not in page("article:7", status=451).headers


def test_it_is_said_for_how_long(settings: Any) -> None:
    settings.CDN_PURGE, settings.CDN_MAX_AGE = "fastly", 30
    assert page("list:1")["Surrogate-Control"] == "max-age=30"


@pytest.mark.django_db(transaction=True)
def test_the_page_cache_hands_it_on(settings: Any, cached: Callable[..., Visitor]) -> None:
    settings.CDN_PURGE = "cloudflare"
    site = Site()
    visitor = cached(site)
    first, second = visitor.get("/a.html"), visitor.get("/a.html")
    assert site.rendered == 1
    assert first.headers == second.headers
    assert second.headers["cache-tag"] == "article:1,everything,timed"
    assert second.headers["vary"] == "Accept-Encoding"


def test_a_picture_can_be_found_when_it_is_withheld(settings: Any, client: Client) -> None:
    picture = add_picture(None, png(), alt="碗")  # type: ignore[no-untyped-call]
    before = client.get(picture.url)
    settings.CDN_PURGE = "cloudflare"
    response = client.get(picture.url)
    assert {*response.headers} - {*before.headers} == {"Cache-Tag", "CDN-Cache-Control"}
    assert response["Cache-Tag"] == f"everything,picture:{picture.pk}"
    assert response["CDN-Cache-Control"] == "public, max-age=3600"
    # Read to the end, which closes the files.
    assert before.getvalue() == response.getvalue()
    Picture.objects.update(is_withheld=True)
    withheld = client.get(picture.url)
    assert (withheld.status_code, withheld["Cache-Control"]) == (451, "no-store")
    assert "Cache-Tag" not in withheld.headers


@pytest.mark.parametrize("address", ["/", "/p/{}.html", "/category/tech/", "/feed/", "/hot/"])
def test_the_site_s_own_pages_are_for_it(
    settings: Any, client: Client, article: Article, address: str
) -> None:
    settings.CDN_PURGE = "fastly"
    response = client.get(address.format(article.pk))
    assert response["Surrogate-Control"] == "max-age=3600"
    assert {"everything", "timed"} < set(response["Surrogate-Key"].split())
    assert "Cookie" not in response.get("Vary", "")
    assert response["Cache-Control"] == "public, no-cache"
    settings.CDN_PURGE = ""
    response = client.get(address.format(article.pk))
    assert not {"Surrogate-Key", "Surrogate-Control"} & set(response.headers)


def test_what_is_taken_down_is_not_for_it(settings: Any, client: Client, article: Article) -> None:
    settings.CDN_PURGE, settings.CDN_PURGE_URL = "varnish", ""
    restrict(article, None, Scope.WHOLE, reference="TS-1")
    response = client.get(f"/p/{article.pk}.html")
    assert response.status_code == 451
    assert "Surrogate-Key" not in response.headers
