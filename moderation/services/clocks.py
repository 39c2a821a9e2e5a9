"""The clock of an item as each side reads it: what happens next, by when, and who must act.

Everything follows from the item's state, the table of terms and the policy, so that both sides,
the mails and the deadlines say the same.
"""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from moderation.clock_words import (
    AT_END,
    ENDED,
    FACES,
    LATE,
    ONLY_APPEAL,
    ORDER,
    UNTIMED,
    WHO,
    Face,
)
from moderation.dates import deadline
from moderation.models import MEASURE_STATES, CaseItem, Kind, Role, State, Step
from moderation.services.casework import timeout_step
from moderation.services.guards import GUARDS, Attempt, appeal_until
from moderation.services.parties import Actor
from moderation.transitions import TERMS, rows, steps_from

# The width of the bar's drawing; `Clock.passed` is a part of it.
BAR = 150


@dataclass(frozen=True)
class Clock:
    """What an item waits for. `left` says how long that still takes, as the server counts it;
    `passed` is how much of the term is over, of BAR. `is_yours`: the reader must act."""

    heading: str
    text: str
    more: str = ""
    who: str = ""
    until: datetime | None = None
    until_text: str = ""
    left: str = ""
    passed: int = 0
    is_yours: bool = False
    is_over: bool = False


def moment(at: datetime) -> str:
    """Return a moment as the letters write it; midnight is the end of the day before it (24:00),
    as terms that are counted in days end."""
    return deadline(at)


def time_left(until: datetime, now: datetime) -> str:
    """Return how long it is until a moment, in the two largest units; empty when it is past."""
    minutes = int((until - now).total_seconds() // 60)
    if minutes <= 0:
        return ""
    if minutes < 1440:
        return _("%(hours)d h %(minutes)d min") % {"hours": minutes // 60, "minutes": minutes % 60}
    return _("%(days)d d %(hours)d h") % {"days": minutes // 1440, "hours": minutes % 1440 // 60}


def clock_of(item: CaseItem, side: Role) -> Clock:
    """Return an item's clock as the claimant or the contributor reads it. No query; the item's
    case is loaded."""
    state = State(item.state)
    if item.due_at is None:
        return _untimed(item, side)
    face = _face(item, side)
    if face is None:
        return Clock(str(item.get_state_display()), "")
    now = timezone.now()
    is_over = item.due_at <= now
    return Clock(
        heading=str(face.heading),
        text=str(face.text) % {"until": moment(item.due_at)},
        more=str(LATE) if is_over and TERMS[state][1] == Step.ESCALATE else "",
        who=str(WHO[side].get(face.who, "")) if face.who is not None else "",
        until=item.due_at,
        until_text=moment(item.due_at),
        left=time_left(item.due_at, now),
        passed=_passed(item.state_since, item.due_at, now),
        is_yours=face.who == side and not _is_only_allowed(item),
        is_over=is_over,
    )


def _face(item: CaseItem, side: Role) -> Face | None:
    if item.state == State.MEASURED and item.case.kind == Kind.ORDER:
        return ORDER[side]
    face = FACES.get((State(item.state), side))
    if face is not None and item.state == State.MEASURED and not item.case.can_be_countered:
        return ONLY_APPEAL
    return face


def _is_only_allowed(item: CaseItem) -> bool:
    """Say whether the reader may act, and need not: a measure may stand uncontested."""
    return item.state == State.MEASURED


def _untimed(item: CaseItem, side: Role) -> Clock:
    """Return the clock of an item for which nothing falls due."""
    heading, state = str(item.get_state_display()), State(item.state)
    if state == State.MEASURED:
        which = "order" if item.case.kind == Kind.ORDER else "uncontested"
        return Clock(heading, str(UNTIMED[which, side]))
    if state == State.WAITING:
        return Clock(heading, str(UNTIMED["waiting", side]))
    end = appeal_end(item, side)
    more = _("You may appeal against this until %(until)s.") % {"until": moment(end)} if end else ""
    return Clock(heading, str(ENDED.get(state, "")), more)


def appeal_end(item: CaseItem, side: Role) -> datetime | None:
    """Return until when a side may appeal against an item's decision; None where it may not. No
    query."""
    if not rows(Step.APPEAL, item.state):
        return None
    against_measure = item.state in {State.MEASURED, State.UPHELD}
    if against_measure != (side == Role.CONTRIBUTOR):
        return None
    end = appeal_until(item)
    return end if end > timezone.now() else None


def _passed(since: datetime, until: datetime, now: datetime) -> int:
    whole = (until - since).total_seconds()
    gone = (now - since).total_seconds()
    return BAR if whole <= 0 else max(0, min(BAR, round(BAR * gone / whole)))


def next_line(item: CaseItem) -> tuple[str, datetime] | None:
    """Return what the end of an item's term brings, and when; None where nothing falls due. No
    query."""
    if item.due_at is None or State(item.state) not in TERMS:
        return None
    step = timeout_step(item)
    if item.state == State.MEASURED and step == Step.STAND and not item.case.can_be_countered:
        return None
    return str(AT_END[step]), item.due_at


def possible(item: CaseItem, actor: Actor) -> set[Step]:
    """Return the steps that a party may take on an item as it stands, guards included. At most a
    query for each guard that asks one."""
    attempt = Attempt(item.case, item, actor)
    return {
        step
        for step in steps_from(State(item.state), actor.role)
        if any(
            actor.role in row.roles and all(GUARDS[name].holds(attempt) for name in row.guards)
            for row in rows(step, item.state)
        )
    }


def is_withheld(item: CaseItem) -> bool:
    """Say whether an item's measure is in force, as far as its state tells. No query."""
    return item.state in MEASURE_STATES or (
        item.state == State.APPEALED and item.appealed_state in MEASURE_STATES
    )
