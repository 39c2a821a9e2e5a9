"""Who is party to a case, what they said, and what they handed in: all that is personal."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from moderation.models.states import Role


class Party(models.Model):
    """A person in one case: who complains, or whose article it is.

    Erasing blanks everything but the number, the role and the moments; the events name a party
    by its number alone (`p12`).
    """

    case = models.ForeignKey("moderation.Case", on_delete=models.PROTECT, related_name="parties")
    role = models.CharField(
        _("role"),
        max_length=12,
        choices=[
            (Role.CLAIMANT.value, Role.CLAIMANT.label),
            (Role.CONTRIBUTOR.value, Role.CONTRIBUTOR.label),
        ],
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("account"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    contributor = models.ForeignKey(
        "articles.Contributor",
        verbose_name=_("byline"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    name = models.CharField(_("name"), max_length=100, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("phone"), max_length=40, blank=True)
    address = models.CharField(_("postal address"), max_length=300, blank=True)
    # An agent acts for this right holder.
    principal = models.CharField(_("acts for"), max_length=100, blank=True)
    is_minor = models.BooleanField(_("a minor is concerned"), default=False)
    token_nonce = models.CharField(max_length=32, blank=True)
    # SHA-256 of the private link's token; empty once the link is revoked.
    token_hash = models.CharField(max_length=64, blank=True)
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    created_at = models.DateTimeField(_("since"))
    confirmed_at = models.DateTimeField(_("e-mail confirmed"), null=True, blank=True)
    # From then on a contributor knows of the case, and is told how it ends.
    told_at = models.DateTimeField(_("told"), null=True, blank=True)
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    class Meta:
        verbose_name = _("party")
        verbose_name_plural = _("parties")
        ordering = ["id"]
        indexes = [models.Index(fields=["email"], name="party_by_email", condition=~Q(email=""))]
        constraints = [
            models.UniqueConstraint(
                fields=["token_hash"], name="private_link_once", condition=~Q(token_hash="")
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(name="", email="", phone="", address="", principal="", token_hash="")
                & Q(ip__isnull=True, user_agent=""),
                name="erased_party_is_blank",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.actor

    @property
    def actor(self) -> str:
        """The opaque word by which events name this party."""
        return f"p{self.pk}"


class Purpose(models.TextChoices):
    """What a statement is."""

    CLAIM = "claim", _("Notice")
    GAPS = "gaps", _("What is missing")
    ANSWER = "answer", _("Contributor's answer")
    COUNTER = "counter", _("Counter-statement")
    PROOF = "proof", _("Proof of proceedings")
    APPEAL = "appeal", _("Appeal")
    REASON = "reason", _("Reasons")
    NOTE = "note", _("Note by staff")


class Statement(models.Model):
    """What somebody said with an event, in their words. Written once; erased, never changed.

    The event holds HMAC-SHA256(key, canonical JSON of `data`), so that what was said can be
    proven while it is kept, and says nothing once `data` and `key` are erased (TAKEDOWN.md §5).
    A key for each statement rather than each party: one can then be erased without the others.
    """

    case = models.ForeignKey("moderation.Case", on_delete=models.PROTECT, related_name="statements")
    # None: the staff.
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, null=True, blank=True, related_name="statements"
    )
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    # The act (Event.act) that this was said with.
    act = models.PositiveBigIntegerField(null=True, db_index=True)
    data: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    # Random; empty once the statement is erased.
    key = models.BinaryField(max_length=32)
    made_at = models.DateTimeField(_("made"))
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.made_at:%Y-%m-%d}"


class EvidenceKind(models.TextChoices):
    """What a file proves."""

    RIGHT = "right", _("Proof of the right")
    INFRINGEMENT = "infringement", _("Proof of the infringement")
    IDENTITY = "identity", _("Identity document")
    AUTHORISATION = "authorisation", _("Authorisation of the agent")
    COUNTER = "counter", _("Evidence of the contributor")
    PROCEEDINGS = "proceedings", _("Proof of proceedings")
    ORDER = "order", _("Document of the court or authority")


# Never passed on to the other side, whatever its owner ticked.
UNSHAREABLE = (EvidenceKind.IDENTITY, EvidenceKind.AUTHORISATION)


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def kept(self) -> Self:
        return self.filter(erased_at__isnull=True)


class Evidence(models.Model):
    """A file that a party handed in, in the private storage; served as an attachment only.

    Until its form is accepted it belongs to no case ("staged"); what stays staged is deleted.
    """

    case = models.ForeignKey(
        "moderation.Case", on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    party = models.ForeignKey(
        Party, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence"
    )
    kind = models.CharField(_("kind"), max_length=14, choices=EvidenceKind.choices)
    path = models.CharField(max_length=120, blank=True)
    name = models.CharField(_("file name"), max_length=200, blank=True)
    media_type = models.CharField(max_length=40, blank=True)
    size = models.PositiveIntegerField(_("bytes"), default=0)
    # Of the file as it is kept, and of the file as it was sent (images are re-encoded).
    sha256 = models.CharField(max_length=64)
    sent_sha256 = models.CharField(max_length=64)
    is_shareable = models.BooleanField(
        _("may be passed on"), default=False, help_text=_("To the other side of the case.")
    )
    act = models.PositiveBigIntegerField(null=True, db_index=True)
    added_at = models.DateTimeField(_("added"))
    erased_at = models.DateTimeField(_("erased"), null=True, blank=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["id"]
        indexes = [
            models.Index(
                fields=["added_at"], name="evidence_staged", condition=Q(case__isnull=True)
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kind__in=["identity", "authorisation"], is_shareable=True),
                name="identity_is_never_shared",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True) | Q(path="", name=""),
                name="erased_evidence_is_blank",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.get_kind_display())
