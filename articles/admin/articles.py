"""Articles on the desk: the list, the form, its buttons, preview and history."""

from datetime import datetime
from typing import Any, cast

from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from articles.admin.figures import FiguresMixin
from articles.admin.related import RELATED_FIELDSET, RelatedMixin
from articles.desk import acting, reasons, settle_row, thumbnail
from articles.editor import with_editor
from articles.folding import fold
from articles.forms import ArticleForm
from articles.html import clean
from articles.models import Article, Picture, Restriction, Status, User
from articles.services.pictures import add_picture, describe_picture
from articles.services.publishing import (
    WRITABLE,
    create_article,
    delete_article,
    publish,
    restore_revision,
    revise,
    schedule,
    unpublish,
)
from articles.views import desk

_REVISIONS_SHOWN = 200
_BADGES = {
    Status.DRAFT: "",
    Status.SCHEDULED: "wait",
    Status.PUBLISHED: "live",
    Status.UNPUBLISHED: "fix",
}


class WithheldFilter(admin.SimpleListFilter):
    title = gettext_lazy("restriction")
    parameter_name = "withheld"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", gettext_lazy("In force")), ("no", gettext_lazy("None in force"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        in_force = Exists(Restriction.objects.active().filter(article=OuterRef("pk")))
        if self.value() == "yes":
            return queryset.filter(in_force)
        return queryset.exclude(in_force) if self.value() == "no" else queryset


