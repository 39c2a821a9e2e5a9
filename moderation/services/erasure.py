"""Erasing personal data: on request, and when its time is over (TAKEDOWN.md §5; PIPL 19, 47).

Erased are a party's row, words and files with their keys, and the letters that told of them; the
skeleton stays: the case, its items, the lines of the record, which hold nothing personal, and that
letters were sent. Each erasure appends a line, so that what is gone is not missed.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from post_office.models import Email

from articles.models import User
from articles.services.private_files import delete_after_commit
from moderation.models import (
    Case,
    CaseItem,
    Delivery,
    Event,
    Evidence,
    EvidenceKind,
    Happening,
    Letter,
    Party,
    Role,
    Sanction,
    State,
    Statement,
)
from moderation.policy import get_policy
from moderation.services.casework import lock_case
from moderation.services.guards import require_handler
from moderation.services.happenings import record_happening
from moderation.services.parties import SYSTEM, reviewer
from moderation.services.publishing_cases import unpublish_case
from moderation.services.record import commitment
from moderation.working_days import months_later

log = logging.getLogger(__name__)
REQUESTED, UNCONFIRMED, OVER, CLOSED_ACCOUNT = "requested", "unconfirmed", "over", "account_closed"


# --- On request -----------------------------------------------------------------------------
@transaction.atomic
def erase_party(party: Party, by: User | None, *, reason: str = REQUESTED) -> Party:
    """Erase a party's personal data: a claimant's on request (PIPL 47), a contributor's whose
    account was closed. Erasing twice changes nothing. About fifteen queries.

    Raises PermissionDenied; ValidationError while the case is open, is joined to an open one, is
    under a legal hold, or the party is under a sanction: until then the law asks for them.
    """
    require_handler(by)
    locked, _items = lock_case(party.case)
    row = Party.objects.select_for_update().get(pk=party.pk)
    if row.erased_at is not None:
        return row
    _require_over(locked, row)
    _erase(locked, [row], by, reason)
    row.refresh_from_db()
    return row


def _require_over(case: Case, party: Party) -> None:
    now = timezone.now()
    if case.on_hold:
        raise ValidationError(_("This case is under a legal hold."), code="hold")
    if not _over(now).filter(pk=case.pk).exists():
        raise ValidationError(
            _("Personal data are kept until the case is closed, and those it was joined to."),
            code="open",
        )
    sanctions = Sanction.objects.filter(party=party, lifted_at__isnull=True, until__gt=now)
    if sanctions.exists():
        raise ValidationError(_("A sanction against this party is in effect."), code="sanction")


def _over(before: datetime) -> QuerySet[Case]:
    """Return the cases that were closed by then, without legal hold, and whose items are joined to
    no case of which that is not true as well."""
    others = CaseItem.objects.filter(case=OuterRef("pk"), joined_to__isnull=False).exclude(
        joined_to__case__closed_at__lte=before, joined_to__case__on_hold=False
    )
    return Case.objects.filter(closed_at__lte=before, on_hold=False).exclude(Exists(others))


# --- When its time is over ------------------------------------------------------------------
def retain() -> int:
    """Erase what is kept no longer, and return how many cases that touched. For the periodic
    command: idempotent, safe to run twice at once. One that fails is logged and stops no other.

    Notices that nobody confirmed: when they have expired. Identity documents: 30 days after the
    case is closed. Internet addresses: after six months. What a contributor said whose account is
    closed: when the case is. Everything personal: three years after the case is closed.
    """
    return erase_expired() + _erase_identities() + _erase_traces() + _erase_closed() + _erase_old()


def erase_expired() -> int:
    """Erase the personal data of notices that were not confirmed in time. Returns how many."""
    others = CaseItem.objects.filter(case=OuterRef("pk")).exclude(state=State.EXPIRED)
    expired = _personal(_over(timezone.now())).exclude(Exists(others))
    return _each(expired, lambda case: _erase_case(case, UNCONFIRMED))


def _personal(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Return those of the cases that still hold personal data."""
    return cases.filter(Exists(Party.objects.filter(case=OuterRef("pk"), erased_at__isnull=True)))


def _erase_old() -> int:
    years = get_policy().personal_retention_years
    over = _personal(_over(months_later(timezone.now(), -12 * years)))
    return _each(over, lambda case: _erase_case(case, OVER))


def _erase_closed() -> int:
    gone = Party.objects.filter(
        Q(statements__isnull=False) | Q(evidence__isnull=False),
        role=Role.CONTRIBUTOR, account__isnull=True, erased_at__isnull=True,
        case__in=_over(timezone.now()),
    )  # fmt: skip

    def erase(case: Case) -> None:
        for party in gone.filter(case=case).distinct():
            erase_party(party, None, reason=CLOSED_ACCOUNT)

    return _each(Case.objects.filter(pk__in=gone.values("case")), erase)


