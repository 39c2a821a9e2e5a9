"""Merging on the desk: choose into what, see what moves and which address leads where, do it."""

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Field
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from articles.desk import ServiceAdmin, acting, reasons
from articles.models import User
from articles.services.merging import address_of, plan


class NameChooser(AutocompleteSelect):
    """Says what it is for while nothing is chosen; the script reads its name from there."""

    def build_attrs(self, base_attrs: Any, extra_attrs: Any = None) -> dict[str, Any]:
        attrs = super().build_attrs(base_attrs, extra_attrs)
        return {**attrs, "data-placeholder": _("Type a few characters of the name")}


class MergeMixin(ServiceAdmin[Any]):
    """Lets a row be merged into another one of its kind."""

    change_form_template = "admin/articles/mergeable_form.html"
    merge_service: ClassVar[Callable[[Any, Any, User], int]]
    # A foreign key to this model: the chooser asks as if it were this one's.
    merge_field: ClassVar[Field[Any, Any]]

    def get_urls(self) -> list[URLPattern]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_merge"
        view = self.admin_site.admin_view(self.merge_view)
        return [path("<int:pk>/merge/", view, name=name), *super().get_urls()]

    def may_merge(self, request: HttpRequest) -> bool:
        return self.has_change_permission(request) and self.has_delete_permission(request)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = kwargs.get("obj")
        if obj is not None and self.may_merge(request):
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_merge"
            context["merge_url"] = reverse(name, args=[obj.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def _form(self, request: HttpRequest) -> forms.Form:
        rows = self.model._default_manager.all()
        field = forms.ModelChoiceField(
            rows,
            label=_("Merge into"),
            widget=NameChooser(self.merge_field, self.admin_site),
        )
        form_class = type("MergeForm", (forms.Form,), {"target": field, "label_suffix": ""})
        made: forms.Form = form_class(request.GET if "target" in request.GET else None)
        return made

    def merge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """GET chooses the target and shows what would happen, POST does it."""
        if not self.may_merge(request):
            raise PermissionDenied
        origin = get_object_or_404(self.model, pk=pk)
        if request.method == "POST":
            return self._merge(request, origin)
        form = self._form(request)
        target = made = None
        if form.is_bound and form.is_valid():
            target = form.cleaned_data["target"]
            try:
                made = plan(origin, target)
            except ValidationError as error:
                form.add_error("target", error)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Merge “%(name)s” into another") % {"name": origin},
            "object": origin,
            "object_url": self.change_url(origin.pk),
            "form": form,
            "target": target,
            "plan": made,
        }
        return TemplateResponse(request, "admin/articles/merge.html", context)

    def _merge(self, request: HttpRequest, origin: Any) -> HttpResponse:
        target = get_object_or_404(self.model, pk=_number(request.POST.get("target", "")))
        note = " ".join(request.POST.get("note", "").split())[:300]
        names = {"origin": str(origin), "target": str(target), "address": address_of(origin)}
        try:
            with transaction.atomic():
                count = type(self).merge_service(origin, target, acting(request))
                said = _("Merged “%(origin)s” (%(address)s) into it; articles moved: %(count)d.")
                line = said % {**names, "count": count}
                self.log_change(request, target, f"{line} {note}".strip())
                self.log_deletions(request, [origin])  # type: ignore[arg-type] # Any rows will do.
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
            return HttpResponseRedirect(request.path)
        text = _("“%(origin)s” is merged into “%(target)s”; %(address)s leads there now.") % names
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(self.change_url(target.pk))


def _number(typed: str) -> int:
    return int(typed) if typed.isdecimal() and len(typed) < 19 else 0
