from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Like(models.Model):
    """That one visitor finds one article useful. `visitor` is a keyed hash, never an address."""

    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="likes")
    visitor = models.CharField(max_length=43)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("like")
        verbose_name_plural = _("likes")
        constraints = [
            models.UniqueConstraint(fields=["article", "visitor"], name="visitor_likes_once")
        ]
        indexes = [models.Index(fields=["created_at"], name="like_by_date")]

    def __str__(self) -> str:
        return str(self.article_id)


class DailyReads(models.Model):
    """How often an article was read on a day (of the site's time zone)."""

    article = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="daily_reads"
    )
    day = models.DateField(_("day"))
    reads = models.PositiveIntegerField(_("reads"), default=0)

    class Meta:
        verbose_name = _("reads of a day")
        verbose_name_plural = _("reads by day")
        constraints = [models.UniqueConstraint(fields=["day", "article"], name="reads_once_a_day")]

    def __str__(self) -> str:
        return f"{self.day}: {self.reads}"


class DailyTotal(models.Model):
    """How often all articles together were read on a day; those deleted since count as well."""

    day = models.DateField(_("day"), unique=True)
    reads = models.PositiveBigIntegerField(_("reads"), default=0)

    class Meta:
        verbose_name = _("reads of all articles on a day")
        verbose_name_plural = _("reads of all articles by day")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.day}: {self.reads}"


class Period(models.TextChoices):
    """How far back a hot list looks."""

    DAY = "day", _("One day")
    WEEK = "week", _("Seven days")
    MONTH = "month", _("Thirty days")


class HotArticle(models.Model):
    """A place in one of the hot lists, counted anew by the periodic command."""

    article = models.ForeignKey("articles.Article", on_delete=models.CASCADE, related_name="hot")
    period = models.CharField(
        _("period"), max_length=5, choices=Period.choices, default=Period.WEEK
    )
    position = models.PositiveSmallIntegerField()
    score = models.FloatField()

    class Meta:
        verbose_name = _("place in the hot list")
        verbose_name_plural = _("hot list")
        ordering = ["period", "position"]
        constraints = [
            models.UniqueConstraint(fields=["period", "position"], name="hot_in_order"),
            models.UniqueConstraint(fields=["article", "period"], name="hot_once_a_period"),
            models.CheckConstraint(
                condition=models.Q(period__in=Period.values), name="hot_period_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.position}: {self.article_id}"


class Reason(models.TextChoices):
    """Why an article stands below another."""

    CHOSEN = "chosen", _("Chosen by the editors")
    TAG = "tag", _("Same tag")
    TOPIC = "topic", _("Same topic")
    TEXT = "text", _("Similar content")
    CATEGORY = "category", _("Same category")
    RECENT = "recent", _("Recently published")


class RelatedArticle(models.Model):
    """A recommendation below an article. More are stored than are shown: at reading time the
    neighbours and what is withheld drop out."""

    article = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="related"
    )
    other = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="related_to"
    )
    position = models.PositiveSmallIntegerField()
    score = models.FloatField()
    # Values of Reason with spaces between them, the strongest first.
    reasons = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = _("related article")
        verbose_name_plural = _("related articles")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["article", "other"], name="related_once"),
            models.UniqueConstraint(fields=["article", "position"], name="related_in_order"),
            models.CheckConstraint(
                condition=~models.Q(article=models.F("other")), name="related_is_another"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.article_id} → {self.other_id}"


class RelatedChoice(models.Model):
    """That editors want an article below another in any case, or never. Outlives every rebuild."""

    class Verdict(models.TextChoices):
        PIN = "pin", _("Always show")
        BAN = "ban", _("Never show")

    article = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="related_choices"
    )
    other = models.ForeignKey(
        "articles.Article",
        verbose_name=_("other article"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    verdict = models.CharField(_("wish"), max_length=3, choices=Verdict.choices)
    by = models.ForeignKey(
        "articles.User",
        verbose_name=_("by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )
    made_at = models.DateTimeField(_("since"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("choice of a related article")
        verbose_name_plural = _("choices of related articles")
        default_permissions = ()
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["article", "other"], name="related_choice_once"),
            models.CheckConstraint(
                condition=~models.Q(article=models.F("other")), name="related_choice_is_another"
            ),
            models.CheckConstraint(
                condition=models.Q(verdict__in=["pin", "ban"]), name="related_choice_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.get_verdict_display()
