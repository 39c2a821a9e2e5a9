"""Pages that list articles: home, category, tag, topic, byline, the week's hot list."""

from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe
from taggit.models import Tag

from articles.card_rows import (
    LEAD_SHOWN,
    cards,
    hot_cards,
    hot_cards_of,
    lead_cards,
    page_cards,
    topics_with_counts,
)
from articles.models import (
    Article,
    Category,
    Contributor,
    ListKind,
    Period,
    Topic,
)
from articles.pagecache import public_page, shows, shows_list
from articles.seo import PageMeta, breadcrumbs, collection, organization, profile, website
from articles.services.listing import (
    OpenList,
    open_list,
    places_of,
)
from articles.services.redirects import find_feed, find_redirect
from articles.services.site import CategoryNode, Site, get_site

HOT_SHOWN = 7
HOT_LISTED = 30
HOT_BELOW = 5
SHELF_SHOWN = 12
_HOT = {
    Period.DAY: (
        gettext_lazy("Most read in a day"),
        gettext_lazy("What readers read and liked most in the last 24 hours"),
    ),
    Period.WEEK: (
        gettext_lazy("Most read in seven days"),
        gettext_lazy("What readers read and liked most in the last seven days"),
    ),
    Period.MONTH: (
        gettext_lazy("Most read in thirty days"),
        gettext_lazy("What readers read and liked most in the last thirty days"),
    ),
}


@dataclass(frozen=True)
class Listing:
    """One page of a list, with the addresses of its neighbours."""

    page: Page[Article]
    path: str

    @property
    def numbers(self) -> list[int | str]:
        pages = self.page.paginator.get_elided_page_range(
            self.page.number, on_each_side=1, on_ends=1
        )
        return [number if isinstance(number, int) else "…" for number in pages]

    def address(self, number: int) -> str:
        return self.path if number == 1 else f"{self.path}?page={number}"

    @property
    def canonical(self) -> str:
        return self.address(self.page.number)

    @property
    def previous(self) -> str:
        number = self.page.number - 1
        return self.address(number) if number >= 1 else ""

    @property
    def next(self) -> str:
        number = self.page.number + 1
        return self.address(number) if number <= self.page.paginator.num_pages else ""

    def data(self, name: str, description: str = "") -> dict[str, Any]:
        """Return the list as machines read it. No query: it is the page that is shown."""
        before = self.page.start_index() - 1 if self.page.paginator.count else 0
        return collection(name, description, self.canonical, self.page, before=before)


def list_page(request: HttpRequest, site: Site, kind: ListKind, ref: int = 0) -> Listing:
    """Return the page of a list that was asked for; 404 for one that is not there. Two queries,
    and one more for a page beyond the first 4,000 articles."""
    shows_list(kind, ref)
    opened = open_list(kind, ref)
    paginator, number = _asked(request, site, opened)
    rows = page_cards(opened, number, site.items_per_page)
    return Listing(Page(rows, number, paginator), request.path)


def _asked(request: HttpRequest, site: Site, opened: OpenList) -> tuple[Paginator[Any], int]:
    """Return the pages of a list and the number of the one that was asked for."""
    paginator = Paginator(range(opened.total), site.items_per_page)
    try:
        return paginator, paginator.validate_number(request.GET.get("page", "1"))
    except (EmptyPage, PageNotAnInteger) as error:
        raise Http404 from error


def topic_page(request: HttpRequest, site: Site, topic: Topic) -> Listing:
    """Return the page of a topic that was asked for; 404 for one that is not there. Two queries."""
    shows_list(ListKind.TOPIC, topic.pk)
    opened = open_list(ListKind.TOPIC, topic.pk)
    paginator, number = _asked(request, site, opened)
    places = places_of(opened, topic.pk, number, site.items_per_page)
    rows = cards().filter(topic_entries__in=places).order_by(
        "-topic_entries__is_pinned", "topic_entries__position", "topic_entries__pk"
    )  # fmt: skip
    return Listing(Page(list(rows) if opened.total else [], number, paginator), request.path)


