from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from post_office.models import Email

from articles.models import Article
from submissions.models import CannedReason, Overlap, Remark, State, Submission, TextKind
from submissions.originality import Level, index_text
from submissions.services import reviewing
from submissions.services.drafting import begin, save_draft
from submissions.services.proofs import store_proof
from submissions.services.submitting import amend, submit
from tests.submissions.making import TEXT, draft_by, form_of, page, send, sent_by

QUEUE = "/admin/submissions/submission/"


@pytest.fixture
def sent(carol, technology):
    return sent_by(carol, technology)


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


def text_of(response):
    return response.content.decode()


def reread(row):
    return Submission.objects.get(pk=row.pk)


# --- What is shown ---------------------------------------------------------------------------
def test_looking_changes_nothing(desk, sent):
    before = Submission.objects.values().get()
    response = desk.get(page(sent))
    assert response.status_code == 200
    assert Submission.objects.values().get() == before
    assert "由您审阅" not in text_of(response)


def test_the_text_as_readers_would_see_it_and_what_is_known_of_it(desk, sent):
    body = text_of(desk.get(page(sent)))
    assert '<h2 id="s1"><span class="no">一、</span>' in body
    for said in (
        "老房子的插座怎么理",
        "纸上行舟",
        "技术",
        "已提交",
        "第3版",
        "老房子、用电",
        "采用0篇",
    ):
        assert said in body, said


def test_what_hostile_authors_write_is_shown_as_text(desk, carol, technology):
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    row = sent_by(
        carol, technology, title=bad, body=TEXT + f"<p>{bad}</p>", note=bad, source_name=bad[:90],
        tag_names=["<b onclick=x>"],
    )  # fmt: skip
    # What no form lets in, a database may hold.
    Submission.objects.update(source_url="javascript:alert(3)")
    body = text_of(desk.get(page(row)))
    assert "<script>alert" not in body
    assert "<img src=x" not in body
    assert 'href="javascript' not in body
    assert "&lt;script&gt;alert(1)" in body


def test_no_inline_script_is_allowed_where_a_strangers_text_is_shown(desk, sent):
    assert "unsafe-inline" not in desk.get(page(sent))["Content-Security-Policy"]
    edit = desk.get(f"{QUEUE}{sent.pk}/edit/")
    assert "unsafe-inline" in edit["Content-Security-Policy"]


def test_the_record_of_the_contributor(desk, carol, technology, eddie, sent):
    other = sent_by(carol, technology, title="上一篇")
    reviewing.decline(other, eddie, version=other.version, note="x")
    draft_by(carol.user, technology, title="还在写的")
    body = text_of(desk.get(page(sent)))
    assert "未采用1篇" in body
    assert "上一篇" in body
    assert "还在写的" not in body


def test_queries_do_not_grow_with_history(
    desk, carol, technology, eddie, sent, django_assert_max_num_queries
):
    for number in range(8):
        reviewing.remark(sent, eddie, f"批注{number}")
        sent_by(carol, technology, title=f"第{number}篇")
    desk.get(page(sent))
    with django_assert_max_num_queries(45):
        desk.get(page(sent))


def test_what_an_author_mends_is_private(desk, carol, eddie, sent):
    row = reviewing.return_to_author(sent, eddie, version=sent.version, note="请改")
    half = {"title": "半截题目", "body": "<p>半截正文</p>", "source_name": "半截出处"}
    save_draft(row, carol.user, half, version=row.version)
    body = text_of(desk.get(page(row)))
    assert "半截" not in body
    assert "搬进老房子的第二个月" in body


def test_the_change_since_the_last_version(desk, carol, sent):
    amend(sent, carol.user, {"body": TEXT.replace("一个周末", "两个周末")}, version=sent.version)
    body = text_of(desk.get(page(sent)))
    assert "投稿人上次提交以来改了什么" in body
    assert "一</del><ins" in body
    assert "两</ins>" in body


def test_what_an_edit_and_accept_changed(desk, eddie, sent):
    new = {"title": "插座图"}
    row = reviewing.accept(sent, eddie, version=sent.version, changes=new)
    body = text_of(desk.get(page(row)))
    assert "编辑改了什么" in body
    assert "插座图" in body


