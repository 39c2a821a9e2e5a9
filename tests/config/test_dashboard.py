"""The desk's first page: each panel, for whom it is, and what it says when there is nothing."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from post_office.models import STATUS, Email

from articles.models import EnginePush, Picture, SearchCount, User
from articles.services.background import ATTEMPTS
from articles.services.engagement import add_likes, add_reads
from articles.services.failures import try_again
from articles.services.pictures import add_picture
from articles.services.planning import assign
from articles.services.publishing import create_article, schedule
from articles.services.typing import keep_typing
from config import panels
from moderation import panels as of_moderation
from tests.articles.desk import png

pytestmark = pytest.mark.django_db
INDEX = "/admin/"
KEY = "0b6f3a52-7c0e-4a55-9a54-3f1c7b1f6f11"
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
def root(roles):
    return User.objects.create_superuser("root@example.com", "x", name="Root")


def panels_of(client, user, query="", *, breaks=False):
    client.force_login(user)
    page = client.get(INDEX + query)
    assert page.status_code == 200
    found = {panel.name: panel.context for panel in page.context["panels"]}
    assert ("broken" in found) == breaks
    return found, page


def failed_task(path="articles.services.pictures.render_picture", attempts=ATTEMPTS):
    now = timezone.now()
    return DBTaskResult.objects.create(
        status="FAILED", task_path=path, args_kwargs={"args": [1], "kwargs": {}}, run_after=now,
        backend_name="default", finished_at=now, worker_ids=["w"] * attempts,
        exception_class_path="builtins.ValueError", traceback="…",
    )  # fmt: skip


def mail(status, age, **fields):
    row = Email.objects.create(
        from_email="a@example.com", to=["b@example.com"], subject="甲", status=status, **fields
    )
    Email.objects.filter(pk=row.pk).update(created=timezone.now() - age)
    return row


# --- Whom it concerns, and what it costs --------------------------------------------------------
def test_each_role_has_the_panels_that_concern_it(client, eddie, chloe, mona, root, monkeypatch):
    monkeypatch.setattr(of_moderation, "running_out", lambda: None)
    seen = {
        person.name: list(panels_of(client, person)[0]) for person in (eddie, chloe, mona, root)
    }
    everything = ["piles", "work", "failures", "plan", "reading", "changes", "searches"]
    assert seen == {
        "Eddie": everything,
        "Chloe": everything,
        "Mona": ["piles", "changes"],
        "Root": everything,
    }


@pytest.mark.parametrize("person", ["eddie", "chloe", "mona", "root"])
def test_the_page_costs_so_many_queries_at_most(
    client, request, person, article, eddie, django_assert_max_num_queries
):
    user = request.getfixturevalue(person)
    fill(article, user)
    panels_of(client, user)  # What Django keeps for the process is asked for once.
    with django_assert_max_num_queries(25):
        page = client.get(INDEX)
    found = {panel.name: panel.context for panel in page.context["panels"]}
    # The counted page is one with something in every panel.
    for name, key in (("work", "unsaved"), ("searches", "rows"), ("failures", "troubles")):
        assert name not in found or found[name][key], name


def fill(article, user):
    if user.has_perm("articles.change_article"):
        draft = create_article(None, title="稿", body="<p>文</p>", contributor=article.contributor)
        assign(draft, None, user, timezone.localdate())
        keep_typing(user, KEY, draft, draft.version, {"title": "新稿"})
    add_reads({article.pk: 3})
    add_likes(article, ["a"])
    SearchCount.objects.create(day=timezone.localdate(), query="量子", asked=2, found=0)
    failed_task()
    mail(STATUS.failed, timedelta(hours=1))
    EnginePush.objects.create(engine="baidu", path="/p/1.html", state="failed")
    old_picture(user)


def old_picture(user):
    picture = add_picture(None, png(size=(300 + user.pk, 200)), alt="碗")
    old = timezone.now() - timedelta(minutes=11)
    Picture.objects.filter(pk=picture.pk).update(created_at=old, renditions=[])
    return picture


def test_a_panel_that_fails_leaves_the_others(client, eddie, monkeypatch, caplog):
    def broken(request):
        raise ValueError("no")

    monkeypatch.setattr(panels, "OFFERS", (panels.piles, broken, panels.failures))
    found, page = panels_of(client, eddie, breaks=True)
    assert list(found) == ["piles", "broken", "failures"]
    assert "无法显示" in page.text
    assert "broken" in caplog.text


def test_what_is_empty_says_so(client, chloe):
    _found, page = panels_of(client, chloe, "?month=2031-02")
    for words in (
        "您目前没有负责的稿件", "输入的内容都已保存", "没有故障", "本月没有安排",
        "这段时间还没有阅读记录", "读者每次都搜到了结果", "还没有任何更改",
    ):  # fmt: skip
        assert words in page.text, words


# --- What waits ---------------------------------------------------------------------------------
def test_piles_stand_with_the_urgent_first(client, chloe, draft):
    assign(draft, None, chloe, timezone.localdate() - timedelta(days=1))
    found, _page = panels_of(client, chloe)
    piles = found["piles"]["piles"]
    assert [pile.is_urgent for pile in piles] == sorted(
        (pile.is_urgent for pile in piles), reverse=True
    )
    (late,) = [pile for pile in piles if "due=overdue" in pile.address]
    assert (late.count, late.is_urgent) == (1, True)
    assert [row.pk for row in client.get(late.address).context["cl"].result_list] == [draft.pk]


def test_a_moderator_is_not_told_of_drafts(client, mona, draft):
    assert "草稿" not in panels_of(client, mona)[1].text


def test_who_keeps_the_site_is_told_what_the_law_wants(client, chloe, eddie, settings):
    settings.LOCAL_RUN = False
    settings.OPERATOR_NAME = settings.OPERATOR_ADDRESS = ""
    assert "项运营者信息未填写" in panels_of(client, chloe)[1].text
    assert "项运营者信息未填写" not in panels_of(client, eddie)[1].text


# --- My work ------------------------------------------------------------------------------------
def test_my_work_is_mine(client, eddie, chloe, draft):
    assign(draft, None, eddie, timezone.localdate() - timedelta(days=1))
    keep_typing(eddie, KEY, None, 0, {"title": "没存的稿"})
    found, page = panels_of(client, eddie)
    assert found["work"]["rows"] == [draft]
    assert "逾期" in page.text
    assert "没存的稿" in page.text
    found, page = panels_of(client, chloe)
    assert (found["work"]["rows"], found["work"]["unsaved"]) == ([], [])
    assert "没存的稿" not in page.text


def test_what_is_too_much_leads_to_the_list(client, eddie, carol):
    for number in range(11):
        row = create_article(None, title=f"稿{number}", body="<p>文</p>", contributor=carol)
        assign(row, None, eddie, None)
    found, page = panels_of(client, eddie)
    assert len(found["work"]["rows"]) == 10
    listed = client.get(found["work"]["mine"]).context["cl"].result_list
    assert len(listed) == 11
    assert found["work"]["mine"].replace("&", "&amp;") in page.text


# --- The calendar -------------------------------------------------------------------------------
def month_of(page):
    (panel,) = [panel for panel in page.context["panels"] if panel.name == "plan"]
    return panel.context["month"]


@time_machine.travel(NOON, tick=False)
def test_the_calendar_shows_a_month_and_leads_to_others(client, eddie, carol):
    row = create_article(None, title="年底盘点", body="<p>文</p>", contributor=carol)
    schedule(row, None, datetime(2026, 12, 31, 10, 30, tzinfo=UTC))
    late = create_article(None, title="旧稿", body="<p>文</p>", contributor=carol)
    assign(late, None, eddie, NOON.date() - timedelta(days=2))
    client.force_login(eddie)
    page = client.get(INDEX)
    assert "2026年11月" in page.text
    shown = [day for week in month_of(page).weeks for day in week if day.planned]
    assert [(day.day.isoformat(), len(day.planned)) for day in shown] == [("2026-11-20", 1)]
    assert 'href="?month=2026-12#plan"' in page.text
    assert 'href="?month=2026-10#plan"' in page.text
    page = client.get(INDEX, {"month": "2026-12"})
    assert "18:30" in page.text
    assert f"/admin/articles/article/{row.pk}/change/" in page.text
    assert client.get(INDEX, {"month": "<script>"}).status_code == 200


@time_machine.travel(NOON, tick=False)
def test_a_full_day_folds_the_rest_away(client, eddie, carol):
    for number in range(6):
        row = create_article(None, title=f"定{number}", body="<p>文</p>", contributor=carol)
        schedule(row, None, datetime(2026, 11, 30, number, tzinfo=UTC))
    client.force_login(eddie)
    page = client.get(INDEX)
    assert "还有 2 篇" in page.text
    assert all(f"定{number}</a>" in page.text for number in range(6))


# --- What failed --------------------------------------------------------------------------------
def labels(found):
    return [trouble.label for trouble in found["failures"]["troubles"]]


def test_what_failed_is_said_to_whom_it_concerns(client, eddie, chloe):
    failed_task()
    failed_task("gone.away")
    mail(STATUS.failed, timedelta(hours=1))
    mail(STATUS.requeued, timedelta(hours=1))
    EnginePush.objects.create(engine="baidu", path="/p/1.html", state="failed")
    old_picture(eddie)
    found, page = panels_of(client, chloe)
    assert len(labels(found)) == 5
    assert "生成图片的小图 × 1" in page.text
    assert "gone.away × 1" in page.text
    for trouble in found["failures"]["troubles"]:
        assert not trouble.address or client.get(trouble.address).status_code == 200
    found, page = panels_of(client, eddie)
    assert len(labels(found)) == 1
    assert "小图" in labels(found)[0]
    assert "再试一次" not in page.text


def test_what_is_on_its_way_has_not_failed(client, root):
    mail(STATUS.failed, timedelta(days=8))
    mail(STATUS.queued, timedelta(minutes=29))
    mail(STATUS.sent, timedelta(hours=1))
    mail(STATUS.queued, timedelta(hours=1), scheduled_time=timezone.now() + timedelta(days=1))
    EnginePush.objects.create(engine="baidu", path="/p/1.html")
    add_picture(None, png(), alt="碗")
    assert labels(panels_of(client, root)[0]) == []


def test_failed_tasks_are_tried_again(client, chloe):
    task = failed_task()
    _found, page = panels_of(client, chloe)
    assert 'action="/admin/tasks/again/"' in page.text
    page = client.post("/admin/tasks/again/", follow=True)
    assert "已重新执行 1 个任务" in page.text
    task.refresh_from_db()
    assert (task.status, task.finished_at) == ("READY", None)
    assert task.run_after <= timezone.now()


def test_who_does_not_keep_the_site_tries_nothing_again(client, eddie, mona):
    task = failed_task()
    for person in (eddie, mona):
        client.force_login(person)
        assert client.post("/admin/tasks/again/").status_code == 403
        with pytest.raises(PermissionDenied):
            try_again(person)
    client.force_login(eddie)
    assert client.get("/admin/tasks/again/").status_code == 405
    task.refresh_from_db()
    assert task.status == "FAILED"


# --- What is read, looked for, changed ----------------------------------------------------------
def test_the_week_in_figures(client, eddie, article, draft):
    today = timezone.localdate()
    add_reads({article.pk: 5})
    add_reads({article.pk: 7}, today - timedelta(days=6))
    add_reads({article.pk: 100}, today - timedelta(days=7))
    add_likes(article, ["a", "b"])
    add_likes(article, ["c"], timezone.now() - timedelta(days=8))
    found, page = panels_of(client, eddie)
    week = found["reading"]["week"]
    assert (week.plot.total, week.liked) == (12, 2)
    assert week.days[0] == (today, 5, 2)
    assert week.days[-1] == (today - timedelta(days=6), 7, 0)
    assert week.top == [(article.pk, article.title, 12)]
    assert page.text.count("<rect") == 2


def test_what_was_looked_for_in_vain(client, eddie):
    today = timezone.localdate()
    for day, query, found in ((today, "量子", 0), (today - timedelta(days=1), "量子", 0),
                              (today, "<b>", 0), (today, "木板", 3)):  # fmt: skip
        SearchCount.objects.create(day=day, query=query, asked=4, found=found)
    rows, page = panels_of(client, eddie)
    assert rows["searches"]["rows"] == [("量子", 8), ("<b>", 4)]
    assert "&lt;b&gt;" in page.text


def test_what_was_changed_lately_is_what_one_may_see(client, eddie, mona, draft):
    found, page = panels_of(client, eddie)
    assert found["changes"]["rows"][0].title == draft.title
    assert "系统" in page.text


# --- The calendar of working days ---------------------------------------------------------------
def test_the_end_of_the_working_days_is_said_in_time(client, eddie, chloe, mona, monkeypatch):
    monkeypatch.setattr(of_moderation, "running_out", lambda: NOON.date())
    for person in (chloe, mona):
        found, page = panels_of(client, person)
        assert found["calendar"]["end"] == NOON.date()
        assert "2026年11月22日" in page.text
        assert "WORK_CALENDAR" in page.text
    assert "calendar" not in panels_of(client, eddie)[0]