def hot_articles(limit: int, period: Period = Period.WEEK) -> list[Article]:
    """Return the first places of a hot list. One query."""
    shows("hot")
    shows_list(ListKind.ALL)  # What was withheld comes back to its place.
    return hot_cards(limit, period)


def shelf(limit: int | None = None) -> list[Topic]:
    """Return the first topics, or all, with how many articles each has. One query."""
    shows("topics")
    shows_list(ListKind.ALL)  # What was withheld does not count.
    return topics_with_counts(limit)


def _render(
    request: HttpRequest, template: str, site: Site, meta: PageMeta, **context: Any
) -> HttpResponse:
    """Render a page and say whose cards and covers it shows."""
    rows = [context["listing"].page] if "listing" in context else []
    for card in chain(*rows, *(context.get(name, ()) for name in ("lead", "hot", "articles"))):
        shows(card, card.contributor, card.category, card.cover)
    for row in (*context.get("topics", ()), context.get("topic")):
        shows(row, row.cover if row is not None else None)
    return render(request, template, {"site": site, "meta": meta, **context})


def _title(name: str, listing: Listing) -> str:
    if listing.page.number == 1:
        return name
    return _("%(name)s, page %(number)d") % {"name": name, "number": listing.page.number}


@require_safe
@public_page
def home(request: HttpRequest) -> HttpResponse:
    """The front page. Six queries: site, lead, topics, count, list, hot list; one more far back."""
    if (number := request.GET.get("p", "")).isascii() and number.isdigit() and len(number) < 19:
        # WordPress's plain permalinks; posts keep their numbers when they move in, but for those
        # whose number was taken, which have a redirect.
        row = find_redirect(request.get_full_path())
        return HttpResponsePermanentRedirect(row.leads_to if row else f"/p/{int(number)}.html")
    if "feed" in request.GET and (feed := find_feed(request.get_full_path())):
        return HttpResponsePermanentRedirect(feed)
    if {"page_id", "attachment_id", "cat", "m", "author"} & request.GET.keys():
        raise Http404  # The redirects know where imported addresses lead.
    site = get_site()
    listing = list_page(request, site, ListKind.ALL)
    first = listing.page.number == 1
    lead = lead_cards() if first else []
    shows("lead")
    latest = list(listing.page)
    if first and len(lead) < LEAD_SHOWN:
        known = {article.pk for article in lead}
        lead += [article for article in latest if article.pk not in known][: LEAD_SHOWN - len(lead)]
    shown = {article.pk for article in lead}
    meta = PageMeta(
        title=_title(site.tagline or site.name, listing),
        description=site.description or site.tagline,
        path=listing.canonical,
        jsonld=[organization(site), website(site), listing.data(site.name)],
    )
    return _render(
        request, "articles/home.html", site, meta, listing=listing, lead=lead,
        latest=[article for article in latest if article.pk not in shown],
        topics=shelf(SHELF_SHOWN) if first else [],
        hot=hot_articles(HOT_SHOWN), is_home=True,
    )  # fmt: skip


@require_safe
@public_page
def category(request: HttpRequest, slug: str) -> HttpResponse:
    """A category with all that stands below it. Five queries; six far back."""
    shown = get_object_or_404(Category, slug=slug)
    shows(shown)
    site = get_site()
    way = site.ancestors(shown.pk)
    listing = list_page(request, site, ListKind.CATEGORY, shown.pk)
    shows("hot")
    steps = [(_("Home"), "/"), *((node.name, node.url) for node in way)]
    meta = PageMeta(
        title=_title(shown.name, listing),
        description=shown.description,
        path=listing.canonical,
        jsonld=[listing.data(shown.name, shown.description), breadcrumbs(steps)],
        feed=f"{shown.get_absolute_url()}feed/",
    )
    return _render(
        request, "articles/category.html", site, meta, category=shown, listing=listing, way=way,
        siblings=_siblings(site, way), hot=hot_cards_of(ListKind.CATEGORY, shown.pk, HOT_BELOW),
        current_column=way[0].pk if way else None,
    )  # fmt: skip


def _siblings(
    site: Site, way: list[CategoryNode]
) -> tuple[CategoryNode, list[CategoryNode]] | None:
    """Return the nearest category on the way down that has children, and them."""
    for node in reversed(way):
        if children := site.children(node.pk):
            return node, children
    return None


