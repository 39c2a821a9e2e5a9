"""Cases about articles that the editors moved to the trash: they go on as before."""

import pytest
from django.core.exceptions import ValidationError

from articles.models import Article, Status
from articles.services.publishing import publish, unpublish
from articles.services.trash import delete_now, purge_trash, trash, untrash
from moderation.models import Step
from tests.moderation.making import decided, under_review

pytestmark = pytest.mark.django_db


def test_a_measure_is_taken_in_the_trash_and_holds_when_it_comes_back(client, article, mona, eddie):
    case = under_review(article)
    trash(article, eddie)
    client.force_login(mona)
    assert client.get(f"/admin/moderation/case/{case.pk}/change/").status_code == 200
    decided(case, mona, Step.MEASURE)
    assert article.restrictions.active().count() == 1
    back = untrash(article, eddie)
    assert back.status == Status.UNPUBLISHED
    publish(back, eddie)
    assert not Article.objects.visible().filter(pk=article.pk).exists()
    client.logout()
    assert client.get(article.get_absolute_url()).status_code == 451


def test_what_a_case_refers_to_is_never_deleted(article, eddie, chloe):
    under_review(article)
    gone = trash(article, eddie)
    with pytest.raises(ValidationError):
        delete_now(gone, chloe)
    Article.objects.filter(pk=article.pk).update(trashed_at="2020-01-01T00:00:00Z")
    assert purge_trash() == 0
    assert Article.objects.get(pk=article.pk).trashed_at is not None


def test_withdrawing_first_is_what_a_withheld_article_needs(article, mona, eddie):
    case = under_review(article)
    decided(case, mona, Step.MEASURE)
    with pytest.raises(ValidationError):
        trash(article, eddie)
    unpublish(article, eddie)
    assert trash(article, eddie).trashed_at is not None
