from django.apps import AppConfig
from django.contrib.admin.apps import SimpleAdminConfig


class SiteConfig(AppConfig):
    name = "config"


class TougaoAdminConfig(SimpleAdminConfig):
    """The admin, with the site of ours as its one site."""

    default_site = "config.admin.TougaoAdminSite"

    def ready(self) -> None:
        super().ready()
        self.module.autodiscover()
