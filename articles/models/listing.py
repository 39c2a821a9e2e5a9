"""The lists that readers walk, kept beside the articles: so that page 2,500 of a category costs
what page 1 does, and a count costs a row. Only articles.services.listing writes them."""

from django.db import models
from django.utils.translation import gettext_lazy as _

# The number of the list of all articles.
EVERYTHING = 1


class ListKind(models.TextChoices):
    """What a list holds the articles of."""

    ALL = "all", _("All articles")
    CATEGORY = "category", _("Category and all below it")
    TAG = "tag", _("Tag")
    CONTRIBUTOR = "contributor", _("Contributor")
    TOPIC = "topic", _("Topic")


class ArticleList(models.Model):
    """A list of articles, newest first. `ref` is the number of the category, tag, byline or topic;
    0 for all articles. `count` counts the entries, scheduled ones as well."""

    kind = models.CharField(max_length=11, choices=ListKind.choices)
    ref = models.PositiveBigIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("list of articles")
        verbose_name_plural = _("lists of articles")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["kind", "ref"], name="list_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=ListKind.values), name="list_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"


class ListEntry(models.Model):
    """That an article stands in a list: published or scheduled, and not withheld as a whole."""

    list = models.ForeignKey(
        ArticleList, on_delete=models.CASCADE, related_name="entries", db_index=False
    )
    article = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="entries", db_index=False
    )
    # The article's own; so that the index alone gives a page of the list.
    public_at = models.DateTimeField()

    class Meta:
        verbose_name = _("entry of a list")
        verbose_name_plural = _("entries of lists")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["article", "list"], name="entry_once_a_list")
        ]
        indexes = [models.Index(fields=["list", "-public_at", "-article"], name="entry_by_date")]

    def __str__(self) -> str:
        return f"{self.list_id}: {self.article_id}"


class ListBlock(models.Model):
    """How many entries of a list stand from here, the oldest of the block, up to the next block.
    The first block of a list begins before every date. Adding the counts finds any page."""

    list = models.ForeignKey(
        ArticleList, on_delete=models.CASCADE, related_name="blocks", db_index=False
    )
    public_at = models.DateTimeField()
    article_number = models.PositiveBigIntegerField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name = _("block of a list")
        verbose_name_plural = _("blocks of lists")
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["list", "public_at", "article_number"], name="block_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.list_id}: {self.count}"
