"""What the lines of a case's course say to each side."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from moderation.models import Event, Happening, Role, State, Step

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_BOTH = (Role.CLAIMANT, Role.CONTRIBUTOR)
_STEPS: dict[tuple[Step, State | None], "StrOrPromise"] = {
    (Step.SUBMIT, None): _("Notice received; the e-mail address is to be confirmed"),
    (Step.ENTER, State.REVIEW): _("Notice received, complete"),
    (Step.ENTER, State.INCOMPLETE): _("Notice received; something is missing"),
    (Step.CONFIRM, State.REVIEW): _("E-mail address confirmed; the notice is complete"),
    (Step.CONFIRM, State.INCOMPLETE): _("E-mail address confirmed; something is missing"),
    (Step.CONFIRM, State.REJECTED): _("Not accepted"),
    (Step.EXPIRE, None): _("Not confirmed in time, expired"),
    (Step.REQUEST_FIX, None): _("Something is missing"),
    (Step.AMEND, State.REJECTED): _("Not accepted"),
    (Step.AMEND, State.REVIEW): _("Notice completed; the term of the decision begins"),
    (Step.AMEND, State.INCOMPLETE): _("Added to; something is still missing"),
    (Step.LAPSE, None): _("Not completed in time, closed"),
    (Step.NOTIFY_FIRST, None): _("Contributor asked to mend or answer"),
    (Step.ANSWER, None): _("Contributor answered; back under review"),
    (Step.NO_ANSWER, None): _("No answer in time; back under review"),
    (Step.MEASURE, None): _("Measure taken; the notice was forwarded to the contributor"),
    (Step.REFUSE, None): _("Decided: no measure"),
    (Step.REJECT, None): _("Not accepted"),
    (Step.JOIN, None): _("Joined to an earlier notice about the same content"),
    (Step.REOPEN, None): _("Taken up again by itself"),
    (Step.STAND, None): _("Not contested in time; the measure stays"),
    (Step.COUNTER, State.COUNTER_REVIEW): _("Counter-statement received"),
    (Step.COUNTER, State.COUNTER_GAPS): _("Counter-statement received; something is missing"),
    (Step.REQUEST_COUNTER_FIX, None): _("Completion of the counter-statement asked for"),
    (Step.AMEND_COUNTER, State.COUNTER_REVIEW): _("Counter-statement completed"),
    (Step.AMEND_COUNTER, State.COUNTER_GAPS): _(
        "Counter-statement added to; something is still missing"
    ),
    (Step.LAPSE_COUNTER, None): _("Counter-statement not completed in time: the measure stands"),
    (Step.REFUSE_COUNTER, None): _("Counter-statement not accepted: the measure stands"),
    (Step.FORWARD, State.WAITING): _("Counter-statement forwarded to the claimant"),
    (Step.FORWARD, State.RESTORED): _("Counter-statement forwarded; the content is shown again"),
    (Step.FILE_PROOF, None): _("Proof of proceedings received"),
    (Step.VERIFY_PROOF, None): _("Proof of proceedings verified: the measure stays meanwhile"),
    (Step.REFUSE_PROOF, None): _("Proof of proceedings not accepted: the period goes on"),
    (Step.RESTORE, None): _("Waiting period over: the content is shown again"),
    (Step.OUTCOME_RESTORE, None): _("Proceedings ended: the content is shown again"),
    (Step.OUTCOME_UPHOLD, None): _("Proceedings ended: the measure stands"),
    (Step.WITHDRAW, None): _("Notice withdrawn by the claimant"),
    (Step.APPEAL_UPHOLD, None): _("Appeal dismissed: the measure stands"),
    (Step.APPEAL_DISMISS, None): _("Appeal dismissed: the decision stands"),
    (Step.APPEAL_RESTORE, None): _("Appeal granted: the content is shown again"),
    (Step.APPEAL_MEASURE, None): _("Appeal granted: measure taken"),
    (Step.CORRECT, None): _("Decision corrected: the content is shown again"),
    (Step.EXPIRE_ORDER, None): _("The order has ended: the content is shown again"),
    (Step.ESCALATE, None): _("The promised date has passed; a superior was told"),
}
_APPEALS: dict[str, "StrOrPromise"] = {
    Role.CLAIMANT: _("Appeal of the claimant received"),
    Role.CONTRIBUTOR: _("Appeal of the contributor received"),
}


@dataclass(frozen=True)
class Told:
    """What moves no item, where a side reads of it."""

    sentence: "StrOrPromise"
    sides: tuple[Role, ...] = _BOTH
    needs_item: bool = False


HAPPENINGS: dict[Happening, Told] = {
    Happening.ARRIVED: Told(
        _("Counter-statement handed over to the claimant: the waiting period begins"),
        needs_item=True,
    ),
    Happening.ANNOUNCED: Told(_("The contributor cannot be reached: published as a notice")),
    Happening.STRUCK: Told(_("Counted as a strike"), (Role.CONTRIBUTOR,), needs_item=True),
    Happening.STRIKE_LIFTED: Told(_("Strike lifted"), (Role.CONTRIBUTOR,), needs_item=True),
    Happening.STRIKE_EXPIRED: Told(_("Strike expired"), (Role.CONTRIBUTOR,), needs_item=True),
    Happening.WARNED: Told(_("Warning for unfounded notices"), (Role.CLAIMANT,)),
    Happening.SLOWED: Told(_("Without fast track for some time"), (Role.CLAIMANT,)),
    Happening.SANCTION_LIFTED: Told(_("Warning or slowing lifted"), (Role.CLAIMANT,)),
    Happening.LINK_REVOKED: Told(_("Private link revoked"), (Role.CLAIMANT,)),
    Happening.OPENED: Told(_("Case published with the claimant's consent")),
    Happening.CLOSED: Told(_("Case no longer published")),
    Happening.ERASED: Told(_("Personal data erased")),
}
# The reasons of these are for one side alone: what is missing is between it and this site.
FOR_ONE_SIDE: dict[str, Role] = {
    Step.REQUEST_FIX: Role.CLAIMANT,
    Step.CONFIRM: Role.CLAIMANT,
    Step.AMEND: Role.CLAIMANT,
    Step.REFUSE_PROOF: Role.CLAIMANT,
    Step.REQUEST_COUNTER_FIX: Role.CONTRIBUTOR,
    Step.COUNTER: Role.CONTRIBUTOR,
    Step.AMEND_COUNTER: Role.CONTRIBUTOR,
}
# The gaps of these are those of a notice; of all others, those of a counter-statement.
AMEND_AND_ASK = frozenset({Step.REQUEST_FIX.value, Step.AMEND.value, Step.CONFIRM.value})


def sentence_of(event: Event) -> str:
    """Return what a line of the record says to people. It is the same for both sides."""
    if event.event in Happening.values:
        return str(HAPPENINGS[Happening(event.event)].sentence)
    step = Step(event.event)
    if step == Step.APPEAL:
        return str(_APPEALS.get(event.role, step.label))
    state = State(event.to_state) if event.to_state else None
    return str(_STEPS.get((step, state)) or _STEPS.get((step, None)) or step.label)