def test_a_proposal_stands_beside_the_article(desk, carol, article, eddie):
    row = begin(carol.user, change_of=article)
    new = {"ai_images": "none", "ai_text": "none", "body": TEXT, "title": "换了题目"}
    row = save_draft(row, carol.user, new, version=row.version)
    row = submit(row, carol.user, version=row.version, agreed=True)
    body = text_of(desk.get(page(row)))
    assert "修改稿与文章现在的样子对照" in body
    assert "采用，定时发布" not in body
    desk.post(page(row), form_of(row, "accept"))
    article.refresh_from_db()
    assert article.title == "换了题目"


# --- Originality -----------------------------------------------------------------------------
def overlap(row, number, other, passages, **fields):
    values = {
        "kind": TextKind.ARTICLE, "level": Level.PROBABLE_COPY.value, "containment": 0.83,
        "share": 0.61, "title": "别人的文章", **fields,
    }  # fmt: skip
    return Overlap.objects.create(
        submission=row, version=row.version, object_id=number, passages=passages, **values
    )


def passage(ours, theirs, start=0, other_start=0, **marks):
    return {
        "start": start, "end": start + len(ours), "other_start": other_start,
        "other_end": other_start + len(theirs), "text": ours, "other_text": theirs, **marks,
    }  # fmt: skip


def test_passages_stand_side_by_side_with_what_is_the_same_marked(desk, sent, article):
    other = "从前有人说：搬进老屋子的第二个月，我才发现。后来呢。"
    index_text(TextKind.ARTICLE, article.pk, other, title=article.title, position=10**9)
    overlap(
        sent, article.pk, other,
        [passage("搬进老房子的第二个月", "搬进老屋子的第二个月", 0, other.index("搬进"))],
    )  # fmt: skip
    body = text_of(desk.get(page(sent)))
    assert "疑似抄袭" in body
    assert "83%" in body
    assert "61%" in body
    assert f'href="/p/{article.pk}.html"' in body
    assert "<mark>搬进老</mark>房<mark>子的第二个月</mark>" in body
    assert "<mark>搬进老</mark>屋<mark>子的第二个月</mark>" in body
    assert '<span class="around">从前有人说：</span>' in body


def test_quotations_and_boilerplate_are_set_apart(desk, sent, article):
    overlap(
        sent, article.pk, "", level="", containment=0.02,
        passages=[passage("引用的话", "引用的话", in_quotation=True),
                  passage("大家都写的话", "大家都写的话", is_boilerplate=True)],
    )  # fmt: skip
    body = text_of(desk.get(page(sent)))
    assert "仅有相同段落" in body
    assert "2处引文、注明来源或多篇共有的文字" in body
    assert "多篇文章共有" in body


def test_a_text_that_was_taken_down_names_its_case(desk, sent):
    overlap(sent, 987654, "", [passage("甲乙丙丁", "甲乙丙丁")], reference="TS-2025-0007")
    body = text_of(desk.get(page(sent)))
    assert "TS-2025-0007" in body
    assert "（已删除）" in body


def test_until_it_is_examined_that_is_said(desk, sent):
    sent.examinations.all().delete()
    assert "还在与站内全部文字比对" in text_of(desk.get(page(sent)))


# --- Deciding --------------------------------------------------------------------------------
def test_claim_and_give_back(desk, sent, eddie):
    assert desk.post(page(sent), form_of(sent, "claim")).url == page(sent)
    assert reread(sent).claimed_by == eddie
    assert "由您审阅" in text_of(desk.get(page(sent)))
    assert desk.post(page(sent), form_of(sent, "release")).url == QUEUE
    assert reread(sent).claimed_by is None


def test_accept_says_what_happened_and_leads_on(desk, carol, technology, sent):
    following = sent_by(carol, technology, title="下一位")
    response = desk.post(page(sent), form_of(sent, "accept", note="写得好"), follow=True)
    body = text_of(response)
    assert "《老房子的插座怎么理》已发布。" in body
    assert f'<a href="{page(following)}">下一篇：《下一位》</a>' in body
    assert Article.objects.visible().count() == 1


