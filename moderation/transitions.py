"""The procedure, written down once: what leads from where to where, who may, what it owes.

Services fire these rows, the admin offers them, letters and deadlines follow from them, and
`verify_casework` checks the record against them. The numbers are those of TAKEDOWN.md §3; rows
without one are ours, and say why they exist.
"""

from dataclasses import dataclass
from enum import StrEnum

from moderation.models import Happening, Kind, Role, State, Step
from moderation.policy import DISCLOSURE, RESTORATION, TAKEDOWN


class Term(StrEnum):
    """How long a state may last; `services.deadlines` counts each."""

    CONFIRM = "confirm"
    FIX = "fix"
    FIRST_DECISION = "first_decision"
    ANSWER = "answer"
    CONTEST = "contest"
    COUNTER_REVIEW = "counter_review"
    WAIT = "wait"
    PROOF_REVIEW = "proof_review"
    LITIGATION = "litigation"
    APPEAL = "appeal"


class To(StrEnum):
    """Who gets a letter. CLAIMANT are those who joined the item as well; TOLD is the contributor
    where they have heard of the case before; ACTOR is the party who acts; ALERT are the staff
    where the clock is short (`URGENT_KINDS`)."""

    CLAIMANT = "claimant"
    CONTRIBUTOR = "contributor"
    TOLD = "told"
    ACTOR = "actor"
    STAFF = "staff"
    ALERT = "alert"


class Effect(StrEnum):
    """What a step does to the article."""

    WITHHOLD = "withhold"
    RESTORE = "restore"


@dataclass(frozen=True)
class Transition:
    """A row of the table. `to` is None where the item goes back to the state that an appeal was
    against, or stays where it is (`ESCALATE`)."""

    step: Step
    sources: tuple[State, ...]
    to: State | None
    roles: tuple[Role, ...]
    letters: tuple[To, ...] = ()
    number: int = 0
    guards: tuple[str, ...] = ()
    effect: Effect | None = None
    needs_reason: bool = False
    second: str = ""
    is_decision: bool = False


# From here an item's measure is in force and its contributor may still be heard.
_DECIDED = (
    State.MEASURED, State.UPHELD, State.REFUSED, State.REJECTED, State.RESTORED, State.LAPSED,
)  # fmt: skip
_WITHDRAWABLE = (
    State.INCOMPLETE, State.REVIEW, State.ANSWERING, State.MEASURED, State.COUNTER_REVIEW,
    State.COUNTER_GAPS, State.WAITING, State.PROOF_REVIEW, State.LITIGATION, State.APPEALED,
    State.UPHELD, State.JOINED,
)  # fmt: skip
_ESCALATING = (
    State.REVIEW, State.COUNTER_REVIEW, State.PROOF_REVIEW, State.LITIGATION, State.APPEALED,
)  # fmt: skip
_CLAIMANT, _CONTRIBUTOR = (Role.CLAIMANT,), (Role.CONTRIBUTOR,)
_REVIEWER, _SYSTEM = (Role.REVIEWER,), (Role.SYSTEM,)

