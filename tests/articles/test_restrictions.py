from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from articles.models import Article, Restriction, Scope, User
from articles.services.publishing import revise
from articles.services.restrictions import lift, restrict, withholding

CASE = "TS-2026-000123"


def test_a_whole_measure_hides_and_lifting_brings_back(article: Article, mona: User) -> None:
    measure = restrict(article, mona, Scope.WHOLE, reference=CASE)
    assert not Article.objects.visible().exists()
    assert withholding(article) == measure
    lift(measure, mona)
    assert Article.objects.visible().get() == article
    assert withholding(article) is None


def test_the_strictest_of_several_wins_and_lifting_one_leaves_the_others(article: Article) -> None:
    first = restrict(article, None, Scope.WHOLE, reference=CASE)
    second = restrict(article, None, Scope.WHOLE, reference="TS-2026-000124", http_status=410)
    assert withholding(article) == second
    lift(second, None)
    assert withholding(article) == first
    assert not Article.objects.visible().exists()


def test_a_passage_leaves_text_and_summary_and_comes_back(article: Article) -> None:
    passage = "我家是九十年代的砖混房，三室一厅"
    measure = restrict(article, None, Scope.PASSAGE, reference=CASE, passage=passage)
    article.refresh_from_db()
    assert "砖混房" not in article.prose
    assert "砖混房" not in article.summary
    assert "权利人通知" in article.prose
    assert "砖混房" in article.body
    lift(measure, None)
    article.refresh_from_db()
    assert "砖混房" in article.prose
    assert "砖混房" in article.summary


def test_an_excerpt_that_holds_the_beginning_of_a_passage_is_not_shown(article: Article) -> None:
    revise(article, None, {"excerpt": "砖混房里，多数人一觉得慢就去买新……"})
    passage = "多数人一觉得慢就去买新设备。二、换个位置"
    restrict(article, None, Scope.PASSAGE, reference="TS-1", passage=passage)
    article.refresh_from_db()
    assert "一觉得慢" not in article.summary


def test_a_passage_in_the_excerpt_of_the_editors_leaves_that_too(article: Article) -> None:
    revise(article, None, {"excerpt": "先说：多数人一觉得慢就去买新设备。"})
    restrict(article, None, Scope.PASSAGE, reference=CASE, passage="多数人一觉得慢就去买新设备")
    article.refresh_from_db()
    assert "多数人" not in article.summary


def test_a_passage_stays_hidden_through_unrelated_edits(article: Article) -> None:
    measure = restrict(article, None, Scope.PASSAGE, reference=CASE, passage="弱电箱是最差的位置")
    changed = revise(article, None, {"body": "<p>新的开头。</p>" + article.body})
    assert "弱电箱" not in changed.prose
    revise(article, None, {"body": "<p>全改了。</p>"})
    measure.refresh_from_db()
    assert not measure.is_located


def test_a_passage_that_is_not_there_is_refused(article: Article) -> None:
    with pytest.raises(ValidationError, match="找不到"):
        restrict(article, None, Scope.PASSAGE, reference=CASE, passage="从未写过的话")
    assert not Restriction.objects.exists()


def test_lifting_twice_changes_nothing(article: Article) -> None:
    measure = restrict(article, None, Scope.WHOLE, reference=CASE)
    lifted = lift(measure, None).lifted_at
    assert lift(measure, None).lifted_at == lifted


def test_editors_cannot_withhold_and_moderators_cannot_edit(
    article: Article, eddie: User, sam: User, mona: User
) -> None:
    for person in (eddie, sam):
        with pytest.raises(PermissionDenied):
            restrict(article, person, Scope.WHOLE, reference=CASE)
    measure = restrict(article, mona, Scope.WHOLE, reference=CASE)
    with pytest.raises(PermissionDenied):
        lift(measure, eddie)


def test_an_article_under_a_measure_cannot_vanish(article: Article) -> None:
    restrict(article, None, Scope.WHOLE, reference=CASE)
    with pytest.raises(ProtectedError):
        article.delete()


@pytest.mark.parametrize(
    "values",
    [
        {"scope": "whole", "passage": "x"},
        {"scope": "passage", "passage": ""},
        {"scope": "image"},
        {"scope": "whole", "http_status": 404},
        {"scope": "whole", "reference": ""},
        {"scope": "whole", "lifted_at": timezone.now() - timedelta(days=1)},
    ],
)
def test_the_database_refuses_inconsistent_rows(article: Article, values: dict) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Restriction.objects.create(
            **{"article": article, "reference": CASE, "since": timezone.now(), **values}
        )
