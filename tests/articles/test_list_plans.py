"""No list, page, count or neighbour is found by reading a table through or by sorting, on either
engine. With some thousand rows, so that the planner means it."""

import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone
from taggit.models import Tag

from articles.card_rows import cards
from articles.models import (
    EVERYTHING,
    Article,
    ArticleTag,
    Category,
    Contributor,
    ListEntry,
    ListKind,
    Topic,
    TopicArticle,
)
from articles.services.listing import (
    in_order,
    keeping,
    newer,
    newest,
    older,
    open_list,
    page_of,
    places_of,
    rebuild_lists,
)

MANY = 3_000
_LARGE = ("articles_listentry", "articles_article")


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch, carol: Contributor, technology: Category) -> Contributor:
    """Three thousand articles, most of them in everything."""
    monkeypatch.setattr(keeping, "LARGEST", 200)
    now = timezone.now()
    rows = Article.objects.bulk_create(
        Article(
            title=f"第{n}篇", body="<p>文</p>", prose="<p>文</p>" * 100, contributor=carol,
            category=technology, status="published", published_at=now - timedelta(minutes=n),
        )
        for n in range(1, MANY + 1)
    )  # fmt: skip
    tag = Tag.objects.create(name="甲", slug="a")
    ArticleTag.objects.bulk_create(ArticleTag(content_object=row, tag=tag) for row in rows)
    topic = Topic.objects.create(title="专题", slug="t")
    TopicArticle.objects.bulk_create(
        TopicArticle(topic=topic, article=row, position=n) for n, row in enumerate(rows[:1000])
    )
    rebuild_lists()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return carol


def plan(rows: QuerySet[Any]) -> list[str]:
    """Return what the engine would do, each step as a line."""
    if connection.vendor == "sqlite":
        return [line.strip() for line in rows.explain().splitlines()]
    [tree] = json.loads(rows.explain(format="json"))
    return list(_steps(tree["Plan"]))


def _steps(node: dict[str, Any]) -> Iterable[str]:
    yield f"{node['Node Type']} {node.get('Relation Name', '')}"
    for child in node.get("Plans", ()):
        yield from _steps(child)


def assert_by_index(rows: QuerySet[Any], *tables: str) -> None:
    """These tables are not read through, and nothing is sorted."""
    steps = plan(rows)
    for step in steps:
        assert "TEMP B-TREE" not in step, steps
        assert not step.startswith(("Sort", "Incremental Sort", "Hash")), steps
        for table in tables or _LARGE:
            assert step not in {f"Seq Scan {table}", f"SCAN {table}"}, steps


def page(kind: ListKind, ref: int, number: int) -> QuerySet[Any]:
    return page_of(open_list(kind, ref), number, 20)


@pytest.mark.parametrize("number", [1, 75, 150])
@pytest.mark.parametrize("kind", list(ListKind)[:4])
def test_pages(many: Contributor, technology: Category, kind: ListKind, number: int) -> None:
    refs = {"category": technology.pk, "contributor": many.pk, "tag": Tag.objects.get().pk}
    numbers = page(kind, refs.get(kind, 0), number)
    assert_by_index(numbers)
    assert len(numbers) == 20
    shown = cards().filter(pk__in=numbers).order_by()
    # What is joined to the twenty may be small enough to be read through.
    through = {f"{way} {name}" for way in ("SCAN", "Seq Scan") for name in _LARGE}
    assert not through & set(plan(shown))


def test_newest_of_a_list(many: Contributor, technology: Category) -> None:
    assert_by_index(newest(ListKind.ALL)[:20])
    assert_by_index(newest(ListKind.CATEGORY, technology.pk)[:20])
    assert len(in_order(cards(), newest(ListKind.CATEGORY, technology.pk)[:20])) == 20


def test_counts_to_come(many: Contributor) -> None:
    ahead = ListEntry.objects.filter(list=EVERYTHING, public_at__gt=timezone.now()).order_by()
    assert_by_index(ahead.values("list"), "articles_listentry")


@pytest.mark.parametrize("beside", [older, newer])
def test_neighbours(many: Contributor, beside: Callable[..., Any]) -> None:
    middle = Article.objects.order_by("pk")[MANY // 2].pk
    rows = Article.objects.filter(pk=middle).order_by().annotate(beside=beside())
    assert_by_index(rows.values("beside"))


def test_a_page_of_a_topic(many: Contributor) -> None:
    topic = Topic.objects.get()
    places = places_of(open_list(ListKind.TOPIC, topic.pk), topic.pk, 3, 20)
    assert len(places) == 20
    steps = plan(places)
    assert not [step for step in steps if "TEMP B-TREE" in step], steps
    assert not [step for step in steps if step == "SCAN articles_listentry"], steps
