"""What repeated wrongs lead to, on either side; and what staff need for their replies."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class StrikeEnd(models.TextChoices):
    """Why a strike counts no more."""

    EXPIRED = "expired", _("Expired")
    OVERRULED = "overruled", _("Overruled")


class Strike(models.Model):
    """A whole-article measure that stood, against the contributor's byline (TAKEDOWN.md §4): one
    for each case. It stays when the byline is deleted."""

    case = models.ForeignKey("moderation.Case", on_delete=models.PROTECT, related_name="strikes")
    item = models.ForeignKey("moderation.CaseItem", on_delete=models.PROTECT, related_name="+")
    contributor = models.ForeignKey(
        "articles.Contributor",
        verbose_name=_("contributor"),
        on_delete=models.SET_NULL,
        null=True,
        related_name="strikes",
    )
    struck_at = models.DateTimeField(_("since"))
    expires_at = models.DateTimeField(_("expires"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    end = models.CharField(_("why"), max_length=10, choices=StrikeEnd.choices, blank=True)

    class Meta:
        verbose_name = _("strike")
        verbose_name_plural = _("strikes")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "contributor"],
                name="one_strike_a_case",
                condition=~Q(end="overruled"),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, end="")
                | (Q(ended_at__isnull=False) & ~Q(end="")),
                name="ended_strike_says_why",
            ),
        ]
        indexes = [
            models.Index(
                fields=["expires_at"], name="strikes_counting", condition=Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.contributor_id}"


class SanctionKind(models.TextChoices):
    """What follows from notices in bad faith."""

    WARNING = "warning", _("Warning")
    SLOW = "slow", _("Without fast track")


class Sanction(models.Model):
    """What a moderator imposed on a claimant whose notices were manifestly unfounded. The notices
    are still read (TAKEDOWN.md §4)."""

    case = models.ForeignKey("moderation.Case", on_delete=models.PROTECT, related_name="sanctions")
    party = models.ForeignKey(
        "moderation.Party", on_delete=models.PROTECT, related_name="sanctions"
    )
    kind = models.CharField(_("kind"), max_length=8, choices=SanctionKind.choices)
    imposed_at = models.DateTimeField(_("imposed"))
    until = models.DateTimeField(_("until"), null=True, blank=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)

    class Meta:
        verbose_name = _("sanction")
        verbose_name_plural = _("sanctions")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.get_kind_display()}"


class CannedReply(models.Model):
    """A reason that reviewers often give."""

    step = models.CharField(
        _("for"), max_length=24, blank=True, help_text=_("Blank: for every step.")
    )
    title = models.CharField(_("title"), max_length=60)
    text = models.TextField(_("text"), max_length=2000)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("canned reply")
        verbose_name_plural = _("canned replies")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.title
