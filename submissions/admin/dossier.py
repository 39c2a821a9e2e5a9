"""Everything that the review page shows of a submission."""

from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext_lazy as _

from articles.contacts import Hit
from articles.differences import Difference, compare
from articles.models import AiLabel, Category, Origin, Picture, User
from submissions.models import (
    OPEN_STATES,
    CannedReason,
    Happening,
    Receipt,
    Remark,
    Standing,
    State,
    Submission,
    SubmissionEvent,
    SubmissionVersion,
)
from submissions.services.checks import Check, checklist, hits
from submissions.services.differences import of_row, of_version
from submissions.services.findings import Finding, findings
from submissions.services.reading import Block, last_sent, with_remarks

_SHOWN_OF_RECORD = 5
_FIELD_NAMES = {
    "category": _("category"),
    "tags": _("tags"),
    "origin": _("origin"),
    "source_name": _("source"),
    "source_url": _("address of the source"),
    "ai_text": _("AI declaration, text"),
    "ai_images": _("AI declaration, pictures"),
    "cover": _("cover"),
}


@dataclass(frozen=True)
class Compared:
    """A difference, and between what."""

    heading: Any
    difference: Difference

    @property
    def facts(self) -> list[tuple[Any, str, str]]:
        return [
            (_FIELD_NAMES.get(f.name, f.name), _said(f.name, f.before), _said(f.name, f.after))
            for f in self.difference.facts
        ]


def _said(name: str, value: Any) -> str:
    if name == "tags":
        return "、".join(value)
    if name == "origin":
        return str(Origin(value).label)
    if name in {"ai_text", "ai_images"}:
        return str(AiLabel(value or "").label)
    if name == "cover":
        return f"#{value}" if value else "—"
    return str(value or "—")


@dataclass
class Dossier:
    """A submission as its reviewers see it. About 25 queries, however long its history."""

    submission: Submission
    # As it was sent in: while a returned text is mended, its author's drafts are private.
    shown: Submission
    version: int
    blocks: list[Block]
    remarks: list[Remark]
    general_remarks: list[Remark]
    comparisons: list[Compared]
    is_examined: bool
    findings: list[Finding]
    hits: list[Hit]
    checklist: list[Check]
    standing: Standing | None
    record: list[Submission]
    events: list[SubmissionEvent]
    receipt: Receipt | None
    reasons: list[CannedReason]

    @property
    def is_open(self) -> bool:
        return self.submission.state in OPEN_STATES

    @property
    def source_link(self) -> str:
        """The address of the source where it is one of the web, else nothing."""
        address = self.shown.source_url
        return address if address.startswith(("http://", "https://")) else ""


def open_dossier(submission: Submission, by: User) -> Dossier:
    sent = last_sent(submission)
    shown = _as_sent(submission, sent)
    version = sent.number if sent is not None else submission.version
    remarks = list(submission.remarks.select_related("editor"))
    blocks, general = with_remarks(shown.body, remarks)
    # The passages were found in the text as it was sent, not as an editor changed it since.
    compared = sent.body if sent is not None else shown.body
    return Dossier(
        submission=submission,
        shown=shown,
        version=version,
        blocks=blocks,
        remarks=remarks,
        general_remarks=general,
        comparisons=_comparisons(submission, sent),
        is_examined=submission.examinations.filter(version=version).exists(),
        findings=findings(submission, version, compared),
        hits=hits(shown.title, shown.body),
        checklist=checklist(shown, shown.title, shown.body),
        standing=_standing(submission),
        record=_record(submission),
        events=list(submission.events.select_related("actor")),
        receipt=submission.receipts.filter(version=version).first(),
        reasons=list(CannedReason.objects.all()),
    )


def _as_sent(submission: Submission, sent: SubmissionVersion | None) -> Submission:
    """Return the submission with the text and declarations that were sent last, where its author
    may have changed them since without sending them. Unsaved."""
    if sent is None or submission.state not in {State.RETURNED, State.WITHDRAWN}:
        return submission
    shown = copy(submission)
    shown.title, shown.body = sent.title, sent.body
    fields = sent.fields
    shown.tag_names = fields.get("tags", [])
    for name in ("origin", "source_name", "source_url", "ai_text", "ai_images"):
        setattr(shown, name, fields.get(name, ""))
    shown.category = Category(name=fields["category"]) if fields.get("category") else None
    shown.cover = Picture.objects.filter(pk=fields.get("cover") or 0).first()
    return shown


def _comparisons(submission: Submission, sent: SubmissionVersion | None) -> list[Compared]:
    if sent is None:
        return []
    found: list[Compared] = []
    if submission.events.filter(happening=Happening.EDITED).exists():
        difference = compare(of_version(sent), of_row(submission))
        found.append(Compared(_("What the editors changed"), difference))
    if submission.proposes_change and submission.article and submission.state in OPEN_STATES:
        difference = compare(of_row(submission.article), of_version(sent))
        found.append(Compared(_("The proposal beside the article as it stands"), difference))
    before = submission.versions.filter(number__lt=sent.number).order_by("-number").first()
    if before is not None:
        difference = compare(of_version(before), of_version(sent))
        found.append(Compared(_("What the contributor changed since the last sending"), difference))
    return found


def _standing(submission: Submission) -> Standing | None:
    return Standing.objects.filter(contributor=submission.contributor_id).first()


def _record(submission: Submission) -> list[Submission]:
    titles = SubmissionVersion.objects.filter(submission=OuterRef("pk")).order_by("-number")
    rows = (
        Submission.objects.filter(contributor=submission.contributor_id, submitted_at__isnull=False)
        .exclude(pk=submission.pk)
        .exclude(state=State.DRAFT)
        .annotate(sent_title=Subquery(titles.values("title")[:1]))
        .defer("body")
        .order_by("-submitted_at")
    )
    return list(rows[:_SHOWN_OF_RECORD]) if submission.contributor_id else []
