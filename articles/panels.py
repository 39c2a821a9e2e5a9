"""What this app lays on the desk's first page. The apps above offer panels of the same kind;
config puts them together.

A panel is made for one member of staff; whom it does not concern gets none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_tasks_db.models import DBTaskResult

from articles.desk import acting
from articles.models import Article, Status, User
from articles.services.audit import recent_changes
from articles.services.failures import (
    RETRY,
    failed_pushes,
    failed_tasks,
    failing_mail,
    unfinished_pictures,
)
from articles.services.figures import week_of_site
from articles.services.planning import month_named, plan_of, work_of
from articles.services.purging import undelivered_keys
from articles.services.searches import in_vain
from articles.services.site import get_site
from articles.services.typing import unsaved_of

WRITES = "articles.change_article"
_SHOWN = 10


@dataclass(frozen=True)
class Pile:
    """Something that lies on the desk: what, how much, and where it is."""

    label: str
    count: int
    address: str
    is_urgent: bool = False


@dataclass(frozen=True)
class Panel:
    """A part of the first page. `name` is that of its template in admin/panels."""

    name: str
    title: str
    context: dict[str, Any] = field(default_factory=dict)
    is_wide: bool = False

    @property
    def template(self) -> str:
        return f"admin/panels/{self.name}.html"


@dataclass(frozen=True)
class Trouble:
    """Something that failed: what, and where it is mended (or no way to it)."""

    label: str
    address: str = ""
    details: tuple[str, ...] = ()
    # Whether this person may have it tried again at once.
    can_retry: bool = False


Offer = Callable[[HttpRequest], Panel | None]


# --- Piles --------------------------------------------------------------------------------------
def pile_of_articles(user: User) -> list[Pile]:
    """What is written and not public, and what of it is late. One query, by an index."""
    if not user.has_perm(WRITES):
        return []
    address = reverse("admin:articles_article_changelist")
    states = (Status.DRAFT, Status.SCHEDULED, Status.UNPUBLISHED)
    rows = Article.objects.on_desk().filter(status__in=states).order_by().values("status")
    is_late = Q(due_on__lt=timezone.localdate()) & ~Q(status=Status.SCHEDULED)
    counts = {
        row["status"]: row for row in rows.annotate(n=Count("pk"), late=Count("pk", filter=is_late))
    }
    piles = [
        Pile(
            str(status.label),
            counts[status]["n"] if status in counts else 0,
            f"{address}?status__exact={status.value}",
        )
        for status in states
    ]
    if late := sum(row["late"] for row in counts.values()):
        piles.append(Pile(_("articles overdue"), late, f"{address}?due=overdue", is_urgent=True))
    return piles


def pile_of_operator(user: User) -> list[Pile]:
    """What the law wants public of the operator and the site does not say yet. No query of its
    own: every page asks for the site."""
    if settings.LOCAL_RUN or not user.has_perm("articles.change_sitesettings"):
        return []
    site = get_site()
    missing = [site.operator_name, site.operator_address].count("")
    address = reverse("admin:articles_sitesettings_changelist")
    return [Pile(_("details of the operator missing"), missing, address, True)] if missing else []


# --- Panels -------------------------------------------------------------------------------------
def work(request: HttpRequest) -> Panel | None:
    """What somebody is in charge of, and has typed and not saved. Two queries."""
    user = acting(request)
    if not user.has_perm(WRITES):
        return None
    rows = list(work_of(user)[: _SHOWN + 1])
    context = {
        "rows": rows[:_SHOWN],
        "has_more": len(rows) > _SHOWN,
        "mine": f"{reverse('admin:articles_article_changelist')}?assignee=me",
        "unsaved": unsaved_of(user)[:_SHOWN],
        "today": timezone.localdate(),
    }
    return Panel("work", _("My work"), context)


def plan(request: HttpRequest) -> Panel | None:
    """The month's calendar. Two queries."""
    if not acting(request).has_perm(WRITES):
        return None
    month = plan_of(month_named(request.GET.get("month", "")))
    context = {"month": month, "today": timezone.localdate()}
    return Panel("plan", _("Planned"), context, is_wide=True)


