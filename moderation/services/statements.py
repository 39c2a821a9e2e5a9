"""Keeping what was said."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from articles.html import strip_control
from moderation.models import Case, Evidence, Party, Purpose, Statement
from moderation.services.record import FILES


def keep(
    case: Case, party: Party | None, purpose: Purpose, data: Mapping[str, Any], at: datetime
) -> Statement:
    """Keep a party's words (None: the staff's) under a key of their own, with the hashes of the
    files that the party has handed in since; the event that they are said with commits to both.
    Two queries, one more where there are files."""
    cleaned = {key: _clean(value) for key, value in data.items()}
    files = Evidence.objects.filter(case=case, party=party, act__isnull=True)
    new = {str(pk): digest for pk, digest in files.values_list("pk", "sha256")} if party else {}
    if new:
        cleaned[FILES] = new
    return Statement.objects.create(
        case=case,
        party=party,
        purpose=purpose,
        data=cleaned,
        key=secrets.token_bytes(32),
        made_at=at,
    )


def _clean(value: Any) -> Any:
    return strip_control(value).strip() if isinstance(value, str) else value
