from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.admin import article_bulk
from articles.models import Article, Category, Overruling, Status
from articles.services.publishing import create_article, revise
from articles.services.restrictions import restrict
from articles.services.taxonomy import save_category
from tests.articles.desk import CHANGELIST

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


@pytest.fixture
def three(draft, article, carol):
    """A draft of which the checklist warns, that article published, and one without a text."""
    empty = create_article(None, title="空文", contributor=carol)
    other = create_article(None, title="第二篇草稿", body="<p>正文。</p>", contributor=carol)
    article.refresh_from_db()
    return other, article, empty


def ask(desk, action, rows, **query):
    return desk.post(
        CHANGELIST, {"action": action, "_selected_action": [row.pk for row in rows]},
        query_params=query,
    )  # fmt: skip


def do(desk, asked, **data):
    """Send the page that asks, and return the report that it leads to."""
    context = asked.context
    url = f"{CHANGELIST}bulk/{context['form'].name}/"
    sent = desk.post(url, {"chosen": context["chosen"], "back": context["back"], **data})
    if sent.status_code == 302:
        return desk.get(sent["Location"])
    return sent


def reported(response):
    context = response.context
    done = [row.article.title for row in context["done"]]
    return done, {row.article.title: row.why for row in context["not_done"]}


# --- Who may ----------------------------------------------------------------------------------
def offered(client):
    page = client.get(CHANGELIST)
    return {
        name for name, _label in (page.context["action_form"] or {"action": None})["action"]
        .field.choices if name
    } if page.context["action_form"] else set()  # fmt: skip


def test_the_ladder(client, draft, sam, mona, eddie, chloe):
    url = f"{CHANGELIST}bulk/recategorise_chosen/"
    data = {"chosen": f"{draft.pk}-{draft.version}"}
    assert client.post(url, data).status_code == 302
    client.force_login(sam)
    assert client.post(url, data).status_code == 302
    client.force_login(mona)
    assert client.post(url, data).status_code == 403
    assert client.post(f"{CHANGELIST}bulk/publish_chosen/", data).status_code == 403
    assert offered(client) == set()
    client.force_login(eddie)
    assert client.get(url).status_code == 405
    assert client.post(url, data).status_code == 200  # asks for the category
    assert client.post(f"{CHANGELIST}bulk/nothing/", data).status_code == 404
    assert {"publish_chosen", "withdraw_chosen", "assign_chosen"} <= offered(client)
    client.force_login(chloe)
    assert "trash_chosen" in offered(client)
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT


@pytest.mark.parametrize("sent", ["", "1", "x-1", "1-1,", "1-1;2-2", "-1-1", "1" * 19 + "-1"])
def test_what_the_page_never_sends_is_refused(desk, sent):
    response = desk.post(f"{CHANGELIST}bulk/withdraw_chosen/", {"chosen": sent})
    assert response.status_code == 400


# --- Asking -----------------------------------------------------------------------------------
def test_the_page_names_all_and_says_what_will_be_refused(desk, three):
    other, article, empty = three
    page = ask(desk, "publish_chosen", three)
    rows = {row.article: row for row in page.context["foreseen"]}
    assert set(rows) == set(three)
    assert rows[article].refusal == "它已经发布。"
    assert rows[empty].refusal
    assert not rows[other].refusal
    assert rows[other].warnings
    assert page.context["refused"] == 2
    assert page.context["warned"] == 1
    for row in three:
        assert row.title in page.text
    # Nothing has happened yet.
    assert Article.objects.filter(status=Status.PUBLISHED).count() == 1


def test_the_page_tells_what_is_withheld(desk, article, mona):
    restrict(article, mona, "whole", reference="TS-1")
    page = ask(desk, "withdraw_chosen", [article])
    assert "读者都看不到" in page.text


def test_too_many_are_refused_before(desk, carol, monkeypatch):
    monkeypatch.setattr(article_bulk, "AT_MOST", 3)
    rows = [create_article(None, title=f"第{n}篇", contributor=carol) for n in range(4)]
    response = ask(desk, "withdraw_chosen", rows)
    assert response.status_code == 302
    assert "最多选择3篇" in desk.get(CHANGELIST).text
    sent = ",".join(f"{row.pk}-{row.version}" for row in rows)
    again = desk.post(f"{CHANGELIST}bulk/withdraw_chosen/", {"chosen": sent})
    assert again.status_code == 400


def test_all_that_a_filter_finds(desk, three):
    page = desk.post(
        f"{CHANGELIST}?status__exact=draft",
        {"action": "withdraw_chosen", "_selected_action": [three[0].pk], "select_across": "1"},
    )
    assert {row.article for row in page.context["foreseen"]} == {three[0], three[2]}
    assert page.context["back"] == "status__exact=draft"


def test_a_missing_parameter_asks_again_with_the_same_articles(desk, three):
    for name, data in (
        ("recategorise_chosen", {}),
        ("tag_chosen", {"tags": " ，"}),
        ("assign_chosen", {}),
        ("assign_chosen", {"due_on": "2026-12-01", "no_due": "on"}),
        ("schedule_chosen", {"at_0": "2020-01-01", "at_1": "10:00"}),
    ):
        asked = ask(desk, name, three)
        again = do(desk, asked, **data)
        assert again.status_code == 200
        assert again.context["form"].errors, name
        assert again.context["chosen"] == asked.context["chosen"]