TRANSITIONS: tuple[Transition, ...] = (
    # 1–4: the notice becomes complete.
    Transition(Step.SUBMIT, (), State.UNCONFIRMED, _CLAIMANT, (To.CLAIMANT,), 1),
    Transition(Step.EXPIRE, (State.UNCONFIRMED,), State.EXPIRED, _SYSTEM, (), 1),
    Transition(
        Step.CONFIRM, (State.UNCONFIRMED,), State.INCOMPLETE, _CLAIMANT, (To.CLAIMANT,), 2,
        guards=("has_gaps",),
    ),
    Transition(
        Step.CONFIRM, (State.UNCONFIRMED,), State.REJECTED, _CLAIMANT, (To.CLAIMANT,), 16,
        guards=("was_restored_before",),
    ),
    Transition(
        Step.CONFIRM, (State.UNCONFIRMED,), State.REVIEW, _CLAIMANT, (To.CLAIMANT, To.ALERT), 2,
        guards=("is_complete",),
    ),
    # A notice by letter or mail, and one without e-mail, begins where a confirmed one would be.
    Transition(
        Step.ENTER, (), State.INCOMPLETE, (Role.REVIEWER, Role.CLAIMANT), (To.CLAIMANT,), 2,
        guards=("has_gaps",),
    ),
    Transition(
        Step.ENTER, (), State.REVIEW, (Role.REVIEWER, Role.CLAIMANT), (To.CLAIMANT, To.ALERT), 2,
        guards=("is_complete",),
    ),
    Transition(
        Step.REQUEST_FIX, (State.REVIEW,), State.INCOMPLETE, _REVIEWER, (To.CLAIMANT,), 3,
        needs_reason=True,
    ),
    Transition(Step.LAPSE, (State.INCOMPLETE,), State.LAPSED, _SYSTEM, (To.CLAIMANT,), 3),
    Transition(
        Step.AMEND, (State.INCOMPLETE,), State.REJECTED, _CLAIMANT, (To.CLAIMANT,), 16,
        guards=("was_restored_before",),
    ),
    Transition(
        Step.AMEND, (State.INCOMPLETE,), State.REVIEW, (Role.CLAIMANT, Role.REVIEWER),
        (To.CLAIMANT, To.ALERT), 4, guards=("is_complete",),
    ),
    # What was added is kept, what is still missing is named again, and the term goes on.
    Transition(
        Step.AMEND, (State.INCOMPLETE,), State.INCOMPLETE, (Role.CLAIMANT, Role.REVIEWER),
        (To.CLAIMANT,), 4, guards=("has_gaps",),
    ),
    # 5–8, 16, 19: the first decision.
    Transition(
        Step.NOTIFY_FIRST, (State.REVIEW,), State.ANSWERING, _REVIEWER,
        (To.CONTRIBUTOR, To.CLAIMANT), 5, guards=("is_first_notice",), second=DISCLOSURE,
    ),
    Transition(Step.NO_ANSWER, (State.ANSWERING,), State.REVIEW, _SYSTEM, (To.STAFF,), 5),
    Transition(
        Step.ANSWER, (State.ANSWERING,), State.REVIEW, _CONTRIBUTOR, (To.CONTRIBUTOR, To.STAFF), 6
    ),
    Transition(
        Step.MEASURE, (State.REVIEW,), State.MEASURED, _REVIEWER, (To.CLAIMANT, To.CONTRIBUTOR), 7,
        guards=("has_no_interest",), effect=Effect.WITHHOLD, needs_reason=True, second=TAKEDOWN,
        is_decision=True,
    ),
    Transition(
        Step.REFUSE, (State.REVIEW,), State.REFUSED, _REVIEWER, (To.CLAIMANT, To.TOLD), 8,
        guards=("has_no_interest",), needs_reason=True, is_decision=True,
    ),
    Transition(
        Step.REJECT, (State.REVIEW, State.INCOMPLETE), State.REJECTED, _REVIEWER,
        (To.CLAIMANT, To.TOLD), 16, guards=("has_no_interest",), needs_reason=True,
        is_decision=True,
    ),
    Transition(
        Step.JOIN, (State.REVIEW,), State.JOINED, _REVIEWER, (To.CLAIMANT,), 19,
        guards=("is_same_claim", "nobody_joined_it"),
    ),
    # The case that an item was joined to was withdrawn: the co-claimant's own is read again.
    Transition(Step.REOPEN, (State.JOINED,), State.REVIEW, _SYSTEM, (To.CLAIMANT, To.STAFF)),
    # Nobody contested a measure in time: strikes count from here (§4). It stays in force.
    Transition(Step.STAND, (State.MEASURED,), State.MEASURED, _SYSTEM),
    # 9–13, 17: the counter-statement.
    Transition(
        Step.COUNTER, (State.MEASURED,), State.COUNTER_REVIEW, _CONTRIBUTOR,
        (To.CONTRIBUTOR, To.STAFF), 9, guards=("can_be_countered", "counter_is_complete"),
    ),
    Transition(
        Step.COUNTER, (State.MEASURED,), State.COUNTER_GAPS, _CONTRIBUTOR, (To.CONTRIBUTOR,), 9,
        guards=("can_be_countered", "counter_has_gaps"),
    ),
    Transition(
        Step.REQUEST_COUNTER_FIX, (State.COUNTER_REVIEW,), State.COUNTER_GAPS, _REVIEWER,
        (To.CONTRIBUTOR,), 9, needs_reason=True,
    ),
    Transition(
        Step.AMEND_COUNTER, (State.COUNTER_GAPS,), State.COUNTER_REVIEW, _CONTRIBUTOR,
        (To.CONTRIBUTOR, To.STAFF), 9, guards=("counter_is_complete",),
    ),
    Transition(
        Step.AMEND_COUNTER, (State.COUNTER_GAPS,), State.COUNTER_GAPS, _CONTRIBUTOR,
        (To.CONTRIBUTOR,), 9, guards=("counter_has_gaps",),
    ),
    Transition(
        Step.LAPSE_COUNTER, (State.COUNTER_GAPS,), State.UPHELD, _SYSTEM,
        (To.CLAIMANT, To.CONTRIBUTOR), 17,
    ),
    Transition(
        Step.REFUSE_COUNTER, (State.COUNTER_REVIEW,), State.UPHELD, _REVIEWER,
        (To.CLAIMANT, To.CONTRIBUTOR), 17, guards=("has_no_interest",), needs_reason=True,
        is_decision=True,
    ),
    Transition(
        Step.FORWARD, (State.COUNTER_REVIEW,), State.WAITING, _REVIEWER,
        (To.CLAIMANT, To.CONTRIBUTOR), 10, guards=("has_no_interest", "restores_after_wait"),
        second=DISCLOSURE,
    ),
    # 条例 17: restored at once, where the site has chosen that.
    Transition(
        Step.FORWARD, (State.COUNTER_REVIEW,), State.RESTORED, _REVIEWER,
        (To.CLAIMANT, To.CONTRIBUTOR), 10, guards=("has_no_interest", "restores_at_once"),
        effect=Effect.RESTORE, second=DISCLOSURE, is_decision=True,
    ),
    Transition(
        Step.FILE_PROOF, (State.WAITING,), State.PROOF_REVIEW, (Role.CLAIMANT, Role.REVIEWER),
        (To.CLAIMANT, To.STAFF), 11,
    ),
    Transition(
        Step.VERIFY_PROOF, (State.PROOF_REVIEW,), State.LITIGATION, _REVIEWER,
        (To.CLAIMANT, To.CONTRIBUTOR), 11,
    ),
    Transition(
        Step.REFUSE_PROOF, (State.PROOF_REVIEW,), State.WAITING, _REVIEWER, (To.CLAIMANT,), 11,
        needs_reason=True,
    ),
    Transition(
        Step.RESTORE, (State.WAITING,), State.RESTORED, _SYSTEM, (To.CLAIMANT, To.CONTRIBUTOR), 12,
        effect=Effect.RESTORE,
    ),
    Transition(
        Step.OUTCOME_RESTORE, (State.LITIGATION,), State.RESTORED, _REVIEWER,
        (To.CLAIMANT, To.CONTRIBUTOR), 13, effect=Effect.RESTORE, needs_reason=True,
        second=RESTORATION, is_decision=True,
    ),
    Transition(
        Step.OUTCOME_UPHOLD, (State.LITIGATION,), State.UPHELD, _REVIEWER,
        (To.CLAIMANT, To.CONTRIBUTOR), 13, needs_reason=True, is_decision=True,
    ),
    # 14: the claimant gives up.
    Transition(
        Step.WITHDRAW, _WITHDRAWABLE, State.WITHDRAWN, (Role.CLAIMANT, Role.REVIEWER),
        (To.CLAIMANT, To.TOLD), 14, guards=("leaves_nothing_unlawful",), effect=Effect.RESTORE,
    ),
    # 15: appeals, decided by somebody else.
    Transition(
        Step.APPEAL, _DECIDED, State.APPEALED, (Role.CLAIMANT, Role.CONTRIBUTOR),
        (To.ACTOR, To.STAFF), 15, guards=("may_appeal",),
    ),
    # An order that was appealed against in vain still expires (18).
    Transition(
        Step.APPEAL_UPHOLD, (State.APPEALED,), State.MEASURED, _REVIEWER,
        (To.CLAIMANT, To.CONTRIBUTOR), 15,
        guards=(
            "has_no_interest", "is_another_reviewer", "appeal_is_against_a_measure", "is_order",
        ),
        needs_reason=True, is_decision=True,
    ),
    Transition(
        Step.APPEAL_UPHOLD, (State.APPEALED,), State.UPHELD, _REVIEWER,
        (To.CLAIMANT, To.CONTRIBUTOR), 15,
        guards=("has_no_interest", "is_another_reviewer", "appeal_is_against_a_measure"),
        needs_reason=True, is_decision=True,
    ),
    Transition(
        Step.APPEAL_RESTORE, (State.APPEALED,), State.RESTORED, _REVIEWER,
        (To.CLAIMANT, To.CONTRIBUTOR), 15,
        guards=("has_no_interest", "is_another_reviewer", "appeal_is_against_a_measure"),
        effect=Effect.RESTORE, needs_reason=True, second=RESTORATION, is_decision=True,
    ),
    Transition(
        Step.APPEAL_DISMISS, (State.APPEALED,), None, _REVIEWER, (To.CLAIMANT, To.TOLD), 15,
        guards=("has_no_interest", "is_another_reviewer", "appeal_is_against_a_refusal"),
        needs_reason=True, is_decision=True,
    ),
    Transition(
        Step.APPEAL_MEASURE, (State.APPEALED,), State.MEASURED, _REVIEWER,
        (To.CLAIMANT, To.CONTRIBUTOR), 15,
        guards=("has_no_interest", "is_another_reviewer", "appeal_is_against_a_refusal"),
        effect=Effect.WITHHOLD, needs_reason=True, second=TAKEDOWN, is_decision=True,
    ),
    Transition(
        Step.EXPIRE_ORDER, (State.MEASURED,), State.RESTORED, _SYSTEM,
        (To.STAFF, To.CONTRIBUTOR), 18, effect=Effect.RESTORE,
    ),
    # A reviewer's own mistake, or an order that was revoked, need not wait for an appeal.
    Transition(
        Step.CORRECT, (State.MEASURED, State.UPHELD), State.RESTORED, _REVIEWER,
        (To.CLAIMANT, To.CONTRIBUTOR), guards=("has_no_interest",), effect=Effect.RESTORE,
        needs_reason=True, second=RESTORATION, is_decision=True,
    ),
    # Passing a deadline tells the staff; it never removes anything by itself.
    Transition(Step.ESCALATE, _ESCALATING, None, _SYSTEM, (To.STAFF,)),
)  # fmt: skip