def _erase_identities() -> int:
    before = timezone.now() - timedelta(days=get_policy().identity_retention_days)
    due = Evidence.objects.kept().filter(kind=EvidenceKind.IDENTITY, case__in=_over(before))

    @transaction.atomic
    def erase(case: Case) -> None:
        locked, _items = lock_case(case)
        numbers = _erase_files(due.filter(case=locked))
        if numbers:
            record_happening(
                locked, Happening.ERASED, SYSTEM, payload={"evidence": numbers}, reason="identity"
            )

    return _each(Case.objects.filter(pk__in=due.values("case")), erase)


def _erase_traces() -> int:
    """Blank the internet addresses and browsers of parties. One query; no line: nothing else is
    said of them anywhere."""
    before = months_later(timezone.now(), -get_policy().trace_retention_months)
    kept = Party.objects.filter(created_at__lte=before, case__on_hold=False)
    traced = kept.filter(Q(ip__isnull=False) | ~Q(user_agent=""))
    return traced.update(ip=None, user_agent="")


def _each(cases: QuerySet[Case], erase: Callable[[Case], None]) -> int:
    done = 0
    for case in cases.order_by("pk"):
        try:
            erase(case)
            done += 1
        except Exception:
            log.exception("The personal data of case %s could not be erased.", case.number)
    return done


@transaction.atomic
def _erase_case(case: Case, reason: str) -> None:
    locked, _items = lock_case(case)
    parties = list(locked.parties.filter(erased_at__isnull=True))
    if parties and not locked.on_hold and locked.closed_at is not None:
        _erase(locked, parties, None, reason)


# --- How ------------------------------------------------------------------------------------
def _erase(case: Case, parties: list[Party], by: User | None, reason: str) -> None:
    """Erase parties of a locked case; with the last of them what the staff wrote as well."""
    now = timezone.now()
    rest = case.parties.filter(erased_at__isnull=True).exclude(pk__in=[row.pk for row in parties])
    is_last = not rest.exists()
    # Theirs in every case: who joined another one hands in proof there.
    theirs = Q(party__in=parties)
    if is_last:
        theirs |= Q(case=case, party__isnull=True)
    said = Statement.objects.filter(theirs, erased_at__isnull=True)
    files = Evidence.objects.kept().filter(theirs)
    payload = _erase_statements(said, now)
    payload |= {"parties": [row.pk for row in parties], "evidence": _erase_files(files)}
    _erase_letters(case, parties, now)
    for row in parties:
        _blank(row, now)
    unpublish_case(case, by=by)
    case.erased_at = now if is_last else None
    case.save(update_fields=["erased_at"])
    actor = reviewer(by) if by is not None else SYSTEM
    record_happening(case, Happening.ERASED, actor, payload=payload, reason=reason, at=now)


def _erase_statements(said: QuerySet[Statement], now: datetime) -> dict[str, Any]:
    rows = list(said.order_by("pk"))
    commits = [commitment(row) for row in rows]
    numbers = [row.pk for row in rows]
    Statement.objects.filter(pk__in=numbers).update(data={}, key=b"", erased_at=now)
    return {"statements": numbers, "commits": commits}


def _erase_files(files: QuerySet[Evidence]) -> list[int]:
    rows = list(files.order_by("pk"))
    for row in rows:
        delete_after_commit(row.path)
        row.path = row.name = row.sha256 = row.sent_sha256 = ""
        row.erased_at = timezone.now()
        row.save(update_fields=["path", "name", "sha256", "sent_sha256", "erased_at"])
    return [row.pk for row in rows]


def _erase_letters(case: Case, parties: Iterable[Party], now: datetime) -> None:
    """Erase the texts of the letters to these parties, and of those to others about them that
    were delivered, those to who joined the case among them. That they were owed, and when they
    went, stays."""
    theirs = Q(party__in=list(parties))
    acts = Event.objects.filter(case_number=case.number).values("act")
    told = (Q(case=case) | Q(act__in=acts)) & ~Q(
        delivery__in=[Delivery.OWED, Delivery.BY_POST], settled_at=None
    )
    rows = Letter.objects.filter(theirs | told)
    mails = list(rows.filter(mail__isnull=False).values_list("mail", flat=True))
    rows.filter(settled_at__isnull=True).update(delivery=Delivery.FAILED, settled_at=now)
    rows.update(text="", mail=None)
    Email.objects.filter(pk__in=mails).delete()


def _blank(party: Party, now: datetime) -> None:
    for name in ("name", "email", "phone", "address", "principal", "token_hash", "user_agent"):
        setattr(party, name, "")
    party.token_nonce, party.ip, party.account, party.contributor = "", None, None, None
    party.is_minor, party.erased_at = False, now
    party.save()
