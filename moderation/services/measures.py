"""What a measure does to an article: a row of articles' service, laid or lifted."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from articles.models import Picture, Scope, User
from articles.services.restrictions import lift, restrict
from moderation.models import CaseItem, Kind, Measure

GONE, WITHHELD = 410, 451


def status_for(item: CaseItem) -> int:
    """Return the status that a withheld article answers: 410 for unlawful content, else 451."""
    return GONE if item.case.kind == Kind.ILLEGAL else WITHHELD


def in_force(item: CaseItem) -> Measure | None:
    """Return the measure that an item has in force. One query."""
    return item.measures.filter(lifted_at__isnull=True).select_related("restriction").first()


def withhold(item: CaseItem, by: User | None, details: Mapping[str, Any], at: datetime) -> Measure:
    """Withhold what the decision names: the item's own scope where it names none.

    In the same transaction the article leaves every public surface, or loses the passage or
    picture. Raises PermissionDenied; ValidationError where the passage or picture is not there.
    """
    scope = Scope(details.get("scope") or item.scope)
    picture_id = int(details.get("picture") or item.picture_id or 0)
    restriction = restrict(
        item.article,
        by,
        scope,
        reference=item.case.number,
        http_status=status_for(item),
        passage=(details.get("passage") or item.passage) if scope == Scope.PASSAGE else "",
        picture=Picture.objects.get(pk=picture_id) if scope == Scope.IMAGE else None,
        since=at,
    )
    return Measure.objects.create(item=item, restriction=restriction, scope=scope, taken_at=at)


def restore(item: CaseItem, by: User | None, at: datetime) -> Measure | None:
    """Lift the measure that an item has in force and return it; what others withhold stays
    withheld. None where there is none."""
    measure = in_force(item)
    if measure is None:
        return None
    lift(measure.restriction, by, at=at)
    measure.lifted_at = at
    measure.save(update_fields=["lifted_at"])
    return measure
