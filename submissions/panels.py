"""What this app lays on the desk's first page."""

from django.urls import reverse
from django.utils.translation import gettext as _

from articles.models import User
from articles.panels import Pile
from submissions.services.queue import waiting_for


def pile_of_submissions(user: User) -> list[Pile]:
    """What waits for a reviewer. One query."""
    if not user.has_perm("submissions.review_submission"):
        return []
    waiting = waiting_for(user)
    address = reverse("admin:submissions_submission_changelist")
    piles = [
        Pile(_("waiting for review"), waiting.open, address),
        Pile(_("submissions overdue"), waiting.overdue, f"{address}?state=overdue", is_urgent=True),
        Pile(_("held"), waiting.held, f"{address}?state=held", is_urgent=True),
    ]
    if user.has_perm("submissions.decide_escalated"):
        piles.append(
            Pile(_("for a chief editor"), waiting.for_chief, f"{address}?state=chief", True)
        )
    return [pile for pile in piles if pile.count or not pile.is_urgent]
