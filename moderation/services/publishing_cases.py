"""Publishing a closed case with its claimant's consent, and taking that back (TAKEDOWN.md §6)."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from articles.models import User
from moderation.models import Case, Happening, Kind, Party, State
from moderation.services.casework import lock_case
from moderation.services.guards import require_handler
from moderation.services.happenings import record_happening
from moderation.services.parties import SYSTEM, Actor, claimant, reviewer

_NEVER = frozenset({Kind.PRIVACY, Kind.ILLEGAL})
# A notice that never came to be, or became part of another.
_NOTHING_TO_TELL = frozenset({State.EXPIRED, State.JOINED})


def can_publish(case: Case) -> bool:
    """Say whether a case may be published with its claimant's consent: closed, neither about
    privacy nor unlawful content, no minor concerned, not erased. One query."""
    party = case.claimant
    if case.closed_at is None or case.erased_at is not None or case.kind in _NEVER:
        return False
    if party is None or party.is_minor:
        return False
    return not case.items.filter(state__in=_NOTHING_TO_TELL).exists()


@transaction.atomic
def publish_case(case: Case, party: Party) -> Case:
    """Publish a closed case: its claimant consents. Publishing twice changes nothing. Raises
    PermissionDenied for anybody but its claimant; ValidationError where `can_publish` forbids."""
    locked, _items = lock_case(case)
    if locked.claimant_id != party.pk:
        raise PermissionDenied("moderation: not the claimant")
    if locked.is_public:
        return locked
    if not can_publish(locked):
        raise ValidationError(_("This case cannot be published."))
    return _set(locked, Happening.OPENED, claimant(party), is_public=True)


@transaction.atomic
def unpublish_case(case: Case, party: Party | None = None, *, by: User | None = None) -> Case:
    """Take the publication of a case back: its claimant at any time, or staff (`by`); neither is
    the system. Doing it twice changes nothing. Raises PermissionDenied."""
    require_handler(by)
    locked, _items = lock_case(case)
    if party is not None and locked.claimant_id != party.pk:
        raise PermissionDenied("moderation: not the claimant")
    if not locked.is_public:
        return locked
    actor = SYSTEM
    if party is not None:
        actor = claimant(party)
    elif by is not None:
        actor = reviewer(by)
    return _set(locked, Happening.CLOSED, actor, is_public=False)


def _set(case: Case, happening: Happening, actor: Actor, *, is_public: bool) -> Case:
    case.is_public = is_public
    case.save(update_fields=["is_public"])
    record_happening(case, happening, actor)
    return case
