"""The order of categories, topics and their articles, and what stands on the home page."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from hypothesis import given
from hypothesis import strategies as st

from articles.models import Category, Topic
from articles.services.featuring import feature, featured_articles
from articles.services.ordering import (
    MOVES,
    arrange_categories,
    arrange_topics,
    category_places,
    moved,
    order_entries,
    parents,
)
from articles.services.publishing import create_article, publish
from articles.services.site import get_site
from articles.services.taxonomy import arrange_topic, save_category, save_topic
from articles.services.trash import trash

# 1 ─ 2 ─ 3, 1 ─ 4, 5
TREE = [(1, 0), (2, 1), (3, 2), (4, 1), (5, 0)]


@pytest.mark.parametrize(
    ("number", "how", "after"),
    [
        (5, "up", [(5, 0), (1, 0), (2, 1), (3, 2), (4, 1)]),
        (1, "down", [(5, 0), (1, 0), (2, 1), (3, 2), (4, 1)]),
        (4, "up", [(1, 0), (4, 1), (2, 1), (3, 2), (5, 0)]),
        (2, "down", [(1, 0), (4, 1), (2, 1), (3, 2), (5, 0)]),
        (4, "in", [(1, 0), (2, 1), (3, 2), (4, 2), (5, 0)]),
        (5, "in", [(1, 0), (2, 1), (3, 2), (4, 1), (5, 1)]),
        (2, "out", [(1, 0), (4, 1), (2, 0), (3, 1), (5, 0)]),
        (3, "out", [(1, 0), (2, 1), (3, 1), (4, 1), (5, 0)]),
    ],
)
def test_a_row_moves_with_what_stands_below_it(number, how, after):
    assert moved(TREE, number, how) == after


@pytest.mark.parametrize(
    ("number", "how"),
    [(1, "up"), (5, "down"), (2, "up"), (4, "down"), (1, "in"), (2, "in"), (1, "out"), (5, "out"),
     (3, "up"), (9, "up"), (1, "aside")],
)  # fmt: skip
def test_what_cannot_move_stays(number, how):
    assert moved(TREE, number, how) == TREE


def test_parents_are_read_from_the_depths():
    assert parents(TREE) == [(1, None), (2, 1), (3, 2), (4, 1), (5, None)]
    for wrong in ([(1, 1)], [(1, 0), (2, 2)], [(1, 0), (2, -1)]):
        with pytest.raises(ValueError, match="below none"):
            parents(wrong)


@given(st.lists(st.tuples(st.integers(1, 5), st.sampled_from(MOVES)), max_size=30))
def test_whatever_is_moved_it_stays_a_tree_of_the_same_rows(steps):
    places = list(TREE)
    for number, how in steps:
        places = moved(places, number, how)
        assert sorted(pk for pk, _depth in places) == [1, 2, 3, 4, 5]
        assert len(parents(places)) == 5


# --- Categories -------------------------------------------------------------------------------
@pytest.fixture
def tree(technology):
    life = save_category(Category(name="生活", slug="life"), None)
    net = save_category(Category(name="网络", slug="net", parent=technology), None)
    return technology, life, net


def places():
    return category_places(list(Category.objects.order_by("position", "pk")))


@pytest.mark.django_db
def test_categories_are_given_an_order_and_parents(tree, chloe):
    tech, life, net = tree
    seen = places()
    assert seen == [(tech.pk, 0), (net.pk, 1), (life.pk, 0)]
    wanted = [(life.pk, 0), (net.pk, 1), (tech.pk, 0)]
    arrange_categories(chloe, seen, wanted)
    assert places() == wanted
    net.refresh_from_db()
    assert net.parent == life
    assert [node.name for node in get_site().categories] == ["生活", "网络", "技术"]


@pytest.mark.django_db
def test_a_list_that_changed_meanwhile_is_not_written_over(tree, chloe):
    tech, life, net = tree
    seen = places()
    arrange_categories(chloe, seen, [(life.pk, 0), (tech.pk, 0), (net.pk, 1)])
    now = places()
    for old, wanted in (
        (seen, [(net.pk, 0), (tech.pk, 0), (life.pk, 0)]),
        (now, now[:-1]),
        (now, [*now, (99, 0)]),
        (now, [*now, now[0]]),
        (now, [(life.pk, 0), (tech.pk, 2), (net.pk, 0)]),
    ):
        with pytest.raises(ValidationError):
            arrange_categories(chloe, old, wanted)
    assert places() == now


@pytest.mark.django_db
def test_who_may_order(tree, article, eddie, mona):
    topic = save_topic(Topic(title="修房子"), None)
    for by in (eddie, mona):
        with pytest.raises(PermissionDenied):
            arrange_categories(by, places(), places())
    arrange_topics(eddie, [topic.pk], [topic.pk])
    for act in (
        lambda: arrange_topics(mona, [topic.pk], [topic.pk]),
        lambda: order_entries(topic, mona, [], []),
        lambda: feature(article, mona, featured=True),
    ):
        with pytest.raises(PermissionDenied):
            act()


# --- Topics -----------------------------------------------------------------------------------
@pytest.mark.django_db
def test_topics_are_given_an_order(client, eddie):
    one, two, three = (save_topic(Topic(title=t), None) for t in ("一号", "二号", "三号"))
    arrange_topics(eddie, [one.pk, two.pk, three.pk], [three.pk, one.pk, two.pk])
    page = client.get("/topic/").text
    assert page.index("三号") < page.index("一号") < page.index("二号")
    with pytest.raises(ValidationError) as refused:
        arrange_topics(eddie, [one.pk, two.pk, three.pk], [two.pk, one.pk, three.pk])
    assert refused.value.code == "stale"


@pytest.fixture
def three(carol):
    return [
        publish(create_article(None, title=f"第{n}篇", body="<p>文</p>", contributor=carol), None)
        for n in "甲乙丙"
    ]


@pytest.mark.django_db
def test_articles_of_a_topic_are_given_an_order_and_pins_go_before(client, three, eddie):
    one, two, last = three
    topic = save_topic(Topic(title="修房子", slug="house"), None)
    arrange_topic(topic, eddie, three, pinned=[last.pk])
    order_entries(topic, eddie, [last.pk, one.pk, two.pk], [last.pk, two.pk, one.pk])
    page = client.get("/topic/house/").text
    assert page.index("第丙篇") < page.index("第乙篇") < page.index("第甲篇")
    with pytest.raises(ValidationError):
        order_entries(topic, eddie, [one.pk, two.pk, last.pk], [one.pk, two.pk, last.pk])


# --- The home page ----------------------------------------------------------------------------
@pytest.mark.django_db
def test_what_is_featured_and_sticks(client, three, eddie):
    one, two, _last = three
    feature(one, eddie, featured=True, sticky=True)
    feature(two, eddie, featured=True)
    assert list(featured_articles()) == [one, two]
    assert [a.pk for a in client.get("/").context["lead"]][:2] == [one.pk, two.pk]
    assert one.history.first().history_user == eddie
    feature(one, eddie, featured=True)
    assert list(featured_articles()) == [two, one]
    count = one.history.count()
    feature(one, eddie, featured=True)
    assert one.history.count() == count
    feature(one, eddie, featured=False)
    assert list(featured_articles()) == [two]


@pytest.mark.django_db
def test_what_cannot_be_featured(three, eddie):
    one = three[0]
    with pytest.raises(ValidationError):
        feature(one, eddie, featured=False, sticky=True)
    feature(one, eddie, featured=True)
    trash(one, eddie)
    assert list(featured_articles()) == []
    with pytest.raises(ValidationError):
        feature(one, eddie, featured=True)
