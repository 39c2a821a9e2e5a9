"""Articles on the desk: the form and its buttons. The list, history … are modules of their own."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.admin.article_bulk import BulkMixin
from articles.admin.article_checklist import ChecklistMixin
from articles.admin.article_featured import FeaturedMixin
from articles.admin.article_history import HistoryMixin
from articles.admin.article_list import ListMixin
from articles.admin.article_preview import PreviewMixin
from articles.admin.article_trash import TrashMixin
from articles.admin.article_typing import TypingMixin
from articles.admin.figures import FiguresMixin
from articles.admin.related import RELATED_FIELDSET, RelatedMixin
from articles.admin.saved_views import SavedViewsMixin
from articles.desk import acting, settle_row, thumbnail
from articles.editor import with_editor
from articles.forms import ArticleForm
from articles.html import clean
from articles.models import (
    Article,
    Autosave,
    Overruling,
    Picture,
    Presence,
    PreviewLink,
    Restriction,
    Status,
    User,
)
from articles.services.checklist import publish_checked, schedule_checked
from articles.services.pictures import add_picture, describe_picture
from articles.services.planning import assign
from articles.services.publishing import (
    WRITABLE,
    create_article,
    revise,
    unpublish,
)
from articles.services.revisions import name_newest
from articles.services.typing import AWAY_AFTER


def _cover_change(form: ArticleForm, by: User) -> dict[str, Picture | None]:
    """Return the new cover as a change of the article, having stored or described the picture."""
    present = form.instance.cover
    alt = form.cleaned_data["cover_alt"]
    if upload := form.cleaned_data["cover_upload"]:
        try:
            return {"cover": add_picture(by, upload, alt=alt, name=upload.name or "")}
        except ValidationError as error:
            raise ValidationError({"cover_upload": error.messages}) from error
    if chosen := form.cleaned_data["cover_choice"]:
        return {"cover": chosen}
    if form.cleaned_data["cover_remove"]:
        return {"cover": None}
    if present is not None and "cover_alt" in form.changed_data:
        describe_picture(present, by, alt)
    return {}


def _same_minute(one: datetime | None, other: datetime | None) -> bool:
    """Whether two moments are one for the form, which shows no seconds."""
    if one is None or other is None:
        return False
    return one.replace(second=0, microsecond=0) == other.replace(second=0, microsecond=0)


def _changes(form: ArticleForm, by: User) -> dict[str, Any]:
    """Return what the form changes of a saved article, or everything for a new one."""
    cleaned = form.cleaned_data
    if form.instance.pk is None:
        changes = {name: cleaned[name] for name in WRITABLE & cleaned.keys()}
    else:
        changes = {name: cleaned[name] for name in form.changed_data if name in WRITABLE}
        if "body" in changes and clean(changes["body"]) == form.initial["body"]:
            del changes["body"]
        if _same_minute(changes.get("published_at"), form.initial.get("published_at")):
            del changes["published_at"]
        if "_withdraw" in form.data and changes.get("published_at", ...) is None:
            del changes["published_at"]
    return changes | _cover_change(form, by)


@admin.register(Article)
class ArticleAdmin(
    TypingMixin,
    TrashMixin,
    FeaturedMixin,
    SavedViewsMixin,
    BulkMixin,
    ListMixin,
    HistoryMixin,
    ChecklistMixin,
    PreviewMixin,
    FiguresMixin,
    RelatedMixin,
):
    form = ArticleForm
    autocomplete_fields = ("contributor",)
    readonly_fields = ("state", "cover_shown", "tags_shown", "counts")
    change_form_template = "admin/articles/article/change_form.html"
    fieldsets = (
        (None, {"fields": ("title", "body", "based_on")}),
        (
            gettext_lazy("Filing"),
            {"fields": ("category", "tag_line", "contributor", "excerpt")},
        ),
        (
            gettext_lazy("Cover"),
            {
                "fields": (
                    "cover_shown",
                    "cover_choice",
                    "cover_upload",
                    "cover_alt",
                    "cover_remove",
                )
            },
        ),
        (
            gettext_lazy("Provenance"),
            {"fields": ("origin", "source_name", "source_url", "ai_label")},
        ),
        (
            gettext_lazy("Publication"),
            {"fields": ("state", "published_at", "featured", "sticky")},
        ),
        (gettext_lazy("Planning"), {"fields": ("assignee", "due_on")}),
        (
            gettext_lazy("Revision"),
            {"fields": ("note", "revision_name"), "classes": ("collapse",)},
        ),
    )
    _read_only = (
        (
            None,
            {
                "fields": (
                    "title", "state", "category", "tags_shown", "contributor", "origin",
                    "source_name", "source_url", "ai_label", "published_at", "counts",
                )
            },
        ),
    )  # fmt: skip

    # --- Read for the form -------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        """For the form, with what it says beside the fields, and whether there is anything of
        what hardly any article has: most forms cost twelve queries."""
        rows = super().get_queryset(request)
        match = request.resolver_match
        if match is None or match.url_name != "articles_article_change":
            return rows
        one, now = OuterRef("pk"), timezone.now()
        return rows.select_related("contributor", "category", "cover").annotate(
            is_visible=Exists(Article.objects.visible(now).filter(pk=one)),
            is_withheld=Exists(Restriction.objects.active().filter(article=one)),
            has_offers=Exists(Autosave.objects.filter(article=one, user=acting(request).pk)),
            has_company=Exists(Presence.objects.filter(article=one, seen_at__gt=now - AWAY_AFTER)),
            has_links=Exists(PreviewLink.objects.filter(article=one)),
            has_overrulings=Exists(Overruling.objects.filter(article=one)),
        )

    # --- Shown in the form --------------------------------------------------------------------
    @admin.display(description=gettext_lazy("cover"))
    def cover_shown(self, obj: Article) -> str:
        return thumbnail(obj.cover, large=True)

    @admin.display(description=gettext_lazy("tags"))
    def tags_shown(self, obj: Article) -> str:
        return "、".join(obj.tag_names) or "—"

    @admin.display(description=gettext_lazy("likes and reads"))
    def counts(self, obj: Article) -> str:
        return f"{obj.like_count} / {obj.read_count}"

    # --- Permissions --------------------------------------------------------------------------
    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        own = self.fieldsets if may else self._read_only
        return own if obj is None else (*own, RELATED_FIELDSET)

    # --- Writing ------------------------------------------------------------------------------
    @method_decorator(with_editor)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(request, *args, **kwargs)

    def write(self, request: HttpRequest, obj: Article, form: Any, *, change: bool) -> None:
        by, typed = acting(request), form.cleaned_data
        changes, note = _changes(form, by), typed["note"]
        request.left_out = form.left_out  # type: ignore[attr-defined]
        planned = {"assignee", "due_on"} & set(form.changed_data)
        request.wrote = bool(  # type: ignore[attr-defined]
            not change or changes or planned or {"tag_line", "revision_name"} & {*form.changed_data}
        )
        if not change:
            saved = create_article(by, tags=form.tags, note=note, **changes)
        elif changes or "tag_line" in form.changed_data:
            saved = revise(obj, by, changes, tags=form.tags, note=note)
        else:
            saved = Article.objects.get(pk=obj.pk)
        if "_publish" in form.data:
            saved = publish_checked(saved, by, reason=typed["reason"], note=note)
        elif "_schedule" in form.data:
            at = typed["published_at"]
            saved = schedule_checked(saved, by, at, reason=typed["reason"], note=note)
        elif "_withdraw" in form.data:
            saved = unpublish(saved, by, note=note)
        if planned:
            saved = assign(saved, by, typed["assignee"], typed["due_on"])
        if typed["revision_name"]:
            name_newest(saved, by, typed["revision_name"])
        settle_row(obj, saved)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = cast(Article | None, kwargs.get("obj"))
        status = obj.status if obj is not None else Status.DRAFT
        may_publish = self.has_publish_permission(request)
        is_public = status in {Status.PUBLISHED, Status.SCHEDULED}
        context |= {
            "status": status,
            "preview_url": self.preview_url(obj),
            "show_publish": may_publish and status != Status.PUBLISHED,
            "show_schedule": may_publish and status != Status.PUBLISHED,
            "show_withdraw": may_publish and is_public,
            "show_trash": obj is not None and self.may_trash(request),
            "is_visible": getattr(obj, "is_visible", False),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    # --- What is said afterwards --------------------------------------------------------------
    def response_add(self, request: HttpRequest, obj: Article, *args: Any, **kwargs: Any) -> Any:
        if IS_POPUP_VAR in request.POST:
            return super().response_add(request, obj, *args, **kwargs)
        return self._say(request, obj)

    def response_change(self, request: HttpRequest, obj: Article) -> Any:
        if IS_POPUP_VAR in request.POST:
            return super().response_change(request, obj)
        return self._say(request, obj)

    def _say(self, request: HttpRequest, obj: Article) -> HttpResponse:
        self.message_user(request, self._outcome(request, obj), messages.SUCCESS)
        if left_out := getattr(request, "left_out", 0):
            warning = ngettext(
                "%(count)d picture in the text is not this site's and was left out. Save it to "
                "your computer and put it in with the picture button.",
                "%(count)d pictures in the text are not this site's and were left out. Save them "
                "to your computer and put them in with the picture button.",
                left_out,
            )
            self.message_user(request, warning % {"count": left_out}, messages.WARNING)
        is_asked = "_publish" in request.POST or "_schedule" in request.POST
        is_public = obj.status in {Status.PUBLISHED, Status.SCHEDULED}
        if is_public and not is_asked and getattr(request, "wrote", True):
            self.warn_of(request, obj)
        return HttpResponseRedirect(self.change_url(obj.pk))

    def _outcome(self, request: HttpRequest, obj: Article) -> str:
        title = {"title": obj.title}
        link: SafeString | str = ""
        if Article.objects.visible().filter(pk=obj.pk).exists():
            link = format_html(
                ' <a href="{}">{}</a>', obj.get_absolute_url(), _("View the public page")
            )
        if "_publish" in request.POST:
            text = _("“%(title)s” is public.") % title
        elif "_schedule" in request.POST:
            when = timezone.localtime(obj.published_at).strftime("%Y-%m-%d %H:%M")
            text = _("“%(title)s” will be public at %(when)s.") % {**title, "when": when}
        elif "_withdraw" in request.POST:
            text = _("“%(title)s” is withdrawn: readers no longer find it.") % title
        elif not getattr(request, "wrote", True):
            text = _("Nothing was changed in “%(title)s”.") % title
        elif obj.status == Status.DRAFT:
            text = _("“%(title)s” is saved as a draft.") % title
        else:
            text = _("The changes to “%(title)s” are saved.") % title
        return format_html("{}{}", text, link)
