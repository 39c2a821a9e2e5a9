"""What every step checks first."""

from collections.abc import Iterable

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Contributor, User
from submissions.models import Standing, State, Submission


class ChangedMeanwhileError(ValidationError):
    """The submission is no longer the version that was read. `current` is it as it stands."""

    def __init__(self, current: Submission) -> None:
        self.current = current
        super().__init__(
            _("This text was changed meanwhile. Read the present version first."), code="changed"
        )


def lock(submission: Submission) -> Submission:
    """Return the row as it stands now, locked until the transaction ends."""
    return Submission.objects.select_for_update().get(pk=submission.pk)


def require_author(submission: Submission, by: User | None) -> None:
    """Raise PermissionDenied unless `by` is the submission's author (None: the system)."""
    if by is not None and submission.account_id != by.pk:
        raise PermissionDenied("submissions: not the author")


def require_review(by: User | None) -> None:
    """Raise PermissionDenied unless `by` reviews submissions at all."""
    if by is not None and not by.has_perm("submissions.review_submission"):
        raise PermissionDenied("submissions: not a reviewer")


def require_reviewer(submission: Submission, by: User | None) -> None:
    """Raise PermissionDenied unless `by` may decide on it: nobody reviews a text of their own,
    and what was put before a chief editor is for chief editors."""
    if by is None:
        return
    if not by.has_perm("submissions.review_submission") or submission.account_id == by.pk:
        raise PermissionDenied("submissions: not a reviewer of this text")
    if submission.for_chief and not by.has_perm("submissions.decide_escalated"):
        raise PermissionDenied("submissions: before a chief editor")


def require_state(submission: Submission, states: Iterable[State]) -> None:
    if submission.state not in {str(state) for state in states}:
        raise ValidationError(
            _("This is not possible any more: the submission is “%(state)s”.")
            % {"state": submission.get_state_display()},
            code="state",
        )


def require_version(submission: Submission, version: int) -> None:
    if submission.version != version:
        raise ChangedMeanwhileError(submission)


def require_unclaimed(submission: Submission, by: User | None) -> None:
    """Raise ValidationError while another editor has taken the submission."""
    if by is not None and submission.is_claimed and submission.claimed_by_id != by.pk:
        raise ValidationError(
            _("%(name)s has taken this submission until %(time)s.")
            % {
                "name": submission.claimed_by,
                "time": timezone.localtime(submission.claimed_until).strftime("%H:%M"),
            },
            code="claimed",
        )


def require_not_suspended(by: User | None) -> None:
    """Raise ValidationError while the account's byline is suspended. One query."""
    standing = Standing.objects.filter(contributor__user=by).first() if by is not None else None
    if standing is not None and standing.is_suspended:
        day = timezone.localtime(standing.suspended_until).strftime("%Y-%m-%d")
        raise ValidationError(
            _("You cannot submit until %(day)s, because of infringements that were found.")
            % {"day": day},
            code="suspended",
        )


def standing_of(contributor: Contributor) -> Standing:
    """Return a contributor's record, made where there is none, locked."""
    Standing.objects.get_or_create(contributor=contributor)
    return Standing.objects.select_for_update().get(contributor=contributor)
