"""What is wrong with this site's settings, said at the start."""

import os
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.files.storage import FileSystemStorage, storages
from django.http.request import validate_host

from moderation.webhook import is_allowed

_OLDEST_SQLITE = (3, 37)


@register(Tags.caches)
def check_shared_cache(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    backend = settings.CACHES["default"]["BACKEND"]
    if settings.WORKERS == 1 or not backend.endswith("LocMemCache"):
        return []
    return [
        Error(
            f"{settings.WORKERS} web processes do not share a cache that each keeps in its memory.",
            hint="Set CACHE_URL=redis://… or leave WORKERS at 1 (and raise THREADS).",
            id="config.E001",
        )
    ]


@register(Tags.caches, deploy=True)
def check_cache_of_machines(
    app_configs: Sequence[AppConfig] | None, **_: Any
) -> list[CheckMessage]:
    is_server = not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if not is_server or not settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"):
        return []
    return [
        checks.Warning(
            "The cache is each process's own: several web processes, on one machine or more, "
            "would each count by itself who asks too often.",
            hint="Set CACHE_URL=redis://…, or silence this where there is one web process.",
            id="config.W004",
        )
    ]


@register(Tags.urls)
def check_site_url(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    host = urlsplit(settings.SITE_URL).hostname or ""
    if ":" in host:
        host = f"[{host}]"
    if validate_host(host, settings.ALLOWED_HOSTS):
        return []
    return [
        Error(
            f"SITE_URL is {settings.SITE_URL}, but ALLOWED_HOSTS does not name {host}.",
            hint="Add the host to ALLOWED_HOSTS, or correct SITE_URL.",
            id="config.E002",
        )
    ]


@register(Tags.compatibility)
def check_sqlite(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    is_sqlite = settings.DATABASES["default"]["ENGINE"].endswith("sqlite3")
    if not is_sqlite or sqlite3.sqlite_version_info >= _OLDEST_SQLITE:
        return []
    return [
        Error(
            f"This Python has SQLite {sqlite3.sqlite_version}; 3.37 or newer is needed.",
            hint="Use a newer Python, or PostgreSQL: DATABASE_URL=postgres://…",
            id="config.E003",
        )
    ]


@register(Tags.security)
def check_demo(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if not settings.DEMO or settings.LOCAL_RUN or settings.DEBUG:
        return []
    return [
        Error(
            "DEMO is on: a public site must not have the demo people, whose passwords are known.",
            hint="Unset DEMO, and run `manage.py remove_demo` where the demo was loaded.",
            id="config.E004",
        )
    ]


@register(Tags.files, deploy=True)
def check_media(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    stores = {"default": settings.MEDIA_ROOT, "private": settings.PRIVATE_ROOT}
    for name, folder in stores.items():
        on_disk = isinstance(storages[name], FileSystemStorage)
        if on_disk and not is_writable(Path(folder)):
            found.append(
                Error(
                    f"The folder {folder} cannot be written: pictures could not be uploaded.",
                    hint="Let the user that runs the site write there, or set DATA_DIR.",
                    id="config.E005",
                )
            )
    return found


@register(Tags.security, deploy=True)
def check_mail(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    backend = str(settings.EMAIL_DELIVERY["EMAIL_BACKEND"])
    if not backend.endswith(("dummy.EmailBackend", "console.EmailBackend")):
        return []
    return [
        checks.Warning(
            "Mail stays in the database: nobody gets a sign-in code or an answer.",
            hint="Set EMAIL_URL=smtp://user:password@host:587/?tls=True",
            id="config.W001",
        )
    ]


@register(Tags.security, deploy=True)
def check_proxy(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if not settings.SECURE_SSL_REDIRECT or settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        return []
    return [
        checks.Warning(
            f"SITE_URL is {settings.SITE_URL}, but no proxy in front is trusted: the web server "
            "itself speaks http, so every request would be led to https for ever.",
            hint="Set TRUSTED_PROXY_COUNT to the number of proxies in front, mostly 1.",
            id="config.W002",
        )
    ]


@register(Tags.security)
def check_webhook(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if not settings.MODERATION_WEBHOOK_URL or is_allowed(settings.MODERATION_WEBHOOK_URL):
        return []
    return [
        Error(
            "MODERATION_WEBHOOK_URL is no address that may be told of urgent cases.",
            hint="Give an https:// address without a password, or an http:// one on this machine.",
            id="config.E006",
        )
    ]


@register(Tags.compatibility, deploy=True)
def check_operator(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if settings.OPERATOR_NAME and settings.OPERATOR_ADDRESS:
        return []
    return [
        checks.Warning(
            "The operator's name or address is not set: the law wants them public "
            "(信息网络传播权保护条例, art. 22).",
            hint="Set OPERATOR_NAME and OPERATOR_ADDRESS, or fill them in on the desk under "
            "“Site settings” and silence this.",
            id="config.W003",
        )
    ]


def is_writable(folder: Path) -> bool:
    """Say whether a folder can be written, or made where it does not exist yet."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
