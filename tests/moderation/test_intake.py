"""How a notice comes in."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from post_office.models import STATUS, Email

from articles.models import Article, Contributor, Scope, User
from moderation.models import (
    Case,
    Event,
    EvidenceKind,
    Kind,
    Letter,
    Party,
    Source,
    State,
    Statement,
    Step,
)
from moderation.services import answering, intake, timeouts
from moderation.services.intake import Person, Target
from moderation.services.parties import give_link, link_of, party_of_token
from moderation.services.record import commitment
from moderation.working_days import end_of_working_day
from tests.moderation.making import (
    CLAIM,
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


def state_of(case: Case) -> str:
    return str(case.items.get().state)


def test_a_notice_waits_for_its_address_to_be_confirmed(article: Article) -> None:
    made = submitted(article)
    assert made.case.number == f"TS-{timezone.localdate().year}-000001"
    assert state_of(made.case) == State.UNCONFIRMED
    letter = Letter.objects.get()
    assert letter.template == "submit_claimant"
    assert letter.mail.to == ["rita@example.org"]
    assert made.token in letter.mail.message
    assert party_of_token(made.token) == made.case.claimant


def test_an_article_with_a_case_is_not_deleted(article: Article) -> None:
    from articles.services.publishing import delete_article, unpublish

    submitted(article)
    unpublish(article, None)
    with pytest.raises(ValidationError):
        delete_article(article, None)
    assert Article.objects.filter(pk=article.pk).exists()


def test_numbers_count_by_the_year(article: Article) -> None:
    with time_machine.travel("2026-12-31 23:00:00+08:00", tick=False):
        assert submitted(article).case.number == "TS-2026-000001"
        assert submitted(article).case.number == "TS-2026-000002"
    with time_machine.travel("2027-01-01 00:30:00+08:00", tick=False):
        assert submitted(article).case.number == "TS-2027-000001"


def test_the_token_is_kept_as_a_hash_alone(article: Article) -> None:
    made = submitted(article)
    party = Party.objects.get(pk=made.case.claimant.pk)
    assert made.token not in str(vars(party))
    assert link_of(party).endswith(f"/report/{made.token}/")


def test_a_new_link_ends_the_old_one(article: Article) -> None:
    made = submitted(article)
    newer = give_link(made.case.claimant)
    assert newer != made.token
    assert party_of_token(made.token) is None
    assert party_of_token(newer) == made.case.claimant


def test_the_link_outlives_a_change_of_the_key(article: Article, settings: object) -> None:
    made = submitted(article)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key"
    party = Party.objects.get(pk=made.case.claimant.pk)
    assert link_of(party).endswith(f"/report/{made.token}/")


def test_confirming_opens_the_clock(article: Article) -> None:
    case = submitted(article).case
    with time_machine.travel(timezone.now() + timedelta(hours=5), tick=False):
        intake.confirm(case, case.claimant)
        item = case.items.get()
        assert item.state == State.REVIEW
        assert item.due_at == timezone.now() + timedelta(hours=24)
        case.refresh_from_db()
        assert case.complete_at == timezone.now()


def test_confirming_twice_is_refused(article: Article) -> None:
    case = under_review(article)
    with pytest.raises(ValidationError):
        intake.confirm(case, case.claimant)


def test_the_complained_revision_is_kept(article: Article) -> None:
    from articles.services.publishing import revise

    item = submitted(article).case.items.get()
    revise(article, None, {"body": "<p>现在什么都没有了。</p>"})
    kept = article.history.get(history_id=item.revision)
    assert "弱电箱" in kept.body


@pytest.mark.parametrize(
    ("kind", "changes", "gaps"),
    [
        (Kind.COPYRIGHT, {"evidence": []}, ["E"]),
        (Kind.COPYRIGHT, {"person": replace(RITA, name="", address="")}, ["I", "A"]),
        (Kind.COPYRIGHT, {"person": replace(RITA, phone="")}, ["C"]),
        (Kind.COPYRIGHT, {"claim": CLAIM | {"work_title": ""}}, ["R"]),
        (Kind.COPYRIGHT, {"claim": CLAIM | {"asked": ""}}, ["Q"]),
        (Kind.COPYRIGHT, {"person": replace(RITA, principal="某出版社")}, ["P"]),
        (Kind.PERSONALITY, {"person": replace(RITA, address="")}, []),
        (Kind.PERSONALITY, {"claim": CLAIM | {"words": ""}}, ["R"]),
        (Kind.PERSONALITY, {"evidence": []}, ["E"]),
        (Kind.PRIVACY, {"evidence": [], "person": replace(RITA, address="")}, []),
        (Kind.PRIVACY, {"claim": CLAIM | {"data_type": ""}}, ["R"]),
        (Kind.ILLEGAL, {"evidence": [], "person": Person()}, []),
        (Kind.ILLEGAL, {"claim": CLAIM | {"explanation": ""}, "person": Person()}, ["R"]),
        (Kind.OTHER, {"evidence": [], "person": replace(RITA, name="", address="")}, []),
    ],
)
def test_every_gap_is_listed_at_once(
    article: Article, kind: Kind, changes: dict, gaps: list[str]
) -> None:
    case = submitted(article, kind, **changes).case
    if state_of(case) == State.UNCONFIRMED:
        intake.confirm(case, case.claimant)
    case.refresh_from_db()
    assert case.gaps == gaps
    assert state_of(case) == (State.INCOMPLETE if gaps else State.REVIEW)
    assert (case.complete_at is None) == bool(gaps)


def test_an_agent_brings_the_authorisation(article: Article) -> None:
    files = [staged().pk, staged(EvidenceKind.AUTHORISATION).pk]
    case = under_review(article, person=replace(RITA, principal="某出版社"), evidence=files)
    assert state_of(case) == State.REVIEW


def test_a_passage_that_is_not_there_is_a_gap(article: Article) -> None:
    made = submitted(article, targets=[Target(article, Scope.PASSAGE, "从来没有写过这一句")])
    intake.confirm(made.case, made.case.claimant)
    made.case.refresh_from_db()
    assert made.case.gaps == ["U"]


def test_an_incomplete_notice_has_ten_working_days(article: Article) -> None:
    case = submitted(article, evidence=[]).case
    intake.confirm(case, case.claimant)
    assert case.items.get().due_at == end_of_working_day(timezone.now(), 10)


def test_amending_keeps_number_and_term_until_it_is_complete(article: Article) -> None:
    case = submitted(article, evidence=[], person=replace(RITA, address="")).case
    intake.confirm(case, case.claimant)
    due = case.items.get().due_at
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        intake.amend(case, case.claimant, person=RITA, claim=CLAIM)
        case.refresh_from_db()
        assert case.gaps == ["E"]
        assert state_of(case) == State.INCOMPLETE
        assert case.items.get().due_at == due
        intake.amend(case, case.claimant, person=RITA, claim=CLAIM, evidence=[staged().pk])
        case.refresh_from_db()
        assert case.gaps == []
        assert state_of(case) == State.REVIEW
        assert case.items.get().due_at == timezone.now() + timedelta(hours=24)
    assert case.claimant.statements.filter(purpose="claim").count() == 3


def test_the_record_commits_to_what_was_said(article: Article) -> None:
    submitted(article)
    event = Event.objects.get(event=Step.SUBMIT)
    said = Statement.objects.get()
    assert event.payload_commit == commitment(said)
    assert "周一" not in str(vars(event))


def test_unlawful_content_may_be_reported_without_a_name(article: Article) -> None:
    made = submitted(article, Kind.ILLEGAL, person=Person(), evidence=[])
    item = made.case.items.get()
    assert item.state == State.REVIEW
    assert item.due_at == item.state_since + timedelta(hours=4)
    assert made.token
    [letter] = Letter.objects.exclude(recipient="staff")
    assert letter.recipient == f"p{made.case.claimant_id}"
    assert letter.delivery == "on_page"
    assert Letter.objects.filter(recipient="staff", template="enter_staff").exists()


def test_others_need_an_address_a_signature_and_a_target(article: Article) -> None:
    with pytest.raises(ValidationError):
        submitted(article, person=replace(RITA, email=""))
    with pytest.raises(ValidationError):
        submitted(article, claim=CLAIM | {"signed": " "})
    with pytest.raises(ValidationError):
        submitted(article, targets=[])
    with pytest.raises(ValidationError):
        submitted(article, Kind.ORDER)
    assert not Case.objects.exists()
    assert not Event.objects.exists()


def test_the_same_target_counts_once(article: Article) -> None:
    case = submitted(article, targets=[Target(article), Target(article)]).case
    assert case.items.count() == 1


def test_staff_enter_a_letter(article: Article, mona: User) -> None:
    person = replace(RITA, email="")
    made = intake.enter(notice(article, person=person), mona, source=Source.PAPER)
    assert state_of(made.case) == State.REVIEW
    letter = Letter.objects.get(recipient=f"p{made.case.claimant_id}")
    assert letter.delivery == "by_post"
    assert made.case.number in letter.text


def test_staff_enter_an_order(article: Article, mona: User) -> None:
    until = timezone.now() + timedelta(days=30)
    order = notice(
        article, Kind.ORDER, person=Person(), claim={}, evidence=[],
        order_authority="某区人民法院", order_number="（2026）某0101民初1号",
        order_expires_at=until,
    )  # fmt: skip
    case = intake.enter(order, mona, source=Source.PAPER).case
    decided(case, mona, Step.MEASURE)
    item = case.items.get()
    assert item.state == State.MEASURED
    assert item.timeout_at == until


@pytest.mark.parametrize("who", ["sam", "eddie", "chloe"])
def test_only_moderators_enter(article: Article, who: str, request: pytest.FixtureRequest) -> None:
    with pytest.raises(PermissionDenied):
        intake.enter(notice(article), request.getfixturevalue(who), source=Source.PAPER)


def test_withdrawing_lifts_its_own_measure_alone(
    article: Article, mona: User, client: object
) -> None:
    first = measured(article, mona)
    second = measured(article, mona, person=replace(RITA, email="other@example.org"))
    intake.withdraw(first.case, first.case.claimant)
    assert client.get(article.get_absolute_url()).status_code == 451
    intake.withdraw(second.case, second.case.claimant)
    assert client.get(article.get_absolute_url()).status_code == 200
    assert first.case.strikes.count() == 0


def test_one_item_can_be_withdrawn(article: Article, carol: object) -> None:
    from articles.services.publishing import create_article, publish

    other = publish(create_article(None, title="另一篇", body="<p>文</p>", contributor=carol), None)
    case = submitted(article, targets=[Target(article), Target(other)]).case
    intake.confirm(case, case.claimant)
    chosen = case.items.get(article=other)
    intake.withdraw(case, case.claimant, items=[chosen.pk])
    assert case.items.get(article=article).state == State.REVIEW
    case.refresh_from_db()
    assert case.closed_at is None


def test_who_joined_is_taken_up_when_the_first_gives_up(article: Article, mona: User) -> None:
    first = measured(article, mona)
    second = under_review(article, person=replace(RITA, email="other@example.org"))
    decided(second, mona, Step.JOIN, join_to=first.pk)
    assert second.items.get().joined_to == first
    intake.withdraw(first.case, first.case.claimant)
    again = second.items.get()
    assert again.state == State.REVIEW
    assert again.joined_to is None


def test_what_was_restored_is_not_taken_in_by_way_of_a_gap(
    article: Article, carol: Contributor, mona: User
) -> None:
    """Scenario 16, by a notice that lacks something at first (条例 17)."""
    item = measured(article, mona)
    answering.file_counter(item, carol.user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(item.case, mona, Step.FORWARD)
    Email.objects.update(status=STATUS.sent, last_updated=timezone.now())
    timeouts.settle_letters()
    with time_machine.travel(timezone.now() + timedelta(days=16), tick=False):
        timeouts.act_on_deadlines()
        item.refresh_from_db()
        assert item.state == State.RESTORED
        case = under_review(article, person=replace(RITA, phone=""))
        assert case.gaps == ["C"]
        intake.amend(case, case.claimant, person=RITA, claim=dict(CLAIM))
        again = case.items.get()
        assert (again.state, again.reason) == (State.REJECTED, "restored_before")
        assert "第十七条" in Letter.objects.get(template="amend_claimant").mail.message
