"""The engine: a step of the table, taken on items of a case.

Everything that moves an item goes through `take_step`: it locks, asks the table and its guards,
does to the article what the row says, writes the state, the events and the letters, and sets the
next deadline, in one transaction. The services beside it say what each step needs besides.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article
from moderation.models import (
    Case,
    CaseItem,
    Event,
    Kind,
    Letter,
    Role,
    State,
    Statement,
    Step,
)
from moderation.reasons import RESTORED_BEFORE
from moderation.services import conduct, measures
from moderation.services.deadlines import term_end
from moderation.services.guards import GUARDS, Attempt, ChangedMeanwhileError, require_handler
from moderation.services.letters import Occasion, contributor_named, owe
from moderation.services.parties import SYSTEM, Actor
from moderation.services.record import append
from moderation.transitions import TERMS, Effect, To, Transition, rows

# A public notice to the contributor has nothing more to say in these, nor once they have acted.
NOT_WITHHELD = (State.RESTORED, State.WITHDRAWN, State.REFUSED, State.REJECTED, State.LAPSED)
# In these the term of the state goes on as it was.
_SAME_TERM = (Step.AMEND, Step.AMEND_COUNTER, Step.STAND)


@dataclass(frozen=True)
class Act:
    """What was done: the events of one act, in their order, and the letters it owed."""

    case: Case
    items: list[CaseItem]
    events: list[Event]
    letters: list[Letter]

    @property
    def seq(self) -> int:
        return self.events[0].seq


def lock_case(
    case: Case, version: int | None = None, *, beside: int | None = None
) -> tuple[Case, list[CaseItem]]:
    """Return a case and its items as they stand now, locked until the transaction ends, with the
    cases that joined it, that of the item `beside` (which an item shall be joined to), all their
    items and the articles: always in this order, and before the chain, so that no two acts wait
    for one another. Five queries, one more for `beside`. Raises ChangedMeanwhileError where
    `version` is not the present one."""
    linked = {
        case.pk,
        *CaseItem.objects.filter(joined_to__case=case).values_list("case", flat=True),
    }
    if beside is not None:
        linked |= set(CaseItem.objects.filter(pk=beside).values_list("case", flat=True))
    cases = Case.objects.select_for_update().filter(pk__in=linked).order_by("pk")
    locked = {row.pk: row for row in cases}[case.pk]
    if version is not None and locked.version != version:
        raise ChangedMeanwhileError
    rows = list(CaseItem.objects.select_for_update().filter(case__in=linked).order_by("pk"))
    articles = Article.objects.select_for_update().filter(pk__in={row.article_id for row in rows})
    by_pk = {article.pk: article for article in articles.order_by("pk")}
    items = [row for row in rows if row.case_id == locked.pk]
    for item in items:
        item.case, item.article = locked, by_pk[item.article_id]
    return locked, items


@transaction.atomic
def take_step(
    case: Case,
    step: Step,
    actor: Actor,
    *,
    items: Iterable[int] | None = None,
    version: int | None = None,
    reason: str = "",
    statement: Statement | None = None,
    details: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> Act:
    """Take a step on some items of a case (by number; None: on all that the step can leave).

    Raises PermissionDenied where the role or a guard forbids it; ValidationError where the items'
    states or a guard do not allow it; ChangedMeanwhileError. About 15 queries for one item.
    """
    if actor.role == Role.REVIEWER:
        require_handler(actor.user)
    details = dict(details or {})
    locked, rows_of_case = lock_case(case, version, beside=details.get("join_to"))
    chosen = _choose(rows_of_case, step, items)
    at = at or timezone.now()
    moves = [(item, row_for(Attempt(locked, item, actor, details), step)) for item in chosen]
    events: list[Event] = []
    for item, row in moves:
        act = events[0].act if events else None
        events.append(_move(item, row, actor, at, reason, details, statement, act))
    conduct.follow(events[0].act, moves, at)
    occasion = Occasion(
        events[0], step, locked, chosen, actor, statement, reason or events[0].reason
    )
    letters = owe(_letters_of(moves), occasion)
    _settle_case(locked, rows_of_case, at)
    for item in chosen:
        _reopen_joined(item)
    return Act(locked, chosen, events, letters)


def _reopen_joined(item: CaseItem) -> None:
    """Let the notices that were joined to an item be read by themselves where it ends without a
    decision on what it complained of."""
    if item.state not in {State.WITHDRAWN, State.LAPSED, State.REJECTED}:
        return
    for joined in item.joined.select_related("case"):
        take_step(joined.case, Step.REOPEN, SYSTEM, items=[joined.pk])


def _choose(items: list[CaseItem], step: Step, numbers: Iterable[int] | None) -> list[CaseItem]:
    """Return the items that a step is for. Raises ValidationError where one of those named cannot
    take it, or none can."""
    able = [item for item in items if rows(step, item.state)]
    if numbers is None:
        chosen = able
    else:
        wanted = set(numbers)
        chosen = [item for item in items if item.pk in wanted]
        if len(chosen) != len(wanted):
            raise ValidationError(_("This is not part of the case."), code="item")
        if stuck := next((item for item in chosen if item not in able), None):
            raise _impossible(stuck)
    if not chosen:
        raise _impossible(items[0])
    return chosen


def _impossible(item: CaseItem) -> ValidationError:
    return ValidationError(
        _("This is not possible any more: it is “%(state)s” now.")
        % {"state": item.get_state_display()},
        code="state",
    )


def row_for(attempt: Attempt, step: Step) -> Transition:
    """Return the row that an item takes: the first whose role and guards allow it. Raises
    PermissionDenied, ValidationError where there is none."""
    candidates = rows(step, attempt.item.state)
    if not candidates:
        raise _impossible(attempt.item)
    allowed = [row for row in candidates if attempt.actor.role in row.roles]
    if not allowed:
        raise PermissionDenied(f"moderation: {step} is not for a {attempt.actor.role}")
    failed: list[str] = []
    for row in allowed:
        failing = [name for name in row.guards if not GUARDS[name].holds(attempt)]
        if not failing:
            return row
        failed += failing
    guard = next((GUARDS[name] for name in failed if GUARDS[name].refusal), None)
    if guard is None:
        raise _impossible(attempt.item)
    if guard.is_permission:
        raise PermissionDenied(str(guard.refusal))
    raise ValidationError(guard.refusal, code="guard")


def _move(
    item: CaseItem,
    row: Transition,
    actor: Actor,
    at: datetime,
    reason: str,
    details: Mapping[str, Any],
    statement: Statement | None,
    act: int | None,
) -> Event:
    """Do to one item what its row says, and write the event."""
    if "was_restored_before" in row.guards:
        reason = RESTORED_BEFORE.code
    payload = _affect(item, row, actor, details, at)
    to_state = _target(item, row)
    _note(item, row, actor, at, reason, details)
    _set_term(item, row, to_state, at)
    payload |= {"due": iso(item.due_at), "timeout": iso(item.timeout_at)}
    event = append(
        row.step, actor.name, actor.role, at=at, case=item.case, item=item, act=act,
        to_state=to_state.value, reason=reason, payload=payload, statement=statement,
    )  # fmt: skip
    if item.state != to_state:
        item.state, item.state_since = to_state, at
    item.save()
    if to_state in NOT_WITHHELD or actor.role == Role.CONTRIBUTOR:
        item.announcements.filter(ended_at__isnull=True).update(ended_at=at)
    return event


def iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


def _target(item: CaseItem, row: Transition) -> State:
    if row.to is not None:
        return row.to
    return State(item.appealed_state if row.step == Step.APPEAL_DISMISS else item.state)


def _affect(
    item: CaseItem, row: Transition, actor: Actor, details: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    """Withhold or restore; return what the event tells of it, without personal data."""
    user = actor.user if actor.role == Role.REVIEWER else None
    payload: dict[str, Any] = {"kind": item.case.kind, "article": item.article_id}
    if row.effect == Effect.WITHHOLD:
        measure = measures.withhold(item, user, details, at)
        status = measure.restriction.http_status
        payload |= {"scope": measure.scope, "measure": measure.pk, "http_status": status}
    elif row.effect == Effect.RESTORE:
        lifted = measures.restore(item, user, at)
        payload |= {"lifted": lifted.pk, "scope": lifted.scope} if lifted is not None else {}
    payload |= contributor_named(row.letters, item)
    for name in ("finding", "join_to", "proposed_by", "gaps", "no_interest"):
        if details.get(name):
            payload[name] = details[name]
    return payload


def _note(
    item: CaseItem,
    row: Transition,
    actor: Actor,
    at: datetime,
    reason: str,
    details: Mapping[str, Any],
) -> None:
    """Keep on the item what later steps ask for."""
    if row.is_decision:
        _note_decision(item, actor, at, reason, details)
    if row.to == State.MEASURED:
        item.is_uncontested = row.step == Step.STAND
    item.was_notified_first |= row.step == Step.NOTIFY_FIRST
    if row.step == Step.FORWARD:
        item.wait_until = None  # An earlier counter-statement's is over.
    elif row.step == Step.APPEAL:
        item.appealed_state = item.state
    elif row.step == Step.JOIN:
        item.joined_to = CaseItem.objects.get(pk=details["join_to"])
    elif "was_restored_before" in row.guards:
        item.reason, item.decided_at = reason, at
    if item.joined_to_id is not None and row.step != Step.JOIN:
        item.joined_to = None


def _note_decision(
    item: CaseItem, actor: Actor, at: datetime, reason: str, details: Mapping[str, Any]
) -> None:
    deciders = [details.get("proposed_by", ""), actor.name]
    item.decided_by = "+".join(name for name in deciders if name)
    item.decided_at, item.reason = at, reason
    item.finding = details.get("finding", "")


def _set_term(item: CaseItem, row: Transition, to_state: State, at: datetime) -> None:
    """Set what is due next. Passing a deadline keeps the promise that was broken in sight."""
    if row.step == Step.ESCALATE:
        item.escalated_at = at
        item.timeout_at = (
            term_end(TERMS[to_state][0], item, at) if to_state == State.LITIGATION else None
        )
        return
    if row.step in _SAME_TERM and to_state == item.state:
        if row.step == Step.STAND:
            item.due_at = item.timeout_at = None
        return
    item.escalated_at = None
    term = TERMS.get(to_state)
    ends = term_end(term[0], item, at) if term is not None else None
    item.due_at = item.timeout_at = ends


def timeout_step(item: CaseItem) -> Step:
    """Return the step that the end of an item's term fires."""
    if item.state == State.MEASURED and item.case.kind == Kind.ORDER:
        return Step.EXPIRE_ORDER
    return TERMS[State(item.state)][1]


def _letters_of(moves: list[tuple[CaseItem, Transition]]) -> list[To]:
    return list(dict.fromkeys(to for _item, row in moves for to in row.letters))


def _settle_case(case: Case, items: list[CaseItem], at: datetime) -> None:
    """Close a case whose items all rest, and open it again when one does not."""
    rests = all(item.is_at_rest for item in items)
    case.closed_at = (case.closed_at or at) if rests else None
    if not rests:
        case.is_public = False
    case.version += 1
    case.save(update_fields=["closed_at", "is_public", "version"])
