"""What is wrong with the settings of the procedure, said at the start."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from moderation.policy import DISCLOSURE, IMMEDIATE, RESTORATION, TAKEDOWN, US, WAIT, get_policy
from moderation.working_days import REMEDY, REST, WORK, running_out

_MODES = (WAIT, IMMEDIATE, US)
_SECOND = (TAKEDOWN, RESTORATION, DISCLOSURE)


@register
def check_counter_notice_mode(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    mode = settings.MODERATION["COUNTER_NOTICE_MODE"]
    if mode in _MODES:
        return []
    return [
        Error(
            f"COUNTER_NOTICE_MODE is {mode!r}.",
            hint=f"Use one of: {', '.join(_MODES)}.",
            id="moderation.E001",
        )
    ]


@register
def check_second_person(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    unknown = [name for name in get_policy().second_person if name not in _SECOND]
    if not unknown:
        return []
    return [
        Error(
            f"MODERATION_SECOND_PERSON names {', '.join(map(repr, unknown))}.",
            hint=f"Use any of: {', '.join(_SECOND)}.",
            id="moderation.E002",
        )
    ]


@register
def check_durations(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    return [
        Error(
            f"MODERATION_{name} is {value}: a duration or a number of times is at least 1.",
            hint="Correct it, or leave it out for the default.",
            id="moderation.E003",
        )
        for name, value in settings.MODERATION.items()
        if isinstance(value, int) and value < 1
    ]


@register
def check_work_calendar(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    wrong = [
        f"{day}={kind}"
        for day, kind in settings.WORK_CALENDAR.items()
        if kind not in {WORK, REST} or not _is_day(day)
    ]
    if wrong:
        return [
            Error(
                f"WORK_CALENDAR says {', '.join(wrong)}.",
                hint="Write days as 2027-01-01=rest,2027-01-02=work.",
                id="moderation.E004",
            )
        ]
    end = running_out()
    if end is None:
        return []
    # No warning: it comes with the autumn of every year, and must stop no deployment.
    return [
        checks.Info(
            f"Working days are known until {end.isoformat()} only.",
            hint=f"{REMEDY[0].upper()}{REMEDY[1:]}",
            id="moderation.I001",
        )
    ]


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
