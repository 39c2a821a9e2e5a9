"""The configuration of nginx in front of the site, made from the site's settings."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import FileSystemStorage, storages
from django.http import HttpResponse
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware
from django.test import RequestFactory

from articles.images import MAX_BYTES
from articles.pagecache.wrapper import TRACKING
from config.middleware import PolicyMiddleware
from moderation.services.evidence import ALL_BYTES

TEMPLATE: Final = Path(__file__).parent / "deploy" / "nginx" / "site.conf.template"
# What a view of public pages and the page cache add (articles.pagecache); nginx adds
# Accept-Encoding to Vary by itself.
PAGE_HEADERS: Final = {"Cache-Control": "public, no-cache", "Vary": "Accept"}
_SEGMENT: Final = (
    r"(?:[A-Za-z0-9_-]|%[89A-Fa-f][0-9A-Fa-f])(?:[A-Za-z0-9_.~-]|%[89A-Fa-f][0-9A-Fa-f])*"
)
_PLAIN: Final = re.compile(r"[\w./:\[\]-]+", re.ASCII)
_TYPES: Final = "image/jpeg jpg; image/png png; image/webp webp; image/avif avif;"

# What came to the proxy before us by http goes to the site, which leads it to https.
_SECURE: Final = """
map $http_x_forwarded_proto $tougao_file {
    default "/.none";
    https $tougao_read;
}"""


class UnfitError(Exception):
    """Why no configuration can be made of these settings."""


@dataclass(frozen=True)
class Front:
    """Where nginx stands: what it listens to, where the web processes are, and where it finds the
    folders of the site (`pages` is None where it serves no pages itself)."""

    listen: str
    upstreams: tuple[str, ...]
    static: Path
    media: Path
    pages: Path | None
    certificate: str = ""
    key: str = ""
    brotli: bool = False


def render(front: Front) -> str:
    """Return the configuration. Raises UnfitError where nginx and the site would disagree."""
    _require_fit(front)
    by_header = settings.SITE_URL.startswith("https:") and not front.certificate
    parts = {
        "UPSTREAM": "\n    ".join(
            f"server {address} max_fails=1 fail_timeout=5s;" for address in front.upstreams
        ),
        "CLIENT": _client(settings.ALLAUTH_TRUSTED_PROXY_COUNT),
        "QUERY": _query(),
        "PAGE_QUERY": _page_query(),
        "SEGMENT": _SEGMENT,
        "SESSION_COOKIE": f"cookie_{settings.SESSION_COOKIE_NAME}",
        "READ": "tougao_read" if by_header else "tougao_file",
        "SECURE": _SECURE if by_header else "",
        "OTHERS": _others(front),
        "LISTEN": _listen(front),
        "HOSTS": _server_names(),
        "TLS": _tls(front),
        "FORWARDED_FOR": "$remote_addr" if _is_outermost() else "$proxy_add_x_forwarded_for",
        "FORWARDED_PROTO": "$scheme" if _is_outermost() else "$http_x_forwarded_proto",
        "ARTICLE_FILE": _article_file(front.pages),
        "LIST_FILE": _list_file(front.pages),
        "PAGE_HEADERS": _page_headers(front.pages),
        "UPLOAD": str(max(MAX_BYTES, ALL_BYTES) + settings.DATA_UPLOAD_MAX_MEMORY_SIZE),
        "STATIC": str(front.static),
        "BROTLI": "brotli_static on;" if front.brotli else "",
        "MEDIA": _media(front.media),
    }
    text = re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], TEMPLATE.read_text())
    return re.sub(r"\n[ ]*(?=\n)", "\n", text)


def security_headers() -> dict[str, str]:
    """Return the headers that the site's middleware puts on a public page."""
    request = RequestFactory().get("/", secure=settings.SITE_URL.startswith("https:"))
    handler = PolicyMiddleware(XFrameOptionsMiddleware(lambda _request: HttpResponse()))
    response = SecurityMiddleware(handler)(request)
    if not isinstance(response, HttpResponse):
        raise TypeError(response)
    return {name: value for name, value in response.items() if name != "Content-Type"}


def _require_fit(front: Front) -> None:
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if not proxies:
        raise UnfitError(
            "Set TRUSTED_PROXY_COUNT to 1, or to 2 where another proxy stands before nginx: "
            "else the site takes nginx for the visitor."
        )
    if settings.SITE_URL.startswith("https:") and proxies == 1 and not front.certificate:
        raise UnfitError(
            "SITE_URL is https: give --certificate and --key, or set TRUSTED_PROXY_COUNT=2 where "
            "a proxy before nginx speaks TLS."
        )
    if bool(front.certificate) != bool(front.key):
        raise UnfitError("Give both --certificate and --key, or neither.")
    words = [front.listen, *front.upstreams, *map(str, (front.static, front.media, front.pages))]
    words += [front.certificate or "-", front.key or "-"]
    if bad := [word for word in words if not _PLAIN.fullmatch(word)]:
        raise UnfitError(f"Only letters, digits and ./:[]_- may stand in {bad[0]!r}.")


def _is_outermost() -> bool:
    return bool(settings.ALLAUTH_TRUSTED_PROXY_COUNT == 1)


