"""Searching, and what is suggested while somebody types."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from taggit.models import Tag

from articles.asked import note_search
from articles.html import strip_control
from articles.search.names import AUTHOR, CATEGORY, TAG, TOPIC
from articles.seo import PageMeta
from articles.services.names import names_for, suggest
from articles.services.search import Order, Results, hits
from articles.services.search import search as look_for
from articles.services.site import CategoryNode, Site, get_site
from articles.views.lists import Listing, hot_articles, shelf

_PATH = "/search/"
_SHOWN_OF_QUERY = 60
_HOT, _TOPICS = 7, 8
_FEW = 3
PERIODS = {"week": 7, "month": 31, "year": 366}
KINDS = {
    TOPIC: gettext_lazy("Topic"),
    CATEGORY: gettext_lazy("Category"),
    TAG: gettext_lazy("Tag"),
    AUTHOR: gettext_lazy("Contributor"),
    "article": gettext_lazy("Article"),
}


@dataclass(frozen=True)
class Wish:
    """What the address asks for. Values that nothing has are as if they were not there."""

    text: str
    category: CategoryNode | None = None
    tag: Tag | None = None
    period: str = ""
    order: Order = Order.RELEVANCE

    @property
    def shown(self) -> str:
        """The query as it is repeated on the page."""
        short = " ".join(self.text.split())
        return short if len(short) <= _SHOWN_OF_QUERY else short[:_SHOWN_OF_QUERY] + "…"

    @property
    def is_filtered(self) -> bool:
        return bool(self.category or self.tag or self.period)

    @property
    def since(self) -> datetime | None:
        if not self.period:
            return None
        return timezone.now() - timedelta(days=PERIODS[self.period])

    def address(self, number: int = 1) -> str:
        """Return the address of a page of the results."""
        given = {
            "q": self.text,
            "c": self.category.slug if self.category else "",
            "tag": self.tag.slug if self.tag else "",
            "t": self.period,
            "s": str(self.order),
            "page": str(number) if number > 1 else "",
        }
        return f"{_PATH}?{urlencode({name: value for name, value in given.items() if value})}"

    @property
    def without_tag(self) -> str:
        return replace(self, tag=None).address()

    @property
    def without_filters(self) -> str:
        return Wish(self.text).address()


@dataclass(frozen=True)
class Found(Listing):
    """A page of results, with the addresses of its neighbours."""

    wish: Wish

    def address(self, number: int) -> str:
        return self.wish.address(number)


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """What was searched for, or the way to search. Two dozen queries at most, whatever is typed
    and however large the site; no page of the results costs more than the first."""
    site = get_site()
    wish = _wish(request.GET, site)
    context: dict[str, Any] = {"wish": wish, "periods": _periods(), "orders": _orders()}
    total = 0
    if wish.text.strip():
        began = time.perf_counter()
        results = _results(wish, site)
        total = len(results.numbers)
        listing = _page(request, results, wish, site)
        first = max(0, listing.page.start_index() - 1)
        context |= {
            "results": results,
            "listing": listing,
            "hits": hits(results, results.numbers[first : first + site.items_per_page]),
            "seconds": time.perf_counter() - began,
            "columns": _columns(site, results, wish),
        }
        context["names"], context["alike"] = names_for(wish.text)
        if listing.page.number == 1 and not wish.is_filtered:
            note_search(request, wish.text, results.query, total)
    if total <= _FEW:
        context |= {"hot": hot_articles(_HOT), "topics": shelf(_TOPICS)}
    title = _("Search: %(query)s") % {"query": wish.shown} if wish.shown else _("Search")
    meta = PageMeta(title=title, description="", path=_PATH, noindex=True)
    response = render(request, "articles/search.html", {"site": site, "meta": meta, **context})
    # What is withheld is to be gone the next time that this is asked for.
    patch_cache_control(response, private=True, no_cache=True)
    return response


def _wish(given: Mapping[str, str], site: Site) -> Wish:
    """Read an address. One query where it names a tag."""
    slug, tag = given.get("c", ""), strip_control(given.get("tag", ""))[:200]
    period, order = given.get("t", ""), given.get("s", "")
    return Wish(
        strip_control(given.get("q", "")),
        next((node for node in site.categories if slug and node.slug == slug), None),
        Tag.objects.filter(slug=tag).first() if tag else None,
        period if period in PERIODS else "",
        Order(order) if order in set(Order) else Order.RELEVANCE,
    )


def _results(wish: Wish, site: Site) -> Results:
    return look_for(
        wish.text,
        categories=site.branch(wish.category.pk) if wish.category else (),
        tag=wish.tag.pk if wish.tag else None,
        since=wish.since,
        order=wish.order,
    )


def _page(request: HttpRequest, results: Results, wish: Wish, site: Site) -> Found:
    paginator = Paginator(results.numbers, site.items_per_page)
    try:
        page = paginator.page(request.GET.get("page", "1"))
    except (EmptyPage, PageNotAnInteger) as error:
        raise Http404 from error
    return Found(page, _PATH, wish)  # type: ignore[arg-type] # A page of numbers.


def _periods() -> list[tuple[str, str]]:
    return [
        ("", _("At any time")),
        ("week", _("Within a week")),
        ("month", _("Within a month")),
        ("year", _("Within a year")),
    ]


def _orders() -> list[tuple[str, str]]:
    return [
        (Order.RELEVANCE, _("Most relevant")),
        (Order.NEWEST, _("Newest")),
        (Order.USEFUL, _("Most useful")),
    ]


@dataclass(frozen=True)
class Column:
    """A category to choose: how deep it stands, and how many results it has (None: not known)."""

    node: CategoryNode
    indent: str
    count: int | None


def _columns(site: Site, results: Results, wish: Wish) -> list[Column]:
    """Return the categories in the order of their tree. Where all results are known, each with
    how many stand in it and below it, and only those that have any."""
    is_known = not (results.is_capped or wish.category)
    found = results.categories or {}
    columns = []
    for node, depth in _in_tree(site, None, 0):
        count = sum(found.get(pk, 0) for pk in site.branch(node.pk)) if is_known else None
        if count != 0:
            columns.append(Column(node, "　" * depth, count))
    return columns


def _in_tree(site: Site, parent: int | None, depth: int) -> list[tuple[CategoryNode, int]]:
    found: list[tuple[CategoryNode, int]] = []
    for node in site.categories:
        if node.parent == parent:
            found += [(node, depth), *_in_tree(site, node.pk, depth + 1)]
    return found


@require_safe
def suggestions(request: HttpRequest) -> JsonResponse:
    """What may be meant, while somebody types. Seven queries at most."""
    text = strip_control(request.GET.get("q", ""))
    found = [
        {"kind": str(KINDS[item.kind]), "text": item.text, "url": item.url}
        for item in (suggest(text) if text.strip() else [])
    ]
    response = JsonResponse({"suggestions": found}, json_dumps_params={"ensure_ascii": False})
    response["X-Robots-Tag"] = "noindex"
    patch_cache_control(response, private=True, no_cache=True)
    return response
