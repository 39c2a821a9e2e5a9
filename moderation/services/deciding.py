"""What reviewers do: every step of theirs, with a second person where the site asks for one."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import User
from moderation.models import (
    Appeal,
    Case,
    CaseItem,
    CounterNotice,
    Delivery,
    Happening,
    Kind,
    Letter,
    Proposal,
    Purpose,
    Role,
    State,
    Statement,
    Step,
)
from moderation.policy import IMMEDIATE, get_policy
from moderation.reasons import reasons_for
from moderation.services.casework import Act, iso, lock_case, row_for, take_step
from moderation.services.deadlines import wait_end
from moderation.services.guards import Attempt, has_interest, require_handler
from moderation.services.happenings import record_happening
from moderation.services.parties import SYSTEM, reviewer
from moderation.services.statements import keep
from moderation.transitions import TRANSITIONS, To, steps_from, template_of

# Steps that a reviewer takes through `decide`. Withdrawing and completing for a claimant who
# wrote a letter are `intake`'s.
DECISIONS = tuple(
    dict.fromkeys(
        row.step
        for row in TRANSITIONS
        if Role.REVIEWER in row.roles
        and row.step not in {Step.ENTER, Step.AMEND, Step.WITHDRAW, Step.FILE_PROOF}
    )
)
# The letter whose arrival begins the waiting period.
FORWARDED = template_of(Step.FORWARD, To.CLAIMANT)
_APPEAL_STEPS = {
    Step.APPEAL_UPHOLD: False,
    Step.APPEAL_DISMISS: False,
    Step.APPEAL_RESTORE: True,
    Step.APPEAL_MEASURE: True,
}


@dataclass(frozen=True)
class Decision:
    """What a reviewer decides besides the step itself.

    `reason` is a code of `moderation.reasons`, `text` what both sides read of it; `finding` what
    the decision says of the notice; `scope`, `passage` and `picture` what a measure withholds,
    where it is not what the notice named; `gaps` the elements asked for; `join_to` an item's
    number; `no_interest` the reviewer's word that they are no party to the case.
    """

    reason: str = ""
    text: str = ""
    finding: str = ""
    scope: str = ""
    passage: str = ""
    picture: int | None = None
    gaps: tuple[str, ...] = ()
    join_to: int | None = None
    no_interest: bool = False


# --- Taking a case --------------------------------------------------------------------------
@transaction.atomic
def take(case: Case, by: User, *, no_interest: bool) -> Case:
    """Take a case to oneself for two hours; taking it again prolongs that. Raises
    PermissionDenied for a party to the case; ValidationError while a colleague has it, or without
    the word that one has no interest in it."""
    require_handler(by)
    locked, items = lock_case(case)
    if any(has_interest(locked, item, by) for item in items):
        raise PermissionDenied("moderation: a party to the case")
    if not no_interest:
        raise ValidationError(_("Confirm that you have no interest of your own in this case."))
    _require_free(locked, by)
    is_new = not locked.is_claimed
    locked.claimed_by = by
    locked.claimed_until = timezone.now() + timedelta(minutes=get_policy().claim_minutes)
    locked.save(update_fields=["claimed_by", "claimed_until"])
    if is_new:
        record_happening(locked, Happening.TAKEN, reviewer(by), payload={"no_interest": True})
    return locked


@transaction.atomic
def give_back(case: Case, by: User) -> Case:
    """Give a case back to the queue; nothing happens where a colleague has it."""
    require_handler(by)
    locked, _items = lock_case(case)
    if locked.is_claimed and locked.claimed_by_id == by.pk:
        locked.claimed_by = locked.claimed_until = None
        locked.save(update_fields=["claimed_by", "claimed_until"])
        record_happening(locked, Happening.RELEASED, reviewer(by))
    return locked


def _require_free(case: Case, by: User) -> None:
    if case.is_claimed and case.claimed_by_id != by.pk:
        until = timezone.localtime(case.claimed_until).strftime("%H:%M")
        raise ValidationError(
            _("%(name)s has taken this case until %(time)s.")
            % {"name": case.claimed_by, "time": until},
            code="claimed",
        )


# --- Deciding -------------------------------------------------------------------------------
def offered(case: Case, item: CaseItem) -> list[Step]:
    """Return the steps that a reviewer may take on an item as it stands, guards aside but those
    that the case itself decides. No query."""
    steps = [step for step in steps_from(State(item.state), Role.REVIEWER) if step in DECISIONS]
    against_measure = item.appealed_state in {State.MEASURED, State.UPHELD}
    hidden = {
        Step.NOTIFY_FIRST: item.was_notified_first,
        Step.APPEAL_UPHOLD: not against_measure,
        Step.APPEAL_RESTORE: not against_measure,
        Step.APPEAL_DISMISS: against_measure,
        Step.APPEAL_MEASURE: against_measure,
    }
    return [step for step in steps if not hidden.get(step, False)]


@transaction.atomic
def decide(
    case: Case,
    by: User,
    step: Step,
    decision: Decision,
    *,
    version: int,
    items: Iterable[int] | None = None,
    at: datetime | None = None,
) -> Act | Proposal:
    """Take a reviewer's step on items of a case, or propose it where a second person must approve
    it (TAKEDOWN.md §7).

    `version` is the case as it was read. Raises PermissionDenied (no handler of cases, a party to
    the case, the first decider of what is appealed against); ChangedMeanwhileError;
    ValidationError where a colleague has the case, a reason is missing, or the state does not
    allow the step.
    """
    require_handler(by)
    locked, rows_of_case = lock_case(case, version, beside=decision.join_to)
    _require_free(locked, by)
    chosen = [row.pk for row in rows_of_case] if items is None else list(items)
    chosen = _able(rows_of_case, chosen, step) if items is None else chosen
    _check(step, decision, Kind(locked.kind))
    statement = _state(locked, decision)
    second = next((row.second for row in TRANSITIONS if row.step == step and row.second), "")
    if second and get_policy().needs_second(second):
        for item in rows_of_case:
            if item.pk in chosen:  # What could not be taken is not proposed either.
                row_for(Attempt(locked, item, reviewer(by), asdict(decision)), step)
        return _propose(locked, by, step, decision, chosen, statement)
    return _carry_out(locked, by, step, decision, chosen, statement, at)


def _able(items: list[CaseItem], chosen: list[int], step: Step) -> list[int]:
    return [
        row.pk for row in items if row.pk in chosen and step in offered(row.case, row)
    ] or chosen


def _check(step: Step, decision: Decision, kind: Kind) -> None:
    if step not in DECISIONS:
        raise PermissionDenied(f"moderation: {step} is no reviewer's decision")
    needs = any(row.needs_reason for row in TRANSITIONS if row.step == step)
    known = {reason.code for reason in reasons_for(step, kind)}
    if needs and decision.reason not in known:
        raise ValidationError({"reason": _("Choose a reason.")})
    if needs and not decision.text.strip():
        raise ValidationError({"text": _("Say why, in words that both sides will read.")})
    if step in {Step.REQUEST_FIX, Step.REQUEST_COUNTER_FIX} and not decision.gaps:
        raise ValidationError({"gaps": _("Choose what is missing.")})


def _state(case: Case, decision: Decision) -> Statement | None:
    """Keep the reviewer's words; the record commits to them."""
    text = decision.text.strip()
    if not (text or decision.gaps or decision.passage):
        return None
    data: dict[str, Any] = {"text": text, "gaps": list(decision.gaps)}
    if decision.passage:
        data["passage"] = decision.passage
    return keep(case, None, Purpose.REASON, data, timezone.now())


