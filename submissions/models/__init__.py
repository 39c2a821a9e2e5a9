"""How a text comes in."""

from submissions.models.originality import Fingerprint, IndexedText, IndexingProgress, TextKind
from submissions.models.overlaps import Examination, Overlap
from submissions.models.rules import CannedReason, Receipt, Terms, WatchedWord
from submissions.models.standing import MailPreference, Notice, Standing
from submissions.models.submissions import (
    CLAIM_LASTS,
    OPEN_STATES,
    WRITABLE_STATES,
    Happening,
    Remark,
    State,
    Submission,
    SubmissionEvent,
    SubmissionPicture,
    SubmissionQuerySet,
    SubmissionVersion,
)

__all__ = [
    "CLAIM_LASTS",
    "OPEN_STATES",
    "WRITABLE_STATES",
    "CannedReason",
    "Examination",
    "Fingerprint",
    "Happening",
    "IndexedText",
    "IndexingProgress",
    "MailPreference",
    "Notice",
    "Overlap",
    "Receipt",
    "Remark",
    "Standing",
    "State",
    "Submission",
    "SubmissionEvent",
    "SubmissionPicture",
    "SubmissionQuerySet",
    "SubmissionVersion",
    "Terms",
    "TextKind",
    "WatchedWord",
]
