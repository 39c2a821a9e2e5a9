"""The timeline of a submission, and what its author is told."""

from django.db import transaction

from articles.models import User
from submissions.models import Happening, Notice, Submission, SubmissionEvent
from submissions.services.mail import owe_mail

# What the author did not do and therefore is told of.
TOLD = frozenset(
    {
        Happening.OPENED, Happening.HELD, Happening.RETURNED, Happening.EDITED,
        Happening.ACCEPTED, Happening.SCHEDULED, Happening.PUBLISHED, Happening.DECLINED,
    }
)  # fmt: skip
# Told by mail as well, and a receipt of one's own sending.
MAILED = frozenset(
    {
        Happening.SUBMITTED, Happening.RETURNED, Happening.SCHEDULED, Happening.PUBLISHED,
        Happening.DECLINED, Happening.ARTICLE_WITHDRAWN,
    }
)  # fmt: skip


def record(
    submission: Submission,
    happening: Happening,
    by: User | None,
    *,
    note: str = "",
    internal: bool = False,
) -> SubmissionEvent:
    """Add a line to the timeline; owe its author the notice and the mail that go with it.

    Must run in the transaction of the change itself, so that neither is without the other.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("A timeline is written in the transaction of its change.")
    event = SubmissionEvent.objects.create(
        submission=submission,
        happening=happening,
        actor=by,
        version=submission.version,
        note=note,
        is_internal=internal,
    )
    if not internal and submission.account is not None:
        if happening in TOLD:
            Notice.objects.create(
                account=submission.account, submission=submission, happening=happening, text=note
            )
        if happening in MAILED:
            owe_mail(submission, happening, note)
    return event
