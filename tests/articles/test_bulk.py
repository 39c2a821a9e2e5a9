from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError

from articles.models import Article, Category, Status
from articles.services.bulk import (
    Chosen,
    add_tags,
    change_each,
    recategorise,
    remove_tags,
)
from articles.services.planning import assign
from articles.services.publishing import create_article, publish, revise
from articles.services.taxonomy import save_category
from articles.services.versions import raise_version

pytestmark = pytest.mark.django_db


def chosen(*rows):
    return [Chosen(row.pk, row.version) for row in rows]


@pytest.fixture
def life(db):
    return save_category(Category(name="生活", slug="life"), None)


# --- One article ------------------------------------------------------------------------------
def test_recategorise(draft, eddie, life):
    row = recategorise(draft, eddie, life)
    assert row.category == life
    newest = row.history.first()
    assert newest.history_user == eddie
    assert newest.history_change_reason == "批量操作：更换栏目"
    with pytest.raises(ValidationError):
        recategorise(draft, eddie, life)
    assert row.history.count() == 2


def test_tags_come_and_go_and_the_others_stay(draft, eddie):
    row = add_tags(draft, eddie, ["家庭网络", "WiFi"])
    assert row.tag_names == ["路由器", "家庭网络", "WiFi"]
    assert row.history.first().history_change_reason == "批量操作：添加标签"
    with pytest.raises(ValidationError):
        add_tags(draft, eddie, ["wifi"])
    row = remove_tags(draft, eddie, ["wifi", "路由器", "没有的"])
    assert row.tag_names == ["家庭网络"]
    assert [item.tag.name for item in row.tag_items.all()] == ["家庭网络"]
    assert row.history.first().history_change_reason == "批量操作：移除标签"
    with pytest.raises(ValidationError):
        remove_tags(draft, eddie, ["路由器"])


def test_who_may_not_is_refused(draft, mona, life):
    for refused in (
        lambda: recategorise(draft, mona, life),
        lambda: add_tags(draft, mona, ["新"]),
        lambda: remove_tags(draft, mona, ["路由器"]),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    assert draft.history.count() == 1


# --- Many -------------------------------------------------------------------------------------
def test_what_one_refuses_does_not_keep_the_others_back(draft, carol, eddie, life):
    other = create_article(None, title="已在", contributor=carol, category=life)
    third = create_article(None, title="第三", contributor=carol)
    gone = Chosen(10**12, 1)
    outcomes = change_each(
        [*chosen(draft, other), gone, *chosen(third)],
        lambda article: recategorise(article, eddie, life),
    )
    assert [row.number for row in outcomes] == [draft.pk, other.pk, 10**12, third.pk]
    assert [row.is_done for row in outcomes] == [True, False, False, True]
    assert outcomes[1].why == "它已在这个栏目中。"
    assert outcomes[2].why == "这篇稿件已不存在。"
    assert set(Article.objects.filter(category=life)) == {draft, other, third}


def test_what_changed_in_between_is_left_alone_and_says_by_whom(draft, carol, eddie, chloe, life):
    other = create_article(None, title="限制", contributor=carol)
    rows = chosen(draft, other)
    revise(draft, chloe, {"title": "先到的"})
    raise_version([other.pk])
    outcomes = change_each(rows, lambda article: recategorise(article, eddie, life))
    assert [row.why for row in outcomes] == [
        "在您确认前，它已被Chloe修改。",
        "在您确认前，它已被修改。",
    ]
    assert not Article.objects.filter(category=life).exists()


def test_the_same_request_twice_changes_nothing_twice(draft, eddie):
    rows = chosen(draft)
    first = change_each(rows, lambda article: publish(article, eddie))
    again = change_each(rows, lambda article: publish(article, eddie))
    assert [first[0].is_done, again[0].is_done] == [True, False]
    assert draft.history.count() == 2


def test_what_a_change_had_begun_is_taken_back_where_it_is_refused(draft, eddie, life):
    def change(article):
        recategorise(article, eddie, life)
        raise DatabaseError("the disk is full")

    (outcome,) = change_each(chosen(draft), change)
    assert "the disk is full" in outcome.why
    draft.refresh_from_db()
    assert draft.category != life
    assert draft.history.count() == 1


def test_a_refused_permission_is_an_outcome(draft, mona):
    (outcome,) = change_each(chosen(draft), lambda article: publish(article, mona))
    assert outcome.why == "您没有权限这样做。"
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT


def test_assigning_grows_no_form_stale(draft, eddie):
    (outcome,) = change_each(
        chosen(draft), lambda article: assign(article, eddie, eddie, date(2026, 12, 1))
    )
    assert outcome.is_done
    before = draft.version
    draft.refresh_from_db()
    assert (draft.assignee, draft.due_on, draft.version) == (eddie, date(2026, 12, 1), before)
