"""Moments as the pages and letters of a case show them: local time with the day of the week."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _


def moment(at: datetime | None) -> str:
    """Return a moment: 2026年11月25日（星期三）19:02."""
    if at is None:
        return ""
    return date_format(timezone.localtime(at), _("D, j M Y, H:i"))


def deadline(at: datetime | None) -> str:
    """Return the end of a term. One that ends at midnight is called by the day that it closes,
    2026年11月25日（星期三）24:00, as people count days."""
    if at is None:
        return ""
    local = timezone.localtime(at)
    if (local.hour, local.minute) != (0, 0):
        return moment(at)
    return _("%(day)s, 24:00") % {"day": day(local - timedelta(minutes=1))}


def day(at: datetime | None) -> str:
    """Return the day of a moment: 2026年11月25日（星期三）."""
    if at is None:
        return ""
    return date_format(timezone.localtime(at), _("D, j M Y"))
