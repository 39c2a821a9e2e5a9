"""The list of articles on the desk: its columns, its window, its search."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from taggit.models import Tag

from articles.admin.article_filters import FILTERS
from articles.admin.bounded_list import (
    BoundedChangeList,
    BoundedPaginator,
    capped_counts,
    ordered,
)
from articles.desk import ServiceAdmin, acting
from articles.folding import fold
from articles.models import Article, Contributor, Restriction, Status
from articles.services.desk_search import found_on_desk

_BADGES = {
    Status.DRAFT: "",
    Status.SCHEDULED: "wait",
    Status.PUBLISHED: "live",
    Status.UNPUBLISHED: "fix",
}
_NAMES_SUGGESTED = 10


class ListMixin(ServiceAdmin[Article]):
    list_display = (
        "title", "state", "category", "contributor", "in_charge", "due", "date", "changed",
        "read_count",
    )  # fmt: skip
    list_filter = FILTERS
    list_max_show_all = 200
    sortable_by = ("due", "date", "changed", "read_count")
    # Not looked through by Django: see get_search_results.
    search_fields = ("title",)
    search_help_text = gettext_lazy(
        "Words of the title, a tag, a byline; or the number or public address of an article."
    )
    paginator = BoundedPaginator

    # --- The columns --------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("status"))
    def state(self, obj: Article) -> SafeString:
        badge = format_html(
            '<span class="badge {}">{}</span>',
            _BADGES.get(Status(obj.status), ""),
            obj.get_status_display(),
        )
        if getattr(obj, "is_withheld", False):
            return format_html('{} <span class="badge no">{}</span>', badge, _("Restricted"))
        return badge

    @admin.display(description=gettext_lazy("in charge"))
    def in_charge(self, obj: Article) -> str:
        return str(obj.assignee) if obj.assignee is not None else "—"

    @admin.display(description=gettext_lazy("due"), ordering="due_on")
    def due(self, obj: Article) -> SafeString | str:
        if obj.due_on is None:
            return "—"
        is_open = obj.status not in {Status.PUBLISHED, Status.SCHEDULED}
        if is_open and obj.due_on < timezone.localdate():
            return format_html(
                '<span class="badge no">{} {}</span>', obj.due_on.isoformat(), _("overdue")
            )
        return obj.due_on.isoformat()

    @admin.display(description=gettext_lazy("date"), ordering="public_at")
    def date(self, obj: Article) -> str:
        if obj.published_at is None:
            return "—"
        return timezone.localtime(obj.published_at).strftime("%Y-%m-%d %H:%M")

    @admin.display(description=gettext_lazy("changed"), ordering="updated_at")
    def changed(self, obj: Article) -> str:
        return timezone.localtime(obj.updated_at).strftime("%Y-%m-%d %H:%M")

    # --- The rows -----------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        return super().get_queryset(request).filter(trashed_at__isnull=True)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[BoundedChangeList]:
        return BoundedChangeList

    def rows_of(self, numbers: list[int]) -> list[Article]:
        """Return what the list shows of articles, in the order of their numbers. One query."""
        in_force = Restriction.objects.active().filter(article=OuterRef("pk"))
        rows = Article.objects.annotate(is_withheld=Exists(in_force)).select_related(
            "category", "contributor", "assignee"
        )
        fields = (
            "title", "status", "published_at", "updated_at", "due_on", "read_count",
            "category__name", "contributor__name", "assignee__name", "assignee__email",
        )  # fmt: skip
        return ordered(rows.only(*fields), numbers)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Article], search_term: str
    ) -> tuple[QuerySet[Article], bool]:
        return found_on_desk(queryset, search_term), False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        context = {"status_counts": self._status_counts, **(extra_context or {})}
        return super().changelist_view(request, context)

    def _status_counts(self) -> list[tuple[str, Any, str]]:
        """Return the statuses with how many articles each has, up to 1,000. One query."""
        counts = capped_counts(Article.objects.on_desk().filter(status=status) for status in Status)
        return [
            (status.value, status.label, count)
            for status, count in zip(Status, counts, strict=True)
        ]

    # --- Names while they are typed -----------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.names_view)
        return [
            path("names/<slug:kind>/", view, name="articles_article_names"),
            *super().get_urls(),
        ]

    def names_view(self, request: HttpRequest, kind: str) -> JsonResponse:
        """Names of tags or bylines that have in them what is typed, ten at most. One query."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        typed = request.GET.get("q", "").strip()[:60]
        folded = fold(typed).replace(" ", "")
        if not folded:
            return JsonResponse({"names": []})
        if kind == "tag":
            rows = Tag.objects.filter(name__icontains=typed).order_by("name")
        else:
            rows = Contributor.objects.filter(folded_name__contains=folded).order_by("name")
        names = list(rows.values_list("name", flat=True)[:_NAMES_SUGGESTED])
        return JsonResponse({"names": names})

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return acting(request).has_perm("articles.publish_article")