def _client(proxies: int) -> str:
    """Name the visitor: whom we talk to, else the one that the outermost of our proxies named."""
    if proxies == 1:
        return "map $remote_addr $tougao_client { default $binary_remote_addr; }"
    following = rf"(?:\s*,\s*[^\s,]+){{{proxies - 2}}}"
    return (
        "map $http_x_forwarded_for $tougao_client {\n    default $remote_addr;\n"
        rf'    "~(?:^|[\s,])(?<tougao_visitor>[^\s,]+){following}\s*$" $tougao_visitor;'
        "\n}"
    )


def _query() -> str:
    """A pattern for what pages do not depend on: no query, or what those who share links add."""
    return rf"(?:\?(?:{_tracking()}(?:&{_tracking()})*)?)?"


def _page_query() -> str:
    number = r"page=(?<tougao_number>[2-9]|[1-9][0-9]{1,6})"
    return rf"\?(?:{_tracking()}&)*{number}(?:&{_tracking()})*"


def _tracking() -> str:
    names = "|".join(sorted(map(re.escape, TRACKING)))
    return rf"(?:utm_[^=&]*|{names})(?:=[^&]*)?"


def _server_names() -> str:
    names = ["_" if host == "*" else host for host in settings.ALLOWED_HOSTS]
    return " ".join(names)


def _listen(front: Front) -> str:
    default = " default_server" if "*" in settings.ALLOWED_HOSTS else ""
    return f"listen {front.listen}{' ssl http2' if front.certificate else ''}{default};"


def _tls(front: Front) -> str:
    if not front.certificate:
        return "# TLS is the business of the proxy before us."
    return (
        f"ssl_certificate {front.certificate};\n    ssl_certificate_key {front.key};\n"
        "    ssl_protocols TLSv1.2 TLSv1.3;\n    ssl_session_cache shared:tougao:10m;"
    )


def _others(front: Front) -> str:
    """Servers for whom we are not: other host names, and http where we speak TLS."""
    servers = []
    if "*" not in settings.ALLOWED_HOSTS:
        tls = " ssl" if front.certificate else ""
        answer = "ssl_reject_handshake on;" if tls else _for_strangers()
        servers.append(
            f"server {{\n    listen {front.listen}{tls} default_server;\n    {answer}\n}}"
        )
    if front.certificate:
        servers.append(
            f"server {{\n    listen 80;\n    server_name {_server_names()};\n"
            "    server_tokens off;\n    return 301 https://$host$request_uri;\n}"
        )
    return "\n".join(servers)


def _for_strangers() -> str:
    """Answer for machines that ask by an address whether we live; nothing else has another name."""
    host = urlsplit(settings.SITE_URL).netloc
    return (
        # Requests are read by the rules of the first server, before their host is known.
        "merge_slashes off;\n    large_client_header_buffers 4 8k;\n    server_tokens off;\n"
        "    location = /healthz {\n        access_log off;\n"
        f"        proxy_set_header Host {host};\n        proxy_pass http://tougao;\n    }}\n"
        "    location / { return 400; }"
    )


def _page_headers(folder: Path | None) -> str:
    """What a page's file is sent with. What is asked for again is compared by ETag alone: a time in
    seconds does not tell a page from its next state."""
    if folder is None:
        return ""
    headers = {**PAGE_HEADERS, **security_headers(), "Last-Modified": ""}
    lines = [
        "types { }",
        "default_type text/html;",
        "charset utf-8;",
        "gzip_static on;",
        "if_modified_since off;",
        "max_ranges 0;",
        *(f'add_header {name} "{value}";' for name, value in headers.items()),
    ]
    return "\n        ".join(lines)


def _article_file(folder: Path | None) -> str:
    """One system call less than try_files has, on the address that is asked for most."""
    if folder is None:
        return "proxy_pass http://tougao;"
    return f"alias {folder}/$http_host$tougao_file;\n        error_page 403 404 405 = @site;"


def _list_file(folder: Path | None) -> str:
    if folder is None:
        return "proxy_pass http://tougao;"
    return f"root {folder};\n        try_files /$http_host$tougao_file @site;"


def _media(folder: Path) -> str:
    if settings.MEDIA_S3_READ_URL:
        return _media_from_store(settings.MEDIA_S3_READ_URL)
    if not isinstance(storages["default"], FileSystemStorage):
        return "proxy_pass http://tougao;"
    lines = [
        f"alias {folder}/$tougao_picture;",
        "error_page 403 404 405 = @site;",
        f"types {{ {_TYPES} }}",
        "gzip off;",
        *_MEDIA_HEADERS,
    ]
    return "\n        ".join(lines)


_MEDIA_HEADERS: Final = (
    'add_header Cache-Control "public, max-age=31536000, immutable";',
    "add_header X-Content-Type-Options nosniff;",
)


def _media_from_store(address: str) -> str:
    """Fetch from the object store, which is told nothing of the visitor."""
    parts = urlsplit(address)
    lines = [
        "limit_except GET { deny all; }",
        f"rewrite ^ {parts.path}/$tougao_picture break;",
        f"proxy_pass {parts.scheme}://{parts.netloc};",
        f"proxy_set_header Host {parts.netloc};",
        'proxy_set_header Connection "";',
        'proxy_set_header Cookie "";',
        'proxy_set_header Authorization "";',
        "proxy_ssl_server_name on;",
        "proxy_intercept_errors on;",
        "error_page 403 404 = @site;",
        "proxy_hide_header Cache-Control;",
        "proxy_hide_header Set-Cookie;",
        "gzip off;",
        *_MEDIA_HEADERS,
    ]
    return "\n        ".join(lines)
