"""What is done again and again, and how often. Each app offers services; they meet here.

Every job may run twice, and twice at once, without harm, except the handing over of mail:
`alone` lets one loop of a site work at a time.
"""

import fcntl
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from post_office.mail import get_queued, send_queued

from articles.search import index_changed_articles, refresh_search_statistics
from articles.services.background import prune_tasks, reap_tasks, retry_failed
from articles.services.engagement import refresh_hot
from articles.services.names import refresh_search_names
from articles.services.pictures import place_all_files
from articles.services.publishing import publish_due
from articles.services.purging import prune_purges, purge_due
from articles.services.pushing import prune_pushes, push_due
from articles.services.redirects import prune_missing
from articles.services.searches import prune_searches
from articles.services.trash import purge_trash
from articles.services.typing import prune_typing
from moderation.services.conduct import expire_strikes
from moderation.services.erasure import retain
from moderation.services.evidence import drop_stale
from moderation.services.figures import publish_due_reports
from moderation.services.heads import sign_head
from moderation.services.timeouts import (
    act_on_deadlines,
    announce_unreachable,
    settle_letters,
    watch_passages,
)
from moderation.working_days import warn_of_end
from submissions.originality import index_changed_texts
from submissions.services.mail import erase_farewells
from submissions.services.reviewing import settle_published

log = logging.getLogger(__name__)
_AFTER_FAILURE = 60.0
_LOCK_NUMBER = 0x746F7567616F  # Any number, the same in all processes of a site.

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass(frozen=True)
class Job:
    """Something to do every so many seconds."""

    name: str
    every: float
    run: Callable[[], Any]


def send_mail() -> None:
    """Hand over the mail that is owed; what fails is tried again later by post_office."""
    while get_queued().exists():
        send_queued()


def clear_sessions() -> None:
    call_command("clearsessions")


JOBS: tuple[Job, ...] = (
    Job("mail", 5.0, send_mail),
    # Not oftener: the smallest plan of Cloudflare allows five requests a minute.
    Job("purge_due", 15.0, purge_due),
    Job("publish_due", MINUTE, publish_due),
    Job("settle_published", MINUTE, settle_published),
    Job("place_all_files", MINUTE, place_all_files),
    Job("index_changed_articles", MINUTE, index_changed_articles),
    Job("index_changed_texts", MINUTE, index_changed_texts),
    Job("push_due", MINUTE, push_due),
    Job("reap_tasks", MINUTE, reap_tasks),
    Job("retry_failed", MINUTE, retry_failed),
    # What arrived or could not be delivered comes before the terms that run from it.
    Job("settle_letters", MINUTE, settle_letters),
    Job("announce_unreachable", MINUTE, announce_unreachable),
    Job("act_on_deadlines", MINUTE, act_on_deadlines),
    Job("watch_passages", MINUTE, watch_passages),
    Job("expire_strikes", 10 * MINUTE, expire_strikes),
    Job("drop_stale_evidence", 10 * MINUTE, drop_stale),
    # After what has just expired, so that it is erased at once.
    Job("retain", 10 * MINUTE, retain),
    Job("sign_head", 10 * MINUTE, sign_head),
    Job("publish_reports", 10 * MINUTE, publish_due_reports),
    Job("warn_of_calendar", DAY, warn_of_end),
    Job("refresh_hot", 10 * MINUTE, refresh_hot),
    Job("refresh_search_statistics", 10 * MINUTE, refresh_search_statistics),
    Job("refresh_search_names", 10 * MINUTE, refresh_search_names),
    Job("erase_farewells", 10 * MINUTE, erase_farewells),
    Job("clear_sessions", DAY, clear_sessions),
    Job("purge_trash", DAY, purge_trash),
    Job("prune_typing", HOUR, prune_typing),
    Job("prune_tasks", DAY, prune_tasks),
    Job("prune_searches", DAY, prune_searches),
    Job("prune_pushes", DAY, prune_pushes),
    Job("prune_purges", HOUR, prune_purges),
    Job("prune_missing", DAY, prune_missing),
)


class Schedule:
    """Which job is due when. Everything is due at the start."""

    def __init__(
        self, jobs: tuple[Job, ...] = JOBS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._jobs, self._clock = jobs, clock
        self._due = {job.name: clock() for job in jobs}

    def run_due(self) -> int:
        """Run the jobs that are due and return how many failed. A failure is logged, stops no
        other job, and is tried again at its next turn, but in a minute at least and in an hour
        at most."""
        failures = 0
        for job in self._jobs:
            if self._clock() < self._due[job.name]:
                continue
            pause = job.every
            try:
                job.run()
            except Exception:
                log.exception("The job %s failed.", job.name)
                failures += 1
                pause = max(_AFTER_FAILURE, min(job.every, HOUR))
            self._due[job.name] = self._clock() + pause
        return failures

    def seconds_to_next(self) -> float:
        return max(0.0, min(self._due.values()) - self._clock())


@contextmanager
def alone() -> Iterator[bool]:
    """Say whether this process is the one that works now; the others stand by.

    An advisory lock on PostgreSQL, a lock on a file of the data folder elsewhere. Both end
    with the process that holds them.
    """
    if connection.vendor == "postgresql":
        yield from _alone_on_postgresql()
    else:
        yield from _alone_on_this_machine()


def _alone_on_postgresql() -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK_NUMBER])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held and connection.connection is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK_NUMBER])


def _alone_on_this_machine() -> Iterator[bool]:
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / "periodic.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True
