"""What django-tasks leaves open: lost tasks, failed tasks, old results.

All of it may run twice at once: every change is conditional on the row being as it was read.
A task may be run more than once, so tasks are written to be safe to repeat.
"""

import hashlib
import os
import platform
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import get_random_string
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

ATTEMPTS = 5
_SEEN_LAST = timedelta(minutes=15)
_KEEP_SUCCESSFUL = timedelta(days=7)
_KEEP_FAILED = timedelta(days=30)
# How long a task rests after its first, second … failure.
_PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
_LOST = "articles.services.background.WorkerLost"


def worker_id() -> str:
    """Return this process's name as a worker: the machine it runs on, and itself there."""
    pid = os.getpid()
    return f"{_place()}:{pid}:{_started(pid)}:{get_random_string(8)}"


def _place() -> str:
    """Name where process numbers mean what they mean here: this boot, this container."""
    parts = [platform.node()]
    boot = Path("/proc/sys/kernel/random/boot_id")
    namespace = Path("/proc/self/ns/pid")
    if boot.exists():
        parts.append(boot.read_text().strip())
    if namespace.is_symlink():
        parts.append(str(namespace.readlink()))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]


def _started(pid: int) -> str:
    """Return when a process started, which tells it from a later one of its number; '' where
    it does not run, '?' where the system does not tell."""
    if not Path("/proc/self/stat").exists():
        return "?" if _runs(pid) else ""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return ""
    # The name stands in brackets and may hold anything; the state comes right after it.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] in "ZX" else fields[19]


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_gone(worker: str, started_at: datetime | None, now: datetime) -> bool:
    """Say whether a worker can no longer end its task.

    Of a process of this machine that is known. Of any other only the time tells: a task that
    has run for 15 minutes is taken to be lost.
    """
    place, _, process = worker.partition(":")
    if process and place == _place():
        pid, started, _random = process.split(":")
        return _started(int(pid)) != started
    return started_at is None or started_at < now - _SEEN_LAST


@transaction.atomic
def reap_tasks() -> int:
    """Put the running tasks of workers that are gone back in the queue; return how many.

    One that has lost its worker five times fails: it may be what ends them. One query, and
    one for each lost task.
    """
    now = timezone.now()
    reaped = 0
    for row in DBTaskResult.objects.running():
        worker = row.worker_ids[-1] if row.worker_ids else ""
        if not _is_gone(worker, row.started_at, now):
            continue
        still = DBTaskResult.objects.running().filter(pk=row.pk, started_at=row.started_at)
        if len(row.worker_ids) < ATTEMPTS:
            reaped += still.update(status=TaskResultStatus.READY, run_after=now)
        else:
            reaped += still.update(
                status=TaskResultStatus.FAILED,
                finished_at=now,
                exception_class_path=_LOST,
                traceback=f"The worker ended {ATTEMPTS} times while it did this task.",
            )
    return reaped


@transaction.atomic
def retry_failed() -> int:
    """Put failed tasks back in the queue, later each time; return how many.

    After the fifth attempt a task stays failed, where the admin shows it. One query over the
    failed tasks, and one for each that is put back.
    """
    now = timezone.now()
    retried = 0
    rows = DBTaskResult.objects.failed().values_list("pk", "worker_ids", "finished_at")
    for pk, workers, finished_at in rows:
        attempts = max(1, len(workers))
        if attempts >= ATTEMPTS or finished_at is None:
            continue
        still = DBTaskResult.objects.failed().filter(pk=pk, finished_at=finished_at)
        due = max(now, finished_at + _PAUSES[attempts - 1])
        retried += still.update(status=TaskResultStatus.READY, run_after=due, finished_at=None)
    return retried


@transaction.atomic
def prune_tasks() -> int:
    """Delete results older than a week, failed ones after 30 days; return how many."""
    now = timezone.now()
    successful = DBTaskResult.objects.successful().filter(finished_at__lt=now - _KEEP_SUCCESSFUL)
    failed = DBTaskResult.objects.failed().filter(finished_at__lt=now - _KEEP_FAILED)
    return successful.delete()[0] + failed.delete()[0]
