"""The page cache around Django: what it keeps, for whom, and for how long."""

import gzip
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from articles.models import Article, ArticleList, Contributor, ListEntry
from articles.pagecache import public_page, purge, shows
from tests.articles.pagecache.conftest import Visitor, asking

pytestmark = pytest.mark.django_db(transaction=True)
Cached = Callable[..., Visitor]


class Site:
    """An application of one page; counts how often it is rendered."""

    def __init__(self, body: str = "text " * 200) -> None:
        self.body = body
        self.rendered = 0
        self.headers: dict[str, str] = {}
        self.keys: tuple[str, ...] = ("article:1",)
        self.before: Callable[[], None] = lambda: None
        self.after: Callable[[], None] = lambda: None
        self.status = 200

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        request = RequestFactory().get(environ["PATH_INFO"])
        request.META = environ
        for name, value in self._cookies(environ).items():
            request.COOKIES[name] = value
        response = public_page(self._view)(request)
        start_response(f"{response.status_code} OK", list(response.items()))
        return response

    @staticmethod
    def _cookies(environ: dict[str, Any]) -> dict[str, str]:
        parts = filter(None, environ.get("HTTP_COOKIE", "").split("; "))
        return dict(part.split("=", 1) for part in parts)

    def _view(self, _request: Any) -> HttpResponse:
        self.rendered += 1
        self.before()
        shows(*self.keys)
        body = f"{self.body}{self.rendered}"
        self.after()
        response = HttpResponse(body, status=self.status)
        for name, value in self.headers.items():
            response[name] = value
        return response


@pytest.fixture
def site() -> Site:
    return Site()


def fall_due(at: datetime) -> None:
    """Let something fall due at a moment."""
    byline = Contributor.objects.create(name="甲", slug="a", folded_name="甲")
    article = Article.objects.create(title="将来", contributor=byline)
    everything, _new = ArticleList.objects.get_or_create(pk=1, defaults={"kind": "all"})
    ListEntry.objects.create(list=everything, article=article, public_at=at)


def test_a_page_is_rendered_once_until_something_that_it_shows_changes(
    cached: Cached, site: Site
) -> None:
    visitor = cached(site)
    assert visitor.get("/a").text == visitor.get("/a").text
    assert site.rendered == 1
    purge("article:2")
    visitor.get("/a")
    assert site.rendered == 1
    purge("article:1")
    assert visitor.get("/a").text.endswith("2")
    assert visitor.get("/a").text.endswith("2")


def test_a_page_rendered_before_a_commit_is_not_kept_after_it(cached: Cached, site: Site) -> None:
    """The stale race: the text was read, then the change is committed, then the page is stored."""
    visitor = cached(site)
    site.after = lambda: purge("article:1")
    visitor.get("/a")
    site.after = lambda: None
    assert visitor.get("/a").text.endswith("2")
    assert visitor.get("/a").text.endswith("2")


def test_who_comes_after_a_commit_is_not_given_what_was_begun_before_it(
    cached: Cached, site: Site
) -> None:
    visitor = cached(site)
    reading, may_end = threading.Event(), threading.Event()

    def slowly() -> None:
        if site.rendered == 1:
            reading.set()
            may_end.wait(10)

    site.after = slowly
    answers: list[str] = []
    first = asking(visitor, "/a", answers)
    assert reading.wait(10)
    purge("article:1")
    second = asking(visitor, "/a", answers)
    may_end.set()
    first.join()
    second.join()
    assert {answer[-1] for answer in answers} == {"1", "2"}


def test_many_who_ask_at_once_have_it_rendered_once(cached: Cached, site: Site) -> None:
    visitor = cached(site)
    may_end = threading.Event()
    site.after = lambda: may_end.wait(10) and None
    answers: list[str] = []
    threads = [asking(visitor, "/a", answers) for _n in range(20)]
    threading.Event().wait(0.3)
    may_end.set()
    for thread in threads:
        thread.join()
    assert site.rendered == 1
    assert len(answers) == 20


def test_a_page_ends_when_the_next_of_its_list_falls_due(cached: Cached, site: Site) -> None:
    visitor = cached(site)
    fall_due(timezone.now() + timedelta(milliseconds=150))
    visitor.get("/a")
    visitor.get("/a")
    assert site.rendered == 1
    threading.Event().wait(0.2)
    visitor.get("/a")
    assert site.rendered == 2


@pytest.mark.parametrize(
    ("path", "environ"),
    [
        ("/a", {"HTTP_COOKIE": f"a=b; {settings.SESSION_COOKIE_NAME}=x"}),
        ("/a", {"HTTP_COOKIE": "messages=told-once"}),
        ("/a?q=1", {}),
        ("/a?page=1", {}),
        ("/a?page=02", {}),
        ("/a?page=x", {}),
        ("/a", {"HTTP_ACCEPT": "text/markdown, text/html;q=0.5"}),
        ("/a", {"method": "POST"}),
    ],
)
def test_what_is_not_everybodys_passes(
    cached: Cached, site: Site, path: str, environ: dict[str, Any]
) -> None:
    visitor = cached(site)
    visitor.get("/a")
    for number in (2, 3):
        assert visitor.get(path, **environ).text.endswith(str(number))
    assert visitor.get("/a").text.endswith("1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Set-Cookie", "csrftoken=secret"),
        ("Cache-Control", "private"),
        ("Cache-Control", "no-store"),
    ],
)
def test_what_a_view_forbids_is_not_kept(cached: Cached, site: Site, name: str, value: str) -> None:
    site.headers[name] = value
    visitor = cached(site)
    visitor.get("/a")
    visitor.get("/a")
    assert site.rendered == 2


