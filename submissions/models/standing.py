from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Standing(models.Model):
    """A contributor's record: accepted texts, strikes, and what follows from them.

    Trust is earned by accepted texts and lost by strikes; moderation writes strikes and
    suspensions through a service.
    """

    contributor = models.OneToOneField(
        "articles.Contributor", on_delete=models.CASCADE, related_name="standing"
    )
    accepted = models.PositiveIntegerField(_("accepted"), default=0)
    declined = models.PositiveIntegerField(_("declined"), default=0)
    strikes = models.PositiveIntegerField(_("strikes"), default=0)
    needs_review = models.BooleanField(
        _("always reviewed"), default=False, help_text=_("Never skips the queue.")
    )
    suspended_until = models.DateTimeField(_("suspended until"), null=True, blank=True)

    class Meta:
        verbose_name = _("standing")
        verbose_name_plural = _("standings")

    def __str__(self) -> str:
        return str(self.contributor)

    @property
    def is_trusted(self) -> bool:
        """Whether texts skip the queue: enough accepted ones and no strike."""
        return (
            not self.needs_review
            and self.strikes == 0
            and self.accepted >= settings.TRUSTED_AFTER
            and not self.is_suspended
        )

    @property
    def is_suspended(self) -> bool:
        return self.suspended_until is not None and self.suspended_until > timezone.now()


class Notice(models.Model):
    """A line on the contributor's page, with an unread mark; the same goes by mail where wanted."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices"
    )
    submission = models.ForeignKey(
        "submissions.Submission", on_delete=models.CASCADE, null=True, related_name="notices"
    )
    happening = models.CharField(max_length=20)
    text = models.TextField(_("text"), blank=True)
    # Where a line that is about no submission leads.
    address = models.CharField(_("address"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("when"), default=timezone.now)
    read_at = models.DateTimeField(_("read"), null=True, blank=True)

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(
                fields=["account"],
                name="notice_unread",
                condition=models.Q(read_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id}: {self.happening}"


class MailPreference(models.Model):
    """Which of the mails that are not legally needed an account does not want."""

    account = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mail_preference"
    )
    muted: models.JSONField[list[str], list[str]] = models.JSONField(default=list)

    class Meta:
        verbose_name = _("mail preference")
        verbose_name_plural = _("mail preferences")

    def __str__(self) -> str:
        return str(self.account_id)

    def wants(self, happening: str) -> bool:
        muted: Any = self.muted
        return happening not in muted
