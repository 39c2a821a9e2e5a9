"""What an editor does with a submission. Every decision names the version that was read."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import AiLabel, Article, Status, User
from articles.services.publishing import create_article, publish, revise, schedule
from submissions.models import (
    CLAIM_LASTS,
    OPEN_STATES,
    Happening,
    Remark,
    State,
    Submission,
)
from submissions.services.drafting import apply
from submissions.services.guards import (
    lock,
    require_reviewer,
    require_state,
    require_unclaimed,
    require_version,
    standing_of,
)
from submissions.services.timeline import record

# What stands for a case on the measure by which an author takes an article back.
AUTHOR_REFERENCE = "作者撤回"


def _for_decision(submission: Submission, by: User | None, version: int) -> Submission:
    locked = lock(submission)
    require_reviewer(locked, by)
    require_state(locked, OPEN_STATES)
    require_version(locked, version)
    require_unclaimed(locked, by)
    return locked


@transaction.atomic
def claim(submission: Submission, by: User) -> Submission:
    """Take a submission to oneself for half an hour; opening it again prolongs that. The author's
    timeline says once that an editor has opened it.

    Raises PermissionDenied; ValidationError while another editor has it, or it is decided.
    """
    locked = lock(submission)
    require_reviewer(locked, by)
    require_state(locked, OPEN_STATES)
    require_unclaimed(locked, by)
    if not locked.events.filter(happening=Happening.OPENED, version=locked.version).exists():
        record(locked, Happening.OPENED, by)
    locked.claimed_by, locked.claimed_until = by, timezone.now() + CLAIM_LASTS
    locked.save(update_fields=["claimed_by", "claimed_until"])
    return locked


@transaction.atomic
def release(submission: Submission, by: User) -> Submission:
    """Give a submission back to the queue; nothing happens where another has it."""
    locked = lock(submission)
    require_reviewer(locked, by)
    if locked.claimed_by_id == by.pk:
        locked.claimed_by = locked.claimed_until = None
        locked.save(update_fields=["claimed_by", "claimed_until"])
    return locked


@transaction.atomic
def remark(submission: Submission, by: User, text: str, *, quote: str = "") -> Remark:
    """Note a comment, on a passage or the whole; its author reads it when the submission is
    returned or decided. Raises PermissionDenied, ValidationError."""
    locked = lock(submission)
    require_reviewer(locked, by)
    require_state(locked, OPEN_STATES)
    row = Remark(
        submission=locked,
        version=locked.version,
        quote=" ".join(quote.split())[:500],
        text=text.strip(),
        editor=by,
    )
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def delete_remark(row: Remark, by: User) -> None:
    """Take back a comment of one's own that its author has not been sent."""
    if row.editor_id != by.pk or row.sent_at is not None:
        raise PermissionDenied("submissions: not an unsent remark of one's own")
    row.delete()


@transaction.atomic
def accept(
    submission: Submission,
    by: User | None,
    *,
    version: int,
    at: datetime | None = None,
    changes: Mapping[str, Any] | None = None,
    note: str = "",
    article_seen: str | None = None,
) -> Submission:
    """Accept a submission: published now, or at a moment to come, as it is or edited.

    Makes the article, or revises the one that the submission proposes to change. `changes` are
    an editor's own (the author sees which). `article_seen` is the `article_stamp` that a proposed
    change was compared with: an article edited since is not overwritten. Raises PermissionDenied,
    ChangedMeanwhileError, ValidationError (also the article's: a past moment, a reprint without a
    source …).
    """
    locked = _for_decision(submission, by, version)
    if locked.state == State.HELD:
        message = _("It is held because of %(case)s. Release it first, and say why.")
        raise ValidationError(message % {"case": locked.hold_reference}, code="held")
    if changes and apply(locked, changes):
        record(locked, Happening.EDITED, by)
    if locked.proposes_change and locked.article is None:
        raise ValidationError(_("The article that this proposes to change is gone."))
    if article_seen is not None and article_seen != locked.article_stamp:
        raise ValidationError(
            _("The article itself was edited meanwhile. Compare the change with it once more."),
            code="changed",
        )
    article = _write_article(locked, by, note)
    if not locked.proposes_change:
        article = schedule(article, by, at) if at is not None else publish(article, by)
    elif at is not None:
        raise ValidationError(_("A change to a published article is published at once."))
    locked.article = article
    waits = article.status == Status.SCHEDULED
    _decide(locked, State.ACCEPTED if waits else State.PUBLISHED)
    standing = standing_of(article.contributor)
    standing.accepted += 1
    standing.save(update_fields=["accepted"])
    record(locked, Happening.SCHEDULED if waits else Happening.PUBLISHED, by, note=note)
    return locked


