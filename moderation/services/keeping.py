"""What moderators do with a case besides deciding: notes, legal holds, letters by post."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import User
from moderation.models import Case, Delivery, Event, Happening, Letter, Purpose
from moderation.services.casework import lock_case
from moderation.services.guards import require_handler
from moderation.services.happenings import record_happening
from moderation.services.parties import reviewer
from moderation.services.statements import keep
from moderation.services.timeouts import settle_letter


@transaction.atomic
def note(case: Case, by: User, text: str) -> Event:
    """Note something that only the staff read; nobody is mailed. Raises PermissionDenied;
    ValidationError for an empty note."""
    require_handler(by)
    locked, _items = lock_case(case)
    if not text.strip():
        raise ValidationError({"text": _("Write the note.")})
    said = keep(locked, None, Purpose.NOTE, {"text": text}, timezone.now())
    return record_happening(locked, Happening.NOTED, reviewer(by), statement=said)


@transaction.atomic
def set_hold(case: Case, by: User, *, on: bool, text: str) -> Case:
    """Put a case under legal hold, which keeps its personal data from being erased, or end that.
    A hold needs a reason, which is kept as a note. What is so already stays so. Raises
    PermissionDenied, ValidationError."""
    require_handler(by)
    locked, _items = lock_case(case)
    if locked.on_hold == on:
        return locked
    if not text.strip():
        raise ValidationError({"text": _("Say why.")})
    if on and locked.erased_at is not None:
        raise ValidationError(_("The personal data of this case are erased already."))
    locked.on_hold = on
    locked.save(update_fields=["on_hold"])
    said = keep(locked, None, Purpose.NOTE, {"text": text}, timezone.now())
    happening = Happening.HOLD_BEGAN if on else Happening.HOLD_ENDED
    record_happening(locked, happening, reviewer(by), statement=said)
    return locked


@transaction.atomic
def settle_by_hand(letter: Letter, by: User, at: datetime, *, arrived: bool) -> Letter:
    """Note that a letter was handed to the post or to its reader at a moment, or that it cannot
    be delivered. A mail that failed may so have arrived by another way; its waiting period runs
    since it failed and is not begun again.

    Raises PermissionDenied; ValidationError for a letter that waits for nothing, or a moment that
    is to come or before the letter was owed.
    """
    require_handler(by)
    lock_case(letter.case)
    row = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if row.delivery not in {Delivery.BY_POST, Delivery.FAILED}:
        raise ValidationError(_("This letter needs nothing more."), code="settled")
    if at > timezone.now() or timezone.localdate(at) < timezone.localdate(row.owed_at):
        raise ValidationError({"at": _("Give a moment between the letter's writing and now.")})
    payload = {"letter": row.pk, "act": row.act, "by_hand": True}
    if row.delivery == Delivery.FAILED:
        if not arrived:
            return row
        row.delivery, row.settled_at = Delivery.ARRIVED, at
        row.save(update_fields=["delivery", "settled_at"])
        record_happening(row.case, Happening.ARRIVED, reviewer(by), payload=payload)
        return row
    settle_letter(row, at, arrived=arrived, actor=reviewer(by))
    row.refresh_from_db()
    return row
