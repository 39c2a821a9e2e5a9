from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    WHOLE = "whole", _("Whole article")
    PASSAGE = "passage", _("Passage")
    IMAGE = "image", _("Image")


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    def active(self) -> Self:
        return self.filter(lifted_at__isnull=True)


class Restriction(models.Model):
    """What withholds an article, a passage or an image. Restoring means lifting the row.

    451 stands for a legal demand (RFC 7725), 410 for what is gone for good: unlawful content,
    or a text that its author took back.
    """

    article = models.ForeignKey(
        "articles.Article",
        verbose_name=_("article"),
        on_delete=models.PROTECT,
        related_name="restrictions",
    )
    scope = models.CharField(_("scope"), max_length=8, choices=Scope.choices)
    http_status = models.PositiveSmallIntegerField(
        _("HTTP status"), choices=[(451, "451"), (410, "410")], default=451
    )
    reference = models.CharField(
        _("reference"), max_length=40, help_text=_("The case, such as TS-2026-000123.")
    )
    passage = models.TextField(_("passage"), blank=True)
    picture = models.ForeignKey(
        "articles.Picture",
        verbose_name=_("picture"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="restrictions",
    )
    # False while a passage cannot be found in the text as it now stands.
    is_located = models.BooleanField(_("found in the text"), default=True)
    since = models.DateTimeField(_("since"))
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    restricted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("withheld by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("lifted by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        verbose_name = _("restriction")
        verbose_name_plural = _("restrictions")
        ordering = ["-since", "-id"]
        indexes = [
            models.Index(
                fields=["article", "scope"],
                name="restriction_active",
                condition=Q(lifted_at__isnull=True),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope=Scope.WHOLE, passage="", picture__isnull=True)
                | (Q(scope=Scope.PASSAGE, picture__isnull=True) & ~Q(passage=""))
                | Q(scope=Scope.IMAGE, passage="", picture__isnull=False),
                name="restriction_names_what_it_withholds",
            ),
            models.CheckConstraint(
                condition=Q(http_status__in=[451, 410]), name="restriction_answers_451_or_410"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True) | Q(lifted_at__gte=F("since")),
                name="restriction_lifted_after_it_began",
            ),
            models.CheckConstraint(condition=~Q(reference=""), name="restriction_has_a_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} · {self.get_scope_display()}"
