"""Lists hold what is visible, whatever was done, and every page of them is what it would be if it
were cut from the articles themselves."""

import random
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from taggit.models import Tag

from articles.models import (
    EVERYTHING,
    Article,
    ArticleList,
    ArticleQuerySet,
    Category,
    Contributor,
    ListBlock,
    ListEntry,
    ListKind,
    Restriction,
    Scope,
    Topic,
)
from articles.services import publishing
from articles.services.contributors import move_articles
from articles.services.listing import (
    in_order,
    keep_lists,
    keeping,
    listed,
    newer,
    newest,
    older,
    open_list,
    page_of,
    rebuild_lists,
    verify_lists,
)
from articles.services.merging import merge_categories, merge_contributors, merge_tags
from articles.services.ordering import arrange_categories, category_places
from articles.services.publishing import create_article, publish, revise, schedule, unpublish
from articles.services.restrictions import lift, restrict
from articles.services.tags import delete_tag, save_tag
from articles.services.taxonomy import (
    arrange_topic,
    delete_topic,
    save_category,
    save_contributor,
    save_topic,
)
from articles.services.trash import delete_now, trash

NAMES = ("甲", "乙", "丙")


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let blocks be halved and searched with a dozen articles as they are with thousands."""
    monkeypatch.setattr(keeping, "LARGEST", 4)


@pytest.fixture
def write(carol: Contributor, technology: Category) -> Callable[..., Article]:
    def written(title: str = "一篇", **fields: Any) -> Article:
        given = {"contributor": carol, "category": technology} | fields
        return create_article(None, title=title, body="<p>文</p>", **given)

    return written


def of(kind: str, ref: int) -> ArticleQuerySet:
    """Return what a list should hold, asked of the articles themselves."""
    rows = Article.objects.visible()
    if kind == ListKind.CATEGORY:
        branch, level = {ref}, {ref}
        while level:
            level = set(Category.objects.filter(parent__in=level).values_list("pk", flat=True))
            branch |= level
        return rows.filter(category__in=branch)
    fields = {"tag": "tag_items__tag", "contributor": "contributor", "topic": "topics"}
    return rows.filter(**{fields[kind]: ref}) if kind in fields else rows


def lists() -> list[tuple[str, int]]:
    """Return every list that there could be."""
    models = {"category": Category, "tag": Tag, "contributor": Contributor, "topic": Topic}
    numbered = [(kind, row.pk) for kind, model in models.items() for row in model.objects.all()]
    return [("all", 0), *numbered]


def assert_pages(size: int = 3) -> None:
    """Every page of every list, and what stands beside each article, is as it should be."""
    assert verify_lists() == []
    for kind, ref in lists():
        expected = list(of(kind, ref).newest_first().values_list("pk", flat=True))
        opened = open_list(ListKind(kind), ref)
        assert opened.total == len(expected)
        for number in range(1, len(expected) // size + 2):
            rows = in_order(Article.objects.visible(), page_of(opened, number, size))
            assert [row.pk for row in rows] == expected[(number - 1) * size : number * size]
    line = list(Article.objects.visible().newest_first().values_list("pk", flat=True))
    beside = Article.objects.visible().annotate(older=older(), newer=newer()).newest_first()
    assert list(beside.values_list("older", flat=True)) == [*line[1:], *([None] if line else [])]
    assert list(beside.values_list("newer", flat=True)) == [*([None] if line else []), *line[:-1]]


class Desk:
    """Does anything that staff may do, drawn by lot."""

    def __init__(self, seed: int, carol: Contributor) -> None:
        self.chance = random.Random(seed)
        self.people = [
            carol,
            *(save_contributor(Contributor(name=f"作者{n}"), None) for n in range(2)),
        ]
        for name in "天地人":
            save_category(Category(name=name), None)
        self.topic = save_topic(Topic(title="专题"), None)
        # Few moments, so that many articles share one.
        now = timezone.now().replace(microsecond=0)
        self.moments = [now - timedelta(days=n) for n in range(1, 5)]

    def article(self, **fields: Any) -> Article | None:
        rows = Article.objects.on_desk().filter(**fields).order_by("pk")
        return self.chance.choice(list(rows)) if rows else None

    def category(self) -> Category:
        return self.chance.choice(list(Category.objects.order_by("pk")))

    def tags(self) -> list[str]:
        return self.chance.sample(NAMES, self.chance.randrange(len(NAMES)))

    def write(self) -> None:
        made = create_article(
            None, title="一篇", body="<p>文</p>", contributor=self.chance.choice(self.people),
            category=self.category(), tags=self.tags(),
            published_at=self.chance.choice([*self.moments, None]),
        )  # fmt: skip
        publish(made, None)

    def revise(self) -> None:
        if row := self.article():
            changes = {"category": self.category(), "contributor": self.chance.choice(self.people)}
            if self.chance.random() < 0.5 and row.published_at:
                changes["published_at"] = self.chance.choice(self.moments)
            revise(row, None, changes, tags=self.tags())

    def schedule(self) -> None:
        if row := self.article():
            schedule(row, None, timezone.now() + timedelta(hours=self.chance.randint(1, 3)))

    def publish(self) -> None:
        if row := self.article():
            publish(row, None)

    def unpublish(self) -> None:
        if row := self.article():
            unpublish(row, None)

    def withhold(self) -> None:
        if row := self.article():
            restrict(row, None, Scope.WHOLE, reference="TS-1")

    def lift(self) -> None:
        if row := Restriction.objects.active().first():
            lift(row, None)

    def trash(self) -> None:
        row = self.article(restrictions__isnull=True)
        if row is not None:
            trash(row, None)
            if self.chance.random() < 0.5:
                delete_now(row, None)

    def move_category(self) -> None:
        row, above = self.category(), self.category()
        ancestors, node = [], above
        while node is not None:
            ancestors.append(node.pk)
            node = node.parent  # type: ignore[assignment]
        row.parent = None if row.pk in ancestors else above
        save_category(row, None)

    def arrange(self) -> None:
        places = category_places(list(Category.objects.order_by("position", "pk")))
        numbers = [number for number, _depth in places]
        self.chance.shuffle(numbers)
        arrange_categories(None, places, [(pk, min(depth, 2)) for depth, pk in enumerate(numbers)])

    def merge_categories(self) -> None:
        row, other = self.category(), self.category()
        if row.pk != other.pk and Category.objects.count() > 2:
            merge_categories(row, other, None)

    def merge_tags(self) -> None:
        rows = list(Tag.objects.order_by("pk")[:2])
        if len(rows) == 2:
            merge_tags(rows[0], rows[1], None)

    def rename_tag(self) -> None:
        if row := Tag.objects.first():
            row.name += "甲"
            save_tag(row, None)

    def delete_tag(self) -> None:
        if row := Tag.objects.last():
            delete_tag(row, None)

    def change_topic(self) -> None:
        rows = list(Article.objects.on_desk().order_by("pk"))
        arrange_topic(self.topic, None, self.chance.sample(rows, len(rows) // 2))

    def give_away(self) -> None:
        origin, target = self.chance.sample(self.people, 2)
        move_articles(origin, target, None)


_STEPS = [name for name, value in vars(Desk).items() if not name.startswith("_")]
STEPS = sorted(set(_STEPS) - {"article", "category", "tags"})


@pytest.mark.parametrize("seed", range(3))
def test_lists_agree_after_whatever_is_done(
    small_blocks: None, carol: Contributor, technology: Category, seed: int
) -> None:
    desk = Desk(seed, carol)
    for _n in range(10):
        desk.write()
    assert_pages()
    for step in range(20):
        name = desk.chance.choice([*STEPS, "write", "write", "write"])
        getattr(desk, name)()
        assert verify_lists() == [], f"{name}, step {step}"
    assert_pages()
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=False):
        assert_pages()  # Nothing ran; what was scheduled stands there.
    before = list(ListEntry.objects.order_by("pk").values_list("pk", flat=True))
    rebuild_lists()
    assert list(ListEntry.objects.order_by("pk").values_list("pk", flat=True)) == before
    assert_pages()


def test_bylines_and_topics_that_go_leave_no_list(article: Article, carol: Contributor) -> None:
    other = save_contributor(Contributor(name="另一人"), None)
    topic = save_topic(Topic(title="专题"), None)
    arrange_topic(topic, None, [article])
    number, gone = topic.pk, carol.pk
    merge_contributors(carol, other, None)
    delete_topic(topic, None)
    left = ArticleList.objects.values_list("kind", "ref")
    assert ("topic", number) not in left
    assert ("contributor", gone) not in left
    assert open_list(ListKind.CONTRIBUTOR, other.pk).total == 1
    assert verify_lists() == []


def test_what_is_scheduled_is_not_counted_before_its_moment(
    client: Client, draft: Article, technology: Category
) -> None:
    at = timezone.now() + timedelta(hours=1)
    schedule(draft, None, at)
    opened = open_list(ListKind.CATEGORY, technology.pk)
    assert (opened.total, opened.to_come) == (0, 1)
    assert not newest(ListKind.ALL)[:5]
    with time_machine.travel(at + timedelta(seconds=1), tick=False):
        assert open_list(ListKind.CATEGORY, technology.pk).total == 1
        assert draft.title in client.get("/category/tech/").content.decode()


def test_entries_in_several_lists_at_once(
    write: Callable[..., Article], technology: Category
) -> None:
    both = publish(write("两者", tags=["甲"]), None)
    publish(write("一者"), None)
    tag = Tag.objects.get(name="甲")
    found = listed([open_list(ListKind.CATEGORY, technology.pk), open_list(ListKind.TAG, tag.pk)])
    assert [entry.article_id for entry in found] == [both.pk]
    assert not listed([open_list(ListKind.TAG, tag.pk), open_list(ListKind.TOPIC, 9)])


def test_what_did_not_change_is_not_touched(article: Article) -> None:
    before = list(ListEntry.objects.order_by("pk").values_list("pk", flat=True))
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        keep_lists([article.pk])
    asked = [q["sql"] for q in captured if "SAVEPOINT" not in q["sql"]]
    assert asked[0].lstrip().startswith("WITH")
    assert not [q for q in captured if "INSERT" in q["sql"] or "UPDATE" in q["sql"]]
    assert list(ListEntry.objects.order_by("pk").values_list("pk", flat=True)) == before


def test_one_article_costs_few_queries(article: Article) -> None:
    Article.objects.filter(pk=article.pk).update(status="unpublished")
    keep_lists([article.pk])
    Article.objects.filter(pk=article.pk).update(status="published")
    with CaptureQueriesContext(connection) as captured, transaction.atomic():
        keep_lists([article.pk])
    most = 7 if connection.vendor == "postgresql" else 5
    assert len([q for q in captured if "SAVEPOINT" not in q["sql"]]) == most


def test_deep_pages_are_found_by_blocks(
    small_blocks: None, client: Client, settings: Any, write: Callable[..., Article]
) -> None:
    settings.ITEMS_PER_PAGE = 2
    made = [publish(write(f"第{n}篇"), None) for n in range(13)]
    assert ListBlock.objects.filter(list=EVERYTHING).count() > 2
    opened = open_list(ListKind.ALL)
    with CaptureQueriesContext(connection) as captured:
        assert [row["article"] for row in page_of(opened, 7, 2)] == [made[0].pk]
    assert len(captured) == 2
    assert made[0].title in client.get("/?page=7").content.decode()
    assert client.get("/?page=8").status_code == 404


# --- Mistakes, and the command ------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["missing", "foreign", "moved", "count", "block"])
def test_mistakes_are_found_and_mended(
    article: Article, write: Callable[..., Article], capsys: Any, kind: str
) -> None:
    draft = write("草稿")
    if kind == "missing":
        ListEntry.objects.filter(list=EVERYTHING).delete()
    elif kind == "foreign":
        ListEntry.objects.create(list_id=EVERYTHING, article=draft, public_at=timezone.now())
    elif kind == "moved":
        ListEntry.objects.filter(list=EVERYTHING).update(public_at=timezone.now())
    elif kind == "count":
        ArticleList.objects.filter(pk=EVERYTHING).update(count=9)
    else:
        ListBlock.objects.filter(list=EVERYTHING).update(count=9)
    with pytest.raises(CommandError):
        call_command("rebuild_lists", check=True)
    call_command("rebuild_lists")
    assert "1" in capsys.readouterr().out
    call_command("rebuild_lists", check=True)
    assert_pages()


def test_an_empty_site_has_empty_lists(client: Client, db: None) -> None:
    call_command("rebuild_lists", verbosity=0)
    assert verify_lists() == []
    assert open_list(ListKind.ALL).total == 0
    assert client.get("/").status_code == 200


def test_the_list_of_all_is_made_where_it_is_missing(db: None, draft: Article) -> None:
    ArticleList.objects.all().delete()
    publish(draft, None)
    assert ArticleList.objects.get(kind="all").pk == EVERYTHING
    assert_pages()


def test_the_migration_fills_what_rebuilding_would(article: Article, draft: Article) -> None:
    from importlib import import_module

    def held() -> set[tuple[Any, ...]]:
        return set(ListEntry.objects.values_list("list__kind", "list__ref", "article", "public_at"))

    before = held()
    migration = import_module("articles.migrations.0008_fill_lists")

    def execute(sql: str, params: Any = None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(sql, params)

    editor = SimpleNamespace(connection=connection, execute=execute)
    migration.empty(None, editor)
    migration.fill(None, editor)
    assert held() == before
    assert before
    assert_pages()


# --- At once ------------------------------------------------------------------------------------
def at_once(jobs: list[Callable[[], Any]]) -> list[BaseException]:
    """Run jobs in threads of their own, and return what they raised."""
    raised: list[BaseException] = []
    start = threading.Barrier(len(jobs))

    def run(job: Callable[[], Any]) -> None:
        try:
            start.wait(10)
            job()
        except BaseException as error:  # noqa: BLE001 (the test tells of it)
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return raised


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="on SQLite whoever writes is alone")
def test_publishing_and_moving_at_once(
    write: Callable[..., Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The worker's, which tests would run inside these transactions; it locks other articles.
    monkeypatch.setattr(publishing, "relate", SimpleNamespace(enqueue=lambda _number: None))
    top = save_category(Category(name="上"), None)
    technology = Category.objects.get(slug="tech")
    tags = [["甲", "乙"], ["乙", "甲"]]
    made = [write(f"第{n}篇", tags=tags[n % 2]) for n in range(8)]
    technology.parent = top
    jobs: list[Callable[[], Any]] = [lambda row=row: publish(row, None) for row in made]
    jobs.append(lambda: save_category(technology, None))
    assert at_once(jobs) == []
    assert_pages()
    assert open_list(ListKind.CATEGORY, top.pk).total == 8
    retag: list[Callable[[], Any]] = [
        lambda row=row: revise(row, None, {}, tags=["乙", "丙"]) for row in made[:4]
    ]
    assert at_once([*retag, *(lambda row=row: unpublish(row, None) for row in made[4:])]) == []
    assert_pages()


def test_moments_are_read_as_they_were_written(article: Article) -> None:
    entry = ListEntry.objects.get(list=EVERYTHING)
    assert isinstance(entry.public_at, datetime)
    assert entry.public_at == Article.objects.get(pk=article.pk).public_at
