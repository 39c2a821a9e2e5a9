"""Who is in charge of an article and until when; the calendar of what is planned."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from articles.models import Article, Status, User
from articles.services.planning import assign, assignable, month_named, plan_of, work_of
from articles.services.publishing import create_article, publish, schedule, unpublish
from articles.services.trash import trash
from tests.articles.desk import change_url, form_of

pytestmark = pytest.mark.django_db
# Noon of the 22nd of November 2026 in Shanghai, a Sunday.
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


def write(carol, title, **fields):
    return create_article(None, title=title, body="<p>文</p>", contributor=carol, **fields)


# --- Assigning --------------------------------------------------------------------------------
def test_somebody_is_put_in_charge_until_a_day(draft, eddie, chloe):
    row = assign(draft, chloe, eddie, date(2026, 12, 1))
    draft.refresh_from_db()
    assert (row.assignee, draft.assignee) == (eddie, eddie)
    assert draft.due_on == date(2026, 12, 1)
    assign(draft, None, None, None)
    draft.refresh_from_db()
    assert (draft.assignee, draft.due_on) == (None, None)


def test_assigning_makes_no_revision_and_no_form_stale(draft, eddie):
    before = (draft.version, draft.updated_at, draft.history.count())
    assign(draft, eddie, eddie, timezone.localdate())
    draft.refresh_from_db()
    assert (draft.version, draft.updated_at, draft.history.count()) == before


def test_who_may_not_write_assigns_nothing(draft, sam, mona, eddie):
    for person in (sam, mona):
        with pytest.raises(PermissionDenied):
            assign(draft, person, eddie, None)
    draft.refresh_from_db()
    assert draft.assignee is None


def test_nothing_is_given_to_who_may_not_write(draft, sam, mona, eddie, chloe):
    root = User.objects.create_superuser("root@example.com", "x")
    assert set(assignable()) == {eddie, chloe, root}
    for person in (sam, mona):
        with pytest.raises(ValidationError) as refused:
            assign(draft, eddie, person, None)
        assert "assignee" in refused.value.error_dict


def test_who_was_in_charge_before_may_stay_so(draft, eddie, chloe):
    assign(draft, chloe, eddie, None)
    eddie.groups.clear()
    assert assign(draft, chloe, eddie, date(2026, 12, 1)).assignee == eddie


# --- In the form ------------------------------------------------------------------------------
def test_the_form_assigns(client, draft, eddie, chloe):
    client.force_login(chloe)
    page = client.get(change_url(draft))
    assert "编务" in page.text
    data = form_of(draft) | {"assignee": eddie.pk, "due_on": "2026-12-01"}
    assert client.post(change_url(draft), data, follow=True).status_code == 200
    draft.refresh_from_db()
    assert (draft.assignee, draft.due_on) == (eddie, date(2026, 12, 1))
    assert draft.version == 1


def test_a_new_article_is_assigned_at_once(client, carol, eddie):
    client.force_login(eddie)
    data = {
        "title": "甲", "body": "<p>文</p>", "origin": "original", "contributor": carol.pk,
        "assignee": eddie.pk, "due_on": "2026-12-01", "related_choices-TOTAL_FORMS": 0,
        "related_choices-INITIAL_FORMS": 0, "_save": "1",
    }  # fmt: skip
    client.post("/admin/articles/article/add/", data)
    article = Article.objects.get()
    assert (article.assignee, article.due_on) == (eddie, date(2026, 12, 1))


def test_a_form_opened_before_an_assignment_leaves_it(client, draft, eddie, chloe):
    """The form sends what it was opened with beside what it holds; only what differs counts."""
    assign(draft, chloe, eddie, date(2026, 12, 1))
    client.force_login(chloe)
    data = form_of(draft) | {"title": "新题", "assignee": "", "initial-assignee": "", "due_on": "",
                             "initial-due_on": ""}  # fmt: skip
    client.post(change_url(draft), data)
    draft.refresh_from_db()
    assert (draft.title, draft.assignee, draft.due_on) == ("新题", eddie, date(2026, 12, 1))


def test_the_form_goes_on_showing_who_may_no_longer_write(client, draft, eddie, chloe):
    assign(draft, chloe, eddie, None)
    eddie.groups.clear()
    client.force_login(chloe)
    form = client.get(change_url(draft)).context["adminform"].form
    assert eddie in form.fields["assignee"].queryset


# --- Somebody's work --------------------------------------------------------------------------
def test_the_work_of_somebody_is_what_is_not_done(carol, eddie, chloe):
    today = timezone.localdate()
    late, later, undated, public, planned, back, gone, other = (
        write(carol, title) for title in "迟 后 无 公 定 撤 弃 他".split()
    )
    for row, due in ((late, today - timedelta(days=1)), (later, today), (undated, None)):
        assign(row, None, eddie, due)
    for row in (public, planned, back, gone):
        assign(row, None, eddie, today + timedelta(days=1))
    assign(other, None, chloe, today)
    publish(public, None)
    schedule(planned, None, timezone.now() + timedelta(days=1))
    unpublish(publish(back, None), None)
    trash(gone, None)
    assert [row.title for row in work_of(eddie)] == ["迟", "后", "撤", "无"]


# --- The calendar -----------------------------------------------------------------------------
@time_machine.travel(NOON, tick=False)
def test_a_month_in_whole_weeks(db):
    month = plan_of(month_named("2026-11"))
    assert month.weeks[0][0].day == date(2026, 10, 26)
    assert month.weeks[-1][-1].day == date(2026, 12, 6)
    assert all(len(week) == 7 for week in month.weeks)
    assert [day.day for week in month.weeks for day in week if day.is_today] == [date(2026, 11, 22)]
    assert not month.weeks[0][0].is_inside
    assert (month.before, month.after) == (date(2026, 10, 1), date(2026, 12, 1))
    assert month.is_empty


def test_february_of_four_weeks_has_four(db):
    assert [len(plan_of(date(2027, 2, 1)).weeks), len(plan_of(date(2026, 2, 1)).weeks)] == [4, 5]


@time_machine.travel(NOON, tick=False)
def test_the_calendar_holds_what_appears_and_what_is_due(carol, eddie, django_assert_num_queries):
    # The last minute of the 30th in Shanghai, when it is still the 30th elsewhere.
    planned = write(carol, "定")
    schedule(planned, None, datetime(2026, 11, 30, 15, 59, tzinfo=UTC))
    due = write(carol, "稿")
    assign(due, None, eddie, date(2026, 11, 30))
    done = publish(write(carol, "公"), None)
    assign(done, None, eddie, date(2026, 11, 30))
    assert Article.objects.get(pk=planned.pk).status == Status.SCHEDULED
    with django_assert_num_queries(2):
        month = plan_of(month_named("2026-11"))
        days = [day for week in month.weeks for day in week if day.planned]
        (appears, wanted) = days[0].planned
        assert (appears.article.title, f"{timezone.localtime(appears.at):%H:%M}") == ("定", "23:59")
        assert (wanted.article.title, wanted.at, str(wanted.article.assignee)) == (
            "稿", None, "Eddie",
        )  # fmt: skip
    assert [day.day for day in days] == [date(2026, 11, 30)]


@time_machine.travel(NOON, tick=False)
@pytest.mark.parametrize("name", ["", "2026-13", "abc", "0001-01", "9999-12", "2026-1-1", "١"])
def test_a_month_that_is_none_is_the_present_one(name):
    assert month_named(name) == date(2026, 11, 1)
