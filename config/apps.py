from django.apps import AppConfig
from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig

from config import checks  # noqa: F401 (importing them registers them)


class SiteConfig(AppConfig):
    name = "config"
    default = True


class TougaoAdminConfig(SimpleAdminConfig):
    """The admin, with the site of ours as its one site."""

    default_site = "config.admin.TougaoAdminSite"

    def ready(self) -> None:
        super().ready()
        autodiscover()
