"""Writing: a draft is begun, saved while it is typed, and thrown away."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.html import clean, picture_keys, strip_control
from articles.models import Article, Picture, User
from articles.services.pictures import add_picture, describe_picture
from submissions.models import Happening, State, Submission
from submissions.services.guards import (
    lock,
    require_author,
    require_not_suspended,
    require_state,
    require_version,
)
from submissions.services.pictures import link_pictures
from submissions.services.proofs import drop_proof
from submissions.services.timeline import record

# What an author may set.
WRITABLE = frozenset(
    "title body category tag_names cover origin source_name source_url is_declared_original "
    "ai_text ai_images note proof proof_name".split()
)
DRAFTS_AT_MOST = 50
PICTURE_QUOTA = 200 * 1024 * 1024
_LINES = {"title": 200, "source_name": 100, "source_url": 500, "proof_name": 200}
NOTE_AT_MOST = 500
# What a new draft takes over from a text that was not accepted.
_COPIED = (
    "title", "body", "category", "cover", "origin", "source_name", "source_url",
    "is_declared_original", "ai_text", "ai_images", "note",
)  # fmt: skip


@transaction.atomic
def begin(by: User, *, change_of: Article | None = None) -> Submission:
    """Begin a draft; with `change_of`, a proposal to change one's own published article, which
    begins with its present text. A draft in which nothing was written yet, and an open proposal,
    are gone on with: asking twice begins one.

    Raises ValidationError where the account is suspended or has too many drafts; PermissionDenied
    for an article of another's byline.
    """
    require_not_suspended(by)
    # Locked, so that two clicks begin one draft and the limit holds.
    User.objects.select_for_update().get(pk=by.pk)
    mine = Submission.objects.filter(account=by)
    untouched = mine.filter(state=State.DRAFT, version=1, proposes_change=False, title="", body="")
    if change_of is None and (present := untouched.first()) is not None:
        return present
    if mine.filter(state=State.DRAFT).count() >= DRAFTS_AT_MOST:
        raise ValidationError(
            _("You have %(n)d drafts. Finish or delete one first.") % {"n": DRAFTS_AT_MOST}
        )
    contributor = getattr(by, "contributor", None)
    submission = Submission(account=by, contributor=contributor)
    if change_of is not None:
        submission = _proposal(submission, change_of, by)
        if submission.pk:
            return submission
    submission.save()
    link_pictures(submission)
    record(submission, Happening.BEGUN, by)
    return submission


@transaction.atomic
def begin_again(submission: Submission, by: User) -> Submission:
    """Begin a new draft with the text of a submission that was declined or taken back.

    Raises PermissionDenied; ValidationError in any other state and as `begin` does.
    """
    require_author(submission, by)
    require_state(submission, [State.DECLINED, State.WITHDRAWN])
    draft = begin(by)
    for name in _COPIED:
        setattr(draft, name, getattr(submission, name))
    draft.tag_names = list(submission.tag_names)
    draft.version += 1
    draft.save()
    link_pictures(draft)
    return draft


def _proposal(submission: Submission, article: Article, by: User) -> Submission:
    if article.contributor.user_id != by.pk:
        raise PermissionDenied("submissions: not the author of this article")
    open_states = [State.DRAFT, State.PENDING, State.HELD, State.RETURNED]
    present = Submission.objects.filter(
        account=by, article=article, proposes_change=True, state__in=open_states
    ).first()
    if present is not None:
        return present
    submission.article = article
    submission.proposes_change = True
    for name in ("title", "body", "category", "cover", "origin", "source_name", "source_url"):
        setattr(submission, name, getattr(article, name))
    submission.tag_names = list(article.tag_names)
    submission.ai_text = article.ai_label
    return submission


@transaction.atomic
def save_draft(
    submission: Submission, by: User | None, changes: Mapping[str, Any], *, version: int
) -> Submission:
    """Save what has been typed, complete or not, and return the row with its new version.

    Nothing is asked of the content but that it can be stored. A submission that waits for review
    is changed by `submitting.amend`. Raises PermissionDenied; ChangedMeanwhileError where another
    tab has saved; ValidationError in any other state.
    """
    locked = lock(submission)
    require_author(locked, by)
    require_state(locked, [State.DRAFT, State.RETURNED])
    require_version(locked, version)
    proof = locked.proof
    if apply(locked, changes):
        if proof != locked.proof and locked.submitted_at is None:
            drop_proof(proof)
        locked.version += 1
        locked.updated_at = timezone.now()
        locked.save()
        link_pictures(locked)
    return locked


def apply(submission: Submission, changes: Mapping[str, Any]) -> bool:
    """Set an author's fields on a locked row, cleaned; say whether anything changed."""
    if unknown := changes.keys() - WRITABLE:
        raise TypeError(f"Not for authors: {', '.join(sorted(unknown))}")
    changed = False
    for name, value in changes.items():
        stored = _storable(name, value)
        if getattr(submission, name) != stored:
            setattr(submission, name, stored)
            changed = True
    return changed


def differs(submission: Submission, changes: Mapping[str, Any]) -> bool:
    """Say whether `apply` would change anything. No query."""
    return any(getattr(submission, name) != _storable(name, changes[name]) for name in changes)


def _storable(name: str, value: Any) -> Any:
    if name == "body":
        return clean(value)
    if name in _LINES:
        return " ".join(strip_control(value).split())[: _LINES[name]]
    if name == "note":
        return strip_control(value).strip()[:NOTE_AT_MOST]
    if name == "tag_names":
        return [strip_control(tag).strip()[:100] for tag in value if tag.strip()][:20]
    return value


@transaction.atomic
def delete_draft(submission: Submission, by: User | None) -> None:
    """Throw a draft away; what was ever sent is taken back instead. Raises PermissionDenied,
    ValidationError."""
    locked = lock(submission)
    require_author(locked, by)
    require_state(locked, [State.DRAFT])
    drop_proof(locked.proof)
    locked.delete()


def add_own_picture(by: User, upload: Any, *, alt: str = "") -> Picture:
    """Take in a picture of a contributor's, within the quota of PICTURE_QUOTA bytes a person.

    Raises ValidationError for what is no picture or over the quota. The account's row is locked
    while its pictures are summed, so that the quota holds when uploads race.
    """
    with transaction.atomic():
        User.objects.select_for_update().get(pk=by.pk)
        used = Picture.objects.filter(uploaded_by=by).aggregate(n=Sum("size"))["n"] or 0
        if used + upload.size > PICTURE_QUOTA:
            raise ValidationError(
                _("Your pictures take up %(used)d of %(all)d MB; there is no room for more.")
                % {"used": used // 2**20, "all": PICTURE_QUOTA // 2**20}
            )
        return add_picture(None, upload, alt=alt, owner=by)


def foreign_pictures(submission: Submission, by: User) -> list[str]:
    """Return the keys of pictures in the text that are somebody else's upload. One query."""
    keys = picture_keys(submission.body)
    if not keys:
        return []
    theirs = Picture.objects.filter(key__in=keys).exclude(uploaded_by=by)
    return list(theirs.values_list("key", flat=True))


def describe_own_picture(picture: Picture, by: User, alt: str) -> None:
    """Say what a picture of one's own shows. What an article shows already is the editors' to
    describe: then nothing happens. Raises PermissionDenied. At most five queries."""
    if picture.uploaded_by_id != by.pk:
        raise PermissionDenied("submissions: somebody else's picture")
    is_used = picture.covered_articles.exists() or picture.article_uses.exists()
    if not is_used and picture.alt != " ".join(strip_control(alt).split()):
        describe_picture(picture, None, alt)
