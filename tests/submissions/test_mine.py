from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article
from articles.services.restrictions import restrict
from submissions.models import Happening, Receipt, State, Submission
from submissions.services import reviewing
from submissions.services.drafting import begin, save_draft
from submissions.services.receipts import verify
from submissions.services.submitting import withdraw
from tests.submissions.making import TEXT, draft_by, sent_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def me(client, carol):
    client.force_login(carol.user)
    return client


def page(row, what=""):
    return f"/me/submissions/{row.pk}/{what}"


def published(carol, technology, editor, **how):
    row = sent_by(carol, technology)
    return reviewing.accept(row, editor, version=row.version, **how)


# --- The list -------------------------------------------------------------------------------
def test_a_stranger_signs_in_first(client):
    assert client.get("/me/").url == "/accounts/login/?next=/me/"


def test_whoever_wrote_nothing_is_led_on(me):
    shown = me.get("/me/").text
    assert "写第一篇投稿" in shown
    assert "按状态筛选" not in shown


def test_ones_own_texts_and_nobody_elses(me, carol, sam, technology):
    mine = sent_by(carol, technology, title="我写的")
    sent_by(sam, technology, title="别人写的")
    shown = me.get("/me/").text
    assert "我写的" in shown
    assert page(mine) in shown
    assert "别人写的" not in shown


def test_each_state_has_its_badge_its_count_and_its_filter(me, carol, technology, eddie):
    draft_by(carol.user, technology, title="草稿一")
    sent_by(carol, technology, title="待审一")
    row = sent_by(carol, technology, title="退回一")
    reviewing.return_to_author(row, eddie, version=row.version, note="请补<b>盐</b>的用量。")
    row = sent_by(carol, technology, title="不用一")
    reviewing.decline(row, eddie, version=row.version, note="与本站不合。")
    published(carol, technology, eddie)
    shown = me.get("/me/").text
    for badge, label in (
        ("badge ", "草稿"), ("badge wait", "待审"), ("badge fix", "需修改"),
        ("badge no", "未采用"), ("badge live", "已发布"),
    ):  # fmt: skip
        assert f'<span class="{badge}">{label}</span>' in shown
    assert ">全部 5</a>" in shown
    assert "请补&lt;b&gt;盐&lt;/b&gt;的用量。" in shown
    assert "阅读0，有用0" in shown
    only = me.get("/me/?state=returned").text
    assert "退回一" in only
    assert "草稿一" not in only
    assert "没有处于这一状态的稿子" in me.get("/me/?state=held").text
    assert me.get("/me/?state=stolen").status_code == 404


def test_the_steps_that_were_passed_and_are_next(me, carol, technology):
    sent_by(carol, technology)
    (work,) = me.get("/me/").context["works"]
    assert [(s.label, s.at is not None, s.is_now) for s in work.steps] == [
        ("草稿", True, False), ("待审", True, True), ("已发布", False, False),
    ]  # fmt: skip


def test_the_list_goes_on(me, carol):
    for number in range(11):
        save_draft(begin(carol.user), carol.user, {"title": f"第{number}篇"}, version=1)
    assert 'href="?page=2"' in me.get("/me/").text
    assert "第0篇" in me.get("/me/?page=2").text
    for number in ("3", "0", "x", "-1"):
        assert me.get(f"/me/?page={number}").status_code == 404


def test_more_texts_cost_no_more_queries(
    me, carol, technology, eddie, django_assert_max_num_queries
):
    for _number in range(6):
        row = sent_by(carol, technology)
        reviewing.decline(row, eddie, version=row.version, note="不合。")
    with django_assert_max_num_queries(12):
        me.get("/me/")


def test_unread_notices_are_shown(me, carol, technology, eddie):
    assert "新消息" not in me.get("/me/").text
    row = sent_by(carol, technology)
    reviewing.return_to_author(row, eddie, version=row.version, note="请补盐的用量。")
    assert "新消息" in me.get("/me/").text


# --- One text -------------------------------------------------------------------------------
def test_anothers_text_is_not_there(client, sam, carol, technology):
    row = sent_by(carol, technology)
    client.force_login(sam)
    for what in ("", "withdraw/", "withdraw-article/", "receipt/"):
        assert client.get(page(row, what)).status_code == 404
    for what in ("withdraw/", "withdraw-article/", "again/", "change/"):
        assert client.post(page(row, what)).status_code == 404
    row.refresh_from_db()
    assert row.state == State.PENDING


def test_a_waiting_text(me, carol, sam, technology):
    sent_by(sam, technology)
    row = sent_by(carol, technology)
    shown = me.get(page(row))
    assert (shown.context["place"], shown.context["wait"]) == (2, "")
    assert "排队位置" in shown.text
    assert "先画一张图" in shown.text
    assert Receipt.objects.get(submission=row).payload["text_sha256"] in shown.text
    assert [e.happening for e in shown.context["events"]] == [Happening.BEGUN, Happening.SUBMITTED]


def test_the_timeline_keeps_what_is_internal_from_the_author(me, carol, technology, eddie):
    row = sent_by(carol, technology)
    reviewing.ask_chief(row, eddie, version=row.version, note="只给主编看")
    shown = me.get(page(row)).text
    assert "只给主编看" not in shown
    assert "提请主编决定" not in shown
    assert "Eddie" not in shown


