import re
from datetime import timedelta

import pytest
from django.core.signing import BadSignature
from django.db import transaction
from django.utils import timezone, translation
from post_office.models import STATUS, Email

from articles.services.publishing import publish
from submissions.models import Happening, MailPreference, Receipt, State
from submissions.services import mail
from submissions.services.reviewing import (
    accept,
    decline,
    remark,
    return_to_author,
    settle_published,
)
from submissions.services.submitting import withdraw_article
from tests.submissions.making import draft_by, send, sent_by


@pytest.fixture(autouse=True)
def _mail_in_rows(settings):
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


def last_mail():
    return Email.objects.latest("pk")


def test_a_text_that_was_sent_in_is_confirmed_with_its_hash_and_the_promised_date(
    carol, technology
):
    row = sent_by(carol, technology)
    sent = last_mail()
    receipt = Receipt.objects.get(submission=row)
    assert sent.to == ["carol@example.com"]
    assert sent.subject == "【拾页】已收到《老房子的插座怎么理》"
    assert receipt.payload["text_sha256"] in sent.message
    assert timezone.localtime(row.due_at).strftime("%Y-%m-%d %H:%M") in sent.message
    assert f"http://testserver/me/submissions/{row.pk}/" in sent.message


def test_a_returned_text_comes_with_the_reason_and_the_remarks_quoted(carol, technology, eddie):
    row = sent_by(carol, technology)
    remark(row, eddie, "是哪一年的房子？", quote="老房子的第二个月")
    remark(row, eddie, "结尾再短一点。")
    return_to_author(row, eddie, version=row.version, note="先补两处事实。")
    sent = last_mail()
    assert sent.subject == "【拾页】请修改《老房子的插座怎么理》"
    assert "先补两处事实。" in sent.message
    assert "1. “老房子的第二个月”：\n是哪一年的房子？" in sent.message
    assert "2. 结尾再短一点。" in sent.message
    assert "3个工作日" in sent.message
    assert "Eddie" not in sent.message
    assert "eddie@" not in sent.message


def test_remarks_of_an_earlier_round_are_not_sent_again(carol, technology, eddie):
    row = sent_by(carol, technology)
    remark(row, eddie, "第一轮的意见。")
    row = return_to_author(row, eddie, version=row.version, note="")
    row = send(row, carol.user)
    decline(row, eddie, version=row.version, note="题材不合。")
    assert "题材不合。" in last_mail().message
    assert "第一轮的意见。" not in last_mail().message


def test_a_published_text_is_announced_with_its_address(carol, technology, eddie):
    row = sent_by(carol, technology)
    row = accept(row, eddie, version=row.version)
    sent = last_mail()
    assert sent.subject == "【拾页】《老房子的插座怎么理》已发布"
    assert f"http://testserver/p/{row.article_id}.html" in sent.message
    assert "List-Unsubscribe" not in sent.headers


def test_an_accepted_text_names_its_date_and_its_remarks_go_out_once(carol, technology, eddie):
    row = sent_by(carol, technology)
    remark(row, eddie, "标题改短了。")
    at = timezone.now() + timedelta(days=2)
    row = accept(row, eddie, version=row.version, at=at, note="周二见报。")
    assert timezone.localtime(at).strftime("%Y-%m-%d %H:%M") in last_mail().message
    assert "标题改短了。" in last_mail().message
    row.article.published_at = timezone.now() - timedelta(minutes=1)
    row.article.save(update_fields=["published_at"])
    settle_published()
    assert last_mail().subject == "【拾页】《老房子的插座怎么理》已发布"
    assert "标题改短了。" not in last_mail().message


def test_a_change_to_an_article_is_announced_as_such(carol, technology, eddie, article):
    from submissions.services.drafting import begin, save_draft

    row = begin(carol.user, change_of=article)
    body = "<p>" + "换了位置以后，信号满格。" * 12 + "</p>"
    fields = {"body": body, "ai_text": "none", "ai_images": "none"}
    row = save_draft(row, carol.user, fields, version=row.version)
    row = send(row, carol.user)
    accept(row, eddie, version=row.version)
    assert last_mail().subject == "【拾页】对《老房子的无线死角怎么治》的修改已发布"


def test_taking_an_article_back_is_confirmed(carol, technology, eddie):
    row = sent_by(carol, technology)
    row = accept(row, eddie, version=row.version)
    withdraw_article(row, carol.user)
    assert last_mail().subject == "【拾页】你已撤下《老房子的插座怎么理》"
    assert "takedown@example.com" in last_mail().message


def test_titles_with_signs_are_not_escaped_and_stay_on_one_line(carol, technology):
    row = draft_by(carol.user, technology, title="A&B<c>\r\nBcc: x@example.com")
    send(row, carol.user)
    sent = last_mail()
    assert sent.subject == "【拾页】已收到《A&B<c> Bcc: x@example.com》"
    assert "&amp;" not in sent.message
    assert sent.to == ["carol@example.com"]
    assert sent.bcc == []


