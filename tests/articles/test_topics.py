"""What belongs into a topic: suggestions, what is put in, pinned, taken out and kept out."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from articles.models import Engine, EnginePush, RelatedArticle, Topic, TopicBan
from articles.services.publishing import create_article, publish
from articles.services.taxonomy import arrange_topic, save_topic
from articles.services.topics import admit_again, keep_out, pin, put_in, suggestions, take_out
from articles.services.trash import trash

pytestmark = pytest.mark.django_db
ROOF = "<p>老屋顶漏雨，先找漏点，再揭瓦，铺一层防水卷材，最后把瓦盖回去。</p>"
SOUP = "<p>砂锅煲汤要小火，姜片先下，两小时后才放盐。</p>"


def write(carol, title, body):
    return publish(create_article(None, title=title, body=body, contributor=carol), None)


@pytest.fixture
def topic():
    return save_topic(Topic(title="屋顶防水", slug="roof"), None)


@pytest.fixture
def house(carol):
    return [write(carol, f"老屋顶漏雨怎么修（{n}）", ROOF) for n in ("一", "二", "三")]


@pytest.fixture
def soup(carol):
    return write(carol, "砂锅煲汤的火候", SOUP)


def suggested(topic):
    return [one.article for one in suggestions(topic)]


def test_what_is_like_its_articles_or_its_title_is_suggested(topic, house, soup, eddie):
    assert set(suggested(topic)) == set(house)  # By the title alone.
    put_in(topic, eddie, house[:1])
    found = suggestions(topic)
    assert set(house[1:]) <= {one.article for one in found}
    assert found[0].article in house[1:]
    assert found[0].related_to == 1
    assert found[0].by_title
    assert house[0] not in suggested(topic)


def test_what_is_hidden_is_not_suggested(topic, house, eddie):
    trash(house[1], eddie)
    assert house[1] not in suggested(topic)
    assert house[2] in suggested(topic)


def test_what_is_kept_out_is_not_suggested_until_it_is_admitted(topic, house, eddie):
    put_in(topic, eddie, house)
    keep_out(topic, eddie, house[2])
    keep_out(topic, eddie, house[2])
    assert topic.entries.count() == 2
    assert TopicBan.objects.count() == 1
    assert house[2] not in suggested(topic)
    admit_again(topic, eddie, house[2])
    assert house[2] in suggested(topic)


def test_putting_in_ends_a_ban_and_does_nothing_twice(topic, house, eddie):
    keep_out(topic, eddie, house[0])
    assert put_in(topic, eddie, house) == 3
    assert put_in(topic, eddie, house) == 0
    assert not TopicBan.objects.exists()
    assert [entry.position for entry in topic.entries.order_by("position")] == [1, 2, 3]


def test_pins_stand_first_for_readers(client, topic, house, eddie):
    put_in(topic, eddie, house)
    pin(topic, eddie, house[2])
    page = client.get("/topic/roof/").text
    assert page.index("（三）") < page.index("（一）") < page.index("（二）")
    pin(topic, eddie, house[2], is_pinned=False)
    page = client.get("/topic/roof/").text
    assert page.index("（一）") < page.index("（三）")


def test_who_came_or_went_finds_its_related_articles_anew(topic, house, soup, eddie):
    put_in(topic, eddie, [house[0], soup])
    reasons = RelatedArticle.objects.get(article=soup, other=house[0]).reasons
    assert "topic" in reasons
    take_out(topic, eddie, soup)
    left = RelatedArticle.objects.filter(article=soup, other=house[0]).first()
    assert left is None or "topic" not in left.reasons
    arrange_topic(topic, eddie, [house[0], soup])
    assert "topic" in RelatedArticle.objects.get(article=soup, other=house[0]).reasons


def test_engines_are_told(topic, house, eddie, settings):
    settings.LOCAL_RUN, settings.INDEXNOW_KEY = False, "a" * 32
    put_in(topic, eddie, house[:1])
    assert EnginePush.objects.filter(engine=Engine.INDEXNOW, path="/topic/roof/").exists()


def test_what_is_in_the_trash_is_not_put_in(topic, house, eddie):
    gone = trash(house[0], eddie)
    with pytest.raises(ValidationError):
        put_in(topic, eddie, [gone])
    assert not topic.entries.exists()


def test_who_may(topic, house, mona, carol, eddie):
    put_in(topic, eddie, house[:1])
    for by in (mona, carol.user):
        for act in (
            lambda by=by: put_in(topic, by, house),
            lambda by=by: take_out(topic, by, house[0]),
            lambda by=by: pin(topic, by, house[0]),
            lambda by=by: keep_out(topic, by, house[0]),
            lambda by=by: admit_again(topic, by, house[0]),
        ):
            with pytest.raises(PermissionDenied):
                act()
    assert topic.entries.count() == 1


def test_suggestions_cost_the_same_for_many(topic, house, carol, eddie):
    put_in(topic, eddie, house[:1])
    with CaptureQueriesContext(
        connection,
    ) as few:
        suggestions(topic)
    for number in range(12):
        write(carol, f"老屋顶漏雨怎么修（第{number}次）", ROOF)
    with CaptureQueriesContext(connection) as many:
        assert len(suggestions(topic)) == 10
    assert len(many) <= len(few) + 2
