from django.db import models
from django.utils.translation import gettext_lazy as _


class OpeningClause(models.Model):
    """How many articles open with a clause: a greeting that stands in many is no excerpt."""

    digest = models.CharField(max_length=32, primary_key=True)
    articles = models.IntegerField(default=0)

    class Meta:
        verbose_name = _("opening clause")
        verbose_name_plural = _("opening clauses")

    def __str__(self) -> str:
        return f"{self.digest}: {self.articles}"