@pytest.mark.parametrize("status", [301, 404, 410, 451, 500])
def test_only_whole_answers_are_kept(cached: Cached, site: Site, status: int) -> None:
    site.status = status
    visitor = cached(site)
    visitor.get("/a")
    visitor.get("/a")
    assert site.rendered == 2


def test_a_view_that_says_nothing_is_not_kept(cached: Cached, site: Site) -> None:
    site.keys = ()
    visitor = cached(site)
    visitor.get("/a")
    visitor.get("/a")
    assert site.rendered == 2


def test_hosts_schemes_and_pages_are_told_apart_and_tracking_is_not(
    cached: Cached, site: Site
) -> None:
    visitor = cached(site, trusts_proxy=True)
    asked: list[tuple[str, dict[str, Any]]] = [
        ("/a", {}),
        ("/b", {}),
        ("/a?page=2", {}),
        ("/a", {"HTTP_HOST": "other.example"}),
        ("/a", {"HTTP_X_FORWARDED_PROTO": "https"}),
    ]
    bodies = {visitor.get(path, **environ).text for path, environ in asked}
    assert len(bodies) == 5
    assert visitor.get("/a?from=timeline&isappinstalled=0&utm_source=x").text[-1] == "1"
    assert site.rendered == 5


def test_who_holds_the_page_is_told_so_and_no_more(cached: Cached, site: Site) -> None:
    visitor = cached(site)
    etag = visitor.get("/a").headers["etag"]
    again = visitor.get("/a", HTTP_IF_NONE_MATCH=etag)
    assert (again.status, again.body) == (304, b"")
    assert visitor.get("/a", HTTP_IF_NONE_MATCH='W/"other"').status == 200
    purge("article:1")
    assert visitor.get("/a", HTTP_IF_NONE_MATCH=etag).status == 200


def test_the_first_who_comes_with_an_etag_has_the_page_kept(cached: Cached, site: Site) -> None:
    visitor = cached(site)
    assert visitor.get("/a", HTTP_IF_NONE_MATCH='W/"held"').status == 200
    visitor.get("/a")
    assert site.rendered == 1


def test_it_is_compressed_as_the_visitor_takes_it(cached: Cached, site: Site) -> None:
    visitor = cached(site)
    plain = visitor.get("/a")
    by_gzip = visitor.get("/a", HTTP_ACCEPT_ENCODING="gzip, deflate")
    by_brotli = visitor.get("/a", HTTP_ACCEPT_ENCODING="gzip, deflate, br")
    refused = visitor.get("/a", HTTP_ACCEPT_ENCODING="br;q=0, gzip;q=0")
    assert gzip.decompress(by_gzip.body) == brotli.decompress(by_brotli.body) == plain.body
    assert (by_gzip.headers["content-encoding"], by_brotli.headers["content-encoding"]) == (
        "gzip",
        "br",
    )
    assert refused.body == plain.body
    assert "content-encoding" not in refused.headers
    assert len(by_gzip.body) < len(plain.body) / 2
    assert "Accept-Encoding" in plain.headers["vary"]


def test_head_tells_what_get_gives(cached: Cached, site: Site) -> None:
    visitor = cached(site)
    page = visitor.get("/a")
    head = visitor.get("/a", method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["content-length"] == str(len(page.body))


def test_the_memory_for_pages_is_bounded(cached: Cached, site: Site) -> None:
    visitor = cached(site, limit=20_000)
    for number in range(30):
        visitor.get(f"/{number}")
    assert len(visitor.application._store) < 8
    visitor.get("/29")
    assert site.rendered == 30
    visitor.get("/0")
    assert site.rendered == 31


def test_while_the_database_cannot_be_asked_nothing_kept_is_shown(
    cached: Cached, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = cached(site)
    visitor.get("/a")
    monkeypatch.setattr("articles.pagecache.freshness.SqliteFeed.poll", _fails)
    monkeypatch.setattr("articles.pagecache.freshness.PostgresqlFeed.poll", _fails)
    assert visitor.get("/a").text.endswith("2")
    monkeypatch.undo()
    assert visitor.get("/a").text.endswith("1")


def _fails(_feed: object) -> None:
    raise OSError("The database is away.")


def test_with_real_pages_a_change_shows_on_the_next_request(
    cached: Cached, article: Article
) -> None:
    visitor = cached()
    path = article.get_absolute_url()
    assert article.title in visitor.get(path).text
    # Whoever writes it, and however.
    Article.objects.filter(pk=article.pk).update(title="换了题目")
    assert "换了题目" in visitor.get(path).text
