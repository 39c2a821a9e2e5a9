"""What has changed of what pages show."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class Purge(models.Model):
    """That what a surrogate key stands for has changed: a cached page that shows it is no longer
    what readers would get. Written in the transaction of the change, mostly by the database itself
    (articles.pagecache.triggers); read by the page cache of every process, and sent to a CDN.

    `transaction` is PostgreSQL's number of it, which tells what one did not see yet; 0 on SQLite,
    where rows come in the order of their commits.
    """

    key = models.CharField(max_length=80)
    transaction = models.BigIntegerField(db_default=0, editable=False)
    made_at = models.DateTimeField(db_default=Now(), editable=False)
    # For a CDN, where there is one.
    sent_at = models.DateTimeField(null=True, editable=False)
    attempts = models.PositiveSmallIntegerField(db_default=0, editable=False)
    due_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("purge")
        verbose_name_plural = _("purges")
        default_permissions = ("view", "change")
        indexes = [
            models.Index(fields=["transaction"], name="purge_by_transaction"),
            models.Index(fields=["made_at"], name="purge_by_date"),
            models.Index(fields=["due_at"], name="purge_owed", condition=Q(sent_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.key
