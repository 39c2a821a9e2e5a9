"""Strikes and sanctions."""

from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from articles.models import Article, Contributor, Scope, User
from articles.services.publishing import create_article, publish
from moderation.models import (
    CaseItem,
    Event,
    Happening,
    Kind,
    Letter,
    SanctionKind,
    Step,
    Strike,
    StrikeEnd,
)
from moderation.services import conduct, intake, timeouts
from moderation.services.intake import Target
from submissions.models import Standing
from tests.moderation.making import RITA, decided, measured, under_review

pytestmark = pytest.mark.django_db


def stands(item: CaseItem) -> None:
    """Let a measure stay uncontested."""
    item.refresh_from_db()
    with time_machine.travel(item.timeout_at + timedelta(seconds=1), tick=False):
        timeouts.act_on_deadlines()


def more(carol: Contributor, count: int) -> list[Article]:
    return [
        publish(create_article(None, title=f"第{n}篇", body="<p>文</p>", contributor=carol), None)
        for n in range(count)
    ]


def standing(carol: Contributor) -> Standing:
    return Standing.objects.get(contributor=carol)


def test_no_strike_before_the_time_to_contest_is_over(article: Article, mona: User) -> None:
    measured(article, mona)
    assert not Strike.objects.exists()


def test_an_uncontested_whole_measure_strikes(
    article: Article, carol: Contributor, mona: User
) -> None:
    item = measured(article, mona)
    stands(item)
    strike = Strike.objects.get()
    assert strike.contributor == carol
    assert strike.expires_at - strike.struck_at == timedelta(days=180)
    assert standing(carol).strikes == 1
    assert Letter.objects.get(template="struck_contributor").party.contributor == carol


def test_a_passage_does_not_strike(article: Article, mona: User) -> None:
    target = Target(article, Scope.PASSAGE, "多数人一觉得慢就去买新设备。")
    stands(measured(article, mona, targets=[target]))
    assert not Strike.objects.exists()


def test_one_strike_for_one_case(article: Article, carol: Contributor, mona: User) -> None:
    articles = [article, *more(carol, 2)]
    case = under_review_of(articles)
    decided(case, mona, Step.MEASURE)
    stands(case.items.first())
    assert Strike.objects.count() == 1


def under_review_of(articles: list[Article]) -> object:
    from moderation.services.intake import confirm
    from tests.moderation.making import submitted

    case = submitted(articles[0], targets=[Target(a) for a in articles]).case
    confirm(case, case.claimant)
    case.refresh_from_db()
    return case


def test_withdrawing_takes_a_strike_back(article: Article, carol: Contributor, mona: User) -> None:
    item = measured(article, mona)
    stands(item)
    intake.withdraw(item.case, item.case.claimant)
    assert Strike.objects.get().end == StrikeEnd.OVERRULED
    assert standing(carol).strikes == 0
    assert Event.objects.filter(event=Happening.STRIKE_LIFTED).count() == 1


def test_three_suspend_and_overruling_reinstates(
    article: Article, carol: Contributor, mona: User
) -> None:
    items = []
    for number, struck in enumerate([article, *more(carol, 2)], start=1):
        items.append(measured(struck, mona))
        stands(items[-1])
        assert standing(carol).strikes == number
        assert standing(carol).needs_review == (number >= 2)
        assert (standing(carol).suspended_until is not None) == (number >= 3)
    last = Strike.objects.order_by("struck_at").last()
    assert standing(carol).suspended_until == last.struck_at + timedelta(days=90)
    decided(items[2].case, mona, Step.CORRECT)
    assert standing(carol).suspended_until is None
    assert standing(carol).strikes == 2


def test_strikes_expire(article: Article, carol: Contributor, mona: User) -> None:
    stands(measured(article, mona))
    strike = Strike.objects.get()
    with time_machine.travel(strike.expires_at + timedelta(seconds=1), tick=False):
        assert conduct.expire_strikes() == 1
        assert conduct.expire_strikes() == 0
    strike.refresh_from_db()
    assert strike.end == StrikeEnd.EXPIRED
    assert standing(carol).strikes == 0


def test_an_order_does_not_strike(article: Article, mona: User) -> None:
    from moderation.models import Source
    from moderation.services.intake import Person
    from tests.moderation.making import notice

    order = notice(
        article, Kind.ORDER, person=Person(), claim={}, evidence=[], order_authority="某法院"
    )
    case = intake.enter(order, mona, source=Source.PAPER).case
    decided(case, mona, Step.MEASURE)
    with time_machine.travel(timezone.now() + timedelta(days=40), tick=False):
        timeouts.act_on_deadlines()
    assert not Strike.objects.exists()


def test_a_strike_outlives_the_byline(article: Article, carol: Contributor, mona: User) -> None:
    stands(measured(article, mona))
    Article.objects.update(contributor=Contributor.objects.create(name="佚名", slug="anon"))
    carol.delete()
    strike = Strike.objects.get()
    assert strike.contributor is None
    with time_machine.travel(strike.expires_at + timedelta(seconds=1), tick=False):
        assert conduct.expire_strikes() == 1


# --- Bad faith ------------------------------------------------------------------------------
def manifest(article: Article, mona: User, times: int) -> object:
    for _ in range(times):
        case = under_review(article)
        decided(case, mona, Step.REFUSE, finding="manifest")
    return case


def test_two_are_not_enough(article: Article, mona: User) -> None:
    case = manifest(article, mona, 2)
    assert conduct.sanction_due(RITA.email) is None
    with pytest.raises(ValidationError):
        conduct.impose(case, mona)


def test_three_warn_and_the_next_slows(article: Article, mona: User) -> None:
    case = manifest(article, mona, 3)
    assert conduct.impose(case, mona).kind == SanctionKind.WARNING
    assert conduct.sanction_due(RITA.email) is None
    assert not conduct.is_slow(RITA.email)
    case = manifest(article, mona, 1)
    slow = conduct.impose(case, mona)
    assert slow.kind == SanctionKind.SLOW
    assert conduct.is_slow("RITA@example.org")
    assert {"warned_claimant", "slowed_claimant"} <= set(
        Letter.objects.values_list("template", flat=True)
    )
    # Still read, on the clock of the others.
    item = under_review(article).items.get()
    assert item.due_at > item.state_since + timedelta(hours=24)
    conduct.lift_sanction(slow, mona)
    assert not conduct.is_slow(RITA.email)


def test_the_window_is_ninety_days(article: Article, mona: User) -> None:
    manifest(article, mona, 3)
    with time_machine.travel(timezone.now() + timedelta(days=91), tick=False):
        assert conduct.sanction_due(RITA.email) is None


def test_slow_ends_by_itself(article: Article, mona: User) -> None:
    conduct.impose(manifest(article, mona, 3), mona)
    conduct.impose(manifest(article, mona, 1), mona)
    with time_machine.travel(timezone.now() + timedelta(days=31), tick=False):
        assert not conduct.is_slow(RITA.email)


@pytest.mark.parametrize("who", ["sam", "eddie", "chloe"])
def test_only_moderators_sanction(
    article: Article, mona: User, who: str, request: pytest.FixtureRequest
) -> None:
    case = manifest(article, mona, 3)
    with pytest.raises(PermissionDenied):
        conduct.impose(case, request.getfixturevalue(who))
