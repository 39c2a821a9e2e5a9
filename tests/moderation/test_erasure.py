"""Personal data go: on request and when their time is over. The record stays right."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import storages
from django.db import connection
from django.utils import timezone
from post_office.models import STATUS, Email

from articles.models import Article, Contributor, User
from moderation.models import (
    Case,
    CaseItem,
    Event,
    Evidence,
    EvidenceKind,
    Happening,
    Kind,
    Letter,
    Party,
    Source,
    State,
    Statement,
    Step,
)
from moderation.services import answering, erasure, intake, timeouts
from moderation.services.erasure import erase_party, retain
from moderation.services.keeping import set_hold
from moderation.services.verifying import verify
from moderation.working_days import months_later
from submissions.services.closing import close_account
from submissions.services.mail import erase_farewells
from tests.moderation.making import (
    COUNTER,
    RITA,
    decided,
    measured,
    notice,
    staged,
    submitted,
    under_review,
)

pytestmark = pytest.mark.django_db
PERSONAL = (RITA.name, RITA.email, RITA.phone, RITA.address, COUNTER["phone"], COUNTER["address"])


@pytest.fixture
def commits(django_capture_on_commit_callbacks: Any) -> Any:
    return django_capture_on_commit_callbacks


def at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def hand_over() -> None:
    Email.objects.update(status=STATUS.sent, last_updated=timezone.now())
    timeouts.settle_letters()


def closed(article: Article, mona: User, **changes: Any) -> Case:
    """A refused case, its mails delivered."""
    case = under_review(article, **changes)
    decided(case, mona, Step.REFUSE)
    hand_over()
    case.refresh_from_db()
    return case


def left_of(words: tuple[str, ...]) -> list[str]:
    """Return where one of the words still stands in any text of moderation or its mails."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not table.startswith(("moderation_", "post_office_")):
                continue
            cursor.execute(f"SELECT * FROM {table}")
            found += [table for row in cursor.fetchall() if any(w in str(row) for w in words)]
    return found


def faults() -> list[Any]:
    return verify().faults


# --- On request -----------------------------------------------------------------------------
def test_a_claimant_is_erased_and_the_record_stays_right(
    article: Article, mona: User, commits: Any
) -> None:
    case = closed(article, mona)
    path = Evidence.objects.get(case=case).path
    key = bytes(case.claim.key)
    assert left_of(PERSONAL)
    with commits(execute=True):
        erase_party(case.claimant, mona)
    assert left_of(PERSONAL) == []
    assert not storages["private"].exists(path)
    assert bytes(Statement.objects.get(pk=case.claim.pk).key) == b"" != key
    party = Party.objects.get(pk=case.claimant.pk)
    assert party.erased_at is not None
    assert str(party) == party.actor
    event = Event.objects.latest("seq")
    assert (event.event, event.actor) == (Happening.ERASED, f"u{mona.pk}")
    assert event.payload["parties"] == [party.pk]
    assert Letter.objects.filter(case=case, mail=None, text="").count() == Letter.objects.count()
    assert faults() == []
    case.refresh_from_db()
    assert case.items.get().state == State.REFUSED
    erase_party(case.claimant, mona)
    assert Event.objects.filter(event=Happening.ERASED).count() == 1


def test_while_the_case_is_open_nothing_is_erased(article: Article, mona: User) -> None:
    case = under_review(article)
    with pytest.raises(ValidationError) as caught:
        erase_party(case.claimant, mona)
    assert caught.value.code == "open"


def test_who_joined_an_open_case_is_not_erased(article: Article, mona: User) -> None:
    first, second = under_review(article), under_review(article)
    decided(second, mona, Step.JOIN, join_to=first.items.get().pk)
    with pytest.raises(ValidationError) as caught:
        erase_party(second.claimant, mona)
    assert caught.value.code == "open"
    decided(first, mona, Step.REFUSE)
    erase_party(second.claimant, mona)
    assert faults() == []


@pytest.mark.parametrize("who", ["sam", "eddie"])
def test_only_who_handles_cases_erases(
    article: Article, mona: User, who: str, request: pytest.FixtureRequest
) -> None:
    case = closed(article, mona)
    with pytest.raises(PermissionDenied):
        erase_party(case.claimant, request.getfixturevalue(who))


