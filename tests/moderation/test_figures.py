"""The figures of a month, counted from the record alone."""

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group

from articles.models import Article, Contributor, User
from articles.services.publishing import create_article, publish
from moderation.models import (
    Case,
    Event,
    EvidenceKind,
    Finding,
    Kind,
    MonthlyReport,
    Party,
    Source,
    Step,
)
from moderation.services import answering, intake, timeouts
from moderation.services.figures import (
    GROUPS,
    SMALLEST,
    TOTAL,
    bounds,
    count_month,
    figures_of,
    publish_due_reports,
    suppress,
)
from moderation.services.verifying import verify
from tests.moderation.making import (
    COUNTER,
    decided,
    measured,
    notice,
    staged,
    submitted,
    under_review,
)

OCTOBER = date(2026, 10, 1)


def claimant(case: Case) -> Party:
    assert case.claimant is not None
    return case.claimant


@pytest.fixture
def october() -> Any:
    with time_machine.travel("2026-10-12T10:00:00+08:00", tick=False) as clock:
        yield clock


@pytest.fixture
def moe(roles: None) -> User:
    """Another moderator: appeals are decided by somebody else."""
    user = User.objects.create_user("moe@example.com", "a password", name="Moe", is_staff=True)
    user.groups.add(Group.objects.get(name="moderator"))
    return user


def another(carol: Contributor, number: int = 1) -> Article:
    body = f"<p>第{number}篇的正文。</p>"
    return publish(create_article(None, title=f"第{number}篇", body=body, contributor=carol), None)


def test_every_figure_is_counted(october, article, carol, mona, moe):
    kept = article.contributor.user
    case = under_review(article)
    october.shift(timedelta(hours=6))
    decided(case, mona, Step.MEASURE)
    item = case.items.get()
    answering.file_counter(item, kept, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    refused = under_review(another(carol), Kind.PERSONALITY)
    october.shift(timedelta(hours=2))
    decided(refused, mona, Step.REFUSE, finding=Finding.MANIFEST)
    rejected = under_review(another(carol, 2), Kind.OTHER)
    decided(rejected, mona, Step.REJECT, reason="not_here")
    lacking = submitted(another(carol, 3), evidence=[]).case
    intake.confirm(lacking, claimant(lacking))
    submitted(another(carol, 4))  # Nobody confirmed it.
    figures = count_month(OCTOBER)
    assert figures["received"] == {
        TOTAL: 4, "copyright": 2, "personality": 1, "privacy": 0, "illegal": 0, "other": 1,
    }  # fmt: skip
    assert figures["incomplete"] == 1
    assert figures["measures_by_kind"][TOTAL] == figures["measures_by_kind"]["copyright"] == 1
    assert figures["measures_by_scope"] == {TOTAL: 1, "whole": 1, "passage": 0, "image": 0}
    assert figures["counter_statements"] == 1
    assert figures["refused"][TOTAL] == figures["refused"]["no_infringement"] == 1
    assert figures["rejected"][TOTAL] == figures["rejected"]["not_here"] == 1
    assert (figures["manifest"], figures["decisions"]) == (1, 3)
    assert (figures["hours_median"], figures["hours_p90"]) == (2.0, 6.0)
    assert figures["deadlines_missed"] == figures["orders"] == 0


def test_what_comes_after_is_counted(october, article, carol, mona, moe):
    item = measured(article, mona)
    proof = staged(EvidenceKind.COUNTER).pk
    answering.file_counter(item, article.contributor.user, COUNTER, evidence=[proof])
    other = measured(another(carol), mona)
    intake.withdraw(other.case, claimant(other.case))
    third = measured(another(carol, 3), mona)
    answering.file_appeal(third, "并未侵权。", by=article.contributor.user)
    decided(third.case, moe, Step.APPEAL_RESTORE)
    fourth = measured(another(carol, 4), mona, Kind.PERSONALITY)
    october.shift(timedelta(days=16))
    timeouts.act_on_deadlines()
    figures = count_month(OCTOBER)
    assert (figures["appeals"], figures["withdrawn"], figures["strikes"]) == (1, 1, 1)
    assert figures["appeals_decided"] == {TOTAL: 1, "granted": 1, "dismissed": 0}
    assert figures["restored"][TOTAL] == figures["restored"]["appeal"] == 1
    assert figures["suspensions"] == 0
    assert figures["deadlines_missed"] == 1  # The counter-statement's.
    fourth.refresh_from_db()
    assert fourth.is_uncontested


def test_a_suspension_is_counted(october, carol, mona):
    for number in range(3):
        measured(another(carol, number), mona)
    october.shift(timedelta(days=16))
    timeouts.act_on_deadlines()
    figures = count_month(OCTOBER)
    assert (figures["strikes"], figures["suspensions"]) == (3, 1)


def test_an_order_is_no_notice(october, article, mona):
    given = notice(article, Kind.ORDER, order_authority="法院", order_number="1号")
    case = intake.enter(given, mona, source=Source.PAPER).case
    decided(case, mona, Step.MEASURE)
    figures = count_month(OCTOBER)
    assert (figures["orders"], figures["received"][TOTAL]) == (1, 0)
    assert figures["measures_by_kind"]["order"] == 1


def test_only_the_month_is_counted_and_only_up_to_a_line(october, article, carol, mona):
    under_review(article)
    seq = Event.objects.latest("seq").seq
    october.move_to(datetime(2026, 10, 31, 15, 59, tzinfo=UTC))  # 23:59 here.
    under_review(another(carol, 1))
    october.move_to(datetime(2026, 10, 31, 16, 0, tzinfo=UTC))  # November.
    under_review(another(carol, 2))
    assert count_month(OCTOBER)["received"][TOTAL] == 2
    assert count_month(OCTOBER, seq)["received"][TOTAL] == 1
    assert count_month(date(2026, 11, 30))["received"][TOTAL] == 1
    begin, end = bounds(date(2026, 12, 5))
    assert (begin.month, end.year, end.month) == (12, 2027, 1)


def test_a_case_decided_again_is_not_decided_first(october, article, mona, moe):
    case = under_review(article)
    decided(case, mona, Step.REFUSE)
    answering.file_appeal(case.items.get(), "请再看。", party=claimant(case))
    decided(case, moe, Step.APPEAL_MEASURE)
    figures = count_month(OCTOBER)
    assert figures["decisions"] == 1
    assert figures["measures_by_kind"][TOTAL] == 1


# --- What is not published -----------------------------------------------------------------
def full(**given: Any) -> dict[str, Any]:
    figures = count_month(date(2020, 1, 1))
    for name, value in given.items():
        if isinstance(value, dict):
            figures[name] |= value
            figures[name][TOTAL] = sum(n for part, n in figures[name].items() if part != TOTAL)
        else:
            figures[name] = value
    return figures


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ({"copyright": 0}, {TOTAL: 0, "copyright": 0}),
        ({"copyright": 5}, {TOTAL: 5, "copyright": 5}),
        ({"copyright": 4}, {TOTAL: None, "copyright": None}),
        ({"copyright": 20, "privacy": 3}, {TOTAL: 23, "copyright": None, "privacy": None}),
        (
            {"copyright": 20, "other": 9, "privacy": 3},
            {TOTAL: 32, "copyright": 20, "other": None, "privacy": None},
        ),
        (
            {"copyright": 20, "other": 2, "privacy": 1},
            {TOTAL: 23, "copyright": None, "other": None, "privacy": None},
        ),
        (
            {"copyright": 20, "other": 4, "privacy": 3},
            {TOTAL: 27, "copyright": 20, "other": None, "privacy": None},
        ),
    ],
)
def test_small_cells_and_what_gives_them_away_are_kept_back(parts, shown):
    group = suppress(full(received=parts))["received"]
    assert {name: group[name] for name in shown} == shown


