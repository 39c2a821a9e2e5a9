from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from articles.desk import acting
from articles.models import Article, Status, User
from articles.services.searches import in_vain
from articles.services.site import get_site
from moderation.services.queue import pressing
from moderation.services.queue import waiting_for as cases_for
from submissions.services.queue import waiting_for

_OWN = ("articles", "submissions", "moderation")
_ORDER = (
    "Case", "CannedReply", "Submission", "CannedReason", "WatchedWord", "Terms", "Standing",
    "Article", "Picture", "Topic", "Category", "Tag", "Contributor", "Page", "Restriction",
    "SiteSettings", "Redirect", "MissingPath", "SearchCount", "EnginePush", "User",
)  # fmt: skip


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


@dataclass(frozen=True)
class Pile:
    """Something that lies on the desk: what, how much, and where it is."""

    label: str
    count: int
    address: str
    is_urgent: bool = False


class TougaoAdminSite(admin.AdminSite):
    """The editors' desk. Each app registers its own models with it."""

    site_header = gettext_lazy("Editors' desk")
    site_title = gettext_lazy("Editors' desk")
    index_title = gettext_lazy("What is to be done")
    site_url = "/"

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """Sign in as everywhere on the site (allauth: codes, TOTP, limits). Whoever is signed in
        but no member of staff is told so, and how to change the account."""
        if request.user.is_authenticated and not self.has_permission(request):
            return self._no_access(request)
        return self._login(request, extra_context)

    @method_decorator(never_cache)
    @method_decorator(secure_admin_login)
    def _login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return super().login(request, extra_context)

    def _no_access(self, request: HttpRequest) -> TemplateResponse:
        context = {**self.each_context(request), "title": _("No access to the desk")}
        return TemplateResponse(request, "admin/no_access.html", context, status=403)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        name = get_site().name
        return context | {
            "site_header": _("%(site)s · Editors' desk") % {"site": name},
            # Asked where a page shows it, and of moderators only.
            "pressing_cases": lambda: pressing(acting(request)),
        }

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> Any:
        """The apps with the site's own first, its models in the order of their use."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["models"].sort(key=lambda model: _place(model["object_name"]))
        return sorted(apps, key=lambda app: app["app_label"] not in _OWN)

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        piles = [pile for panel in PANELS for pile in panel(acting(request))]
        context = {"piles": piles, **(extra_context or {})}
        return super().index(request, context)


def _articles(user: User) -> list[Pile]:
    """Drafts and scheduled articles. One query each."""
    if not user.has_perm("articles.view_article"):
        return []
    address = reverse("admin:articles_article_changelist")
    return [
        Pile(
            str(status.label),
            Article.objects.filter(status=status).count(),
            f"{address}?status__exact={status.value}",
        )
        for status in (Status.DRAFT, Status.SCHEDULED, Status.UNPUBLISHED)
    ]


def _submissions(user: User) -> list[Pile]:
    """What waits for a reviewer. One query."""
    if not user.has_perm("submissions.review_submission"):
        return []
    waiting = waiting_for(user)
    address = reverse("admin:submissions_submission_changelist")
    piles = [
        Pile(_("waiting for review"), waiting.open, address),
        Pile(_("overdue"), waiting.overdue, f"{address}?state=overdue", is_urgent=True),
        Pile(_("held"), waiting.held, f"{address}?state=held", is_urgent=True),
    ]
    if user.has_perm("submissions.decide_escalated"):
        piles.append(
            Pile(_("for a chief editor"), waiting.for_chief, f"{address}?state=chief", True)
        )
    return [pile for pile in piles if pile.count or not pile.is_urgent]


def _cases(user: User) -> list[Pile]:
    """What waits for a moderator. Three queries."""
    if not user.has_perm("moderation.handle_case"):
        return []
    waiting = cases_for(user)
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


def _operator(user: User) -> list[Pile]:
    """What the law wants public of the operator and the site does not say yet. One query."""
    if settings.LOCAL_RUN or not user.has_perm("articles.change_sitesettings"):
        return []
    site = get_site()
    missing = [site.operator_name, site.operator_address].count("")
    address = reverse("admin:articles_sitesettings_changelist")
    return [Pile(_("details of the operator missing"), missing, address, True)] if missing else []


def _searches(user: User) -> list[Pile]:
    """What readers looked for in vain. One query."""
    if not user.has_perm("articles.view_searchcount"):
        return []
    address = reverse("admin:articles_searchcount_changelist")
    count = in_vain().values("query").distinct().count()
    label = _("searched for in seven days and not found")
    return [Pile(label, count, f"{address}?found=no")] if count else []


# What each app lays on the desk's first page.
PANELS: tuple[Callable[[User], list[Pile]], ...] = (
    _cases, _submissions, _articles, _searches, _operator,
)  # fmt: skip
