from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_migrate  # noqa: TID251 (migrate's own, not a model's)
from django.utils.translation import gettext_lazy as _


class ArticlesConfig(AppConfig):
    name = "articles"
    verbose_name = _("Articles")

    def ready(self) -> None:
        post_migrate.connect(_install_triggers, sender=self)


def _install_triggers(using: str, **_others: Any) -> None:
    """Put up the triggers that note what changes, where a migration took some down."""
    from articles.pagecache import triggers  # noqa: PLC0415 (models are not there before)

    triggers.install(connections[using])
