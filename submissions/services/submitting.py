"""Sending a text in, changing it while it waits, and taking it back."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.html import text_of
from articles.models import Article, Origin, Restriction, Scope, Status, User
from articles.services.restrictions import restrict
from submissions.models import (
    OPEN_STATES,
    Happening,
    State,
    Submission,
    SubmissionVersion,
    Terms,
)
from submissions.services.bylines import check_name, ensure_byline
from submissions.services.drafting import apply, foreign_pictures
from submissions.services.examining import examine
from submissions.services.guards import (
    lock,
    require_author,
    require_not_suspended,
    require_state,
    require_version,
)
from submissions.services.pictures import link_pictures
from submissions.services.receipts import issue
from submissions.services.reviewing import AUTHOR_REFERENCE
from submissions.services.timeline import record

CHARACTERS_AT_LEAST = 100
CHARACTERS_AT_MOST = 50_000
TAGS_AT_MOST = 5
TAG_CHARACTERS_AT_MOST = 20


def current_terms() -> Terms | None:
    """Return the terms in force; None where the site has not written any. One query."""
    return Terms.objects.order_by("-number").first()


def problems(submission: Submission) -> dict[str, str]:
    """Return what still keeps a text from being sent in: field → what to do about it."""
    found = _problems_of_text(submission) | _problems_of_origin(submission)
    if submission.category_id is None:
        found["category"] = _("Choose the category in which it belongs.")
    if len(submission.tag_names) > TAGS_AT_MOST:
        found["tag_line"] = _("At most %(n)d tags.") % {"n": TAGS_AT_MOST}
    elif any(len(tag) > TAG_CHARACTERS_AT_MOST for tag in submission.tag_names):
        found["tag_line"] = _("A tag has at most %(n)d characters.") % {"n": TAG_CHARACTERS_AT_MOST}
    if not submission.ai_text:
        found["ai_text"] = _("Say whether AI took part in the text.")
    if not submission.ai_images:
        found["ai_images"] = _("Say whether AI took part in the pictures.")
    return found


def _problems_of_text(submission: Submission) -> dict[str, str]:
    found: dict[str, str] = {}
    length = len("".join(text_of(submission.body).split()))
    if not submission.title.strip():
        found["title"] = _("Give your text a title.")
    if length < CHARACTERS_AT_LEAST:
        found["body"] = _("The text has %(n)d characters; at least %(least)d are needed.") % {
            "n": length, "least": CHARACTERS_AT_LEAST,
        }  # fmt: skip
    elif length > CHARACTERS_AT_MOST:
        found["body"] = _("The text has %(n)d characters; at most %(most)d are possible.") % {
            "n": length, "most": CHARACTERS_AT_MOST,
        }  # fmt: skip
    return found


def _problems_of_origin(submission: Submission) -> dict[str, str]:
    found: dict[str, str] = {}
    if submission.origin == Origin.ORIGINAL and not submission.is_declared_original:
        found["is_declared_original"] = _("Declare that you wrote the text yourself.")
    if submission.source_url and not _is_web_address(submission.source_url):
        found["source_url"] = _("This is no address of a web page. It begins with https://.")
    if submission.origin in {Origin.REPRINTED, Origin.LICENSED}:
        if not submission.source_name:
            found["source_name"] = _("Name the source: the author, the publication or the site.")
        if not submission.source_url:
            found["source_url"] = _("Name the address of the source.")
        if not submission.proof:
            found["proof"] = _("Add a proof that you may hand the text on.")
    return found


def _is_web_address(address: str) -> bool:
    try:
        URLValidator(schemes=["http", "https"])(address)
    except ValidationError:
        return False
    return True


@transaction.atomic
def submit(
    submission: Submission, by: User, *, version: int, byline: str = "", agreed: bool = False
) -> Submission:
    """Send a draft or a returned text in, and return it: it waits for review from now on.

    Makes the account's byline with the first one, keeps the version as it was sent, issues the
    receipt, owes the check of originality. Sending twice sends once. Raises PermissionDenied;
    ChangedMeanwhileError; ValidationError with what is still missing, field by field.
    """
    locked = lock(submission)
    require_author(locked, by)
    require_not_suspended(by)
    if locked.state in OPEN_STATES and locked.version == version:
        return locked
    require_state(locked, [State.DRAFT, State.RETURNED])
    require_version(locked, version)
    terms = current_terms()
    _require_complete(locked, by, byline, agreed=agreed)
    locked.contributor = ensure_byline(by, byline)
    locked.terms = terms
    now = timezone.now()
    locked.submitted_at = locked.submitted_at or now
    locked.due_at = answer_due(now)
    locked.state = State.PENDING
    locked.decided_at = None
    _keep_version(locked)
    record(locked, Happening.SUBMITTED, by)
    return locked


def _require_complete(submission: Submission, by: User, byline: str, *, agreed: bool) -> None:
    errors = problems(submission)
    if not hasattr(by, "contributor"):
        try:
            check_name(byline, by)
        except ValidationError as error:
            errors["byline"] = error.messages[0]
    if not agreed:
        errors["agreed"] = _("Agree to the terms; without that we may not publish your text.")
    if foreign_pictures(submission, by) and not submission.proposes_change:
        errors["body"] = _("The text shows a picture that you did not upload. Remove it.")
    if errors:
        raise ValidationError(errors)


def answer_due(start: datetime) -> datetime:
    """Return when an answer is promised: REVIEW_DAYS weekdays later, at the same hour."""
    due, left = start, settings.REVIEW_DAYS
    while left:
        due += timedelta(days=1)
        if timezone.localtime(due).weekday() < 5:
            left -= 1
    return due


def _keep_version(submission: Submission) -> None:
    """Save the row with a new version, keep that version and its receipt, owe its examination."""
    submission.version += 1
    submission.updated_at = timezone.now()
    submission.save()
    SubmissionVersion.objects.create(
        submission=submission,
        number=submission.version,
        title=submission.title,
        body=submission.body,
        fields={
            "category": submission.category.name if submission.category else "",
            "tags": submission.tag_names,
            "origin": submission.origin,
            "source_name": submission.source_name,
            "source_url": submission.source_url,
            "ai_text": submission.ai_text,
            "ai_images": submission.ai_images,
            "cover": submission.cover_id,
            "proof": submission.proof,
            "proof_name": submission.proof_name,
        },
    )
    link_pictures(submission)
    issue(submission)
    examine.enqueue(submission.pk, submission.version)


@transaction.atomic
def amend(
    submission: Submission, by: User, changes: Mapping[str, Any], *, version: int
) -> Submission:
    """Change a text that waits for review. It keeps its place; an editor who has it open cannot
    decide on the old version. Raises PermissionDenied, ChangedMeanwhileError, ValidationError."""
    locked = lock(submission)
    require_author(locked, by)
    require_state(locked, OPEN_STATES)
    require_version(locked, version)
    if not apply(locked, changes):
        return locked
    _require_complete(locked, by, "", agreed=True)
    _keep_version(locked)
    record(locked, Happening.CHANGED, by)
    return locked


@transaction.atomic
def withdraw(submission: Submission, by: User) -> Submission:
    """Take a text back before it is published; it can be sent in again as a new one. Raises
    PermissionDenied, ValidationError."""
    locked = lock(submission)
    require_author(locked, by)
    require_state(locked, [State.PENDING, State.HELD, State.RETURNED])
    locked.state = State.WITHDRAWN
    locked.decided_at = timezone.now()
    locked.claimed_by = locked.claimed_until = None
    locked.updated_at = timezone.now()
    locked.save()
    record(locked, Happening.WITHDRAWN, by)
    return locked


@transaction.atomic
def withdraw_article(submission: Submission, by: User) -> Restriction:
    """Take one's own published article back: its address answers 410 from the next request on,
    its place in the record stays. Doing it twice does it once. Raises PermissionDenied,
    ValidationError."""
    locked = lock(submission)
    require_author(locked, by)
    require_state(locked, [State.PUBLISHED, State.ACCEPTED])
    article: Article | None = locked.article
    if article is None or article.status not in {Status.PUBLISHED, Status.SCHEDULED}:
        raise ValidationError(_("There is no public article to take back."))
    present = article.restrictions.filter(
        reference=AUTHOR_REFERENCE, lifted_at__isnull=True
    ).first()
    if present is not None:
        return present
    measure = restrict(article, None, Scope.WHOLE, reference=AUTHOR_REFERENCE, http_status=410)
    record(locked, Happening.ARTICLE_WITHDRAWN, by)
    return measure
