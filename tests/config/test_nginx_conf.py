"""The configuration of nginx, and a real nginx under it before a site that only says "site"."""

import gzip
import http.client
import io
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from articles.models import Article
from config import nginx
from tests.services import require_or_skip

PICTURE = "pictures/ab/abcdefabcdefabcdefabcdef/original.jpg"


def conf(**options: Any) -> str:
    out = io.StringIO()
    call_command("nginx_conf", stdout=out, **options)
    return out.getvalue()


@pytest.fixture
def proxied(settings: Any, tmp_path: Path) -> Path:
    """A site behind one proxy, with a directory of pages."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.STATIC_ROOT = tmp_path / "static"
    settings.PAGES_DIR = str(tmp_path / "pages")
    return tmp_path


def test_names_limits_and_folders_are_those_of_the_settings(proxied: Path, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["www.example.org", ".example.net"]
    text = conf(upstream=["10.0.0.1:8000", "10.0.0.2:8000"])
    assert "server_name www.example.org .example.net;" in text
    assert "server 10.0.0.1:8000 max_fails=1" in text
    assert "server 10.0.0.2:8000 max_fails=1" in text
    assert f"client_max_body_size {45 * 1024 * 1024};" in text
    assert "{{" not in text
    assert str(settings.PRIVATE_ROOT) not in text


@pytest.mark.parametrize(
    ("proxies", "options", "said"),
    [
        (0, {}, "TRUSTED_PROXY_COUNT to 1"),
        (1, {}, "--certificate"),
        (2, {"certificate": "/c.pem"}, "Give both"),
        (2, {"upstream": ["a;b:1"]}, "may stand in"),
    ],
)
def test_what_nginx_and_the_site_would_disagree_on_is_refused(
    proxied: Path, settings: Any, proxies: int, options: dict[str, Any], said: str
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    settings.SITE_URL = "https://testserver"
    with pytest.raises(CommandError, match=said):
        conf(**options)


def test_behind_another_proxy_its_word_is_passed_on(proxied: Path, settings: Any) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    settings.SITE_URL = "https://testserver"
    text = conf()
    assert "X-Forwarded-Proto $http_x_forwarded_proto;" in text
    assert "X-Forwarded-For $proxy_add_x_forwarded_for;" in text
    assert "map $http_x_forwarded_proto $tougao_file" in text


@pytest.mark.django_db
def test_a_file_is_sent_with_the_headers_of_the_site(
    proxied: Path, article: Article, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the page cache and the middleware put on a page stands in the configuration, and
    nothing else does."""
    told = dict(client.get(f"/p/{article.pk}.html").items())
    told.pop("Content-Length")
    told.pop("ETag", None)
    ours = {**nginx.PAGE_HEADERS, **nginx.security_headers()}
    assert told.pop("Content-Type") == "text/html; charset=utf-8"
    for one in (told, ours):
        policy = one.pop("Content-Security-Policy")
        one["Content-Security-Policy"] = str(sorted(policy.split("; ")))
        one["Vary"] = str(sorted(one.get("Vary", "").split(", ")))
    assert ours == told


