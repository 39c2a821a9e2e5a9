from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from articles.services.background import (
    ATTEMPTS,
    prune_tasks,
    reap_tasks,
    retry_failed,
    worker_id,
)

pytestmark = pytest.mark.django_db


def a_task(status: str, **fields: Any) -> DBTaskResult:
    now = timezone.now()
    given = {"run_after": now, "started_at": now, "worker_ids": ["elsewhere"], **fields}
    return DBTaskResult.objects.create(
        status=status,
        args_kwargs={"args": [1], "kwargs": {}},
        task_path="articles.services.related.relate",
        backend_name="default",
        exception_class_path="",
        traceback="",
        **given,
    )


def test_the_task_of_a_killed_worker_is_put_back_at_once(dead_worker: str) -> None:
    task = a_task(TaskResultStatus.RUNNING, worker_ids=[dead_worker])
    assert reap_tasks() == 1
    task.refresh_from_db()
    assert task.status == TaskResultStatus.READY
    assert DBTaskResult.objects.ready().get() == task
    assert reap_tasks() == 0


def test_a_living_worker_keeps_its_task_however_long_it_takes() -> None:
    started = timezone.now() - timedelta(hours=9)
    a_task(TaskResultStatus.RUNNING, worker_ids=[worker_id()], started_at=started)
    assert reap_tasks() == 0


@pytest.mark.parametrize(("minutes", "reaped"), [(14, 0), (16, 1)])
def test_a_worker_of_another_machine_is_given_a_quarter_of_an_hour(
    minutes: int, reaped: int
) -> None:
    a_task(TaskResultStatus.RUNNING, started_at=timezone.now() - timedelta(minutes=minutes))
    assert reap_tasks() == reaped


def test_a_task_that_ends_its_workers_fails_in_the_end(dead_worker: str) -> None:
    task = a_task(TaskResultStatus.RUNNING, worker_ids=[dead_worker] * ATTEMPTS)
    assert reap_tasks() == 1
    task.refresh_from_db()
    assert task.status == TaskResultStatus.FAILED
    assert retry_failed() == 0


def test_a_number_taken_by_another_process_is_not_the_worker() -> None:
    place, pid, started, rest = worker_id().split(":")
    a_task(TaskResultStatus.RUNNING, worker_ids=[f"{place}:{pid}:{int(started) - 1}:{rest}"])
    assert reap_tasks() == 1


@pytest.mark.parametrize(("attempts", "minutes"), [(1, 1), (2, 5), (3, 30), (4, 120)])
def test_a_failed_task_is_tried_again_later_each_time(attempts: int, minutes: int) -> None:
    ended = timezone.now()
    task = a_task(TaskResultStatus.FAILED, worker_ids=["w"] * attempts, finished_at=ended)
    assert retry_failed() == 1
    task.refresh_from_db()
    assert task.status == TaskResultStatus.READY
    assert task.run_after == ended + timedelta(minutes=minutes)
    assert retry_failed() == 0


def test_after_five_attempts_a_task_stays_failed() -> None:
    a_task(TaskResultStatus.FAILED, worker_ids=["w"] * ATTEMPTS, finished_at=timezone.now())
    assert retry_failed() == 0
    assert DBTaskResult.objects.failed().count() == 1


def test_old_results_are_deleted_and_what_is_to_do_stays() -> None:
    week_ago = timezone.now() - timedelta(days=8)
    a_task(TaskResultStatus.SUCCESSFUL, finished_at=week_ago)
    young = a_task(TaskResultStatus.SUCCESSFUL, finished_at=timezone.now())
    failed = a_task(TaskResultStatus.FAILED, finished_at=week_ago)
    ready = a_task(TaskResultStatus.READY)
    assert prune_tasks() == 1
    assert set(DBTaskResult.objects.all()) == {young, failed, ready}
    assert prune_tasks() == 0
