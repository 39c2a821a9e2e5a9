"""Wrong settings of the procedure are told at the start."""

from datetime import date
from typing import Any

import pytest
import time_machine
from django.core import checks
from django.core.checks import run_checks

from moderation.working_days import data_end


def told() -> list[str]:
    return [found.id for found in run_checks() if str(found.id).startswith("moderation.")]


@pytest.fixture(autouse=True)
def _summer() -> Any:
    """A day on which the working days are known for long."""
    with time_machine.travel(date(data_end().year, 6, 1), tick=False):
        yield


def test_the_defaults_are_right() -> None:
    assert told() == []


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("COUNTER_NOTICE_MODE", "waiting", "moderation.E001"),
        ("COUNTER_NOTICE_MODE", "", "moderation.E001"),
        ("COUNTER_NOTICE_MODE", "us", None),
        ("COUNTER_NOTICE_MODE", "immediate", None),
        ("SECOND_PERSON", ["takedowns"], "moderation.E002"),
        ("SECOND_PERSON", ["takedown", "restoration", "disclosure"], None),
        ("WAIT_DAYS", 0, "moderation.E003"),
        ("PERSONAL_RETENTION_YEARS", -1, "moderation.E003"),
    ],
)
def test_settings(settings: Any, name: str, value: Any, expected: str | None) -> None:
    settings.MODERATION = {**settings.MODERATION, name: value}
    assert told() == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("calendar", "expected"),
    [
        ({"2027-01-01": "rest", "2027-01-03": "work"}, []),
        ({"2027-01-01": "holiday"}, ["moderation.E004"]),
        ({"2027-1-1": "rest"}, ["moderation.E004"]),
        ({"20270101": "rest"}, ["moderation.E004"]),
        ({"2027-02-30": "rest"}, ["moderation.E004"]),
    ],
)
def test_the_calendar(settings: Any, calendar: dict[str, str], expected: list[str]) -> None:
    settings.WORK_CALENDAR = calendar
    assert told() == expected


@pytest.mark.parametrize(
    ("month", "day", "expected"),
    [(11, 1, []), (11, 2, ["moderation.I001"]), (12, 31, ["moderation.I001"])],
)
def test_the_end_of_the_calendar_is_told_sixty_days_before(
    month: int, day: int, expected: list[str]
) -> None:
    with time_machine.travel(date(data_end().year, month, day), tick=False):
        assert told() == expected


def test_the_end_of_the_calendar_stops_no_deployment() -> None:
    with time_machine.travel(date(data_end().year + 1, 3, 1), tick=False):
        assert told() == ["moderation.I001"]
        serious = [found.id for found in run_checks() if found.level >= checks.WARNING]
        assert not [name for name in serious if str(name).startswith("moderation.")]
