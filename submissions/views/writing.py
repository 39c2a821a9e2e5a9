"""The pages on which a text is begun, written and sent in; all of them work without script."""

from typing import Any, Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from articles.editor import with_editor
from articles.seo import PageMeta
from submissions.forms import WritingForm
from submissions.models import OPEN_STATES, WRITABLE_STATES, Happening, State, Submission
from submissions.proof import refusal, without_proof
from submissions.services import drafting, submitting
from submissions.services.guards import ChangedMeanwhileError
from submissions.services.progress import in_words, median_wait
from submissions.services.proofs import proof_token, store_proof
from submissions.services.suggesting import suggest_tags
from submissions.views.access import acting, own, to_sign_in

# What was typed when the session had ended is kept in the visitor's new session up to this size.
_KEPT_AT_MOST: Final = 300_000
_KEPT: Final = "submissions.unsaved"


@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: HttpRequest) -> HttpResponse:
    """Say how contributing goes; begin a draft, or go on with one. Three queries."""
    error: ValidationError | None = None
    if not request.user.is_authenticated:
        if request.method == "POST":
            return to_sign_in(request)
        return render(request, "submissions/begin.html", {"meta": _begin_meta()})
    if request.method == "POST":
        try:
            draft = drafting.begin(acting(request))
        except ValidationError as refused:
            error = refused
        else:
            return redirect("submissions:write", draft.pk)
    drafts = Submission.objects.of(request.user).filter(state__in=[State.DRAFT, State.RETURNED])
    context = {
        "meta": _begin_meta(),
        "drafts": drafts.order_by("-updated_at")[:10],
        "error": error,
        "wait": in_words(median_wait()),
    }
    return render(request, "submissions/begin.html", context)


def _begin_meta() -> PageMeta:
    return PageMeta(
        title=_("Contribute"),
        description=_("How to contribute a text, and what becomes of it"),
        path=reverse("submissions:begin"),
    )


@with_editor  # type: ignore[arg-type] # Its type forgets that views have arguments.
@require_http_methods(["GET", "HEAD", "POST"])
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a text of one's own: save it, send it in, change it while it waits.

    Whoever is signed out meanwhile finds what was typed after signing in again. About ten
    queries.
    """
    if not request.user.is_authenticated:
        _keep_typed(request, pk)
        return to_sign_in(request)
    submission = own(request, pk)
    if request.method == "POST" and request.POST.get("do") == "forget":
        request.session.pop(_KEPT, None)
        return redirect("submissions:write", pk)
    if submission.state not in WRITABLE_STATES:
        return redirect("submissions:status", pk)
    if request.method == "POST":
        return _take(request, submission)
    kept = request.session.get(_KEPT)
    if kept and kept["pk"] == pk:
        form = WritingForm.typed(submission, acting(request), kept["fields"])
        form.is_valid()
        return _show(request, submission, form, kept_at=parse_datetime(kept["at"]))
    return _show(request, submission, WritingForm(submission, acting(request)))


def _keep_typed(request: HttpRequest, pk: int) -> None:
    """Keep in the visitor's session what was sent after the session of the account had ended."""
    if request.method != "POST":
        return
    names = WritingForm.base_fields.keys() & request.POST.keys()
    fields = {name: str(request.POST[name]) for name in names}
    if sum(map(len, fields.values())) <= _KEPT_AT_MOST:
        request.session[_KEPT] = {
            "pk": pk, "fields": fields, "at": timezone.now().isoformat(),
        }  # fmt: skip


