"""What could not be taken cannot be proposed to a second person either."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from articles.models import Article, Contributor, User
from moderation.models import Event, Proposal, Step
from moderation.services import deciding
from moderation.services.deciding import Decision
from tests.moderation.making import measured, under_review

pytestmark = pytest.mark.django_db
WHY = Decision(reason="copyright", text="理由如上。")


@pytest.fixture(autouse=True)
def _four_eyes(settings: Any) -> None:
    settings.MODERATION = {**settings.MODERATION, "SECOND_PERSON": ["takedown", "restoration"]}


def test_a_step_that_the_state_does_not_allow(article: Article, mona: User) -> None:
    case = under_review(article)
    before = Event.objects.count()
    with pytest.raises(ValidationError) as caught:
        deciding.decide(
            case, mona, Step.APPEAL_MEASURE, WHY, version=case.version, items=[case.items.get().pk]
        )
    assert caught.value.code == "state"
    assert (Proposal.objects.count(), Event.objects.count()) == (0, before)


def test_a_party_to_the_case(article: Article, carol: Contributor, mona: User) -> None:
    case = under_review(article)
    carol.user = mona
    carol.save()
    with pytest.raises(PermissionDenied):
        deciding.decide(case, mona, Step.MEASURE, WHY, version=case.version)
    assert not Proposal.objects.exists()


def test_the_first_decider_of_what_is_appealed_against(
    article: Article, carol: Contributor, mona: User, settings: Any
) -> None:
    from moderation.services import answering

    settings.MODERATION = {**settings.MODERATION, "SECOND_PERSON": []}
    item = measured(article, mona)
    answering.file_appeal(item, "请再看一次。", by=carol.user)
    settings.MODERATION = {**settings.MODERATION, "SECOND_PERSON": ["restoration"]}
    item.case.refresh_from_db()
    with pytest.raises(PermissionDenied):
        deciding.decide(
            item.case, mona, Step.APPEAL_RESTORE, Decision(reason="mistake", text="错了。"),
            version=item.case.version,
        )  # fmt: skip
    assert not Proposal.objects.exists()
