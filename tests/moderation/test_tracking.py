"""The claimant's private page."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from post_office.models import STATUS, Email

from moderation.models import (
    Case,
    Delivery,
    Event,
    Evidence,
    EvidenceKind,
    Happening,
    Kind,
    Letter,
    Party,
    State,
    Step,
)
from moderation.services import answering, deciding, intake
from moderation.services.links import renew_link, revoke_link
from moderation.services.parties import give_link, link_of
from moderation.services.timeouts import settle_letters
from tests.moderation.making import (
    CLAIM,
    COUNTER,
    RITA,
    decided,
    measured,
    staged,
    submitted,
    under_review,
)

pytestmark = pytest.mark.django_db
PROOF = b"%PDF-1.4 proof"


@pytest.fixture(autouse=True)
def _mail_in_rows(settings):
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


@pytest.fixture
def strict():
    """A browser that sends no CSRF token: the pages must work without a cookie."""
    return Client(enforce_csrf_checks=True)


def address(case, what=""):
    party = Party.objects.get(pk=case.claimant_id)
    return link_of(party).removeprefix("http://testserver") + what


def page(client, case, what=""):
    response = client.get(address(case, what))
    assert response.status_code == 200
    return response


def state(case):
    return case.items.get().state


def waiting(article, mona, **changes):
    """A case whose counter-statement was forwarded and has arrived."""
    item = measured(article, mona, **changes)
    files = [staged(EvidenceKind.COUNTER).pk]
    answering.file_counter(item, article.contributor.user, COUNTER, evidence=files)
    decided(item.case, mona, Step.FORWARD)
    Email.objects.update(status=STATUS.sent)
    settle_letters()
    item.refresh_from_db()
    return item


def upload(name="受理通知书.pdf", data=PROOF):
    return SimpleUploadedFile(name, data, "application/pdf")


# --- Who may come in ------------------------------------------------------------------------
def test_whoever_has_the_link_sees_the_case(client, article):
    case = under_review(article)
    shown = page(client, case)
    assert case.number in shown.text
    assert "审核中" in shown.text
    assert "no-store" in shown["Cache-Control"]
    assert shown["X-Robots-Tag"] == "noindex"
    assert shown["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex">' in shown.text


def test_unknown_revoked_and_malformed_tokens_answer_the_same(client, article):
    case = under_review(article)
    former = address(case)
    revoke_link(case.claimant)
    token = former.split("/")[2]
    other = ("A" if token[0] != "A" else "B") + token[1:]
    answers, asked = [], []
    for path in (former, f"/report/{other}/", "/report/x/", "/report/a%20b/", "/report/投诉/"):
        with CaptureQueriesContext(connection) as captured:
            response = client.get(path)
        assert response.status_code == 404
        body = response.text.replace(path, "")
        answers.append((re.sub(r"/report/[^\"<]*", "", body), sorted(response.headers)))
        asked.append([q["sql"][:60] for q in captured])
    for answer, queries in zip(answers, asked, strict=True):
        assert answer == answers[0]
        assert queries == asked[0]
    for what in ("amend/", "withdraw/", "link/", "publish/", "files/1/", "1/proof/"):
        assert client.get(former + what).status_code == 404
        assert client.post(former + what).status_code in {404, 405}
    assert client.post(former + "confirm/").status_code == 404


def test_a_visit_changes_nothing(client, article):
    case = submitted(article).case
    before = Event.objects.count()
    for what in ("", "amend/", "withdraw/", "link/", "confirm/", "publish/"):
        client.get(address(case, what))
        client.head(address(case, what))
    assert state(case) == State.UNCONFIRMED
    assert Event.objects.count() == before


# --- Confirming and completing --------------------------------------------------------------
def test_confirming_by_post_without_cookie_or_token(strict, article):
    case = submitted(article).case
    assert "确认" in page(strict, case).text
    response = strict.post(address(case, "confirm/"))
    assert response.url == address(case)
    assert state(case) == State.REVIEW
    shown = page(strict, case)
    assert "您的邮箱已确认" in shown.text
    strict.post(address(case, "confirm/"))
    assert Event.objects.filter(event=Step.CONFIRM).count() == 1


def incomplete(article, **changes):
    return under_review(article, evidence=[], person=replace(RITA, address=""), **changes)


def test_what_is_missing_is_named_with_how_to_mend_it(client, article):
    case = incomplete(article)
    shown = page(client, case).text
    for words in ("通信地址", "证据", "补正"):
        assert words in shown
    form = page(client, case, "amend/").context["form"]
    assert list(form.fields)[:2] == ["address", "right"]
    assert str(form.fields["explanation"].label) in page(client, case, "amend/").text
    assert CLAIM["explanation"] in page(client, case, "amend/").text


def filled(case, **changes):
    return {
        **{key: CLAIM[key] for key in ("explanation", "work_title", "work_author", "work_source")},
        "original_text": "", "asked": "withhold", "name": RITA.name, "phone": RITA.phone,
        "address": RITA.address, "principal": "", "declared": "on", "signed": "周一",
        "may_share": "on",
    } | changes  # fmt: skip


def test_a_term_is_called_alike_by_the_clock_and_in_the_course(client, article):
    with time_machine.travel("2026-06-01 10:00:00+08:00", tick=False):
        body = page(client, under_review(article, evidence=[])).content.decode()
    assert "00:00" not in re.sub(r"<[^>]*>", "", body)
    assert body.count("2026年6月15日（星期一）24:00") > 2


def test_amending_completes_under_the_same_number(strict, article):
    case = incomplete(article)
    response = strict.post(address(case, "amend/"), filled(case, right=[upload()]))
    assert response.status_code == 302
    case.refresh_from_db()
    assert (case.gaps, state(case)) == ([], State.REVIEW)
    assert case.complete_at is not None
    file = Evidence.objects.get(case=case)
    assert (file.kind, file.is_shareable) == (EvidenceKind.RIGHT, True)
    assert page(strict, case).context["dossier"].gaps == []


def test_amending_may_leave_gaps_and_is_asked_again(client, article):
    case = incomplete(article)
    client.post(address(case, "amend/"), filled(case))
    case.refresh_from_db()
    assert case.gaps == ["E"]
    assert state(case) == State.INCOMPLETE
    assert "仍有缺项" in page(client, case).text


def test_what_was_typed_and_uploaded_is_kept_when_something_is_wrong(client, article):
    case = incomplete(article)
    data = filled(case, explanation="新写的说明", signed="", right=[upload("权属.pdf")])
    response = client.post(address(case, "amend/"), data)
    assert response.status_code == 200
    assert "新写的说明" in response.text
    assert "权属.pdf" in response.text
    assert state(case) == State.INCOMPLETE
    token = response.context["form"].carried[0][0]
    client.post(address(case, "amend/"), filled(case, explanation="新写的说明", staged=[token]))
    assert state(case) == State.REVIEW
    assert Evidence.objects.get(case=case).name == "权属.pdf"


def test_a_file_of_another_kind_is_refused_with_its_name(client, article):
    case = incomplete(article)
    wrong = SimpleUploadedFile("权属.pdf", b"MZ\x00\x01", "application/pdf")
    response = client.post(address(case, "amend/"), filled(case, right=[wrong]))
    assert "权属" in response.text
    assert response.context["form"].errors["right"]
    assert state(case) == State.INCOMPLETE


def test_a_complete_notice_is_not_amended(client, article):
    case = under_review(article)
    assert client.get(address(case, "amend/")).url == address(case)
    client.post(address(case, "amend/"), filled(case, name="别人"))
    case.claimant.refresh_from_db()
    assert case.claimant.name == RITA.name


# --- The clock ------------------------------------------------------------------------------
def test_the_clock_says_what_comes_and_by_when(client, article, mona):
    item = waiting(article, mona)
    response = page(client, item.case)
    ((clock, _views),) = response.context["dossier"].clocks
    assert clock.until == item.due_at
    assert f'data-until="{timezone.localtime(item.due_at).isoformat()}"' in response.text
    assert clock.left in response.text
    assert "不侵权声明" in response.text
    assert COUNTER["explanation"] in response.text
    assert COUNTER["phone"] not in response.text
    assert COUNTER["address"] not in response.text
    assert "carol@example.com" not in response.text


def test_the_bar_grows_and_an_attribute_draws_it(client, article, mona):
    item = waiting(article, mona)
    with time_machine.travel(item.state_since + timedelta(days=7, hours=12), tick=False):
        assert '<path class="a" d="M0 0h75v4H0z"/>' in page(client, item.case).text
    assert "style=" not in page(client, item.case).text


# --- Acting ---------------------------------------------------------------------------------
def test_withdrawing_asks_first_and_can_be_in_part(client, article, mona, carol, technology):
    from articles.services.publishing import create_article, publish
    from moderation.services.intake import Target

    other = publish(
        create_article(None, title="另一篇", body="<p>另一篇的正文。</p>", contributor=carol,
                       category=technology), None,
    )  # fmt: skip
    case = submitted(article, targets=[Target(article), Target(other)]).case
    intake.confirm(case, case.claimant)
    decided(case, mona, Step.MEASURE)
    first, second = case.items.all()
    assert str(first.article_id) in page(client, case, "withdraw/").text
    response = client.post(address(case, "withdraw/"), {})
    assert "请选择" in response.text
    client.post(address(case, "withdraw/"), {"items": [first.pk]})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (State.WITHDRAWN, State.MEASURED)
    assert client.get(f"/p/{article.pk}.html").status_code == 200
    assert client.get(f"/p/{other.pk}.html").status_code == 451
    assert client.post(address(case, "withdraw/"), {"items": [first.pk]}).status_code == 200
    client.post(address(case, "withdraw/"), {"items": [second.pk]})
    assert client.get(address(case, "withdraw/")).url == address(case)


def test_proof_of_proceedings_stops_the_clock(strict, article, mona):
    item = waiting(article, mona)
    path = address(item.case, f"{item.pk}/proof/")
    response = strict.post(path, {"text": "杭州互联网法院"})
    assert "请添加" in response.text
    response = strict.post(path, {"text": "杭州互联网法院", "proceedings": [upload()]})
    assert response.status_code == 302
    item.refresh_from_db()
    assert item.state == State.PROOF_REVIEW
    file = Evidence.objects.get(kind=EvidenceKind.PROCEEDINGS)
    assert not file.is_shareable
    assert strict.get(path).status_code == 404


def test_an_appeal_within_six_months(client, article, mona):
    case = under_review(article)
    decided(case, mona, Step.REFUSE)
    item = case.items.get()
    path = address(case, f"{item.pk}/appeal/")
    assert "申诉" in page(client, case).text
    with time_machine.travel(timezone.now() + timedelta(days=200), tick=False):
        assert client.get(path).status_code == 404
        assert path not in page(client, case).text
    assert "请说明" in client.post(path, {"text": " "}).text
    assert client.post(path, {"text": "首发日期看错了。"}).status_code == 302
    assert state(case) == State.APPEALED


@pytest.mark.parametrize("step", [Step.MEASURE])
def test_no_appeal_against_what_was_asked_for(client, article, mona, step):
    case = under_review(article)
    decided(case, mona, step)
    assert client.get(address(case, f"{case.items.get().pk}/appeal/")).status_code == 404


# --- The link -------------------------------------------------------------------------------
def test_renewing_ends_the_old_link_and_mails_the_new_one(strict, article):
    case = under_review(article)
    former = address(case)
    page(strict, case, "link/")
    response = strict.post(former + "link/", {"do": "renew"})
    assert "r***@example.org" in response.text
    new = address(case)
    assert new != former
    assert new not in response.text
    assert strict.get(former).status_code == 404
    assert strict.get(new).status_code == 200
    mail = Letter.objects.get(template="link_revoked_claimant").mail
    assert f"http://testserver{new}" in mail.message
    assert Event.objects.filter(event=Happening.LINK_REVOKED).count() == 1


def test_revoking_ends_it_for_everybody(strict, article):
    case = under_review(article)
    former = address(case)
    assert strict.post(former + "link/", {"do": "revoke"}).status_code == 200
    assert strict.get(former).status_code == 404
    assert "/report/" not in Letter.objects.get(template="link_revoked_claimant").mail.message
    revoke_link(case.claimant)
    assert Event.objects.filter(event=Happening.LINK_REVOKED).count() == 1


def test_without_any_address_no_new_link_is_offered(client, article):
    made = submitted(article, Kind.ILLEGAL, person=replace(RITA, email="", address=""))
    assert 'value="renew"' not in page(client, made.case, "link/").text
    with pytest.raises(Exception, match="地址"):
        renew_link(made.case.claimant)


# --- Publishing -----------------------------------------------------------------------------
def test_consent_to_publish_after_closure_and_taking_it_back(strict, article, mona):
    case = under_review(article)
    assert strict.get(address(case, "publish/")).status_code == 404
    decided(case, mona, Step.REFUSE)
    assert address(case, "publish/") in page(strict, case).text
    page(strict, case, "publish/")
    case.refresh_from_db()
    assert not case.is_public
    strict.post(address(case, "publish/"), {"do": "publish"})
    case.refresh_from_db()
    assert case.is_public
    strict.post(address(case, "publish/"), {"do": "unpublish"})
    case.refresh_from_db()
    assert not case.is_public
    events = Event.objects.filter(event__in=[Happening.OPENED, Happening.CLOSED])
    assert [row.event for row in events.order_by("seq")] == ["opened", "closed"]


@pytest.mark.parametrize(
    ("kind", "changes"),
    [(Kind.PRIVACY, {}), (Kind.ILLEGAL, {}),
     (Kind.COPYRIGHT, {"person": replace(RITA, is_minor=True)})],
)  # fmt: skip
def test_some_cases_are_never_published(client, article, mona, kind, changes):
    case = under_review(article, kind, **changes)
    decided(case, mona, Step.REFUSE)
    assert client.get(address(case, "publish/")).status_code == 404
    assert client.post(address(case, "publish/"), {"do": "publish"}).status_code == 404
    assert not Case.objects.filter(is_public=True).exists()


# --- Files ----------------------------------------------------------------------------------
def test_own_files_and_forwarded_ones_are_saved_as_attachments(client, article, mona):
    item = waiting(article, mona)
    own = Evidence.objects.get(kind=EvidenceKind.RIGHT)
    theirs = Evidence.objects.get(kind=EvidenceKind.COUNTER)
    for row in (own, theirs):
        assert address(item.case, f"files/{row.pk}/") in page(client, item.case).text
        response = client.get(address(item.case, f"files/{row.pk}/"))
        assert response.status_code == 200
        assert response["Content-Disposition"].startswith("attachment")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response.getvalue() == PROOF


def test_what_was_not_forwarded_or_not_shared_stays_closed(client, article, mona):
    item = measured(article, mona)
    open_file, closed_file = (
        staged(EvidenceKind.COUNTER, shareable=shared) for shared in (True, False)
    )
    files = [open_file.pk, closed_file.pk]
    answering.file_counter(item, article.contributor.user, COUNTER, evidence=files)
    shown = page(client, item.case).text
    assert COUNTER["explanation"] not in shown
    assert client.get(address(item.case, f"files/{open_file.pk}/")).status_code == 404
    decided(item.case, mona, Step.FORWARD)
    assert client.get(address(item.case, f"files/{open_file.pk}/")).getvalue() == PROOF
    assert client.get(address(item.case, f"files/{closed_file.pk}/")).status_code == 404
    assert client.get(address(item.case, "files/999999/")).status_code == 404


# --- Letters --------------------------------------------------------------------------------
def test_letters_are_listed_with_when_they_were_handed_over(client, article):
    case = under_review(article)
    Email.objects.update(status=STATUS.sent)
    settle_letters()
    letters = page(client, case).context["dossier"].letters
    assert {letter.delivery for letter in letters} == {Delivery.ARRIVED}
    assert all(letter.settled_at and letter.text for letter in letters)


def test_an_undeliverable_letter_stands_on_the_page(client, article):
    case = under_review(article)
    Email.objects.update(status=STATUS.failed)
    settle_letters()
    shown = page(client, case)
    text = Email.objects.filter(to="rita@example.org").latest("pk").message
    assert "未能送达" in shown.text
    assert text.splitlines()[0] in shown.text


def test_a_claimant_without_address_reads_letters_here_and_the_wait_begins_at_once(
    client, article, mona
):
    case = under_review(article, Kind.OTHER)
    Party.objects.filter(pk=case.claimant_id).update(email="", address="")
    item = decided(case, mona, Step.MEASURE).items[0]
    files = [staged(EvidenceKind.COUNTER).pk]
    answering.file_counter(item, article.contributor.user, COUNTER, evidence=files)
    now = timezone.now()
    with time_machine.travel(now, tick=False):
        decided(case, mona, Step.FORWARD)
    letter = Letter.objects.get(template=deciding.FORWARDED)
    assert letter.delivery == Delivery.ON_PAGE
    item.refresh_from_db()
    assert item.due_at == item.timeout_at == now + timedelta(days=15)
    assert item.counters.get().arrived_at == now
    assert letter.text.splitlines()[-1] in page(client, case).text


# --- Co-claimants ---------------------------------------------------------------------------
def test_a_co_claimant_sees_the_clock_of_what_was_joined(client, article, mona):
    first = measured(article, mona)
    other = replace(RITA, name="周二", email="other@example.org")
    case = under_review(article, person=other)
    decided(case, mona, Step.JOIN, join_to=first.pk)
    files = [staged(EvidenceKind.COUNTER).pk]
    answering.file_counter(first, article.contributor.user, COUNTER, evidence=files)
    decided(first.case, mona, Step.FORWARD)
    Email.objects.update(status=STATUS.sent)
    settle_letters()
    first.refresh_from_db()
    response = page(client, case)
    ((clock, (view,)),) = response.context["dossier"].clocks
    assert view.is_joined
    assert clock.until == first.due_at
    assert COUNTER["explanation"] in response.text
    assert first.case.number not in response.text
    assert "rita@example.org" not in response.text
    assert RITA.name not in response.text
    path = address(case, f"{case.items.get().pk}/proof/")
    client.post(path, {"text": "", "proceedings": [upload()]})
    first.refresh_from_db()
    assert first.state == State.PROOF_REVIEW


def test_a_stranger_to_an_item_proves_nothing(article, mona):
    from django.core.exceptions import PermissionDenied

    item = waiting(article, mona)
    other = under_review(article, person=replace(RITA, email="other@example.org"))
    with pytest.raises(PermissionDenied):
        answering.file_proof(
            item, other.claimant, "", evidence=[staged(EvidenceKind.PROCEEDINGS).pk]
        )


def test_a_link_that_was_given_anew_opens_the_same_case(client, article):
    case = under_review(article)
    give_link(Party.objects.get(pk=case.claimant_id))
    assert case.number in page(client, case).text
