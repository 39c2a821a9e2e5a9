"""The site's settings for tests: a sealed environment, quick hashing, tasks done at once."""

import atexit
import os
import re
import shutil
import tempfile

# A test run must not read the environment of whoever runs it, but for the two services.
for _name in [
    "DEBUG",
    "DEMO",
    "LOCAL_RUN",
    "SITE_NAME",
    "SITE_URL",
    "SITE_TAGLINE",
    "SITE_DESCRIPTION",
    "ICP_NUMBER",
    "POLICE_NUMBER",
    "REPORT_PHONE",
    "OPERATOR_NAME",
    "OPERATOR_ADDRESS",
    "ITEMS_PER_PAGE",
    "CHARACTERS_PER_MINUTE",
    "HOST",
    "PORT",
    "WORKERS",
    "THREADS",
    "EMAIL_URL",
    "DEFAULT_FROM_EMAIL",
    "LANGUAGE_CODE",
    "TIME_ZONE",
    "TRUSTED_PROXY_COUNT",
    "HSTS_SECONDS",
    "WECHAT_SECRET",
    "WECHAT_CLIENT_ID",
    "SECRET_KEY_FALLBACKS",
    "INDEXNOW_KEY",
    "INDEXNOW_URL",
    "BAIDU_PUSH_TOKEN",
    "BAIDU_PUSH_URL",
    "API_REQUESTS_PER_MINUTE",
    "CARD_FONT",
    "PAGE_CACHE_MB",
    "PAGES_DIR",
    "CDN_PURGE",
    "CDN_PURGE_URL",
    "CDN_PURGE_TOKEN",
    "CDN_MAX_AGE",
    "DATABASE_REPLICA_URL",
    "STATIC_ROOT",
    "MEDIA_S3_BUCKET",
    "MEDIA_S3_PRIVATE_BUCKET",
    "MEDIA_S3_READ_URL",
]:
    os.environ.pop(_name, None)
os.environ["SECRET_KEY"] = "a-key-for-tests-only-" + "0123456789abcdefghijklmnopqrstuvwxyz"
os.environ["ALLOWED_HOSTS"] = "testserver,127.0.0.1,localhost"
os.environ["SITE_URL"] = "http://testserver"
os.environ["SITE_NAME"] = "拾页"
os.environ["TAKEDOWN_EMAIL"] = "takedown@example.com"
os.environ["EMAIL_URL"] = "memory:"
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="tougao-tests-")
atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)

# Each process of a run empties its cache between tests, so on Redis it has a database of its own.
if _cache := re.fullmatch(r"(rediss?://.+/)(\d+)", os.environ.get("CACHE_URL", "")):
    _process = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)
    os.environ["CACHE_URL"] = f"{_cache[1]}{(int(_cache[2]) + _process) % 16}"

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
WHITENOISE_AUTOREFRESH = True
# A connection kept by a thread of the live server would hold the test database at the end.
DATABASES["default"]["CONN_MAX_AGE"] = 0  # noqa: F405
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405
    # A file and not memory, which threads would have to share one connection to.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}  # noqa: F405
    DATABASES["default"]["OPTIONS"]["init_command"] += "; PRAGMA synchronous=OFF"  # noqa: F405
