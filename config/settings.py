"""Settings, from the environment only. README has the table of them."""

import re
import secrets
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import salted_hmac
from environs import Env

from config.outside import replica_database, s3_storages

env = Env()
BASE_DIR = Path(__file__).resolve().parent.parent

DEBUG = env.bool("DEBUG", False)
# Set by `make run`, which serves loopback only: a key is then made and kept in DATA_DIR.
LOCAL_RUN = env.bool("LOCAL_RUN", False)
DEMO = env.bool("DEMO", False)
DATA_DIR = env.path("DATA_DIR", BASE_DIR / ".data").expanduser().absolute()


def _secret_key() -> str:
    """Return SECRET_KEY; for local runs one that is made once and kept, readable by its owner."""
    if key := env.str("SECRET_KEY", ""):
        return key
    if not (LOCAL_RUN or DEBUG):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Give the site a long random value, the same at every start: "
            "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
        )
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    path = DATA_DIR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(50))
    return path.read_text().strip()


def _allowed_hosts() -> list[str]:
    given: list[str] = env.list("ALLOWED_HOSTS", [])
    hosts = [host.strip() for host in given if host.strip()]
    if hosts:
        return hosts
    if LOCAL_RUN or DEBUG:
        return ["127.0.0.1", "localhost", "[::1]"]
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS is not set. Name the hosts that this site answers to, "
        "separated by commas: ALLOWED_HOSTS=www.example.com,example.com"
    )


SECRET_KEY = _secret_key()
# Keys that were used before: what they signed (receipts, sessions, links in mails) still counts.
_former_keys: list[str] = env.list("SECRET_KEY_FALLBACKS", [])
SECRET_KEY_FALLBACKS = [key for key in _former_keys if key]
ALLOWED_HOSTS = _allowed_hosts()
# Where and how wide `manage.py serve` serves.
HOST = env.str("HOST", "127.0.0.1")
PORT = env.int("PORT", 8000)
WORKERS = env.int("WORKERS", 1)
THREADS = env.int("THREADS", 4)
SITE_URL = env.str(
    "SITE_URL", f"http://127.0.0.1:{PORT}" if LOCAL_RUN or DEBUG else f"https://{ALLOWED_HOSTS[0]}"
).rstrip("/")
_site_host = urlsplit(SITE_URL).hostname or ""
if urlsplit(SITE_URL).scheme not in {"http", "https"} or _site_host[:1] in {"", "*", "."}:
    raise ImproperlyConfigured(f"SITE_URL must be like https://www.example.com, not {SITE_URL!r}.")

# What staff may also change in the admin; a blank there means the value here.
SITE_NAME = env.str("SITE_NAME", "拾页" if DEMO else "投稿")
SITE_TAGLINE = env.str("SITE_TAGLINE", "读者写的实用文章")
SITE_DESCRIPTION = env.str("SITE_DESCRIPTION", "")
_host = str(urlsplit(SITE_URL).hostname)
# A bare number or a single word is no domain for mail: post_office would refuse the row.
_mail_host = _host if re.search(r"\.[a-z]", _host) else "example.com"
TAKEDOWN_EMAIL = env.str("TAKEDOWN_EMAIL", f"takedown@{_mail_host}")
ICP_NUMBER = env.str("ICP_NUMBER", "")
POLICE_NUMBER = env.str("POLICE_NUMBER", "")
REPORT_PHONE = env.str("REPORT_PHONE", "")
# Who runs the site, and where: 信息网络传播权保护条例, art. 22, wants it public.
OPERATOR_NAME = env.str("OPERATOR_NAME", "")
OPERATOR_ADDRESS = env.str("OPERATOR_ADDRESS", "")
ITEMS_PER_PAGE = env.int("ITEMS_PER_PAGE", 20)
CHARACTERS_PER_MINUTE = env.int("CHARACTERS_PER_MINUTE", 400)
# A font with Chinese characters for the pictures that are shared; blank: one of the system's.
CARD_FONT = env.str("CARD_FONT", "")
# How often one address may ask the programming interface.
API_REQUESTS_PER_MINUTE = env.int("API_REQUESTS_PER_MINUTE", 120)
# An answer is promised within so many weekdays; after so many accepted texts, and without a
# strike, a contributor's texts skip the queue.
REVIEW_DAYS = env.int("REVIEW_DAYS", 3)
TRUSTED_AFTER = env.int("TRUSTED_AFTER", 10)

