"""What the contributor and the claimant say after a measure."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from articles.models import Article, Contributor, User
from moderation.models import CaseItem, EvidenceKind, Kind, Letter, State, Step
from moderation.services import answering
from moderation.services.intake import Person
from moderation.working_days import end_of_working_day
from tests.moderation.making import COUNTER, decided, measured, staged, under_review

pytestmark = pytest.mark.django_db


@pytest.fixture
def item(article: Article, mona: User) -> CaseItem:
    return measured(article, mona)


def counter(item: CaseItem, carol: Contributor, *, files: bool = True, **changes: str) -> None:
    evidence = [staged(EvidenceKind.COUNTER).pk] if files else []
    answering.file_counter(item, carol.user, COUNTER | changes, evidence=evidence)
    item.refresh_from_db()


def test_a_complete_counter_statement_is_reviewed(item: CaseItem, carol: Contributor) -> None:
    counter(item, carol)
    assert item.state == State.COUNTER_REVIEW
    assert item.due_at == end_of_working_day(item.state_since, 2)


@pytest.mark.parametrize(
    ("files", "changes", "gaps"),
    [
        (False, {}, ["E"]), (True, {"phone": ""}, ["C"]),
        (True, {"explanation": "", "name": ""}, ["I", "R"]),
    ],
)  # fmt: skip
def test_its_gaps_are_named_and_mended(
    item: CaseItem, carol: Contributor, files: bool, changes: dict, gaps: list[str]
) -> None:
    counter(item, carol, files=files, **changes)
    assert item.state == State.COUNTER_GAPS
    assert item.counters.get().gaps == gaps
    assert item.due_at == end_of_working_day(item.state_since, 10)
    counter(item, carol)
    assert item.state == State.COUNTER_REVIEW
    assert item.counters.get().gaps == []


def test_gaps_that_are_not_mended_uphold(
    item: CaseItem, carol: Contributor, client: Client
) -> None:
    from moderation.services.timeouts import act_on_deadlines

    counter(item, carol, files=False)
    with time_machine.travel(item.due_at + timedelta(seconds=1), tick=False):
        assert act_on_deadlines() == 1
    item.refresh_from_db()
    assert item.state == State.UPHELD
    assert client.get(item.article.get_absolute_url()).status_code == 451


def test_it_needs_a_signature(item: CaseItem, carol: Contributor) -> None:
    with pytest.raises(ValidationError):
        counter(item, carol, signed=" ")


@pytest.mark.parametrize("who", ["sam", "mona", "eddie"])
def test_only_the_contributor_counters(
    item: CaseItem, who: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(PermissionDenied):
        answering.file_counter(item, request.getfixturevalue(who), COUNTER)


@pytest.mark.parametrize("kind", [Kind.ILLEGAL])
def test_unlawful_content_is_appealed_against_only(
    article: Article, carol: Contributor, mona: User, kind: Kind
) -> None:
    item = measured(article, mona, kind, person=Person())
    with pytest.raises(ValidationError):
        counter(item, carol)
    assert not item.counters.exists()
    answering.file_appeal(item, "内容并不违法。", by=carol.user)
    item.refresh_from_db()
    assert item.state == State.APPEALED


def test_a_review_may_ask_for_more(item: CaseItem, carol: Contributor, mona: User) -> None:
    counter(item, carol)
    decided(item.case, mona, Step.REQUEST_COUNTER_FIX, gaps=("E",))
    item.refresh_from_db()
    assert item.state == State.COUNTER_GAPS
    assert item.counters.get().gaps == ["E"]


def test_the_claimant_is_told_without_the_contributors_contact(
    item: CaseItem, carol: Contributor, mona: User
) -> None:
    counter(item, carol, explanation="电话13912345678，微信同号。底稿在附件里。")
    decided(item.case, mona, Step.FORWARD)
    letter = Letter.objects.get(template="forward_claimant").mail.message
    assert "底稿在附件里" in letter
    for secret in ("13912345678", COUNTER["phone"], COUNTER["address"], carol.user.email):
        assert secret not in letter


def test_at_once_mode_restores_in_the_same_transaction(
    item: CaseItem, carol: Contributor, mona: User, client: Client, settings: object
) -> None:
    settings.MODERATION = settings.MODERATION | {"COUNTER_NOTICE_MODE": "immediate"}
    counter(item, carol)
    decided(item.case, mona, Step.FORWARD)
    item.refresh_from_db()
    assert item.state == State.RESTORED
    assert client.get(item.article.get_absolute_url()).status_code == 200


# --- The waiting period ---------------------------------------------------------------------
@pytest.fixture
def waiting(item: CaseItem, carol: Contributor, mona: User) -> CaseItem:
    from moderation.services.timeouts import settle_letter

    counter(item, carol)
    decided(item.case, mona, Step.FORWARD)
    letter = Letter.objects.get(template="forward_claimant")
    settle_letter(letter, timezone.now(), arrived=True)
    item.refresh_from_db()
    return item


def test_proof_keeps_the_article_away(waiting: CaseItem, mona: User, client: Client) -> None:
    from moderation.services.timeouts import act_on_deadlines

    party = waiting.case.claimant
    file = staged(EvidenceKind.PROCEEDINGS).pk
    answering.file_proof(waiting, party, "立案通知书", evidence=[file])
    waiting.refresh_from_db()
    assert waiting.state == State.PROOF_REVIEW
    with time_machine.travel(timezone.now() + timedelta(days=20), tick=False):
        act_on_deadlines()
        waiting.refresh_from_db()
        assert waiting.state == State.PROOF_REVIEW
        assert waiting.escalated_at is not None
        decided(waiting.case, mona, Step.VERIFY_PROOF)
        waiting.refresh_from_db()
        assert waiting.state == State.LITIGATION
        assert waiting.due_at == timezone.now() + timedelta(days=90)
    assert client.get(waiting.article.get_absolute_url()).status_code == 451


def test_a_document_that_proves_nothing_lets_the_period_go_on(
    waiting: CaseItem, mona: User
) -> None:
    ends = waiting.wait_until
    file = staged(EvidenceKind.PROCEEDINGS).pk
    answering.file_proof(waiting, waiting.case.claimant, "", evidence=[file])
    decided(waiting.case, mona, Step.REFUSE_PROOF)
    waiting.refresh_from_db()
    assert waiting.state == State.WAITING
    assert waiting.due_at == waiting.timeout_at == ends


def test_proof_is_a_file(waiting: CaseItem) -> None:
    with pytest.raises(ValidationError):
        answering.file_proof(waiting, waiting.case.claimant, "已起诉", evidence=[])


@pytest.mark.parametrize(
    ("step", "state", "status"),
    [(Step.OUTCOME_RESTORE, State.RESTORED, 200), (Step.OUTCOME_UPHOLD, State.UPHELD, 451)],
)
def test_proceedings_end(
    waiting: CaseItem, mona: User, client: Client, step: Step, state: State, status: int
) -> None:
    file = staged(EvidenceKind.PROCEEDINGS).pk
    answering.file_proof(waiting, waiting.case.claimant, "", evidence=[file])
    decided(waiting.case, mona, Step.VERIFY_PROOF)
    decided(waiting.case, mona, step)
    waiting.refresh_from_db()
    assert waiting.state == state
    assert client.get(waiting.article.get_absolute_url()).status_code == status


# --- Appeals --------------------------------------------------------------------------------
def test_each_side_appeals_against_what_burdens_it(
    article: Article, carol: Contributor, mona: User
) -> None:
    item = measured(article, mona)
    with pytest.raises(ValidationError):
        answering.file_appeal(item, "不够。", party=item.case.claimant)
    refused = under_review(article)
    decided(refused, mona, Step.REFUSE)
    with pytest.raises(ValidationError):
        answering.file_appeal(refused.items.get(), "不对。", by=carol.user)


def test_an_appeal_has_six_months(article: Article, mona: User) -> None:
    case = under_review(article)
    with time_machine.travel("2026-08-31 12:00:00+08:00", tick=False):
        decided(case, mona, Step.REFUSE)
    # 31 August and six months: 28 February.
    with (
        time_machine.travel("2027-02-28 12:00:01+08:00", tick=False),
        pytest.raises(ValidationError),
    ):
        answering.file_appeal(case.items.get(), "请再看。", party=case.claimant)
    with time_machine.travel("2027-02-28 11:59:59+08:00", tick=False):
        answering.file_appeal(case.items.get(), "请再看。", party=case.claimant)


def test_a_stranger_to_the_case_does_not_appeal(article: Article, mona: User, sam: User) -> None:
    case = under_review(article)
    other = under_review(article)
    decided(case, mona, Step.REFUSE)
    with pytest.raises(PermissionDenied):
        answering.file_appeal(case.items.get(), "请再看。", party=other.claimant)
    with pytest.raises(PermissionDenied):
        answering.file_appeal(case.items.get(), "请再看。", by=sam)


# --- The same claim again -------------------------------------------------------------------
@pytest.fixture
def restored(waiting: CaseItem) -> CaseItem:
    from moderation.services.timeouts import act_on_deadlines

    with time_machine.travel(waiting.due_at + timedelta(seconds=1), tick=False):
        assert act_on_deadlines() == 1
    waiting.refresh_from_db()
    assert waiting.state == State.RESTORED
    return waiting


def test_after_restoration_the_same_claim_is_not_accepted(
    restored: CaseItem, client: Client
) -> None:
    case = under_review(restored.article)
    item = case.items.get()
    assert item.state == State.REJECTED
    assert item.reason == "restored_before"
    letter = Letter.objects.get(case=case, template="confirm_claimant").mail.message
    assert "第十七条" in letter or "17" in letter
    assert client.get(restored.article.get_absolute_url()).status_code == 200


def test_unless_it_brings_something_new(restored: CaseItem) -> None:
    case = under_review(restored.article, has_new_grounds=True)
    assert case.items.get().state == State.REVIEW


def test_or_comes_from_somebody_else(restored: CaseItem) -> None:
    from tests.moderation.making import RITA

    case = under_review(restored.article, person=replace(RITA, email="b@example.org"))
    assert case.items.get().state == State.REVIEW
