"""What a contributor is told on the site: lines with an unread mark."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.models import User
from submissions.models import Happening, Notice

# More than this are shown as "99+"; nobody needs to know how many more.
COUNTED = 99
_SENTENCES = {
    Happening.OPENED: gettext_lazy("An editor has opened “%(title)s”."),
    Happening.HELD: gettext_lazy("“%(title)s” is held, because a question of rights is open."),
    Happening.RETURNED: gettext_lazy("Please change something in “%(title)s”."),
    Happening.EDITED: gettext_lazy("The editors have changed something in “%(title)s”."),
    Happening.ACCEPTED: gettext_lazy("“%(title)s” has been accepted."),
    Happening.SCHEDULED: gettext_lazy("“%(title)s” has been accepted for a later date."),
    Happening.PUBLISHED: gettext_lazy("“%(title)s” is published."),
    Happening.DECLINED: gettext_lazy("“%(title)s” was not accepted."),
}


@dataclass(frozen=True)
class NoticeLine:
    """A notice as it is shown: a sentence, the editors' words where there are any, and a link."""

    pk: int
    sentence: str
    words: str
    url: str
    at: datetime
    is_unread: bool


def unread_count(account: User) -> int:
    """Return how many notices an account has not read, COUNTED + 1 at most. One query, over the
    unread ones alone."""
    return len(_unread(account).values_list("pk", flat=True)[: COUNTED + 1])


def _unread(account: User) -> QuerySet[Notice]:
    return Notice.objects.filter(account=account, read_at__isnull=True).order_by()


def latest(account: User, number: int, start: int = 0) -> list[NoticeLine]:
    """Return an account's latest notices, the newest first. One query."""
    rows = Notice.objects.filter(account=account).select_related("submission")
    return [_line(row) for row in rows[start : start + number]]


@transaction.atomic
def tell(account: User, text: str, address: str, *, at: datetime | None = None) -> Notice:
    """Add a line that is about no submission: a sentence, and the address on this site that it
    leads to. For the apps above, in the transaction of what it tells of. One query."""
    return Notice.objects.create(
        account=account, text=text, address=address, created_at=at or timezone.now()
    )


def _line(row: Notice) -> NoticeLine:
    if not row.happening:
        return NoticeLine(row.pk, row.text, "", row.address, row.created_at, row.read_at is None)
    known = Happening(row.happening) if row.happening in Happening.values else None
    sentence = _SENTENCES.get(known) if known is not None else None
    title = str(row.submission) if row.submission is not None else ""
    return NoticeLine(
        pk=row.pk,
        sentence=str(sentence) % {"title": title} if sentence else _("News of your account."),
        words=row.text,
        url=row.submission.get_absolute_url() if row.submission is not None else "",
        at=row.created_at,
        is_unread=row.read_at is None,
    )


@transaction.atomic
def mark_read(by: User, numbers: Sequence[int] | None = None) -> int:
    """Mark one's own notices as read: those with these numbers, or all. Others' stay as they are.
    Returns how many it were. One query."""
    rows = _unread(by)
    if numbers is not None:
        rows = rows.filter(pk__in=numbers)
    return rows.update(read_at=timezone.now())
