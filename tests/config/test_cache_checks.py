from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.db import connection

from articles.pagecache import triggers
from config.preparation import prepare_database
from config.terminal import Terminal

TOKEN = "edk7yc4rEZP9pDQD"


def found(**options: Any) -> set[str]:
    messages = run_checks(include_deployment_checks=False, **options)
    return {name for name in (str(message.id) for message in messages) if name[:7] == "config."}


@pytest.mark.parametrize(
    ("kind", "url", "token", "complaints"),
    [
        ("", "", "", set()),
        ("akamai", "https://cdn.example.com/", TOKEN, {"E007"}),
        ("cloudflare", "https://api.example.com/zones/z/purge_cache", TOKEN, set()),
        ("cloudflare", "http://api.example.com/zones/z/purge_cache", TOKEN, {"E008"}),
        ("cloudflare", "", "", {"E008", "E009"}),
        ("fastly", "https://api.example.com/service/s", "", {"E009"}),
        ("fastly", "service/s", TOKEN, {"E008"}),
        ("varnish", "http://10.0.0.1:6081,http://10.0.0.2:6081", "", set()),
        ("varnish", " , ", "", {"E008"}),
        ("varnish", "http://10.0.0.1:6081,10.0.0.2:6081", "", {"E008"}),
    ],
)
def test_a_cdn_can_be_told(
    settings: Any, kind: str, url: str, token: str, complaints: set[str]
) -> None:
    settings.CDN_PURGE, settings.CDN_PURGE_URL, settings.CDN_PURGE_TOKEN = kind, url, token
    assert found() == {f"config.{name}" for name in complaints}


def test_files_of_pages_are_not_for_a_cdn(settings: Any, tmp_path: Path) -> None:
    settings.PAGES_DIR = str(tmp_path)
    assert found() == set()
    settings.CDN_PURGE, settings.CDN_PURGE_URL = "varnish", "http://10.0.0.1"
    assert found() == {"config.W004"}


def test_pages_need_a_folder_that_can_be_written(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.PAGES_DIR = str(tmp_path / "file" / "pages")
    assert found() == {"config.E010"}


def test_missing_triggers_are_said_where_the_database_is_asked(db: None) -> None:
    assert found(databases=["default"]) == set()
    take_one_down()
    assert found() == set()
    assert found(databases=["default"]) == {"config.W005"}
    call_command("migrate", verbosity=0)
    assert found(databases=["default"]) == set()


def test_the_start_of_the_site_puts_them_up(db: None) -> None:
    said = StringIO()
    prepare_database(Terminal(said))
    assert said.getvalue() == ""
    take_one_down()
    prepare_database(Terminal(said))
    assert len(said.getvalue().splitlines()) == 1
    assert triggers.missing(connection) == []


def take_one_down() -> None:
    dialect = triggers._dialect(connection)
    with connection.cursor() as cursor:
        name, table = next(iter(dialect.present(cursor).items()))
        dialect.drop(cursor, name, table)
