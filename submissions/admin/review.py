"""The review page: one submission with all that is known of it, and the decision on it."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET
from django.views.generic import View

from articles.desk import acting
from articles.editor import with_editor
from articles.models import User
from submissions.admin.actions import ACTIONS, Action, accepted
from submissions.admin.dossier import open_dossier
from submissions.admin.forms import ActionForm, EditForm
from submissions.models import OPEN_STATES, Happening, State, Submission
from submissions.services.guards import ChangedMeanwhileError, require_review
from submissions.services.mail import preview
from submissions.services.proofs import open_proof
from submissions.services.queue import next_of
from submissions.services.reviewing import accept

# What is offered on a page of its own, with the editor, is not among the forms of the page.
_OFFERED = (
    "accept", "schedule", "return", "decline", "ask", "hold", "release_hold", "remark",
)  # fmt: skip
_STATES = {
    State.PENDING: "wait",
    State.HELD: "no",
    State.RETURNED: "fix",
    State.ACCEPTED: "live",
    State.PUBLISHED: "live",
    State.DECLINED: "no",
}


def for_review(request: HttpRequest, pk: int) -> Submission:
    """Return a submission that somebody may read as a reviewer. What was never sent in is not
    there (404); one's own text is for others to review (403)."""
    by = acting(request)
    require_review(by)
    rows = Submission.objects.select_related(
        "contributor", "account", "category", "cover", "article", "terms", "claimed_by"
    )
    row = get_object_or_404(
        rows.filter(submitted_at__isnull=False).exclude(state=State.DRAFT), pk=pk
    )
    if row.account_id == by.pk:
        raise PermissionDenied("submissions: one's own text")
    return row


def may_decide(row: Submission, by: User) -> bool:
    """Say whether the buttons are offered: it is open, no colleague has it, and it is not before
    a chief editor or one asks."""
    is_taken = row.is_claimed and row.claimed_by_id != by.pk
    for_others = row.for_chief and not by.has_perm("submissions.decide_escalated")
    return row.state in OPEN_STATES and not is_taken and not for_others


class ReviewView(View):
    """Reading changes nothing and tells the author nothing: an editor takes a submission with a
    button, or by deciding on it."""

    site = cast(AdminSite, None)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, for_review(request, pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = for_review(request, pk)
        name = request.POST.get("action", "")
        action = ACTIONS.get(name)
        if action is None:
            raise Http404
        form = action.form(request.POST, prefix=name)
        if form.is_valid():
            try:
                said = action.run(row, acting(request), form.cleaned_data)
            except ChangedMeanwhileError:
                return self._page(request, for_review(request, pk), {name: form}, changed=True)
            except ValidationError as error:
                form.refuse(error)
            else:
                return self._done(request, row, action, said)
        return self._page(request, for_review(request, pk), {name: form})

    def _done(
        self, request: HttpRequest, row: Submission, action: Action, said: str
    ) -> HttpResponse:
        if not action.is_decision:
            messages.success(request, said)
            return HttpResponseRedirect(address(row))
        return decided(request, row, said)

    def _page(
        self,
        request: HttpRequest,
        row: Submission,
        bound: dict[str, ActionForm] | None = None,
        *,
        changed: bool = False,
    ) -> HttpResponse:
        by = acting(request)
        bound = bound or {}
        dossier = open_dossier(row, by)
        unbound = {name: ACTIONS[name].form(prefix=name) for name in _OFFERED if name not in bound}
        context = {
            **self.site.each_context(request),
            "title": dossier.shown.title,
            "opts": Submission._meta,
            "dossier": dossier,
            "row": row,
            "badge": _STATES.get(State(row.state), ""),
            "forms": {**unbound, **bound},
            "failed": next(iter(bound), ""),
            "failed_form": next(iter(bound.values()), None),
            "was_changed": changed,
            "may_decide": may_decide(row, by),
            "is_mine": row.is_claimed and row.claimed_by_id == by.pk,
            "mail": _preview(row) if may_decide(row, by) else "",
            "next": next_of(by, row),
        }
        return TemplateResponse(request, "admin/submissions/submission/review.html", context)


def _preview(row: Submission) -> str:
    """Return the mail of a refusal as its author would get it, with a mark for the reason."""
    if row.account is None:
        return ""
    subject, message = preview(row, Happening.DECLINED, note=_("[your reason]"))
    return f"{subject}\n\n{message}"


def address(row: Submission) -> str:
    return reverse("admin:submissions_submission_change", args=[row.pk])


def decided(request: HttpRequest, row: Submission, said: str) -> HttpResponse:
    """Say what happened, and lead on to whose turn it is."""
    after = next_of(acting(request), row)
    link = _("Nothing else waits for you.")
    if after is not None:
        go_on = _("Next: “%(title)s”") % {"title": after.title}
        link = format_html('<a href="{}">{}</a>', address(after), go_on)
    messages.success(request, format_html("{} {}", said, link))
    return HttpResponseRedirect(reverse("admin:submissions_submission_changelist"))


@method_decorator(with_editor, name="dispatch")
class EditView(View):
    """Edit and accept, on a page of its own: the editor needs scripts within the page, which the
    page that shows a stranger's text does not allow."""

    site = cast(AdminSite, None)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = for_review(request, pk)
        if not may_decide(row, acting(request)):
            return HttpResponseRedirect(address(row))
        return self._page(request, row, EditForm.of(row))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = for_review(request, pk)
        form = EditForm(request.POST)
        if form.is_valid():
            data = form.cleaned_data
            is_later = request.POST.get("action") == "schedule"
            try:
                if is_later and data["at"] is None:
                    raise ValidationError({"at": _("Say when it is to appear.")})
                done = accept(
                    row,
                    acting(request),
                    version=data["version"],
                    changes=form.changes(),
                    at=data["at"] if is_later else None,
                    note=data["note"].strip(),
                    article_seen=data["article_seen"],
                )
            except ValidationError as error:
                form.refuse(error)
            else:
                return decided(request, row, accepted(done))
        return self._page(request, row, form)

    def _page(self, request: HttpRequest, row: Submission, form: EditForm) -> HttpResponse:
        changed = any(e.code == "changed" for e in form.non_field_errors().as_data())
        context: dict[str, Any] = {
            **self.site.each_context(request),
            "title": _("Edit and accept: %(title)s") % {"title": row.title},
            "opts": Submission._meta,
            "row": row,
            "form": form,
            "media": form.media,
            "was_changed": changed,
        }
        return TemplateResponse(request, "admin/submissions/submission/edit.html", context)


@require_GET
def proof(request: HttpRequest, pk: int) -> FileResponse:
    """Hand a reviewer the proof of a licence, to be saved: never shown within the site."""
    row = for_review(request, pk)
    try:
        file, media_type = open_proof(row, acting(request))
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(
        file, as_attachment=True, filename=row.proof_name, content_type=media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
