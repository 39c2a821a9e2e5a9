"""An appeal that is sent twice is filed once."""

import pytest
from django.core.exceptions import ValidationError

from articles.models import Article, Contributor, User
from moderation.models import Appeal, Event, Step
from moderation.services import answering
from tests.moderation.making import decided, measured, under_review
from tests.submissions.test_reviewing_concurrency import at_once, refused


@pytest.mark.django_db
def test_while_one_is_open_there_is_no_other(article: Article, mona: User) -> None:
    case = under_review(article)
    decided(case, mona, Step.REFUSE)
    item = case.items.get()
    answering.file_appeal(item, "请再看一次。", party=case.claimant)
    with pytest.raises(ValidationError):
        answering.file_appeal(item, "请再看一次。", party=case.claimant)
    assert Appeal.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_nor_when_both_come_at_once(article: Article, carol: Contributor, mona: User) -> None:
    item = measured(article, mona)

    def appeal() -> None:
        answering.file_appeal(item, "请再看一次。", by=carol.user)

    assert len(refused(at_once(appeal, appeal))) == 1
    assert Event.objects.filter(event=Step.APPEAL).count() == 1
