"""Names of tags, bylines, topics and categories for those who search; suggestions while typing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone
from taggit.models import Tag

from articles.models import (
    Article,
    ArticleTag,
    Category,
    Contributor,
    SearchDocument,
    SearchStatistics,
    Topic,
)
from articles.search.choice import engine
from articles.search.finding import parse_query, published
from articles.search.names import AUTHOR, CATEGORY, TAG, TOPIC, Name, alike, matching
from articles.search.statistics import statistics
from articles.search.terms import folded

_TAGS, _AUTHORS, _OTHERS = 5000, 2000, 1000
_TITLES, _NAMES = 6, 4
_ASKED = 30
_LONGEST_WORD = 12


@dataclass(frozen=True)
class Suggestion:
    """Something that may be meant: `kind` is that of a name, or "article"."""

    kind: str
    text: str
    url: str


def refresh_search_names() -> bool:
    """Collect the names anew and say whether they changed: all categories and topics, the tags and
    bylines that most articles have. For the periodic command; one pass over the articles' tags."""
    row = SearchStatistics.objects.filter(pk=1).only("names").first()
    names = _collected()
    if row is None or row.names == names:
        return False
    SearchStatistics.objects.filter(pk=1).update(names=names, refreshed_at=timezone.now())
    return True


def _collected() -> list[list[Any]]:
    topics = Topic.objects.order_by("position", "pk").values_list("pk", "title", "slug")
    categories = Category.objects.order_by("position", "pk").values_list("pk", "name", "slug")
    counted = ArticleTag.objects.values("tag").annotate(n=Count("pk")).order_by("-n", "tag")
    tags = counted.values_list("tag", "tag__name", "tag__slug")
    authors = (
        Contributor.objects.annotate(n=Count("articles"))
        .filter(n__gt=0)
        .order_by("-n", "pk")
        .values_list("pk", "name", "slug")
    )
    found: list[list[Any]] = [[TOPIC, *row] for row in topics[:_OTHERS]]
    found += [[CATEGORY, *row] for row in categories[:_OTHERS]]
    found += [[TAG, *row] for row in tags[:_TAGS]]
    found += [[AUTHOR, *row] for row in authors[:_AUTHORS]]
    return found


def names_for(text: str) -> tuple[list[Name], list[Name]]:
    """Return the names in which a query stands, and those that it may be a misspelling of; only
    names behind which something public stands. At most five queries."""
    query = _plain(text)
    known = statistics().names
    found = matching(query, known, _NAMES * 2)
    # Of several words each may be a name by itself.
    words = {_plain(word) for word in text[:200].split()}
    found += [name for name in known if name.folded in words and name not in found][:_NAMES]
    standing = public(found)[:_NAMES]
    near = public(alike(query, known, _NAMES * 2))[:_NAMES]
    return standing, near


def suggest(text: str) -> list[Suggestion]:
    """Return what is suggested while this is typed: names first, then titles. Seven queries at
    most, whatever is typed."""
    standing = public(matching(_plain(text), statistics().names, _NAMES * 2))[:_NAMES]
    names = [Suggestion(name.kind, name.name, name.url) for name in standing]
    titles = [
        Suggestion("article", article.title, article.get_absolute_url())
        for article in _titles(text)
    ]
    return names + titles


def _plain(text: str) -> str:
    """Return a query as names are compared with it; nothing of one longer than any name."""
    plain = folded(text[:200]).replace(" ", "")
    return plain if len(plain) <= 60 else ""


def public(names: Iterable[Name]) -> list[Name]:
    """Return those names, as they are now, behind which a visible article stands; of topics and
    categories those that exist. One query for each kind there is."""
    wanted = list(names)
    visible = Article.objects.visible()
    tagged = ArticleTag.objects.filter(tag=OuterRef("pk"), content_object__in=visible)
    rows: dict[str, QuerySet[Any]] = {
        TOPIC: Topic.objects.all(),
        CATEGORY: Category.objects.all(),
        TAG: Tag.objects.filter(Exists(tagged)),
        AUTHOR: Contributor.objects.filter(Exists(visible.filter(contributor=OuterRef("pk")))),
    }
    present: dict[tuple[str, int], Name] = {}
    for kind in {name.kind for name in wanted}:
        found = rows[kind].filter(pk__in=[name.pk for name in wanted if name.kind == kind])
        title = "title" if kind == TOPIC else "name"
        for pk, name, slug in found.values_list("pk", title, "slug"):
            present[kind, pk] = Name(kind, pk, name, "", slug)
    return [present[n.kind, n.pk] for n in wanted if (n.kind, n.pk) in present]


def _titles(text: str) -> list[Article]:
    """Return visible articles with what was typed in their titles or tags, the newest first. The
    last word may be half typed."""
    query = parse_query(text)
    terms = [term[:_LONGEST_WORD] if term.isascii() else term for term in query.terms]
    if not terms:
        return []
    index = engine()
    with index.reading():
        numbers = index.newest(terms, _ASKED, span=published(), in_head=True)
    documents = SearchDocument.objects.filter(number__in=numbers)
    ids = documents.values_list("article_id", flat=True)
    found = Article.objects.visible().filter(pk__in=list(ids)).only("title")
    return list(found.newest_first()[:_TITLES])