# --- Infringement reports -------------------------------------------------------------------
# The durations and options of the procedure, each MODERATION_<NAME> in the environment; pages,
# mails and deadlines follow them (moderation.policy). Where the law allows two ways
# (条例 17 and 民法典 1196) COUNTER_NOTICE_MODE chooses: wait, immediate or us.
MODERATION = {
    name: env.int(f"MODERATION_{name}", default)
    for name, default in {
        "CONFIRM_HOURS": 72,
        "FIX_WORKING_DAYS": 10,
        "ANSWER_WORKING_DAYS": 3,
        "ILLEGAL_HOURS": 4,
        "PRIVACY_HOURS": 24,
        "COPYRIGHT_HOURS": 24,
        "OTHER_WORKING_DAYS": 3,
        "COUNTER_REVIEW_WORKING_DAYS": 2,
        "WAIT_DAYS": 15,
        "US_WAIT_WORKING_DAYS": 10,
        "PROOF_REVIEW_WORKING_DAYS": 2,
        "LITIGATION_CHECK_DAYS": 90,
        "APPEAL_MONTHS": 6,
        "APPEAL_WORKING_DAYS": 10,
        "CONTEST_DAYS": 15,
        "STRIKE_DAYS": 180,
        "SUSPENSION_DAYS": 90,
        "STRIKES_TO_REVIEW": 2,
        "STRIKES_TO_SUSPEND": 3,
        "MANIFEST_WINDOW_DAYS": 90,
        "MANIFEST_TO_WARN": 3,
        "SLOW_DAYS": 30,
        "IDENTITY_RETENTION_DAYS": 30,
        "PERSONAL_RETENTION_YEARS": 3,
        "TRACE_RETENTION_MONTHS": 6,
        "CLAIM_MINUTES": 120,
    }.items()
} | {
    "COUNTER_NOTICE_MODE": env.str("COUNTER_NOTICE_MODE", "wait"),
    # What a second person must approve: takedown, restoration, disclosure.
    "SECOND_PERSON": env.list("MODERATION_SECOND_PERSON", []),
}
# Where the daily signed head of the record is mailed to, and the public keys (Base64) of heads that
# were signed with a SECRET_KEY that is no longer used.
CASEWORK_HEAD_EMAIL = env.str("CASEWORK_HEAD_EMAIL", "")
CASEWORK_HEAD_KEYS: list[str] = env.list("CASEWORK_HEAD_KEYS", [])
# Corrects the calendar of working days, or goes on where its data end:
# WORK_CALENDAR=2027-01-01=rest,2027-01-02=work
WORK_CALENDAR: dict[str, str] = env.dict("WORK_CALENDAR", {})
# Told at once, without personal data, of a case whose clock is short.
MODERATION_WEBHOOK_URL = env.str("MODERATION_WEBHOOK_URL", "")

# --- Search engines -------------------------------------------------------------------------
# Told of addresses that change or go, where the site has their keys.
INDEXNOW_KEY = env.str("INDEXNOW_KEY", "")
INDEXNOW_URL = env.str("INDEXNOW_URL", "https://api.indexnow.org/indexnow")
BAIDU_PUSH_TOKEN = env.str("BAIDU_PUSH_TOKEN", "")
BAIDU_PUSH_URL = env.str("BAIDU_PUSH_URL", "http://data.zz.baidu.com")  # It has no https.
if INDEXNOW_KEY and not re.fullmatch(r"[A-Za-z0-9-]{8,128}", INDEXNOW_KEY):
    raise ImproperlyConfigured("INDEXNOW_KEY must be 8 to 128 letters, digits and hyphens.")
if BAIDU_PUSH_TOKEN and not re.fullmatch(r"[A-Za-z0-9]{6,64}", BAIDU_PUSH_TOKEN):
    raise ImproperlyConfigured("BAIDU_PUSH_TOKEN must be the letters and digits that Baidu gave.")

INSTALLED_APPS = [
    "config",
    "articles",
    "submissions",
    "moderation",
    "config.apps.TougaoAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "ckeditor",
    "csp",
    "django_tasks",
    "django_tasks_db",
    "imagekit",
    "post_office",
    "simple_history",
    "taggit",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.PolicyMiddleware",
    "config.middleware.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "config.templating.Loader",
                    [
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context_processors.site",
            ],
            "builtins": ["django.templatetags.i18n", "django.templatetags.static"],
        },
    },
]

