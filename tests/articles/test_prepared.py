"""Prepared queries give what their querysets give."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections, router
from django.db.models import BigAutoField, DateTimeField, F, QuerySet, Value
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.beside import BESIDE
from articles.models import Article, Category, Contributor, Scope
from articles.prepared import Prepared, Slot
from articles.services.publishing import create_article, publish, schedule
from articles.services.related import store_related
from articles.services.restrictions import restrict
from articles.views.pages import ARTICLE

NOW: Any = Slot("now", DateTimeField())
PK = Slot("pk", BigAutoField())


@pytest.fixture
def several(carol: Contributor, technology: Category) -> list[Article]:
    """Public articles, of which two came at one moment, one is withheld and one is still to come,
    in the order of their numbers."""
    now = timezone.now()
    made = [
        create_article(
            None, title=f"第{n}篇", body="<p>文</p>", contributor=carol, category=technology,
            tags=["甲"], published_at=now - timedelta(days=9 - days),
        )
        for n, days in enumerate([3, 1, 5, 5, 4, 8])
    ]  # fmt: skip
    for article in made:
        publish(article, None)
    restrict(made[4], None, Scope.WHOLE, reference="TS-2026-000001")
    made.append(
        schedule(
            create_article(None, title="以后", body="<p>文</p>", contributor=carol),
            None,
            now + timedelta(hours=1),
        )
    )
    return made


def models(at: Any, pk: Any) -> QuerySet[Any]:
    return (
        Article.objects.visible(at)
        .filter(pk__lte=pk)
        .select_related("contributor", "category", "cover", "card")
        .defer("body")
        .annotate(liked=F("like_count") + 1)
        .order_by("-public_at", "-pk")
    )


def rows(at: Any, pk: Any) -> QuerySet[Article, tuple[Any, ...]]:
    shown = ("pk", "title", "published_at", "tag_names", "kind")
    one: Any = Article.objects.visible(at).filter(pk=pk).annotate(kind=Value("one"))
    others: Any = Article.objects.visible(at).exclude(pk=pk).annotate(kind=Value("other"))
    one, others = (part.order_by().values_list(*shown) for part in (one, others))
    both: QuerySet[Article, tuple[Any, ...]] = one.union(others, all=True)
    return both


def test_models_are_those_of_the_queryset(several: list[Article]) -> None:
    prepared = Prepared(lambda: models(NOW, PK))
    for last in (several[-1], several[2]):
        now = timezone.now()
        found, expected = prepared.all(now=now, pk=last.pk), list(models(now, last.pk))
        assert found == expected
        for one, other in zip(found, expected, strict=True):
            assert vars(one).keys() == vars(other).keys()
            assert one.get_deferred_fields() == {"body"}
            assert (one.title, one.toc, one.liked) == (other.title, other.toc, other.liked)
            assert (one.published_at, one.tag_names) == (other.published_at, other.tag_names)
            assert one.contributor == other.contributor
            assert one.category == other.category
            assert one.cover is other.cover is None


def test_the_moment_is_that_of_the_question(several: list[Article]) -> None:
    prepared = Prepared(lambda: models(NOW, PK))
    last, now = several[-1], timezone.now()
    assert last not in prepared.all(now=now, pk=last.pk)
    assert last in prepared.all(now=now + timedelta(hours=2), pk=last.pk)


def test_rows_of_a_union(several: list[Article]) -> None:
    prepared = Prepared(lambda: rows(NOW, PK))
    now = timezone.now()
    found = prepared.all(now=now, pk=several[0].pk)
    assert sorted(found) == sorted(rows(now, several[0].pk))
    assert found[0][3] == ["甲"]


def test_the_first_or_nothing(several: list[Article]) -> None:
    prepared = Prepared(lambda: models(NOW, PK))
    first = prepared.first(now=timezone.now(), pk=several[0].pk)
    assert first == several[0]
    assert prepared.first(now=timezone.now(), pk=0) is None


def test_it_is_compiled_once_and_counted_each_time(
    several: list[Article], django_assert_num_queries: Any
) -> None:
    built = []

    def build() -> QuerySet[Article]:
        built.append(1)
        return models(NOW, PK)

    prepared = Prepared(build)
    prepared.all(now=timezone.now(), pk=1)
    compiled = len(built)
    with django_assert_num_queries(2):
        prepared.all(now=timezone.now(), pk=several[0].pk)
        prepared.all(now=timezone.now(), pk=several[1].pk)
    assert len(built) == compiled


def test_values_must_be_given_and_dictionaries_are_refused(several: list[Article]) -> None:
    with pytest.raises(KeyError):
        Prepared(lambda: models(NOW, PK)).all(pk=1)
    with pytest.raises(TypeError, match="values_list"):
        Prepared(lambda: Article.objects.filter(pk=PK).values("title")).all(pk=1)


@pytest.mark.django_db(transaction=True)
def test_it_asks_the_database_that_the_router_gives(
    several: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A second way into the same database stands for a replica."""
    prepared = Prepared(lambda: models(NOW, PK))
    values = {"now": timezone.now(), "pk": several[0].pk}
    assert prepared.all(**values)[0]._state.db == "default"
    monkeypatch.setattr(router, "db_for_read", lambda _model, **_hints: "replica")
    replica = connections["replica"] = connection.copy(alias="replica")
    try:
        with CaptureQueriesContext(replica) as asked, CaptureQueriesContext(connection) as others:
            found = prepared.all(**values)
        assert found == [several[0]]
        assert found[0]._state.db == found[0].contributor._state.db == "replica"
        assert (len(asked), len(others)) == (1, 0)
    finally:
        replica.close()
        del connections["replica"]


