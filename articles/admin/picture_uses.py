"""The page of one picture: what was made of it, who shows it, what else is the same file; and
another file in its place."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.desk import ServiceAdmin, acting
from articles.forms import ReplacementForm
from articles.models import Picture
from articles.services.library import (
    Use,
    count_revisions,
    own_descriptions,
    same_file,
    uses_of,
)
from articles.services.pictures import files_of
from articles.services.replacing import replace_picture, why_not_replaced

_CROPS = {"full": gettext_lazy("whole"), "small": "3 : 2", "wide": "7 : 3"}


class PicturePageMixin(ServiceAdmin[Picture]):
    change_form_template = "admin/articles/picture/change_form.html"

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> Any:
        picture: Picture | None = kwargs.get("obj")
        if picture is not None:
            context |= self._known(request, picture)
        return super().render_change_form(request, context, *args, **kwargs)

    def _known(self, request: HttpRequest, picture: Picture) -> dict[str, Any]:
        """What the page says of a picture beside its fields. Some twelve queries."""
        showing, read = count_revisions(picture)
        files = [
            item
            | {
                "url": f"{settings.MEDIA_URL}{item['file']}",
                "name": item["file"].rpartition("/")[2],
                "crop": _CROPS[item["crop"]],
            }
            for item in files_of(picture)
        ]
        return {
            "files": files,
            "uses": self._uses(request, picture),
            "same": same_file(picture),
            "revisions": showing,
            "revisions_read": read,
            "may_replace": self.has_change_permission(request, picture),
            "why_not_replaced": why_not_replaced(picture),
            "has_file_field": False,
        }

    def _uses(self, request: HttpRequest, picture: Picture) -> list[dict[str, Any]]:
        own = own_descriptions(picture)
        return [
            {
                "kind": source.label,
                "title": use.title,
                "state": use.state,
                "url": self._address(request, use),
                "own": own.get(use.row.pk, "") if source.code == "text" and use.row else "",
                "is_own": source.code == "text" and use.row is not None and use.row.pk in own,
            }
            for source, uses in uses_of(picture)
            for use in uses
        ]

    def _address(self, request: HttpRequest, use: Use) -> str:
        """Return the admin's page of what shows a picture, for those who may open it."""
        if use.row is None:
            return ""
        opts = use.row._meta
        if not acting(request).has_perm(f"{opts.app_label}.view_{opts.model_name}"):
            return ""
        try:
            name = f"admin:{opts.app_label}_{opts.model_name}_change"
            return reverse(name, args=[use.row.pk])
        except NoReverseMatch:
            return ""

    # --- Another file ---------------------------------------------------------------------------
    def replace_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Put another file in the place of a picture's. Not in one transaction with the page: the
        file is decoded before the service begins its own."""
        picture = get_object_or_404(Picture, pk=pk)
        if not self.has_change_permission(request, picture):
            raise PermissionDenied
        form = ReplacementForm(request.POST or None, request.FILES or None, picture=picture)
        if request.method == "POST" and form.is_valid():
            upload, alt = form.cleaned_data["upload"], form.cleaned_data["alt"]
            changed = alt if "alt" in form.changed_data else None
            try:
                replace_picture(picture, acting(request), upload, alt=changed)
            except ValidationError as error:
                form.add_error("upload", error.messages)
            else:
                text = _("The new file is shown everywhere that the old one was.")
                self.message_user(request, text, messages.SUCCESS)
                return HttpResponseRedirect(self.change_url(pk))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": _("Replace the file"),
            "picture": picture,
            "form": form,
            "uses": self._uses(request, picture),
            "why_not": why_not_replaced(picture),
        }
        status = 400 if form.errors else 200
        return TemplateResponse(
            request, "admin/articles/picture/replace.html", context, status=status
        )