# --- Database, cache, background work -------------------------------------------------------
DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'site.sqlite3'}")}
DATABASES["default"]["CONN_MAX_AGE"] = 60
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        # IMMEDIATE takes the write lock at BEGIN: writers queue instead of failing half-way.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA temp_store=MEMORY; "
            "PRAGMA cache_size=-4000"
        ),
    }
# A streaming replica of PostgreSQL: public pages of who is signed out read from it while it has
# all that is known to have changed (config.routing).
DATABASE_REPLICA_URL = env.str("DATABASE_REPLICA_URL", "")
if DATABASE_REPLICA_URL:
    DATABASES["replica"] = replica_database(
        DATABASES["default"], env.dj_db_url("DATABASE_REPLICA_URL")
    )
    DATABASE_ROUTERS = ["config.routing.ReplicaRouter"]
    MIDDLEWARE.insert(0, "config.routing.ReplicaMiddleware")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.dj_cache_url("CACHE_URL", "locmem://tougao")}
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
# Rendered pages: megabytes of them that each web process keeps (0: none), and the directory from
# which a web server hands them out (blank: it does not).
PAGE_CACHE_MB = env.int("PAGE_CACHE_MB", 24)
PAGES_DIR = env.str("PAGES_DIR", "")
# A CDN that keeps pages and is told of each change: cloudflare, fastly or varnish; the address that
# takes purges (several for varnish, separated by commas) and its token; and for how many seconds it
# may keep what it is told nothing of. docs/caching.md
CDN_PURGE = env.str("CDN_PURGE", "")
CDN_PURGE_URL = env.str("CDN_PURGE_URL", "")
CDN_PURGE_TOKEN = env.str("CDN_PURGE_TOKEN", "")
CDN_MAX_AGE = env.int("CDN_MAX_AGE", 3600)

# --- People ---------------------------------------------------------------------------------
AUTH_USER_MODEL = "articles.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
# Who may do what, app by app; `sync_roles` makes the groups agree with them.
ROLE_TABLES = [
    "articles.services.roles.ROLES",
    "submissions.services.roles.ROLES",
    "moderation.services.roles.ROLES",
]
# The kinds of places that can show a picture of the library, app by app.
PICTURE_SOURCES = [
    "articles.services.library.SOURCES",
    "submissions.services.pictures.SOURCES",
    "moderation.services.pictures.SOURCES",
]
# What the apps above move when categories, tags or bylines are merged: modules with planned(origin)
# and follow(origin, target).
MERGE_PARTS = ["submissions.services.merging", "moderation.services.merging"]
# What the apps above add to the demo: modules with load(), planned() and remove(by).
DEMO_PARTS = ["submissions.demo"]
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
# A mail is queued first, so a code holds for as long as one for an address does.
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(SITE_URL).scheme
ACCOUNT_ADAPTER = "config.accounts.AccountAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)
# Over allauth's own limits, which hold for what is not named here. Many readers can share one
# address (schools, mobile carriers), so that limits by address are wide by the minute and narrow by
# the day; those by mail address (key) keep anybody from flooding somebody else's mailbox.
ACCOUNT_RATE_LIMITS = {
    "signup": "20/m/ip,60/h/ip,200/d/ip",
    "request_login_code": "20/m/ip,3/m/key,20/d/key",
    "reset_password": "20/m/ip,5/m/key,20/d/key",
    # Ours: without a solved proof of work (no script, no secure address) less is let through.
    "signup_without_proof": "5/h/ip,20/d/ip",
    "submission_without_proof": "5/d/user",
    "export": "5/d/user",
    # Notices. About one article (key) any number may come in a day: beyond these only those whose
    # browser solved the riddle. A mail address (key) is sent so many links that confirm a notice.
    "report": "20/m/ip,60/h/ip,200/d/ip",
    "report_without_proof": "5/h/ip,20/d/ip",
    "report_mail": "5/h/key,15/d/key",
    "report_target": "20/h/key,60/d/key",
    "report_file": "60/h/ip,200/d/ip",
}
ACCOUNT_FORMS = {"signup": "config.signup.SignupForm"}
ALTCHA_HMAC_KEY = salted_hmac(
    "config.altcha", "", secret=SECRET_KEY, algorithm="sha256"
).hexdigest()

# WeChat, where the site has an account on WeChat's open platform.
WECHAT_CLIENT_ID = env.str("WECHAT_CLIENT_ID", "")
WECHAT_SECRET = env.str("WECHAT_SECRET", "")
if bool(WECHAT_CLIENT_ID) != bool(WECHAT_SECRET):
    raise ImproperlyConfigured("Set both WECHAT_CLIENT_ID and WECHAT_SECRET, or neither.")