def test_neighbours_are_those_of_the_visible_order(several: list[Article]) -> None:
    now = timezone.now()
    order = list(
        Article.objects.visible(now).order_by("public_at", "pk").values_list("pk", flat=True)
    )
    assert len(order) == 5
    for place, pk in enumerate(order):
        shown: Any = ARTICLE.first(pk=pk, now=now)
        assert shown is not None
        assert shown.previous_id == (order[place - 1] if place else None)
        assert shown.next_id == (order[place + 1] if place < 4 else None)
    for hidden in several[4], several[6]:
        assert ARTICLE.first(pk=hidden.pk, now=now) is None


def test_what_stands_beside_is_visible(several: list[Article]) -> None:
    one, now = several[0], timezone.now()
    for article in several:
        store_related(article.pk)
    beside = BESIDE.all(pk=one.pk, previous=several[1].pk, next=several[4].pk, now=now)
    stored = one.related.values_list("other_id", flat=True)
    public = set(Article.objects.visible(now).values_list("pk", flat=True))
    assert {row[0] for row in beside if row[5] is not None} == set(stored) & public
    assert [row[0] for row in beside if row[5] is None] == [several[1].pk]


def test_postgresql_plans_it_once_a_connection_and_again_after_a_reconnect(
    several: list[Article],
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite prepares what it is asked by itself.")
    prepared = Prepared(lambda: Article.objects.filter(pk=PK))
    for article in several[:3]:
        assert prepared.first(pk=article.pk) == article
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name LIKE 'prepared_%'")
        planned = cursor.fetchone()[0]
        cursor.execute(
            "SELECT name FROM pg_prepared_statements WHERE generic_plans + custom_plans >= 3"
        )
        assert cursor.fetchall()
    assert planned >= 1


@pytest.mark.django_db(transaction=True)
def test_it_is_asked_again_after_the_connection_was_lost(article: Article) -> None:
    prepared = Prepared(lambda: Article.objects.filter(pk=PK))
    assert prepared.first(pk=article.pk) == article
    connection.close()
    assert prepared.first(pk=article.pk) == article


def test_behind_a_pooler_nothing_is_prepared(
    article: Article, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    prepared = Prepared(lambda: Article.objects.filter(pk=PK))
    with CaptureQueriesContext(connection) as queries:
        assert prepared.first(pk=article.pk) == article
    assert "EXECUTE" not in queries[0]["sql"]