def _show(
    request: HttpRequest,
    submission: Submission,
    form: WritingForm,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    tags = suggest_tags(submission.title, submission.body, submission.tag_names)
    returned = submission.events.filter(happening=Happening.RETURNED, is_internal=False).last()
    context |= {
        "form": form,
        "submission": submission,
        "meta": PageMeta(title=_("Write"), description="", path=request.path, noindex=True),
        "suggestions": tags,
        "returned": returned if submission.state == State.RETURNED else None,
        "remarks": submission.remarks.filter(sent_at__isnull=False)
        if submission.state == State.RETURNED
        else [],
        "is_waiting": submission.state in OPEN_STATES,
        "has_byline": hasattr(request.user, "contributor"),
        "tags_at_most": submitting.TAGS_AT_MOST,
        "characters_at_least": submitting.CHARACTERS_AT_LEAST,
    }
    return render(request, "submissions/write.html", context, status=status)


def _take(request: HttpRequest, submission: Submission) -> HttpResponse:
    """Save what was sent first, whatever is wrong with it; then send it in if that is asked."""
    form = WritingForm(submission, acting(request), request.POST, request.FILES)
    form.is_valid()
    form.fields["body"].widget.attrs["data-html"] = form.typed_html
    changes = form.changes() | _files(form, submission)
    version = form.cleaned_data.get("version", -1)
    try:
        if submission.state == State.PENDING:
            return _amend(request, submission, form, changes, version)
        saved = drafting.save_draft(submission, acting(request), changes, version=version)
    except ValidationError as error:
        return _collision(request, submission, form, changes, error)
    _describe_cover(form, saved)
    _forget_kept(request, submission.pk)
    if request.POST.get("do") == "submit":
        return _send(request, saved, form)
    if form.errors:
        form.refresh(saved)
        form.show_errors(ValidationError([]))
        return _show(request, saved, form)
    messages.success(request, _("The draft is saved."))
    return redirect("submissions:write", saved.pk)


def _files(form: WritingForm, submission: Submission) -> dict[str, Any]:
    """Take in the files that came along; what is wrong with one is said beside its field."""
    changes: dict[str, Any] = {}
    good = form.cleaned_data
    if upload := good.get("cover_upload"):
        try:
            alt = good.get("cover_alt") or ""
            changes["cover"] = drafting.add_own_picture(form.author, upload, alt=alt)
        except ValidationError as error:
            form.add_error("cover_upload", error)
    if upload := good.get("proof"):
        try:
            changes["proof"], changes["proof_name"] = store_proof(upload)
        except ValidationError as error:
            form.add_error("proof", error)
    return changes


def _describe_cover(form: WritingForm, saved: Submission) -> None:
    cover, alt = saved.cover, form.cleaned_data.get("cover_alt")
    if cover is not None and alt and cover.uploaded_by_id == form.author.pk:
        drafting.describe_own_picture(cover, form.author, alt)


def _send(request: HttpRequest, saved: Submission, form: WritingForm) -> HttpResponse:
    # What was refused at the door (a file, a title too long) is not in the row: to send it in
    # would send something else than what was typed.
    missing = _problems(saved, form) if form.errors else None
    try:
        if missing is not None:
            raise missing
        with transaction.atomic():
            submitting.submit(
                saved,
                acting(request),
                version=saved.version,
                byline=form.cleaned_data.get("byline") or "",
                agreed=form.agrees,
            )
            # Last, so that only what would come in otherwise is counted.
            is_solved = form.cleaned_data.get("riddle", True)
            if not is_solved and not without_proof(request, "submission"):
                raise ValidationError(refusal())
    except ChangedMeanwhileError as error:
        return _collision(request, saved, form, form.changes(), error)
    except ValidationError as error:
        form.refresh(saved)
        form.show_errors(error)
        return _show(request, saved, form)
    messages.success(request, _("Your text has been sent in. This page says what becomes of it."))
    return redirect("submissions:status", saved.pk)


def _problems(saved: Submission, form: WritingForm) -> ValidationError:
    found = submitting.problems(saved)
    return ValidationError({name: found[name] for name in found if name not in form.errors})


def _amend(
    request: HttpRequest,
    submission: Submission,
    form: WritingForm,
    changes: dict[str, Any],
    version: int,
) -> HttpResponse:
    """Change a text that waits; as it is complete, the change must be so too."""
    try:
        if form.errors:
            raise ValidationError([])
        saved = submitting.amend(submission, acting(request), changes, version=version)
    except ChangedMeanwhileError:
        raise
    except ValidationError as error:
        if error.messages and getattr(error, "code", "") == "state":
            raise
        token = ""
        if proof := changes.get("proof"):
            token = proof_token(submission, proof, changes["proof_name"])
        cover = changes.get("cover", submission.cover)
        form.refresh(
            submission,
            cover_key=cover.key if cover else "",
            proof_token=token or form.cleaned_data.get("proof_token") or "",
        )
        form.show_errors(error)
        return _show(request, submission, form)
    _forget_kept(request, submission.pk)
    messages.success(request, _("The change is sent in; your text keeps its place."))
    return redirect("submissions:status", saved.pk)


def _collision(
    request: HttpRequest,
    submission: Submission,
    form: WritingForm,
    changes: dict[str, Any],
    error: ValidationError,
) -> HttpResponse:
    """Another tab was quicker. If it saved the same (a button pressed twice), all is well; else
    show both ways on, with the text that was typed here."""
    current = own(request, submission.pk)
    if not drafting.differs(current, changes):
        _forget_kept(request, submission.pk)
        name = "write" if current.state == State.DRAFT else "status"
        return redirect(f"submissions:{name}", current.pk)
    form.show_errors(ValidationError([]))
    return _show(
        request, current, form, status=409, collision=error.messages[0], collided_at=current
    )


def _forget_kept(request: HttpRequest, pk: int) -> None:
    kept = request.session.get(_KEPT)
    if kept and kept["pk"] == pk:
        del request.session[_KEPT]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether a draft is to be deleted; delete it."""
    submission = own(request, pk)
    if submission.state != State.DRAFT:
        return redirect("submissions:status", pk)
    if request.method == "POST":
        drafting.delete_draft(submission, acting(request))
        messages.success(request, _("The draft is deleted."))
        return redirect("submissions:mine")
    context = {
        "submission": submission,
        "question": _("Delete this draft?"),
        "explanation": _("It is deleted for good. Nobody but you has seen it."),
        "button": _("Delete the draft"),
        "back": reverse("submissions:write", args=[pk]),
        "meta": PageMeta(title=_("Delete a draft"), description="", path="", noindex=True),
    }
    return render(request, "submissions/confirm.html", context)
