"""What can be done on the page of a case besides the steps of the table: each a form, and the
service that it calls."""

from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import User
from moderation.admin import forms
from moderation.admin.forms import CaseForm
from moderation.models import Case, EvidenceKind, Letter, Party, Proposal, Sanction
from moderation.services import (
    answering,
    conduct,
    deciding,
    erasure,
    evidence,
    intake,
    keeping,
    links,
)

# Does what was asked for, and says in a sentence what happened.
Run = Callable[[Case, User, CaseForm], str]


@dataclass(frozen=True)
class Action:
    form: type[CaseForm]
    run: Run
    # After it the moderator goes on to the next case.
    is_decision: bool = False


def _take(case: Case, by: User, form: CaseForm) -> str:
    taken = deciding.take(case, by, no_interest=form.cleaned_data["no_interest"])
    until = timezone.localtime(taken.claimed_until).strftime("%H:%M")
    return _("You have this case until %(time)s.") % {"time": until}


def _give_back(case: Case, by: User, form: CaseForm) -> str:
    deciding.give_back(case, by)
    return _("%(case)s is back in the queue.") % {"case": case.number}


def _note(case: Case, by: User, form: CaseForm) -> str:
    keeping.note(case, by, form.cleaned_data["text"])
    return _("The note is kept.")


def _hold(case: Case, by: User, form: CaseForm) -> str:
    keeping.set_hold(case, by, on=True, text=form.cleaned_data["text"])
    return _("The case is under legal hold: nothing of it is erased.")


def _end_hold(case: Case, by: User, form: CaseForm) -> str:
    keeping.set_hold(case, by, on=False, text=form.cleaned_data["text"])
    return _("The legal hold has ended.")


def _proposal(case: Case, form: CaseForm) -> Proposal:
    return get_object_or_404(Proposal, pk=form.cleaned_data["proposal"], case=case)


def _approve(case: Case, by: User, form: CaseForm) -> str:
    deciding.approve(_proposal(case, form), by)
    return _("The proposal is carried out.")


def _decline(case: Case, by: User, form: CaseForm) -> str:
    deciding.decline_proposal(_proposal(case, form), by)
    return _("The proposal is declined. Nothing was done.")


def _settle(case: Case, by: User, form: CaseForm) -> str:
    data = form.cleaned_data
    letter = get_object_or_404(Letter, pk=data["letter"], case=case)
    keeping.settle_by_hand(letter, by, data["at"], arrived=data["arrived"])
    if data["arrived"]:
        return _("The letter is noted as handed over.")
    return _("The letter is noted as undeliverable.")


def _impose(case: Case, by: User, form: CaseForm) -> str:
    imposed = conduct.impose(case, by)
    return _("Imposed, and told to the claimant: %(sanction)s") % {
        "sanction": imposed.get_kind_display()
    }


def _lift(case: Case, by: User, form: CaseForm) -> str:
    number = form.cleaned_data["sanction"]
    conduct.lift_sanction(get_object_or_404(Sanction, pk=number, case=case), by)
    return _("The sanction is lifted.")


def _party(case: Case, form: CaseForm) -> Party:
    return get_object_or_404(Party, pk=form.cleaned_data["party"], case=case)


def _revoke(case: Case, by: User, form: CaseForm) -> str:
    links.revoke_link(_party(case, form), by=by)
    return _("The private link opens nothing any more.")


def _renew(case: Case, by: User, form: CaseForm) -> str:
    links.renew_link(_party(case, form), by=by)
    return _("A new private link is on its way; the old one opens nothing any more.")


def _erase(case: Case, by: User, form: CaseForm) -> str:
    erasure.erase_party(_party(case, form), by)
    return _("The personal data of this party are erased.")


def _withdraw(case: Case, by: User, form: CaseForm) -> str:
    if not isinstance(form, forms.ItemsForm) or case.claimant is None:
        raise ValidationError(_("This case has no claimant."))
    intake.withdraw(case, case.claimant, items=form.chosen(), by=by)
    return _("The notice is withdrawn.")


def _prove(case: Case, by: User, form: CaseForm) -> str:
    if not isinstance(form, forms.ItemsForm) or case.claimant is None:
        raise ValidationError(_("This case has no claimant."))
    if not form.cleaned_data["file"]:
        raise ValidationError({"file": _("Add the document that proves it.")})
    for item in form.able:
        if item.pk not in form.chosen():
            continue
        files, refused = evidence.stage_all(
            [form.cleaned_data["file"]], EvidenceKind.PROCEEDINGS, party=case.claimant
        )
        if refused:
            raise ValidationError({"file": refused})
        numbers = [row.pk for row in files]
        text = form.cleaned_data["text"]
        answering.file_proof(item, case.claimant, text, evidence=numbers, by=by)
    return _("The proof is kept, to be looked at.")


ACTIONS: dict[str, Action] = {
    "take": Action(forms.TakeForm, _take),
    "give_back": Action(CaseForm, _give_back, is_decision=True),
    "note": Action(forms.NoteForm, _note),
    "hold": Action(forms.HoldForm, _hold),
    "end_hold": Action(forms.HoldForm, _end_hold),
    "approve": Action(forms.ProposalForm, _approve, is_decision=True),
    "decline": Action(forms.ProposalForm, _decline),
    "settle": Action(forms.LetterForm, _settle),
    "impose": Action(CaseForm, _impose),
    "lift": Action(forms.SanctionForm, _lift),
    "revoke": Action(forms.PartyForm, _revoke),
    "renew": Action(forms.PartyForm, _renew),
    "erase": Action(forms.PartyForm, _erase),
    "withdraw": Action(forms.ItemsForm, _withdraw, is_decision=True),
    "prove": Action(forms.ProofForm, _prove),
}
