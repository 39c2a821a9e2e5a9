from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportRecord(models.Model):
    """What an import made of one item of another system, so that a second run changes nothing."""

    source = models.CharField(_("source"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20)
    foreign_id = models.CharField(_("number there"), max_length=200)
    object_id = models.BigIntegerField(_("number here"), null=True)
    digest = models.CharField(max_length=64)
    imported_at = models.DateTimeField(_("imported"), auto_now=True)

    class Meta:
        verbose_name = _("imported item")
        verbose_name_plural = _("imported items")
        constraints = [
            models.UniqueConstraint(fields=["source", "kind", "foreign_id"], name="imported_once")
        ]

    def __str__(self) -> str:
        return f"{self.source} {self.kind} {self.foreign_id}"
