"""What moderation says of a contributor: strikes and what follows from them."""

from datetime import datetime

from django.db import transaction

from articles.models import Contributor, User
from articles.services.permissions import require
from submissions.models import Standing
from submissions.services.guards import standing_of


@transaction.atomic
def set_strikes(
    contributor: Contributor,
    by: User | None,
    strikes: int,
    *,
    needs_review: bool,
    suspended_until: datetime | None,
) -> Standing:
    """Write how many strikes count against a contributor, whether every text of theirs is
    reviewed, and until when they may not submit. Idempotent; three queries. Raises
    PermissionDenied."""
    require(by, "submissions.change_standing")
    standing = standing_of(contributor)
    standing.strikes = strikes
    standing.needs_review = needs_review
    standing.suspended_until = suspended_until
    standing.save(update_fields=["strikes", "needs_review", "suspended_until"])
    return standing
