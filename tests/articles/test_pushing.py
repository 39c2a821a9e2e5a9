"""Telling engines of changes: owed in the transaction, sent by the worker, tried again later."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.test import Client
from django.utils import timezone

from articles.models import Article, EnginePush, Scope, User
from articles.models import Engine as Baidu
from articles.services.publishing import (
    publish,
    publish_due,
    revise,
    schedule,
    unpublish,
)
from articles.services.pushing import (
    PAUSES,
    Outcome,
    _claim,
    _settle,
    prune_pushes,
    push_again,
    push_due,
    send_pushes,
)
from articles.services.restrictions import lift, restrict

KEY, TOKEN = "0123456789abcdef", "edk7yc4rEZP9pDQD"


class Engine(HTTPServer):
    """Stands in for both engines: keeps what it is sent and answers as it is told."""

    status, body = 200, b'{"success": 1, "remain": 9}'

    def __init__(self) -> None:
        self.got: list[tuple[str, str, str]] = []
        super().__init__(("127.0.0.1", 0), Answer)


class Answer(BaseHTTPRequestHandler):
    server: Engine

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.got.append((self.path, self.headers["Content-Type"], body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_args: Any) -> None: ...


@pytest.fixture
def engine(settings: Any) -> Iterator[Engine]:
    server = Engine()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.INDEXNOW_URL = f"http://127.0.0.1:{server.server_port}/indexnow"
    settings.BAIDU_PUSH_URL = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def keys(settings: Any) -> None:
    settings.INDEXNOW_KEY, settings.BAIDU_PUSH_TOKEN = KEY, TOKEN


def owed() -> list[tuple[str, str, bool]]:
    rows = EnginePush.objects.filter(state="waiting").order_by("engine", "path")
    return list(rows.values_list("engine", "path", "is_removal"))


def test_without_keys_nothing_is_owed(article: Article) -> None:
    assert not EnginePush.objects.exists()
    assert push_due() is False


def test_every_change_that_readers_see_is_owed_once(keys: None, draft: Article) -> None:
    path = f"/p/{draft.pk}.html"
    revise(draft, None, {"title": "草稿"})
    assert owed() == []
    publish(draft, None)
    assert owed() == [("baidu", path, False), ("indexnow", path, False)]
    revise(draft, None, {"title": "新题"})
    assert len(owed()) == 2
    unpublish(draft, None)
    assert owed() == [("baidu", path, True), ("indexnow", path, True)]
    publish(draft, None)
    measure = restrict(draft, None, Scope.WHOLE, reference="TS-1")
    assert owed()[0] == ("baidu", path, True)
    lift(measure, None)
    assert owed()[0] == ("baidu", path, False)
    restrict(draft, None, Scope.PASSAGE, reference="TS-1", passage="弱电箱是最差的位置")
    assert owed()[0] == ("baidu", path, False)


def test_a_scheduled_article_is_owed_when_it_is_due(keys: None, draft: Article) -> None:
    schedule(draft, None, timezone.now() + timedelta(hours=1))
    assert owed() == []
    Article.objects.update(published_at=timezone.now() - timedelta(minutes=1))
    publish_due()
    assert len(owed()) == 2


def test_a_rollback_owes_nothing(keys: None, draft: Article) -> None:
    with transaction.atomic():
        publish(draft, None)
        transaction.set_rollback(True)
    assert owed() == []


def test_on_somebodys_own_machine_nothing_is_owed(
    keys: None, draft: Article, settings: Any
) -> None:
    settings.LOCAL_RUN = True
    publish(draft, None)
    assert owed() == []


def test_what_is_sent(keys: None, draft: Article, engine: Engine) -> None:
    publish(draft, None)
    assert push_due() is True
    (path, kind, body), (baidu, baidu_kind, baidu_body) = sorted(engine.got)
    address = f"http://testserver/p/{draft.pk}.html"
    assert (path, kind) == ("/indexnow", "application/json; charset=utf-8")
    assert json.loads(body) == {
        "host": "testserver", "key": KEY, "urlList": [address],
        "keyLocation": f"http://testserver/{KEY}.txt",
    }  # fmt: skip
    assert baidu == f"/urls?site=http%3A%2F%2Ftestserver&token={TOKEN}"
    assert (baidu_kind, baidu_body) == ("text/plain", address)
    assert set(EnginePush.objects.values_list("state", flat=True)) == {"sent"}
    assert push_due() is False
    engine.got.clear()
    unpublish(draft, None)
    push_due()
    assert min(engine.got)[0].startswith("/del?site=")


@pytest.mark.parametrize(
    ("status", "body"), [(500, b""), (401, b'{"error":401,"message":"token is not valid"}'),
                         (302, b"{}"), (200, b"<html>"), (200, b"[]")],
)  # fmt: skip
def test_a_failure_is_due_again_later_each_time(
    keys: None, settings: Any, draft: Article, engine: Engine, status: int, body: bytes
) -> None:
    settings.INDEXNOW_KEY = ""
    publish(draft, None)
    engine.status, engine.body = status, body
    for pause in PAUSES:
        before = timezone.now()
        send_pushes.func()
        row = EnginePush.objects.get()
        assert row.state == "waiting"
        assert before + pause <= row.due_at <= timezone.now() + pause
        assert TOKEN not in row.answer
        EnginePush.objects.update(due_at=timezone.now())
    send_pushes.func()
    row.refresh_from_db()
    assert row.state == "failed"
    assert push_due() is False
    assert all(path.startswith("/urls") for path, _kind, _body in engine.got)
    assert len(engine.got) == len(PAUSES) + 1


def test_nobody_listens(keys: None, draft: Article, settings: Any) -> None:
    settings.INDEXNOW_URL = settings.BAIDU_PUSH_URL = "http://127.0.0.1:9"
    publish(draft, None)
    send_pushes.func()
    assert {row.answer for row in EnginePush.objects.all()} == {"ConnectionRefusedError"}
    assert len(owed()) == 2


def test_addresses_that_an_engine_refuses_fail(
    keys: None, settings: Any, draft: Article, engine: Engine
) -> None:
    settings.INDEXNOW_KEY = ""
    publish(draft, None)
    refused = [f"http://testserver/p/{draft.pk}.html"]
    engine.body = json.dumps({"success": 0, "remain": 1, "not_valid": refused}).encode()
    send_pushes.func()
    assert EnginePush.objects.get().state == "failed"


def test_what_changes_while_it_is_sent_stays_owed(
    keys: None, settings: Any, draft: Article
) -> None:
    settings.INDEXNOW_KEY = ""
    publish(draft, None)
    claimed = _claim(Baidu.BAIDU, is_removal=False)
    unpublish(draft, None)
    _settle(claimed, Outcome(True, "200"))
    assert owed() == [("baidu", f"/p/{draft.pk}.html", True)]


def test_a_failed_one_is_sent_again_by_who_may(
    keys: None, draft: Article, chloe: User, eddie: User, sam: User
) -> None:
    publish(draft, None)
    row = EnginePush.objects.first()
    assert row is not None
    EnginePush.objects.update(state="failed")
    for person in (sam, eddie):
        with pytest.raises(PermissionDenied):
            push_again(row, person)
    assert push_again(row, chloe).state == "waiting"


def test_the_list_on_the_desk(client: Client, keys: None, draft: Article, chloe: User) -> None:
    publish(draft, None)
    EnginePush.objects.update(state="failed")
    client.force_login(chloe)
    address = "/admin/articles/enginepush/"
    assert f"/p/{draft.pk}.html" in client.get(address).content.decode()
    chosen = list(EnginePush.objects.values_list("pk", flat=True))
    client.post(address, {"action": "again", "_selected_action": chosen})
    assert len(owed()) == 2


def test_old_notices_are_forgotten(keys: None, draft: Article) -> None:
    publish(draft, None)
    EnginePush.objects.update(owed_at=timezone.now() - timedelta(days=31))
    assert prune_pushes() == 2
