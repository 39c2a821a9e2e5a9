"""What is wrong with the caches in front of this site, said at the start. Read when the apps are
there (config.apps), as it asks what they know."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS, connections

from articles.models import Purge
from articles.pagecache import triggers
from articles.services.purging import KEYS_A_REQUEST, varnishes
from config.checks import is_writable
from moderation.webhook import is_allowed


@register(Tags.caches)
def check_cdn(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    kind = settings.CDN_PURGE
    if not kind:
        return []
    if kind not in KEYS_A_REQUEST:
        kinds = ", ".join(KEYS_A_REQUEST)
        return [
            Error(
                f"CDN_PURGE is {kind}: how to tell such a CDN of changes is not known.",
                hint=f"Set it to one of {kinds}, or leave it blank.",
                id="config.E007",
            )
        ]
    found: list[CheckMessage] = []
    if not _are_purge_addresses(kind):
        found.append(
            Error(
                "CDN_PURGE_URL is no address that can be told of changes: what is taken down would "
                "stay in the CDN.",
                hint="cloudflare: https://api.cloudflare.com/client/v4/zones/<zone>/purge_cache, "
                "fastly: https://api.fastly.com/service/<service>, varnish: the http:// address "
                "of each, separated by commas.",
                id="config.E008",
            )
        )
    if kind != "varnish" and not settings.CDN_PURGE_TOKEN:
        found.append(
            Error(
                "CDN_PURGE_TOKEN is not set: the CDN would take no purge.",
                hint="Make a token at the CDN that may purge this site and nothing else.",
                id="config.E009",
            )
        )
    return found


def _are_purge_addresses(kind: str) -> bool:
    """A token goes over https, or stays on this machine; Varnish stands in one's own network."""
    if kind != "varnish":
        return is_allowed(settings.CDN_PURGE_URL)
    addresses = [urlsplit(address) for address in varnishes()]
    return bool(addresses) and all(
        parts.scheme in {"http", "https"} and parts.hostname for parts in addresses
    )


@register(Tags.caches)
def check_cdn_and_files(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if not (settings.CDN_PURGE and settings.PAGES_DIR):
        return []
    return [
        checks.Warning(
            "Pages that the web server hands out as files (PAGES_DIR) name no keys: the CDN "
            "(CDN_PURGE) keeps none of them.",
            hint="Leave PAGES_DIR blank where a CDN stands in front.",
            id="config.W004",
        )
    ]


@register(Tags.files)
def check_pages(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    if not settings.PAGES_DIR or is_writable(Path(settings.PAGES_DIR)):
        return []
    return [
        Error(
            f"The folder PAGES_DIR={settings.PAGES_DIR} cannot be written: pages could be neither "
            "laid there nor taken away.",
            hint="Let the users that run the site and its worker write there, or leave it blank.",
            id="config.E010",
        )
    ]


@register(Tags.database)
def check_triggers(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **_: Any
) -> list[CheckMessage]:
    """Only where a command asks for its database. A warning, as `migrate` mends it and would not
    run on an error. Two queries."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    connection = connections[DEFAULT_DB_ALIAS]
    if Purge._meta.db_table not in connection.introspection.table_names():
        return []
    missing = triggers.missing(connection)
    if not missing:
        return []
    return [
        checks.Warning(
            f"{len(missing)} triggers of the database are missing ({missing[0]} …): pages would be "
            "shown as they were before a change, also after a takedown.",
            hint="Run `manage.py migrate`: it puts them up.",
            id="config.W005",
        )
    ]
