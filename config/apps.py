from django.apps import AppConfig, apps
from django.contrib import admin
from django.contrib.admin import autodiscover
from django.contrib.admin.apps import SimpleAdminConfig

from config import checks  # noqa: F401 (importing them registers them)


class SiteConfig(AppConfig):
    name = "config"
    default = True

    def ready(self) -> None:
        from config import cache_checks  # noqa: F401, PLC0415 (models are not there before)


class TougaoAdminConfig(SimpleAdminConfig):
    """The admin, with the site of ours as its one site."""

    default_site = "config.admin.TougaoAdminSite"

    def ready(self) -> None:
        super().ready()
        autodiscover()
        # Where a person is signed in, and with which WeChat account, is that person's alone.
        for label in ("usersessions", "socialaccount"):
            if apps.is_installed(f"allauth.{label}"):
                for model in apps.get_app_config(label).get_models():
                    if admin.site.is_registered(model):
                        admin.site.unregister(model)
