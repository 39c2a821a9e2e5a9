"""When the next scheduled article falls due: until then a page is right that nothing changed."""

from datetime import datetime

from django.db.models import Min
from django.utils import timezone

from articles.models import EVERYTHING, ListEntry
from articles.pagecache.freshness import remembered


def next_due() -> datetime | None:
    """Return when the next scheduled article becomes public; None while none is scheduled. One
    query by index; none within a request for which it is known."""
    return remembered(
        "next due", ("list:all:0",), _read, lambda due: due is None or timezone.now() < due
    )


def _read() -> datetime | None:
    ahead = ListEntry.objects.filter(list=EVERYTHING, public_at__gt=timezone.now())
    due: datetime | None = ahead.aggregate(due=Min("public_at"))["due"]
    return due
