"""What a step would send, before it is taken: the step itself, taken and undone."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from articles.models import User
from moderation.models import Case, Delivery, Letter, Party, Proposal, Role, Step
from moderation.services.casework import Act
from moderation.services.deciding import Decision, carry_out, decide
from moderation.services.parties import link_of

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True)
class Previewed:
    """A letter as it would go out: to whom and how, its subject and text. One that stands on a
    private page alone has no text of its own."""

    recipient: "StrOrPromise"
    way: "StrOrPromise"
    subject: str
    text: str


def preview(
    case: Case,
    by: User,
    step: Step,
    decision: Decision,
    *,
    version: int,
    items: Iterable[int] | None = None,
) -> list[Previewed]:
    """Return the letters that a reviewer's step would send, in their order; where a second person
    must approve it, those that go out then. Nothing is left behind: the step is taken within a
    savepoint and undone. Private links are not shown: they are their owners'.

    Raises what `deciding.decide` raises. About the queries of `decide`.
    """

    def run() -> Act:
        done = decide(case, by, step, decision, version=version, items=items)
        return carry_out(done, by) if isinstance(done, Proposal) else done

    return _undone(run)


def preview_proposal(proposal: Proposal, by: User) -> list[Previewed]:
    """Return the letters that approving a proposal would send. As `preview`."""
    return _undone(lambda: carry_out(proposal, by))


class _Undo(Exception):  # noqa: N818 # No error: it rolls a savepoint back.
    pass


def _undone(run: Callable[[], Act]) -> list[Previewed]:
    found: list[Previewed] = []
    try:
        with transaction.atomic():
            act = run()
            # The chain is locked from the act's first event on: later acts are of this step.
            letters = Letter.objects.filter(act__gte=act.seq).select_related("mail", "party")
            found = [_previewed(letter) for letter in letters.order_by("pk")]
            raise _Undo
    except _Undo:
        return found


def _previewed(letter: Letter) -> Previewed:
    if letter.mail is not None:
        subject, text = letter.mail.subject, letter.mail.message
        way = _("by e-mail")
    else:
        subject, _newline, text = letter.text.partition("\n\n")
        way = _("by post") if letter.delivery == Delivery.BY_POST else _("on the private page")
    return Previewed(recipient_of(letter), way, subject, without_link(text, letter.party))


def recipient_of(letter: Letter) -> "StrOrPromise":
    """Return in words whom a letter is for."""
    if letter.party is None:
        return _("Staff")
    role = Role(letter.party.role).label
    return _("%(role)s %(name)s") % {"role": role, "name": letter.party.name or "—"}


def without_link(text: str, party: Party | None) -> str:
    """Return a letter's text without the private link that only its reader may follow. No query."""
    link = link_of(party) if party is not None and party.role == Role.CLAIMANT else ""
    return text.replace(link, _("[private link]")) if link else text