def test_one_side_is_erased_and_the_other_stays(
    article: Article, carol: Contributor, mona: User
) -> None:
    item = measured(article, mona)
    answering.file_counter(item, carol.user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(item.case, mona, Step.REFUSE_COUNTER)
    hand_over()
    case = item.case
    erase_party(case.claimant, mona)
    assert left_of(PERSONAL[:4]) == []
    assert left_of(PERSONAL[4:]) == ["moderation_statement"]
    case.refresh_from_db()
    assert case.erased_at is None
    assert faults() == []


def test_what_happens_later_needs_nobody_who_was_erased(
    article: Article, carol: Contributor, mona: User
) -> None:
    """The measure stands; the contributor appeals although the claimant is gone."""
    case = under_review(article)
    decided(case, mona, Step.MEASURE)
    hand_over()
    item = case.items.get()
    with at(item.due_at + timedelta(hours=1)):
        timeouts.act_on_deadlines()
        erase_party(case.claimant, mona)
        answering.file_appeal(item, "请再看一次。", by=carol.user)
        hand_over()
        assert faults() == []


# --- When its time is over ------------------------------------------------------------------
def test_an_unconfirmed_notice_leaves_nothing(article: Article, commits: Any) -> None:
    """Scenario 2."""
    case = submitted(article, evidence=[staged().pk]).case
    path = Evidence.objects.get(case=case).path
    with at(timezone.now() + timedelta(hours=71)):
        assert (timeouts.act_on_deadlines(), retain()) == (0, 0)
    with at(timezone.now() + timedelta(hours=73)), commits(execute=True):
        assert timeouts.act_on_deadlines() == 1
        assert retain() == 1
        assert retain() == 0
    assert left_of(PERSONAL) == []
    assert not storages["private"].exists(path)
    case.refresh_from_db()
    assert case.erased_at is not None
    assert faults() == []


def test_identity_documents_go_thirty_days_after_closure(article: Article, mona: User) -> None:
    files = [staged().pk, staged(EvidenceKind.IDENTITY).pk]
    case = closed(article, mona, evidence=files)
    with at(case.closed_at + timedelta(days=29, hours=23)):
        assert retain() == 0
    with at(case.closed_at + timedelta(days=30, minutes=1)):
        assert retain() == 1
        assert retain() == 0
    assert [row.kind for row in Evidence.objects.kept().filter(case=case)] == [EvidenceKind.RIGHT]
    event = Event.objects.latest("seq")
    assert (event.event, event.reason) == (Happening.ERASED, "identity")
    assert faults() == []


def test_case_data_go_three_years_after_closure(article: Article, mona: User) -> None:
    case = closed(article, mona)
    end = months_later(case.closed_at, 36)
    with at(end - timedelta(minutes=1)):
        retain()
        assert left_of(PERSONAL)
    with at(end + timedelta(minutes=1)):
        assert retain() == 1
        assert retain() == 0
    assert left_of(PERSONAL) == []
    assert faults() == []


def test_a_reopened_case_counts_from_its_second_closure(
    article: Article, mona: User, chloe: User
) -> None:
    case = closed(article, mona)
    end = months_later(case.closed_at, 36)
    with at(case.closed_at + timedelta(days=30)):
        answering.file_appeal(case.items.get(), "请再看一次。", party=case.claimant)
    with at(end + timedelta(minutes=1)):
        retain()
    assert left_of(PERSONAL)


def test_a_legal_hold_pauses_it_all(article: Article, mona: User) -> None:
    case = closed(
        article, mona, evidence=[staged().pk, staged(EvidenceKind.IDENTITY).pk], ip="192.0.2.7"
    )
    set_hold(case, mona, on=True, text="法院来函，保全。")
    with at(months_later(case.closed_at, 40)):
        assert retain() == 0
        with pytest.raises(ValidationError) as caught:
            erase_party(case.claimant, mona)
        assert caught.value.code == "hold"
        assert Party.objects.get(pk=case.claimant.pk).ip
        set_hold(case, mona, on=False, text="案件已结。")
        assert retain() > 0
    assert left_of(PERSONAL) == []
    assert faults() == []


def test_addresses_of_the_internet_go_after_six_months(article: Article) -> None:
    case = under_review(article, ip="192.0.2.7", user_agent="Firefox")
    made = case.claimant.created_at
    with at(months_later(made, 6) - timedelta(minutes=1)):
        assert retain() == 0
    with at(months_later(made, 6) + timedelta(minutes=1)):
        assert retain() == 1
        assert retain() == 0
    party = Party.objects.get(pk=case.claimant.pk)
    assert (party.ip, party.user_agent) == (None, "")
    assert party.name == RITA.name
    assert faults() == []


def test_a_closed_account_is_erased_once_its_case_is(
    article: Article, carol: Contributor, mona: User
) -> None:
    item = measured(article, mona)
    answering.file_counter(item, carol.user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    hand_over()
    close_account(carol.user, keeps_byline=True)
    assert retain() == 0
    decided(item.case, mona, Step.REFUSE_COUNTER)
    hand_over()
    erase_farewells()
    assert retain() == 1
    assert retain() == 0
    assert left_of((COUNTER["phone"], COUNTER["address"], "carol@example.com")) == []
    assert left_of((RITA.phone,))
    assert faults() == []


def test_one_failure_stops_no_other(
    article: Article, monkeypatch: Any, caplog: pytest.LogCaptureFixture
) -> None:
    cases = [submitted(article).case for _ in range(2)]
    real = erasure._erase

    def fail_first(case: Case, *args: Any) -> None:
        if case.pk == cases[0].pk:
            raise OSError("no such luck")
        real(case, *args)

    monkeypatch.setattr(erasure, "_erase", fail_first)
    with at(timezone.now() + timedelta(hours=73)):
        timeouts.act_on_deadlines()
        assert retain() == 1
    assert cases[0].number in caplog.text


def test_a_letter_that_was_still_owed_is_not_sent(article: Article) -> None:
    submitted(article)
    with at(timezone.now() + timedelta(hours=73)):
        timeouts.act_on_deadlines()
        retain()
    assert not Email.objects.exists()
    before = Event.objects.count()
    assert timeouts.settle_letters() == 0
    assert Event.objects.count() == before


def test_paper_notices_are_erased_too(article: Article, mona: User) -> None:
    made = intake.enter(notice(article, Kind.OTHER, person=RITA), mona, source=Source.PAPER)
    decided(made.case, mona, Step.REFUSE)
    hand_over()
    erase_party(made.case.claimant, mona)
    assert left_of(PERSONAL[:4]) == []
    assert CaseItem.objects.get().state == State.REFUSED


# --- Who joined a case ----------------------------------------------------------------------
def joined_with_proof(article: Article, carol: Contributor, mona: User) -> tuple[Case, Case]:
    """A case, and one that was joined to it, whose claimant proved proceedings; both are over."""
    item = measured(article, mona)
    second = under_review(article, person=replace(RITA, email="b@example.org"))
    decided(second, mona, Step.JOIN, join_to=item.pk)
    answering.file_counter(item, carol.user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(item.case, mona, Step.FORWARD)
    hand_over()
    item.refresh_from_db()
    proof = staged(EvidenceKind.PROCEEDINGS).pk
    second.refresh_from_db()
    answering.file_proof(item, second.claimant, "b@example.org 已起诉。", evidence=[proof])
    decided(item.case, mona, Step.VERIFY_PROOF)
    decided(item.case, mona, Step.OUTCOME_UPHOLD)
    hand_over()
    return item.case, second


def test_proof_of_who_joined_goes_with_them(
    article: Article, carol: Contributor, mona: User, commits: Any
) -> None:
    _first, second = joined_with_proof(article, carol, mona)
    proof = Evidence.objects.get(kind=EvidenceKind.PROCEEDINGS)
    with commits(execute=True):
        erase_party(second.claimant, mona)
    proof.refresh_from_db()
    assert proof.erased_at is not None
    assert left_of(("b@example.org",)) == []
    assert faults() == []


def test_the_other_side_s_words_go_from_the_letters_of_who_joined(
    article: Article, carol: Contributor, mona: User
) -> None:
    first, _second = joined_with_proof(article, carol, mona)
    assert "post_office_email" in left_of((COUNTER["explanation"],))
    erase_party(first.parties.get(contributor=carol), mona)
    assert left_of((COUNTER["explanation"],)) == []
    assert faults() == []