# --- Doing ------------------------------------------------------------------------------------
def test_publishing_needs_a_reason_for_what_is_warned_of(desk, three, eddie):
    other, article, empty = three
    asked = ask(desk, "publish_chosen", three, o="-9")
    done, refused = reported(do(desk, asked))
    assert done == []
    assert set(refused) == {other.title, article.title, empty.title}
    asked = ask(desk, "publish_chosen", three)
    done, refused = reported(do(desk, asked, reason="周末值班"))
    assert done == [other.title]
    assert refused[article.title] == "它已经发布。"
    assert "正文" in refused[empty.title] or "空" in refused[empty.title]
    other.refresh_from_db()
    assert other.status == Status.PUBLISHED
    assert Overruling.objects.get().reason == "周末值班"
    newest = other.history.first()
    assert (newest.history_user, newest.history_change_reason) == (eddie, "批量操作：发布")


def test_scheduling(desk, three):
    at = timezone.localtime(timezone.now() + timedelta(days=3)).replace(second=0, microsecond=0)
    asked = ask(desk, "schedule_chosen", three)
    report = do(desk, asked, at_0=f"{at:%Y-%m-%d}", at_1=f"{at:%H:%M}", reason="定好了")
    done, refused = reported(report)
    assert done == [three[0].title]
    assert set(refused) == {three[1].title, three[2].title}
    three[0].refresh_from_db()
    assert (three[0].status, three[0].published_at) == (Status.SCHEDULED, at)
    three[1].refresh_from_db()
    assert three[1].status == Status.PUBLISHED


def test_withdrawing(desk, three):
    done, refused = reported(do(desk, ask(desk, "withdraw_chosen", three)))
    assert done == [three[1].title]
    assert set(refused.values()) == {"它没有公开。"}


def test_another_category_and_tags(desk, three):
    life = save_category(Category(name="生活", slug="life"), None)
    assert (
        len(reported(do(desk, ask(desk, "recategorise_chosen", three), category=life.pk))[0]) == 3
    )
    assert Article.objects.filter(category=life).count() == 3
    done, _refused = reported(do(desk, ask(desk, "tag_chosen", three), tags="甲、路由器"))
    assert len(done) == 3
    assert Article.objects.filter(tag_items__tag__name="甲").count() == 3
    done, refused = reported(do(desk, ask(desk, "untag_chosen", three), tags="家庭网络"))
    assert done == [three[1].title]
    assert set(refused.values()) == {"它没有这些标签。"}


def test_who_is_in_charge_and_until_when(desk, three, chloe):
    asked = ask(desk, "assign_chosen", three)
    done, _refused = reported(do(desk, asked, assignee=chloe.pk, due_on="2026-12-01"))
    assert len(done) == 3
    for row in three:
        row.refresh_from_db()
        assert (row.assignee, f"{row.due_on}") == (chloe, "2026-12-01")
    do(desk, ask(desk, "assign_chosen", three[:1]), no_due="on")
    do(desk, ask(desk, "assign_chosen", three[1:2]), assignee="nobody")
    for row in three:
        row.refresh_from_db()
    assert [(row.assignee, row.due_on is None) for row in three] == [
        (chloe, True), (None, False), (chloe, False),
    ]  # fmt: skip
    _done, refused = reported(do(desk, ask(desk, "assign_chosen", three[:1]), no_due="on"))
    assert refused == {three[0].title: "没有需要修改的。"}


def test_the_trash(client, chloe, three):
    client.force_login(chloe)
    asked = ask(client, "trash_chosen", three)
    assert asked.context["warned"] == 1
    done, refused = reported(do(client, asked))
    assert (len(done), refused) == (3, {})
    assert not Article.objects.on_desk().exists()


def test_what_changed_since_it_was_asked_stays_as_it_is(desk, three, chloe):
    asked = ask(desk, "tag_chosen", three)
    revise(three[0], chloe, {"title": "抢先改过"})
    done, refused = reported(do(desk, asked, tags="新"))
    assert len(done) == 2
    assert refused == {"抢先改过": "在您确认前，它已被Chloe修改。"}
    three[0].refresh_from_db()
    assert three[0].tag_names == []


# --- Reporting --------------------------------------------------------------------------------
def test_the_report_can_be_read_again_and_links_each_row(desk, client, three, chloe):
    asked = ask(desk, "withdraw_chosen", three, status__exact="")
    report = do(desk, asked)
    address = report.request["PATH_INFO"]
    again = desk.get(address)
    assert reported(again) == reported(report)
    for row in three:
        assert f"{CHANGELIST}{row.pk}/change/" in again.text
    assert "完成1篇" in again.text
    assert "2篇未完成" in again.text
    # It is the session's own.
    client.force_login(chloe)
    assert client.get(address).status_code == 404


def test_five_reports_are_kept(desk, draft):
    addresses = []
    for _n in range(6):
        report = do(desk, ask(desk, "withdraw_chosen", [draft]))
        addresses.append(report.request["PATH_INFO"])
    codes = [desk.get(address).status_code for address in addresses]
    assert codes == [404, 200, 200, 200, 200, 200]


def test_the_page_that_asks_costs_the_same_for_many_where_no_texts_are_read(desk, carol, three):
    rows = [create_article(None, title=f"第{n}篇", contributor=carol) for n in range(8)]
    ask(desk, "tag_chosen", rows[:1])
    with CaptureQueriesContext(connection) as few:
        ask(desk, "tag_chosen", rows[:1])
    with CaptureQueriesContext(connection) as many:
        ask(desk, "tag_chosen", rows)
    assert len(many) == len(few)
