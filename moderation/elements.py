"""What a notice and a counter-statement must contain, kind by kind (TAKEDOWN.md §2; 条例 14, 16;
民法典 1195, 1196), and how each element is explained to who must supply it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from moderation.models import Kind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Element:
    """An element of a notice: its letter, its name, and what to do when it is missing."""

    code: str
    name: "StrOrPromise"
    missing: "StrOrPromise"


ELEMENTS: dict[str, Element] = {
    element.code: element
    for element in (
        Element(
            "I", _("Identity"),
            _("Give the full name of the right holder, or of the organisation."),
        ),
        Element("C", _("Contact"), _("Give a telephone number at which you can be reached.")),
        Element(
            "A", _("Postal address"),
            _("Give a postal address to which documents can be sent."),
        ),
        Element(
            "U", _("What it is about"),
            _("Copy the passage exactly as it stands in the article, or choose the picture."),
        ),
        Element(
            "R", _("Your right"),
            _(
                "Say which right is infringed and why; for a copyright name the original work, its "
                "author, and where it was published or registered."
            ),
        ),
        Element(
            "E", _("Evidence"),
            _(
                "Add a file that proves it: the first publication, a draft, a registration, a "
                "licence."
            ),
        ),
        Element("Q", _("What you ask for"), _("Choose what you want us to do.")),
        Element(
            "D", _("Declaration"),
            _("Confirm that what you state is true, and sign with your name."),
        ),
        Element(
            "P", _("Authorisation"),
            _("Add the authorisation by which you act for the right holder."),
        ),
    )
}  # fmt: skip

REQUIRED: dict[Kind, str] = {
    Kind.COPYRIGHT: "ICAUREQDP",
    Kind.PERSONALITY: "ICUREQDP",
    Kind.PRIVACY: "ICURQDP",
    Kind.ILLEGAL: "URD",
    Kind.OTHER: "CURD",
    Kind.ORDER: "U",
}
# A counter-statement: identity, why there is no infringement, evidence, declaration.
COUNTER_REQUIRED = "ICRED"
COUNTER_ELEMENTS: dict[str, Element] = ELEMENTS | {
    "I": Element("I", _("Identity"), _("Give your full name.")),
    "R": Element(
        "R", _("Your statement"), _("Say why the article does not infringe the claimant's right.")
    ),
    "E": Element(
        "E",
        _("Evidence"),
        _("Add a file that proves it: drafts, a licence, an earlier publication."),
    ),
}


def required(kind: Kind, *, by_agent: bool) -> list[str]:
    """Return the codes of the elements that a notice of a kind needs, as the form orders them."""
    return [code for code in REQUIRED[kind] if code != "P" or by_agent]
