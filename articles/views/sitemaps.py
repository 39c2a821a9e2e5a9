"""The sitemap: an index of parts that are cut by number, so that nothing has to be counted and the
last part costs what the first does."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, Max, OuterRef, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.views.decorators.http import require_safe
from taggit.models import Tag

from articles.conditional import conditional, fingerprint, unchanged
from articles.models import (
    EVERYTHING,
    Article,
    ArticlePicture,
    Category,
    Contributor,
    ListEntry,
    ListKind,
    Page,
    Restriction,
    SitemapPart,
    Status,
    Topic,
)
from articles.services.announcing import PART
from articles.services.listing import has_entries
from articles.services.site import get_site
from articles.sitemaps import Entry, News, index_xml, news_xml, urls_xml

NEWS_DAYS = 2
NEWS_AT_MOST = 1000


def _answer(request: HttpRequest, xml: str) -> HttpResponse:
    return _machine_readable(conditional(request, fingerprint(xml), lambda: _xml(xml)))


def _xml(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="application/xml; charset=utf-8")


def _machine_readable(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All parts. Six queries, and one more for each further ten thousand tags or bylines."""
    inside = ListEntry.objects.filter(
        list=EVERYTHING,
        public_at__lte=timezone.now(),
        article__gte=OuterRef("number") * PART,
        article__lt=(OuterRef("number") + 1) * PART,
    )
    parts = SitemapPart.objects.filter(Exists(inside)).order_by("number")
    entries = [Entry("/sitemap-places.xml")]
    if _news().exists():
        entries.append(Entry("/sitemap-news.xml"))
    for part_row in parts:
        path = f"/sitemap-articles-{part_row.number}.xml"
        entries.append(Entry(path, timezone.localtime(part_row.changed_at)))
    entries += [*_parts("tags", _tags()), *_parts("authors", _authors())]
    return _answer(request, index_xml(entries))


def _parts(kind: str, rows: QuerySet[Any]) -> Iterator[Entry]:
    """Yield the parts of tags or bylines that hold any which is shown."""
    last = rows.model._default_manager.aggregate(last=Max("pk"))["last"]
    for number in range(last // PART + 1 if last else 0):
        if _within(rows, number).exists():
            yield Entry(f"/sitemap-{kind}-{number}.xml")


def _within(rows: QuerySet[Any], number: int) -> QuerySet[Any]:
    return rows.filter(pk__gte=number * PART, pk__lt=(number + 1) * PART)


def _tags() -> QuerySet[Any]:
    """Tags that a visible article has: the others have no page."""
    tags: QuerySet[Any] = Tag.objects.filter(has_entries(ListKind.TAG)).order_by("pk")
    return tags


def _authors() -> QuerySet[Any]:
    return Contributor.objects.filter(has_entries(ListKind.CONTRIBUTOR)).order_by("pk")


@require_safe
def part(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """The articles, tags or bylines of one part; 404 where it has none, as the index then does not
    name it. Four queries for articles, one where the visitor holds what they would say; one for
    the others."""
    if kind == "articles":
        return _articles_part(request, number)
    if kind == "tags":
        slugs = _within(_tags(), number).values_list("slug", flat=True)
        entries = [Entry(f"/tag/{slug}/") for slug in slugs]
    else:
        slugs = _within(_authors(), number).values_list("slug", flat=True)
        entries = [Entry(f"/author/{slug}/") for slug in slugs]
    if not entries:
        raise Http404
    return _answer(request, urls_xml(entries))


def _articles_part(request: HttpRequest, number: int) -> HttpResponse:
    """Answer with the articles of a part. What it says changes with the part's date, which every
    change of an article in it moves, and when a scheduled article comes: so a 304 costs no more
    than to look at these."""
    come = Article.objects.filter(status=Status.SCHEDULED, public_at__lte=timezone.now())
    counted = _within(come, number).order_by().values("status").annotate(n=Count("pk"))
    dated = SitemapPart.objects.filter(number=number).annotate(come=Subquery(counted.values("n")))
    facts = dated.values_list("changed_at", "come").first()
    if facts is None:
        raise Http404
    etag = fingerprint(number, *facts, settings.SITE_URL, settings.MEDIA_URL)
    if unchanged(request, etag):
        return _machine_readable(conditional(request, etag, HttpResponseNotModified))
    entries = list(_articles(number))
    if not entries:
        raise Http404
    xml = urls_xml(entries)
    return _machine_readable(conditional(request, etag, lambda: _xml(xml)))


def _articles(number: int) -> Iterator[Entry]:
    first, end = number * PART, (number + 1) * PART
    pictures = _pictures(first, end)
    measured = _measured(first, end)
    rows = Article.objects.visible().filter(pk__gte=first, pk__lt=end).order_by("pk")
    fields = ("pk", "updated_at", "public_at", "cover__key", "cover__file", "cover__is_withheld")
    for pk, updated, public, key, file, is_withheld in rows.values_list(*fields):
        shown = [_picture_path(key, file)] if key and not is_withheld else []
        shown += [path for path in pictures.get(pk, ()) if path not in shown]
        changed = max(updated, public, measured.get(pk, updated))
        yield Entry(f"/p/{pk}.html", timezone.localtime(changed), shown)


def _picture_path(key: str, file: str) -> str:
    return f"{settings.MEDIA_URL}pictures/{key[:2]}/{key}/{file}"


def _pictures(first: int, end: int) -> dict[int, list[str]]:
    """Return article → the pictures in its text that no measure withholds."""
    uses = ArticlePicture.objects.filter(article__gte=first, article__lt=end)
    rows = uses.filter(picture__is_withheld=False).order_by("article", "pk")
    found: dict[int, list[str]] = defaultdict(list)
    for pk, key, file in rows.values_list("article", "picture__key", "picture__file"):
        found[pk].append(_picture_path(key, file))
    return found


def _measured(first: int, end: int) -> dict[int, datetime]:
    """Return article → when a measure was last taken or lifted: its page changed then, too."""
    rows = Restriction.objects.filter(article__gte=first, article__lt=end)
    return {
        pk: max(since, lifted or since)
        for pk, since, lifted in rows.order_by("since").values_list("article", "since", "lifted_at")
    }


@require_safe
def places(request: HttpRequest) -> HttpResponse:
    """The front page, categories, topics and the site's own pages: few enough for one file. Three
    queries."""
    entries = [Entry("/"), Entry("/topic/"), Entry("/hot/")]
    entries += [Entry(row.get_absolute_url()) for row in Category.objects.order_by("pk")]
    entries += [Entry(row.get_absolute_url()) for row in Topic.objects.order_by("pk")]
    pages = Page.objects.filter(is_published=True).order_by("pk")
    entries += [Entry(row.get_absolute_url(), timezone.localtime(row.updated_at)) for row in pages]
    return _answer(request, urls_xml(entries))


def _news() -> QuerySet[Article]:
    since = timezone.now() - timedelta(days=NEWS_DAYS)
    return Article.objects.visible().filter(public_at__gte=since).newest_first()


@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """What was published in the last two days, at most a thousand. Two queries."""
    rows = _news().values_list("pk", "title", "public_at")[:NEWS_AT_MOST]
    entries = [
        News(f"/p/{pk}.html", title, timezone.localtime(moment))
        for pk, title, moment in rows
        if moment is not None
    ]
    return _answer(request, news_xml(entries, get_site().name))
