"""The periodic jobs of moderation: twice at once they do it once, and after days they catch up."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from post_office.models import STATUS, Email

from articles.models import Article, Category, Contributor, Restriction, User
from articles.services.publishing import create_article, publish, revise
from config.periodic_jobs import JOBS, Schedule
from moderation.models import (
    Announcement,
    CaseItem,
    Event,
    EvidenceKind,
    Happening,
    Kind,
    Letter,
    Party,
    SignedHead,
    State,
    Step,
    Strike,
)
from moderation.services import answering, erasure, heads, timeouts
from moderation.services.conduct import expire_strikes
from moderation.services.intake import Target
from moderation.services.verifying import verify
from moderation.working_days import end_of_working_day
from tests.moderation.making import COUNTER, decided, measured, staged, submitted, under_review
from tests.submissions.test_reviewing_concurrency import at_once

FIRST = timedelta(minutes=1)


def hand_over() -> None:
    Email.objects.update(status=STATUS.sent, last_updated=timezone.now())


def waiting(article: Article, carol: Contributor, mona: User) -> CaseItem:
    item = measured(article, mona)
    answering.file_counter(item, carol.user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(item.case, mona, Step.FORWARD)
    item.refresh_from_db()
    return item


def test_what_arrived_is_noted_before_terms_end() -> None:
    names = [job.name for job in JOBS]
    order = ["mail", "settle_letters", "announce_unreachable", "act_on_deadlines", "retain"]
    assert sorted(order, key=names.index) == order


# --- Twice at once --------------------------------------------------------------------------
def twice(job: Callable[[], Any]) -> int:
    """Run a job in two threads at once; return how much both did."""
    return sum(int(bool(done)) if not isinstance(done, int) else done for done in at_once(job, job))


@pytest.mark.django_db(transaction=True)
def test_deadlines_act_once(article: Article, carol: Contributor, mona: User) -> None:
    item = waiting(article, carol, mona)
    hand_over()
    assert twice(timeouts.settle_letters) == Letter.objects.exclude(settled_at=None).count()
    item.refresh_from_db()
    assert Event.objects.filter(event=Happening.ARRIVED, item=item.pk).count() == 1
    with time_machine.travel(item.due_at + FIRST, tick=False):
        submitted(article)
        assert twice(timeouts.act_on_deadlines) == 1
    assert Event.objects.filter(event=Step.RESTORE).count() == 1
    assert Letter.objects.filter(template="restore_claimant").count() == 1
    assert verify().faults == []


@pytest.mark.django_db(transaction=True)
def test_strikes_end_once(article: Article, mona: User) -> None:
    item = measured(article, mona)
    with time_machine.travel(item.due_at + FIRST, tick=False):
        assert twice(timeouts.act_on_deadlines) == 1
    strike = Strike.objects.get()
    with time_machine.travel(strike.expires_at + FIRST, tick=False):
        assert twice(expire_strikes) == 1
    assert Event.objects.filter(event=Happening.STRIKE_EXPIRED).count() == 1
    assert verify().faults == []


@pytest.mark.django_db(transaction=True)
def test_data_are_erased_once(article: Article) -> None:
    submitted(article)
    with time_machine.travel(timezone.now() + timedelta(hours=73), tick=False):
        timeouts.act_on_deadlines()
        at_once(erasure.retain, erasure.retain)
        assert erasure.retain() == 0
    assert Event.objects.filter(event=Happening.ERASED).count() == 1
    assert Party.objects.exclude(erased_at=None).count() == 1
    assert verify().faults == []


@pytest.mark.django_db(transaction=True)
def test_a_day_has_one_head(article: Article) -> None:
    submitted(article)
    at_once(heads.sign_head, heads.sign_head)
    assert SignedHead.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_lost_passage_and_an_unreachable_contributor_are_told_once(
    article: Article, carol: Contributor, mona: User
) -> None:
    carol.user = None
    carol.save()
    passage = "多数人一觉得慢就去买新设备。"
    case = under_review(article, targets=[Target(article, "passage", passage)])
    decided(case, mona, Step.MEASURE, scope="passage", passage=passage)
    revise(article, None, {"body": "<p>全都改写过了。</p>"})
    assert twice(timeouts.watch_passages) == 1
    at_once(timeouts.announce_unreachable, timeouts.announce_unreachable)
    assert Announcement.objects.count() == 1
    assert Event.objects.filter(event=Happening.PASSAGE_LOST).count() == 1
    assert verify().faults == []


# --- After days of downtime -----------------------------------------------------------------
@pytest.mark.django_db
def test_after_days_of_downtime_everything_is_caught_up_in_order(
    article: Article, carol: Contributor, mona: User, technology: Category
) -> None:
    """Terms of several cases ended while nothing ran; one run does what fell due, oldest first,
    and what follows from that when its own time comes."""
    articles = [
        publish(create_article(None, title=f"第{n}篇", body="<p>正文。</p>", contributor=carol,
                               category=technology), None)
        for n in range(3)
    ]  # fmt: skip
    begin = datetime(2026, 11, 23, 10, tzinfo=timezone.get_default_timezone())
    with time_machine.travel(begin, tick=False):
        item = waiting(article, carol, mona)
        hand_over()
        timeouts.settle_letters()
    with time_machine.travel(begin + timedelta(hours=1), tick=False):
        submitted(articles[0])
        urgent = under_review(articles[1], Kind.ILLEGAL).items.get()
        asked = under_review(articles[2], Kind.OTHER)
        decided(asked, mona, Step.NOTIFY_FIRST)
    back = begin + timedelta(days=30)
    with time_machine.travel(back, tick=False):
        assert Schedule().run_due() == 0
        assert Schedule().run_due() == 0
    fired = Event.objects.filter(role="system").exclude(to_state="").order_by("seq")
    assert [(row.event, row.item) for row in fired] == [
        (Step.ESCALATE, urgent.pk),
        (Step.EXPIRE, articles[0].case_items.get().pk),
        (Step.NO_ANSWER, asked.items.get().pk),
        (Step.RESTORE, item.pk),
    ]
    # The new term runs from when the system was there again.
    answered = asked.items.get()
    assert (answered.state, answered.due_at) == (State.REVIEW, end_of_working_day(back, 3))
    assert not Restriction.objects.active().exists()
    assert SignedHead.objects.count() == 1
    assert Party.objects.filter(case__items__article=articles[0], erased_at=None).count() == 0
    assert verify().faults == []
