"""The record: events in a chain, and what they owe."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """A line of the record. Rows are appended; triggers of the database refuse to change or
    delete them (migration 0002).

    `hash` is SHA-256 over the canonical JSON of all other fields, `prev_hash` among them. No
    personal data: actors are opaque (`u17` an account, `p3` a party, `system`), what was said is
    committed to by `payload_commit` and stands in a Statement. Lines of one act (a decision on
    three articles, say) share `act`, the seq of its first line.
    """

    seq = models.PositiveBigIntegerField(primary_key=True)
    at = models.DateTimeField(_("when"))
    act = models.PositiveBigIntegerField(db_index=True)
    case_number = models.CharField(_("case"), max_length=20, blank=True, db_index=True)
    item = models.PositiveBigIntegerField(_("item"), null=True, blank=True)
    actor = models.CharField(_("by"), max_length=24)
    role = models.CharField(_("as"), max_length=12)
    event = models.CharField(_("what happened"), max_length=24)
    from_state = models.CharField(_("from"), max_length=16, blank=True)
    to_state = models.CharField(_("to"), max_length=16, blank=True)
    reason = models.CharField(_("reason"), max_length=40, blank=True)
    policy_version = models.CharField(_("policy"), max_length=16)
    payload: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    payload_commit = models.CharField(max_length=64, blank=True)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        verbose_name = _("line of the record")
        verbose_name_plural = _("record")
        ordering = ["seq"]

    def __str__(self) -> str:
        return f"{self.seq} {self.event}"


class SignedHead(models.Model):
    """The end of the chain on a day, signed: published or mailed out, it shows whether the chain
    was truncated or made anew since."""

    day = models.DateField(_("day"), unique=True)
    seq = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)
    signature = models.CharField(max_length=200)
    public_key = models.CharField(max_length=80)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        verbose_name = _("signed head of the record")
        verbose_name_plural = _("signed heads of the record")
        ordering = ["-day"]

    def __str__(self) -> str:
        return f"{self.day:%Y-%m-%d}: {self.seq}"


class PolicyVersion(models.Model):
    """The settings under which events were written: events name them by this key."""

    version = models.CharField(max_length=16, primary_key=True)
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    since = models.DateTimeField()

    class Meta:
        verbose_name = _("version of the policy")
        verbose_name_plural = _("versions of the policy")

    def __str__(self) -> str:
        return self.version


class Delivery(models.TextChoices):
    """What became of a letter."""

    OWED = "owed", _("Owed")
    ARRIVED = "arrived", _("Handed over")
    FAILED = "failed", _("Undeliverable")
    # The party has no e-mail: staff send it by post and enter when.
    BY_POST = "by_post", _("To be sent by post")
    # Neither an e-mail nor an address: it stands on their page.
    ON_PAGE = "on_page", _("On the private page")


class Letter(models.Model):
    """A mail that an act owed to a party, once. Its text is the mail's row; this row stays when
    that is erased."""

    case = models.ForeignKey("moderation.Case", on_delete=models.PROTECT, related_name="letters")
    act = models.PositiveBigIntegerField(db_index=True)
    # None: the staff.
    party = models.ForeignKey(
        "moderation.Party", on_delete=models.PROTECT, null=True, related_name="letters"
    )
    # The party's opaque word or "staff".
    recipient = models.CharField(max_length=24)
    template = models.CharField(max_length=48)
    delivery = models.CharField(
        _("delivery"), max_length=8, choices=Delivery.choices, default=Delivery.OWED
    )
    mail = models.ForeignKey(
        "post_office.Email", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    # Of a letter that goes by post or stands on the page; mails keep theirs in their own row.
    text = models.TextField(blank=True)
    owed_at = models.DateTimeField(_("owed"))
    # Handed over to the recipient's server (or to the post), or given up.
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["act", "template", "recipient"], name="letter_once")
        ]
        indexes = [
            models.Index(fields=["id"], name="letters_owed", condition=Q(delivery="owed")),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}: {self.template}"


class Announcement(models.Model):
    """A redacted public notice (公告) to a contributor who could not be reached (条例 15)."""

    item = models.ForeignKey(
        "moderation.CaseItem", on_delete=models.PROTECT, related_name="announcements"
    )
    published_at = models.DateTimeField(_("published"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("public notice")
        verbose_name_plural = _("public notices")
        ordering = ["-published_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["item"], name="one_public_notice", condition=Q(ended_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id}: {self.published_at:%Y-%m-%d}"


class MonthlyReport(models.Model):
    """The figures of a month as they were published; the verifier counts them again."""

    month = models.DateField(_("month"), unique=True)
    figures: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    # The record as far as this report counts it.
    seq = models.PositiveBigIntegerField()
    published_at = models.DateTimeField(_("published"))

    class Meta:
        verbose_name = _("monthly report")
        verbose_name_plural = _("monthly reports")
        ordering = ["-month"]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"
