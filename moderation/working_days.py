"""Working days of the People's Republic of China, make-up days included.

From the package chinesecalendar, which follows the State Council's yearly notice, and from the
setting WORK_CALENDAR, which corrects it or goes on where its data end. Beyond both, Monday to
Friday are working days; a system check, a line in the log and a note to the staff say so well
before (`running_out`).
"""

import logging
from calendar import monthrange
from datetime import date, datetime, time, timedelta
from functools import cache

import chinese_calendar
from chinese_calendar import constants
from django.conf import settings
from django.utils import timezone

log = logging.getLogger(__name__)
WORK, REST = "work", "rest"
NOTICE = timedelta(days=60)
REMEDY = (
    "upgrade the package chinesecalendar, or name the holidays and make-up days in WORK_CALENDAR. "
    "Deadlines count Monday to Friday beyond."
)


@cache
def data_end() -> date:
    """Return the last day that the package knows: the end of the last year with a notice."""
    years = {day.year for day in constants.holidays} | {day.year for day in constants.workdays}
    return date(max(years), 12, 31)


def known_until() -> date:
    """Return the last day that is known: of the package, or of the last year that WORK_CALENDAR
    names."""
    years = [date.fromisoformat(day).year for day in settings.WORK_CALENDAR]
    return max([data_end(), *(date(year, 12, 31) for year in years)])


def running_out(today: date | None = None) -> date | None:
    """Return the last known day where it is less than NOTICE away or over; None while there is
    more. The State Council announces a year's days in the autumn before."""
    end = known_until()
    return end if end - (today or timezone.localdate()) < NOTICE else None


def warn_of_end() -> None:
    """Write into the log that the days run out. For the periodic command, once a day."""
    if (end := running_out()) is not None:
        log.warning("Working days are known until %s only: %s", end.isoformat(), REMEDY)


def is_working_day(day: date) -> bool:
    """Say whether people work on a day."""
    corrected = settings.WORK_CALENDAR.get(day.isoformat())
    if corrected is not None:
        return bool(corrected == WORK)
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def months_later(at: datetime, months: int) -> datetime:
    """Return the same day and hour some months later, or the last day of a shorter month
    (民法典 202)."""
    local = timezone.localtime(at)
    year, month = divmod(local.month - 1 + months, 12)
    last = monthrange(local.year + year, month + 1)[1]
    naive = local.replace(
        year=local.year + year, month=month + 1, day=min(local.day, last), tzinfo=None
    )
    return timezone.make_aware(naive)


def end_of_working_day(at: datetime, days: int) -> datetime:
    """Return the end (midnight, in the site's time zone) of the `days`-th working day after the
    day of `at`, which does not count itself (民法典 201, 203)."""
    day = timezone.localtime(at).date()
    while days > 0:
        day += timedelta(days=1)
        days -= is_working_day(day)
    midnight = datetime.combine(day + timedelta(days=1), time.min)
    return timezone.make_aware(midnight)
