from datetime import timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.models import AiLabel, Origin


class State(models.TextChoices):
    """Where a submission stands, as its author and the editors call it."""

    DRAFT = "draft", _("Draft")
    PENDING = "pending", _("Waiting for review")
    HELD = "held", _("Held")
    RETURNED = "returned", _("To be changed")
    ACCEPTED = "accepted", _("Accepted, waiting for its date")
    PUBLISHED = "published", _("Published")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Taken back")


# What its author may still change, and what an editor may still decide.
WRITABLE_STATES = (State.DRAFT, State.PENDING, State.RETURNED)
OPEN_STATES = (State.PENDING, State.HELD)


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def of(self, account: Any) -> Self:
        """Return what an account may see as its own: the one door to the author's pages."""
        return self.filter(account=account) if account.is_authenticated else self.none()

    def waiting(self) -> Self:
        """Return what waits for a decision, the oldest promise first."""
        return self.filter(state__in=OPEN_STATES).order_by("due_at", "id")


class Submission(models.Model):
    """A text that somebody offers. Only services write it.

    `version` counts every change by the author; whoever decides names the version that was
    read, so that nobody decides on a text that has just changed. With `article` set before the
    decision it proposes a change to that published article.
    """

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="submissions",
    )
    contributor = models.ForeignKey(
        "articles.Contributor",
        verbose_name=_("contributor"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="submissions",
    )
    article = models.ForeignKey(
        "articles.Article",
        verbose_name=_("article"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="submissions",
    )
    proposes_change = models.BooleanField(_("proposes a change"), default=False)

    title = models.CharField(_("title"), max_length=200, blank=True)
    body = models.TextField(_("text"), blank=True)
    category = models.ForeignKey(
        "articles.Category",
        verbose_name=_("category"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    tag_names: models.JSONField[list[str], list[str]] = models.JSONField(
        _("tags"), default=list, blank=True
    )
    cover = models.ForeignKey(
        "articles.Picture",
        verbose_name=_("cover"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    origin = models.CharField(
        _("origin"), max_length=12, choices=Origin.choices, default=Origin.CONTRIBUTED
    )
    source_name = models.CharField(_("source"), max_length=100, blank=True)
    source_url = models.URLField(_("address of the source"), max_length=500, blank=True)
    proof = models.CharField(max_length=120, blank=True)
    proof_name = models.CharField(_("proof of the licence"), max_length=200, blank=True)
    is_declared_original = models.BooleanField(_("declared as one's own work"), default=False)
    ai_text = models.CharField(
        _("AI declaration, text"), max_length=10, choices=AiLabel.choices, blank=True, default=""
    )
    ai_images = models.CharField(
        _("AI declaration, pictures"),
        max_length=10,
        choices=AiLabel.choices,
        blank=True,
        default="",
    )
    note = models.TextField(_("note to the editors"), blank=True, max_length=500)
    terms = models.ForeignKey(
        "submissions.Terms",
        verbose_name=_("terms agreed to"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.DRAFT, editable=False
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    hold_reference = models.CharField(_("held because of"), max_length=40, blank=True)
    for_chief = models.BooleanField(_("for a chief editor"), default=False)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    due_at = models.DateTimeField(_("answer promised by"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    created_at = models.DateTimeField(_("begun"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("taken by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    claimed_until = models.DateTimeField(_("taken until"), null=True, blank=True)
    is_demo = models.BooleanField(default=False, editable=False)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["-id"]
        permissions = [
            ("review_submission", _("Can review submissions")),
            ("decide_escalated", _("Can decide what was put before a chief editor")),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                name="submission_queue",
                condition=Q(state__in=["pending", "held"]),
            ),
            models.Index(fields=["account", "-updated_at"], name="submission_by_account"),
            models.Index(fields=["decided_at"], name="submission_by_decision"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=State.values), name="submission_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(origin__in=Origin.values), name="submission_origin_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=State.DRAFT)
                | Q(state=State.WITHDRAWN)
                | (Q(submitted_at__isnull=False, due_at__isnull=False) & ~Q(title="")),
                name="submission_in_the_queue_is_complete",
            ),
            models.CheckConstraint(
                condition=Q(claimed_by__isnull=True) | Q(claimed_until__isnull=False),
                name="submission_claim_ends",
            ),
            models.UniqueConstraint(
                fields=["article", "account"],
                name="one_open_proposal_for_an_article",
                condition=Q(
                    proposes_change=True, state__in=["draft", "pending", "held", "returned"]
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.title or str(_("Untitled"))

    def get_absolute_url(self) -> str:
        return f"/me/submissions/{self.pk}/"

    @property
    def article_stamp(self) -> str:
        """Which state of the article a proposed change was compared with; empty without one."""
        if not self.proposes_change or self.article is None:
            return ""
        return self.article.updated_at.isoformat()

    @property
    def is_claimed(self) -> bool:
        return (
            self.claimed_by_id is not None
            and self.claimed_until is not None
            and self.claimed_until > timezone.now()
        )

    @property
    def is_overdue(self) -> bool:
        return (
            self.state in OPEN_STATES and self.due_at is not None and self.due_at < timezone.now()
        )


class SubmissionVersion(models.Model):
    """A submission as it was sent: what an editor read, and what the receipt speaks of."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    fields: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    sent_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        verbose_name = _("version of a submission")
        verbose_name_plural = _("versions of submissions")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "number"], name="version_once")
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}/{self.number}"


class SubmissionPicture(models.Model):
    """That a submission shows a picture, in its text or as its cover, or showed it in a version
    that was sent; kept by the services. Protects the picture."""

    submission = models.ForeignKey(
        Submission, on_delete=models.CASCADE, related_name="picture_uses"
    )
    picture = models.ForeignKey(
        "articles.Picture", on_delete=models.PROTECT, related_name="submission_uses"
    )

    class Meta:
        verbose_name = _("use of a picture")
        verbose_name_plural = _("uses of pictures")
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "picture"], name="submission_uses_picture_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}: {self.picture_id}"


class Happening(models.TextChoices):
    """What a timeline tells."""

    BEGUN = "begun", _("Begun")
    SUBMITTED = "submitted", _("Submitted")
    CHANGED = "changed", _("Changed by the contributor")
    OPENED = "opened", _("Opened by an editor")
    HELD = "held", _("Held")
    RELEASED = "released", _("No longer held")
    ESCALATED = "escalated", _("Put before a chief editor")
    RETURNED = "returned", _("Returned with remarks")
    EDITED = "edited", _("Edited by the editors")
    ACCEPTED = "accepted", _("Accepted")
    SCHEDULED = "scheduled", _("Accepted for a later date")
    PUBLISHED = "published", _("Published")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Taken back")
    ARTICLE_WITHDRAWN = "article_withdrawn", _("The article was taken back by its author")


class SubmissionEvent(models.Model):
    """A line of a submission's timeline. Rows are added, never changed."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(_("when"), default=timezone.now)
    happening = models.CharField(_("what happened"), max_length=20, choices=Happening.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    version = models.PositiveIntegerField(_("version"))
    note = models.TextField(_("note"), blank=True)
    # What editors tell one another (a question to a chief editor) is not the author's to read.
    is_internal = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("line of a timeline")
        verbose_name_plural = _("timeline")
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.get_happening_display()} {self.at:%Y-%m-%d %H:%M}"


class Remark(models.Model):
    """An editor's comment, on a passage (`quote`) or on the whole."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="remarks")
    version = models.PositiveIntegerField(_("version"))
    quote = models.CharField(_("passage"), max_length=500, blank=True)
    text = models.TextField(_("remark"), max_length=2000)
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("editor"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
    )
    # Shown to the author from the moment that the submission is returned or decided.
    sent_at = models.DateTimeField(_("sent"), null=True, blank=True)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)

    class Meta:
        verbose_name = _("remark")
        verbose_name_plural = _("remarks")
        ordering = ["id"]

    def __str__(self) -> str:
        return self.text[:40]


CLAIM_LASTS = timedelta(minutes=30)
