"""Which pictures submissions show: kept with each text, and told to the desk's library."""

from typing import Final

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.html import picture_keys
from articles.models import Picture
from articles.services.library import Use, related_source
from submissions.models import State, Submission, SubmissionPicture


def link_pictures(submission: Submission) -> None:
    """Keep the rows that say which pictures a saved submission shows, in its text or as its cover,
    or showed in a version that was sent. Two queries where nothing changes, one without pictures.
    """
    wanted = _shown(set(picture_keys(submission.body)), {submission.cover_id})
    present = set(submission.picture_uses.values_list("picture_id", flat=True))
    if gone := present - wanted:
        keys: set[str] = set()
        covers: set[int | None] = set()
        for body, fields in submission.versions.values_list("body", "fields"):
            keys.update(picture_keys(body))
            covers.add(fields.get("cover"))
        submission.picture_uses.filter(picture__in=gone - _shown(keys, covers)).delete()
    SubmissionPicture.objects.bulk_create(
        [
            SubmissionPicture(submission=submission, picture_id=pk)
            for pk in sorted(wanted - present)
        ],
        ignore_conflicts=True,
    )


def _shown(keys: set[str], covers: set[int | None]) -> set[int]:
    numbers = {pk for pk in covers if pk is not None}
    if not keys and not numbers:
        return set()
    # Locked, so that none of them is deleted before the rows are there.
    rows = Picture.objects.select_for_update(no_key=True).filter(
        Q(key__in=keys) | Q(pk__in=numbers)
    )
    return set(rows.order_by("pk").values_list("pk", flat=True))


def _use(row: SubmissionPicture) -> Use:
    submission = row.submission
    if submission.state == State.DRAFT:
        # Nobody but its author reads a draft.
        return Use(_("a contributor's draft"))
    return Use(str(submission), submission.get_state_display(), submission)


SOURCES: Final = (
    related_source(
        "submission", gettext_lazy("in a submission"), SubmissionPicture, "picture", _use,
        related=["submission"],
    ),
)  # fmt: skip
