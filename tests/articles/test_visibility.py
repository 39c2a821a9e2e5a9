"""Every public address, against what the public may not see. A new address without a row fails."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from taggit.models import Tag

from articles.models import Article, Contributor, Scope, Topic
from articles.services.announcing import PART
from articles.services.engagement import add_reads, refresh_hot
from articles.services.publishing import create_article, publish, schedule, unpublish
from articles.services.related import store_related
from articles.services.restrictions import restrict
from articles.services.taxonomy import arrange_topic, save_topic
from articles.services.trash import trash

SECRET = "绝密标题"
# Route → the addresses under which it is asked here; none where it shows nothing of articles.
PUBLIC = {
    "": ["/", "/?page=1"],
    "p/<number:pk>.html": ["/p/{other}.html"],
    "p/<number:pk>.md": ["/p/{other}.md"],
    "p/<number:pk>.svg": [],
    "card/<number:pk>-<version:version>.png": [],
    "p/<number:pk>/like/": [],
    "p/<number:pk>/read/": [],
    "category/<name:slug>/": ["/category/tech/"],
    "tag/<name:slug>/": ["/tag/共同/"],
    "topic/": ["/topic/"],
    "topic/<name:slug>/": ["/topic/all/"],
    "author/<name:slug>/": ["/author/carol/"],
    "hot/": ["/hot/"],
    "search/": ["/search/?q=共同", "/search/?q=正文 共同&s=new"],
    "search/suggest/": ["/search/suggest/?q=共同", "/search/suggest/?q=题"],
    "hot/day/": ["/hot/day/"],
    "hot/month/": ["/hot/month/"],
    "feed/": ["/feed/"],
    "feed/<feedkind:kind>/": ["/feed/atom/"],
    "category/<name:slug>/feed/": ["/category/tech/feed/"],
    "category/<name:slug>/feed/<feedkind:kind>/": ["/category/tech/feed/atom/"],
    "tag/<name:slug>/feed/": ["/tag/共同/feed/"],
    "tag/<name:slug>/feed/<feedkind:kind>/": ["/tag/共同/feed/atom/"],
    "topic/<name:slug>/feed/": ["/topic/all/feed/"],
    "topic/<name:slug>/feed/<feedkind:kind>/": ["/topic/all/feed/atom/"],
    "author/<name:slug>/feed/": ["/author/carol/feed/"],
    "author/<name:slug>/feed/<feedkind:kind>/": ["/author/carol/feed/atom/"],
    "comments/feed/": [],
    "comments/feed/<feedkind:kind>/": [],
    "p/<number:pk>.html/feed/": [],
    "page/<name:slug>/": [],
    "media/<path:path>": [],
    "healthz": [],
    "robots.txt": ["/robots.txt"],
    "llms.txt": ["/llms.txt"],
    "<indexnow:key>.txt": [],
    "sitemap.xml": ["/sitemap.xml"],
    "sitemap-news.xml": ["/sitemap-news.xml"],
    "sitemap-places.xml": ["/sitemap-places.xml"],
    "sitemap-<sitemapkind:kind>-<part:number>.xml": [
        "/sitemap-articles-{articles}.xml",
        "/sitemap-tags-{tags}.xml",
        "/sitemap-authors-{authors}.xml",
    ],
    "api/v1/": [],
    "api/v1/openapi.json": [],
    "api/v1/docs": [],
    "api/v1/articles": [
        "/api/v1/articles",
        "/api/v1/articles?category=tech",
        "/api/v1/articles?tag=共同",
        "/api/v1/articles?topic=all",
        "/api/v1/articles?contributor=carol",
    ],
    "api/v1/articles/<id>": ["/api/v1/articles/{other}"],
    "api/v1/categories": ["/api/v1/categories"],
    "api/v1/tags": ["/api/v1/tags"],
    "api/v1/topics": ["/api/v1/topics"],
    "api/v1/contributors": ["/api/v1/contributors"],
    "api/v1/search": ["/api/v1/search?q=绝密正文"],
    "submit/terms/": ["/submit/terms/"],
    "report/": ["/report/", "/report/?article={hidden}"],
    "report/<kind:kind>/": ["/report/copyright/", "/report/privacy/?article={hidden}"],
    "notices/": ["/notices/"],
    "notices/<int:pk>/": [],
    "policy/notice/": [],
    "policy/copyright/": [],
    "policy/repeat/": [],
    "policy/privacy/": [],
    "transparency/": ["/transparency/"],
    "transparency/head.json": [],
    "transparency/<int:year>-<int:month>.csv": [],
    "transparency/<int:year>-<int:month>.json": [],
    "cases/<str:number>/": [],
}
# What lies under a private link is for whoever has it (tests/moderation/test_tracking.py,
# tests/articles/test_preview_links.py), the page after sending a notice for who sent it.
PRIVATE = (
    "admin/", "accounts/", "submit/", "me/", "report/<str:token>/", "report/sent/",
    "preview/<str:token>/",
)  # fmt: skip
# What names no article, or not this one.
SILENT = {
    "/robots.txt", "/submit/terms/", "/topic/", "/report/", "/p/{other}.md", "/sitemap.xml",
    "/sitemap-places.xml", "/sitemap-tags-{tags}.xml", "/sitemap-authors-{authors}.xml",
    "/api/v1/articles/{other}", "/api/v1/categories", "/api/v1/tags", "/api/v1/topics",
    "/api/v1/contributors", "/report/copyright/", "/transparency/", "/notices/",
}  # fmt: skip
HIDDEN = ["draft", "scheduled", "unpublished", "withheld", "gone", "trashed", "deleted"]


def routes(patterns: list, prefix: str = "") -> list[str]:
    found: list[str] = []
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            found += routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            found.append(route)
    return found


def test_every_public_route_is_listed_here() -> None:
    public = {
        r for r in routes(get_resolver().url_patterns) if r in PUBLIC or not r.startswith(PRIVATE)
    }
    assert public == set(PUBLIC)


def hide(article: Article, how: str) -> None:
    if how == "draft":
        return
    if how == "scheduled":
        schedule(article, None, timezone.now() + timedelta(hours=1))
        return
    publish(article, None)
    if how == "unpublished":
        unpublish(article, None)
    elif how in {"withheld", "gone"}:
        status = 451 if how == "withheld" else 410
        restrict(article, None, Scope.WHOLE, reference="TS-2026-000001", http_status=status)
    elif how == "trashed":
        trash(article, None)
    elif how == "deleted":
        article.delete()


def filled(address: str, hidden: Article, other: Article) -> str:
    """Fill in the numbers; sitemaps come in parts by number, and a database that was used before
    counts on from anywhere."""
    return address.format(
        other=other.pk,
        hidden=hidden.pk,
        articles=other.pk // PART,
        tags=Tag.objects.get(name="共同").pk // PART,
        authors=other.contributor_id // PART,
    )


@pytest.fixture
def pair(carol: Contributor, technology: object) -> tuple[Article, Article]:
    """Two articles that share everything through which one could lead to the other."""
    common = {"contributor": carol, "category": technology, "tags": ["共同"], "featured": True}
    one = create_article(None, title=SECRET, body="<p>绝密正文</p>", **common)
    other = publish(create_article(None, title="公开的", body="<p>文</p>", **common), None)
    return one, other


@pytest.mark.parametrize("how", [*HIDDEN, "nothing"])
def test_nothing_hidden_is_shown(client: Client, pair: tuple[Article, Article], how: str) -> None:
    article, other = pair
    number = article.pk
    topic = save_topic(Topic(title="全部", slug="all"), None)
    arrange_topic(topic, None, [article, other])
    # It was public long enough to stand in every stored list.
    publish(article, None)
    for pk in (article.pk, other.pk):
        store_related(pk)
    add_reads({article.pk: 9, other.pk: 5})
    refresh_hot()
    unpublish(article, None)
    if how == "nothing":
        publish(article, None)
    else:
        Article.objects.filter(pk=article.pk).update(
            status="draft" if how == "draft" else "unpublished"
        )
        hide(article, how)
    wrong = []
    for asked in (address for route in sorted(PUBLIC) for address in PUBLIC[route]):
        address = filled(asked, article, other)
        response = client.get(address)
        text = response.content.decode()
        shown = "绝密" in text or ("sitemap" in address and f"/p/{number}.html" in text)
        if shown != (how == "nothing") and not (how == "nothing" and asked in SILENT):
            wrong.append(f"{address} {'shows' if shown else 'lacks'} it")
        if response.status_code != 200:
            wrong.append(f"{address} answers {response.status_code}")
    assert wrong == []


@pytest.mark.parametrize(
    ("how", "status"),
    [("draft", 404), ("scheduled", 404), ("unpublished", 404), ("withheld", 451), ("gone", 410),
     ("trashed", 404), ("deleted", 404)],
)  # fmt: skip
def test_its_own_address_answers(
    client: Client, pair: tuple[Article, Article], how: str, status: int
) -> None:
    article, _other = pair
    number = article.pk
    hide(article, how)
    response = client.get(f"/p/{number}.html")
    body = response.content.decode()
    assert response.status_code == status
    assert "绝密" not in body
    assert "纸上行舟" not in body
    if status in {451, 410}:
        assert response["Cache-Control"] == "no-store"
        assert response["X-Robots-Tag"] == "noindex"
        assert '<meta name="robots" content="noindex">' in body
    if status == 451:
        assert 'rel="blocked-by"' in response["Link"]
        assert "TS-2026-000001" in body
        assert "这不代表本站认定侵权" in body
    if status == 410:
        assert "TS-2026" not in body
    for address, accept in ((f"/p/{number}.md", "*/*"), (f"/p/{number}.html", "text/markdown")):
        plain = client.get(address, headers={"Accept": accept, "If-None-Match": "*"})
        assert plain.status_code == status
        assert "绝密" not in plain.content.decode()
        assert "纸上行舟" not in plain.content.decode()
    headers = {"Sec-Fetch-Site": "same-origin", "User-Agent": "Mozilla/5.0 (X11; Linux) Firefox"}
    assert client.post(f"/p/{number}/like/", headers=headers).status_code == 404
