from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks

from config import checks


@pytest.fixture(autouse=True)
def _named_operator(settings: Any) -> None:
    settings.OPERATOR_NAME, settings.OPERATOR_ADDRESS = "拾页", "杭州市某路8号"


def found(deploy: bool = True) -> set[str]:
    return {message.id for message in run_checks(include_deployment_checks=deploy) if message.id}


def ours() -> set[str]:
    return {name for name in found() if name.startswith("config.")}


def test_a_site_like_the_tests_has_no_complaint(settings: Any, tmp_path: Path) -> None:
    assert ours() == set()


def test_several_processes_need_a_cache_they_share(settings: Any) -> None:
    settings.WORKERS = 2
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    # A database server has a warning of its own.
    assert ours() - {"config.W004"} == {"config.E001"}
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
    assert [message.id for message in checks.check_shared_cache(None)] == []


def test_a_database_server_without_a_shared_cache_is_said(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.postgresql")
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    assert [message.id for message in checks.check_cache_of_machines(None)] == ["config.W004"]
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache"}}
    assert checks.check_cache_of_machines(None) == []


@pytest.mark.parametrize("address", ["https://www.example.org", "http://[::1]:8000"])
def test_the_address_of_the_site_is_one_it_answers_to(settings: Any, address: str) -> None:
    settings.SITE_URL = address
    assert ours() == {"config.E002"}
    settings.ALLOWED_HOSTS = [".example.org", "[::1]"]
    assert ours() == set()


def test_an_old_sqlite_is_named(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.DATABASES["default"], "ENGINE", "django.db.backends.sqlite3")
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 36, 0))
    assert [message.id for message in checks.check_sqlite(None)] == ["config.E003"]


def test_no_demo_on_a_public_site(settings: Any) -> None:
    settings.DEMO = True
    assert ours() == {"config.E004"}
    settings.LOCAL_RUN = True
    assert ours() == set()


def test_pictures_need_a_folder_that_can_be_written(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings.MEDIA_ROOT = tmp_path / "file" / "media"
    assert ours() == {"config.E005"}


def test_mail_that_goes_nowhere_is_said(settings: Any) -> None:
    settings.EMAIL_DELIVERY = {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    assert ours() == {"config.W001"}


def test_https_without_a_proxy_in_front_is_said(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0
    assert ours() == {"config.W002"}
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert ours() == set()


@pytest.mark.parametrize("name", ["OPERATOR_NAME", "OPERATOR_ADDRESS"])
def test_an_operator_who_is_not_named_is_said(settings: Any, name: str) -> None:
    setattr(settings, name, "")
    assert ours() == {"config.W003"}


def test_urgent_cases_are_told_to_safe_addresses_alone(settings: Any) -> None:
    settings.MODERATION_WEBHOOK_URL = "http://hooks.example.org/x"
    assert ours() == {"config.E006"}
    settings.MODERATION_WEBHOOK_URL = "https://hooks.example.org/x"
    assert ours() == set()