def _carry_out(
    case: Case,
    by: User,
    step: Step,
    decision: Decision,
    items: list[int],
    statement: Statement | None,
    at: datetime | None = None,
    proposed_by: str = "",
) -> Act:
    at = at or timezone.now()
    _prepare(case, step, decision, items, at)
    details = {key: value for key, value in asdict(decision).items() if key != "text"}
    details |= {"gaps": list(decision.gaps), "proposed_by": proposed_by}
    act = take_step(
        case, step, reviewer(by), items=items, reason=decision.reason, statement=statement,
        details=details, at=at,
    )  # fmt: skip
    for letter in act.letters:
        # Nothing is sent that could arrive: the page shows it from now on.
        if letter.template == FORWARDED and letter.delivery == Delivery.ON_PAGE:
            begin_waits(letter, at)
    if step in _APPEAL_STEPS:
        Appeal.objects.filter(item__in=items, decided_at__isnull=True).update(
            decided_at=at, is_granted=_APPEAL_STEPS[step]
        )
    return act


def _prepare(case: Case, step: Step, decision: Decision, items: list[int], at: datetime) -> None:
    """Write down what a step leaves on the case besides the item's state, before its letters are
    composed."""
    if step == Step.REQUEST_FIX:
        case.gaps, case.complete_at = list(decision.gaps), None
        case.save(update_fields=["gaps", "complete_at"])
    elif step == Step.REQUEST_COUNTER_FIX:
        CounterNotice.objects.filter(item__in=items, forwarded_at__isnull=True).update(
            gaps=list(decision.gaps)
        )
    elif step == Step.FORWARD:
        for counter in CounterNotice.objects.filter(item__in=items, forwarded_at__isnull=True):
            counter.forwarded_at = at
            counter.save(update_fields=["forwarded_at"])