def _write_article(submission: Submission, by: User | None, note: str) -> Article:
    assert submission.contributor is not None  # noqa: S101 – sent in, so it has its byline.
    fields: dict[str, Any] = {
        "title": submission.title,
        "body": submission.body,
        "category": submission.category,
        "cover": submission.cover,
        "origin": submission.origin,
        "source_name": submission.source_name,
        "source_url": submission.source_url,
        "ai_label": strictest_label(submission.ai_text, submission.ai_images),
    }
    if submission.proposes_change and submission.article is not None:
        return revise(submission.article, by, fields, tags=submission.tag_names, note=note)
    return create_article(
        by, tags=submission.tag_names, note=note, contributor=submission.contributor, **fields
    )


def strictest_label(*labels: str) -> str:
    """Return the label that an article carries for what was declared of text and pictures."""
    order = [AiLabel.UNDECLARED, AiLabel.NONE, AiLabel.ASSISTED, AiLabel.GENERATED]
    return max(labels, key=lambda label: order.index(AiLabel(label)))


def _decide(submission: Submission, state: State) -> None:
    now = timezone.now()
    submission.state = state
    submission.decided_at = now
    submission.updated_at = now
    submission.for_chief = False
    submission.hold_reference = ""
    submission.claimed_by = submission.claimed_until = None
    submission.save()
    submission.remarks.filter(sent_at__isnull=True).update(sent_at=now)


@transaction.atomic
def return_to_author(submission: Submission, by: User, *, version: int, note: str) -> Submission:
    """Give a text back to be changed, with a reason and the remarks. Raises PermissionDenied,
    ChangedMeanwhileError, ValidationError."""
    locked = _for_decision(submission, by, version)
    if not note.strip() and not locked.remarks.filter(sent_at__isnull=True).exists():
        raise ValidationError({"note": _("Say what is to be changed.")})
    _decide(locked, State.RETURNED)
    record(locked, Happening.RETURNED, by, note=note.strip())
    return locked


@transaction.atomic
def decline(submission: Submission, by: User, *, version: int, note: str) -> Submission:
    """Decline a text, with a reason, which the author reads. Raises PermissionDenied,
    ChangedMeanwhileError, ValidationError."""
    locked = _for_decision(submission, by, version)
    if not note.strip():
        raise ValidationError({"note": _("Say why; the author reads it.")})
    _decide(locked, State.DECLINED)
    if locked.contributor is not None:
        standing = standing_of(locked.contributor)
        standing.declined += 1
        standing.save(update_fields=["declined"])
    record(locked, Happening.DECLINED, by, note=note.strip())
    return locked


@transaction.atomic
def ask_chief(submission: Submission, by: User, *, version: int, note: str) -> Submission:
    """Put a submission before a chief editor; from then on only chief editors decide it."""
    locked = _for_decision(submission, by, version)
    if not note.strip():
        raise ValidationError({"note": _("Say what you ask.")})
    locked.for_chief = True
    locked.claimed_by = locked.claimed_until = None
    locked.save(update_fields=["for_chief", "claimed_by", "claimed_until"])
    record(locked, Happening.ESCALATED, by, note=note.strip(), internal=True)
    return locked


@transaction.atomic
def hold(submission: Submission, by: User | None, *, reference: str, note: str = "") -> Submission:
    """Hold a text that matches one that was taken down, and name the case. Holding twice, or a
    decided one, changes nothing."""
    locked = lock(submission)
    require_reviewer(locked, by)
    if locked.state != State.PENDING:
        return locked
    locked.state = State.HELD
    locked.hold_reference = reference[:40]
    locked.save(update_fields=["state", "hold_reference"])
    record(locked, Happening.HELD, by, note=note)
    return locked


@transaction.atomic
def release_hold(submission: Submission, by: User, *, note: str) -> Submission:
    """Let a held text go on to review, with the reason why the match does not matter."""
    locked = lock(submission)
    require_reviewer(locked, by)
    require_state(locked, [State.HELD])
    if not note.strip():
        raise ValidationError({"note": _("Say why it need not be held.")})
    locked.state = State.PENDING
    locked.hold_reference = ""
    locked.save(update_fields=["state", "hold_reference"])
    record(locked, Happening.RELEASED, by, note=note.strip(), internal=True)
    return locked


@transaction.atomic
def settle_published() -> int:
    """Call those accepted submissions published whose article's moment has come, and tell their
    authors. For the periodic command: idempotent, safe to run twice at once. Returns how many."""
    due = Submission.objects.select_for_update().filter(
        state=State.ACCEPTED, article__public_at__lte=timezone.now()
    )
    rows = list(due)
    for row in rows:
        row.state = State.PUBLISHED
        row.save(update_fields=["state"])
        record(row, Happening.PUBLISHED, None)
    return len(rows)
