"""The site's settings and old addresses on the desk."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _

from articles.desk import DeskForm, ServiceAdmin, acting
from articles.forms import SettingsForm
from articles.models import Redirect, SiteSettings
from articles.services.redirects import delete_redirect, save_redirect
from articles.services.site import rebuild_chrome, save_settings


@admin.register(SiteSettings)
class SettingsAdmin(ServiceAdmin[SiteSettings]):
    """The one row: the list leads straight to it."""

    form = SettingsForm
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "tagline", "description", "announcement", "items_per_page"),
                "description": _(
                    "What is left blank has the value of the server's environment, which the "
                    "field shows in grey."
                ),
            },
        ),
        (_("Below every article"), {"fields": ("rights_notice", "takedown_email")}),
        (
            _("In the footer"),
            {
                "fields": (
                    "operator_name",
                    "operator_address",
                    "icp_number",
                    "police_number",
                    "report_phone",
                )
            },
        ),
        (_("For programs that read"), {"fields": ("offers_markdown", "admits_ai_crawlers")}),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not SiteSettings.objects.filter(pk=1).exists():
            rebuild_chrome()
        return HttpResponseRedirect(self.change_url(1))

    def write(self, request: HttpRequest, obj: SiteSettings, form: Any, *, change: bool) -> None:
        save_settings(obj, acting(request))


@admin.register(Redirect)
class RedirectAdmin(ServiceAdmin[Redirect]):
    form = DeskForm[Redirect]
    list_display = ("old_path", "article", "target", "hits", "last_on", "created_at")
    list_select_related = ("article",)
    search_fields = ("old_path", "target")
    autocomplete_fields = ("article",)
    fields = ("old_path", "article", "target", "hits", "last_on")
    readonly_fields = ("hits", "last_on")

    def write(self, request: HttpRequest, obj: Redirect, form: Any, *, change: bool) -> None:
        save_redirect(obj, acting(request))

    def remove(self, request: HttpRequest, obj: Redirect) -> None:
        delete_redirect(obj, acting(request))
