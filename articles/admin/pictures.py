"""Pictures on the desk: uploaded, several at once, described, replaced, deleted when unused."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.admin.picture_chooser import ChooserMixin
from articles.admin.picture_list import PictureListMixin
from articles.admin.picture_uses import PicturePageMixin
from articles.desk import acting, settle_row, thumbnail
from articles.forms import PictureForm
from articles.models import Picture
from articles.services.pictures import add_picture, describe_picture
from articles.views import desk

_AT_ONCE = 50


@admin.register(Picture)
class PictureAdmin(PictureListMixin, PicturePageMixin, ChooserMixin):
    form = PictureForm
    add_form_template = "admin/articles/picture/add_form.html"
    readonly_fields = ("shown", "extent", "name", "uploader", "created_at")

    def get_fields(self, request: HttpRequest, obj: Picture | None = None) -> Any:
        if obj is None:
            return ["upload", "alt"]
        if not self.has_change_permission(request, obj):
            return ["shown", "alt", "extent", "name", "uploader", "created_at"]
        return ["shown", "alt", "was", "extent", "name", "uploader", "created_at"]

    @admin.display(description=gettext_lazy("picture"))
    def shown(self, obj: Picture) -> SafeString | str:
        return thumbnail(obj, large=True)

    @admin.display(description=gettext_lazy("uploaded by"))
    def uploader(self, obj: Picture) -> SafeString | str:
        if obj.uploaded_by is None:
            return "—"
        address = reverse("admin:articles_picture_changelist")
        return format_html(
            '{} <a href="{}?by={}">{}</a>',
            obj.uploaded_by, address, obj.uploaded_by.pk, _("All pictures of this person"),
        )  # fmt: skip

    # --- Writing ------------------------------------------------------------------------------
    def write(self, request: HttpRequest, obj: Picture, form: Any, *, change: bool) -> None:
        by, alt = acting(request), form.cleaned_data["alt"]
        if change:
            was = form.cleaned_data["was"] if "was" in form.data else None
            describe_picture(Picture.objects.get(pk=obj.pk), by, alt, instead_of=was)
            return
        upload = form.cleaned_data["upload"]
        try:
            settle_row(obj, add_picture(by, upload, alt=alt, name=upload.name or ""))
        except ValidationError as error:
            raise ValidationError({"upload": error.messages}) from error

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> Any:
        files = request.FILES.getlist("upload") if request.method == "POST" else []
        if len(files) > 1 and IS_POPUP_VAR not in request.POST:
            if not self.has_add_permission(request):
                raise PermissionDenied
            return self._add_many(request, files)
        return super().add_view(request, form_url, extra_context)

    def _add_many(self, request: HttpRequest, files: list[Any]) -> HttpResponseRedirect:
        """Take in several files, each by itself, and lead to them to be described. What the form
        says of one picture is not said of many."""
        added = []
        for upload in files[:_AT_ONCE]:
            try:
                picture = add_picture(acting(request), upload, name=upload.name or "")
            except ValidationError as error:
                why = {"row": upload.name, "why": " ".join(error.messages)}
                self.message_user(request, _("%(row)s: %(why)s") % why, messages.ERROR)
            else:
                added.append(picture.pk)
        if len(files) > _AT_ONCE:
            text = _("Only the first %(n)d files were taken in.") % {"n": _AT_ONCE}
            self.message_user(request, text, messages.WARNING)
        if not added:
            return HttpResponseRedirect(reverse("admin:articles_picture_add"))
        text = ngettext(
            "%(n)d picture is uploaded. Say what it shows.",
            "%(n)d pictures are uploaded. Say what they show.",
            len(added),
        )
        self.message_user(request, text % {"n": len(added)}, messages.SUCCESS)
        numbers = ",".join(str(pk) for pk in dict.fromkeys(added))
        return HttpResponseRedirect(
            f"{reverse('admin:articles_picture_changelist')}?id__in={numbers}"
        )

    # --- Deletion -----------------------------------------------------------------------------
    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """As the list does with several: what is used is named, and stays."""
        picture = get_object_or_404(Picture, pk=object_id)
        if not self.has_delete_permission(request, picture):
            raise PermissionDenied
        if request.method != "POST":
            return self.confirm_deletion(request, [picture])
        self.delete_pictures(request, [picture])
        if Picture.objects.filter(pk=picture.pk).exists():
            return HttpResponseRedirect(self.change_url(picture.pk))
        return HttpResponseRedirect(reverse("admin:articles_picture_changelist"))

    # --- Pages ----------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        own = self.admin_site.admin_view
        return [
            # Not behind `admin_view`: the editor wants its answer as JSON, a refusal too.
            path("upload/", desk.upload, name="articles_picture_upload"),
            path("choose/", own(self.choose_view), name="articles_picture_choose"),
            path("<int:pk>/replace/", own(self.replace_view), name="articles_picture_replace"),
            *super().get_urls(),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Picture]:
        return super().get_queryset(request).defer("folded")
