"""What went wrong behind the scenes and waits for somebody to look: mail, background work,
pictures, notices to engines, purges of a CDN."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from post_office.models import STATUS, Email

from articles.models import EnginePush, Picture, User
from articles.services.permissions import require
from articles.services.purging import purge_again

# Mail that failed longer ago is no news; what waits longer is late.
_NEWS = timedelta(days=7)
_LATE = timedelta(minutes=30)
_UNFINISHED = timedelta(minutes=10)
# Only so many of the newest pictures are looked through for unfinished ones.
_NEWEST = 2000
RETRY = "articles.change_sitesettings"


@dataclass(frozen=True)
class Mail:
    """How many mails failed in seven days, and how many wait although their time has come."""

    failed: int
    late: int


def failing_mail() -> Mail:
    """Count the mail that does not arrive. One query, by the index of the states."""
    now = timezone.now()
    is_failed = Q(status=STATUS.failed, created__gte=now - _NEWS)
    waits = Q(status__in=[STATUS.queued, STATUS.requeued], created__lt=now - _LATE)
    due = Q(scheduled_time=None) | Q(scheduled_time__lt=now - _LATE)
    rows = Email.objects.filter(is_failed | (waits & due)).order_by()
    states = Counter(rows.values_list("status", flat=True))
    return Mail(failed=states.pop(STATUS.failed, 0), late=states.total())


def failed_tasks() -> dict[str, int]:
    """Return the path of each task that failed for good → how often. One query."""
    return dict(Counter(DBTaskResult.objects.failed().values_list("task_path", flat=True)))


@transaction.atomic
def try_again(by: User | None) -> int:
    """Put every failed task back in the queue for one more attempt, and send what a CDN refused
    anew, which counts as one; return how many. Raises PermissionDenied. Tasks are safe to repeat.
    One query; with a CDN two."""
    require(by, RETRY)
    now = timezone.now()
    failed = DBTaskResult.objects.failed()
    retried = failed.update(status=TaskResultStatus.READY, run_after=now, finished_at=None)
    return retried + bool(purge_again())


def unfinished_pictures() -> int:
    """Count the newest pictures that have had no renditions for ten minutes. One query."""
    newest = Picture.objects.order_by("-pk").values("pk")[:_NEWEST]
    before = timezone.now() - _UNFINISHED
    return Picture.objects.filter(pk__in=newest, renditions=[], created_at__lt=before).count()


def failed_pushes() -> int:
    """Count the notices that no engine took. One query, over a month's notices."""
    return EnginePush.objects.filter(state=EnginePush.State.FAILED).count()
