"""Putting rows in order on the desk, the articles of a topic, and the head of the home page."""

import pytest

from articles.models import Article, Category, Topic, TopicBan
from articles.services.ordering import category_places
from articles.services.publishing import create_article, publish
from articles.services.taxonomy import save_category, save_topic
from articles.services.topics import put_in
from articles.services.trash import trash

pytestmark = pytest.mark.django_db
CATEGORIES = "/admin/articles/category/order/"
TOPICS = "/admin/articles/topic/order/"
FEATURED = "/admin/articles/article/featured/"


@pytest.fixture
def chief(client, chloe):
    client.force_login(chloe)
    return client


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


@pytest.fixture
def life(technology):
    return save_category(Category(name="生活", slug="life"), None)


@pytest.fixture
def topic():
    return save_topic(Topic(title="修房子", slug="house"), None)


@pytest.fixture
def three(carol):
    return [
        publish(create_article(None, title=f"第{n}篇", body="<p>文</p>", contributor=carol), None)
        for n in "甲乙丙"
    ]


def places():
    return category_places(list(Category.objects.order_by("position", "pk")))


def levels(answer):
    return [message.level_tag for message in answer.context["messages"]]


# --- Categories and topics --------------------------------------------------------------------
def test_a_button_moves_a_category_and_saves(chief, technology, life):
    page = chief.get(CATEGORIES)
    assert CATEGORIES in chief.get("/admin/articles/category/").text
    seen = page.context["seen"]
    answer = chief.post(CATEGORIES, {"seen": seen, "move": f"up:{life.pk}"}, follow=True)
    assert places() == [(life.pk, 0), (technology.pk, 0)]
    assert levels(answer) == ["success"]
    seen = answer.context["seen"]
    chief.post(CATEGORIES, {"seen": seen, "move": f"in:{technology.pk}"})
    assert places() == [(life.pk, 0), (technology.pk, 1)]


def test_a_dragged_order_is_saved_as_it_is_sent(chief, technology, life):
    seen = chief.get(CATEGORIES).context["seen"]
    chief.post(CATEGORIES, {"seen": seen, "row": [f"{life.pk}:0", f"{technology.pk}:1"]})
    assert places() == [(life.pk, 0), (technology.pk, 1)]


def test_what_somebody_else_moved_is_shown_and_not_undone(chief, technology, life):
    seen = chief.get(CATEGORIES).context["seen"]
    chief.post(CATEGORIES, {"seen": seen, "move": f"up:{life.pk}"}, follow=True)
    answer = chief.post(CATEGORIES, {"seen": seen, "move": f"in:{life.pk}"}, follow=True)
    assert levels(answer) == ["error"]
    assert [row.pk for row in answer.context["rows"]] == [life.pk, technology.pk]
    assert places() == [(life.pk, 0), (technology.pk, 0)]


def test_what_cannot_be_read_or_moved_is_said(chief, technology, life):
    seen = chief.get(CATEGORIES).context["seen"]
    for data, level in (
        ({"seen": seen, "move": f"up:{technology.pk}"}, "info"),
        ({"seen": "x:y", "move": f"up:{life.pk}"}, "error"),
        ({"seen": seen, "row": ["1"]}, "error"),
        ({"seen": seen, "row": [f"{life.pk}:0"]}, "error"),
        ({"seen": seen, "row": [f"{life.pk}:3", f"{technology.pk}:0"]}, "error"),
        ({}, "info"),
    ):
        assert levels(chief.post(CATEGORIES, data, follow=True)) == [level], data
    assert places() == [(technology.pk, 0), (life.pk, 0)]


def test_editors_order_topics_and_not_categories(desk, technology, topic):
    other = save_topic(Topic(title="做饭", slug="cook"), None)
    assert desk.get(CATEGORIES).status_code == 403
    assert CATEGORIES not in desk.get("/admin/articles/category/").text
    seen = desk.get(TOPICS).context["seen"]
    desk.post(TOPICS, {"seen": seen, "move": f"up:{other.pk}"})
    assert list(Topic.objects.all()) == [other, topic]


def test_others_do_not(client, mona, sam, topic, technology):
    pages = (CATEGORIES, TOPICS, FEATURED, f"/admin/articles/topic/{topic.pk}/articles/")
    client.force_login(mona)
    for page in pages:
        assert client.get(page).status_code == 403
        assert client.post(page, {"move": "up:1", "do": "pin:1"}).status_code == 403
    client.force_login(sam)
    for page in pages:
        assert client.get(page).status_code in {302, 403}


def test_an_empty_list_says_so(chief):
    assert "data-order" not in chief.get(TOPICS).text


