"""Small things that templates of the public pages need."""

from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from django import template
from django.conf import settings
from django.utils import timezone

register = template.Library()
_DIGITS = "〇一二三四五六七八九"
_MONTHS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")


@register.filter
def han_month(moment: datetime | date | None) -> str:
    """Return the month as it stands on the spine of a book: 二〇二六年十一月."""
    if moment is None:
        return ""
    day = timezone.localtime(moment) if isinstance(moment, datetime) else moment
    year = "".join(_DIGITS[int(digit)] for digit in str(day.year))
    return f"{year}年{_MONTHS[day.month]}月"


@register.filter
def absolute(path: str) -> str:
    """Return the full address of a path on this site."""
    return f"{settings.SITE_URL}{path}"


@register.filter
def hashed_at(text: str) -> str:
    """Return an e-mail address as it is shown here: # for @."""
    return text.replace("@", "#")


@register.filter
def police_code(number: str) -> str:
    """Return the digits of a 公安 number, which its register is asked by."""
    return quote("".join(char for char in number if char.isdigit()))


@register.simple_tag
def page_address(listing: Any, number: int) -> str:
    return str(listing.address(number))
