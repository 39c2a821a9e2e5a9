from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from articles.desk import acting
from articles.services.failures import try_again
from articles.services.site import get_site
from articles.views.changes import changes
from config.panels import panels_for
from moderation.services.queue import pressing

_OWN = ("articles", "submissions", "moderation")
_ORDER = (
    "Case", "CannedReply", "Submission", "CannedReason", "WatchedWord", "Terms", "Standing",
    "Article", "Picture", "Topic", "Category", "Tag", "Contributor", "Page", "Restriction",
    "SiteSettings", "Redirect", "MissingPath", "SearchCount", "EnginePush", "User",
)  # fmt: skip


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)


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
        """What is to be done, and the way to everything else. At most 25 queries."""
        context = {"panels": panels_for(request), **(extra_context or {})}
        return super().index(request, context)

    def get_urls(self) -> list[URLPattern | URLResolver]:
        again = self.admin_view(require_POST(self.try_again_view))
        return [
            path("tasks/again/", again, name="try_again"),
            path("changes/", self.admin_view(changes), {"site": self}, name="changes"),
            *super().get_urls(),
        ]

    def try_again_view(self, request: HttpRequest) -> HttpResponse:
        """Have every failed task tried once more."""
        count = try_again(acting(request))
        text = ngettext("%(n)d task is tried again.", "%(n)d tasks are tried again.", count)
        messages.success(request, text % {"n": count})
        return HttpResponseRedirect(reverse("admin:index"))
