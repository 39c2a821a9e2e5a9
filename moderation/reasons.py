"""The reasons a decision may give: codes for the record, words for people, and the provision."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from moderation.models import Kind, Step

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Reason:
    """Why a step is taken. `provision` names the rule that it follows."""

    code: str
    label: "StrOrPromise"
    provision: "StrOrPromise" = ""
    kinds: tuple[Kind, ...] = tuple(Kind)


_MEASURES = (
    Reason(
        "copyright", _("The notice makes an infringement of copyright likely"),
        _(
            "Regulation on the Protection of the Right of Communication, art. 15; Civil Code, "
            "art. 1195"
        ),
        (Kind.COPYRIGHT,),
    ),
    Reason(
        "reputation", _("The notice makes an infringement of a personality right likely"),
        _("Civil Code, arts. 1024, 1028, 1195"), (Kind.PERSONALITY,),
    ),
    Reason(
        "portrait", _("A portrait is used without consent"), _("Civil Code, arts. 1019, 1195"),
        (Kind.PERSONALITY,),
    ),
    Reason(
        "privacy", _("Private life or personal data are disclosed"),
        _("Civil Code, arts. 1032, 1034, 1195; Personal Information Protection Law, art. 47"),
        (Kind.PRIVACY,),
    ),
    Reason(
        "unlawful", _("The content is unlawful"),
        _("Provisions on the Ecology of Network Content, arts. 6, 10"),
        (Kind.ILLEGAL,),
    ),
    Reason("order", _("A court or authority ordered it"), _("The document named"), (Kind.ORDER,)),
    Reason("terms", _("It breaks the rules for contributions"), _("Terms for contributors")),
    Reason(
        "unlabelled_ai", _("Generated content is not labelled"),
        _("Measures for Labelling AI-Generated Content, arts. 6, 10"), (Kind.OTHER,),
    ),
)  # fmt: skip
_REFUSALS = (
    Reason("no_infringement", _("No infringement can be seen")),
    Reason(
        "fair_use", _("The use is permitted by law"), _("Copyright Law, art. 24"), (Kind.COPYRIGHT,)
    ),
    Reason("licensed", _("The use is licensed"), "", (Kind.COPYRIGHT,)),
    Reason(
        "public_interest", _("The report serves the public interest"),
        _("Civil Code, arts. 999, 1025"), (Kind.PERSONALITY, Kind.PRIVACY),
    ),
    Reason("cured", _("The contributor has mended it")),
    Reason("disputed", _("The facts are disputed and must be settled by a court")),
)  # fmt: skip
RESTORED_BEFORE = Reason(
    "restored_before", _("The content was restored after a counter-statement"),
    _("Regulation on the Protection of the Right of Communication, art. 17"),
)  # fmt: skip
_REJECTIONS = (
    RESTORED_BEFORE,
    Reason("not_here", _("The content is not on this site")),
    Reason("gone", _("The content is already withheld or gone")),
    Reason("decided", _("The same notice was decided before")),
    Reason("no_right", _("No right of the claimant is asserted")),
)
_RESTORATIONS = (
    Reason("judgment", _("A judgment or settlement says so")),
    Reason("no_proceedings", _("The proceedings were ended without a judgment")),
    Reason("mistake", _("The measure was taken by mistake")),
    Reason("revoked", _("The order was revoked")),
    Reason("not_proven", _("The infringement was not proven")),
    Reason("agreed", _("Both sides have agreed")),
)
_UPHOLDINGS = (
    Reason("judgment", _("A judgment or settlement says so")),
    Reason("not_refuted", _("The statement does not refute the notice")),
    Reason("formal", _("The statement lacks what it must contain")),
)
_GAPS = (Reason("gaps", _("Something is missing or unreadable")),)
_PROOFS = (Reason("no_proof", _("The document does not prove proceedings")),)

REASONS: dict[Step, tuple[Reason, ...]] = {
    Step.REQUEST_FIX: _GAPS,
    Step.MEASURE: _MEASURES,
    Step.APPEAL_MEASURE: _MEASURES,
    Step.REFUSE: _REFUSALS,
    Step.REJECT: _REJECTIONS,
    Step.REQUEST_COUNTER_FIX: _GAPS,
    Step.REFUSE_COUNTER: _UPHOLDINGS,
    Step.REFUSE_PROOF: _PROOFS,
    Step.OUTCOME_RESTORE: _RESTORATIONS,
    Step.OUTCOME_UPHOLD: _UPHOLDINGS,
    Step.APPEAL_UPHOLD: _UPHOLDINGS,
    Step.APPEAL_RESTORE: _RESTORATIONS,
    Step.APPEAL_DISMISS: (*_REFUSALS, *_REJECTIONS),
    Step.CORRECT: _RESTORATIONS,
}


def reasons_for(step: Step, kind: Kind) -> list[Reason]:
    """Return the reasons that a step may give in a case of a kind."""
    return [reason for reason in REASONS.get(step, ()) if kind in reason.kinds]


def find_reason(code: str) -> Reason | None:
    """Return the reason of a code; None for one that is unknown or empty."""
    known = (reason for group in REASONS.values() for reason in group)
    return next((reason for reason in known if reason.code == code), None)
