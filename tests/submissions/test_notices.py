from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from submissions.models import Happening, Notice
from submissions.services import notices
from submissions.services.reviewing import claim, decline, return_to_author
from tests.conftest import PASSWORD
from tests.submissions.making import sent_by


@pytest.fixture
def told(carol, technology, eddie):
    """Carol with two unread notices: opened, and returned with a reason."""
    row = sent_by(carol, technology)
    claim(row, eddie)
    return_to_author(row, eddie, version=row.version, note="补<b>一张</b>图。\n\n谢谢。")
    return carol.user


def sign_in(client, user):
    assert client.login(email=user.email, password=PASSWORD)


def shown(client, path="/me/notices/"):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_notices_tell_what_editors_did_the_newest_first(client, told):
    sign_in(client, told)
    text = shown(client)
    assert text.index("请修改《老房子的插座怎么理》。") < text.index(
        "编辑已打开《老房子的插座怎么理》。"
    )
    assert "补&lt;b&gt;一张&lt;/b&gt;图。" in text
    assert "<b>一张</b>" not in text


def test_the_header_counts_the_unread_ones(client, told):
    sign_in(client, told)
    assert "通知：2条未读" in shown(client, "/")
    notices.mark_read(told)
    assert "条未读" not in shown(client, "/")


def test_the_mark_costs_one_query_and_visitors_none(client, told):
    def asked():
        with CaptureQueriesContext(connection) as captured:
            shown(client, "/")
        return [q["sql"] for q in captured if "submissions_notice" in q["sql"]]

    assert asked() == []
    sign_in(client, told)
    assert len(asked()) == 1


def test_the_count_stops(told):
    Notice.objects.bulk_create(
        Notice(account=told, happening=Happening.OPENED) for _ in range(notices.COUNTED + 20)
    )
    assert notices.unread_count(told) == notices.COUNTED + 1


def test_one_is_marked_as_read(client, told):
    sign_in(client, told)
    first = Notice.objects.filter(account=told).first()
    assert client.post("/me/notices/read/", {"notice": first.pk}).status_code == 302
    assert notices.unread_count(told) == 1
    first.refresh_from_db()
    assert first.read_at is not None


def test_all_are_marked_as_read_and_reading_marks_nothing(client, told):
    sign_in(client, told)
    shown(client)
    assert notices.unread_count(told) == 2
    client.post("/me/notices/read/")
    assert notices.unread_count(told) == 0


def test_what_was_read_keeps_its_time(told):
    notices.mark_read(told)
    before = set(Notice.objects.values_list("read_at", flat=True))
    notices.mark_read(told)
    assert set(Notice.objects.values_list("read_at", flat=True)) == before


def test_others_notices_are_neither_shown_nor_marked(client, told, sam):
    sign_in(client, sam)
    assert "老房子" not in shown(client)
    mine = [n.pk for n in Notice.objects.filter(account=told)]
    client.post("/me/notices/read/", {"notice": mine})
    assert notices.unread_count(told) == 2


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30, "١"])
def test_numbers_that_are_none_mark_nothing(client, told, number):
    sign_in(client, told)
    assert client.post("/me/notices/read/", {"notice": number}).status_code == 302
    assert notices.unread_count(told) == 2


def test_strangers_are_led_to_the_sign_in(client, db):
    for path in ("/me/notices/", "/me/settings/", "/me/data/", "/me/close/"):
        response = client.get(path)
        assert response.status_code == 302
        assert response.url.startswith("/accounts/")
    assert client.get("/me/notices/read/").status_code in {302, 405}


def test_marking_needs_a_post(client, told):
    sign_in(client, told)
    assert client.get("/me/notices/read/").status_code == 405


def test_long_lists_have_pages(client, told):
    now = timezone.now()
    Notice.objects.bulk_create(
        Notice(account=told, happening=Happening.HELD, created_at=now - timedelta(hours=n))
        for n in range(40)
    )
    sign_in(client, told)
    assert 'href="?page=2"' in shown(client)
    assert 'href="?page=1"' in shown(client, "/me/notices/?page=2")
    for page in ("0", "x", "99999999", "-1"):
        assert client.get(f"/me/notices/?page={page}").status_code == 404


def test_an_unknown_happening_and_a_deleted_text_are_still_shown(client, told):
    Notice.objects.create(account=told, happening="later", text="以后的消息")
    sign_in(client, told)
    assert "账户有新消息" in shown(client)
    assert "以后的消息" in shown(client)


def test_internal_lines_make_no_notice(carol, technology, eddie):
    from submissions.services.reviewing import ask_chief

    row = sent_by(carol, technology)
    ask_chief(row, eddie, version=row.version, note="主编怎么看？")
    assert not Notice.objects.filter(text__contains="主编").exists()


def test_one_submission_tells_its_own_author_alone(carol, sam, technology, eddie):
    row = sent_by(carol, technology)
    decline(row, eddie, version=row.version, note="不合。")
    assert {n.account for n in Notice.objects.all()} == {carol.user}


def test_a_line_about_no_submission_leads_where_it_says(client, told):
    notices.tell(told, "有人就您的文章提出了侵权通知。", "/me/cases/TS-2026-000001/")
    sign_in(client, told)
    text = shown(client)
    assert '<a href="/me/cases/TS-2026-000001/">有人就您的文章提出了侵权通知。</a>' in text
    assert "通知：3条未读" in text
