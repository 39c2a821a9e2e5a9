"""The list of articles on the desk: its columns, filters, search and actions."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.desk import ServiceAdmin, acting
from articles.folding import fold
from articles.models import Article, Restriction, Status
from articles.services.publishing import publish, unpublish

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


class ListMixin(ServiceAdmin[Article]):
    list_display = (
        "title", "state", "category", "contributor", "date", "like_count", "read_count",
    )  # fmt: skip
    list_filter = ("status", WithheldFilter, "origin", "ai_label", "category")
    list_select_related = ("category", "contributor")
    search_fields = ("title",)
    search_help_text = gettext_lazy("Words of the title, or the number of an article.")
    actions = ("publish_chosen", "withdraw_chosen")

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

    def get_queryset(self, request: HttpRequest) -> QuerySet[Article]:
        in_force = Restriction.objects.active().filter(article=OuterRef("pk"))
        rows = super().get_queryset(request).filter(trashed_at__isnull=True)
        return rows.annotate(is_withheld=Exists(in_force))

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

    def has_publish_permission(self, request: HttpRequest) -> bool:
        return acting(request).has_perm("articles.publish_article")
