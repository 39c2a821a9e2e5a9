"""What the writing page's script asks for: saving while one writes, and pictures."""

from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from submissions.forms import WritingForm
from submissions.models import State, Submission
from submissions.services.drafting import add_own_picture, differs, save_draft
from submissions.services.guards import ChangedMeanwhileError
from submissions.services.proofs import open_proof
from submissions.services.suggesting import suggest_tags
from submissions.views.access import acting


@require_POST
def save(request: HttpRequest, pk: int) -> JsonResponse:
    """Save a draft while it is written, and say which version that made.

    200 {version, at, suggestions}; 401 {error, login} where the session has ended; 404 for
    another's draft; 409 {error, version, at, message} where another tab was quicker or the text
    is no draft any more; 422 {error, message} for what cannot be saved. About eight queries.
    """
    if not request.user.is_authenticated:
        back = urlencode({"next": reverse("submissions:write", args=[pk])})
        login = f"{reverse('account_login')}?{back}"
        return _refused(401, "signed_out", _("You are signed out."), login=login)
    rows = Submission.objects.of(request.user).select_related("cover")
    submission = rows.filter(pk=pk).first()
    if submission is None:
        return _refused(404, "gone", _("This draft is not there any more."))
    form = WritingForm(submission, acting(request), request.POST)
    form.is_valid()
    for name in ("version", "body"):
        if name in form.errors:
            return _refused(422, "invalid", str(form.errors[name][0]))
    changes = form.changes()
    try:
        saved = save_draft(
            submission, acting(request), changes, version=form.cleaned_data["version"]
        )
    except ValidationError as error:
        current = Submission.objects.get(pk=pk)
        if current.state not in {State.DRAFT, State.RETURNED} or differs(current, changes):
            return _collision(current, error)
        saved = current
    return _saved(saved)


def _saved(saved: Submission) -> JsonResponse:
    suggestions = suggest_tags(saved.title, saved.body, saved.tag_names)
    return JsonResponse({"version": saved.version, "at": _clock(saved), "suggestions": suggestions})


def _collision(current: Submission, error: ValidationError) -> JsonResponse:
    kind = "changed" if isinstance(error, ChangedMeanwhileError) else "state"
    return _refused(
        409, kind, error.messages[0], version=current.version, at=_clock(current),
    )  # fmt: skip


def _clock(submission: Submission) -> str:
    return timezone.localtime(submission.updated_at).strftime("%H:%M")


def _refused(status: int, error: str, message: str, **more: Any) -> JsonResponse:
    return JsonResponse({"error": error, "message": message, **more}, status=status)


@require_POST
def picture(request: HttpRequest) -> JsonResponse:
    """Take a picture of a contributor's, for the text (CKEditor's protocol) or as a cover."""
    if not request.user.is_authenticated:
        return _not_taken(_("You are signed out. Sign in again in another tab."), status=401)
    upload = request.FILES.get("upload")
    if upload is None:
        return _not_taken(_("No file arrived."))
    try:
        taken = add_own_picture(acting(request), upload, alt=request.POST.get("alt", "")[:300])
    except ValidationError as error:
        return _not_taken(" ".join(error.messages))
    return JsonResponse({"uploaded": 1, "fileName": taken.name, "url": taken.url, "key": taken.key})


def _not_taken(message: str, status: int = 200) -> JsonResponse:
    return JsonResponse({"uploaded": 0, "error": {"message": message}}, status=status)


@require_safe
def proof(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The proof of a licence, as a download, for its author and for reviewers; 404 for others."""
    if not request.user.is_authenticated:
        raise Http404
    submission = get_object_or_404(Submission, pk=pk)
    try:
        file, media_type = open_proof(submission, acting(request))
    except (PermissionDenied, FileNotFoundError) as error:
        raise Http404 from error
    return FileResponse(
        file, as_attachment=True, filename=submission.proof_name, content_type=media_type
    )
