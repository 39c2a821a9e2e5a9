from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class SearchDocument(models.Model):
    """What the search index holds of an article. Only articles.search writes it.

    Everything here is folded, and is what the index was last given: SQLite's index can forget a
    text only when it is told that text again. On PostgreSQL the migration adds the columns of
    the terms, `head_grams` and `text_grams`, which the engine alone reads and writes.
    """

    # The second of publication, or the next that is free: the newest have the highest numbers.
    number = models.BigAutoField(primary_key=True)
    # No foreign key: what is to be forgotten outlives the article.
    article_id = models.BigIntegerField(unique=True)
    version = models.PositiveSmallIntegerField()
    digest = models.BinaryField(max_length=16)
    # In how many terms the text and its title come, with repetitions.
    length = models.PositiveIntegerField()
    title = models.TextField()
    tags = models.TextField(blank=True)
    # The category and the tags by their numbers, which filters ask for.
    marks = models.TextField(blank=True)
    text = models.TextField(blank=True)

    class Meta:
        verbose_name = _("indexed article")
        verbose_name_plural = _("indexed articles")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.article_id}: {self.title}"


class SearchOwed(models.Model):
    """That an article changed and the index has to follow. Rows are only added and, when the
    index has followed, deleted."""

    article_id = models.BigIntegerField(db_index=True)

    class Meta:
        verbose_name = _("article to be indexed")
        verbose_name_plural = _("articles to be indexed")
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.article_id)


class DeskTitle(models.Model):
    """By which words the editors' desk finds an article, whatever its status: those of its title.

    Only articles.search.titles writes it, and only the desk asks it: readers are answered from
    SearchDocument alone. On PostgreSQL the migration adds the column of the terms, `grams`; on
    SQLite they are in a table of FTS5.
    """

    article = models.OneToOneField(
        "articles.Article", on_delete=models.CASCADE, primary_key=True, related_name="desk_title"
    )
    # Folded, with a space before, between and after.
    words = models.TextField()

    class Meta:
        verbose_name = _("title on the desk")
        verbose_name_plural = _("titles on the desk")
        default_permissions = ()

    def __str__(self) -> str:
        return self.words.strip()


class SearchStatistics(models.Model):
    """What is known of the whole index, from a sample of it: one row, number 1."""

    documents = models.PositiveIntegerField()
    average_length = models.FloatField()
    # In which part of the articles each common term stands (articles.search.shares).
    shares: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    # Names of tags, bylines, topics and categories, for suggestions.
    names: models.JSONField[list[list[Any]], list[list[Any]]] = models.JSONField(default=list)
    refreshed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("statistics of the search index")
        verbose_name_plural = _("statistics of the search index")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.documents}"


class SearchCount(models.Model):
    """How often something was searched for on a day. Holds nothing that fewer than three
    visitors asked for on that day, and of nobody who they were."""

    day = models.DateField(_("day"))
    query = models.CharField(_("searched for"), max_length=60)
    asked = models.PositiveIntegerField(_("times"), default=0)
    found = models.PositiveIntegerField(_("articles found"), default=0)

    class Meta:
        verbose_name = _("search")
        verbose_name_plural = _("searches")
        default_permissions = ("view",)
        ordering = ["-day", "-asked", "query"]
        constraints = [
            models.UniqueConstraint(fields=["day", "query"], name="search_counted_once_a_day")
        ]

    def __str__(self) -> str:
        return self.query
