"""A case is its own parties' alone, whoever's link was opened."""

import pytest
from django.core.exceptions import PermissionDenied

from articles.models import Article, Contributor, User
from moderation.models import Event, EvidenceKind, Step
from moderation.services import answering, erasure, intake
from moderation.services.intake import Person
from tests.moderation.making import CLAIM, COUNTER, RITA, decided, measured, staged, submitted

pytestmark = pytest.mark.django_db
ROLF = Person(name="罗夫", email="rolf@example.org", phone="13700003333", address="广州市某路3号")


def test_the_claimant_of_another_case_does_nothing_here(
    article: Article, carol: Contributor, mona: User
) -> None:
    stranger = submitted(article, person=ROLF).case.claimant
    fresh = submitted(article).case
    waiting = measured(article, mona)
    answering.file_counter(waiting, carol.user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(waiting.case, mona, Step.FORWARD)
    before = Event.objects.count()
    proof = [staged(EvidenceKind.PROCEEDINGS).pk]
    for attempt in (
        lambda: intake.confirm(fresh, stranger),
        lambda: intake.amend(fresh, stranger, person=ROLF, claim=CLAIM),
        lambda: intake.withdraw(waiting.case, stranger),
        lambda: intake.withdraw(waiting.case, stranger, by=mona),
        lambda: answering.file_proof(waiting, stranger, "已起诉。", evidence=proof),
        lambda: answering.file_proof(waiting, stranger, "已起诉。", evidence=proof, by=mona),
        lambda: answering.file_appeal(waiting, "请再看。", party=stranger),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
    assert Event.objects.count() == before


def test_who_was_erased_does_nothing_any_more(article: Article, mona: User) -> None:
    case = submitted(article).case
    intake.confirm(case, case.claimant)
    decided(case, mona, Step.REFUSE)
    party = erasure.erase_party(case.claimant, mona)
    for attempt in (
        lambda: intake.amend(case, party, person=RITA, claim=CLAIM),
        lambda: intake.withdraw(case, party),
        lambda: answering.file_appeal(case.items.get(), "请再看。", party=party),
    ):
        with pytest.raises(PermissionDenied):
            attempt()
