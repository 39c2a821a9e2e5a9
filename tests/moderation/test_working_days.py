"""Working days of the People's Republic: the State Council's notices of 2024, 2025 and 2026."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from moderation import working_days
from moderation.working_days import (
    data_end,
    end_of_working_day,
    is_working_day,
    known_until,
    months_later,
    running_out,
)


def days(first: str, last: str) -> list[date]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [begin + timedelta(n) for n in range((end - begin).days + 1)]


def moment(text: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(text))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2024-02-10", "2024-02-17"), ("2024-04-04", "2024-04-06"), ("2024-05-01", "2024-05-05"),
        ("2024-06-08", "2024-06-10"), ("2024-09-15", "2024-09-17"), ("2024-10-01", "2024-10-07"),
        ("2025-01-01", "2025-01-01"), ("2025-01-28", "2025-02-04"), ("2025-04-04", "2025-04-06"),
        ("2025-05-01", "2025-05-05"), ("2025-05-31", "2025-06-02"), ("2025-10-01", "2025-10-08"),
        ("2026-01-01", "2026-01-03"), ("2026-02-15", "2026-02-23"), ("2026-04-04", "2026-04-06"),
        ("2026-05-01", "2026-05-05"), ("2026-06-19", "2026-06-21"), ("2026-09-25", "2026-09-27"),
        ("2026-10-01", "2026-10-07"),
    ],
)  # fmt: skip
def test_nobody_works_on_holidays(first: str, last: str) -> None:
    assert not [day for day in days(first, last) if is_working_day(day)]


@pytest.mark.parametrize(
    "day",
    [
        "2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14",
        "2024-09-29", "2024-10-12", "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28",
        "2025-10-11", "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20",
        "2026-10-10",
    ],
)  # fmt: skip
def test_make_up_days_are_worked(day: str) -> None:
    made_up = date.fromisoformat(day)
    assert made_up.weekday() >= 5
    assert is_working_day(made_up)


def test_other_weekends_are_free() -> None:
    assert [is_working_day(day) for day in days("2026-11-20", "2026-11-24")] == [
        True, False, False, True, True,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "count", "end"),
    [
        ("2026-11-23T10:00", 3, "2026-11-27T00:00"),
        ("2026-11-27T23:59", 1, "2026-12-01T00:00"),  # Over a weekend.
        ("2026-11-28T12:00", 1, "2026-12-01T00:00"),  # From a Saturday.
        ("2026-02-13T09:00", 2, "2026-02-25T00:00"),  # The 14th is worked; then Spring Festival.
        ("2026-09-30T18:00", 3, "2026-10-11T00:00"),  # The 10th, a Saturday, is worked.
        ("2026-11-23T00:00", 10, "2026-12-08T00:00"),
    ],
)
def test_terms_end_with_a_working_day(at: str, count: int, end: str) -> None:
    assert end_of_working_day(moment(at), count) == moment(end)


@pytest.mark.parametrize(
    ("at", "months", "end"),
    [
        ("2026-08-31T10:00", 6, "2027-02-28T10:00"),
        ("2027-08-31T10:00", 6, "2028-02-29T10:00"),
        ("2026-01-15T10:00", 6, "2026-07-15T10:00"),
        ("2026-07-15T10:00", 6, "2027-01-15T10:00"),
        ("2026-05-31T10:00", -6, "2025-11-30T10:00"),
        ("2028-02-29T10:00", -36, "2025-02-28T10:00"),
        ("2026-12-31T23:59", 12, "2027-12-31T23:59"),
    ],
)
def test_months_end_on_the_same_day_or_the_last(at: str, months: int, end: str) -> None:
    assert months_later(moment(at), months) == moment(end)


def test_the_setting_corrects_the_calendar(settings: Any) -> None:
    settings.WORK_CALENDAR = {"2026-11-23": "rest", "2026-11-22": "work"}
    assert [is_working_day(day) for day in days("2026-11-21", "2026-11-24")] == [
        False, True, False, True,
    ]  # fmt: skip
    assert end_of_working_day(moment("2026-11-21T10:00"), 2) == moment("2026-11-25T00:00")


def test_beyond_the_data_monday_to_friday_count(settings: Any) -> None:
    beyond = date(data_end().year + 1, 1, 1)
    week = [is_working_day(beyond + timedelta(n)) for n in range(7)]
    assert week == [(beyond + timedelta(n)).weekday() < 5 for n in range(7)]
    settings.WORK_CALENDAR = {beyond.isoformat(): "rest"}
    assert not is_working_day(beyond)


def test_the_setting_goes_on_where_the_data_end(settings: Any, caplog: Any) -> None:
    end = data_end()
    today = end - timedelta(days=30)
    assert running_out(end - timedelta(days=60)) is None
    assert running_out(today) == end
    settings.WORK_CALENDAR = {f"{end.year + 1}-01-01": "rest"}
    assert known_until() == date(end.year + 1, 12, 31)
    assert running_out(today) is None


def test_the_log_says_when_it_runs_out(monkeypatch: Any, caplog: Any) -> None:
    monkeypatch.setattr(working_days, "running_out", lambda: date(2026, 12, 31))
    working_days.warn_of_end()
    assert "2026-12-31" in caplog.text
