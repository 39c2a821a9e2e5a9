"""Small things that templates of the public pages need."""

import re
from datetime import date, datetime, time
from functools import cache, lru_cache
from typing import Any, cast
from urllib.parse import quote

from django import template
from django.conf import settings
from django.template import Context, Node, NodeList, Template, TemplateSyntaxError
from django.template.base import FilterExpression, Parser, Token, Variable, token_kwargs
from django.utils import dateformat, timezone
from django.utils.formats import get_format
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext

register = template.Library()
_DIGITS = "〇一二三四五六七八九"
_MONTHS = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")
# What a kept part may show besides its own values: the same for everybody.
_SHARED = ("site", "language", "report_url", "public_notices_url", "policy_links", "submit_url")
_TIME_OF_DAY = re.compile(r"(?<!\\)[aAfgGhHisPu]")


class KeptNode(Node):
    """See `kept`."""

    def __init__(self, name: str, values: dict[str, FilterExpression], nodelist: NodeList) -> None:
        self.name = name
        self.values = values
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        values = {name: _value(value, context) for name, value in self.values.items()}
        site = context.get("site")
        if context.get("signed_in") or not site:
            return self._rendered(context, values)
        key = (self.name, *values.values(), context.get("language") or get_language())
        text: SafeString | None = site.fragments.get(key)
        if text is None:
            text = site.fragments[key] = self._rendered(context, values)
        return text

    def _rendered(self, context: Context, values: dict[str, Any]) -> SafeString:
        shared = {name: context.get(name) for name in _SHARED}
        alone = Context(shared | values, autoescape=context.autoescape)
        with alone.bind_template(cast(Template, context.template)):
            return self.nodelist.render(alone)


def _value(expression: FilterExpression, context: Context) -> Any:
    """Return what a value of a kept part is, None for what the page does not have: asking first
    spares the exception that Django makes of that."""
    var = expression.var
    if isinstance(var, Variable) and var.lookups and context.get(var.lookups[0]) is None:
        return None
    return expression.resolve(context, ignore_failures=True)


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """Render a part of the page once for a site as it stands: `{% kept "bar" column=pk %}`.

    It knows the site, the ways that every page shows, and the values that are given, which must
    be numbers or truth values: no request and nobody's name can get into it. For those who are
    signed in it is rendered the same way, and not kept.
    """
    _tag, *bits = token.split_contents()
    values = token_kwargs(bits[1:], parser) if bits else {}
    if not bits or len(values) != len(bits) - 1:
        raise TemplateSyntaxError("kept needs a name, and values as name=value.")
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(bits[0].strip("'\""), values, nodelist)


@cache
def _patterns(language: str | None) -> tuple[str, str, str]:
    """Return how a language writes a day; and a moment: its day, and then its time of day."""
    whole = str(get_format("DATETIME_FORMAT", language))
    found = _TIME_OF_DAY.search(whole)
    place = found.start() if found else len(whole)
    return str(get_format("DATE_FORMAT", language)), whole[:place], whole[place:]


@lru_cache(maxsize=4096)
def _written(day: date, pattern: str, language: str | None) -> str:
    return escape(dateformat.format(day, pattern))


@lru_cache(maxsize=1440)
def _clock(hour: int, minute: int, pattern: str, language: str | None) -> str:
    return escape(dateformat.time_format(time(hour, minute), pattern))


@register.filter
def day(moment: datetime, language: str | None = None) -> SafeString:
    """Return a moment as a <time> that shows its day, in the active language; lists give it, as
    asking for it takes longer than the rest. Days are put into words once a language."""
    local, language = _local(moment), language or get_language()
    return _time(local, _written(local.date(), _patterns(language)[0], language))


@register.filter
def moment(moment: datetime, language: str | None = None) -> SafeString:
    """Return a moment as a <time> that shows its day and minute, in the active language or the one
    given."""
    return _moment(moment, language or get_language())


@lru_cache(maxsize=4096)
def _moment(moment: datetime, language: str | None) -> SafeString:
    local = _local(moment)
    _day, days, minutes = _patterns(language)
    clock = _clock(local.hour, local.minute, minutes, language)
    return _time(local, _written(local.date(), days, language) + clock)


def _local(moment: datetime) -> datetime:
    """Return a moment by the site's clock, which is every reader's."""
    return moment.astimezone(timezone.get_default_timezone())


def _time(local: datetime, text: str) -> SafeString:
    return SafeString(f'<time datetime="{local.isoformat()}">{text}</time>')


@lru_cache(maxsize=512)
def _minutes(minutes: int, language: str | None) -> str:
    return ngettext("%(minutes)s minute", "%(minutes)s minutes", minutes) % {"minutes": minutes}


@register.filter
def in_minutes(minutes: int, language: str | None = None) -> str:
    """Return how long a text takes to read, for lists, in the active language or the one given."""
    return _minutes(minutes, language or get_language())


@lru_cache(maxsize=512)
def _about_minutes(minutes: int, language: str | None) -> str:
    text = ngettext(
        "About %(minutes)s minute to read", "About %(minutes)s minutes to read", minutes
    )
    return text % {"minutes": minutes}


@register.filter
def about_minutes(minutes: int) -> str:
    """Return how long a text takes to read, for its own page."""
    return _about_minutes(minutes, get_language())


@register.filter
def han_month(moment: datetime | date | None) -> str:
    """Return the month as it stands on the spine of a book: 二〇二六年十一月."""
    if moment is None:
        return ""
    day = _local(moment) if isinstance(moment, datetime) else moment
    return _han(day.year, day.month)


@lru_cache(maxsize=512)
def _han(year: int, month: int) -> str:
    return f"{''.join(_DIGITS[int(digit)] for digit in str(year))}年{_MONTHS[month]}月"


@register.filter
@lru_cache(maxsize=4096)
def tag_address(slug: str) -> str:
    """Return where the articles with a tag are listed."""
    return f"/tag/{quote(slug)}/"


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
