"""Recording what moves no item."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from moderation.models import Case, CaseItem, Event, Happening, Statement
from moderation.services.letters import Occasion, contributor_named, owe
from moderation.services.parties import Actor
from moderation.services.record import append
from moderation.transitions import HAPPENING_LETTERS


@transaction.atomic
def record_happening(
    case: Case,
    happening: Happening,
    actor: Actor,
    *,
    item: CaseItem | None = None,
    payload: Mapping[str, Any] | None = None,
    statement: Statement | None = None,
    reason: str = "",
    at: datetime | None = None,
    act: int | None = None,
) -> Event:
    """Record what moves no item, and owe the letters that go with it. Locks the case; a case that
    is held already keeps the number of this event as its last."""
    locked = Case.objects.select_for_update().get(pk=case.pk)
    letters = HAPPENING_LETTERS.get(happening, ())
    said = dict(payload or {})
    said |= contributor_named(letters, item) if item is not None else {}
    event = append(
        happening, actor.name, actor.role, at=at, case=locked, item=item, act=act, reason=reason,
        payload=said, statement=statement,
    )  # fmt: skip
    items = [item] if item is not None else []
    owe(
        letters,
        Occasion(event, happening, locked, items, actor, statement, reason),
    )
    case.last_seq = locked.last_seq
    return event
