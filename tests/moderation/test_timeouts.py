"""Deadlines act."""

from datetime import datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from post_office.models import STATUS, Email

from articles.models import Article, Contributor, Restriction, Scope, User
from articles.services.publishing import revise
from moderation.models import (
    Announcement,
    CaseItem,
    Delivery,
    Event,
    Happening,
    Letter,
    State,
    Step,
)
from moderation.services import answering, timeouts
from moderation.services.intake import Target
from moderation.working_days import end_of_working_day
from tests.moderation.making import (
    COUNTER,
    EvidenceKind,
    decided,
    measured,
    staged,
    submitted,
    under_review,
)

pytestmark = pytest.mark.django_db


def later(moment: datetime | None) -> time_machine.travel:
    assert moment is not None
    return time_machine.travel(moment + timedelta(seconds=1), tick=False)


def hand_over() -> int:
    """Let every mail be handed over now."""
    Email.objects.update(status=STATUS.sent, last_updated=timezone.now())
    return timeouts.settle_letters()


def test_nothing_acts_before_its_time(article: Article) -> None:
    case = submitted(article).case
    due = case.items.get().timeout_at
    with time_machine.travel(due - timedelta(seconds=1), tick=False):
        assert timeouts.act_on_deadlines() == 0


def test_an_unconfirmed_notice_expires(article: Article) -> None:
    item = submitted(article).case.items.get()
    assert item.timeout_at == item.state_since + timedelta(hours=72)
    with later(item.timeout_at):
        assert timeouts.act_on_deadlines() == 1
        assert timeouts.act_on_deadlines() == 0
    item.refresh_from_db()
    assert item.state == State.EXPIRED


def test_passing_a_deadline_escalates_and_removes_nothing(
    article: Article, mona: User, client: Client
) -> None:
    item = under_review(article).items.get()
    due = item.due_at
    with later(due):
        assert timeouts.act_on_deadlines() == 1
        assert timeouts.act_on_deadlines() == 0
        item.refresh_from_db()
        assert item.state == State.REVIEW
        assert item.due_at == due
        assert item.is_overdue
        assert Letter.objects.get(template="escalate_staff").mail.to == [mona.email]
        assert client.get(article.get_absolute_url()).status_code == 200
        decided(item.case, mona, Step.MEASURE)


def test_an_unanswered_notice_comes_back_to_the_staff(article: Article, mona: User) -> None:
    case = under_review(article)
    decided(case, mona, Step.NOTIFY_FIRST)
    item = case.items.get()
    with later(item.due_at):
        timeouts.act_on_deadlines()
        item.refresh_from_db()
        assert item.state == State.REVIEW
        assert item.due_at == timezone.now() + timedelta(hours=24)


