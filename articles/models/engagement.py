from django.db import models
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


class HotArticle(models.Model):
    """A place in the week's list, counted anew by the periodic command."""

    article = models.OneToOneField("articles.Article", on_delete=models.CASCADE, related_name="hot")
    position = models.PositiveSmallIntegerField(unique=True)
    score = models.FloatField()

    class Meta:
        verbose_name = _("place in the hot list")
        verbose_name_plural = _("hot list")
        ordering = ["position"]

    def __str__(self) -> str:
        return f"{self.position}: {self.article_id}"


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
