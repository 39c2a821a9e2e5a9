from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SitemapPart(models.Model):
    """When something last changed among the articles of one part of the sitemap.

    Part n holds the articles whose number is n · 10,000 to n · 10,000 + 9,999, so that no part
    has to be counted and an article never moves to another. Kept by articles.services.announcing.
    """

    number = models.PositiveBigIntegerField(primary_key=True)
    changed_at = models.DateTimeField()

    class Meta:
        verbose_name = _("part of the sitemap")
        verbose_name_plural = _("parts of the sitemap")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.number)


class ShareCard(models.Model):
    """The picture that is drawn of an article without a cover, for those who share it.

    `version` stands for the words that are on it: a card that does not have the article's present
    one is not shown. The file lies in private storage, as the article may be withheld.
    """

    article = models.OneToOneField(
        "articles.Article", on_delete=models.CASCADE, primary_key=True, related_name="card"
    )
    version = models.CharField(max_length=16)
    drawn_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("picture for sharing")
        verbose_name_plural = _("pictures for sharing")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.article_id}-{self.version}"

    @property
    def path(self) -> str:
        """Where its file lies in the private storage."""
        return f"cards/{self.article_id % 100:02}/{self.article_id}-{self.version}.png"


class Engine(models.TextChoices):
    """Whom changed addresses are told to."""

    INDEXNOW = "indexnow", _("IndexNow (Bing, Yandex and others)")
    BAIDU = "baidu", _("Baidu")


class EnginePushQuerySet(models.QuerySet["EnginePush"]):
    def due(self) -> Self:
        return self.filter(state=EnginePush.State.WAITING, due_at__lte=timezone.now())


class EnginePush(models.Model):
    """That an engine is owed the news of an address: it changed, or it is gone."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Failed")

    engine = models.CharField(_("engine"), max_length=10, choices=Engine.choices)
    path = models.CharField(_("address"), max_length=500)
    is_removal = models.BooleanField(_("removed"), default=False)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    owed_at = models.DateTimeField(_("since"), default=timezone.now)
    due_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    answer = models.CharField(_("answer"), max_length=200, blank=True)

    objects = EnginePushQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice to an engine")
        verbose_name_plural = _("notices to engines")
        ordering = ["-owed_at", "-id"]
        default_permissions = ("view", "change")
        indexes = [
            models.Index(fields=["due_at"], name="push_due", condition=Q(state="waiting")),
        ]
        constraints = [
            # What changes twice before it is sent is told once.
            models.UniqueConstraint(
                fields=["engine", "path"], condition=Q(state="waiting"), name="push_waits_once"
            ),
            models.CheckConstraint(condition=Q(engine__in=Engine.values), name="push_knows_engine"),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "sent", "failed"]), name="push_knows_state"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_engine_display()}: {self.path}"


class MissingPath(models.Model):
    """How often an address that leads nowhere was asked for. No query strings, no visitors."""

    path = models.CharField(_("address"), max_length=200, unique=True)
    hits = models.PositiveIntegerField(_("asked for"), default=0)
    first_on = models.DateField(_("first"))
    last_on = models.DateField(_("last"))

    class Meta:
        verbose_name = _("address not found")
        verbose_name_plural = _("addresses not found")
        ordering = ["-hits", "path"]
        default_permissions = ("view", "delete")
        indexes = [models.Index(fields=["-hits", "path"], name="missing_by_hits")]

    def __str__(self) -> str:
        return self.path