def waiting(article: Article, carol: Contributor, mona: User) -> CaseItem:
    item = measured(article, mona)
    answering.file_counter(item, carol.user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(item.case, mona, Step.FORWARD)
    item.refresh_from_db()
    return item


def test_the_wait_runs_from_the_arrival(
    article: Article, carol: Contributor, mona: User, client: Client
) -> None:
    item = waiting(article, carol, mona)
    assert item.due_at is None
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        arrived = timezone.now()
        hand_over()
        item.refresh_from_db()
        assert item.due_at == arrived + timedelta(days=15)
    with later(item.due_at):
        timeouts.act_on_deadlines()
        assert client.get(article.get_absolute_url()).status_code == 200
    assert {"restore_claimant", "restore_contributor"} <= set(
        Letter.objects.values_list("template", flat=True)
    )


def test_the_same_date_and_address_come_back(
    article: Article, carol: Contributor, mona: User
) -> None:
    before = (article.published_at, article.get_absolute_url(), article.prose)
    item = waiting(article, carol, mona)
    hand_over()
    item.refresh_from_db()
    with later(item.due_at):
        timeouts.act_on_deadlines()
    article.refresh_from_db()
    assert (article.published_at, article.get_absolute_url(), article.prose) == before


def test_the_us_way_counts_business_days(
    article: Article, carol: Contributor, mona: User, settings: object
) -> None:
    settings.MODERATION = settings.MODERATION | {"COUNTER_NOTICE_MODE": "us"}
    item = waiting(article, carol, mona)
    hand_over()
    item.refresh_from_db()
    assert item.due_at == end_of_working_day(timezone.now(), 10)


def test_an_address_that_rejects_mail_does_not_keep_the_article_away(
    article: Article, carol: Contributor, mona: User
) -> None:
    item = waiting(article, carol, mona)
    Email.objects.update(status=STATUS.failed)
    timeouts.settle_letters()
    item.refresh_from_db()
    assert item.due_at is not None
    letter = Letter.objects.get(template="forward_claimant")
    assert letter.delivery == Delivery.FAILED
    assert Letter.objects.filter(template="undeliverable_staff").exists()


def test_settling_twice_changes_nothing(article: Article, mona: User) -> None:
    measured(article, mona)
    assert hand_over() > 0
    count = Event.objects.count()
    assert timeouts.settle_letters() == 0
    assert Event.objects.count() == count


def test_an_uncontested_measure_rests_and_stays(
    article: Article, mona: User, client: Client
) -> None:
    item = measured(article, mona)
    with later(item.timeout_at):
        timeouts.act_on_deadlines()
        item.refresh_from_db()
        assert item.state == State.MEASURED
        assert item.is_at_rest
        item.case.refresh_from_db()
        assert item.case.closed_at is not None
        assert timeouts.act_on_deadlines() == 0
    assert client.get(article.get_absolute_url()).status_code == 451


def test_a_late_counter_statement_opens_it_again(
    article: Article, carol: Contributor, mona: User
) -> None:
    item = measured(article, mona)
    with later(item.timeout_at):
        timeouts.act_on_deadlines()
        evidence = [staged(EvidenceKind.COUNTER).pk]
        answering.file_counter(item, carol.user, COUNTER, evidence=evidence)
    item.refresh_from_db()
    item.case.refresh_from_db()
    assert item.state == State.COUNTER_REVIEW
    assert item.case.closed_at is None


def test_after_downtime_what_fell_due_first_is_done_first(article: Article, mona: User) -> None:
    slow = submitted(article).case.items.get()
    urgent = under_review(article).items.get()
    with time_machine.travel(timezone.now() + timedelta(days=9), tick=False):
        assert timeouts.act_on_deadlines() == 2
    events = Event.objects.filter(event__in=[Step.ESCALATE, Step.EXPIRE]).order_by("seq")
    assert [event.item for event in events] == [urgent.pk, slow.pk]


def test_one_failure_stops_no_other(
    article: Article, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = (submitted(article).case.items.get() for _ in range(2))
    real = timeouts.take_step

    def failing(case: object, *args: object, **kwargs: object) -> object:
        if case.pk == first.case_id:
            raise RuntimeError("no")
        return real(case, *args, **kwargs)

    monkeypatch.setattr(timeouts, "take_step", failing)
    with later(second.timeout_at):
        assert timeouts.act_on_deadlines() == 1
    second.refresh_from_db()
    assert second.state == State.EXPIRED
    assert "failed" in caplog.text


# --- Who cannot be reached ------------------------------------------------------------------
def test_a_bounce_publishes_a_redacted_notice(article: Article, mona: User) -> None:
    item = measured(article, mona)
    mail = Letter.objects.get(template="measure_contributor").mail
    Email.objects.filter(pk=mail.pk).update(status=STATUS.failed)
    timeouts.settle_letters()
    assert Announcement.objects.get().item == item
    assert Event.objects.filter(event=Happening.ANNOUNCED).count() == 1


def test_a_byline_without_account_is_announced(article: Article, mona: User) -> None:
    article.contributor.user = None
    article.contributor.save()
    measured(article, mona)
    assert timeouts.announce_unreachable() == 1
    assert timeouts.announce_unreachable() == 0
    assert Announcement.objects.count() == 1


def test_a_notice_ends_with_the_measure(article: Article, mona: User) -> None:
    article.contributor.user = None
    article.contributor.save()
    item = measured(article, mona)
    timeouts.announce_unreachable()
    decided(item.case, mona, Step.CORRECT)
    assert Announcement.objects.get().ended_at is not None


# --- Passages -------------------------------------------------------------------------------
def test_a_lost_passage_is_told_once_and_found_again(article: Article, mona: User) -> None:
    passage = "多数人一觉得慢就去买新设备。"
    body = article.body
    measured(article, mona, targets=[Target(article, Scope.PASSAGE, passage)])
    assert timeouts.watch_passages() == 0
    revise(article, None, {"body": "<p>整段都改写了。</p>"})
    assert not Restriction.objects.get().is_located
    assert timeouts.watch_passages() == 1
    assert timeouts.watch_passages() == 0
    assert Letter.objects.get(template="passage_lost_staff").mail.to == [mona.email]
    revise(article, None, {"body": body})
    assert timeouts.watch_passages() == 1
    assert Event.objects.filter(event=Happening.PASSAGE_FOUND).count() == 1


def test_a_restoration_has_its_own_term_of_appeal(
    article: Article, carol: Contributor, mona: User
) -> None:
    """Also where the measure was decided on more than six months before."""
    item = measured(article, mona)
    with time_machine.travel(timezone.now() + timedelta(days=300), tick=False):
        proof = staged(EvidenceKind.COUNTER).pk
        answering.file_counter(item, carol.user, COUNTER, evidence=[proof])
        decided(item.case, mona, Step.FORWARD)
        hand_over()
    item.refresh_from_db()
    with later(item.timeout_at):
        assert timeouts.act_on_deadlines() == 1
        item.refresh_from_db()
        assert item.state == State.RESTORED
        answering.file_appeal(item, "请再看一次。", party=item.case.claimant)


def test_a_letter_that_fails_stops_no_other(
    article: Article, mona: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = under_review(article)
    first, second = Letter.objects.filter(case=case).order_by("pk")[:2]
    settle = timeouts.settle_letter

    def fails(letter: Letter, *args: object, **kwargs: object) -> int:
        if letter.pk == first.pk:
            raise RuntimeError
        return settle(letter, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(timeouts, "settle_letter", fails)
    assert hand_over() > 0
    second.refresh_from_db()
    assert second.delivery == Delivery.ARRIVED
