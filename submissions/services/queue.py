"""What waits for the editors, and whose turn it is."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import (
    Case,
    Count,
    Exists,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import User
from submissions.models import (
    OPEN_STATES,
    Examination,
    Overlap,
    State,
    Submission,
    SubmissionVersion,
)
from submissions.originality import Level
from submissions.services.guards import require_review
from submissions.services.reviewing import claim

# How alarming what an overlap says is; the highest of a version stands in the list.
COPY, SIMILAR, PASSAGES = 3, 2, 1
LEVELS = {
    COPY: _("Probable copy"),
    SIMILAR: _("Similar"),
    PASSAGES: _("Single passages only"),
}


def readable(by: User) -> QuerySet[Submission]:
    """Return what an editor may read: what was ever sent in, but not a text of one's own, and no
    draft of anybody's."""
    return Submission.objects.filter(submitted_at__isnull=False).exclude(
        Q(state=State.DRAFT) | Q(account=by)
    )


def decidable(by: User) -> QuerySet[Submission]:
    """Return what an editor may decide now, the oldest promise first: neither held nor taken by a
    colleague; what was put before a chief editor only for those."""
    taken = Q(claimed_by__isnull=False, claimed_until__gt=timezone.now()) & ~Q(claimed_by=by)
    rows = readable(by).filter(state=State.PENDING).exclude(taken)
    if not by.has_perm("submissions.decide_escalated"):
        rows = rows.filter(for_chief=False)
    return rows.order_by("due_at", "id")


def next_of(by: User, after: Submission | None = None) -> Submission | None:
    """Return whose turn it is, other than the submission in hand; None where nothing waits. One
    query by an index."""
    rows = decidable(by)
    return (rows.exclude(pk=after.pk) if after is not None else rows).first()


@transaction.atomic
def claim_next(by: User) -> Submission | None:
    """Take the submission whose turn it is, and return it; None where nothing waits.

    Two editors at once get two different ones. Raises PermissionDenied.
    """
    require_review(by)
    row = decidable(by).select_for_update(skip_locked=True, of=("self",)).first()
    return claim(row, by) if row is not None else None


@dataclass(frozen=True)
class Waiting:
    """How much waits for an editor."""

    open: int
    overdue: int
    held: int
    for_chief: int


def waiting_for(by: User) -> Waiting:
    """Count what waits for an editor's decision. One query over the open submissions."""
    open_ones = readable(by).filter(state__in=OPEN_STATES)
    counts = open_ones.aggregate(
        open=Count("pk"),
        overdue=Count("pk", filter=Q(due_at__lt=timezone.now())),
        held=Count("pk", filter=Q(state=State.HELD)),
        for_chief=Count("pk", filter=Q(for_chief=True)),
    )
    return Waiting(**counts)


def with_findings(rows: QuerySet[Submission]) -> QuerySet[Submission]:
    """Add to each row what was found out about its present version: `is_examined`, `overlap_rank`
    (COPY, SIMILAR, PASSAGES, or None), `overlap_containment`; and `sent_title`, since an author's
    unsent changes to a returned text are nobody else's to read."""
    same_version = Overlap.objects.filter(submission=OuterRef("pk"), version=OuterRef("version"))
    worst = same_version.annotate(rank=rank_of_overlap()).order_by("-rank", "-containment", "pk")
    sent = SubmissionVersion.objects.filter(submission=OuterRef("pk")).order_by("-number")
    return rows.annotate(
        is_examined=Exists(
            Examination.objects.filter(submission=OuterRef("pk"), version=OuterRef("version"))
        ),
        overlap_rank=Subquery(worst.values("rank")[:1]),
        overlap_containment=Subquery(worst.values("containment")[:1]),
        sent_title=Subquery(sent.values("title")[:1]),
    )


def rank_of_overlap() -> Case:
    return Case(
        When(level=Level.PROBABLE_COPY.value, then=Value(COPY)),
        When(level=Level.SIMILAR.value, then=Value(SIMILAR)),
        default=Value(PASSAGES),
        output_field=IntegerField(),
    )


def of_trusted(rows: QuerySet[Submission], *, at_least: int) -> QuerySet[Submission]:
    """Narrow rows to those of contributors with enough accepted texts and no strike."""
    return rows.filter(
        Q(contributor__standing__suspended_until__isnull=True)
        | Q(contributor__standing__suspended_until__lte=timezone.now()),
        contributor__standing__needs_review=False,
        contributor__standing__strikes=0,
        contributor__standing__accepted__gte=at_least,
    )
