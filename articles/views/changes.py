"""The desk's list of what was changed lately, and by whom."""

from datetime import date
from operator import itemgetter
from typing import Any, cast

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_date
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.models import User
from articles.services.audit import Position, Wanted, models_seen_by, recent_changes

_ON_A_PAGE = 50
_SYSTEM = "system"


@require_safe
def changes(request: HttpRequest, site: AdminSite) -> TemplateResponse:
    """Show what was done to the things that the member of staff may view, the newest first; by one
    person (or the system), of one kind, on one day. Five queries at most besides the page's own."""
    by = cast(User, request.user)
    asked = {name: request.GET.get(name, "") for name in ("person", "kind", "day")}
    person = asked["person"]
    wanted = Wanted(
        person=int(person) if person.isascii() and person.isdigit() and len(person) < 18 else None,
        by_system=person == _SYSTEM,
        kind=asked["kind"],
        day=_day(asked["day"]),
    )
    before = Position.read(request.GET.get("before", ""))
    found = recent_changes(by, _ON_A_PAGE + 1, before, wanted)
    shown = found[:_ON_A_PAGE]
    people = User.objects.filter(is_staff=True).only("name", "email")
    kept = request.GET.copy()
    kept.pop("before", None)
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("What was changed lately"),
        "changes": shown,
        "asked": asked,
        "day": wanted.day,
        "system": _SYSTEM,
        "people": people.order_by("name", "email"),
        "kinds": _kinds(by, site),
        "filters": kept.urlencode(),
        "is_continued": before is not None,
        "older": shown[-1].position if len(found) > _ON_A_PAGE else None,
    }
    return TemplateResponse(request, "admin/changes.html", context)


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day is not None and 1970 < day.year < 9000 else None


def _kinds(by: User, site: AdminSite) -> list[tuple[str, str]]:
    """Return the kinds of things that may be asked for, by their names."""
    kinds = [
        (model._meta.label_lower, str(capfirst(model._meta.verbose_name)))
        for model in models_seen_by(by)
        if site.is_registered(model)
    ]
    return sorted(kinds, key=itemgetter(1))