def test_the_unsubscribe_headers_reach_the_message(carol, technology, mailoutbox):
    sent_by(carol, technology)
    last_mail().dispatch()
    headers = mailoutbox[0].extra_headers
    address = headers["List-Unsubscribe"].strip("<>")
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert address.startswith("http://testserver/me/unsubscribe/")
    assert address in mailoutbox[0].body


def test_one_click_mutes_that_kind_alone(client, carol, technology, eddie):
    sent_by(carol, technology)
    path = last_mail().headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")
    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert mail.muted(carol.user) == {"submitted"}
    before = Email.objects.count()
    row = sent_by(carol, technology, title="第二篇")
    assert Email.objects.count() == before
    return_to_author(row, eddie, version=row.version, note="改")
    assert Email.objects.count() == before + 1


def test_a_visit_alone_mutes_nothing(client, carol, technology):
    sent_by(carol, technology)
    path = last_mail().headers["List-Unsubscribe"].strip("<>").removeprefix("http://testserver")
    response = client.get(path)
    assert "不再" in response.content.decode()
    assert not MailPreference.objects.exists()
    assert "noindex" in response["X-Robots-Tag"]


def test_a_forged_token_is_refused(client, carol, sam):
    good = mail.unsubscribe_address(carol.user, Happening.SUBMITTED).rsplit("/", 2)[1]
    forged = good.replace(str(carol.user.pk), str(sam.pk), 1)
    assert client.post(f"/me/unsubscribe/{forged}/").status_code == 404
    assert client.get(f"/me/unsubscribe/{forged}/").status_code == 404
    assert not MailPreference.objects.exists()


def test_what_is_needed_cannot_be_muted(carol):
    token = mail._signer.sign(f"{carol.user.pk}:declined")
    with pytest.raises(BadSignature):
        mail.unsubscribe(token)
    mail.set_muted(carol.user, {"declined", "returned", "submitted"})
    assert mail.muted(carol.user) == {"submitted"}


def test_a_rollback_owes_nothing(carol, technology):
    row = draft_by(carol.user, technology)
    with transaction.atomic():
        send(row, carol.user)
        assert Email.objects.count() == 1
        transaction.set_rollback(True)
    assert Email.objects.count() == 0


def test_farewells_are_erased_once_they_are_delivered(db, carol, technology):
    sent_by(carol, technology)
    mail.owe_farewell("gone@example.com", byline="kept")
    assert mail.erase_farewells() == 0
    Email.objects.update(status=STATUS.sent)
    mail.erase_farewells()
    assert [row.to for row in Email.objects.all()] == [["carol@example.com"]]


def test_a_farewell_that_cannot_be_delivered_is_erased_after_a_week(db):
    mail.owe_farewell("gone@example.com", byline="replaced")
    Email.objects.update(created=timezone.now() - timedelta(days=8), status=STATUS.failed)
    mail.erase_farewells()
    assert not Email.objects.exists()


MAILS = ("submitted", "returned", "scheduled", "published", "declined", "article_withdrawn")


@pytest.fixture
def every_mail(carol, technology, eddie):
    """One mail of every kind, by happening."""
    found = {}

    def keep(name):
        found[name] = last_mail()

    row = sent_by(carol, technology)
    keep("submitted")
    row = return_to_author(row, eddie, version=row.version, note="补一张图。")
    keep("returned")
    row = send(row, carol.user)
    decline(row, eddie, version=row.version, note="不合。")
    keep("declined")
    row = sent_by(carol, technology, title="第二篇")
    row = accept(row, eddie, version=row.version, at=timezone.now() + timedelta(days=1))
    keep("scheduled")
    publish(row.article, None)
    row.refresh_from_db()
    if row.state != State.PUBLISHED:
        settle_published()
    keep("published")
    row.refresh_from_db()
    withdraw_article(row, carol.user)
    keep("article_withdrawn")
    mail.owe_farewell("carol@example.com", byline="kept")
    keep("closed")
    return found


def test_every_mail_is_in_one_language_and_says_who_writes(every_mail):
    assert set(MAILS) <= set(every_mail)
    for name, sent in every_mail.items():
        words = re.sub(r"https?://\S+|\S+@\S+|SHA-256|HTTP|[0-9a-f]{64}", "", sent.message)
        assert re.findall(r"[A-Za-z]{2,}", words) == [], name
        assert "拾页 http://testserver" in sent.message, name
        assert "{" not in sent.message, name
        assert "\n\n\n" not in sent.message, name
        assert sent.message == sent.message.strip() + "\n", name
        assert sent.html_message == "", name


def test_mails_are_english_where_the_site_is(carol, technology, eddie):
    with translation.override("en"):
        sent_by(carol, technology, title="A house")
        assert last_mail().subject == "【拾页】We have received “A house”"
        assert not re.search(r"[\u4e00-\u9fff]", last_mail().message.replace("拾页", ""))
