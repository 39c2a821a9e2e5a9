from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TextKind(models.TextChoices):
    """What an indexed text is the text of."""

    ARTICLE = "article", _("Article")
    SUBMISSION = "submission", _("Submission")


class IndexedText(models.Model):
    """A text that others are compared with, whatever became of it: pending, published, declined,
    withheld, deleted. Only submissions.originality writes it.

    The text is kept here, compressed, so that one that was deleted can still be shown beside a
    copy of it; about 2.5 kB for 1,500 characters.
    """

    # 32 bits, because this number stands eighty times in the table of fingerprints.
    id = models.AutoField(primary_key=True)
    kind = models.CharField(max_length=12, choices=TextKind.choices)
    object_id = models.PositiveBigIntegerField()
    title = models.CharField(_("title"), max_length=200, blank=True)
    compressed = models.BinaryField()
    digest = models.BinaryField(max_length=16)
    # The stored hashes, packed: what has to go from the table when the text changes.
    hashes = models.BinaryField()
    # Where in its source the text was read; an older reading never replaces a newer one.
    position = models.BigIntegerField(default=0)
    version = models.PositiveSmallIntegerField()
    indexed_at = models.DateTimeField(_("indexed"), default=timezone.now)

    class Meta:
        verbose_name = _("indexed text")
        verbose_name_plural = _("indexed texts")
        default_permissions = ()
        indexes = [models.Index(fields=["version", "id"], name="indexed_text_by_version")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="text_is_indexed_once"),
            models.CheckConstraint(
                condition=Q(kind__in=TextKind.values), name="indexed_text_kind_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}: {self.title}"


class Fingerprint(models.Model):
    """A sampled 5-gram of a text. The migration makes the table: it is nothing but its key."""

    pk = models.CompositePrimaryKey("hash", "doc")
    hash = models.IntegerField()
    doc = models.IntegerField()

    class Meta:
        db_table = "submissions_fingerprint"
        verbose_name = _("fingerprint")
        verbose_name_plural = _("fingerprints")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.hash} in {self.doc}"


class IndexingProgress(models.Model):
    """How far the texts of a kind have been read from their source.

    All up to `position` is done for good. `upcoming` was the end of the source at
    `upcoming_since`; it becomes the position when no transaction of that time can still be open.
    """

    kind = models.CharField(max_length=12, choices=TextKind.choices, primary_key=True)
    position = models.BigIntegerField(default=0)
    upcoming = models.BigIntegerField(default=0)
    upcoming_since = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("progress of the indexing")
        verbose_name_plural = _("progress of the indexing")
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.kind}: {self.position}"
