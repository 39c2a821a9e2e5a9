"""The queue: what waits for the moderators, the gravest first, an article a line."""

import csv
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from articles.desk import ModelAdmin, acting, plain_cell
from moderation.admin import case, entry
from moderation.admin.listing import SHOWS, NarrowForm, clock_of, read_narrowing, row_views, rows_of
from moderation.models import Case
from moderation.services.queue import next_of, waiting_for

PER_PAGE = 50
EXPORTED_AT_MOST = 5000


@admin.register(Case)
class CaseAdmin(ModelAdmin[Case]):
    """Nothing is written here but through services: a state is never edited, nothing is deleted."""

    # --- Permissions --------------------------------------------------------------------------
    def has_view_permission(self, request: HttpRequest, obj: Case | None = None) -> bool:
        return acting(request).has_perm("moderation.handle_case")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_change_permission(self, request: HttpRequest, obj: Case | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Case | None = None) -> bool:
        return False

    # --- Pages --------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        view, site = self.admin_site.admin_view, self.admin_site
        return [
            path("", view(require_GET(self.queue_view)), name="moderation_case_changelist"),
            path("next/", view(require_POST(self.next_view)), name="moderation_case_next"),
            path("export/", view(require_GET(self.export_view)), name="moderation_case_export"),
            path("add/", view(entry.EntryView.as_view(site=site)), name="moderation_case_add"),
            path(
                "<int:pk>/change/",
                view(case.CaseView.as_view(site=site)),
                name="moderation_case_change",
            ),
            path(
                "<int:pk>/complete/",
                view(entry.CompleteView.as_view(site=site)),
                name="moderation_case_complete",
            ),
            path(
                "<int:pk>/evidence/<int:number>/",
                view(case.evidence),
                name="moderation_case_evidence",
            ),
        ]

    def _require(self, request: HttpRequest) -> None:
        if not self.has_view_permission(request):
            raise PermissionDenied

    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """About ten queries, however many cases there are."""
        self._require(request)
        by = acting(request)
        chosen = read_narrowing(request.GET)
        page = Paginator(rows_of(chosen, by), PER_PAGE).get_page(request.GET.get("p"))
        waiting = waiting_for(by)
        counts = {
            "waiting": waiting.open, "overdue": waiting.overdue, "urgent": waiting.urgent,
            "proposals": waiting.proposals, "post": waiting.to_post,
            "undeliverable": waiting.undeliverable,
        }  # fmt: skip
        query = request.GET.copy()
        query.pop("p", None)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Queue of cases"),
            "opts": self.opts,
            "chosen": chosen,
            "form": NarrowForm(initial=vars(chosen)),
            "shows": [(name, label, counts.get(name)) for name, label in SHOWS.items()],
            "page": page,
            "rows": row_views(list(page.object_list), by),
            "query": query.urlencode(),
        }
        return TemplateResponse(request, "admin/moderation/case/queue.html", context)

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """Open the case whose turn it is. It is taken there, with the word that one has no
        interest in it."""
        self._require(request)
        row = next_of(acting(request))
        if row is None:
            self.message_user(request, _("Nothing waits for you."), messages.INFO)
            return HttpResponseRedirect(reverse("admin:moderation_case_changelist"))
        return HttpResponseRedirect(case.address(row))

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """The queue as it is narrowed, as CSV: nothing personal, and no cell a formula."""
        self._require(request)
        response = HttpResponse(content_type="text/csv; charset=utf-8")
        name = f"cases-{timezone.localdate():%Y-%m-%d}.csv"
        response["Content-Disposition"] = f'attachment; filename="{name}"'
        response["Cache-Control"] = "private, no-store"
        response.write("\ufeff")  # So that spreadsheets read it as UTF-8.
        writer = csv.writer(response)
        writer.writerow(_heads())
        rows = rows_of(read_narrowing(request.GET), acting(request))
        for item in rows[:EXPORTED_AT_MOST]:
            writer.writerow([plain_cell(value) for value in _cells(item)])
        return response


def _heads() -> list[str]:
    return [
        _("number"), _("kind"), _("state"), _("received"), _("due"), _("clock"), _("article"),
        _("title"), _("taken by"),
    ]  # fmt: skip


def _cells(item: Any) -> list[Any]:
    row = item.case
    due = timezone.localtime(item.due_at).isoformat(timespec="minutes") if item.due_at else ""
    return [
        row.number,
        row.get_kind_display(),
        item.get_state_display(),
        timezone.localtime(row.received_at).isoformat(timespec="minutes"),
        due,
        clock_of(item).word,
        item.article_id,
        item.article.title,
        str(row.claimed_by) if row.is_claimed else "",
    ]
