"""The queue: what waits for the editors, the oldest promise first."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from articles.desk import ModelAdmin, acting, badge, reasons
from articles.models import AiLabel
from submissions.admin import review
from submissions.admin.filters import (
    ClaimFilter,
    OriginalityFilter,
    StateFilter,
    TrustFilter,
)
from submissions.models import OPEN_STATES, State, Submission, SubmissionVersion
from submissions.services.queue import COPY, LEVELS, SIMILAR, claim_next, readable, with_findings

BADGES = {
    State.PENDING: "wait",
    State.HELD: "no",
    State.RETURNED: "fix",
    State.ACCEPTED: "live",
    State.PUBLISHED: "live",
    State.DECLINED: "no",
}


@admin.register(Submission)
class SubmissionAdmin(ModelAdmin[Submission]):
    """Nothing is written here but through services; the form of a row is the review page."""

    list_display = ("sent_title", "due", "state_badge", "originality", "declared")
    list_display_links = ("sent_title",)
    list_filter = (
        StateFilter, ClaimFilter, OriginalityFilter, TrustFilter, "origin",
        ("category", admin.RelatedOnlyFieldListFilter),
    )  # fmt: skip
    list_select_related = ("contributor", "contributor__standing", "claimed_by")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("title",)
    search_help_text = gettext_lazy("Words of the title, or the number of a submission.")
    ordering = ("due_at", "id")
    actions = None
    change_list_template = "admin/submissions/submission/change_list.html"

    # --- Columns ------------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("title"))
    def sent_title(self, obj: Submission) -> SafeString:
        title = getattr(obj, "sent_title", "") or str(obj)
        return format_html("{}<br><small>{}</small>", title, self._byline(obj))

    def _byline(self, obj: Submission) -> SafeString | str:
        if obj.contributor is None:
            return "—"
        standing = getattr(obj.contributor, "standing", None)
        if standing is None or not (standing.accepted or standing.declined or standing.strikes):
            return format_html("{} {}", obj.contributor, badge("", _("new")))
        if standing.strikes:
            return format_html("{} {}", obj.contributor, badge("no", _("strikes")))
        if standing.is_trusted:
            return format_html("{} {}", obj.contributor, badge("live", _("trusted")))
        return str(obj.contributor)

    @admin.display(description=gettext_lazy("state"), ordering="state")
    def state_badge(self, obj: Submission) -> SafeString:
        shown = badge(BADGES.get(State(obj.state), ""), obj.get_state_display())
        if obj.for_chief:
            shown = format_html("{} {}", shown, badge("fix", _("For a chief editor")))
        if obj.proposes_change:
            shown = format_html("{} {}", shown, badge("", _("Change of an article")))
        if obj.is_claimed:
            taken = _("with %(name)s") % {"name": obj.claimed_by}
            shown = format_html('{}<br><small class="quiet">{}</small>', shown, taken)
        return shown

    @admin.display(description=gettext_lazy("answer promised by"), ordering="due_at")
    def due(self, obj: Submission) -> SafeString | str:
        if obj.due_at is None or obj.submitted_at is None:
            return "—"
        since = timezone.localtime(obj.submitted_at).strftime("%m-%d %H:%M")
        if obj.state not in OPEN_STATES:
            return _("sent in %(when)s") % {"when": since}
        when = timezone.localtime(obj.due_at).strftime("%m-%d %H:%M")
        mark = badge("no", _("Overdue")) if obj.is_overdue else ""
        sent = _("sent in %(when)s") % {"when": since}
        return format_html('{} {}<br><small class="quiet">{}</small>', when, mark, sent)

    @admin.display(description=gettext_lazy("originality"), ordering="overlap_rank")
    def originality(self, obj: Submission) -> SafeString | str:
        if not getattr(obj, "is_examined", False):
            return _("being checked…") if obj.state in OPEN_STATES else "—"
        rank = getattr(obj, "overlap_rank", None)
        if rank is None:
            return _("Nothing found")
        kind = {COPY: "no", SIMILAR: "fix"}.get(rank, "")
        percent = round(getattr(obj, "overlap_containment", 0) * 100)
        return format_html("{} {}%", badge(kind, LEVELS[rank]), percent)

    @admin.display(description=gettext_lazy("origin and AI"), ordering="origin")
    def declared(self, obj: Submission) -> SafeString:
        kinds = {AiLabel.GENERATED: "no", AiLabel.ASSISTED: "fix"}
        labels = (
            (_("Text: %(label)s"), AiLabel(obj.ai_text)),
            (_("Pictures: %(label)s"), AiLabel(obj.ai_images)),
        )
        badges = [
            (badge(kinds[label], said % {"label": label.label}),)
            for said, label in labels
            if label in kinds
        ]
        return format_html("{} {}", obj.get_origin_display(), format_html_join(" ", "{}", badges))

    # --- What is in it ------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest) -> QuerySet[Submission]:
        rows = readable(acting(request)).order_by(*self.ordering)
        return with_findings(rows).defer("body", "note")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Submission], search_term: str
    ) -> tuple[QuerySet[Submission], bool]:
        """Find titles as they were sent in that hold every word, or a number."""
        number = search_term.strip()
        if number.isascii() and number.isdigit() and len(number) < 18:
            by_number = queryset.filter(pk=int(number))
            if by_number.exists():
                return by_number, False
        for word in search_term.split():
            versions = SubmissionVersion.objects.filter(
                submission=OuterRef("pk"), title__icontains=word
            )
            queryset = queryset.filter(Exists(versions))
        return queryset, False

    # --- Permissions --------------------------------------------------------------------------
    def has_view_permission(self, request: HttpRequest, obj: Submission | None = None) -> bool:
        return acting(request).has_perm("submissions.review_submission")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Submission | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Submission | None = None) -> bool:
        return False

    # --- Pages --------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("next/", view(require_POST(self.next_view)), name="submissions_submission_next"),
            path(
                "<int:pk>/edit/",
                view(review.EditView.as_view(site=self.admin_site)),
                name="submissions_submission_edit",
            ),
            path("<int:pk>/proof/", view(review.proof), name="submissions_submission_proof"),
            path(
                "<int:pk>/change/",
                view(review.ReviewView.as_view(site=self.admin_site)),
                name="submissions_submission_change",
            ),
            path(
                "",
                view(self.changelist_view),
                name="submissions_submission_changelist",
            ),
        ]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"title": _("Review queue"), **(extra_context or {})}
        return super().changelist_view(request, context)

    def next_view(self, request: HttpRequest) -> HttpResponse:
        """Take the submission whose turn it is, and open it."""
        try:
            row = claim_next(acting(request))
        except PermissionDenied:
            raise
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
            row = None
        else:
            if row is None:
                self.message_user(request, _("Nothing waits for you."), messages.INFO)
        if row is None:
            return HttpResponseRedirect(reverse("admin:submissions_submission_changelist"))
        return HttpResponseRedirect(reverse("admin:submissions_submission_change", args=[row.pk]))
