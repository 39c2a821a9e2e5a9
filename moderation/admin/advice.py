"""What the law asks of the staff next, state by state."""

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moderation.models import Case, CaseItem, Kind, State
from moderation.policy import IMMEDIATE, get_policy
from moderation.services.clocks import moment
from moderation.services.wording import wait_in_words

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_REVIEW: Final[dict[Kind, "StrOrPromise"]] = {
    Kind.COPYRIGHT: gettext_lazy(
        "A notice with proof at first sight is acted on at once, and forwarded in the same act "
        "(Regulation on the Right of Communication, arts. 14 and 15; Civil Code, art. 1195). You "
        "do not judge the dispute: you see whether an infringement is likely, and whether the use "
        "is one that the law permits (Copyright Law, art. 24)."
    ),
    Kind.PERSONALITY: gettext_lazy(
        "Weigh the person's right against the public interest in the report (Civil Code, arts. "
        "999, 1025 and 1028). Where the facts are disputed or a correction would mend it, ask the "
        "contributor first; a passage is withheld rather than the whole."
    ),
    Kind.PRIVACY: gettext_lazy(
        "Personal data without consent are withheld at once, as narrowly as will do (Civil Code, "
        "arts. 1032 and 1034; Personal Information Protection Law, art. 47). Nothing of this case "
        "is ever published."
    ),
    Kind.ILLEGAL: gettext_lazy(
        "Unlawful content is withheld within hours; its address answers 410. There is no "
        "restoration by a counter-statement, only an appeal (Provisions on the Ecology of Network "
        "Content, arts. 6, 10 and 16)."
    ),
    Kind.OTHER: gettext_lazy(
        "See whether the article breaks the rules for contributions, or lacks a label that it "
        "must carry (Measures for Labelling AI-Generated Content, arts. 6 and 10)."
    ),
    Kind.ORDER: gettext_lazy(
        "An order is carried out as its document says: withhold what it names, no more. It ends "
        "by itself when it expires."
    ),
}
_STATES: Final[dict[State, "StrOrPromise"]] = {
    State.UNCONFIRMED: gettext_lazy(
        "The claimant has not confirmed the address yet. Nothing is to be done."
    ),
    State.INCOMPLETE: gettext_lazy(
        "The claimant has been told what is missing. Nothing is to be done until it is added; for "
        "a notice that came by letter, add it here."
    ),
    State.ANSWERING: gettext_lazy(
        "The contributor was asked first. Decide when the answer is there, or when its term is "
        "over."
    ),
    State.COUNTER_REVIEW: gettext_lazy(
        "See whether the counter-statement contains what it must (Regulation, art. 16; Civil Code, "
        "art. 1196), not whether it is right. If it does, forward it."
    ),
    State.COUNTER_GAPS: gettext_lazy("The contributor has been told what is missing."),
    State.PROOF_REVIEW: gettext_lazy(
        "See whether the document proves that a complaint was lodged or a suit filed about this "
        "very content (Civil Code, art. 1196). Until you have, nothing is restored."
    ),
    State.LITIGATION: gettext_lazy(
        "The measure stays while proceedings last. Ask how they stand; enter their outcome."
    ),
    State.APPEALED: gettext_lazy(
        "Somebody who did not take the first decision decides, with reasons (Digital Services "
        "Act, art. 20; Santa Clara Principles)."
    ),
    State.REFUSED: gettext_lazy("Decided. The claimant may appeal, or go to court."),
    State.RESTORED: gettext_lazy(
        "Restored. The same claimant may not notify the same again without proof of proceedings "
        "or new evidence (Regulation, art. 17)."
    ),
    State.UPHELD: gettext_lazy("The measure stands. The contributor may appeal."),
}


def asked(item: CaseItem) -> str:
    """Return what is asked of the staff for an item, in a sentence or two. No query."""
    case, state = item.case, State(item.state)
    if state == State.REVIEW:
        return str(_REVIEW[Kind(case.kind)])
    if state == State.MEASURED:
        return _measured(case, item)
    if state == State.WAITING:
        return _waiting(item)
    return str(_STATES.get(state, ""))


def _measured(case: Case, item: CaseItem) -> str:
    if case.kind == Kind.ORDER:
        if item.due_at is None:
            return _("An order without an end: it stays until the authority revokes it.")
        return _("The order ends on %(when)s; the content is shown again then by itself.") % {
            "when": moment(item.due_at)
        }
    if not case.can_be_countered:
        return _("The measure is in force. Only an appeal is possible.")
    if item.is_uncontested:
        return _("Nobody contested the measure in time. A counter-statement is still possible.")
    return _("The contributor may file a counter-statement. Nothing is to be done.")


def _waiting(item: CaseItem) -> str:
    if item.due_at is None:
        return _(
            "The waiting period begins when the forwarded counter-statement has arrived. If it "
            "goes by post, enter below when it was posted."
        )
    if get_policy().counter_notice_mode == IMMEDIATE:
        return ""
    return _(
        "The waiting period of %(length)s runs until %(when)s (Civil Code, art. 1196). If the "
        "claimant proves proceedings, look at the proof; else the system restores by itself."
    ) % {"length": wait_in_words(get_policy()), "when": moment(item.due_at)}
