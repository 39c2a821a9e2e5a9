"""What each side reads of a case: clocks, course, items."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone
from post_office.models import STATUS, Email

from moderation.clock_words import AT_END, ENDED, FACES
from moderation.models import (
    FINAL_STATES,
    CaseItem,
    EvidenceKind,
    Kind,
    Party,
    Role,
    State,
    Step,
)
from moderation.services import answering, deciding
from moderation.services.casework import take_step
from moderation.services.clocks import BAR, appeal_end, clock_of, moment, possible, time_left
from moderation.services.parties import SYSTEM, claimant
from moderation.services.reading import for_claimant, for_contributor
from moderation.services.timeouts import act_on_deadlines, settle_letters
from moderation.transitions import TERMS
from tests.moderation.making import (
    COUNTER,
    RITA,
    decided,
    measured,
    staged,
    submitted,
    under_review,
)

pytestmark = pytest.mark.django_db
BEIJING = ZoneInfo("Asia/Shanghai")
SIDES = (Role.CLAIMANT, Role.CONTRIBUTOR)


@pytest.fixture(autouse=True)
def _mail_in_rows(settings):
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


def of_claimant(case):
    return for_claimant(Party.objects.select_related("case").get(pk=case.claimant_id))


def of_contributor(case, user):
    party = Party.objects.select_related("case").get(case=case, role=Role.CONTRIBUTOR)
    return for_contributor(party, user)


def sentences(dossier):
    return [line.sentence for line in dossier.course]


def forwarded(article, mona):
    item = measured(article, mona)
    files = [staged(EvidenceKind.COUNTER).pk]
    answering.file_counter(item, article.contributor.user, COUNTER, evidence=files)
    decided(item.case, mona, Step.FORWARD)
    item.refresh_from_db()
    return item


def arrived():
    Email.objects.update(status=STATUS.sent)
    settle_letters()


# --- The words ------------------------------------------------------------------------------
def test_every_state_has_its_words_for_those_who_may_read_it():
    unseen = {State.UNCONFIRMED, State.INCOMPLETE}
    for state in TERMS:
        assert (state, Role.CLAIMANT) in FACES
        assert ((state, Role.CONTRIBUTOR) in FACES) != (state in unseen)
    assert set(ENDED) == set(FINAL_STATES)
    assert {step for _term, step in TERMS.values()} <= set(AT_END)


def test_midnight_is_the_end_of_the_day_before():
    assert moment(datetime(2026, 12, 5, tzinfo=BEIJING)) == "2026年12月4日（星期五）24:00"
    assert moment(datetime(2026, 12, 5, 0, 1, tzinfo=BEIJING)).startswith("2026年12月5日")


@pytest.mark.parametrize(
    ("left", "words"),
    [(timedelta(days=12, hours=4, minutes=59), "12天4小时"), (timedelta(days=1), "1天0小时"),
     (timedelta(hours=23, minutes=59, seconds=59), "23小时59分"),
     (timedelta(minutes=1), "0小时1分"), (timedelta(seconds=59), ""), (timedelta(days=-1), "")],
)  # fmt: skip
def test_what_is_left_in_the_two_largest_units(left, words):
    now = timezone.now()
    assert time_left(now + left, now) == words


# --- The clocks -----------------------------------------------------------------------------
def test_both_sides_read_the_same_time(article, mona):
    item = forwarded(article, mona)
    for side in SIDES:
        clock = clock_of(item, side)
        assert clock.until is None
        assert "等待期自" in clock.text
    arrived()
    item = CaseItem.objects.select_related("case").get(pk=item.pk)
    one, other = (clock_of(item, side) for side in SIDES)
    assert one.until == other.until == item.due_at
    assert (one.left, one.passed) == (other.left, other.passed)
    assert moment(item.due_at) in one.text
    assert moment(item.due_at) in other.text
    assert (one.is_yours, other.is_yours) == (True, False)
    assert (one.who, other.who) == ("您", "投诉人")


def test_the_bar_follows_the_term(article, mona):
    item = under_review(article).items.select_related("case").get()
    with time_machine.travel(item.state_since + timedelta(hours=12), tick=False):
        assert clock_of(item, Role.CLAIMANT).passed == BAR // 2
    with time_machine.travel(item.state_since + timedelta(days=12), tick=False):
        assert clock_of(item, Role.CLAIMANT).passed == BAR


def test_a_broken_promise_is_said(article, mona):
    item = under_review(article).items.select_related("case").get()
    with time_machine.travel(item.due_at + timedelta(hours=1), tick=False):
        act_on_deadlines()
        item = CaseItem.objects.select_related("case").get(pk=item.pk)
        clock = clock_of(item, Role.CLAIMANT)
        assert clock.is_over
        assert "已过" in clock.more
        assert clock.left == ""
        assert "承诺的期限已过，已报上级督办" in sentences(of_claimant(item.case))


def test_an_uncontested_measure_has_no_clock_and_can_still_be_countered(article, mona):
    item = measured(article, mona)
    with time_machine.travel(item.due_at + timedelta(hours=1), tick=False):
        act_on_deadlines()
        dossier = of_contributor(item.case, article.contributor.user)
        ((clock, (view,)),) = dossier.clocks
        assert clock.until is None
        assert "仍可以提交不侵权声明" in clock.text
        assert Step.COUNTER in view.steps
        assert "计入一次侵权记录" in sentences(dossier)
        assert "计入一次侵权记录" not in sentences(of_claimant(item.case))


@pytest.mark.parametrize("side", SIDES)
def test_an_order_ends_by_itself(article, mona, side):
    from moderation.models import Source
    from moderation.services import intake
    from tests.moderation.making import notice

    end = timezone.now() + timedelta(days=30)
    made = intake.enter(
        notice(article, Kind.ORDER, order_expires_at=end, order_authority="某法院",
               order_number="1"), mona, source=Source.PAPER,
    )  # fmt: skip
    decided(made.case, mona, Step.MEASURE)
    item = made.case.items.select_related("case").get()
    clock = clock_of(item, side)
    assert clock.until == end
    assert "只能申诉" in clock.text


def test_who_may_appeal_and_until_when(article, mona):
    case = under_review(article)
    decided(case, mona, Step.REFUSE)
    item = case.items.select_related("case").get()
    assert appeal_end(item, Role.CONTRIBUTOR) is None
    end = appeal_end(item, Role.CLAIMANT)
    assert end is not None
    assert moment(end) in clock_of(item, Role.CLAIMANT).more
    with time_machine.travel(end + timedelta(minutes=1), tick=False):
        assert appeal_end(item, Role.CLAIMANT) is None
        assert Step.APPEAL not in possible(item, claimant(case.claimant))


# --- The course -----------------------------------------------------------------------------
def test_the_course_ends_with_what_comes(article, mona):
    item = forwarded(article, mona)
    arrived()
    item.refresh_from_db()
    for dossier in (of_claimant(item.case), of_contributor(item.case, article.contributor.user)):
        *_past, now, todo = dossier.course
        assert now.is_now
        assert now.sentence == "声明已送达投诉人，等待期开始"
        assert todo.is_todo
        assert todo.at == item.due_at
        assert todo.sentence.startswith("恢复展示")


def test_reasons_are_read_by_both(article, mona):
    case = under_review(article)
    decided(case, mona, Step.MEASURE, text="第二节逐句相同。")
    for dossier in (of_claimant(case), of_contributor(case, article.contributor.user)):
        (line,) = [line for line in dossier.course if line.words]
        assert line.words == "第二节逐句相同。"
        assert line.reason is not None
        assert "第十五条" in str(line.reason.provision)


def test_what_is_missing_is_between_one_side_and_us(article, mona):
    case = under_review(article)
    decided(case, mona, Step.REQUEST_FIX, text="请补首发截图。", gaps=("E",))
    dossier = of_claimant(case)
    assert [element.code for element in dossier.gaps] == ["E"]
    assert [line.words for line in dossier.course if line.words] == ["请补首发截图。"]
    deciding_text = "请补底稿。"
    case.claimant.refresh_from_db()
    from moderation.services.intake import amend
    from tests.moderation.making import CLAIM

    amend(case, case.claimant, person=RITA, claim=dict(CLAIM), evidence=[staged().pk])
    case.refresh_from_db()
    decided(case, mona, Step.MEASURE)
    item = case.items.get()
    user = article.contributor.user
    answering.file_counter(item, user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(case, mona, Step.REQUEST_COUNTER_FIX, text=deciding_text)
    theirs, ours = of_contributor(case, user), of_claimant(case)
    assert "请补首发截图。" not in [line.words for line in theirs.course]
    assert not [line for line in theirs.course if line.sentence == "要求补正"]
    assert deciding_text in [line.words for line in theirs.course]
    assert deciding_text not in [line.words for line in ours.course]
    assert "要求补正声明" in sentences(ours)
    (view,) = theirs.items
    assert [element.code for element in view.counter_gaps] == ["E"]


def test_who_took_a_case_and_looked_at_it_is_nobodys_business(article, mona):
    case = under_review(article)
    deciding.take(case, mona, no_interest=True)
    deciding.give_back(case, mona)
    assert len(of_claimant(case).course) == 3  # Received, confirmed, and what comes.


def test_one_act_on_several_items_is_one_line(article, mona, carol, technology):
    from articles.services.publishing import create_article, publish
    from moderation.services import intake
    from moderation.services.intake import Target

    other = publish(
        create_article(None, title="另一篇", body="<p>另一篇。</p>", contributor=carol,
                       category=technology), None,
    )  # fmt: skip
    case = submitted(article, targets=[Target(article), Target(other)]).case
    intake.confirm(case, case.claimant)
    first, second = case.items.order_by("pk")
    assert len(of_claimant(case).clocks) == 1
    decided(case, mona, Step.MEASURE, items=[first.pk])
    dossier = of_claimant(case)
    assert len(dossier.clocks) == 2
    (line,) = [row for row in dossier.course if row.sentence.startswith("采取措施")]
    assert [item.pk for item in line.items] == [first.pk]
    (line,) = [row for row in dossier.course if row.sentence.startswith("收到投诉")]
    assert line.items == []
    assert dossier.state.item.pk == second.pk


# --- Joined notices -------------------------------------------------------------------------
def test_who_joined_reads_on_from_there_without_the_first_ones_own(article, mona):
    first = measured(article, mona)
    case = under_review(article, person=replace(RITA, email="other@example.org"))
    assert "采取措施，并将投诉转送投稿人" not in sentences(of_claimant(case))
    decided(case, mona, Step.JOIN, join_to=first.pk)
    user = article.contributor.user
    answering.file_counter(first, user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(first.case, mona, Step.FORWARD)
    arrived()
    proof = [staged(EvidenceKind.PROCEEDINGS).pk]
    answering.file_proof(first, first.case.claimant, "", evidence=proof)
    decided(first.case, mona, Step.REFUSE_PROOF, text="只给第一位投诉人的话。")
    dossier = of_claimant(case)
    told = sentences(dossier)
    assert told.index("并入此前针对同一内容的投诉") < told.index("不侵权声明已转送投诉人")
    assert "只给第一位投诉人的话。" not in [line.words for line in dossier.course]
    (view,) = dossier.items
    assert view.is_joined
    assert view.main.pk == first.pk
    assert Step.FILE_PROOF in view.steps


def test_a_joined_notice_is_read_by_itself_when_the_first_is_withdrawn(article, mona):
    first = measured(article, mona)
    case = under_review(article, person=replace(RITA, email="other@example.org"))
    decided(case, mona, Step.JOIN, join_to=first.pk)
    take_step(first.case, Step.WITHDRAW, claimant(first.case.claimant))
    (view,) = of_claimant(case).items
    assert not view.is_joined
    assert view.item.state == State.REVIEW
    assert "单独恢复审核" in sentences(of_claimant(case))


def test_an_expired_notice_says_so(article):
    case = submitted(article).case
    take_step(case, Step.EXPIRE, SYSTEM)
    (view,) = of_claimant(case).items
    assert "已失效" in view.clock.text
    assert view.steps == set()