class _Site(BaseHTTPRequestHandler):
    """Says who answered, what was asked for, and what it was told of the visitor."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.rfile.read(length)
        # Its own `path` has lost a second slash at the beginning.
        path = self.requestline.split()[1]
        body = f"site {self.command} {path} {length}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Told", self.headers.get("X-Forwarded-For", ""))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_POST = do_HEAD = do_PUT = do_GET  # noqa: N815 (the library's names)

    def log_message(self, *args: Any) -> None:
        pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Front:
    """A running nginx to ask."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port, self.folder = port, folder
        self.host = f"127.0.0.1:{port}"

    def ask(self, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.putrequest(
                method, path, skip_host="Host" in named, skip_accept_encoding=True
            )
            for name, value in named.items():
                connection.putheader(name, value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            response = connection.getresponse()
            response.body = response.read()  # type: ignore[attr-defined]
            return response
        finally:
            connection.close()

    def write(self, name: str, text: str = "file") -> Path:
        path = self.folder / "pages" / self.host / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        Path(f"{path}.gz").write_bytes(gzip.compress(f"zipped {text}".encode()))
        return path


@pytest.fixture
def front(proxied: Path, settings: Any) -> Iterator[Front]:
    require_or_skip("nginx")
    site = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    site.daemon_threads = True
    threading.Thread(target=site.serve_forever, args=(0.05,), daemon=True).start()
    port = _free_port()
    (proxied / "static").mkdir()
    (proxied / "media" / PICTURE).parent.mkdir(parents=True)
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.SITE_URL = f"http://127.0.0.1:{port}"
    call_command(
        "nginx_conf",
        listen=f"127.0.0.1:{port}",
        upstream=[f"127.0.0.1:{site.server_address[1]}"],
        output=proxied / "site.conf",
    )
    process = _start_nginx(proxied)
    try:
        _wait_for(port)
        yield Front(port, proxied)
    finally:
        process.terminate()
        process.wait(10)
        site.shutdown()
        site.server_close()


def _start_nginx(folder: Path) -> "subprocess.Popen[bytes]":
    temporary = "\n".join(
        f"{name}_temp_path {folder}/tmp_{name};"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; "
        f"error_log {folder}/error.log;\nevents {{ worker_connections 64; }}\n"
        f"http {{ include /etc/nginx/mime.types; access_log off; {temporary} "
        f"include {folder}/site.conf; }}\n"
    )
    nginx_path = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx_path
    command = [nginx_path, "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]
    return subprocess.Popen(command)


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("nginx did not start")


def test_a_page_is_served_from_its_file_and_from_the_site_once_it_is_gone(front: Front) -> None:
    file = front.write("p/17.html", "first")
    answer = front.ask("/p/17.html")
    assert (answer.body, answer.headers["Content-Type"]) == (b"first", "text/html; charset=utf-8")
    assert answer.headers["Content-Security-Policy"]
    assert answer.headers["Cache-Control"] == "public, no-cache"
    assert "Last-Modified" not in answer.headers
    again = front.ask("/p/17.html", If_None_Match=answer.headers["ETag"])
    assert (again.status, again.headers["Cache-Control"]) == (304, "public, no-cache")
    file.unlink()
    assert front.ask("/p/17.html").body == b"site GET /p/17.html 0"
    # What was zipped is another file: it is not taken for the page where that alone is left.
    Path(f"{file}.gz").unlink()
    assert front.ask("/p/17.html", Accept_Encoding="gzip").body == b"site GET /p/17.html 0"


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/", "index.html"),
        ("/category/tech/", "category/tech/index.html"),
        ("/category/tech/?page=2", "category/tech/page-2.html"),
        ("/category/tech/?utm_source=a&page=12&spm=1", "category/tech/page-12.html"),
        ("/?from=singlemessage&isappinstalled=0", "index.html"),
        ("/p/17.html?utm_medium=x", "p/17.html"),
        ("/tag/%E8%B7%AF%E7%94%B1%E5%99%A8/", "tag/路由器/index.html"),
        ("/tag/%e8%b7%af.1_~-x/", "tag/路.1_~-x/index.html"),
    ],
)
def test_the_file_of_an_address(front: Front, address: str, name: str) -> None:
    front.write(name)
    assert front.ask(address).body == b"file"
    assert front.ask(address, "HEAD").headers["Content-Length"] == "4"
    zipped = front.ask(address, Accept_Encoding="gzip")
    assert gzip.decompress(zipped.body) == b"zipped file"


@pytest.mark.parametrize(
    "headers",
    [
        {"Cookie": "sessionid=abc"},
        {"Cookie": "theme=dark; sessionid=abc"},
        {"Cookie": "messages=abc"},
        {"Accept": "text/markdown, text/html;q=0.5"},
        {"Host": "LOCALHOST"},
        {"Host": "127.0.0.1"},
    ],
)
def test_what_is_not_for_everybody_is_asked_of_the_site(
    front: Front, headers: dict[str, str]
) -> None:
    front.write("p/17.html")
    front.write("index.html")
    for address in ("/p/17.html", "/"):
        answer = front.ask(address, **headers)
        assert answer.body != b"file"
        assert answer.status == (400 if headers.get("Host") == "LOCALHOST" else 200)


@pytest.mark.parametrize(
    "address",
    [
        "/p/17.html?preview=1", "/p/17.html?page=2", "/p/017.html", "//p/17.html", "/P/17.html",
        "/p/./17.html", "/x/../p/17.html", "/p%2F17.html", "/p/%31%37.html", "/p/17.html/",
        "/p/17.html%00", "/p/17.html.gz", "/?page=1", "/?page=02", "/?page=2&page=3", "/?utm=1",
        "/?page=99999999", "/index.html", "/page-2.html", "/tag/%ff/", "/tag/%2e%2e/", "/.none",
        "/tag/..%2f/", "/%5c/", "/category/tech", "/?frommage=1",
    ],
)  # fmt: skip
def test_other_spellings_are_asked_of_the_site_as_they_came(front: Front, address: str) -> None:
    names = ["p/17.html", "p/017.html", "index.html", "page-1.html", "page-2.html", "page-02.html"]
    for name in [*names, "page-3.html", "category/tech/index.html", "page-99999999.html"]:
        front.write(name)
    (front.folder / "pages" / "secret").write_text("file")
    answer = front.ask(address)
    assert answer.body == f"site GET {address} 0".encode() or answer.status == 400


@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize("address", ["/p/17.html", "/", "/p/17/like/"])
def test_what_changes_something_reaches_the_site_whole(
    front: Front, address: str, method: str
) -> None:
    front.write("p/17.html")
    front.write("index.html")
    answer = front.ask(address, method, b"x" * 100_000)
    assert answer.body == f"site {method} {address} 100000".encode()


def test_only_where_files_come_in_much_may_be_sent(front: Front) -> None:
    megabyte = b"x" * 1024 * 1024
    assert front.ask("/p/17/like/", "POST", megabyte).status == 413
    assert front.ask("/report/copyright/", "POST", megabyte).status == 200


def test_a_part_of_a_page_is_not_sent(front: Front) -> None:
    front.write("p/17.html")
    assert front.ask("/p/17.html", Range="bytes=0-1").body == b"file"


def test_a_picture_is_served_from_disk_and_the_site_answers_for_one_that_is_not_there(
    front: Front,
) -> None:
    path = front.folder / "media" / PICTURE
    path.write_bytes(b"picture")
    answer = front.ask(f"/media/{PICTURE}")
    assert (answer.body, answer.headers["Content-Type"]) == (b"picture", "image/jpeg")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    path.unlink()
    assert front.ask(f"/media/{PICTURE}").body == f"site GET /media/{PICTURE} 0".encode()


def test_nothing_else_of_the_folders_is_served(front: Front) -> None:
    (front.folder / "private").mkdir()
    (front.folder / "private" / "proof.pdf").write_text("secret")
    (front.folder / "media" / "other.jpg").write_text("secret")
    for address in (
        "/private/proof.pdf", "/media/../private/proof.pdf", "/media/other.jpg",
        "/static/../private/proof.pdf", "/static../private/proof.pdf", "/media../private/proof.pdf",
        f"/media/{PICTURE}/../../../../../private/proof.pdf", "/static/%2e%2e/private/proof.pdf",
    ):  # fmt: skip
        assert b"secret" not in front.ask(address).body


def test_static_files_are_kept_by_their_hash(front: Front) -> None:
    static = front.folder / "static"
    for name in ("a.0123456789ab.css", "a.css"):
        (static / name).write_text("a{}")
    (static / "a.css.gz").write_bytes(gzip.compress(b"zipped"))
    hashed = front.ask("/static/a.0123456789ab.css")
    assert "immutable" in hashed.headers["Cache-Control"]
    assert hashed.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" not in front.ask("/static/a.css").headers["Cache-Control"]
    zipped = front.ask("/static/a.css", Accept_Encoding="gzip")
    assert gzip.decompress(zipped.body) == b"zipped"
    assert front.ask("/static/gone.css").body == b"site GET /static/gone.css 0"
    assert front.ask("/static/").body == b"site GET /static/ 0"


def test_a_visitor_cannot_give_another_address(front: Front) -> None:
    assert front.ask("/x/", X_Forwarded_For="1.2.3.4").headers["X-Told"] == "127.0.0.1"


def test_machines_may_ask_after_its_health_by_any_name(front: Front) -> None:
    assert front.ask("/healthz", Host="10.0.0.1").body == b"site GET /healthz 0"
    assert front.ask("/", Host="10.0.0.1").status == 400


def test_what_the_page_cache_writes_is_what_nginx_serves() -> None:
    """Both read an address alike (articles.pagecache.files, .wrapper)."""
    from articles.pagecache.files import file_name
    from articles.pagecache.wrapper import _page_number

    assert (
        file_name("a", "/tag/{}/".format("路".encode().decode("latin-1")), 2)
        == "a/tag/路/page-2.html"
    )
    assert file_name("a", "/p/17.html", 1) == "a/p/17.html"
    assert _page_number("utm_x=1&page=2") == 2
    assert _page_number("page=1") is None
