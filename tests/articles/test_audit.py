from datetime import timedelta

import pytest
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.utils import timezone

from articles.models import Article, Page, Scope, User
from articles.services.audit import Position, Verb, Wanted, recent_changes
from articles.services.publishing import (
    create_article,
    delete_article,
    publish,
    revise,
    schedule,
    unpublish,
)
from articles.services.restrictions import lift, restrict

pytestmark = pytest.mark.django_db


def log(user, thing, flag=CHANGE, message="[]"):
    from django.contrib.contenttypes.models import ContentType

    return LogEntry.objects.create(
        user=user, content_type=ContentType.objects.get_for_model(thing), object_id=thing.pk,
        object_repr=str(thing), action_flag=flag, change_message=message,
    )  # fmt: skip


def told(changes):
    return [(change.verb, change.title, change.who) for change in changes]


def fresh(user):
    """Return the account as the next request has it: permissions are asked for anew."""
    return User.objects.get(pk=user.pk)


def test_what_was_done_to_an_article_and_by_whom(draft, eddie, chloe):
    revise(draft, eddie, {"title": "新题目"}, note="换个题目")
    schedule(draft, eddie, timezone.now() + timedelta(days=1))
    schedule(draft, eddie, timezone.now() + timedelta(days=2))
    publish(draft, chloe)
    unpublish(draft, chloe)
    changes = recent_changes(eddie, 10)
    assert told(changes) == [
        (Verb.WITHDRAWN, "新题目", "Chloe"),
        (Verb.PUBLISHED, "新题目", "Chloe"),
        (Verb.SCHEDULED, "新题目", "Eddie"),
        (Verb.SCHEDULED, "新题目", "Eddie"),
        (Verb.CHANGED, "新题目", "Eddie"),
        (Verb.CREATED, "老房子的无线死角怎么治", ""),
    ]
    assert changes[4].note == "换个题目"
    assert changes[0].address == f"/admin/articles/article/{draft.pk}/change/"


def test_what_is_gone_has_no_link(draft, chloe):
    delete_article(draft, chloe)
    changes = recent_changes(chloe, 10)
    assert [change.verb for change in changes] == [Verb.DELETED, Verb.CREATED]
    assert {change.address for change in changes} == {""}


def test_the_admins_log_is_told_among_the_revisions(draft, technology, eddie, chloe):
    log(chloe, technology, CHANGE, '[{"changed": {"fields": ["name"]}}]')
    revise(draft, eddie, {"title": "新题目"})
    log(chloe, technology, DELETION)
    added = log(chloe, technology, ADDITION, '[{"added": {}}]')
    changes = recent_changes(chloe, 10)
    assert told(changes) == [
        (Verb.CREATED, "技术", "Chloe"),
        (Verb.DELETED, "技术", "Chloe"),
        (Verb.CHANGED, "新题目", "Eddie"),
        (Verb.CHANGED, "技术", "Chloe"),
        (Verb.CREATED, draft.history.last().title, ""),
    ]
    assert [change.address != "" for change in changes[:2]] == [True, False]
    assert changes[0].address == f"/admin/articles/category/{technology.pk}/change/"
    assert changes[0].note == ""
    assert "name" in changes[3].note or "名称" in changes[3].note
    assert added.pk == changes[0].position.entry


def test_only_what_one_may_view_is_told(draft, technology, eddie, chloe, mona, sam):
    page = Page.objects.create(title="关于", slug="about")
    log(chloe, technology)
    log(chloe, page)
    log(chloe, sam)
    assert recent_changes(sam, 10) == []
    assert {change.title for change in recent_changes(mona, 10)} == {draft.title}
    assert {change.title for change in recent_changes(eddie, 10)} == {draft.title, "技术", "关于"}
    assert {change.title for change in recent_changes(chloe, 10)} == {
        draft.title, "技术", "关于", "Sam",
    }  # fmt: skip


def test_a_measure_is_told_whoever_takes_it(client, article, eddie, mona):
    lift(restrict(article, mona, Scope.WHOLE, reference="TS-1"), mona)
    lift(restrict(article, None, Scope.WHOLE, reference="TS-2"), None)
    client.force_login(mona)
    data = {"article": article.pk, "scope": "whole", "http_status": 451, "reference": "TS-3"}
    assert client.post("/admin/articles/restriction/add/", data).status_code == 302
    told_of = [change for change in recent_changes(mona, 10) if "TS-" in change.title]
    assert [(c.verb, c.title[:4], c.who) for c in told_of] == [
        (Verb.CREATED, "TS-3", "Mona"),
        (Verb.CHANGED, "TS-1", "Mona"),
        (Verb.CREATED, "TS-1", "Mona"),
    ]
    assert "解除" in told_of[1].note
    assert not [change for change in recent_changes(eddie, 10) if "TS-" in change.title]


def test_the_list_goes_on_behind_a_position_and_tells_each_change_once(
    draft, technology, eddie, chloe
):
    for number in range(5):
        revise(draft, eddie, {"title": f"第{number}稿"})
        log(chloe, technology)
    everything = recent_changes(chloe, 50)
    assert len(everything) == 11
    for size in (1, 2, 3, 4):
        found, before = [], None
        while page := recent_changes(chloe, size, before):
            found += page
            before = Position.read(str(page[-1].position))
        assert [c.position for c in found] == [c.position for c in everything]


def test_revisions_of_one_moment_are_each_told_once(draft, eddie):
    for number in range(4):
        revise(draft, eddie, {"title": f"第{number}稿"})
    Article.history.update(history_date=timezone.now())
    first = recent_changes(eddie, 2)
    rest = recent_changes(eddie, 9, first[-1].position)
    assert [change.title for change in first + rest][:4] == ["第3稿", "第2稿", "第1稿", "第0稿"]
    assert len(first + rest) == 5


@pytest.mark.parametrize(
    "text", ["", "x", "1-2", "1-2-3-4", "-1-2-3", "9" * 30 + "-1-1", "1-²-3", "9" * 19 + "-1-1"]
)
def test_an_address_that_names_no_position(text):
    assert Position.read(text) is None


def test_by_person_system_kind_and_day(draft, technology, eddie, chloe):
    revise(draft, eddie, {"title": "新题目"})
    log(chloe, technology)
    old = create_article(chloe, title="昨天的", contributor=draft.contributor)
    old.history.update(history_date=timezone.now() - timedelta(days=1))
    yesterday = timezone.localdate() - timedelta(days=1)

    def titles(**wanted):
        return [change.title for change in recent_changes(chloe, 9, wanted=Wanted(**wanted))]

    assert titles(person=eddie.pk) == ["新题目"]
    assert titles(person=chloe.pk) == ["技术", "昨天的"]
    assert titles(by_system=True) == ["老房子的无线死角怎么治"]
    assert titles(kind="articles.category") == ["技术"]
    assert titles(kind="articles.article", person=chloe.pk) == ["昨天的"]
    assert titles(kind="articles.nothing") == []
    assert titles(day=yesterday) == ["昨天的"]
    assert titles(day=yesterday, person=eddie.pk) == []


def test_it_asks_as_often_for_many_as_for_few(
    draft, technology, eddie, chloe, django_assert_num_queries
):
    recent_changes(chloe, 1)  # Permissions and content types are asked for once.
    for number in range(8):
        revise(draft, eddie, {"title": f"第{number}稿"})
        log(chloe, technology)
    with django_assert_num_queries(3):
        assert len(recent_changes(chloe, 10)) == 10
