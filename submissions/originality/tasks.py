"""The indexing in the background: a periodic look, and a task where there is something to do."""

import time

from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from submissions.models import IndexedText
from submissions.originality.fingerprints import VERSION
from submissions.originality.indexing import catch_up, progress_of, refresh_stale, unread
from submissions.originality.sources import SOURCES

# Well below the time after which a task's worker is taken to be lost.
_SECONDS = 300.0
_STALE_AT_ONCE = 50


@task()
def index_waiting_texts() -> None:
    """Index what waits, for five minutes at most; the next look goes on with the rest.

    May run twice at once, and be killed: nothing is done twice, nothing is left out.
    """
    until = time.monotonic() + _SECONDS
    for source in SOURCES:
        catch_up(source, go_on=lambda: time.monotonic() < until)
    while time.monotonic() < until and refresh_stale(_STALE_AT_ONCE):
        pass


def index_changed_texts() -> bool:
    """Set the indexing to work if anything waits for it, and say whether it does.

    For the periodic command, every minute. A few queries over what was changed in the last ten
    minutes; nothing is set to work while it is at work.
    """
    if not _anything_waits():
        return False
    unfinished = DBTaskResult.objects.filter(
        task_path=index_waiting_texts.module_path,
        status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING],
    )
    if not unfinished.exists():
        index_waiting_texts.enqueue()
    return True


def _anything_waits() -> bool:
    if IndexedText.objects.filter(version__lt=VERSION).exists():
        return True
    for source in SOURCES:
        after: int | None = progress_of(source)
        while after is not None:
            wanted, after = unread(source, after)
            if wanted:
                return True
    return False
