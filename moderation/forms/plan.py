"""What a notice of each kind asks for, step by step."""

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from moderation.elements import REQUIRED
from moderation.forms.files import FileGroup
from moderation.models import EvidenceKind, Kind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

KINDS: Final = (Kind.COPYRIGHT, Kind.PERSONALITY, Kind.PRIVACY, Kind.ILLEGAL, Kind.OTHER)
SELF, AGENT = "self", "agent"
ROLES: Final = [
    (SELF, _("The person concerned, or the right holder")),
    (AGENT, _("Acting for them (agent, lawyer, guardian)")),
]
_PERSON: Final = ["role", "principal", "name", "email", "phone"]
_END: Final = ["has_new_grounds", "declared", "signed"]
# The fields of each step, kind by kind.
STEPS: Final[dict[Kind, list[list[str]]]] = {
    Kind.COPYRIGHT: [
        ["targets"],
        ["work_title", "work_author", "work_source", "explanation", "original_text", "asked"],
        [*_PERSON, "address"],
        _END,
    ],
    Kind.PERSONALITY: [
        ["targets"], ["words", "explanation", "asked"], [*_PERSON, "is_minor"], _END,
    ],
    Kind.PRIVACY: [
        ["targets"], ["category", "explanation", "asked"], [*_PERSON, "is_minor"], _END,
    ],
    Kind.ILLEGAL: [
        ["targets"], ["category", "explanation"], ["email", "is_minor"], ["declared", "signed"],
    ],
    Kind.OTHER: [["targets"], ["category", "explanation"], ["name", "email", "phone"], _END],
}  # fmt: skip
TITLES: Final[list["StrOrPromise"]] = [
    _("What is reported"),
    _("What is wrong with it, and evidence"),
    _("Who you are"),
    _("Declaration"),
]
# Without these a case cannot be opened; e-mail but for unlawful content.
_MUSTS: Final = ("targets", "email", "declared", "signed")
# The element that each field belongs to; fields that are not here are optional.
ELEMENT_OF: Final = {
    "targets": "U", "work_title": "R", "work_author": "R", "work_source": "R", "explanation": "R",
    "words": "R", "asked": "Q", "name": "I", "principal": "I", "email": "C", "phone": "C",
    "address": "A", "declared": "D", "signed": "D",
}  # fmt: skip


def mark(kind: Kind, name: str) -> str:
    """Return how a field is marked: "must", "needed" (a gap where it is missing), "" for what may
    be left out, or "none" for what is answered already."""
    if name == "role":
        return "none"
    if name in _MUSTS and not (name == "email" and kind == Kind.ILLEGAL):
        return "must"
    if name == "category":
        return "needed" if kind == Kind.PRIVACY else ""
    return "needed" if ELEMENT_OF.get(name, "-") in REQUIRED[kind] else ""


def groups_of(kind: Kind) -> list[FileGroup]:
    """Return what files a notice of a kind may bring."""
    needs = REQUIRED[kind]
    mark = "needed" if "E" in needs else "optional"
    groups: list[FileGroup] = []
    if kind == Kind.COPYRIGHT:
        groups.append(
            FileGroup(
                EvidenceKind.RIGHT,
                _("Proof of the right"),
                _(
                    "For instance the first publication with its date, a draft, the certificate of "
                    "registration, the contract. One of the two kinds of proof is needed at least."
                ),
                mark,
            )
        )
    groups.append(
        FileGroup(
            EvidenceKind.INFRINGEMENT,
            _("Proof of the infringement") if kind != Kind.ILLEGAL else _("Evidence"),
            _("Screenshots with date and address, a comparison, a notary's record, a judgment."),
            mark,
        )
    )
    if "I" in needs:
        groups.append(
            FileGroup(
                EvidenceKind.IDENTITY,
                _("Proof of identity"),
                _(
                    "Identity card or business licence. Only who handles the case may open it, "
                    "each time is recorded, it is never passed on, and it is deleted after the "
                    "case is closed."
                ),
            )
        )
    if "P" in needs:
        groups.append(
            FileGroup(
                EvidenceKind.AUTHORISATION,
                _("Authorisation"),
                _(
                    "The signed authorisation with its scope and term; for a minor, proof of the "
                    "guardianship. It is never passed on."
                ),
                "needed",
            )
        )
    return groups
