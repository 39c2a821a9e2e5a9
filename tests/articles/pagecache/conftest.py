import threading
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connections

from articles.pagecache.freshness import forget
from articles.pagecache.wrapper import PageCache


class Answer:
    """What a visitor was given."""

    def __init__(self, status: str, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status = int(status.split()[0])
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def text(self) -> str:
        return self.body.decode()


class Visitor:
    """Asks a WSGI application, as a web server would."""

    def __init__(self, application: Any) -> None:
        self.application = application

    def get(self, path: str, method: str = "GET", **environ: Any) -> Answer:
        path, _, query = path.partition("?")
        started: list[Any] = []
        body = self.application(
            {
                "REQUEST_METHOD": method,
                "PATH_INFO": path.encode().decode("latin-1"),
                "QUERY_STRING": query,
                "SERVER_NAME": "testserver",
                "SERVER_PORT": "80",
                "SERVER_PROTOCOL": "HTTP/1.1",
                "HTTP_HOST": "testserver",
                "REMOTE_ADDR": "127.0.0.1",
                "wsgi.url_scheme": "http",
                "wsgi.input": BytesIO(),
                **environ,
            },
            lambda *args: started.append(args),
        )
        text = b"".join(body)
        if hasattr(body, "close"):
            body.close()
        return Answer(*started[0][:2], text)


def asking(visitor: Visitor, path: str, answers: list[str]) -> threading.Thread:
    """Start a visitor's request in a thread, which leaves no connection behind."""

    def ask() -> None:
        try:
            answers.append(visitor.get(path).text)
        finally:
            connections.close_all()

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


@pytest.fixture(autouse=True)
def _learns_anew() -> Iterator[None]:
    """Each test has a database of its own to learn from."""
    forget()
    yield
    forget()


@pytest.fixture
def cached(transactional_db: None) -> Callable[..., Visitor]:
    """Make visitors who come through a page cache around the site, or around an application."""

    def make(application: Any = None, **options: Any) -> Visitor:
        options = {"limit": 10_000_000, "session_cookie": "sessionid", **options}
        return Visitor(PageCache(application or get_wsgi_application(), **options))

    return make
