"""The sitemap: an index of parts that are cut by number, so that nothing has to be counted and the
last part costs what the first does."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from taggit.models import Tag

from articles.conditional import conditional, fingerprint
from articles.models import (
    Article,
    ArticlePicture,
    ArticleTag,
    Category,
    Contributor,
    Page,
    Restriction,
    SitemapPart,
    Topic,
)
from articles.services.announcing import PART
from articles.services.site import get_site
from articles.sitemaps import Entry, News, index_xml, news_xml, urls_xml

NEWS_DAYS = 2
NEWS_AT_MOST = 1000


def _answer(request: HttpRequest, xml: str) -> HttpResponse:
    response = conditional(
        request,
        fingerprint(xml),
        lambda: HttpResponse(xml, content_type="application/xml; charset=utf-8"),
    )
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All parts. Six queries, and one more for each further ten thousand tags or bylines."""
    inside = Article.objects.visible().filter(
        pk__gte=OuterRef("number") * PART, pk__lt=(OuterRef("number") + 1) * PART
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
    shown = Article.objects.visible().filter(pk=OuterRef("content_object_id"))
    items = ArticleTag.objects.filter(tag=OuterRef("pk")).filter(Exists(shown))
    tags: QuerySet[Any] = Tag.objects.filter(Exists(items)).order_by("pk")
    return tags


def _authors() -> QuerySet[Any]:
    shown = Article.objects.visible().filter(contributor=OuterRef("pk"))
    return Contributor.objects.filter(Exists(shown)).order_by("pk")


@require_safe
def part(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """The articles, tags or bylines of one part; 404 where it has none, as the index then does not
    name it. Three queries for articles, one for the others."""
    if kind == "articles":
        entries = list(_articles(number))
    elif kind == "tags":
        slugs = _within(_tags(), number).values_list("slug", flat=True)
        entries = [Entry(f"/tag/{slug}/") for slug in slugs]
    else:
        slugs = _within(_authors(), number).values_list("slug", flat=True)
        entries = [Entry(f"/author/{slug}/") for slug in slugs]
    if not entries:
        raise Http404
    return _answer(request, urls_xml(entries))


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
