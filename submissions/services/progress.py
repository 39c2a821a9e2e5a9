"""How long it takes: a text's place in the queue, and what others have waited."""

from datetime import datetime, timedelta
from statistics import median

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import ngettext

from submissions.models import OPEN_STATES, Happening, Submission, SubmissionEvent

LOOKED_AT = timedelta(days=60)
DECISIONS_AT_LEAST = 5
_TEXTS_AT_MOST = 200
_DECISIONS = (
    Happening.RETURNED, Happening.DECLINED, Happening.SCHEDULED, Happening.PUBLISHED,
)  # fmt: skip


def place_in_queue(submission: Submission) -> int | None:
    """Return how many texts are answered first, this one included; None where it does not wait.
    One count over a partial index that holds what waits."""
    if submission.state not in OPEN_STATES or submission.due_at is None:
        return None
    earlier = Q(due_at__lt=submission.due_at) | Q(due_at=submission.due_at, pk__lt=submission.pk)
    return Submission.objects.waiting().filter(earlier).count() + 1


def in_words(wait: timedelta | None) -> str:
    """Return a time of waiting as people say it: in days from two days on, else in hours."""
    if wait is None:
        return ""
    if wait.days >= 2:
        return ngettext("%(n)d day", "%(n)d days", wait.days) % {"n": wait.days}
    hours = max(1, round(wait / timedelta(hours=1)))
    return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}


def median_wait(now: datetime | None = None) -> timedelta | None:
    """Return the median time from being sent in to an editor's decision, of the decisions of the
    last sixty days; None where there are fewer than five, which would say nothing.

    What the system let through did not wait for anybody and does not count. Two queries, over
    the index of decisions: the last 200 texts that were decided, and their timelines.
    """
    now = now or timezone.now()
    since = now - LOOKED_AT
    decided = Submission.objects.filter(decided_at__gte=since).order_by("-decided_at")
    rows = SubmissionEvent.objects.filter(
        submission__in=list(decided.values_list("pk", flat=True)[:_TEXTS_AT_MOST]),
        happening__in=[Happening.SUBMITTED, *_DECISIONS],
    )
    sent: dict[int, datetime] = {}
    waits: list[timedelta] = []
    for pk, at, happening, actor in rows.order_by("at", "pk").values_list(
        "submission", "at", "happening", "actor"
    ):
        if happening == Happening.SUBMITTED:
            sent[pk] = at
        elif (begun := sent.pop(pk, None)) is not None and actor is not None and at >= since:
            waits.append(at - begun)
    if len(waits) < DECISIONS_AT_LEAST:
        return None
    return timedelta(seconds=median(wait.total_seconds() for wait in waits))
