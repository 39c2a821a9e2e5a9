"""Renewing and revoking the private link by which a claimant comes back."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from articles.models import User
from moderation.models import Case, Happening, Party, Role
from moderation.services.guards import require_handler
from moderation.services.happenings import record_happening
from moderation.services.parties import Actor, claimant, give_link, reviewer


def can_renew(party: Party) -> bool:
    """Say whether a new link could reach its owner: never shown on the page of the old one, which
    somebody else may have come by."""
    return bool(party.email or party.address)


@transaction.atomic
def renew_link(party: Party, *, by: User | None = None) -> Party:
    """Revoke a claimant's private link and send a new one by mail (or by post): for the claimant,
    or by staff (`by`) who heard that it came into other hands. The old one answers like an unknown
    one from now on. Raises PermissionDenied; ValidationError where nothing could bring the new
    one."""
    require_handler(by)
    locked = _locked(party)
    if not can_renew(locked):
        raise ValidationError(_("We have no address to which a new link could be sent."))
    give_link(locked)
    record_happening(locked.case, Happening.LINK_REVOKED, _actor(locked, by))
    return locked


@transaction.atomic
def revoke_link(party: Party, *, by: User | None = None) -> Party:
    """Revoke a claimant's private link without a new one: letters still reach them. Revoking twice
    changes nothing. Raises PermissionDenied."""
    require_handler(by)
    locked = _locked(party)
    if locked.token_hash:
        locked.token_hash = locked.token_nonce = ""
        locked.save(update_fields=["token_hash", "token_nonce"])
        record_happening(locked.case, Happening.LINK_REVOKED, _actor(locked, by))
    return locked


def _actor(party: Party, by: User | None) -> Actor:
    return claimant(party) if by is None else reviewer(by)


def _locked(party: Party) -> Party:
    if party.role != Role.CLAIMANT or party.erased_at is not None:
        raise PermissionDenied("moderation: no claimant with a private link")
    Case.objects.select_for_update().get(pk=party.case_id)
    return Party.objects.select_for_update(of=("self",)).select_related("case").get(pk=party.pk)
