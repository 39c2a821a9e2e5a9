"""The 25 scenarios of TAKEDOWN.md §9, by their numbers, through the pages and the desk."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone
from post_office.models import STATUS, Email

from articles.models import Article, Contributor, Picture, User
from articles.services.pictures import add_picture
from articles.services.publishing import create_article, publish, revise
from articles.services.related import store_related
from moderation.models import (
    Announcement,
    Case,
    Event,
    Happening,
    Kind,
    Letter,
    Party,
    State,
    Step,
    Strike,
)
from submissions.models import Standing
from tests.articles.test_visibility import PUBLIC, filled
from tests.browser.helpers import picture_bytes
from tests.conftest import turn_record_guard
from tests.moderation.acting import Desk, Rita, hand_over, pdf, served, tick

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail_in_rows(settings: Any) -> None:
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


@pytest.fixture
def clock() -> Iterator[Any]:
    """A Monday morning that stands still until a test moves it."""
    with time_machine.travel("2026-06-01 10:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def rita() -> Rita:
    return Rita()


@pytest.fixture
def desk(mona: User) -> Desk:
    return Desk(mona)


@pytest.fixture
def other_desk(mona: User) -> Desk:
    """A second moderator."""
    user = User.objects.create_user("max@example.com", "x", name="Max", is_staff=True)
    user.groups.set(mona.groups.all())
    return Desk(user)


@pytest.fixture
def me(carol: Contributor) -> Client:
    """The contributor's browser."""
    browser = Client()
    browser.force_login(carol.user)
    return browser


def state(case: Case) -> str:
    return str(case.items.get().state)


def counter(me: Client, case: Case, **changes: Any) -> Any:
    data = {
        "name": "卡罗尔", "phone": "13900002222", "address": "上海市某路2号",
        "explanation": "文章是我自己写的，底稿在附件里。", "declared": "on", "signed": "卡罗尔",
        "counter": pdf(), **changes,
    }  # fmt: skip
    item = case.items.get()
    return me.post(f"/me/cases/{case.number}/{item.pk}/counter/", data, follow=True)


def waiting(rita: Rita, desk: Desk, me: Client, article: Article) -> Case:
    """A case whose counter-statement has reached the claimant."""
    case = rita.confirmed(article)
    desk.step(case, "measure", reason="copyright")
    counter(me, case)
    desk.step(case, "forward")
    tick()
    assert state(case) == State.WAITING
    return case


def mails(case: Case, step: Step) -> set[str]:
    """Who was sent a letter with the last such step."""
    act = Event.objects.filter(case_number=case.number, event=step).last().act
    letters = Letter.objects.filter(act=act, mail__isnull=False)
    return {address for letter in letters for address in letter.mail.to}


def verify(*options: str) -> tuple[int, str]:
    from django.core.management.base import CommandError

    out, err = StringIO(), StringIO()
    try:
        call_command("verify_casework", *options, stdout=out, stderr=err)
    except CommandError as error:
        return error.returncode, out.getvalue() + str(error)
    except SystemExit as error:
        return int(error.code or 0), out.getvalue()
    return 0, out.getvalue()


# --- Intake ---------------------------------------------------------------------------------
def test_01_a_complete_notice_is_under_review_once_confirmed(
    clock: Any, rita: Rita, article: Article
) -> None:
    case = rita.report(article)
    assert case.number == "TS-2026-000001"
    assert state(case) == State.UNCONFIRMED
    address = rita.link(case)
    rita.browser.get(address)
    assert state(case) == State.UNCONFIRMED
    rita.browser.post(address + "confirm/")
    assert state(case) == State.REVIEW
    receipt = Letter.objects.get(template="confirm_claimant").mail
    assert receipt.to == ["rita@example.org"]
    assert case.number in receipt.message
    assert case.number in rita.page(case)


