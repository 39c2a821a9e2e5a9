"""Telling a CDN which surrogate keys no longer stand for what it keeps. The one module that speaks
to it.

The database writes a row for each key in the transaction of the change (articles.pagecache). The
worker sends them: at once after what `hurry_purges` was called for, else within fifteen seconds.
A page that the CDN fetched before the commit may reach it after the purge, so each key is sent once
more half a minute later. What could not be delivered is tried again for an hour and a half, then
shown on the desk; what a CDN keeps until then ends by CDN_MAX_AGE. Runs in the worker.
"""

import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Case, DateTimeField, F, Q, QuerySet, Value, When
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from articles.models import Purge
from articles.pagecache import purge
from articles.pagecache.cdn import EVERYTHING, TIMED, is_on
from articles.services.outside import FAILURES, ask

log = logging.getLogger(__name__)
# How long a key rests after its first sending, even if that was taken, and after further failures;
# after the last it stays undelivered. None is shorter than what a page needs to reach the CDN.
PAUSES = (
    timedelta(seconds=30), timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=20),
    timedelta(hours=1),
)  # fmt: skip
# Rows taken in hand at once, and for how long nobody else sends them.
AT_ONCE = 10_000
_IN_HAND = timedelta(minutes=5)
# Beyond so many different keys everything is purged by one: CDNs bound requests by the minute.
MANY_KEYS = 500
# How many keys a request may name. Cloudflare: 100 operations, five requests a minute on its
# smallest plan (developers.cloudflare.com/cache/how-to/purge-cache, July 2026). Fastly: 256
# (its API's bulk purge). Varnish takes 8,000 bytes a header, of keys that have 80 at most.
KEYS_A_REQUEST = {"cloudflare": 100, "fastly": 256, "varnish": 90}
_KEPT = timedelta(days=1)
_UNDELIVERED_KEPT = timedelta(days=30)
_LATE = timedelta(minutes=5)
_BATCH = 5_000


def hurry_purges() -> None:
    """Have the worker send what the present transaction purges, before its other tasks, as soon as
    that is committed. One row; none without a CDN."""
    if is_on():
        send_purges.enqueue()


def purge_timed() -> None:
    """Owe a CDN the pages on which a scheduled article has come to stand: as time alone brought it
    there, all. Our own page cache knows that moment. One query; none without a CDN."""
    if is_on():
        purge(TIMED)


def purge_due() -> bool:
    """Have the worker send what is due; say whether anything is. For the periodic command: one
    query by index, where there is something one more and a row; none without a CDN."""
    if not is_on() or not _due(timezone.now()).exists():
        return False
    # While the worker is held up its tasks are not to pile up.
    waiting = DBTaskResult.objects.ready().filter(task_path=send_purges.module_path)
    if not waiting.exists():
        send_purges.enqueue()
    return True


@task(priority=100)
def send_purges() -> None:
    """Send all keys that are due, each once. In the worker; safe to run again and twice at once.
    What fails is due again later, on its own row."""
    if not is_on():
        return
    while (held := _claim()) is not None:
        for keys, rows in _parcels(held):
            _settle(rows, is_taken=_send(keys))


def _owed() -> QuerySet[Purge]:
    return Purge.objects.filter(sent_at=None)


def _due(now: datetime) -> QuerySet[Purge]:
    return _owed().filter(due_at__lte=now, attempts__lte=len(PAUSES))


def _claim() -> QuerySet[Purge] | None:
    """Take due rows in hand, so that another worker passes over them, and return them: known by
    the moment until which they are. One query."""
    now = timezone.now()
    until = now + _IN_HAND
    first = _due(now).order_by("due_at").values("pk")[:AT_ONCE]
    # The condition stands twice: for a row that another worker takes meanwhile.
    taken = _due(now).filter(pk__in=first).update(attempts=F("attempts") + 1, due_at=until)
    return _owed().filter(due_at=until) if taken else None


def _parcels(held: QuerySet[Purge]) -> Iterator[tuple[list[str], QuerySet[Purge]]]:
    """Yield the keys of rows in hand, as many as a request may name, with their rows."""
    keys = sorted(set(held.values_list("key", flat=True)))
    if len(keys) > MANY_KEYS:
        yield [EVERYTHING], held
        return
    size = KEYS_A_REQUEST[settings.CDN_PURGE]
    for start in range(0, len(keys), size):
        some = keys[start : start + size]
        yield some, held.filter(key__in=some)