def reading(request: HttpRequest) -> Panel | None:
    """What was read and liked in seven days. Three queries."""
    if not acting(request).has_perm(WRITES):
        return None
    return Panel("reading", _("Read and liked in seven days"), {"week": week_of_site()})


def searches(request: HttpRequest) -> Panel | None:
    """What readers looked for in vain. One query."""
    if not acting(request).has_perm("articles.view_searchcount"):
        return None
    asked = in_vain().values("query").annotate(n=Sum("asked")).order_by("-n", "query")
    rows = list(asked.values_list("query", "n")[: _SHOWN + 1])
    address = f"{reverse('admin:articles_searchcount_changelist')}?found=no"
    context = {"rows": rows[:_SHOWN], "has_more": len(rows) > _SHOWN, "all": address}
    return Panel("searches", _("Searched for in seven days and not found"), context)


def changes(request: HttpRequest) -> Panel | None:
    """What was changed last. Three queries."""
    rows = recent_changes(acting(request), _SHOWN)
    return Panel("changes", _("Changed lately"), {"rows": rows})


# --- What failed --------------------------------------------------------------------------------
def troubles(user: User, names: dict[str, Any]) -> list[Trouble] | None:
    """Return what failed of what somebody answers for; None for whom none of it concerns.
    `names` says in words what the tasks do. At most four queries, with a CDN five."""
    parts = (
        ("post_office.view_email", _mail),
        ("articles.view_enginepush", _pushes),
        ("articles.change_picture", _pictures),
    )
    concerned = [part for permission, part in parts if user.has_perm(permission)]
    found = [trouble for part in concerned for trouble in part()]
    if user.has_perm(RETRY):
        found += [*_purges(), *_tasks(user, names)]
    return found if concerned or user.has_perm(RETRY) else None


def _mail() -> list[Trouble]:
    mail = failing_mail()
    address = reverse("admin:post_office_email_changelist")
    found = []
    if mail.failed:
        text = ngettext(
            "%(n)d mail of the last seven days could not be delivered",
            "%(n)d mails of the last seven days could not be delivered",
            mail.failed,
        )
        found.append(Trouble(text % {"n": mail.failed}, f"{address}?status__exact=1"))
    if mail.late:
        text = ngettext(
            "%(n)d mail has waited for more than half an hour: is the worker running?",
            "%(n)d mails have waited for more than half an hour: is the worker running?",
            mail.late,
        )
        found.append(Trouble(text % {"n": mail.late}, address))
    return found


def _pushes() -> list[Trouble]:
    if not (n := failed_pushes()):
        return []
    text = ngettext(
        "%(n)d notice to a search engine failed", "%(n)d notices to search engines failed", n
    )
    address = reverse("admin:articles_enginepush_changelist")
    return [Trouble(text % {"n": n}, f"{address}?state__exact=failed")]


def _purges() -> list[Trouble]:
    if not (n := undelivered_keys()):
        return []
    text = ngettext(
        "%(n)d change has not reached the CDN: what was taken down may still be shown there",
        "%(n)d changes have not reached the CDN: what was taken down may still be shown there",
        n,
    )
    return [Trouble(text % {"n": n}, can_retry=True)]


def _pictures() -> list[Trouble]:
    if not (n := unfinished_pictures()):
        return []
    text = ngettext(
        "%(n)d picture has no small versions after ten minutes: is the worker running?",
        "%(n)d pictures have no small versions after ten minutes: is the worker running?",
        n,
    )
    return [Trouble(text % {"n": n}, reverse("admin:articles_picture_changelist"))]


def _tasks(user: User, names: dict[str, Any]) -> list[Trouble]:
    failed = failed_tasks()
    if not failed:
        return []
    n = sum(failed.values())
    text = ngettext("%(n)d task failed for good", "%(n)d tasks failed for good", n) % {"n": n}
    lines = tuple(f"{names.get(path, path)} × {count}" for path, count in sorted(failed.items()))
    address = ""
    kept = DBTaskResult._meta
    if user.has_perm(f"{kept.app_label}.view_{kept.model_name}"):
        place = reverse(f"admin:{kept.app_label}_{kept.model_name}_changelist")
        address = f"{place}?status__exact=FAILED"
    return [Trouble(text, address, lines, can_retry=True)]
