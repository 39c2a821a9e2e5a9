"""The addresses of the interface. Everything stands on Article.objects.visible()."""

from typing import Annotated, Any

from django.db.models import Model
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_noop
from ninja import Path, Query, Router, Status
from taggit.models import Tag

from articles.api import schemas, showing
from articles.api.paging import LARGEST, decode, encode, page_by_number, page_of_articles
from articles.models import Article, ArticleQuerySet, Category, Contributor, ListKind, Topic
from articles.services.listing import has_entries, listed, open_list
from articles.services.search import search as look_for
from articles.services.site import get_site
from articles.views.pages import restriction_of

router = Router()
_TEXT = r"^[^\x00-\x1f\x7f]*$"
Slug = Annotated[
    str | None,
    Query(max_length=200, pattern=_TEXT, description=gettext_noop("Named by its slug.")),
]
Cursor = Annotated[
    str | None,
    Query(max_length=300, pattern=_TEXT, description=gettext_noop("Where the last page ended.")),
]
Limit = Annotated[int, Query(ge=1, le=100, description=gettext_noop("How many at most."))]
_BAD = {400: schemas.Problem, 422: schemas.Problem, 429: schemas.Problem}
_MISSING = {404: schemas.Problem, **_BAD}


def _cards() -> ArticleQuerySet:
    rows = Article.objects.visible().select_related("contributor", "category", "cover")
    return rows.defer("body", "prose", "toc", "folded_title")


@router.get(
    "/articles",
    response={200: schemas.Articles, **_MISSING},
    summary=gettext_noop("Articles, newest first"),
)
def articles(
    request: HttpRequest,
    category: Slug = None,
    tag: Slug = None,
    topic: Slug = None,
    contributor: Slug = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> dict[str, Any]:
    """All of them, or those of a category (with what stands below it), a tag, a topic or a
    contributor, named by their slugs."""
    named: list[tuple[ListKind, type[Model], str | None]] = [
        (ListKind.CATEGORY, Category, category),
        (ListKind.TAG, Tag, tag),
        (ListKind.TOPIC, Topic, topic),
        (ListKind.CONTRIBUTOR, Contributor, contributor),
    ]
    lists = [
        open_list(kind, get_object_or_404(model, slug=slug).pk)
        for kind, model, slug in named
        if slug is not None
    ]
    found, following = page_of_articles(_cards(), listed(lists), cursor, limit)
    return {"items": [showing.card(row) for row in found], "next": following}


@router.get(
    "/articles/{id}",
    response={200: schemas.ArticleText, 410: schemas.Problem, 451: schemas.Problem, **_MISSING},
    summary=gettext_noop("An article with its text"),
)
def article(
    request: HttpRequest,
    id: Annotated[int, Path(ge=1, le=LARGEST, examples=[17367])],  # noqa: A002
) -> Any:
    """451 where it is withheld at a legal demand, 410 where it is gone for good."""
    rows = Article.objects.visible().select_related("contributor", "category", "cover")
    found = rows.defer("body", "folded_title").filter(pk=id).first()
    if found is not None:
        return Status(200, showing.text(found, get_site()))
    withheld = restriction_of(id)
    gone = withheld.http_status == 410
    detail = "This article is gone." if gone else f"Withheld. Reference: {withheld.reference}"
    return Status(withheld.http_status, {"detail": detail})


@router.get(
    "/categories",
    response={200: schemas.Categories, **_BAD},
    summary=gettext_noop("All categories"),
)
def categories(request: HttpRequest) -> dict[str, Any]:
    """In their order; `parent` makes the tree."""
    rows = Category.objects.select_related("parent").order_by("position", "pk")
    return {"items": [showing.category(row) for row in rows]}


@router.get("/tags", response={200: schemas.Tags, **_BAD}, summary=gettext_noop("Tags"))
def tags(request: HttpRequest, cursor: Cursor = None, limit: Limit = 20) -> dict[str, Any]:
    """Those that any article has."""
    rows = Tag.objects.filter(has_entries(ListKind.TAG))
    found, following = page_by_number(rows, cursor, limit, showing.tag)
    return {"items": found, "next": following}


@router.get("/topics", response={200: schemas.Topics, **_BAD}, summary=gettext_noop("Topics"))
def topics(request: HttpRequest, cursor: Cursor = None, limit: Limit = 20) -> dict[str, Any]:
    """What the editors put together. `/articles?topic=` gives what is in one."""
    found, following = page_by_number(Topic.objects.all(), cursor, limit, showing.topic)
    return {"items": found, "next": following}


@router.get(
    "/contributors",
    response={200: schemas.Contributors, **_BAD},
    summary=gettext_noop("Contributors"),
)
def contributors(request: HttpRequest, cursor: Cursor = None, limit: Limit = 20) -> dict[str, Any]:
    """Those of whom any article is public."""
    rows = Contributor.objects.filter(has_entries(ListKind.CONTRIBUTOR))
    found, following = page_by_number(rows, cursor, limit, showing.contributor)
    return {"items": found, "next": following}


@router.get("/search", response={200: schemas.Articles, **_MISSING}, summary=gettext_noop("Search"))
def search(
    request: HttpRequest,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=200,
            pattern=_TEXT,
            examples=["路由器"],
            description=gettext_noop("What is looked for, in either script."),
        ),
    ],
    category: Slug = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=50, description=gettext_noop("How many at most."))] = 20,
) -> dict[str, Any]:
    """The best first, two hundred at most."""  # fmt: skip
    branch: list[int] = []
    if category is not None:
        branch = get_site().branch(get_object_or_404(Category, slug=category).pk)
    begin = int(decode(cursor, [int])[0]) if cursor else 0
    numbers = list(look_for(q, categories=branch).numbers)
    shown = numbers[begin : begin + limit]
    rows = _cards().in_bulk(shown)
    following = encode(begin + limit) if len(numbers) > begin + limit else None
    items = [showing.card(rows[pk]) for pk in shown if pk in rows]
    return {"items": items, "next": following}