def _settle(rows: QuerySet[Purge], *, is_taken: bool) -> None:
    """Write down what became of rows in hand: delivered at the second time at the earliest."""
    now = timezone.now()
    if is_taken:
        rows.filter(attempts__gt=1).update(sent_at=now)
        rows.update(due_at=now + PAUSES[0])
        return
    pauses = [When(attempts=n, then=Value(now + pause)) for n, pause in enumerate(PAUSES, 1)]
    # Those that stay undelivered leave the way of those that are due.
    never = Value(now + _UNDELIVERED_KEPT)
    rows.update(due_at=Case(*pauses, default=never, output_field=DateTimeField()))


def undelivered_keys() -> int:
    """Count the keys that the third sending did not deliver or that have waited for five minutes.
    One query by index; none without a CDN."""
    if not is_on():
        return 0
    is_late = Q(due_at__lt=timezone.now() - _LATE)
    return _owed().filter(Q(attempts__gt=2) | is_late).values("key").distinct().count()


def purge_again() -> int:
    """Owe what the third sending did not deliver anew, at once; return how many rows. One query,
    and a row."""
    if not is_on():
        return 0
    rows = _owed().filter(attempts__gt=2).update(attempts=0, due_at=timezone.now())
    if rows:
        send_purges.enqueue()
    return rows


def prune_purges() -> int:
    """Delete what every page cache has long learnt (articles.pagecache.freshness.FORGETS_AFTER):
    rows older than a day that a CDN has, or that there is no CDN for; undelivered ones after 30
    days. Return how many. By index, 5,000 rows at a time."""
    now = timezone.now()
    old = Purge.objects.filter(made_at__lt=now - _KEPT)
    if is_on():
        is_forgotten = Q(made_at__lt=now - _UNDELIVERED_KEPT)
        old = old.filter(Q(sent_at__isnull=False) | is_forgotten)
    pruned = 0
    first = old.order_by("made_at").values("pk")[:_BATCH]
    while gone := Purge.objects.filter(pk__in=first).delete()[0]:
        pruned += gone
    return pruned


# --- Over the network -----------------------------------------------------------------------
def _send(keys: list[str]) -> bool:
    """Send one request's keys; say whether they were taken."""
    send = {"cloudflare": _to_cloudflare, "fastly": _to_fastly, "varnish": _to_varnish}
    try:
        is_taken, answer = send[settings.CDN_PURGE](keys)
    except FAILURES as error:
        # Not its text, which may hold the address.
        is_taken, answer = False, type(error).__name__
    if not is_taken:
        log.error(
            "The CDN did not take the purge of %d keys (%s): what was taken down may still be "
            "shown there. It is tried again.",
            len(keys), answer,
        )  # fmt: skip
    return is_taken


def _to_cloudflare(keys: list[str]) -> tuple[bool, str]:
    """CDN_PURGE_URL: https://api.cloudflare.com/client/v4/zones/<zone>/purge_cache"""
    headers = {
        "Authorization": f"Bearer {settings.CDN_PURGE_TOKEN}",
        "Content-Type": "application/json",
    }
    body = json.dumps({"tags": keys}).encode()
    status, text = ask("POST", settings.CDN_PURGE_URL, headers, body)
    answer: Any = json.loads(text) if status == 200 else None
    return isinstance(answer, dict) and answer.get("success") is True, str(status)


def _to_fastly(keys: list[str]) -> tuple[bool, str]:
    """CDN_PURGE_URL: https://api.fastly.com/service/<service>"""
    headers = {
        "Fastly-Key": settings.CDN_PURGE_TOKEN,
        "Surrogate-Key": " ".join(keys),
        "Accept": "application/json",
    }
    status, _text = ask("POST", f"{settings.CDN_PURGE_URL.rstrip('/')}/purge", headers)
    return status == 200, str(status)


def _to_varnish(keys: list[str]) -> tuple[bool, str]:
    """CDN_PURGE_URL: the address of each Varnish. All are asked, whatever the first ones say."""
    headers = {"xkey": " ".join(keys)}
    if settings.CDN_PURGE_TOKEN:
        headers["Authorization"] = f"Bearer {settings.CDN_PURGE_TOKEN}"
    answers = [_one_varnish(url, headers) for url in varnishes()]
    return all(answer.startswith("2") for answer in answers), " ".join(answers)


def _one_varnish(url: str, headers: dict[str, str]) -> str:
    try:
        status, _text = ask("PURGE", url, headers)
    except FAILURES as error:
        return type(error).__name__
    return str(status)


def varnishes() -> list[str]:
    """Return the addresses that CDN_PURGE_URL names."""
    return [url.strip() for url in settings.CDN_PURGE_URL.split(",") if url.strip()]
