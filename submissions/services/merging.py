"""What follows here when categories, tags or bylines are merged."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from taggit.models import Tag

from articles.models import Category, Contributor
from articles.services.merging import Kind, naming, renamed
from submissions.models import Standing, Submission
from submissions.services.guards import standing_of

_BATCH = 200


def planned(origin: Kind) -> list[tuple[str, int]]:
    """Return what of this app a merge would move, and how much of it. One query, two for tags."""
    rows: QuerySet[Submission]
    if isinstance(origin, Category):
        rows = Submission.objects.filter(category=origin)
    elif isinstance(origin, Contributor):
        rows = Submission.objects.filter(contributor=origin)
    else:
        rows = naming(Submission.objects.all(), origin.name)
    return [(_("submissions"), rows.count())]


def follow(origin: Kind, target: Kind) -> None:
    """Move it: submissions name the target, and what two bylines earned and were charged with is
    added up. What was sent in (its versions) stays as it was sent."""
    if isinstance(origin, Category):
        Submission.objects.filter(category=origin).update(category=target)
    elif isinstance(origin, Contributor) and isinstance(target, Contributor):
        Submission.objects.filter(contributor=origin).update(contributor=target)
        _add_up(origin, target)
    elif isinstance(origin, Tag) and isinstance(target, Tag):
        changed = list(naming(Submission.objects.all(), origin.name).only("tag_names"))
        for row in changed:
            row.tag_names = renamed(row.tag_names, origin.name, target.name)
        Submission.objects.bulk_update(changed, ["tag_names"], batch_size=_BATCH)


def _add_up(origin: Contributor, target: Contributor) -> None:
    past = Standing.objects.filter(contributor=origin).first()
    if past is None:
        return
    row = standing_of(target)
    row.accepted += past.accepted
    row.declined += past.declined
    row.strikes += past.strikes
    row.needs_review = row.needs_review or past.needs_review
    ends = [end for end in (row.suspended_until, past.suspended_until) if end is not None]
    row.suspended_until = max(ends, default=None)
    row.save()
    past.delete()
