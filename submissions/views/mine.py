"""What a contributor sees of their own texts."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from articles.models import Article, User
from articles.seo import PageMeta
from submissions.models import OPEN_STATES, Happening, State, Submission, SubmissionEvent
from submissions.services import drafting, submitting
from submissions.services.notices import latest
from submissions.services.progress import in_words, median_wait, place_in_queue
from submissions.services.reading import editors_changes, last_sent, with_remarks
from submissions.services.reviewing import AUTHOR_REFERENCE
from submissions.views.access import acting, own

PER_PAGE = 10
NOTICES_SHOWN = 3
BADGES = {
    State.PENDING: "wait", State.HELD: "wait", State.RETURNED: "fix", State.ACCEPTED: "wait",
    State.PUBLISHED: "live", State.DECLINED: "no", State.WITHDRAWN: "",
}  # fmt: skip
_UNDER_WAY = (State.DRAFT, State.PENDING, State.HELD, State.RETURNED, State.ACCEPTED)


@dataclass(frozen=True)
class Step:
    """A station on a submission's way, as the list shows it."""

    label: str
    at: datetime | None = None
    is_now: bool = False


@dataclass(frozen=True)
class Work:
    """A submission as the list shows it."""

    submission: Submission
    badge: str
    steps: list[Step]
    answer: SubmissionEvent | None = None


def _steps(row: Submission) -> list[Step]:
    """Return the stations that were passed and those that are next; no query."""
    passed = [(State.DRAFT, row.created_at)]
    if row.submitted_at is not None:
        passed.append((State.PENDING, row.submitted_at))
    if row.state not in {State.DRAFT, State.PENDING}:
        passed.append((State(row.state), row.decided_at or row.updated_at))
    last = len(passed) - 1
    steps = [Step(str(s.label), at, number == last) for number, (s, at) in enumerate(passed)]
    if row.state == State.DRAFT:
        steps.append(Step(str(State.PENDING.label)))
    if row.state in _UNDER_WAY:
        steps.append(Step(str(State.PUBLISHED.label)))
    return steps


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """One's own texts, the last changed first, or those of one state. Six queries, seven with
    the site, whatever their number."""
    rows = Submission.objects.of(request.user)
    counts = dict(rows.values_list("state").annotate(n=Count("pk")).order_by())
    chosen = request.GET.get("state", "")
    if chosen and chosen not in State.values:
        raise Http404
    shown = rows.filter(state=chosen) if chosen else rows
    paginator = Paginator(shown.select_related("article").order_by("-updated_at", "-pk"), PER_PAGE)
    try:
        page = paginator.page(request.GET.get("page", "1"))
    except (EmptyPage, PageNotAnInteger) as error:
        raise Http404 from error
    answers = _answers([row.pk for row in page])
    works = [
        Work(row, BADGES.get(State(row.state), ""), _steps(row), answers.get(row.pk))
        for row in page
    ]
    context = {
        "meta": _meta(_("My texts"), "/me/"),
        "works": works,
        "notices": [line for line in latest(acting(request), NOTICES_SHOWN) if line.is_unread],
        "page": page,
        "chosen": chosen,
        "total": sum(counts.values()),
        "filters": [(s.value, s.label, counts[s.value]) for s in State if s.value in counts],
    }
    return render(request, "submissions/mine.html", context)


def _meta(title: str, path: str) -> PageMeta:
    return PageMeta(title=title, description="", path=path, noindex=True)


def _answers(numbers: list[int]) -> dict[int, SubmissionEvent]:
    """Return the last answer of an editor to each of these submissions, if it is the last thing
    that was decided. One query."""
    events = SubmissionEvent.objects.filter(
        submission__in=numbers,
        submission__state__in=[State.RETURNED, State.DECLINED],
        happening__in=[Happening.RETURNED, Happening.DECLINED],
        is_internal=False,
    )
    return {event.submission_id: event for event in events if event.note}


@login_required
@require_safe
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """All there is to know of a text of one's own. About fifteen queries."""
    submission = own(request, pk)
    sent = last_sent(submission)
    remarks = submission.remarks.filter(sent_at__isnull=False)
    title, body = (sent.title, sent.body) if sent else (submission.title, submission.body)
    blocks, general = with_remarks(body, remarks)
    waits = submission.state in OPEN_STATES
    context = {
        "meta": _meta(str(submission), submission.get_absolute_url()),
        "submission": submission,
        "badge": BADGES.get(State(submission.state), ""),
        "events": submission.events.filter(is_internal=False),
        "answer": _answers([submission.pk]).get(submission.pk),
        "is_under_way": submission.state in _UNDER_WAY,
        "sent": sent,
        "title": title,
        "blocks": blocks,
        "general": general,
        "has_remarks": bool(general) or any(block.remarks for block in blocks),
        "difference": editors_changes(submission),
        "place": place_in_queue(submission),
        "wait": in_words(median_wait()) if waits else "",
        "receipt": submission.receipts.first(),
        **_article(submission),
    }
    return render(request, "submissions/status.html", context)