def test_accept_and_schedule(desk, sent):
    at = timezone.localtime(timezone.now() + timedelta(days=2)).replace(second=0, microsecond=0)
    desk.post(page(sent), form_of(sent, "schedule", at_0=f"{at:%Y-%m-%d}", at_1=f"{at:%H:%M}"))
    row = reread(sent)
    assert row.state == State.ACCEPTED
    assert row.article.published_at == at


def test_a_moment_that_is_past_is_refused_at_its_field_and_what_was_typed_stays(desk, sent):
    data = form_of(sent, "schedule", at_0="2020-01-01", at_1="08:00", note="写得很好")
    body = text_of(desk.post(page(sent), data))
    assert "errorlist" in body
    assert 'value="2020-01-01"' in body
    assert "写得很好" in body
    assert reread(sent).state == State.PENDING


def test_edit_and_accept(desk, sent, technology):
    url = f"{QUEUE}{sent.pk}/edit/"
    shown = text_of(desk.get(url))
    assert "搬进老房子的第二个月" in shown
    data = {
        "version": sent.version, "title": "插座图", "body": TEXT, "category": technology.pk,
        "tag_line": "用电、安全", "action": "accept",
    }  # fmt: skip
    assert desk.post(url, data).url == QUEUE
    article = Article.objects.visible().get()
    assert (article.title, article.tag_names) == ("插座图", ["用电", "安全"])


def test_an_edit_of_an_old_version_is_kept_but_not_saved(desk, sent, carol, technology):
    amend(sent, carol.user, {"title": "作者刚改"}, version=sent.version)
    data = {
        "version": sent.version, "title": "编辑打的字", "body": TEXT, "category": technology.pk,
        "tag_line": "", "action": "accept",
    }  # fmt: skip
    body = text_of(desk.post(f"{QUEUE}{sent.pk}/edit/", data))
    assert "编辑打的字" in body
    assert "看看改了什么" in body
    assert not Article.objects.exists()


def test_return_with_remarks(desk, sent):
    data = form_of(sent, "remark", quote="搬进老房子的第二个月", text="哪一年？")
    assert desk.post(page(sent), data).url == page(sent)
    body = text_of(desk.get(page(sent)))
    assert "哪一年？" in body
    assert "尚未发出" in body
    desk.post(page(sent), form_of(sent, "return", note="补上年份"))
    assert reread(sent).state == State.RETURNED
    mail = Email.objects.latest("pk").message
    assert "补上年份" in mail
    assert "哪一年？" in mail


def test_a_remark_is_taken_back(desk, sent, eddie):
    row = reviewing.remark(sent, eddie, "写错了")
    desk.post(page(sent), form_of(sent, "drop_remark", remark=row.pk))
    assert not Remark.objects.exists()


def test_a_return_without_a_word_is_refused(desk, sent):
    assert "请写明需要修改什么。" in text_of(
        desk.post(page(sent), form_of(sent, "return", note=""))
    )
    assert reread(sent).state == State.PENDING


def test_decline_with_a_ready_reason_and_the_mail_to_come(desk, sent):
    CannedReason.objects.create(use="decline", title="广告", text="本站不登广告。")
    CannedReason.objects.create(use="return", title="短", text="请写得长一些。")
    body = text_of(desk.get(page(sent)))
    assert body.count("本站不登广告。") == 2
    assert "〔您写的理由〕" in body
    desk.post(page(sent), form_of(sent, "decline", note="本站不登广告。"))
    assert reread(sent).state == State.DECLINED
    assert "本站不登广告。" in Email.objects.latest("pk").message


def test_asking_a_chief_editor(desk, client, sent, chloe):
    desk.post(page(sent), form_of(sent, "ask", note="算广告吗？"))
    body = text_of(desk.get(page(sent)))
    assert "正等主编决定" in body
    assert 'value="accept"' not in body
    assert desk.post(page(sent), form_of(sent, "accept")).status_code == 403
    client.force_login(chloe)
    body = text_of(client.get(page(sent)))
    assert "算广告吗？" in body
    assert "编辑内部" in body
    client.post(page(sent), form_of(sent, "accept"))
    assert reread(sent).state == State.PUBLISHED