# What is recorded without moving an item owes letters as well.
HAPPENING_LETTERS: dict[Happening, tuple[To, ...]] = {
    Happening.STRUCK: (To.CONTRIBUTOR,),
    Happening.STRIKE_LIFTED: (To.CONTRIBUTOR,),
    Happening.WARNED: (To.CLAIMANT,),
    Happening.SLOWED: (To.CLAIMANT,),
    Happening.SANCTION_LIFTED: (To.CLAIMANT,),
    Happening.LINK_REVOKED: (To.CLAIMANT,),
    Happening.UNDELIVERABLE: (To.STAFF,),
    Happening.PASSAGE_LOST: (To.STAFF,),
}
# Their first decision is due within hours: the staff are told at once.
URGENT_KINDS = frozenset({Kind.ILLEGAL})

# How long a state lasts, and the step that its end fires.
TERMS: dict[State, tuple[Term, Step]] = {
    State.UNCONFIRMED: (Term.CONFIRM, Step.EXPIRE),
    State.INCOMPLETE: (Term.FIX, Step.LAPSE),
    State.REVIEW: (Term.FIRST_DECISION, Step.ESCALATE),
    State.ANSWERING: (Term.ANSWER, Step.NO_ANSWER),
    State.MEASURED: (Term.CONTEST, Step.STAND),
    State.COUNTER_REVIEW: (Term.COUNTER_REVIEW, Step.ESCALATE),
    State.COUNTER_GAPS: (Term.FIX, Step.LAPSE_COUNTER),
    State.WAITING: (Term.WAIT, Step.RESTORE),
    State.PROOF_REVIEW: (Term.PROOF_REVIEW, Step.ESCALATE),
    State.LITIGATION: (Term.LITIGATION, Step.ESCALATE),
    State.APPEALED: (Term.APPEAL, Step.ESCALATE),
}


def rows(step: Step, state: str) -> list[Transition]:
    """Return the rows of a step that leave a state; the empty state is that of an item that is
    just being made."""
    return [
        row
        for row in TRANSITIONS
        if row.step == step and (state in row.sources if state else not row.sources)
    ]


def steps_from(state: State, role: Role) -> list[Step]:
    """Return the steps that somebody in a role may take from a state, guards aside, in the order
    of the table."""
    found = [row.step for row in TRANSITIONS if state in row.sources and role in row.roles]
    return list(dict.fromkeys(found))


def is_known(step: str, from_state: str, to_state: str) -> bool:
    """Say whether the table knows a step between two states (either may be empty)."""
    return any(
        row.step == step
        and (from_state in row.sources or (not from_state and not row.sources))
        and (row.to is None or row.to == to_state)
        for row in TRANSITIONS
    )


_NAMES = {To.TOLD: To.CONTRIBUTOR, To.ALERT: To.STAFF}


def template_of(event: Step | Happening, to: To) -> str:
    """Return the name of the letter that an event owes somebody."""
    return f"{event.value}_{_NAMES.get(to, to).value}"
