"""Telling search engines which addresses changed or are gone. The one module that speaks to them.

Hosts are those of the settings and nothing else. It runs in the worker, never in a request.
"""

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_tasks import task

from articles.models import Engine, EnginePush, User
from articles.services.announcing import enabled_engines
from articles.services.outside import FAILURES, ask
from articles.services.permissions import require

log = logging.getLogger(__name__)
AT_ONCE = 500
# How long a notice rests after its first, second … failure; after the last it stays failed.
PAUSES = (
    timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6),
    timedelta(days=1),
)  # fmt: skip
# While it is being sent nobody else sends it.
_IN_HAND = timedelta(minutes=10)
_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Outcome:
    """What an engine said; `refused` are addresses that it will never take."""

    is_taken: bool
    answer: str
    refused: frozenset[str] = field(default_factory=frozenset)


def push_due() -> bool:
    """Have the worker send what is due; say whether anything is. For the periodic command: one
    query by index, and a row."""
    if not enabled_engines() or not EnginePush.objects.due().exists():
        return False
    send_pushes.enqueue()
    return True


@task()
def send_pushes() -> None:
    """Send what each engine is owed, at most 500 addresses at once. In the worker; safe to run
    again and twice at once. What fails is due again later, on its own row."""
    for engine in enabled_engines():
        for is_removal in (False, True):
            while rows := _claim(engine, is_removal=is_removal):
                _settle(rows, _send(engine, [row.path for row in rows], is_removal=is_removal))


@transaction.atomic
def _claim(engine: Engine, *, is_removal: bool) -> list[EnginePush]:
    """Take due notices in hand, so that another worker passes over them."""
    due = EnginePush.objects.due().filter(engine=engine, is_removal=is_removal)
    rows = list(due.select_for_update().order_by("due_at", "pk")[:AT_ONCE])
    EnginePush.objects.filter(pk__in=[row.pk for row in rows]).update(
        attempts=F("attempts") + 1, due_at=timezone.now() + _IN_HAND
    )
    for row in rows:
        row.attempts += 1
    return rows


@transaction.atomic
def _settle(rows: list[EnginePush], outcome: Outcome) -> None:
    """Write down what became of notices. One that changed while it was sent (its date tells)
    stays owed."""
    now = timezone.now()
    for row in rows:
        is_refused = row.path in outcome.refused
        if outcome.is_taken and not is_refused:
            state, due = EnginePush.State.SENT, now
        elif is_refused or row.attempts > len(PAUSES):
            state, due = EnginePush.State.FAILED, now
        else:
            state, due = EnginePush.State.WAITING, now + PAUSES[row.attempts - 1]
        same = EnginePush.objects.filter(pk=row.pk, owed_at=row.owed_at)
        same.update(state=state, due_at=due, answer=outcome.answer[:200])


@transaction.atomic
def push_again(push: EnginePush, by: User | None) -> EnginePush:
    """Owe a failed notice anew. Raises PermissionDenied. Nothing happens where the same address
    waits already."""
    require(by, "articles.change_enginepush")
    waiting = EnginePush.objects.filter(
        engine=push.engine, path=push.path, state=EnginePush.State.WAITING
    )
    if not waiting.select_for_update().exists():
        now = timezone.now()
        EnginePush.objects.filter(pk=push.pk).update(
            state=EnginePush.State.WAITING, attempts=0, due_at=now, owed_at=now
        )
    push.refresh_from_db()
    return push


def prune_pushes() -> int:
    """Forget notices older than 30 days, sent or not; return how many."""
    return EnginePush.objects.filter(owed_at__lt=timezone.now() - _KEPT).delete()[0]


# --- Over the network -----------------------------------------------------------------------
def _send(engine: Engine, paths: list[str], *, is_removal: bool) -> Outcome:
    addresses = [settings.SITE_URL + path for path in paths]
    send = {Engine.INDEXNOW: _to_indexnow, Engine.BAIDU: _to_baidu}[engine]
    try:
        return send(addresses, is_removal)
    except FAILURES as error:
        # Not its text, which may hold the address with the token.
        log.warning("%s could not be told of %d addresses.", engine.label, len(paths))
        return Outcome(False, type(error).__name__)


def _to_indexnow(addresses: list[str], is_removal: bool) -> Outcome:
    """The protocol of indexnow.org: engines look at the address and see that it is gone."""
    key = settings.INDEXNOW_KEY
    body = {
        "host": urlsplit(settings.SITE_URL).netloc,
        "key": key,
        "keyLocation": f"{settings.SITE_URL}/{key}.txt",
        "urlList": addresses,
    }
    content_type = "application/json; charset=utf-8"
    status, _text = _post(settings.INDEXNOW_URL, json.dumps(body).encode(), content_type)
    return Outcome(status in {200, 202}, str(status))


def _to_baidu(addresses: list[str], is_removal: bool) -> Outcome:
    """Baidu's 普通收录 API: `urls` takes what changed, `del` what is gone."""
    query = urlencode({"site": settings.SITE_URL, "token": settings.BAIDU_PUSH_TOKEN})
    url = f"{settings.BAIDU_PUSH_URL}/{'del' if is_removal else 'urls'}?{query}"
    status, text = _post(url, "\n".join(addresses).encode(), "text/plain")
    answer: Any = json.loads(text or "{}")
    if not isinstance(answer, dict) or status != 200:
        message = answer.get("message", "") if isinstance(answer, dict) else ""
        return Outcome(False, f"{status} {message}".strip())
    refused = _paths([*answer.get("not_same_site", []), *answer.get("not_valid", [])])
    return Outcome("success" in answer, f"200, {answer.get('remain', '?')} left", refused)


def _paths(addresses: Iterable[Any]) -> frozenset[str]:
    return frozenset(str(address).removeprefix(settings.SITE_URL) for address in addresses)


def _post(url: str, body: bytes, content_type: str) -> tuple[int, str]:
    return ask("POST", url, {"Content-Type": content_type}, body)
