"""Ready replies, which moderators write for one another."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from articles.models import User
from articles.services.permissions import require
from moderation.models import CannedReply
from moderation.services.deciding import DECISIONS


@transaction.atomic
def save_reply(row: CannedReply, by: User | None) -> CannedReply:
    """Write a ready reply. Raises PermissionDenied, ValidationError."""
    verb = "add" if row._state.adding else "change"
    require(by, f"moderation.{verb}_cannedreply")
    if row.step and row.step not in {step.value for step in DECISIONS}:
        raise ValidationError({"step": _("This is no step that moderators take.")})
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def delete_reply(row: CannedReply, by: User | None) -> None:
    """Delete a ready reply; nothing refers to it. Raises PermissionDenied."""
    require(by, "moderation.delete_cannedreply")
    row.delete()
