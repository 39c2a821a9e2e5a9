"""What repeated wrongs lead to: strikes against contributors whose articles were withheld and
stayed so, sanctions against claimants in bad faith (TAKEDOWN.md §4; 信网权规定 9; DSA 23)."""

from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Contributor, Scope, User
from moderation.models import (
    Case,
    CaseItem,
    Finding,
    Happening,
    Kind,
    Sanction,
    SanctionKind,
    State,
    Step,
    Strike,
    StrikeEnd,
)
from moderation.policy import get_policy
from moderation.services import measures
from moderation.services.guards import require_handler
from moderation.services.happenings import record_happening
from moderation.services.parties import SYSTEM, reviewer
from moderation.services.record import lock_chain
from moderation.transitions import Transition
from submissions.services.standing import set_strikes


def follow(act: int, moves: list[tuple[CaseItem, Transition]], at: datetime) -> None:
    """Strike, or take a strike back, as the steps of an act ask for. In the act's transaction."""
    for item, row in moves:
        if item.state == State.UPHELD or row.step == Step.STAND:
            _strike(act, item, at)
        elif item.state in {State.RESTORED, State.WITHDRAWN}:
            _overrule(act, item, at)


def _strike(act: int, item: CaseItem, at: datetime) -> None:
    """One for each case and byline, only for a whole article, never for an order: what a court
    forbids need not be the contributor's wrong."""
    byline = item.article.contributor
    measure = measures.in_force(item)
    if byline is None or measure is None or measure.scope != Scope.WHOLE:
        return
    counting = Strike.objects.filter(case=item.case, contributor=byline)
    if item.case.kind == Kind.ORDER or counting.exclude(end=StrikeEnd.OVERRULED).exists():
        return
    expires = at + timedelta(days=get_policy().strike_days)
    strike = Strike.objects.create(
        case=item.case, item=item, contributor=byline, struck_at=at, expires_at=expires
    )
    count, policy = apply_strikes(byline, at), get_policy()
    payload: dict[str, Any] = {"strike": strike.pk, "count": count}
    if count >= policy.strikes_to_suspend:
        payload["suspended_until"] = (at + timedelta(days=policy.suspension_days)).isoformat()
    record_happening(
        item.case, Happening.STRUCK, SYSTEM, item=item, payload=payload, at=at, act=act
    )


def _overrule(act: int, item: CaseItem, at: datetime) -> None:
    for strike in Strike.objects.select_for_update().filter(item=item, ended_at__isnull=True):
        _end(strike, StrikeEnd.OVERRULED, at)
        count = apply_strikes(strike.contributor, at)
        payload = {"strike": strike.pk, "count": count}
        record_happening(
            item.case, Happening.STRIKE_LIFTED, SYSTEM, item=item, payload=payload, at=at, act=act
        )


def _end(strike: Strike, why: StrikeEnd, at: datetime) -> None:
    strike.ended_at, strike.end = at, why
    strike.save(update_fields=["ended_at", "end"])


def apply_strikes(byline: Contributor | None, at: datetime) -> int:
    """Let a byline's standing say what its counting strikes lead to, and return how many count.
    1 a warning, then review of every text, then suspension from the last strike on; fewer strikes
    take it all back. Three queries."""
    if byline is None:
        return 0
    policy = get_policy()
    counting = Strike.objects.filter(contributor=byline, ended_at__isnull=True)
    struck = list(counting.order_by("-struck_at").values_list("struck_at", flat=True))
    until = None
    if len(struck) >= policy.strikes_to_suspend:
        until = struck[0] + timedelta(days=policy.suspension_days)
    set_strikes(
        byline,
        None,
        len(struck),
        needs_review=len(struck) >= policy.strikes_to_review,
        suspended_until=until,
    )
    return len(struck)


