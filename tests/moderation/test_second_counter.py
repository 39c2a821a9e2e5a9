"""An article that is withheld again after a counter-statement had restored it."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.utils import timezone
from post_office.models import STATUS, Email

from articles.models import Article, Contributor, User
from moderation.models import CaseItem, EvidenceKind, State, Step
from moderation.services import answering, timeouts
from tests.moderation.making import COUNTER, decided, measured, staged

pytestmark = pytest.mark.django_db


def hand_over() -> None:
    Email.objects.update(status=STATUS.sent, last_updated=timezone.now())
    timeouts.settle_letters()


@pytest.fixture
def withheld_again(article: Article, carol: Contributor, mona: User) -> CaseItem:
    item = measured(article, mona)
    answering.file_counter(item, carol.user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(item.case, mona, Step.FORWARD)
    hand_over()
    item.refresh_from_db()
    with time_machine.travel(item.due_at + timedelta(minutes=1), tick=False):
        timeouts.act_on_deadlines()
        item.refresh_from_db()
        assert item.state == State.RESTORED
        answering.file_appeal(item, "请再看一次。", party=item.case.claimant)
        max_ = User.objects.create_user("max@example.com", "x", name="Max", is_staff=True)
        max_.groups.add(Group.objects.get(name="moderator"))
        decided(item.case, max_, Step.APPEAL_MEASURE)
    item.refresh_from_db()
    return item


def test_a_second_counter_statement_waits_anew(
    withheld_again: CaseItem, carol: Contributor, mona: User
) -> None:
    item = withheld_again
    with time_machine.travel(item.state_since + timedelta(hours=1), tick=False):
        answering.file_counter(
            item, carol.user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk]
        )
        decided(item.case, mona, Step.FORWARD)
        item.refresh_from_db()
        assert (item.due_at, item.timeout_at) == (None, None)
        assert timeouts.act_on_deadlines() == 0
        hand_over()
        item.refresh_from_db()
        assert item.due_at == timezone.now() + timedelta(days=15)


def test_the_new_measure_may_be_contested_again(withheld_again: CaseItem) -> None:
    item = withheld_again
    assert not item.is_uncontested
    assert not item.is_at_rest
    assert item.case.closed_at is None
