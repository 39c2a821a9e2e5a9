from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Overlap(models.Model):
    """What a version of a submission shares with another text here, found in the background.

    `passages` holds the aligned pieces as the originality check gives them: offsets in both
    texts, both pieces, and whether the piece stands in quotation marks. It informs an editor.
    """

    submission = models.ForeignKey(
        "submissions.Submission", on_delete=models.CASCADE, related_name="overlaps"
    )
    version = models.PositiveIntegerField(_("version"))
    kind = models.CharField(max_length=12)
    object_id = models.PositiveBigIntegerField()
    title = models.CharField(_("title"), max_length=200, blank=True)
    level = models.CharField(_("level"), max_length=12, blank=True)
    containment = models.FloatField(_("containment"))
    share = models.FloatField(_("share"))
    passages: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list
    )
    # The case by which the other text was taken down, where it was.
    reference = models.CharField(_("case"), max_length=40, blank=True)
    found_at = models.DateTimeField(_("found"), auto_now_add=True)

    class Meta:
        verbose_name = _("overlap")
        verbose_name_plural = _("overlaps")
        ordering = ["-containment", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["submission", "version", "kind", "object_id"], name="overlap_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}/{self.version}: {self.title}"


class Examination(models.Model):
    """That a version has been compared with everything here, and when."""

    submission = models.ForeignKey(
        "submissions.Submission", on_delete=models.CASCADE, related_name="examinations"
    )
    version = models.PositiveIntegerField(_("version"))
    at = models.DateTimeField(_("examined"), auto_now_add=True)

    class Meta:
        verbose_name = _("examination")
        verbose_name_plural = _("examinations")
        constraints = [
            models.UniqueConstraint(fields=["submission", "version"], name="examined_once")
        ]

    def __str__(self) -> str:
        return f"{self.submission_id}/{self.version}"