def expire_strikes() -> int:
    """End the strikes whose time is over. For the periodic command: idempotent, safe to run twice
    at once, in the order in which they fell due. Returns how many."""
    due = Strike.objects.filter(ended_at__isnull=True, expires_at__lte=timezone.now())
    ended = 0
    for strike in due.order_by("expires_at", "pk"):
        with transaction.atomic():
            Case.objects.select_for_update().get(pk=strike.case_id)
            row = Strike.objects.select_for_update().get(pk=strike.pk)
            if row.ended_at is not None:
                continue
            # Before the standing, as where strikes are made: they are counted one after another.
            lock_chain()
            now = timezone.now()
            _end(row, StrikeEnd.EXPIRED, now)
            payload = {"strike": row.pk, "count": apply_strikes(row.contributor, now)}
            record_happening(
                row.case, Happening.STRIKE_EXPIRED, SYSTEM, item=row.item, payload=payload, at=now
            )
            ended += 1
    return ended


# --- Claimants in bad faith -----------------------------------------------------------------
def manifest_findings(email: str) -> int:
    """Return how many notices of an address were found manifestly unfounded within the window.
    One query."""
    if not email:
        return 0
    since = timezone.now() - timedelta(days=get_policy().manifest_window_days)
    found = CaseItem.objects.filter(
        finding=Finding.MANIFEST, decided_at__gte=since, case__claimant__email__iexact=email
    )
    return found.values("case").distinct().count()


def sanction_due(email: str) -> SanctionKind | None:
    """Return what a moderator may now impose on an address: the warning after so many manifestly
    unfounded notices, thirty days without fast track after the next. At most three queries."""
    policy = get_policy()
    count = manifest_findings(email)
    if count < policy.manifest_to_warn:
        return None
    since = timezone.now() - timedelta(days=policy.manifest_window_days)
    mine = Sanction.objects.filter(
        party__email__iexact=email, lifted_at__isnull=True, imposed_at__gte=since
    )
    if not mine.filter(kind=SanctionKind.WARNING).exists():
        return SanctionKind.WARNING
    if count > policy.manifest_to_warn and not mine.filter(kind=SanctionKind.SLOW).exists():
        return SanctionKind.SLOW
    return None


def is_slow(email: str) -> bool:
    """Say whether an address is without fast track at present. One query."""
    return (
        bool(email)
        and Sanction.objects.filter(
            party__email__iexact=email,
            kind=SanctionKind.SLOW,
            until__gt=timezone.now(),
            lifted_at__isnull=True,
        ).exists()
    )


@transaction.atomic
def impose(case: Case, by: User) -> Sanction:
    """Impose on a case's claimant what is due (`sanction_due`): a human decides, and the claimant
    is told and may appeal against the decisions behind it. Raises PermissionDenied;
    ValidationError where nothing is due."""
    require_handler(by)
    locked = Case.objects.select_for_update(of=("self",)).select_related("claimant").get(pk=case.pk)
    party = locked.claimant
    kind = sanction_due(party.email) if party is not None else None
    if party is None or kind is None:
        raise ValidationError(_("No sanction is due for this claimant."))
    now = timezone.now()
    slow = kind == SanctionKind.SLOW
    until = now + timedelta(days=get_policy().slow_days) if slow else None
    row = Sanction.objects.create(case=locked, party=party, kind=kind, imposed_at=now, until=until)
    happening = Happening.SLOWED if slow else Happening.WARNED
    record_happening(locked, happening, reviewer(by), payload={"sanction": row.pk}, at=now)
    return row


@transaction.atomic
def lift_sanction(sanction: Sanction, by: User | None) -> Sanction:
    """End a sanction early, as when an appeal showed that a notice was not unfounded after all.
    Lifting twice changes nothing. Raises PermissionDenied."""
    require_handler(by)
    Case.objects.select_for_update().get(pk=sanction.case_id)
    row = Sanction.objects.select_for_update().get(pk=sanction.pk)
    if row.lifted_at is None:
        row.lifted_at = timezone.now()
        row.save(update_fields=["lifted_at"])
        actor = reviewer(by) if by is not None else SYSTEM
        record_happening(row.case, Happening.SANCTION_LIFTED, actor, payload={"sanction": row.pk})
    return row