@require_safe
@public_page
def tag(request: HttpRequest, slug: str) -> HttpResponse:
    """The articles with a tag. Four queries; five far back."""
    shown = get_object_or_404(Tag, slug=slug)
    shows(shown)
    site = get_site()
    listing = list_page(request, site, ListKind.TAG, shown.pk)
    if not listing.page.object_list:
        raise Http404  # A tag that only hidden articles have is hidden too.
    path = f"/tag/{shown.slug}/"
    meta = PageMeta(
        title=_title(_("Tag: %(name)s") % {"name": shown.name}, listing),
        description=_("Articles with the tag %(name)s") % {"name": shown.name},
        path=listing.canonical,
        jsonld=[listing.data(shown.name), breadcrumbs([(_("Home"), "/"), (shown.name, path)])],
        feed=f"{path}feed/",
    )
    return _render(request, "articles/tag.html", site, meta, tag=shown, listing=listing)


@require_safe
@public_page
def topics(request: HttpRequest) -> HttpResponse:
    """All topics. Two queries."""
    site = get_site()
    meta = PageMeta(
        title=_("Topics"),
        description=_("Articles that the editors put together"),
        path="/topic/",
        jsonld=[breadcrumbs([(_("Home"), "/"), (_("Topics"), "/topic/")])],
    )
    return _render(request, "articles/topics.html", site, meta, topics=shelf(), is_topic=True)


@require_safe
@public_page
def topic(request: HttpRequest, slug: str) -> HttpResponse:
    """A topic, its articles in the editors' order. Four queries."""
    shown = get_object_or_404(Topic.objects.select_related("cover"), slug=slug)
    site = get_site()
    listing = topic_page(request, site, shown)
    steps = [(_("Home"), "/"), (_("Topics"), "/topic/"), (shown.title, shown.get_absolute_url())]
    meta = PageMeta(
        title=_title(shown.title, listing),
        description=shown.intro,
        path=listing.canonical,
        image=shown.cover,
        jsonld=[listing.data(shown.title, shown.intro), breadcrumbs(steps)],
        feed=f"{shown.get_absolute_url()}feed/",
    )
    return _render(
        request, "articles/topic.html", site, meta, topic=shown, listing=listing, is_topic=True
    )


@require_safe
@public_page
def author(request: HttpRequest, slug: str) -> HttpResponse:
    """What a contributor wrote. Four queries; five far back."""
    shown = get_object_or_404(Contributor.objects.select_related("avatar"), slug=slug)
    shows(shown, shown.avatar)
    site = get_site()
    listing = list_page(request, site, ListKind.CONTRIBUTOR, shown.pk)
    path = shown.get_absolute_url()
    meta = PageMeta(
        title=_title(shown.name, listing),
        description=shown.bio or _("Articles by %(name)s") % {"name": shown.name},
        path=listing.canonical,
        jsonld=[
            profile(shown, path, listing.data(shown.name)),
            breadcrumbs([(_("Home"), "/"), (shown.name, path)]),
        ],
        feed=f"{path}feed/",
    )
    return _render(request, "articles/author.html", site, meta, contributor=shown, listing=listing)


@require_safe
@public_page
def hot(request: HttpRequest, period: Period = Period.WEEK) -> HttpResponse:
    """One of the hot lists: of a day, a week, a month. Two queries."""
    site = get_site()
    title, description = _HOT[period]
    shown = hot_articles(HOT_LISTED, period)
    steps = [(_("Home"), "/"), (str(title), hot_path(period))]
    meta = PageMeta(
        title=str(title),
        description=str(description),
        path=hot_path(period),
        jsonld=[breadcrumbs(steps)],
    )
    tabs = [(hot_path(one), one.label, one == period) for one in Period]
    return _render(
        request, "articles/hot.html", site, meta, articles=shown, tabs=tabs, description=description
    )


def hot_path(period: Period) -> str:
    """Return the one address of a hot list; the week's is the shortest."""
    return "/hot/" if period == Period.WEEK else f"/hot/{period.value}/"
