"""The table of transitions says what TAKEDOWN.md §3 says, and hangs together."""

import pytest

from moderation.models import FINAL_STATES, Role, State, Step
from moderation.services.guards import GUARDS
from moderation.transitions import (
    HAPPENING_LETTERS,
    TERMS,
    TRANSITIONS,
    Effect,
    is_known,
    rows,
    steps_from,
)


def test_every_numbered_transition_is_there() -> None:
    assert {row.number for row in TRANSITIONS if row.number} == set(range(1, 20))


def test_every_guard_is_known_and_used() -> None:
    used = {name for row in TRANSITIONS for name in row.guards}
    assert used == set(GUARDS)


def test_every_state_but_final_ones_ends_some_time() -> None:
    assert set(TERMS) == set(State) - set(FINAL_STATES)


@pytest.mark.parametrize("state", TERMS)
def test_the_end_of_a_term_is_a_step_of_the_system(state: State) -> None:
    _term, step = TERMS[state]
    assert any(Role.SYSTEM in row.roles for row in rows(step, state))


def test_every_step_can_be_reached_and_every_state_entered() -> None:
    assert {row.step for row in TRANSITIONS} == set(Step)
    entered = {row.to for row in TRANSITIONS}
    assert entered - {None} == set(State)


def test_the_system_never_withholds() -> None:
    """Passing a deadline escalates; it never removes by itself."""
    withholding = [row for row in TRANSITIONS if row.effect == Effect.WITHHOLD]
    assert withholding
    assert all(row.roles == (Role.REVIEWER,) for row in withholding)


def test_what_restores_by_itself_is_written_in_the_law() -> None:
    restoring = {
        row.step for row in TRANSITIONS if row.effect == Effect.RESTORE and Role.SYSTEM in row.roles
    }
    assert restoring == {Step.RESTORE, Step.EXPIRE_ORDER}


def test_every_reviewers_decision_asks_for_interest_and_reason() -> None:
    decisions = [row for row in TRANSITIONS if row.is_decision and Role.REVIEWER in row.roles]
    outcomes = {Step.OUTCOME_RESTORE, Step.OUTCOME_UPHOLD}
    for row in decisions:
        assert row.needs_reason or row.step == Step.FORWARD, row
        assert "has_no_interest" in row.guards or row.step in outcomes, row


def test_steps_are_offered_by_role() -> None:
    assert steps_from(State.UNCONFIRMED, Role.CLAIMANT) == [Step.CONFIRM]
    assert steps_from(State.WAITING, Role.REVIEWER) == [Step.FILE_PROOF, Step.WITHDRAW]
    assert Step.COUNTER in steps_from(State.MEASURED, Role.CONTRIBUTOR)
    assert steps_from(State.EXPIRED, Role.REVIEWER) == []


@pytest.mark.parametrize(
    ("step", "from_state", "to_state", "known"),
    [
        ("submit", "", "unconfirmed", True),
        ("submit", "review", "unconfirmed", False),
        ("measure", "review", "measured", True),
        ("measure", "", "measured", False),
        ("measure", "refused", "measured", False),
        ("restore", "waiting", "restored", True),
        ("restore", "litigation", "restored", False),
        ("appeal_dismiss", "appealed", "refused", True),
        ("nonsense", "review", "measured", False),
    ],
)
def test_the_record_can_be_checked_against_the_table(
    step: str, from_state: str, to_state: str, known: bool
) -> None:
    assert is_known(step, from_state, to_state) is known


def test_letters_of_happenings_are_for_parties_or_staff() -> None:
    assert all(tos for tos in HAPPENING_LETTERS.values())
