"""The record: appending to the chain of events, and what their hashes say.

An event is written in the transaction of the change that it tells of, under a lock that all
writers of the site take last, so that the chain has one order and no two events one number.
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone

from moderation.models import (
    Case,
    CaseItem,
    Event,
    Evidence,
    Happening,
    PolicyVersion,
    Role,
    Statement,
    Step,
)
from moderation.policy import get_policy

GENESIS: Final = "0" * 64
_LOCK_NUMBER: Final = 0x63617365  # Any number, the same in all processes of a site.
# Where a statement's data hold {number of the evidence: its SHA-256}.
FILES: Final = "files"
# What a hash covers: every field but itself.
HASHED: Final = (
    "seq", "at", "act", "case_number", "item", "actor", "role", "event", "from_state", "to_state",
    "reason", "policy_version", "payload", "payload_commit", "prev_hash",
)  # fmt: skip


def canonical(data: Any) -> bytes:
    """Return JSON data as the same bytes whenever they are equal."""
    return json.dumps(
        data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    ).encode()


def stamp(at: datetime) -> str:
    """Return a moment as events hash it: UTC to the microsecond."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def hash_of(event: Event) -> str:
    """Return the hash that an event must carry."""
    return digest({name: getattr(event, name) for name in HASHED})


def digest(fields: Mapping[str, Any]) -> str:
    """Return the hash of an event's fields (those of HASHED)."""
    return hashlib.sha256(canonical({**fields, "at": stamp(fields["at"])})).hexdigest()


def commitment(statement: Statement) -> str:
    """Return what an event keeps of a statement: HMAC-SHA256 of its data under its own key."""
    return commitment_to(statement.key, statement.data)


def commitment_to(key: bytes | memoryview, data: Any) -> str:
    return hmac.new(bytes(key), canonical(data), hashlib.sha256).hexdigest()


def lock_chain() -> None:
    """Let no other writer append until this transaction ends. SQLite's writers queue anyway."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("An event is written in the transaction of its change.")
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK_NUMBER])


def append(
    event: Step | Happening,
    actor: str,
    role: Role,
    *,
    at: datetime | None = None,
    case: Case | None = None,
    item: CaseItem | None = None,
    act: int | None = None,
    to_state: str = "",
    reason: str = "",
    payload: Mapping[str, Any] | None = None,
    statement: Statement | None = None,
) -> Event:
    """Append an event to the chain and return it. Three queries, one more for a policy's first.

    Call it after everything else of the change is locked: the chain is locked last. `act` names
    the first event of the same act; without it this event begins one. `from_state` is the item's
    present state where the event moves it (`to_state`).
    """
    lock_chain()
    policy_version = _policy_version()
    last = Event.objects.order_by("-seq").first()
    seq = last.seq + 1 if last is not None else 1
    row = Event(
        seq=seq,
        at=at or timezone.now(),
        act=act or seq,
        case_number=case.number if case is not None else "",
        item=item.pk if item is not None else None,
        actor=actor,
        role=role.value,
        event=event.value,
        from_state=item.state if item is not None and to_state else "",
        to_state=to_state,
        reason=reason,
        policy_version=policy_version,
        payload=dict(payload or {}),
        payload_commit=commitment(statement) if statement is not None else "",
        prev_hash=last.hash if last is not None else GENESIS,
    )
    row.hash = hash_of(row)
    row.save(force_insert=True)
    if statement is not None and statement.act is None:
        statement.act = row.act
        statement.save(update_fields=["act"])
        files = Evidence.objects.filter(
            pk__in=list(statement.data.get(FILES, ())), act__isnull=True
        )
        files.update(act=row.act)
    if case is not None:
        case.last_seq = seq
        case.save(update_fields=["last_seq"])
    return row


def _policy_version() -> str:
    policy = get_policy()
    PolicyVersion.objects.get_or_create(
        version=policy.version, defaults={"data": policy.as_data(), "since": timezone.now()}
    )
    return policy.version
