"""What reviewers do."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from articles.models import Article, Contributor, Picture, Restriction, Scope, User
from articles.services.publishing import create_article, publish, revise
from moderation.models import (
    Case,
    Event,
    Happening,
    Kind,
    Letter,
    Measure,
    Proposal,
    State,
    Step,
)
from moderation.services import answering, deciding, intake
from moderation.services.deciding import Decision
from moderation.services.guards import ChangedMeanwhileError
from moderation.services.intake import Person, Target
from moderation.working_days import end_of_working_day
from tests.moderation.making import RITA, decided, measured, submitted, under_review

pytestmark = pytest.mark.django_db
PASSAGE = "多数人一觉得慢就去买新设备。"


def answered(client: Client, article: Article) -> int:
    return int(client.get(article.get_absolute_url()).status_code)


@pytest.fixture
def max_(roles: None) -> User:
    """A second moderator."""
    from django.contrib.auth.models import Group

    user = User.objects.create_user("max@example.com", "x", name="Max", is_staff=True)
    user.groups.add(Group.objects.get(name="moderator"))
    return user


# --- The measure ----------------------------------------------------------------------------
def test_a_whole_measure_withholds_at_once(article: Article, mona: User, client: Client) -> None:
    item = measured(article, mona)
    assert answered(client, article) == 451
    measure = item.measures.get()
    assert measure.restriction.reference == item.case.number
    assert item.due_at == item.state_since + timedelta(days=15)
    owed = Letter.objects.filter(template__startswith="measure")
    assert set(owed.values_list("template", flat=True)) == {
        "measure_claimant",
        "measure_contributor",
    }


def test_a_passage_measure_hides_the_passage_alone(
    article: Article, mona: User, client: Client
) -> None:
    item = measured(article, mona, targets=[Target(article, Scope.PASSAGE, PASSAGE)])
    page = client.get(article.get_absolute_url())
    assert page.status_code == 200
    assert "买新设备" not in page.content.decode()
    assert "弱电箱" in page.content.decode()
    intake.withdraw(item.case, item.case.claimant)
    assert "买新设备" in client.get(article.get_absolute_url()).content.decode()


def test_a_passage_is_found_again_after_other_edits(
    article: Article, mona: User, client: Client
) -> None:
    measured(article, mona, targets=[Target(article, Scope.PASSAGE, PASSAGE)])
    revise(article, None, {"body": f"<p>新的开头。</p><p>{PASSAGE}</p><p>新的结尾。</p>"})
    page = client.get(article.get_absolute_url()).content.decode()
    assert "买新设备" not in page
    assert "新的结尾" in page
    assert Restriction.objects.get().is_located


def test_a_reviewer_may_choose_a_narrower_measure(
    article: Article, mona: User, client: Client
) -> None:
    case = under_review(article)
    decided(case, mona, Step.MEASURE, scope="passage", passage=PASSAGE)
    assert answered(client, article) == 200
    assert case.items.get().measures.get().scope == Scope.PASSAGE


def test_a_passage_that_is_not_there_is_refused(article: Article, mona: User) -> None:
    case = under_review(article)
    with pytest.raises(ValidationError):
        decided(case, mona, Step.MEASURE, scope="passage", passage="这里没有的一句话")
    assert case.items.get().state == State.REVIEW
    assert not Measure.objects.exists()


def test_an_image_measure_withholds_the_picture(
    article: Article, mona: User, client: Client, make_picture: Picture
) -> None:
    revise(article, None, {"body": f'<p>文</p><p><img src="{make_picture.url}" alt="图"></p>'})
    measured(article, mona, targets=[Target(article, Scope.IMAGE, picture=make_picture)])
    page = client.get(article.get_absolute_url())
    assert page.status_code == 200
    assert make_picture.url not in page.content.decode()
    assert client.get(make_picture.url).status_code == 451


@pytest.fixture
def make_picture(carol: Contributor) -> Picture:
    from io import BytesIO

    from django.core.files.base import ContentFile
    from PIL import Image

    from articles.services.pictures import add_picture

    data = BytesIO()
    Image.new("RGB", (640, 480), "#336655").save(data, "PNG")
    return add_picture(None, ContentFile(data.getvalue(), name="a.png"), alt="图")


def test_unlawful_content_answers_410(article: Article, mona: User, client: Client) -> None:
    measured(article, mona, Kind.ILLEGAL, person=Person())
    assert answered(client, article) == 410


def test_what_is_unlawful_does_not_come_back_by_a_withdrawal(
    article: Article, mona: User, client: Client
) -> None:
    item = measured(article, mona, Kind.ILLEGAL)
    with pytest.raises(ValidationError):
        intake.withdraw(item.case, item.case.claimant)
    assert answered(client, article) == 410


def test_two_measures_and_one_lifted(article: Article, mona: User, client: Client) -> None:
    first = measured(article, mona)
    second = measured(article, mona, Kind.PRIVACY, person=replace(RITA, email="b@example.org"))
    intake.withdraw(first.case, first.case.claimant)
    assert answered(client, article) == 451
    intake.withdraw(second.case, second.case.claimant)
    assert answered(client, article) == 200


def test_one_of_three_refused(
    article: Article, carol: Contributor, mona: User, client: Client
) -> None:
    others = [
        publish(create_article(None, title=f"第{n}篇", body="<p>文</p>", contributor=carol), None)
        for n in range(2)
    ]
    case = submitted(article, targets=[Target(a) for a in (article, *others)]).case
    intake.confirm(case, case.claimant)
    items = {item.article_id: item.pk for item in case.items.all()}
    decided(case, mona, Step.REFUSE, items=[items[others[0].pk]])
    act = decided(case, mona, Step.MEASURE, items=[items[article.pk], items[others[1].pk]])
    assert [answered(client, a) for a in (article, *others)] == [451, 200, 451]
    # One decision on two articles is one letter to each side.
    assert sorted(letter.template for letter in act.letters) == [
        "measure_claimant", "measure_contributor",
    ]  # fmt: skip


# --- Reasons, versions, claims --------------------------------------------------------------
@pytest.mark.parametrize("missing", ["reason", "text"])
def test_a_decision_needs_its_reason(article: Article, mona: User, missing: str) -> None:
    case = under_review(article)
    with pytest.raises(ValidationError) as refused:
        decided(case, mona, Step.MEASURE, **{missing: ""})
    assert missing in refused.value.message_dict
    assert not Measure.objects.exists()


def test_a_reason_of_another_kind_is_refused(article: Article, mona: User) -> None:
    with pytest.raises(ValidationError):
        decided(under_review(article), mona, Step.MEASURE, reason="unlawful")


def test_a_stale_version_is_refused(article: Article, mona: User) -> None:
    case = under_review(article)
    with pytest.raises(ChangedMeanwhileError):
        deciding.decide(case, mona, Step.NOTIFY_FIRST, Decision(), version=case.version - 1)


def test_a_decided_item_cannot_be_decided_again(article: Article, mona: User) -> None:
    item = measured(article, mona)
    with pytest.raises(ValidationError):
        decided(item.case, mona, Step.REFUSE)


@pytest.mark.parametrize("who", ["sam", "eddie", "chloe"])
def test_only_moderators_decide(article: Article, who: str, request: pytest.FixtureRequest) -> None:
    case = under_review(article)
    with pytest.raises(PermissionDenied):
        decided(case, request.getfixturevalue(who), Step.MEASURE)


def test_a_reviewer_is_no_party(article: Article, carol: Contributor, mona: User) -> None:
    carol.user = mona
    carol.save()
    case = under_review(article)
    with pytest.raises(PermissionDenied):
        decided(case, mona, Step.REFUSE)
    with pytest.raises(PermissionDenied):
        deciding.take(case, mona, no_interest=True)


def test_who_reports_does_not_decide(article: Article, mona: User) -> None:
    case = under_review(article, person=replace(RITA, email=mona.email.upper()))
    with pytest.raises(PermissionDenied):
        decided(case, mona, Step.MEASURE)


def test_a_case_is_taken_by_one(article: Article, mona: User, max_: User) -> None:
    case = under_review(article)
    with pytest.raises(ValidationError):
        deciding.take(case, mona, no_interest=False)
    deciding.take(case, mona, no_interest=True)
    with pytest.raises(ValidationError):
        deciding.take(case, max_, no_interest=True)
    with pytest.raises(ValidationError):
        decided(case, max_, Step.REFUSE)
    with time_machine.travel(timezone.now() + timedelta(minutes=121), tick=False):
        decided(case, max_, Step.REFUSE)
    taken = Event.objects.get(event=Happening.TAKEN)
    assert taken.payload == {"no_interest": True}


def test_a_case_given_back_is_free(article: Article, mona: User, max_: User) -> None:
    case = deciding.take(under_review(article), mona, no_interest=True)
    deciding.give_back(case, max_)
    with pytest.raises(ValidationError):
        deciding.take(case, max_, no_interest=True)
    deciding.give_back(case, mona)
    deciding.take(case, max_, no_interest=True)


# --- Notify first, fix, join, reject --------------------------------------------------------
def test_the_contributor_is_asked_once(article: Article, carol: Contributor, mona: User) -> None:
    case = under_review(article)
    decided(case, mona, Step.NOTIFY_FIRST)
    item = case.items.get()
    assert item.state == State.ANSWERING
    assert item.due_at == end_of_working_day(item.state_since, 3)
    answering.answer(item, carol.user, "已经改过了。", was_fixed=True)
    assert case.items.get().state == State.REVIEW
    assert Step.NOTIFY_FIRST not in deciding.offered(case, case.items.get())
    with pytest.raises(ValidationError):
        decided(case, mona, Step.NOTIFY_FIRST)


def test_asking_for_completion_names_the_gaps(article: Article, mona: User) -> None:
    case = under_review(article)
    with pytest.raises(ValidationError):
        decided(case, mona, Step.REQUEST_FIX, gaps=())
    decided(case, mona, Step.REQUEST_FIX, gaps=("E", "R"))
    assert case.gaps == ["E", "R"]
    assert case.complete_at is None
    assert case.items.get().state == State.INCOMPLETE


def test_joining_needs_the_same_content(article: Article, carol: Contributor, mona: User) -> None:
    other = publish(create_article(None, title="另一篇", body="<p>文</p>", contributor=carol), None)
    elsewhere = measured(other, mona)
    case = under_review(article, person=replace(RITA, email="b@example.org"))
    with pytest.raises(ValidationError):
        decided(case, mona, Step.JOIN, join_to=elsewhere.pk)
    same = measured(article, mona)
    decided(case, mona, Step.JOIN, join_to=same.pk)
    assert case.items.get().joined_to == same
    assert case.closed_at is not None


def test_co_claimants_hear_of_the_rest(article: Article, carol: Contributor, mona: User) -> None:
    first = measured(article, mona)
    second = under_review(article, person=replace(RITA, email="b@example.org"))
    decided(second, mona, Step.JOIN, join_to=first.pk)
    act = decided(first.case, mona, Step.CORRECT)
    to = sorted(address for letter in act.letters for address in letter.mail.to)
    assert to == ["b@example.org", "carol@example.com", "rita@example.org"]


def test_rejecting_tells_the_contributor_only_if_told(article: Article, mona: User) -> None:
    case = under_review(article)
    act = decided(case, mona, Step.REJECT)
    assert [letter.template for letter in act.letters] == ["reject_claimant"]
    assert not case.parties.filter(role="contributor").exists()
    told = under_review(article)
    decided(told, mona, Step.NOTIFY_FIRST)
    answering.answer(told.items.get(), article.contributor.user, "没有抄。", was_fixed=False)
    act = decided(told, mona, Step.REJECT)
    assert sorted(letter.template for letter in act.letters) == [
        "reject_claimant", "reject_contributor",
    ]  # fmt: skip


def test_a_mistake_can_be_corrected(article: Article, mona: User, client: Client) -> None:
    item = measured(article, mona)
    decided(item.case, mona, Step.CORRECT, reason="mistake")
    assert answered(client, article) == 200
    assert item.case.closed_at is not None


# --- Appeals --------------------------------------------------------------------------------
def test_an_appeal_is_for_somebody_else(article: Article, mona: User, max_: User) -> None:
    case = under_review(article)
    decided(case, mona, Step.REFUSE)
    answering.file_appeal(case.items.get(), "请再看第二段。", party=case.claimant)
    with pytest.raises(PermissionDenied):
        decided(case, mona, Step.APPEAL_DISMISS)
    decided(case, max_, Step.APPEAL_DISMISS)
    item = case.items.get()
    assert item.state == State.REFUSED
    appeal = item.appeals.get()
    assert appeal.is_granted is False
    assert appeal.decided_at is not None


def test_a_dismissed_appeal_is_not_repeated(article: Article, mona: User, max_: User) -> None:
    case = under_review(article)
    decided(case, mona, Step.REFUSE)
    answering.file_appeal(case.items.get(), "请再看第二段。", party=case.claimant)
    decided(case, max_, Step.APPEAL_DISMISS)
    with pytest.raises(ValidationError):
        answering.file_appeal(case.items.get(), "再请再看。", party=case.claimant)


def test_a_granted_appeal_restores(
    article: Article, carol: Contributor, mona: User, max_: User, client: Client
) -> None:
    item = measured(article, mona, Kind.ILLEGAL, person=Person())
    answering.file_appeal(item, "内容并不违法。", by=carol.user)
    assert answered(client, article) == 410
    decided(item.case, max_, Step.APPEAL_RESTORE)
    assert answered(client, article) == 200
    assert item.appeals.get().is_granted is True


def test_a_granted_appeal_withholds(
    article: Article, mona: User, max_: User, client: Client
) -> None:
    case = under_review(article)
    decided(case, mona, Step.REFUSE)
    answering.file_appeal(case.items.get(), "请再看第二段。", party=case.claimant)
    decided(case, max_, Step.APPEAL_MEASURE)
    assert answered(client, article) == 451


def test_an_order_upheld_on_appeal_still_expires(
    article: Article, carol: Contributor, mona: User, max_: User
) -> None:
    from moderation.models import Source
    from tests.moderation.making import notice

    until = timezone.now() + timedelta(days=30)
    order = notice(
        article, Kind.ORDER, person=Person(), claim={}, evidence=[], order_authority="某法院",
        order_expires_at=until,
    )  # fmt: skip
    case = intake.enter(order, mona, source=Source.PAPER).case
    decided(case, mona, Step.MEASURE)
    answering.file_appeal(case.items.get(), "文书不是针对我的。", by=carol.user)
    decided(case, max_, Step.APPEAL_UPHOLD)
    item = case.items.get()
    assert item.state == State.MEASURED
    assert item.timeout_at == until


# --- A second person ------------------------------------------------------------------------
@pytest.fixture
def four_eyes(settings: object) -> None:
    settings.MODERATION = settings.MODERATION | {
        "SECOND_PERSON": ["takedown", "restoration", "disclosure"]
    }


def proposed(case: Case, by: User) -> Proposal:
    case.refresh_from_db()
    row = deciding.decide(
        case, by, Step.MEASURE, Decision(reason="copyright", text="理由。"), version=case.version
    )
    assert isinstance(row, Proposal)
    return row


def test_a_second_person_takes_the_measure(
    four_eyes: None, article: Article, mona: User, max_: User, client: Client
) -> None:
    case = under_review(article)
    proposal = proposed(case, mona)
    assert answered(client, article) == 200
    deciding.approve(proposal, max_)
    assert answered(client, article) == 451
    event = Event.objects.get(event=Step.MEASURE)
    assert event.actor == f"u{max_.pk}"
    assert event.payload["proposed_by"] == f"u{mona.pk}"
    assert case.items.get().decided_by == f"u{mona.pk}+u{max_.pk}"


def test_the_proposer_does_not_approve(
    four_eyes: None, article: Article, mona: User, client: Client
) -> None:
    proposal = proposed(under_review(article), mona)
    with pytest.raises(PermissionDenied):
        deciding.approve(proposal, mona)
    assert answered(client, article) == 200
    assert Event.objects.filter(event=Happening.APPROVAL_REFUSED).count() == 1


def test_a_proposal_is_void_once_the_case_moved(
    four_eyes: None, article: Article, mona: User, max_: User
) -> None:
    case = under_review(article)
    proposal = proposed(case, mona)
    decided(case, mona, Step.REQUEST_FIX)
    with pytest.raises(ValidationError):
        deciding.approve(proposal, max_)
    deciding.decline_proposal(proposal, max_)
    with pytest.raises(ValidationError):
        deciding.decline_proposal(proposal, max_)


def test_neither_of_two_deciders_hears_the_appeal(
    four_eyes: None, article: Article, carol: Contributor, mona: User, max_: User
) -> None:
    case = under_review(article, Kind.ILLEGAL, person=Person())
    row = deciding.decide(
        case, mona, Step.MEASURE, Decision(reason="unlawful", text="理由。"), version=case.version
    )
    deciding.approve(row, max_)
    answering.file_appeal(case.items.get(), "内容并不违法。", by=carol.user)
    for decider in (mona, max_):
        case.refresh_from_db()
        with pytest.raises(PermissionDenied):
            decided(case, decider, Step.APPEAL_UPHOLD)


def test_who_joined_is_read_when_the_first_is_not_accepted(
    article: Article, carol: Contributor, mona: User
) -> None:
    first = under_review(article)
    second = under_review(article, person=replace(RITA, email="b@example.org"))
    decided(second, mona, Step.JOIN, join_to=first.items.get().pk)
    act = decided(first, mona, Step.REJECT, reason="no_right")
    assert second.items.get().state == State.REVIEW
    told = next(letter for letter in act.letters if letter.mail.to == ["b@example.org"])
    assert first.number in told.mail.subject
    assert "并不因此结束" in told.mail.message


def test_what_others_joined_is_not_joined_itself(
    article: Article, carol: Contributor, mona: User
) -> None:
    first, second = under_review(article), under_review(article)
    third = under_review(article, person=replace(RITA, email="c@example.org"))
    decided(third, mona, Step.JOIN, join_to=second.items.get().pk)
    with pytest.raises(ValidationError):
        decided(second, mona, Step.JOIN, join_to=first.items.get().pk)
    decided(first, mona, Step.JOIN, join_to=second.items.get().pk)