def _cover_change(form: ArticleForm, by: User) -> dict[str, Picture | None]:
    """Return the new cover as a change of the article, having stored or described the picture."""
    present = form.instance.cover
    alt = form.cleaned_data["cover_alt"]
    if upload := form.cleaned_data["cover_upload"]:
        try:
            return {"cover": add_picture(by, upload, alt=alt, name=upload.name or "")}
        except ValidationError as error:
            raise ValidationError({"cover_upload": error.messages}) from error
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
class ArticleAdmin(FiguresMixin, RelatedMixin):
    form = ArticleForm
    list_display = (
        "title", "state", "category", "contributor", "date", "like_count", "read_count",
    )  # fmt: skip
    list_filter = ("status", WithheldFilter, "origin", "ai_label", "category")
    list_select_related = ("category", "contributor")
    search_fields = ("title",)
    search_help_text = gettext_lazy("Words of the title, or the number of an article.")
    autocomplete_fields = ("contributor",)
    actions = ("publish_chosen", "withdraw_chosen")
    readonly_fields = ("state", "cover_shown", "tags_shown", "counts")
    change_form_template = "admin/articles/article/change_form.html"
    fieldsets = (
        (None, {"fields": ("title", "body", "version")}),
        (
            gettext_lazy("Filing"),
            {"fields": ("category", "tag_line", "contributor", "excerpt")},
        ),
        (
            gettext_lazy("Cover"),
            {"fields": ("cover_shown", "cover_upload", "cover_alt", "cover_remove")},
        ),
        (
            gettext_lazy("Provenance"),
            {"fields": ("origin", "source_name", "source_url", "ai_label")},
        ),
        (
            gettext_lazy("Publication"),
            {"fields": ("state", "published_at", "featured", "sticky")},
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

    # --- The list -----------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("status"), ordering="status")
    def state(self, obj: Article) -> SafeString:
        badge = format_html(
            '<span class="badge {}">{}</span>',
            _BADGES.get(Status(obj.status), ""),
            obj.get_status_display(),
        )
        if getattr(obj, "is_withheld", False):
            return format_html('{} <span class="badge no">{}</span>', badge, _("Restricted"))
        return badge

    @admin.display(description=gettext_lazy("date"), ordering="public_at")
    def date(self, obj: Article) -> str:
        if obj.published_at is None:
            return "—"
        return timezone.localtime(obj.published_at).strftime("%Y-%m-%d %H:%M")

    @admin.display(description=gettext_lazy("cover"))
    def cover_shown(self, obj: Article) -> str:
        return thumbnail(obj.cover, large=True)

    @admin.display(description=gettext_lazy("tags"))
    def tags_shown(self, obj: Article) -> str:
        return "、".join(obj.tag_names) or "—"

    @admin.display(description=gettext_lazy("likes and reads"))
    def counts(self, obj: Article) -> str:
        return f"{obj.like_count} / {obj.read_count}"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        in_force = Restriction.objects.active().filter(article=OuterRef("pk"))
        return super().get_queryset(request).annotate(is_withheld=Exists(in_force))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changes = super().get_changelist_instance(request)
        changes.result_list = changes.result_list.defer("body", "prose", "toc")
        return changes

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Article], search_term: str
    ) -> tuple[QuerySet[Article], bool]:
        """Find titles that hold every word, in whichever script it is typed; or a number."""
        number = search_term.strip()
        if number.isascii() and number.isdigit() and len(number) < 18:
            by_number = queryset.filter(pk=int(number))
            if by_number.exists():
                return by_number, False
        words = fold(search_term).split()
        if search_term.strip() and not words:
            return queryset.none(), False
        for word in words:
            queryset = queryset.filter(folded_title__contains=word)
        return queryset, False

    # --- Permissions --------------------------------------------------------------------------
    def has_publish_permission(self, request: HttpRequest) -> bool:
        return acting(request).has_perm("articles.publish_article")

    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        if obj is not None and obj.status in {Status.PUBLISHED, Status.SCHEDULED}:
            return False
        return super().has_delete_permission(request, obj)

    def get_fieldsets(self, request: HttpRequest, obj: Article | None = None) -> Any:
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        own = self.fieldsets if may else self._read_only
        return own if obj is None else (*own, RELATED_FIELDSET)

    # --- Writing ------------------------------------------------------------------------------
    @method_decorator(with_editor)
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return super().changeform_view(request, *args, **kwargs)

    def write(self, request: HttpRequest, obj: Article, form: Any, *, change: bool) -> None:
        by = acting(request)
        changes = _changes(form, by)
        request.left_out = form.left_out  # type: ignore[attr-defined]
        request.wrote = not change or changes or "tag_line" in form.changed_data  # type: ignore[attr-defined]
        if not change:
            saved = create_article(by, tags=form.tags, **changes)
        elif changes or "tag_line" in form.changed_data:
            saved = revise(obj, by, changes, tags=form.tags)
        else:
            saved = Article.objects.get(pk=obj.pk)
        if "_publish" in form.data:
            saved = publish(saved, by)
        elif "_schedule" in form.data:
            saved = schedule(saved, by, form.cleaned_data["published_at"])
        elif "_withdraw" in form.data:
            saved = unpublish(saved, by)
        settle_row(obj, saved)

    def remove(self, request: HttpRequest, obj: Article) -> None:
        delete_article(obj, acting(request))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = cast(Article | None, kwargs.get("obj"))
        status = obj.status if obj is not None else Status.DRAFT
        may_publish = self.has_publish_permission(request)
        is_public = status in {Status.PUBLISHED, Status.SCHEDULED}
        context |= {
            "status": status,
            "preview_url": self._preview_url(obj),
            "show_publish": may_publish and status != Status.PUBLISHED,
            "show_schedule": may_publish and status != Status.PUBLISHED,
            "show_withdraw": may_publish and is_public,
            "is_visible": obj is not None and Article.objects.visible().filter(pk=obj.pk).exists(),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def _preview_url(self, obj: Article | None) -> str:
        if obj is None or obj.pk is None:
            return reverse("admin:articles_article_preview_new")
        return reverse("admin:articles_article_preview", args=[obj.pk])

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

    # --- Actions of the list ------------------------------------------------------------------
    @admin.action(description=gettext_lazy("Publish now"), permissions=["publish"])
    def publish_chosen(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        self.act(
            request,
            queryset,
            publish,
            lambda n: (
                ngettext("%(n)d article is public.", "%(n)d articles are public.", n) % {"n": n}
            ),
        )

    @admin.action(description=gettext_lazy("Withdraw"), permissions=["publish"])
    def withdraw_chosen(self, request: HttpRequest, queryset: QuerySet[Article]) -> None:
        public = queryset.filter(status__in=[Status.PUBLISHED, Status.SCHEDULED])
        if passed := queryset.count() - public.count():
            text = ngettext(
                "%(n)d article was not public.", "%(n)d articles were not public.", passed
            )
            self.message_user(request, text % {"n": passed}, messages.WARNING)
        self.act(
            request,
            public,
            unpublish,
            lambda n: (
                ngettext("%(n)d article is withdrawn.", "%(n)d articles are withdrawn.", n)
                % {"n": n}
            ),
        )

    # --- Preview and history ------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("preview/", view(desk.preview), name="articles_article_preview_new"),
            path("<int:pk>/preview/", view(desk.preview), name="articles_article_preview"),
            path(
                "<int:pk>/history/<int:revision>/",
                view(desk.preview_revision),
                name="articles_article_revision",
            ),
            path(
                "<int:pk>/history/<int:revision>/restore/",
                view(require_POST(self.restore_view)),
                name="articles_article_restore",
            ),
        ]
        return own + super().get_urls()

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The article's revisions, the newest first: who, when, why; the way back to each."""
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        revisions = obj.history.select_related("history_user").defer("body")
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of “%(title)s”") % {"title": obj.title},
            "object": obj,
            "opts": self.opts,
            "revisions": revisions[:_REVISIONS_SHOWN],
            "may_restore": acting(request).has_perm("articles.restore_article"),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/articles/article/history.html", context)

    def restore_view(self, request: HttpRequest, pk: int, revision: int) -> HttpResponse:
        obj = get_object_or_404(Article, pk=pk)
        try:
            restore_revision(obj, acting(request), revision)
        except obj.history.model.DoesNotExist as error:
            raise Http404 from error
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
        else:
            text = _("The earlier text stands again, as a new revision.")
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(self.change_url(pk))
