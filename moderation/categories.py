"""What a notice's lists offer: categories of unlawful content, kinds of personal data, and the
measures that can be asked for."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from moderation.models import Kind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# Case.category, kind by kind. Of unlawful content after 网络信息内容生态治理规定, art. 6, and the
# categories of 12377; of personal data after 个人信息保护法, art. 28, and 民法典, art. 1034.
CATEGORIES: dict[Kind, list[tuple[str, "StrOrPromise"]]] = {
    Kind.PRIVACY: [
        ("contact", _("Name with telephone, address or other contact data")),
        ("identity", _("Identity card, passport or other documents")),
        ("image", _("Photographs or recordings of private life")),
        ("health", _("Health, medical records")),
        ("finance", _("Bank account, property, credit")),
        ("whereabouts", _("Whereabouts, travel")),
        ("correspondence", _("Letters, chats")),
        ("other", _("Other")),
    ],
    Kind.ILLEGAL: [
        ("fraud", _("Fraud, phishing")),
        ("porn", _("Obscene content")),
        ("gambling", _("Gambling")),
        ("violence", _("Violence, terror, incitement to crime")),
        ("drugs", _("Drugs, weapons and other contraband")),
        ("rumour", _("Rumours that disturb public order")),
        ("minors", _("Content that harms minors")),
        ("security", _("Content that endangers national security")),
        ("other", _("Other")),
    ],
    Kind.OTHER: [
        ("unlabelled_ai", _("AI-generated content without its label")),
        ("trademark", _("Trade mark, passing off")),
        ("advertising", _("Hidden advertising, misleading sales")),
        ("quality", _("False or dangerous advice")),
        ("other", _("Other")),
    ],
}
_WITHHOLD = ("withhold", _("Stop showing it (remove, block or disconnect)"))
_CORRECT = ("correct", _("Correct it"))
# Case.measure_asked, kind by kind.
MEASURES_ASKED: dict[Kind, list[tuple[str, "StrOrPromise"]]] = {
    Kind.COPYRIGHT: [_WITHHOLD, ("credit", _("Keep it, but name the author and the source"))],
    Kind.PERSONALITY: [_CORRECT, _WITHHOLD],
    Kind.PRIVACY: [_WITHHOLD, ("anonymise", _("Keep it, but make it anonymous"))],
}


def category_label(kind: Kind | str, code: str) -> "StrOrPromise":
    """Return a category in words; empty for one that is not known."""
    return dict(CATEGORIES.get(Kind(kind), [])).get(code, "")


def measure_label(kind: Kind | str, code: str) -> "StrOrPromise":
    """Return the measure that a notice asked for in words; empty for one that is not known."""
    return dict(MEASURES_ASKED.get(Kind(kind), [])).get(code, "")