# --- A second person ------------------------------------------------------------------------
def _propose(
    case: Case,
    by: User,
    step: Step,
    decision: Decision,
    items: list[int],
    statement: Statement | None,
) -> Proposal:
    actor = reviewer(by)
    arguments: dict[str, Any] = asdict(decision) | {"items": items, "gaps": list(decision.gaps)}
    arguments.pop("text")
    arguments.pop("passage")  # Somebody's words: with the statement.
    case.version += 1
    case.save(update_fields=["version"])
    row = Proposal.objects.create(
        case=case, step=step, arguments=arguments, statement=statement, proposed_by=by,
        proposed_actor=actor.name, proposed_at=timezone.now(), version=case.version,
    )  # fmt: skip
    record_happening(
        case, Happening.PROPOSED, actor, payload={"proposal": row.pk, "step": step.value},
        statement=statement,
    )  # fmt: skip
    return row


def approve(proposal: Proposal, by: User) -> Act:
    """Carry out what a colleague proposed. Raises PermissionDenied for the proposer, and records
    that it was tried; ValidationError where the case has changed since."""
    require_handler(by)
    if proposal.proposed_actor == reviewer(by).name:
        record_happening(
            proposal.case, Happening.APPROVAL_REFUSED, reviewer(by),
            payload={"proposal": proposal.pk},
        )  # fmt: skip
        raise PermissionDenied("moderation: the approver is not the proposer")
    return carry_out(proposal, by)


@transaction.atomic
def carry_out(proposal: Proposal, by: User) -> Act:
    """Carry a proposal out without asking who proposed it: for `approve`, and for previews, which
    undo it."""
    locked, _items = lock_case(proposal.case)
    row = _open_proposal(proposal, locked)
    arguments = dict(row.arguments)
    items = arguments.pop("items")
    said = row.statement.data if row.statement is not None else {}
    decision = Decision(
        **arguments | {"gaps": tuple(arguments["gaps"])},
        text=said.get("text", ""),
        passage=said.get("passage", ""),
    )
    row.decided_at, row.is_approved = timezone.now(), True
    row.save(update_fields=["decided_at", "is_approved"])
    return _carry_out(
        locked, by, Step(row.step), decision, items, row.statement, proposed_by=row.proposed_actor
    )


@transaction.atomic
def decline_proposal(proposal: Proposal, by: User) -> Proposal:
    """Decline what a colleague proposed, or take back one's own. Raises PermissionDenied,
    ValidationError."""
    require_handler(by)
    locked, _items = lock_case(proposal.case)
    row = _open_proposal(proposal, locked, any_version=True)
    row.decided_at, row.is_approved = timezone.now(), False
    row.save(update_fields=["decided_at", "is_approved"])
    record_happening(
        locked, Happening.PROPOSAL_DECLINED, reviewer(by), payload={"proposal": row.pk}
    )
    return row


def _open_proposal(proposal: Proposal, case: Case, *, any_version: bool = False) -> Proposal:
    row = Proposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if row.decided_at is not None:
        raise ValidationError(_("This proposal was decided already."), code="decided")
    if not any_version and row.version != case.version:
        raise ValidationError(
            _("The case has changed since this was proposed. Propose it anew."), code="changed"
        )
    return row


def restores_at_once() -> bool:
    """Say whether a forwarded counter-statement restores at once on this site (条例 17)."""
    return get_policy().counter_notice_mode == IMMEDIATE


def begin_waits(letter: Letter, at: datetime) -> None:
    """Let the waiting periods run that a forwarded counter-statement's arrival begins. The case is
    locked by the caller."""
    counters = CounterNotice.objects.filter(
        item__case=letter.case, forwarded_at__lte=letter.owed_at, arrived_at__isnull=True
    )
    for counter in counters.select_related("item__case"):
        item = begin_wait(counter, at)
        payload = {"due": iso(item.due_at), "timeout": iso(item.timeout_at)}
        record_happening(item.case, Happening.ARRIVED, SYSTEM, item=item, payload=payload)


def begin_wait(counter: CounterNotice, arrived_at: datetime) -> CaseItem:
    """Let a waiting period run from a forwarded counter-statement's arrival. The item is locked by
    the caller."""
    item = counter.item
    counter.arrived_at = arrived_at
    counter.save(update_fields=["arrived_at"])
    item.wait_until = wait_end(item, arrived_at)
    if item.state == State.WAITING:
        item.due_at = item.timeout_at = item.wait_until
    item.save(update_fields=["wait_until", "due_at", "timeout_at"])
    return item
