"""What some tests need besides Python: services of the machine, a browser, data.

Where one is missing the test is skipped with the reason. REQUIRE_SERVICES names those whose
absence is a failure instead, separated by commas, or is 1 for all (as in CI).
"""

import os
import shutil

import pytest
from django.conf import settings
from django.db import connection

from tests.conftest import SHARED

_REASONS = {
    "postgresql": "needs PostgreSQL: DATABASE_URL=postgres://user@host:5432/name",
    "redis": "needs Redis: CACHE_URL=redis://host:6379/5",
    "chromium": "needs Chromium in PATH: apt install chromium",
    "gettext": "needs gettext: apt install gettext",
    "nginx": "needs nginx in PATH: apt install nginx-light",
    "shared data": "needs the shared test data beside the project: ../shared/data",
}


def require_or_skip(service: str) -> None:
    """Skip the running test where `service` is missing; fail it where it must be there."""
    if not _is_there(service):
        stop = pytest.fail if _is_required(service) else pytest.skip
        stop(_REASONS[service])


def chromium() -> str:
    """Return the path of a Chromium of this machine, or nothing."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), "")


def _is_required(service: str) -> bool:
    required = os.environ.get("REQUIRE_SERVICES", "").split(",")
    return "1" in required or service in required


def _is_there(service: str) -> bool:
    if service == "postgresql":
        return connection.vendor == "postgresql"
    if service == "redis":
        return settings.CACHES["default"]["BACKEND"].endswith("RedisCache")
    if service == "chromium":
        return bool(chromium())
    if service == "nginx":
        return bool(shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"))
    if service == "shared data":
        return SHARED.is_dir()
    return all(shutil.which(tool) for tool in ("xgettext", "msgmerge", "msgfmt"))