def test_02_an_unconfirmed_notice_leaves_no_personal_data(
    clock: Any, rita: Rita, desk: Desk, article: Article
) -> None:
    case = rita.report(article)
    clock.shift(timedelta(hours=72, seconds=1))
    tick()
    assert state(case) == State.EXPIRED
    party = Party.objects.get()
    assert party.erased_at is not None
    assert (party.name, party.email, party.phone, party.ip) == ("", "", "", None)
    assert not any("周一" in str(said.data) for said in case.statements.all())
    assert not Email.objects.filter(to__icontains="rita@example.org").exists()
    queue = desk.queue()
    assert case.number not in queue
    assert verify()[0] == 0


def test_03_every_gap_is_listed(clock: Any, rita: Rita, article: Article) -> None:
    gaps = {"file-right": None, "address": "", "work_title": ""}
    case = rita.confirmed(article, **gaps)
    assert state(case) == State.INCOMPLETE
    assert case.gaps == ["A", "R", "E"]
    letter = Letter.objects.get(template="confirm_claimant").mail.message
    for shown in (letter, rita.page(case)):
        for name in ("通信地址", "权利", "证据"):
            assert name in shown, name


def test_04_amending_keeps_the_number_and_starts_the_clock(
    clock: Any, rita: Rita, article: Article
) -> None:
    case = rita.confirmed(article, **{"file-right": None})
    clock.shift(timedelta(days=2))
    rita.do(
        case, "amend/", name="周一", phone="13800001111", address="杭州市某路1号",
        explanation="第二节与我的文章一致，未经许可。", work_title="清汤的做法", work_author="周一",
        work_source="https://blog.example.net/2025/08/clear-broth", asked="withhold",
        declared="on", signed="周一", right=pdf(),
    )  # fmt: skip
    case.refresh_from_db()
    assert state(case) == State.REVIEW
    assert case.number == "TS-2026-000001"
    assert case.complete_at == timezone.now()
    assert case.items.get().due_at == timezone.now() + timedelta(hours=24)