def test_remarks_are_shown_once_they_were_sent(me, carol, technology, eddie):
    row = sent_by(carol, technology)
    reviewing.remark(row, eddie, "是<i>哪</i>一年？", quote="房东说当年装修的师傅图省事")
    assert "一年？" not in me.get(page(row)).text
    reviewing.return_to_author(row, eddie, version=row.version, note="请补年份。")
    for shown in (me.get(page(row)).text, me.get(f"/submit/{row.pk}/").text):
        assert "是&lt;i&gt;哪&lt;/i&gt;一年？" in shown
        assert "请补年份。" in shown
    blocks = me.get(page(row)).context["blocks"]
    assert [len(block.remarks) for block in blocks] == [1, 0, 0, 0]


def test_a_returned_text_is_mended_and_sent_again(me, carol, technology, eddie):
    row = sent_by(carol, technology)
    row = reviewing.return_to_author(row, eddie, version=row.version, note="请补年份。")
    assert f'href="/submit/{row.pk}/"' in me.get(page(row)).text
    row = save_draft(
        row, carol.user, {"body": TEXT + "<p>那是二〇一九年。</p>"}, version=row.version
    )
    assert "二〇一九年" not in me.get(page(row)).text
    form = {
        "version": row.version, "title": row.title, "category": technology.pk, "body": row.body,
        "body_format": "html", "origin": "contributed", "ai_text": "none", "ai_images": "none",
        "agreed": "on", "terms": 0, "do": "submit",
    }  # fmt: skip
    assert me.post(f"/submit/{row.pk}/", form).url == page(row)
    row.refresh_from_db()
    assert row.state == State.PENDING
    assert "二〇一九年" in me.get(page(row)).text


def test_a_published_text_says_what_became_of_it(me, carol, technology, eddie):
    edited = {"body": TEXT.replace("周末", "星期天")}
    row = published(carol, technology, eddie, changes=edited)
    Article.objects.filter(pk=row.article_id).update(read_count=3204, like_count=128)
    shown = me.get(page(row)).text
    assert "3,204" in shown
    assert "128" in shown
    assert row.article.get_absolute_url() in shown
    assert "编辑改了什么" in shown
    assert '<del><span class="vh">删除： </span>周末</del>' in shown
    assert '<ins><span class="vh">新增： </span>星期天</ins>' in shown


def test_what_waits_for_its_date(me, carol, technology, eddie):
    row = published(carol, technology, eddie, at=timezone.now() + timedelta(days=2))
    shown = me.get(page(row)).text
    assert "已采用，待发布" in shown
    assert row.article.get_absolute_url() not in shown


def test_a_withheld_article_is_not_linked(me, carol, technology, eddie):
    row = published(carol, technology, eddie)
    restrict(row.article, None, "whole", reference="TS-2026-000001")
    shown = me.get(page(row)).text
    assert "目前没有公开" in shown
    assert row.article.get_absolute_url() not in shown
    assert me.post(page(row, "change/")).url == page(row)
    assert Submission.objects.count() == 1


# --- What one does with it ------------------------------------------------------------------
def test_taken_back_after_asking(me, carol, technology):
    row = sent_by(carol, technology)
    assert "撤回这篇稿子" in me.get(page(row, "withdraw/")).text
    row.refresh_from_db()
    assert row.state == State.PENDING
    assert me.post(page(row, "withdraw/")).url == page(row)
    row.refresh_from_db()
    assert row.state == State.WITHDRAWN
    assert me.get(page(row, "withdraw/")).url == page(row)
    again = me.post(page(row, "withdraw/"), follow=True)
    assert "无法再这样操作" in again.text


def test_ones_article_is_taken_back_after_asking(me, carol, technology, eddie):
    row = published(carol, technology, eddie)
    assert "410" in me.get(page(row, "withdraw-article/")).text
    assert me.get(row.article.get_absolute_url()).status_code == 200
    me.post(page(row, "withdraw-article/"))
    assert me.get(row.article.get_absolute_url()).status_code == 410
    shown = me.get(page(row)).text
    assert "你已撤回这篇文章" in shown
    assert row.article.get_absolute_url() not in shown


def test_a_change_is_proposed(me, carol, technology, eddie):
    row = published(carol, technology, eddie)
    answer = me.post(page(row, "change/"))
    proposal = Submission.objects.get(proposes_change=True)
    assert answer.url == f"/submit/{proposal.pk}/"
    assert me.post(page(row, "change/")).url == answer.url
    assert "申请修改" in me.get(answer.url).text
    assert me.get(page(row, "change/")).status_code == 405


def test_a_new_draft_of_what_was_taken_back(me, carol, technology):
    row = withdraw(sent_by(carol, technology), carol.user)
    answer = me.post(page(row, "again/"))
    draft = Submission.objects.get(state=State.DRAFT)
    assert answer.url == f"/submit/{draft.pk}/"
    assert draft.body == TEXT


def test_not_of_what_waits(me, carol, technology):
    row = sent_by(carol, technology)
    assert me.post(page(row, "again/")).url == page(row)
    assert Submission.objects.count() == 1


def test_the_receipt_is_a_file_that_the_site_can_verify(me, carol, technology):
    row = sent_by(carol, technology)
    answer = me.get(page(row, "receipt/"))
    data = answer.json()
    assert verify(data["payload"], data["signature"])
    assert data["payload"]["submission"] == row.pk
    assert f'filename="receipt-{row.pk}-{row.version}.json"' in answer["Content-Disposition"]
    assert me.get(page(row, f"receipt/?version={row.version}")).json() == data
    for version in ("999", "x", "9" * 30):
        assert me.get(page(row, f"receipt/?version={version}")).status_code == 404


def test_a_draft_has_no_receipt(me, carol):
    assert me.get(page(begin(carol.user), "receipt/")).status_code == 404
