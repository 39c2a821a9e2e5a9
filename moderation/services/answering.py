"""What contributors and claimants say after a notice was taken in: answers, counter-statements,
proofs of proceedings, appeals."""

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import User
from moderation.elements import COUNTER_REQUIRED
from moderation.models import (
    Appeal,
    Case,
    CaseItem,
    CounterNotice,
    EvidenceKind,
    Party,
    Purpose,
    State,
    Statement,
    Step,
)
from moderation.services.casework import Act, lock_case, row_for, take_step
from moderation.services.guards import Attempt
from moderation.services.intake import attach_evidence
from moderation.services.parties import (
    Actor,
    claimant,
    claimants_of,
    contributor,
    contributor_party,
    require_claimant,
    reviewer,
)
from moderation.services.statements import keep

# What a counter-statement's data hold.
COUNTER_FIELDS = ("name", "phone", "address", "explanation", "signed")


def _contributor(item: CaseItem, by: User) -> tuple[Party, Actor]:
    """Return the party whose article an item is. Raises PermissionDenied for anybody else."""
    byline = item.article.contributor
    if byline is None or byline.user_id != by.pk:
        raise PermissionDenied("moderation: not the contributor")
    party = contributor_party(item.case, item.article)
    return party, contributor(party, by)


def _locked_item(item: CaseItem) -> CaseItem:
    _case, items = lock_case(item.case)
    return next(row for row in items if row.pk == item.pk)


@transaction.atomic
def answer(
    item: CaseItem, by: User, text: str, *, was_fixed: bool, evidence: Iterable[int] = ()
) -> Act:
    """Answer a notice before anything is decided: that the article was changed, or why not. Raises
    PermissionDenied; ValidationError where no answer is waited for, or the text is empty."""
    locked = _locked_item(item)
    party, actor = _contributor(locked, by)
    if not text.strip():
        raise ValidationError({"text": _("Write an answer.")})
    attach_evidence(locked.case, party, evidence)
    data = {"text": text, "was_fixed": "yes" if was_fixed else ""}
    said = keep(locked.case, party, Purpose.ANSWER, data, timezone.now())
    return take_step(locked.case, Step.ANSWER, actor, items=[locked.pk], statement=said)


@transaction.atomic
def file_counter(
    item: CaseItem,
    by: User,
    data: dict[str, str],
    *,
    evidence: Iterable[int] = (),
    at: datetime | None = None,
) -> Act:
    """File a counter-statement against a measure (条例 16), or complete one that had gaps. `data`
    holds COUNTER_FIELDS. What is missing is named at once; the declaration is the form's to ask.

    Raises PermissionDenied; ValidationError where it is not signed, only an appeal is possible,
    or the item's state does not allow it.
    """
    at = at or timezone.now()
    locked = _locked_item(item)
    party, actor = _contributor(locked, by)
    if not data.get("signed", "").strip():
        raise ValidationError({"signed": _("Sign the declaration with your name.")})
    attach_evidence(locked.case, party, evidence)
    said = keep(locked.case, party, Purpose.COUNTER, data, at)
    gaps = counter_gaps(locked.case, party, said)
    open_one = locked.counters.filter(forwarded_at__isnull=True).last()
    step = Step.AMEND_COUNTER if locked.state == State.COUNTER_GAPS else Step.COUNTER
    if open_one is None or step == Step.COUNTER:
        open_one = CounterNotice(item=locked, party=party, received_at=at)
    open_one.statement, open_one.gaps = said, gaps
    open_one.save()
    return take_step(
        locked.case, step, actor, items=[locked.pk], statement=said, details={"gaps": gaps}, at=at
    )


def counter_gaps(case: Case, party: Party, said: Statement) -> list[str]:
    """Return which elements a counter-statement lacks. One query."""
    has = {
        "I": bool(said.data.get("name")),
        "C": bool(said.data.get("phone")),
        "R": bool(said.data.get("explanation")),
        "E": case.evidence.filter(party=party, kind=EvidenceKind.COUNTER).kept().exists(),
        "D": bool(said.data.get("signed")),
    }
    return [code for code in COUNTER_REQUIRED if not has[code]]


@transaction.atomic
def file_proof(
    item: CaseItem,
    party: Party,
    text: str,
    *,
    evidence: Iterable[int],
    by: User | None = None,
) -> Act:
    """Hand in proof that proceedings were begun, while the waiting period runs (民法典 1196): by
    the claimant, or by staff (`by`) for one who wrote a letter. Until it is looked at, nothing is
    restored. Those who joined the item may as well. Raises PermissionDenied; ValidationError
    without a file, or where nobody waits."""
    locked = _locked_item(item)
    if party not in claimants_of(locked):
        raise PermissionDenied("moderation: not a claimant of this item")
    files = attach_evidence(locked.case, party, evidence)
    if not files:
        raise ValidationError({"evidence": _("Add the document that proves it.")})
    said = keep(locked.case, party, Purpose.PROOF, {"text": text}, timezone.now())
    actor: Actor = reviewer(by) if by is not None else claimant(party)
    return take_step(locked.case, Step.FILE_PROOF, actor, items=[locked.pk], statement=said)


@transaction.atomic
def file_appeal(
    item: CaseItem,
    text: str,
    *,
    party: Party | None = None,
    by: User | None = None,
    evidence: Iterable[int] = (),
    at: datetime | None = None,
) -> Act:
    """Appeal against a decision within six months (DSA 20): the claimant (`party`) against a
    refusal or a restoration, the contributor (`by`) against a measure. Somebody else decides.
    Raises PermissionDenied; ValidationError where no appeal is possible, or the text is empty."""
    at = at or timezone.now()
    locked = _locked_item(item)
    if not text.strip():
        raise ValidationError({"text": _("Say why the decision is wrong.")})
    if by is not None:
        party, actor = _contributor(locked, by)
    elif party is not None:
        require_claimant(locked.case, party)
        actor = claimant(party)
    else:
        raise PermissionDenied("moderation: not a party to the case")
    row_for(Attempt(locked.case, locked, actor), Step.APPEAL)  # Not while one is open, say.
    attach_evidence(locked.case, party, evidence)
    said = keep(locked.case, party, Purpose.APPEAL, {"text": text}, at)
    Appeal.objects.create(
        item=locked, party=party, statement=said, against=locked.state,
        first_decider=locked.decided_by, filed_at=at,
    )  # fmt: skip
    return take_step(locked.case, Step.APPEAL, actor, items=[locked.pk], statement=said, at=at)
