"""What this app lays on the desk's first page."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from articles.desk import acting
from articles.models import User
from articles.panels import Panel, Pile
from moderation.services.queue import waiting_for
from moderation.working_days import running_out


def pile_of_cases(user: User) -> list[Pile]:
    """What waits for a moderator. Three queries."""
    if not user.has_perm("moderation.handle_case"):
        return []
    waiting = waiting_for(user)
    address = reverse("admin:moderation_case_changelist")
    piles = [
        Pile(_("articles complained of"), waiting.open, address),
        Pile(_("cases overdue"), waiting.overdue, f"{address}?show=overdue", is_urgent=True),
        Pile(_("cases urgent"), waiting.urgent, f"{address}?show=urgent", is_urgent=True),
        Pile(_("for a second person"), waiting.proposals, f"{address}?show=proposals", True),
        Pile(_("letters to be posted"), waiting.to_post, f"{address}?show=post", True),
        Pile(
            _("letters undeliverable"), waiting.undeliverable, f"{address}?show=undeliverable", True
        ),
    ]
    return [pile for pile in piles if pile.count or not pile.is_urgent]


def calendar(request: HttpRequest) -> Panel | None:
    """That the calendar of working days ends soon, by which the deadlines of cases count; for
    those who handle them or keep the site. No queries."""
    user, end = acting(request), running_out()
    concerned = user.has_perm("moderation.handle_case") or user.has_perm(
        "articles.change_sitesettings"
    )
    if end is None or not concerned:
        return None
    return Panel("calendar", _("The calendar of working days ends"), {"end": end}, is_wide=True)
