"""Feeds at WordPress's addresses, so that subscribers stay."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from taggit.models import Tag

from articles import feeds
from articles.conditional import conditional, fingerprint
from articles.models import Article, Category, Contributor, ListKind, Topic
from articles.pagecache import public_page, shows, shows_list
from articles.services.listing import in_order, newest
from articles.services.site import Site, get_site


@require_safe
@public_page
def latest(request: HttpRequest, kind: str = "") -> HttpResponse:
    """The newest articles of the site. Two queries."""
    site = get_site()
    return _feed(request, kind, feeds.site_feed(site), ListKind.ALL, site)


@require_safe
@public_page
def category(request: HttpRequest, slug: str, kind: str = "") -> HttpResponse:
    """The newest articles of a category and all below it. Three queries."""
    shown = get_object_or_404(Category, slug=slug)
    site = get_site()
    of = feeds.list_feed(shown.name, shown.description, shown.get_absolute_url(), site)
    return _feed(request, kind, of, ListKind.CATEGORY, site, shown)


@require_safe
@public_page
def tag(request: HttpRequest, slug: str, kind: str = "") -> HttpResponse:
    """The newest articles with a tag; 404 where only hidden ones have it. Three queries."""
    shown = get_object_or_404(Tag, slug=slug)
    site = get_site()
    of = feeds.list_feed(shown.name, "", f"/tag/{shown.slug}/", site)
    return _feed(request, kind, of, ListKind.TAG, site, shown, may_be_empty=False)


@require_safe
@public_page
def topic(request: HttpRequest, slug: str, kind: str = "") -> HttpResponse:
    """The articles of a topic, the newest first. Three queries."""
    shown = get_object_or_404(Topic, slug=slug)
    site = get_site()
    of = feeds.list_feed(shown.title, shown.intro, shown.get_absolute_url(), site)
    return _feed(request, kind, of, ListKind.TOPIC, site, shown)


@require_safe
@public_page
def author(request: HttpRequest, slug: str, kind: str = "") -> HttpResponse:
    """What a contributor wrote. Three queries."""
    shown = get_object_or_404(Contributor, slug=slug)
    site = get_site()
    of = feeds.list_feed(shown.name, shown.bio, shown.get_absolute_url(), site)
    return _feed(request, kind, of, ListKind.CONTRIBUTOR, site, shown)


def _feed(
    request: HttpRequest,
    kind: str,
    of: feeds.FeedOf,
    listed: ListKind,
    site: Site,
    row: Category | Tag | Topic | Contributor | None = None,
    *,
    may_be_empty: bool = True,
) -> HttpResponse:
    if kind not in {"", "atom"}:
        # RSS in its other versions: every reader takes 2.0.
        return HttpResponsePermanentRedirect(of.path)
    ref = row.pk if row is not None else 0
    rows = Article.objects.visible().select_related("contributor", "category", "cover")
    shown = in_order(rows.defer("body", "toc"), newest(listed, ref)[: feeds.ITEMS])
    shows(row)
    shows_list(listed, ref)
    for article in shown:
        shows(article, article.contributor, article.category, article.cover)
    if not shown and not may_be_empty:
        raise Http404
    kind, path = ("atom", f"{of.path}atom/") if kind else ("rss2", of.path)
    of = feeds.FeedOf(of.title, of.description, of.page, path)
    etag = fingerprint(kind, of, site.name, site.copyright_notice, *map(feeds.facts, shown))
    return conditional(request, etag, lambda: _answer(kind, of, shown, site))


def _answer(kind: str, of: feeds.FeedOf, shown: list[Article], site: Site) -> HttpResponse:
    text, content_type = feeds.render(kind, of, shown, site)
    response = HttpResponse(text, content_type=content_type)
    moments = [max(a.updated_at, a.published_at or a.updated_at) for a in shown]
    if moments:
        response["Last-Modified"] = http_date(max(moments).timestamp())
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def comments(request: HttpRequest, **_where: Any) -> HttpResponse:
    """410 where WordPress had comments' feeds: there are no comments, and 410 tells a reader to
    ask no more. No query."""
    text = _("There are no comments on this site.")
    return HttpResponse(f"{text}\n", status=410, content_type="text/plain; charset=utf-8")
