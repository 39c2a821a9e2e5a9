"""The indexing in the background: a task for what is owed, and a periodic look."""

import time
from collections.abc import Iterable

from django_tasks import task
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from articles.models import SearchDocument, SearchOwed
from articles.search.indexing import index_owed, owe
from articles.search.statistics import refresh_search_statistics
from articles.search.terms import VERSION

# Well below the time after which a task's worker is taken to be lost.
_SECONDS = 300.0
_STALE_AT_ONCE = 500


@task()
def index_waiting_articles() -> None:
    """Let the index follow what is owed, for five minutes at most; the next look goes on with
    the rest. May run twice at once, and be killed."""
    until = time.monotonic() + _SECONDS
    index_owed(lambda: time.monotonic() < until)
    refresh_search_statistics()


def index_soon(article_ids: Iterable[int]) -> None:
    """Owe articles to the index, as `owe` does, and set a worker to it at once instead of within
    a minute. Two statements."""
    owe(article_ids)
    index_waiting_articles.enqueue()


def index_changed_articles() -> bool:
    """Set the indexing to work if anything waits for it, and say whether it does. For the
    periodic command, every minute; what an older method indexed is owed too. Three queries."""
    if not SearchOwed.objects.exists():
        stale = SearchDocument.objects.filter(version__lt=VERSION)
        owe(stale.values_list("article_id", flat=True)[:_STALE_AT_ONCE])
    if not SearchOwed.objects.exists():
        return False
    unfinished = DBTaskResult.objects.filter(
        task_path=index_waiting_articles.module_path,
        status__in=[TaskResultStatus.READY, TaskResultStatus.RUNNING],
    )
    if not unfinished.exists():
        index_waiting_articles.enqueue()
    return True