@pytest.mark.django_db
def test_no_small_cell_can_be_worked_out():
    """Whatever the numbers: what is hidden is nothing, or several, or a whole group."""
    dice = random.Random(5)
    for _round in range(300):
        parts = {part: dice.choice([0, 0, 1, 2, 4, 5, 9, 30]) for part in GROUPS["received"]}
        group = suppress(full(received=parts))["received"]
        hidden = [part for part in parts if group[part] is None]
        assert all(not 0 < (count or 0) < SMALLEST for count in group.values())
        if group[TOTAL] is not None and hidden:
            assert len(hidden) > 1
            assert sum(parts[part] for part in hidden) >= SMALLEST


@pytest.mark.django_db
def test_single_figures_and_times_of_few_decisions_are_kept_back():
    few = suppress(full(strikes=4, withdrawn=5, decisions=4, hours_median=3.0, hours_p90=9.0))
    assert (few["strikes"], few["withdrawn"]) == (None, 5)
    assert few["decisions"] is few["hours_median"] is few["hours_p90"] is None
    many = suppress(full(decisions=9, refused={"licensed": 9}, hours_median=3.0))
    assert (many["decisions"], many["hours_median"]) == (9, 3.0)
    # The decisions less the refusals would be the measures.
    told = full(decisions=12, refused={"licensed": 9}, measures_by_kind={"copyright": 3})
    assert suppress(told)["decisions"] is None


# --- Publishing ----------------------------------------------------------------------------
@pytest.mark.django_db
def test_nothing_is_published_of_a_site_without_cases():
    assert publish_due_reports() == 0


def test_reports_catch_up_in_order_and_once(october, article):
    under_review(article)
    assert publish_due_reports() == 0  # The month is not over.
    october.move_to(datetime(2027, 1, 2, tzinfo=UTC))
    assert publish_due_reports() == 3
    months = [report.month.month for report in MonthlyReport.objects.order_by("pk")]
    assert months == [10, 11, 12]
    assert publish_due_reports() == 0


def test_a_report_is_counted_again_alike_whatever_came_later(october, article, carol, mona):
    case = under_review(article)
    october.move_to(datetime(2026, 11, 1, 0, 1, tzinfo=UTC))
    publish_due_reports()
    report = MonthlyReport.objects.get()
    decided(case, mona, Step.MEASURE)
    assert report.figures == figures_of(report.month, report.seq)
    assert report.figures["received"][TOTAL] is None


def test_erasing_changes_no_figure(october, article, mona):
    case = under_review(article)
    before = figures_of(OCTOBER)
    claimant(case).statements.update(data={})
    case.parties.update(name="", email="", phone="", address="")
    assert figures_of(OCTOBER) == before


def test_the_verifier_counts_again_what_was_published(october, article):
    under_review(article)
    october.move_to(datetime(2026, 11, 1, 0, 1, tzinfo=UTC))
    publish_due_reports()
    assert not verify().faults
    report = MonthlyReport.objects.get()
    report.figures["received"]["copyright"] = 9
    report.save()
    [fault] = verify().faults
    assert (fault.seq, "2026-10" in fault.why) == (report.seq, True)
