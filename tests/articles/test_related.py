"""What stands below an article: how it is chosen, stored and shown."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import (
    Article,
    Category,
    Contributor,
    Purge,
    Reason,
    RelatedArticle,
    RelatedChoice,
    Scope,
    Topic,
    User,
)
from articles.search import index_owed, refresh_search_statistics
from articles.services.publishing import (
    create_article,
    publish,
    revise,
    schedule,
    unpublish,
)
from articles.services.related import (
    SHOWN,
    STORED,
    choose_related,
    relate,
    related_to,
    store_related,
)
from articles.services.restrictions import restrict
from articles.services.taxonomy import arrange_topic, save_topic

ROUTERS = [
    "路由器摆在客厅正中，信号穿墙两堵之后只剩一半，换到过道尽头反而更稳。",
    "过道尽头的路由器信号最稳，客厅正中那台穿墙两堵，只剩一半的速度。",
    "信号穿墙会衰减，路由器摆高一点，离承重墙远一点，比换新设备有用。",
]
OTHERS = [
    "铸铁锅开锅要用猪皮慢慢擦，火不能大，油烟起来就转小火再擦一遍。",
    "薄荷喜欢半阴，阳台朝北也能活，隔三天浇一次水，长到一拃就掐尖。",
    "老书的书脊开裂，用淀粉糨糊和皮纸修补，压在两块木板之间阴干。",
]


def write(title: str, text: str, contributor: Contributor, **fields: object) -> Article:
    return publish(
        create_article(None, title=title, body=f"<p>{text}</p>", contributor=contributor, **fields),
        None,
    )


@pytest.fixture
def shelf(carol: Contributor, technology: object) -> list[Article]:
    titles = ["路由器摆在哪里", "路由器多久重启一次", "铸铁锅的开锅", "阳台种薄荷", "信道怎么选"]
    tags = [["路由器"], ["路由器"], ["厨房"], ["园艺"], []]
    categories = [technology, None, None, None, technology]
    return [
        write(title, "x", carol, category=category, tags=names)
        for title, names, category in zip(titles, tags, categories, strict=True)
    ]


@pytest.fixture
def library(carol: Contributor) -> list[Article]:
    """Three articles of one matter and three of others, indexed."""
    articles = [write(f"第{n}篇", text, carol) for n, text in enumerate(ROUTERS + OTHERS)]
    settle()
    return articles


def settle() -> None:
    """Let the index follow, as the worker does."""
    index_owed()
    refresh_search_statistics()


def reasons(article: Article) -> dict[int, list[str]]:
    return {row.other_id: row.reasons.split() for row in article.related.all()}


# --- Choosing ---------------------------------------------------------------------------------
def test_tags_category_and_title_decide_the_order(shelf: list[Article]) -> None:
    store_related(shelf[0].pk)
    order = related_to(shelf[0].pk)
    assert order[0] == shelf[1].pk
    assert order[1] == shelf[4].pk
    assert set(order) == {a.pk for a in shelf[1:]}


def test_texts_of_one_matter_stand_together(library: list[Article]) -> None:
    for article in library[:3]:
        store_related(article.pk)
        assert set(related_to(article.pk)[:2]) == {a.pk for a in library[:3]} - {article.pk}
    assert reasons(library[0])[library[1].pk] == [Reason.TEXT]


def test_a_topic_in_common_counts(library: list[Article]) -> None:
    topic = save_topic(Topic(title="手艺", slug="hands"), None)
    arrange_topic(topic, None, [library[3], library[5]])
    store_related(library[3].pk)
    assert related_to(library[3].pk)[0] == library[5].pk
    assert Reason.TOPIC in reasons(library[3])[library[5].pk]


def test_the_reasons_are_those_that_hold(
    library: list[Article], technology: Category, carol: Contributor
) -> None:
    one = write("甲", ROUTERS[0], carol, category=technology, tags=["信号"])
    two = write("乙", ROUTERS[1], carol, category=technology, tags=["信号"])
    settle()
    store_related(one.pk)
    assert reasons(one)[two.pk] == [Reason.TAG, Reason.TEXT, Reason.CATEGORY]


def test_a_young_site_is_filled_with_the_newest(library: list[Article]) -> None:
    store_related(library[4].pk)
    assert set(related_to(library[4].pk)) == {a.pk for a in library} - {library[4].pk}
    assert {tuple(why) for why in reasons(library[4]).values()} <= {(Reason.RECENT,), ()}


def test_nothing_hidden_is_chosen(library: list[Article], carol: Contributor) -> None:
    unpublish(library[1], None)
    restrict(library[2], None, Scope.WHOLE, reference="TS-2026-000001")
    waiting = create_article(None, title="待", body=f"<p>{ROUTERS[0]}</p>", contributor=carol)
    schedule(waiting, None, timezone.now() + timedelta(hours=1))
    store_related(library[0].pk)
    hidden = {library[1].pk, library[2].pk, waiting.pk}
    assert not hidden.intersection(related_to(library[0].pk))


def test_an_article_that_the_index_does_not_know_yet_has_a_list_too(
    library: list[Article], carol: Contributor
) -> None:
    from articles.search import forget_all

    forget_all()
    store_related(library[0].pk)
    assert len(related_to(library[0].pk)) == len(library) - 1


# --- Storing ----------------------------------------------------------------------------------
def test_an_older_article_learns_of_a_newer_one(library: list[Article], carol: Contributor) -> None:
    for article in library:
        store_related(article.pk)
    newer = write("更新", ROUTERS[0][:20] + ROUTERS[1][20:], carol)
    assert related_to(newer.pk)[0] in {a.pk for a in library[:3]}
    assert newer.pk in related_to(library[0].pk)[:2]


def test_a_list_follows_when_the_text_changes(library: list[Article], eddie: User) -> None:
    store_related(library[3].pk)
    revise(library[3], eddie, {"body": f"<p>{ROUTERS[0]}</p>"})
    assert related_to(library[3].pk)[0] == library[0].pk


def test_storing_again_writes_nothing(library: list[Article]) -> None:
    store_related(library[0].pk)
    before = list(RelatedArticle.objects.order_by("pk").values_list())
    with CaptureQueriesContext(connection) as captured:
        store_related(library[0].pk)
    assert not [q for q in captured.captured_queries if q["sql"].startswith(("INSERT", "DELETE"))]
    assert list(RelatedArticle.objects.order_by("pk").values_list()) == before
    assert RelatedArticle.objects.filter(article=library[0]).count() <= STORED


def test_its_page_is_made_anew_where_readers_see_another_list(library: list[Article]) -> None:
    key = f"related:{library[0].pk}"
    choose_related(library[0], None, {})
    store_related(library[0].pk)
    Purge.objects.all().delete()
    store_related(library[0].pk)
    RelatedArticle.objects.filter(article=library[0]).update(score=0.5)
    store_related(library[0].pk)
    assert not RelatedArticle.objects.filter(article=library[0], score=0.5).exists()
    assert not Purge.objects.filter(key=key).exists()
    choose_related(library[0], None, {library[4].pk: RelatedChoice.Verdict.PIN})
    assert Purge.objects.filter(key=key).exists()


def test_an_article_that_is_gone_stores_nothing(db: None) -> None:
    assert store_related(12345) == 0
    relate.func(12345)


def test_the_cost_does_not_grow_with_the_site(library: list[Article], carol: Contributor) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            store_related(library[0].pk)
        return len(captured)

    few = queries()
    for number in range(30):
        write(f"又{number}", ROUTERS[number % 3] + str(number), carol)
    settle()
    store_related(library[0].pk)
    assert queries() <= few


# --- Showing ----------------------------------------------------------------------------------
def below(client: Client, article: Article) -> str:
    page = client.get(f"/p/{article.pk}.html").text
    return page[page.index("相关推荐") :] if "相关推荐" in page else ""


def test_withdrawn_ones_are_not_shown(shelf: list[Article], client: Client) -> None:
    store_related(shelf[0].pk)
    unpublish(shelf[2], None)
    related = below(client, shelf[0])
    assert shelf[2].title not in related
    assert shelf[3].title in related


def test_a_reader_is_told_why(library: list[Article], client: Client) -> None:
    store_related(library[0].pk)
    # Its neighbour, the second, stands above already.
    related = below(client, library[0])
    assert library[1].title not in related
    card = related[related.index(library[2].title) :]
    assert "内容相近" in card[: card.index("</article>")]


# --- What the editors choose ------------------------------------------------------------------
def test_pinned_ones_come_first_and_banned_ones_never(
    library: list[Article], eddie: User, client: Client
) -> None:
    article, near, other = library[0], library[2], library[5]
    choose_related(article, eddie, {other.pk: "pin", near.pk: "ban"})
    for _time in range(2):
        order = related_to(article.pk)
        assert order[0] == other.pk
        assert near.pk not in order
        store_related(article.pk)
    assert reasons(article)[other.pk] == [Reason.CHOSEN]
    assert "编辑推荐" in below(client, article)
    assert near.title not in below(client, article)
    assert {(c.other_id, c.by) for c in RelatedChoice.objects.all()} == {
        (other.pk, eddie), (near.pk, eddie),
    }  # fmt: skip


def test_who_chose_is_kept_when_another_changes_the_rest(
    library: list[Article], eddie: User, chloe: User
) -> None:
    choose_related(library[0], eddie, {library[4].pk: "pin"})
    at = RelatedChoice.objects.get().made_at
    choose_related(library[0], chloe, {library[5].pk: "pin", library[4].pk: "pin"})
    rows = [(c.other_id, c.by) for c in RelatedChoice.objects.order_by("pk")]
    assert rows == [(library[5].pk, chloe), (library[4].pk, eddie)]
    assert RelatedChoice.objects.get(by=eddie).made_at == at
    assert related_to(library[0].pk)[:2] == [library[5].pk, library[4].pk]


def test_a_choice_is_taken_back(library: list[Article], eddie: User) -> None:
    store_related(library[0].pk)
    before = related_to(library[0].pk)
    choose_related(library[0], eddie, {library[5].pk: "pin", library[1].pk: "ban"})
    choose_related(library[0], eddie, {})
    assert related_to(library[0].pk) == before
    assert not RelatedChoice.objects.exists()


def test_a_pinned_article_that_is_withheld_is_not_shown(
    library: list[Article], eddie: User, client: Client
) -> None:
    choose_related(library[0], eddie, {library[5].pk: "pin"})
    assert library[5].title in below(client, library[0])
    restrict(library[5], None, Scope.WHOLE, reference="TS-2026-000001")
    assert library[5].title not in below(client, library[0])


def test_what_cannot_be_chosen(library: list[Article], eddie: User) -> None:
    article = library[0]
    for wishes in (
        {article.pk: "pin"},
        {999_999: "pin"},
        {library[1].pk: "hide"},
        dict.fromkeys(range(1, SHOWN + 2), "pin"),
    ):
        with pytest.raises(ValidationError):
            choose_related(article, eddie, wishes)
    assert not RelatedChoice.objects.exists()


def test_who_may_choose(library: list[Article], sam: User, mona: User) -> None:
    for person in (sam, mona):
        with pytest.raises(PermissionDenied):
            choose_related(library[0], person, {library[1].pk: "ban"})
    assert not RelatedChoice.objects.exists()