def test_hold_and_release(desk, sent):
    desk.post(page(sent), form_of(sent, "hold", reference="TS-2025-0001", note=""))
    body = text_of(desk.get(page(sent)))
    assert "TS-2025-0001" in body
    assert 'value="accept"' not in body
    assert "请先解除暂缓" in text_of(desk.post(page(sent), form_of(sent, "accept")))
    desk.post(page(sent), form_of(sent, "release_hold", note="是作者本人"))
    assert reread(sent).state == State.PENDING


def test_a_text_that_changed_meanwhile_is_shown_anew_and_what_was_typed_stays(desk, sent, carol):
    amend(sent, carol.user, {"title": "刚刚改过"}, version=sent.version)
    body = text_of(desk.post(page(sent), form_of(sent, "decline", note="我写的理由")))
    assert "没有作出任何决定" in body
    assert 'href="#difference"' in body
    assert "我写的理由" in body
    assert reread(sent).state == State.PENDING
    # The page is that of the present version, on which may be decided now.
    desk.post(page(sent), form_of(reread(sent), "decline", note="我写的理由"))
    assert reread(sent).state == State.DECLINED


def test_what_a_colleague_has_is_not_offered(desk, sent, chloe):
    reviewing.claim(sent, chloe)
    body = text_of(desk.get(page(sent)))
    assert "Chloe正在审阅" in body
    assert 'value="accept"' not in body
    refused = text_of(desk.post(page(sent), form_of(sent, "decline", note="打好的字")))
    assert "打好的字" in refused
    assert reread(sent).state == State.PENDING


def test_decided_while_the_page_was_open(desk, sent, chloe):
    reviewing.decline(sent, chloe, version=sent.version, note="x")
    body = text_of(desk.post(page(sent), form_of(sent, "return", note="打好的字")))
    assert "打好的字" in body
    assert reread(sent).state == State.DECLINED


# --- Who may ---------------------------------------------------------------------------------
def test_nobody_reviews_a_text_of_ones_own(desk, eddie, technology):
    own = sent_by(eddie, technology)
    for url in (page(own), f"{QUEUE}{own.pk}/edit/", f"{QUEUE}{own.pk}/proof/"):
        assert desk.get(url).status_code == 403
    assert desk.post(page(own), form_of(own, "accept")).status_code == 403
    assert reread(own).state == State.PENDING


@pytest.mark.parametrize("who", [None, "sam", "mona"])
def test_strangers_and_moderators_see_nothing(client, sent, who, request):
    if who:
        client.force_login(request.getfixturevalue(who))
    for url in (page(sent), f"{QUEUE}{sent.pk}/edit/", f"{QUEUE}{sent.pk}/proof/"):
        response = client.get(url)
        assert response.status_code == (403 if who == "mona" else 302)
        assert "老房子" not in text_of(response)
    assert client.post(page(sent), form_of(sent, "accept")).status_code in {302, 403}
    assert reread(sent).state == State.PENDING


def test_drafts_are_not_there(desk, carol, technology):
    row = draft_by(carol.user, technology)
    assert desk.get(page(row)).status_code == 404
    assert desk.get(f"{QUEUE}{row.pk}/edit/").status_code == 404


def test_an_unknown_action(desk, sent):
    assert desk.post(page(sent), {"action": "publish"}).status_code == 404


def test_the_proof_is_handed_out_as_a_file(desk, carol, technology):
    row = draft_by(carol.user, technology)
    path, name = store_proof(SimpleUploadedFile("授权书.pdf", b"%PDF-1.4 x"))
    Submission.objects.filter(pk=row.pk).update(proof=path, proof_name=name)
    row = send(reread(row), carol.user)
    response = desk.get(f"{QUEUE}{row.pk}/proof/")
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert b"".join(response.streaming_content) == b"%PDF-1.4 x"
    for close in response._resource_closers:
        close()
    other = sent_by(carol, technology)
    assert desk.get(f"{QUEUE}{other.pk}/proof/").status_code == 404
