"""What waits for the moderators, and whose turn it is (TAKEDOWN.md §7).

A line of the queue is an article: its gravest item stands for all that is complained of it, so
that five hundred reports are one line, and their number moves nothing.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case as Choice
from django.db.models import Count, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from articles.models import User
from moderation.models import (
    STAFF_STATES,
    Case,
    CaseItem,
    Delivery,
    Kind,
    Letter,
    Proposal,
    State,
)
from moderation.services.guards import require_handler

# What hurts a person, or everybody, at once.
FIRST_KINDS = (Kind.PRIVACY, Kind.ILLEGAL)
_STAFF = [state.value for state in STAFF_STATES]


def _is_overdue(at: datetime) -> Q:
    return Q(state__in=_STAFF, due_at__lte=at)


def in_order(rows: QuerySet[CaseItem], at: datetime | None = None) -> QuerySet[CaseItem]:
    """Put items in the queue's order: overdue, then privacy and unlawful content, then what is
    due soonest, then the oldest. Adds `rank` (0 and 1 are overdue)."""
    late, grave = _is_overdue(at or timezone.now()), Q(case__kind__in=FIRST_KINDS)
    rank = Choice(
        When(late & grave, then=Value(0)),
        When(late, then=Value(1)),
        When(grave, then=Value(2)),
        default=Value(3),
    )
    return rows.annotate(rank=rank).order_by(*_ORDER)


_ORDER = ("rank", F("due_at").asc(nulls_last=True), "case__received_at", "pk")


def by_article(rows: QuerySet[CaseItem]) -> QuerySet[CaseItem]:
    """Return the first item of each article in the queue's order, which stands for the others;
    adds `in_group`, how many of the rows are about that article."""
    grouped = in_order(rows).annotate(
        place=Window(RowNumber(), partition_by=[F("article")], order_by=list(_ORDER)),
        in_group=Window(Count("pk"), partition_by=[F("article")]),
    )
    return grouped.filter(place=1)


def waiting(rows: QuerySet[CaseItem] | None = None) -> QuerySet[CaseItem]:
    """Return the items that the staff must do something about."""
    return (CaseItem.objects.all() if rows is None else rows).filter(state__in=_STAFF)


def overdue(rows: QuerySet[CaseItem] | None = None) -> QuerySet[CaseItem]:
    return waiting(rows).filter(due_at__lte=timezone.now())


def urgent(rows: QuerySet[CaseItem] | None = None) -> QuerySet[CaseItem]:
    """Return what waits for a first decision within hours: privacy and unlawful content."""
    return waiting(rows).filter(_is_urgent())


def open_proposals() -> QuerySet[Proposal]:
    """Return the proposals that a second person may still approve."""
    return Proposal.objects.filter(decided_at__isnull=True, version=F("case__version"))


def letters_to_post() -> QuerySet[Letter]:
    return Letter.objects.filter(delivery=Delivery.BY_POST)


def undeliverable_letters() -> QuerySet[Letter]:
    """Return the letters to parties that never arrived, until staff note that they did by another
    way."""
    return Letter.objects.filter(
        delivery=Delivery.FAILED, party__isnull=False, party__erased_at__isnull=True
    )


@dataclass(frozen=True)
class Waiting:
    """How much waits for the moderators."""

    open: int
    overdue: int
    urgent: int
    proposals: int
    to_post: int
    undeliverable: int


def waiting_for(by: User) -> Waiting:
    """Count what waits for a moderator; proposals are those of colleagues. Three queries, each
    over what is open. Raises PermissionDenied."""
    require_handler(by)
    counts = waiting().aggregate(
        open=Count("article", distinct=True),
        overdue=Count("article", distinct=True, filter=_is_overdue(timezone.now())),
        urgent=Count("article", distinct=True, filter=_is_urgent()),
    )
    letters = Letter.objects.aggregate(
        to_post=Count("pk", filter=Q(pk__in=letters_to_post())),
        undeliverable=Count("pk", filter=Q(pk__in=undeliverable_letters())),
    )
    proposals = open_proposals().exclude(proposed_by=by).count()
    return Waiting(**counts, **letters, proposals=proposals)


def _is_urgent() -> Q:
    return Q(case__kind__in=FIRST_KINDS, state=State.REVIEW)


def pressing(by: User) -> int:
    """Count the articles of which a case is overdue, or urgent by its kind: the badge of the
    desk. One query, over the open items; none for who handles no cases."""
    if not by.has_perm("moderation.handle_case"):
        return 0
    now = _is_overdue(timezone.now()) | _is_urgent()
    return waiting().filter(now).values("article").distinct().count()


def next_of(by: User, after: Case | None = None) -> Case | None:
    """Return the case whose turn it is, other than the one in hand: one that waits for the staff,
    that no colleague has, and to which the moderator is no party. None where nothing waits. One
    query."""
    taken = Q(case__claimed_until__gt=timezone.now()) & ~Q(case__claimed_by=by)
    rows = waiting().exclude(taken & Q(case__claimed_by__isnull=False))
    rows = rows.exclude(article__contributor__user=by)
    rows = rows.exclude(case__claimant__email__iexact=by.email)
    if after is not None:
        rows = rows.exclude(case=after)
    first = in_order(rows).select_related("case").first()
    return first.case if first is not None else None
