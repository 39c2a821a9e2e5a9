from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

# From here on a file is large: the desk lists such pictures.
LARGE_BYTES = 1024 * 1024


class Picture(models.Model):
    """An accepted, re-encoded picture and its renditions.

    `key` is its own for good; `file` changes when another file takes its place, so that no cache
    shows the old one. All its files lie under `pictures/<2>/<key>/` of the media storage; while an
    image measure is in force they lie under the same path of the private storage, and their
    addresses answer 451. `renditions` lists them as
    {"crop", "format", "width", "height", "file"}.
    """

    key = models.CharField(max_length=32, unique=True, editable=False)
    file = models.CharField(max_length=120, editable=False)
    width = models.PositiveIntegerField(_("width"), editable=False)
    height = models.PositiveIntegerField(_("height"), editable=False)
    size = models.PositiveIntegerField(_("bytes"), editable=False, default=0)
    sha256 = models.CharField(max_length=64, editable=False, db_index=True)
    name = models.CharField(_("file name"), max_length=200, blank=True)
    alt = models.CharField(
        _("description"),
        max_length=300,
        blank=True,
        help_text=_("Says what the picture shows, for those who cannot see it."),
    )
    renditions: models.JSONField[list[dict[str, Any]], list[dict[str, Any]]] = models.JSONField(
        default=list, editable=False
    )
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    created_at = models.DateTimeField(_("uploaded"), auto_now_add=True)
    # True while an image measure is in force; kept by articles.services.pictures.
    is_withheld = models.BooleanField(_("withheld"), default=False, editable=False)
    is_demo = models.BooleanField(default=False, editable=False)
    # Description and file name folded, for the search of the desk; kept by the services.
    folded = models.CharField(max_length=1100, blank=True, default="", editable=False)

    class Meta:
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["created_at"], name="picture_by_date"),
            models.Index(fields=["-id"], name="picture_undescribed", condition=Q(alt="")),
            models.Index(fields=["-id"], name="picture_withheld", condition=Q(is_withheld=True)),
            models.Index(fields=["-id"], name="picture_of_demo", condition=Q(is_demo=True)),
            models.Index(fields=["-id"], name="picture_large", condition=Q(size__gte=LARGE_BYTES)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(width__gt=0, height__gt=0), name="picture_has_an_extent"
            ),
        ]

    def __str__(self) -> str:
        return self.alt or self.name or self.key

    @property
    def folder(self) -> str:
        """Where its files lie, relative to the storage."""
        return f"pictures/{self.key[:2]}/{self.key}"

    @property
    def edition(self) -> str:
        """What the names of its files have besides: nothing until its file is replaced."""
        return self.file.partition(".")[0].removeprefix("original")

    @property
    def url(self) -> str:
        return f"{settings.MEDIA_URL}{self.folder}/{self.file}"


class ArticlePicture(models.Model):
    """That an article's text shows a picture; kept by the services when a text is written."""

    article = models.ForeignKey(
        "articles.Article", on_delete=models.CASCADE, related_name="picture_uses"
    )
    picture = models.ForeignKey(Picture, on_delete=models.PROTECT, related_name="article_uses")

    class Meta:
        verbose_name = _("use of a picture")
        verbose_name_plural = _("uses of pictures")
        constraints = [
            models.UniqueConstraint(fields=["article", "picture"], name="article_uses_picture_once")
        ]

    def __str__(self) -> str:
        return f"{self.article_id}: {self.picture_id}"