@pytest.mark.parametrize(
    "target", ["https://elsewhere.example.net/p/1.html", "http://testserver/p/99999.html", "x"]
)
def test_05_a_foreign_target_is_a_form_error(
    rita: Rita, article: Article, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    from tests.moderation.acting import typed

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("A request went out.")

    if connection.vendor == "sqlite":
        monkeypatch.setattr(socket.socket, "connect", refuse)
    response = rita.browser.post("/report/copyright/", typed(article, targets=target))
    assert response.status_code == 200
    page = response.content.decode()
    assert "errs" in page
    assert "第二节与我的文章一致，未经许可。" in page
    assert not Case.objects.exists()


def test_06_an_agent_needs_the_authorisation(clock: Any, rita: Rita, article: Article) -> None:
    case = rita.confirmed(article, role="agent", principal="某出版社")
    assert state(case) == State.INCOMPLETE
    assert case.gaps == ["P"]


def test_07_unlawful_content_is_reported_without_a_name(
    clock: Any, rita: Rita, article: Article
) -> None:
    nobody = {"name": None, "email": None, "phone": None}
    case = rita.report(article, "illegal", **nobody)
    assert state(case) == State.REVIEW
    token = rita.told.split("/report/")[1:]
    assert any(len(part.split("/")[0]) == 43 for part in token)
    again = rita.browser.get("/report/sent/").content.decode()
    assert not any(len(part.split("/")[0]) == 43 for part in again.split("/report/")[1:])


# --- Measures -------------------------------------------------------------------------------
def test_08_a_whole_measure_takes_it_from_every_surface(
    clock: Any, rita: Rita, desk: Desk, carol: Contributor, technology: object
) -> None:
    common = {"contributor": carol, "category": technology, "tags": ["共同"]}
    secret, other = (
        publish(create_article(None, title=title, body="<p>文</p>", **common), None)
        for title in ("绝密标题", "公开的")
    )
    store_related(other.pk)
    browser = Client()
    addresses = [filled(address, secret, other) for found in PUBLIC.values() for address in found]
    before = {a for a in addresses if "绝密标题" in browser.get(a).content.decode()}
    assert {"/", f"/p/{other.pk}.html", "/tag/共同/", "/author/carol/"} <= before
    case = rita.confirmed(secret)
    desk.step(case, "measure", reason="copyright")
    assert served(secret) == 451
    page = browser.get(secret.get_absolute_url()).content.decode()
    assert case.number in page
    assert "不代表本站认定侵权" in page
    for address in addresses:
        assert "绝密标题" not in browser.get(address).content.decode(), address


def test_09_an_image_measure_leaves_the_article(
    clock: Any, rita: Rita, desk: Desk, article: Article
) -> None:
    picture = add_picture(None, ContentFile(picture_bytes(), name="a.png"), alt="图")
    revise(article, None, {"body": f'<p>文</p><p><img src="{picture.url}" alt="图"></p>'})
    shown = Client().get(picture.url)
    assert (shown.status_code, b"".join(shown) != b"") == (200, True)
    case = rita.confirmed(article)
    desk.step(case, "measure", reason="copyright", picture=picture.pk)
    assert served(article) == 200
    assert picture.url not in Client().get(article.get_absolute_url()).content.decode()
    assert Client().get(picture.url).status_code == 451
    stored = Picture.objects.get(pk=picture.pk)
    for rendition in stored.renditions:
        address = f"/media/{rendition['file']}"
        assert Client().get(address).status_code == 451


def test_10_a_warm_page_is_gone_on_the_very_next_request(
    clock: Any, rita: Rita, desk: Desk, article: Article
) -> None:
    reader = Client()
    case = rita.confirmed(article)
    for _ in range(3):
        fetched = reader.get(article.get_absolute_url())
        assert fetched.status_code == 200
    conditional = {
        "If-None-Match": fetched.get("ETag", '"x"'),
        "If-Modified-Since": fetched.get("Last-Modified", "Mon, 01 Jun 2026 02:00:00 GMT"),
    }
    desk.step(case, "measure", reason="copyright")
    assert reader.get(article.get_absolute_url(), headers=conditional).status_code == 451
    assert reader.head(article.get_absolute_url()).status_code == 451


def test_11_with_two_measures_one_lifted_is_not_enough(
    clock: Any, rita: Rita, desk: Desk, article: Article
) -> None:
    first = rita.confirmed(article)
    desk.step(first, "measure", reason="copyright")
    second = rita.confirmed(article, "privacy", email="b@example.org")
    desk.step(second, "measure", reason="privacy")
    rita.do(first, "withdraw/", items=[first.items.get().pk], confirm="on")
    assert state(first) == State.WITHDRAWN
    assert served(article) == 451


def test_12_of_three_articles_one_is_refused(
    clock: Any, rita: Rita, desk: Desk, article: Article, carol: Contributor
) -> None:
    others = [
        publish(create_article(None, title=f"第{n}篇", body="<p>文</p>", contributor=carol), None)
        for n in range(2)
    ]
    lines = "\n".join(f"/p/{a.pk}.html" for a in (article, *others))
    case = rita.confirmed(article, targets=lines)
    items = {item.article_id: item.pk for item in case.items.all()}
    desk.step(case, "refuse", reason="no_infringement", items=[items[others[0].pk]])
    desk.step(case, "measure", reason="copyright", items=[items[article.pk], items[others[1].pk]])
    assert [served(a) for a in (article, *others)] == [451, 200, 451]


# --- Counter-statements ---------------------------------------------------------------------
def test_13_the_system_restores_after_the_wait(
    clock: Any, rita: Rita, desk: Desk, me: Client, article: Article
) -> None:
    case = waiting(rita, desk, me, article)
    due = case.items.get().due_at
    assert due == timezone.now() + timedelta(days=15)
    for page in (rita.page(case), me.get(f"/me/cases/{case.number}/").content.decode()):
        assert timezone.localtime(due).strftime("%Y-%m-%dT%H:%M") in page
    clock.move_to(due - timedelta(seconds=1))
    tick()
    assert served(article) == 451
    clock.move_to(due)
    tick()
    assert served(article) == 200
    event = Event.objects.get(event=Step.RESTORE)
    assert event.role == "system"
    assert mails(case, Step.RESTORE) == {"rita@example.org", "carol@example.com"}


def test_14_proof_of_a_suit_prevents_the_restoration(
    clock: Any, rita: Rita, desk: Desk, me: Client, article: Article
) -> None:
    case = waiting(rita, desk, me, article)
    due, item = case.items.get().due_at, case.items.get()
    rita.do(case, f"{item.pk}/proof/", text="立案通知书", proceedings=pdf())
    assert state(case) == State.PROOF_REVIEW
    desk.step(case, "verify_proof")
    clock.move_to(due + timedelta(days=1))
    tick()
    assert state(case) == State.LITIGATION
    assert served(article) == 451


def test_15_at_once_mode_restores_in_the_same_transaction(
    clock: Any, rita: Rita, desk: Desk, me: Client, article: Article, settings: Any
) -> None:
    settings.MODERATION = settings.MODERATION | {"COUNTER_NOTICE_MODE": "immediate"}
    case = rita.confirmed(article)
    desk.step(case, "measure", reason="copyright")
    counter(me, case)
    assert served(article) == 451
    desk.step(case, "forward")
    assert state(case) == State.RESTORED
    assert served(article) == 200
    assert mails(case, Step.FORWARD) == {"rita@example.org", "carol@example.com"}


def test_16_the_same_claim_is_not_accepted_after_restoration(
    clock: Any, rita: Rita, desk: Desk, me: Client, article: Article
) -> None:
    case = waiting(rita, desk, me, article)
    clock.move_to(case.items.get().due_at)
    tick()
    again = rita.confirmed(article)
    assert state(again) == State.REJECTED
    assert "第十七条" in rita.page(again)
    assert served(article) == 200


def test_17_a_notice_is_published_where_mail_bounces(
    clock: Any, rita: Rita, desk: Desk, article: Article
) -> None:
    case = rita.confirmed(article)
    desk.step(case, "measure", reason="copyright")
    bounced = Letter.objects.get(template="measure_contributor").mail
    Email.objects.filter(pk=bounced.pk).update(status=STATUS.failed)
    tick()
    assert Announcement.objects.get().item == case.items.get()
    listed = Client().get("/notices/").content.decode()
    shown = Client().get(f"/notices/{Announcement.objects.get().pk}/").content.decode()
    assert case.number in listed
    assert case.number in shown
    for secret in ("周一", article.title, "纸上行舟", "rita@example.org", "第二节与我"):
        assert secret not in listed
        assert secret not in shown


def test_18_a_forwarded_personality_notice_lacks_the_claimants_contact(
    clock: Any, rita: Rita, desk: Desk, me: Client, article: Article
) -> None:
    text = "电话13800001111，身份证330106199001011234，邮箱rita@example.org，住杭州市某路1号。"
    case = rita.confirmed(
        article, "personality", explanation=text, address="杭州市某路1号", name="苏远山",
        signed="苏远山",
    )  # fmt: skip
    desk.step(case, "measure", reason="reputation")
    mail = Letter.objects.get(template="measure_contributor").mail.message
    page = me.get(f"/me/cases/{case.number}/").content.decode()
    for shown in (mail, page):
        for secret in (
            "13800001111",
            "330106199001011234",
            "rita@example.org",
            "某路1号",
            "苏远山",
        ):
            assert secret not in shown


# --- Two people, strikes, appeals -----------------------------------------------------------
def test_19_the_proposer_does_not_approve(
    clock: Any, rita: Rita, desk: Desk, other_desk: Desk, article: Article, settings: Any
) -> None:
    settings.MODERATION = settings.MODERATION | {"SECOND_PERSON": ["takedown"]}
    case = rita.confirmed(article)
    desk.step(case, "measure", reason="copyright")
    assert served(article) == 200
    proposal = case.proposals.get()
    desk.step(case, "approve", proposal=proposal.pk)
    assert served(article) == 200
    assert Event.objects.filter(event=Happening.APPROVAL_REFUSED).count() == 1
    other_desk.step(case, "approve", proposal=proposal.pk)
    assert served(article) == 451
    assert verify()[0] == 0


def test_20_withdrawing_lifts_and_leaves_no_strike(
    clock: Any, rita: Rita, desk: Desk, article: Article
) -> None:
    case = rita.confirmed(article)
    desk.step(case, "measure", reason="copyright")
    rita.do(case, "withdraw/", items=[case.items.get().pk], confirm="on")
    assert served(article) == 200
    clock.shift(timedelta(days=30))
    tick()
    assert not Strike.objects.exists()


def test_21_the_first_reviewer_does_not_decide_the_appeal(
    clock: Any, rita: Rita, desk: Desk, other_desk: Desk, article: Article
) -> None:
    case = rita.confirmed(article)
    desk.step(case, "refuse", reason="no_infringement")
    rita.do(case, f"{case.items.get().pk}/appeal/", text="请再看第二节。")
    assert state(case) == State.APPEALED
    refused = desk.step(case, "appeal_measure", reason="copyright")
    assert state(case) == State.APPEALED
    assert refused.status_code in {200, 403}
    other_desk.step(case, "appeal_measure", reason="copyright")
    assert state(case) == State.MEASURED
    assert served(article) == 451


def test_22_the_third_strike_suspends_and_overruling_reinstates(
    clock: Any, rita: Rita, desk: Desk, me: Client, carol: Contributor, article: Article
) -> None:
    more = [
        publish(create_article(None, title=f"第{n}篇", body="<p>文</p>", contributor=carol), None)
        for n in range(2)
    ]
    cases = []
    for number, struck in enumerate([article, *more]):
        cases.append(rita.confirmed(struck, email=f"r{number}@example.org"))
        desk.step(cases[-1], "measure", reason="copyright")
        clock.move_to(cases[-1].items.get().timeout_at)
        tick()
    assert Standing.objects.get(contributor=carol).is_suspended
    me.force_login(carol.user)
    assert "不能投稿" in me.post("/submit/", follow=True).content.decode()
    desk.step(cases[2], "correct", reason="mistake")
    assert not Standing.objects.get(contributor=carol).is_suspended


# --- The record -----------------------------------------------------------------------------
def test_23_an_erased_party_leaves_the_record_valid(
    clock: Any, rita: Rita, desk: Desk, article: Article
) -> None:
    case = rita.confirmed(article)
    desk.step(case, "refuse", reason="no_infringement")
    tick()
    clock.shift(timedelta(days=3 * 366))
    tick()
    assert Party.objects.get(pk=case.claimant_id).erased_at is not None
    assert Event.objects.filter(event=Happening.ERASED, case_number=case.number).exists()
    assert verify()[0] == 0


@pytest.mark.parametrize("how", ["edited", "deleted", "truncated"])
def test_24_tampering_shows(clock: Any, rita: Rita, desk: Desk, article: Article, how: str) -> None:
    case = rita.confirmed(article)
    desk.step(case, "measure", reason="copyright")
    hand_over()
    assert verify()[0] == 0
    measure = Event.objects.get(event=Step.MEASURE)
    table, key = "moderation_event", measure.seq
    change = {
        "edited": f"UPDATE {table} SET reason = 'privacy' WHERE seq = {key}",
        "deleted": f"DELETE FROM {table} WHERE seq = {key}",
        "truncated": f"DELETE FROM {table} WHERE seq >= {key}",
    }[how]
    turn_record_guard(on=False)
    with connection.cursor() as cursor:
        cursor.execute(change)
    code, told = verify()
    assert code == 1
    assert str(key) in told


def test_25_many_reports_hide_nothing(
    clock: Any, desk: Desk, article: Article, settings: Any
) -> None:
    from moderation.services.intake import Person, submit
    from tests.moderation.making import notice

    for number in range(500):
        submit(
            notice(
                article, Kind.ILLEGAL, evidence=[],
                person=Person(), ip=f"10.0.{number // 250}.{number % 250}",
            )
        )  # fmt: skip
    assert Case.objects.count() == 500
    assert served(article) == 200
    queue = desk.queue()
    assert "500" in queue
    assert queue.count(f"/p/{article.pk}.html") <= 1
