"""Pictures on the desk: uploaded, described, found where they are used."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from articles.desk import ServiceAdmin, acting, settle_row, thumbnail
from articles.forms import PictureForm
from articles.models import Article, Contributor, Picture, Topic
from articles.services.pictures import add_picture, delete_picture, describe_picture
from articles.views import desk

_USES_SHOWN = 50


@admin.register(Picture)
class PictureAdmin(ServiceAdmin[Picture]):
    form = PictureForm
    list_display = ("thumb", "__str__", "extent", "uploaded_by", "created_at", "withheld")
    list_display_links = ("thumb", "__str__")
    list_filter = ("is_withheld",)
    list_select_related = ("uploaded_by",)
    search_fields = ("alt", "name", "key")
    readonly_fields = ("shown", "extent", "name", "uploaded_by", "created_at", "used_in")

    def get_fields(self, request: HttpRequest, obj: Picture | None = None) -> Any:
        if obj is None:
            return ["upload", "alt"]
        return ["shown", "alt", "extent", "name", "uploaded_by", "created_at", "used_in"]

    @admin.display(description=_("picture"))
    def thumb(self, obj: Picture) -> SafeString | str:
        return thumbnail(obj)

    @admin.display(description=_("picture"))
    def shown(self, obj: Picture) -> SafeString | str:
        return thumbnail(obj, large=True)

    @admin.display(description=_("size"))
    def extent(self, obj: Picture) -> str:
        return f"{obj.width} × {obj.height} · {filesizeformat(obj.size)}"

    @admin.display(description=_("withheld"), ordering="is_withheld")
    def withheld(self, obj: Picture) -> SafeString | str:
        if not obj.is_withheld:
            return "—"
        return format_html('<span class="badge no">{}</span>', _("Withheld"))

    @admin.display(description=_("used in"))
    def used_in(self, obj: Picture) -> SafeString | str:
        uses: list[tuple[str, Any]] = []
        shows = Q(cover=obj) | Q(picture_uses__picture=obj)
        for model, rows in (
            (Article, Article.objects.filter(shows).distinct().only("title")),
            (Topic, Topic.objects.filter(cover=obj)),
            (Contributor, Contributor.objects.filter(avatar=obj)),
        ):
            name = f"admin:articles_{model._meta.model_name}_change"
            uses += [(reverse(name, args=[row.pk]), row) for row in rows[:_USES_SHOWN]]
        return format_html_join("", '<div><a href="{}">{}</a></div>', uses) or "—"

    def write(self, request: HttpRequest, obj: Picture, form: Any, *, change: bool) -> None:
        by, alt = acting(request), form.cleaned_data["alt"]
        if change:
            describe_picture(Picture.objects.get(pk=obj.pk), by, alt)
            return
        upload = form.cleaned_data["upload"]
        try:
            settle_row(obj, add_picture(by, upload, alt=alt, name=upload.name or ""))
        except ValidationError as error:
            raise ValidationError({"upload": error.messages}) from error

    def remove(self, request: HttpRequest, obj: Picture) -> None:
        delete_picture(obj, acting(request))

    def get_urls(self) -> list[URLPattern]:
        # Not behind `admin_view`: the editor wants its answer as JSON, a refusal too.
        return [path("upload/", desk.upload, name="articles_picture_upload"), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Picture]:
        return super().get_queryset(request).defer("renditions")
