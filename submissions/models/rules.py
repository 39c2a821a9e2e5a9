from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Terms(models.Model):
    """A version of the terms that contributors agree to. The newest is in force; none changes."""

    number = models.PositiveIntegerField(_("version"), unique=True)
    text = models.TextField(_("text"))
    since = models.DateTimeField(_("in force since"), auto_now_add=True)

    class Meta:
        verbose_name = _("terms of contribution")
        verbose_name_plural = _("terms of contribution")
        ordering = ["-number"]

    def __str__(self) -> str:
        return f"v{self.number}"


class Receipt(models.Model):
    """What the site confirms of a submission: text hash, time, declared rights, terms; signed."""

    submission = models.ForeignKey(
        "submissions.Submission", on_delete=models.PROTECT, related_name="receipts"
    )
    version = models.PositiveIntegerField(_("version"))
    payload: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    signature = models.CharField(max_length=64)
    issued_at = models.DateTimeField(_("issued"))

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["-issued_at"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "version"], name="one_receipt_a_version")
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}/{self.version}"


class WatchedWord(models.Model):
    """A word of which editors want to be told; it informs and never rejects."""

    word = models.CharField(_("word"), max_length=60, unique=True)
    note = models.CharField(_("why"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("watched word")
        verbose_name_plural = _("watched words")
        ordering = ["word"]

    def __str__(self) -> str:
        return self.word


class CannedReason(models.Model):
    """A reason that editors give often, to be filled into a return or a refusal."""

    class Use(models.TextChoices):
        RETURN = "return", _("Return")
        DECLINE = "decline", _("Decline")

    use = models.CharField(_("for"), max_length=8, choices=Use.choices)
    title = models.CharField(_("short"), max_length=60)
    text = models.TextField(_("text"), max_length=2000)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("ready reason")
        verbose_name_plural = _("ready reasons")
        ordering = ["use", "position", "id"]

    def __str__(self) -> str:
        return self.title
