"""The site's settings for tests: a sealed environment, quick hashing, tasks done at once."""

import os
import tempfile

# A test run must not read the environment of whoever runs it, but for the two services.
for _name in ("DEBUG", "DEMO", "LOCAL_RUN", "SITE_NAME", "SITE_URL", "PORT", "EMAIL_URL"):
    os.environ.pop(_name, None)
os.environ["SECRET_KEY"] = "a-key-for-tests-only-" + "0123456789abcdefghijklmnopqrstuvwxyz"
os.environ["ALLOWED_HOSTS"] = "testserver,127.0.0.1,localhost"
os.environ["SITE_URL"] = "http://testserver"
os.environ["SITE_NAME"] = "拾页"
os.environ["TAKEDOWN_EMAIL"] = "takedown@example.com"
os.environ["EMAIL_URL"] = "memory:"
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="tougao-tests-")

from config.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"  # noqa: F405
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
WHITENOISE_AUTOREFRESH = True
