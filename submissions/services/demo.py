"""What only the demo content needs: dates of the past, and removal."""

from datetime import datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import transaction

from articles.models import Article, User
from submissions.models import Submission, TextKind
from submissions.originality import forget
from submissions.services.submitting import answer_due


@transaction.atomic
def date_back(submission: Submission, by: User | None, sent_at: datetime) -> None:
    """Make a submission one of the demo, sent in at a moment of the past. Raises
    PermissionDenied."""
    _require_operator(by)
    row = Submission.objects.select_for_update().get(pk=submission.pk)
    if row.submitted_at is None:
        raise ValueError(f"Submission {row.pk} was never sent in.")
    ago = row.submitted_at - sent_at
    row.submitted_at, row.due_at = sent_at, answer_due(sent_at)
    row.created_at = sent_at - timedelta(hours=2)
    row.updated_at = row.updated_at - ago
    if row.decided_at is not None:
        row.decided_at = sent_at + timedelta(days=1)
    row.is_demo = True
    row.save()
    for number, event in enumerate(row.events.all()):
        event.at = sent_at + timedelta(hours=number - 1)
        event.save(update_fields=["at"])
    row.versions.update(sent_at=sent_at)
    row.receipts.update(issued_at=sent_at)


@transaction.atomic
def delete_demo_submission(submission: Submission, by: User | None) -> None:
    """Delete a submission of the demo with all that hangs on it, its place in the index of texts
    too. Raises PermissionDenied."""
    _require_operator(by)
    row = Submission.objects.select_for_update().get(pk=submission.pk)
    row.receipts.all().delete()
    forget(TextKind.SUBMISSION, row.pk)
    row.delete()


@transaction.atomic
def forget_demo_articles(by: User | None) -> None:
    """Take the demo's articles out of the index of texts: what a site's own people write is not
    compared with a demo that is gone. Raises PermissionDenied."""
    _require_operator(by)
    for number in Article.objects.filter(is_demo=True).values_list("pk", flat=True):
        forget(TextKind.ARTICLE, number)


def _require_operator(by: User | None) -> None:
    if by is not None and not by.is_superuser:
        raise PermissionDenied("submissions: not the operator")