# --- The articles of a topic ------------------------------------------------------------------
def test_articles_are_put_in_moved_pinned_and_taken_out(desk, topic, three):
    page = f"/admin/articles/topic/{topic.pk}/articles/"
    assert page in desk.get(f"/admin/articles/topic/{topic.pk}/change/").text
    one, two, last = three
    for article in three:
        answer = desk.post(page, {"do": "choose", "article": article.pk}, follow=True)
        assert levels(answer) == ["success"]

    def order():
        rows = topic.entries.order_by("-is_pinned", "position")
        return list(rows.values_list("article", flat=True))

    desk.post(page, {"seen": desk.get(page).context["seen"], "move": f"up:{last.pk}"})
    assert order() == [one.pk, last.pk, two.pk]
    desk.post(page, {"do": f"pin:{two.pk}"})
    assert order() == [two.pk, one.pk, last.pk]
    desk.post(page, {"do": f"unpin:{two.pk}"})
    desk.post(page, {"do": f"out:{one.pk}"})
    assert order() == [last.pk, two.pk]


def test_what_may_belong_there_is_taken_in_or_kept_out(desk, carol):
    topic = save_topic(Topic(title="屋顶防水", slug="roof"), None)
    page = f"/admin/articles/topic/{topic.pk}/articles/"
    body = "<p>老屋顶漏雨，先找漏点，再揭瓦，铺一层防水卷材。</p>"
    one, two = (
        publish(create_article(None, title=t, body=body, contributor=carol), None)
        for t in ("屋顶防水怎么做", "又一次屋顶防水")
    )
    shown = desk.get(page).context["suggestions"]
    assert {suggestion.article for suggestion in shown} == {one, two}
    desk.post(page, {"do": f"in:{one.pk}"})
    desk.post(page, {"do": f"ban:{two.pk}"})
    answer = desk.get(page)
    assert answer.context["suggestions"] == []
    assert [ban.article for ban in answer.context["bans"]] == [two]
    desk.post(page, {"do": f"admit:{two.pk}"})
    assert not TopicBan.objects.exists()
    assert [s.article for s in desk.get(page).context["suggestions"]] == [two]


def test_a_topic_with_something_in_the_trash_can_still_be_ordered(desk, topic, three, eddie):
    page = f"/admin/articles/topic/{topic.pk}/articles/"
    put_in(topic, eddie, three)
    trash(three[1], eddie)
    seen = desk.get(page).context["seen"]
    answer = desk.post(page, {"seen": seen, "move": f"up:{three[2].pk}"}, follow=True)
    assert levels(answer) == ["success"]


def test_what_is_no_button_or_no_article(desk, topic, three):
    page = f"/admin/articles/topic/{topic.pk}/articles/"
    for data in (
        {"do": "choose"},
        {"do": "pin:999"},
        {"do": "pin:x"},
        {"do": f"eat:{three[0].pk}"},
    ):
        assert levels(desk.post(page, data, follow=True)) == ["error"]
    assert desk.get("/admin/articles/topic/999/articles/").status_code == 404


def test_the_topic_s_form_pins_too(desk, topic, three, eddie):
    put_in(topic, eddie, three[:2])
    first, second = topic.entries.order_by("position")
    data = {"title": topic.title, "slug": topic.slug, "intro": "", "position": 0, "upload_alt": "",
            "entries-TOTAL_FORMS": 2, "entries-INITIAL_FORMS": 2,
            "entries-MIN_NUM_FORMS": 0, "entries-MAX_NUM_FORMS": 1000}  # fmt: skip
    for number, (entry, pinned) in enumerate(((first, ""), (second, "on"))):
        data |= {f"entries-{number}-id": entry.pk, f"entries-{number}-topic": topic.pk,
                 f"entries-{number}-article": entry.article_id,
                 f"entries-{number}-position": entry.position}  # fmt: skip
        if pinned:
            data[f"entries-{number}-is_pinned"] = pinned
    assert desk.post(f"/admin/articles/topic/{topic.pk}/change/", data).status_code == 302
    rows = topic.entries.order_by("-is_pinned").values_list("article", "is_pinned")
    assert list(rows) == [(three[1].pk, True), (three[0].pk, False)]


# --- The home page ----------------------------------------------------------------------------
def test_articles_are_featured_stick_and_are_taken_away(client, desk, three, draft):
    assert FEATURED in desk.get("/admin/articles/article/").text
    one, two, _last = three
    for article in (one, two, draft):
        desk.post(FEATURED, {"do": "choose", "article": article.pk})
    page = desk.get(FEATURED)
    assert [row.pk for row in page.context["rows"]] == [two.pk, one.pk]
    assert [row.pk for row in page.context["others"]] == [draft.pk]
    desk.post(FEATURED, {"do": f"stick:{one.pk}"})
    assert [row.pk for row in desk.get(FEATURED).context["rows"]] == [one.pk, two.pk]
    assert [a.pk for a in client.get("/").context["lead"]][:2] == [one.pk, two.pk]
    desk.post(FEATURED, {"do": f"unstick:{one.pk}"})
    desk.post(FEATURED, {"do": f"out:{two.pk}"})
    assert [row.pk for row in desk.get(FEATURED).context["rows"]] == [one.pk]
    assert Article.objects.get(pk=two.pk).featured is False
    assert levels(desk.post(FEATURED, {"do": "choose"}, follow=True)) == ["error"]
