"""What the steps are called where somebody may take them; elsewhere they are called by what was
done."""

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from moderation.models import Step

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TO_DO: Final[dict[str, "StrOrPromise"]] = {
    Step.REQUEST_FIX: _("Ask for what is missing"),
    Step.NOTIFY_FIRST: _("Ask the contributor first"),
    Step.MEASURE: _("Take a measure"),
    Step.REFUSE: _("Take no measure"),
    Step.REJECT: _("Do not accept the notice"),
    Step.JOIN: _("Join it to another case"),
    Step.REQUEST_COUNTER_FIX: _("Ask for what the counter-statement lacks"),
    Step.REFUSE_COUNTER: _("Do not accept the counter-statement"),
    Step.FORWARD: _("Forward the counter-statement"),
    Step.VERIFY_PROOF: _("Accept the proof of proceedings"),
    Step.REFUSE_PROOF: _("Do not accept the proof"),
    Step.OUTCOME_RESTORE: _("Proceedings ended: restore"),
    Step.OUTCOME_UPHOLD: _("Proceedings ended: uphold"),
    Step.APPEAL_UPHOLD: _("Dismiss the appeal: the measure stands"),
    Step.APPEAL_DISMISS: _("Dismiss the appeal: the decision stands"),
    Step.APPEAL_RESTORE: _("Grant the appeal: restore"),
    Step.APPEAL_MEASURE: _("Grant the appeal: take a measure"),
    Step.CORRECT: _("Correct the decision: restore"),
}


def to_do(step: str) -> "StrOrPromise":
    return TO_DO.get(step, step)
