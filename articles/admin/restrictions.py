"""Restrictions on the desk: a list to read, a form to lay one on, a button to lift it."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from articles.desk import ServiceAdmin, acting, reasons, settle_row
from articles.forms import RestrictionForm
from articles.models import Restriction, Scope
from articles.services.restrictions import lift, restrict


class InForceFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("active", gettext_lazy("In force")), ("lifted", gettext_lazy("Lifted"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[Restriction]
    ) -> QuerySet[Restriction]:
        if self.value() in {"active", "lifted"}:
            return queryset.filter(lifted_at__isnull=self.value() == "active")
        return queryset


@admin.register(Restriction)
class RestrictionAdmin(ServiceAdmin[Restriction]):
    form = RestrictionForm
    list_display = ("reference", "article", "scope", "http_status", "state", "since", "lifted_at")
    list_filter = (InForceFilter, "scope", "http_status")
    list_select_related = ("article",)
    search_fields = ("reference", "article__folded_title")
    autocomplete_fields = ("article", "picture")
    change_form_template = "admin/articles/restriction/change_form.html"
    _written = ("article", "scope", "http_status", "reference", "passage", "picture")

    def get_fields(self, request: HttpRequest, obj: Restriction | None = None) -> Any:
        if obj is None:
            return self._written
        ends = ("state", "since", "restricted_by", "lifted_at", "lifted_by")
        found = ("is_located",) if obj.scope == Scope.PASSAGE else ()
        return (*self._written, *found, *ends)

    def get_readonly_fields(self, request: HttpRequest, obj: Restriction | None = None) -> Any:
        return ("state",) if obj is None else self.get_fields(request, obj)

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: Restriction) -> SafeString:
        kind, text = ("no", _("In force")) if obj.lifted_at is None else ("live", _("Lifted"))
        return format_html('<span class="badge {}">{}</span>', kind, text)

    def has_restrict_permission(self, request: HttpRequest) -> bool:
        return acting(request).has_perm("articles.restrict_article")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_restrict_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def write(self, request: HttpRequest, obj: Restriction, form: Any, *, change: bool) -> None:
        data = dict(form.cleaned_data)
        article, scope = data.pop("article"), Scope(data.pop("scope"))
        settle_row(obj, restrict(article, acting(request), scope, **data))

    def log_addition(self, request: HttpRequest, obj: Restriction, message: Any) -> Any:
        """The service has written it into the log, for measures in cases too."""

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        context["may_lift"] = (
            obj is not None and obj.lifted_at is None and self.has_restrict_permission(request)
        )
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.lift_view))
        own = path("<int:pk>/lift/", view, name="articles_restriction_lift")
        return [own, *super().get_urls()]

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        restriction = get_object_or_404(Restriction.objects.select_related("article"), pk=pk)
        try:
            lift(restriction, acting(request))
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
        else:
            self.message_user(request, _("The restriction is lifted."), messages.SUCCESS)
        return HttpResponseRedirect(self.change_url(pk))
