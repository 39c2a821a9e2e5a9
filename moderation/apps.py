from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from moderation import checks  # noqa: F401 (importing them registers them)


class ModerationConfig(AppConfig):
    name = "moderation"
    verbose_name = _("Moderation")
