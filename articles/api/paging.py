"""Pages of a list that cost the same however far on they are: a cursor names the last row."""

import base64
import binascii
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from ninja.errors import HttpError

from articles.models import Article, ArticleQuerySet, ListEntry
from articles.services.listing import in_order

LARGEST = 10**18 - 1


def encode(*place: str | int) -> str:
    """Return the cursor of a place in a list. It is not secret, only opaque."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def decode(cursor: str, kinds: list[type]) -> list[Any]:
    """Return the place that a cursor names; 400 for one that this site never gave."""
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        place = json.loads(raw)
    except (binascii.Error, ValueError, RecursionError):
        place = None
    if not isinstance(place, list) or [type(part) for part in place] != kinds:
        raise HttpError(400, "The cursor is none that this site gave. Begin without one.")
    if any(isinstance(part, int) and not 0 <= part <= LARGEST for part in place):
        raise HttpError(400, "The cursor is none that this site gave. Begin without one.")
    return place


def page_of_articles(
    rows: ArticleQuerySet, entries: QuerySet[ListEntry], cursor: str | None, limit: int
) -> tuple[list[Article], str | None]:
    """Return a page of the articles of these entries, the newest first, and the cursor of the
    next. One query."""
    if cursor:
        text, pk = decode(cursor, [str, int])
        moment = _moment(text)
        entries = entries.filter(public_at__lte=moment)
        entries = entries.filter(Q(public_at__lt=moment) | Q(article__lt=pk))
    found = in_order(rows, entries.values("article")[: limit + 1])
    shown = found[:limit]
    if len(found) <= limit or shown[-1].public_at is None:
        return shown, None
    return shown, encode(shown[-1].public_at.isoformat(), shown[-1].pk)


def _moment(text: str) -> datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None or timezone.is_naive(moment) or not 1900 < moment.year < 9000:
        raise HttpError(400, "The cursor is none that this site gave. Begin without one.")
    return moment


def page_by_number(
    rows: QuerySet[Any], cursor: str | None, limit: int, show: Callable[[Any], Any]
) -> tuple[list[Any], str | None]:
    """Return a page of anything in the order of its numbers, and the next cursor. One query."""
    if cursor:
        [pk] = decode(cursor, [int])
        rows = rows.filter(pk__gt=pk)
    found = list(rows.order_by("pk")[: limit + 1])
    shown = found[:limit]
    following = encode(shown[-1].pk) if len(found) > limit else None
    return [show(row) for row in shown], following