if WECHAT_CLIENT_ID:
    INSTALLED_APPS += ["allauth.socialaccount", "allauth.socialaccount.providers.weixin"]
    SOCIALACCOUNT_PROVIDERS = {
        "weixin": {"APPS": [{"client_id": WECHAT_CLIENT_ID, "secret": WECHAT_SECRET, "key": ""}]}
    }

# --- Mail -----------------------------------------------------------------------------------
# Every mail is a row first (post_office); the worker hands it over. Without EMAIL_URL a local
# run keeps mail in the database, where the admin shows it.
EMAIL_BACKEND = "post_office.EmailBackend"
EMAIL_DELIVERY = env.dj_email_url(
    "EMAIL_URL", "dummy:" if LOCAL_RUN or DEBUG else "smtp://localhost:25"
)
for _name in ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL"):
    globals()[f"EMAIL_{_name}"] = EMAIL_DELIVERY.get(f"EMAIL_{_name}")
EMAIL_TIMEOUT = EMAIL_DELIVERY.get("EMAIL_TIMEOUT") or 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"noreply@{_mail_host}")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
POST_OFFICE = {
    "BACKENDS": {"default": EMAIL_DELIVERY["EMAIL_BACKEND"]},
    "DEFAULT_PRIORITY": "medium",
    "MAX_RETRIES": 8,
    "RETRY_INTERVAL": timedelta(minutes=5),
    "CELERY_ENABLED": False,
}

# --- Language and time ----------------------------------------------------------------------
LANGUAGE_CODE = env.str("LANGUAGE_CODE", "zh-hans")
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = env.str("TIME_ZONE", "Asia/Shanghai")
USE_TZ = True

# --- Files ----------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", DATA_DIR / "static").expanduser().absolute()
MEDIA_URL = "/media/"
MEDIA_ROOT = DATA_DIR / "media"
PRIVATE_ROOT = DATA_DIR / "private"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": PRIVATE_ROOT, "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
# Pictures and private files in an S3-compatible store instead of DATA_DIR, in two buckets. Pages
# name pictures by /media/ all the same: the web server in front, else the site, gets them there.
STORAGES |= s3_storages(env)
# Where the web server in front may read the bucket of pictures without a key.
MEDIA_S3_READ_URL = env.str("MEDIA_S3_READ_URL", "").rstrip("/")
WHITENOISE_MAX_AGE = 86400
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- Tags and editor ------------------------------------------------------------------------
TAGGIT_CASE_INSENSITIVE = True
TAGGIT_TAGS_FROM_STRING = "articles.tagging.tags_from_string"
TAGGIT_STRING_FROM_TAGS = "articles.tagging.string_from_tags"
# articles.editor builds the configuration.
CKEDITOR_CONFIGS: dict[str, dict[str, str]] = {"default": {}}
# W001 says that CKEditor 4 is no longer kept up. That is known: what it produces is cleaned
# when it is written (articles.html), and it stands behind one module (articles.editor).
# W019 asks for X_FRAME_OPTIONS=DENY: the preview stands in a frame of our own pages.
# W005 and W021 ask to bind all subdomains to https, in browsers' built-in lists even: that is
# for the operator to decide, who knows them (HSTS_INCLUDE_SUBDOMAINS, HSTS_PRELOAD).
SILENCED_SYSTEM_CHECKS = ["ckeditor.W001", "security.W005", "security.W019", "security.W021"]

# --- Security -------------------------------------------------------------------------------
_https = SITE_URL.startswith("https:")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 30 * 86400
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # Asked for by machines beside the site, over http.
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 31536000) if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", False)
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
if ALLAUTH_TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "articles.views.errors.csrf_failure"
X_FRAME_OPTIONS = "SAMEORIGIN"  # The preview stands in a frame beside the admin's form.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "style-src": [SELF],
        "script-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
    },
}
if WECHAT_CLIENT_ID:
    # Browsers hold the way on from a form's answer to form-action as well.
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"].append("https://open.weixin.qq.com")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"private_links": {"()": "config.private_links.HidePrivateLinks"}},
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["private_links"],
        }
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO").upper()},
    # Given a handler here, it adds none of its own; what it sent stands in the admin.
    "loggers": {
        "post_office": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
    },
}
