"""On the desk: addresses that were asked for and are not there, and what engines were told."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.desk import ServiceAdmin, acting
from articles.models import EnginePush, MissingPath
from articles.services.pushing import push_again
from articles.services.redirects import Suggestion, forget_missing, suggest_targets


class WithSuggestions(ChangeList):
    """Each address with where it may be meant to lead."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        found = suggest_targets(row.path for row in self.result_list)
        for row in self.result_list:
            row.suggestion = found.get(row.path)


@admin.register(MissingPath)
class MissingPathAdmin(ServiceAdmin[MissingPath]):
    """A list to work off: each row offers the redirect that would end it."""

    list_display = ("path", "hits", "first_on", "last_on", "meant", "redirect")
    list_display_links = None
    search_fields = ("path",)
    actions = ("forget",)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return WithSuggestions

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("Perhaps meant"))
    def meant(self, obj: MissingPath) -> SafeString | str:
        suggestion: Suggestion | None = getattr(obj, "suggestion", None)
        if suggestion is None:
            return "—"
        return format_html('<a href="{}">{}</a>', suggestion.path, suggestion.label)

    @admin.display(description=gettext_lazy("redirect"))
    def redirect(self, obj: MissingPath) -> SafeString:
        """A button that leads to the form of a new redirect, filled in as far as is known."""
        suggestion: Suggestion | None = getattr(obj, "suggestion", None)
        known: dict[str, Any] = {"old_path": obj.path}
        if suggestion is not None and suggestion.article_id:
            known["article"] = suggestion.article_id
        elif suggestion is not None:
            known["target"] = suggestion.path
        address = f"{reverse('admin:articles_redirect_add')}?{urlencode(known)}"
        return format_html('<a class="button" href="{}">{}</a>', address, _("Make a redirect"))

    def has_forget_permission(self, request: HttpRequest) -> bool:
        return acting(request).has_perm("articles.delete_missingpath")

    @admin.action(description=gettext_lazy("Strike off the list"), permissions=["forget"])
    def forget(self, request: HttpRequest, queryset: QuerySet[MissingPath]) -> None:
        self.act(
            request,
            queryset,
            forget_missing,
            lambda n: (
                ngettext("%(n)d address struck off.", "%(n)d addresses struck off.", n) % {"n": n}
            ),
        )

    def remove(self, request: HttpRequest, obj: MissingPath) -> None:
        forget_missing(obj, acting(request))


@admin.register(EnginePush)
class EnginePushAdmin(ServiceAdmin[EnginePush]):
    """A list to read; what failed can be sent again."""

    list_display = ("path", "engine", "is_removal", "state_shown", "attempts", "owed_at", "answer")
    list_display_links = None
    list_filter = ("state", "engine", "is_removal")
    search_fields = ("path",)
    actions = ("again",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_shown(self, obj: EnginePush) -> SafeString:
        kinds = {EnginePush.State.SENT: "live", EnginePush.State.FAILED: "no"}
        kind = kinds.get(EnginePush.State(obj.state), "wait")
        return format_html('<span class="badge {}">{}</span>', kind, obj.get_state_display())

    def has_again_permission(self, request: HttpRequest) -> bool:
        return acting(request).has_perm("articles.change_enginepush")

    @admin.action(description=gettext_lazy("Send again"), permissions=["again"])
    def again(self, request: HttpRequest, queryset: QuerySet[EnginePush]) -> None:
        self.act(
            request,
            queryset,
            push_again,
            lambda n: (
                ngettext("%(n)d notice is sent again.", "%(n)d notices are sent again.", n)
                % {"n": n}
            ),
        )
