import fcntl
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from post_office import mail
from post_office.models import STATUS, Email

from articles.models import Article, Status
from config.periodic_jobs import JOBS, Job, Schedule, alone
from tests.services import require_or_skip


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_jobs_run_when_they_are_due() -> None:
    clock, done = Clock(), []
    jobs = (Job("often", 5, lambda: done.append("often")), Job("seldom", 60, done.clear))
    schedule = Schedule(jobs, clock)
    schedule.run_due()
    assert done == []
    clock.now = 4.9
    schedule.run_due()
    assert done == []
    assert schedule.seconds_to_next() == pytest.approx(0.1)
    clock.now = 5
    schedule.run_due()
    assert done == ["often"]


def test_a_failing_job_is_logged_stops_no_other_and_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, done = Clock(), []

    def fail() -> None:
        done.append("tried")
        raise ValueError("no such luck")

    schedule = Schedule((Job("bad", 5, fail), Job("good", 60, lambda: done.append("good"))), clock)
    assert schedule.run_due() == 1
    assert done == ["tried", "good"]
    assert "no such luck" in caplog.text
    clock.now = 59
    schedule.run_due()
    assert done == ["tried", "good"]
    clock.now = 60
    schedule.run_due()
    assert done == ["tried", "good", "tried", "good"]


@pytest.mark.django_db
def test_every_job_of_the_site_runs_twice_without_harm(article: Article) -> None:
    assert Schedule().run_due() == 0
    assert Schedule().run_due() == 0
    article.refresh_from_db()
    assert article.status == Status.PUBLISHED
    assert len({job.name for job in JOBS}) == len(JOBS)


@pytest.mark.django_db
def test_owed_mail_is_handed_over_and_stays_readable(settings: Any) -> None:
    mail.send("rita@example.com", "desk@example.com", subject="回执", message="已收到。")
    call_command("periodic")
    kept = Email.objects.get()
    assert kept.status == STATUS.sent
    assert kept.message == "已收到。"


@pytest.mark.django_db
def test_a_failure_is_the_exit_code_of_a_single_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Schedule, "run_due", lambda self: 1)
    with pytest.raises(CommandError):
        call_command("periodic")


@pytest.mark.django_db
def test_only_one_process_works_at_a_time(settings: Any, tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the lock on a file is for SQLite")
    settings.DATA_DIR = tmp_path
    with (tmp_path / "periodic.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with alone() as mine:
            assert mine is False
    with alone() as mine:
        assert mine is True


@pytest.mark.postgresql
@pytest.mark.django_db
def test_only_one_process_works_at_a_time_on_postgresql() -> None:
    require_or_skip("postgresql")
    other = connection.copy()
    try:
        with other.cursor() as cursor, alone() as mine:
            assert mine is True
            from config.periodic_jobs import _LOCK_NUMBER

            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK_NUMBER])
            assert cursor.fetchone() == (False,)
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK_NUMBER])
            assert cursor.fetchone() == (True,)
            with alone() as mine:
                assert mine is False
    finally:
        other.close()