def _article(submission: Submission) -> dict[str, Any]:
    """Return what became of the article that a submission became. Two queries at most."""
    article = submission.article
    if article is None:
        return {"article": None}
    measures = article.restrictions.filter(reference=AUTHOR_REFERENCE, lifted_at__isnull=True)
    return {
        "article": article,
        "is_visible": Article.objects.visible().filter(pk=article.pk).exists(),
        "is_taken_back": measures.exists(),
    }


@login_required
@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The rights receipt of a version (`?version=`, else the last) as a file. Two queries."""
    submission = own(request, pk)
    receipts = submission.receipts.all()
    version = request.GET.get("version", "")
    if version:
        if not (version.isascii() and version.isdigit() and len(version) < 10):
            raise Http404
        receipts = receipts.filter(version=int(version))
    found = receipts.first()
    if found is None:
        raise Http404
    data = {"payload": found.payload, "signature": found.signature}
    text = json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True)
    response = HttpResponse(text + "\n", content_type="application/json; charset=utf-8")
    name = f"receipt-{submission.pk}-{found.version}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


# --- What a contributor does with a text that was sent in ----------------------------------
@dataclass(frozen=True)
class Deed:
    """A step that is asked about first."""

    service: Callable[[Submission, User], Any]
    states: tuple[State, ...]
    question: str | Promise
    explanation: str | Promise
    button: str | Promise
    done: str | Promise


_WITHDRAW = Deed(
    submitting.withdraw,
    (State.PENDING, State.HELD, State.RETURNED),
    gettext_lazy("Take this text back?"),
    gettext_lazy(
        "It leaves the queue, and the editors no longer read it. You can begin a new draft with "
        "it later; that one then waits from the end of the queue."
    ),
    gettext_lazy("Take it back"),
    gettext_lazy("You have taken the text back."),
)
_WITHDRAW_ARTICLE = Deed(
    submitting.withdraw_article,
    (State.PUBLISHED, State.ACCEPTED),
    gettext_lazy("Take this article back?"),
    gettext_lazy(
        "From the next request on its address answers that the page is gone (410), and lists and "
        "search no longer show it. The record keeps that it was published and taken back. You "
        "cannot undo this yourself."
    ),
    gettext_lazy("Take the article back"),
    gettext_lazy("The article is taken back."),
)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether a text is to be taken back before it is decided; take it back."""
    return _confirmed(request, pk, _WITHDRAW)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw_article(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether one's own article is to be taken back; take it back."""
    return _confirmed(request, pk, _WITHDRAW_ARTICLE)


def _confirmed(request: HttpRequest, pk: int, deed: Deed) -> HttpResponse:
    submission = own(request, pk)
    if request.method == "POST":
        try:
            deed.service(submission, acting(request))
        except ValidationError as error:
            messages.error(request, error.messages[0])
        else:
            messages.success(request, str(deed.done))
        return redirect("submissions:status", pk)
    if submission.state not in deed.states:
        return redirect("submissions:status", pk)
    context = {
        "submission": submission,
        "question": deed.question,
        "explanation": deed.explanation,
        "button": deed.button,
        "back": submission.get_absolute_url(),
        "meta": _meta(str(deed.question), request.path),
    }
    return render(request, "submissions/confirm.html", context)


@login_required
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Begin a new draft with a text that was declined or taken back."""
    submission = own(request, pk)
    return _begun(request, submission, lambda: drafting.begin_again(submission, acting(request)))


@login_required
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose a change to one's own published article."""
    submission = own(request, pk)
    article = submission.article
    if article is None or not Article.objects.visible().filter(pk=article.pk).exists():
        messages.error(request, _("There is no public article to change."))
        return redirect("submissions:status", pk)
    try:
        return _begun(
            request, submission, lambda: drafting.begin(acting(request), change_of=article)
        )
    except PermissionDenied as error:
        raise Http404 from error


def _begun(
    request: HttpRequest, submission: Submission, begin: Callable[[], Submission]
) -> HttpResponse:
    try:
        draft = begin()
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("submissions:status", submission.pk)
    return redirect("submissions:write", draft.pk)
