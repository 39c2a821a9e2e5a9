"""Telling a CDN of changes: owed by the database, sent by the worker, twice, tried again later."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import chain
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from articles.models import Article, Purge, Scope, User
from articles.pagecache import purge
from articles.pagecache.freshness import FORGETS_AFTER
from articles.services import purging
from articles.services.failures import try_again
from articles.services.publishing import publish_due, revise, schedule
from articles.services.purging import (
    KEYS_A_REQUEST,
    MANY_KEYS,
    PAUSES,
    _claim,
    _settle,
    prune_purges,
    purge_due,
    send_purges,
    undelivered_keys,
)
from articles.services.restrictions import restrict

TOKEN = "edk7yc4rEZP9pDQD"


class CDN(HTTPServer):
    """Stands in for each of them: keeps what it is sent and answers as it is told."""

    status, body = 200, b'{"success": true}'

    def __init__(self) -> None:
        self.got: list[tuple[str, str, dict[str, str], str]] = []
        super().__init__(("127.0.0.1", 0), Answer)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def named(self) -> list[list[str]]:
        """Return the keys that each request named."""
        return [
            json.loads(body)["tags"]
            if body
            else (headers.get("surrogate-key") or headers["xkey"]).split()
            for _method, _path, headers, body in self.got
        ]


class Answer(BaseHTTPRequestHandler):
    server: CDN

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.got.append((self.command, self.path, headers, body))
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def do_PURGE(self) -> None:
        self.do_POST()

    def log_message(self, *_args: Any) -> None: ...


def listening() -> Iterator[CDN]:
    server = CDN()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cdn(db: None, settings: Any) -> Iterator[CDN]:
    """A CDN at Cloudflare that owes nothing for what the test's own articles changed."""
    Purge.objects.all().delete()
    for server in listening():
        settings.CDN_PURGE, settings.CDN_PURGE_TOKEN = "cloudflare", TOKEN
        settings.CDN_PURGE_URL = f"{server.url}/zones/z/purge_cache"
        yield server


@pytest.fixture
def other_cdn() -> Iterator[CDN]:
    yield from listening()


def make_due() -> None:
    Purge.objects.filter(sent_at=None).update(due_at=timezone.now())


# --- What is sent ---------------------------------------------------------------------------------
def test_cloudflare_is_told_each_key_once(cdn: CDN) -> None:
    purge("list:1", "article:7", "list:1")
    assert purge_due() is True
    ((method, path, headers, body),) = cdn.got
    assert (method, path) == ("POST", "/zones/z/purge_cache")
    assert headers["authorization"] == f"Bearer {TOKEN}"
    assert headers["content-type"] == "application/json"
    assert json.loads(body) == {"tags": ["article:7", "list:1"]}


def test_fastly(cdn: CDN, settings: Any) -> None:
    settings.CDN_PURGE, settings.CDN_PURGE_URL = "fastly", f"{cdn.url}/service/s/"
    purge("article:7", "list:1")
    send_purges.func()
    ((method, path, headers, body),) = cdn.got
    assert (method, path, body) == ("POST", "/service/s/purge", "")
    assert (headers["fastly-key"], headers["surrogate-key"]) == (TOKEN, "article:7 list:1")


def test_each_varnish(cdn: CDN, other_cdn: CDN, settings: Any) -> None:
    settings.CDN_PURGE = "varnish"
    settings.CDN_PURGE_URL = f"{cdn.url}, {other_cdn.url}/"
    purge("article:7", "list:1")
    send_purges.func()
    for server in (cdn, other_cdn):
        ((method, path, headers, _body),) = server.got
        assert (method, path, headers["xkey"]) == ("PURGE", "/", "article:7 list:1")
    # It counts as taken when all have taken it; those behind one that does not still get it.
    make_due()
    cdn.status = 500
    send_purges.func()
    assert len(other_cdn.got) == 2
    assert Purge.objects.filter(sent_at=None).count() == 2


def test_without_a_cdn_nothing_is_sent(cdn: CDN, settings: Any) -> None:
    settings.CDN_PURGE = ""
    purge("article:7")
    assert purge_due() is False
    send_purges.func()
    assert cdn.got == []
    assert undelivered_keys() == 0


@pytest.mark.parametrize("kind", ["cloudflare", "fastly", "varnish"])
def test_no_request_names_too_many(cdn: CDN, settings: Any, kind: str) -> None:
    settings.CDN_PURGE = kind
    keys = [f"article:{n}" for n in range(KEYS_A_REQUEST[kind] + 1)]
    purge(*keys)
    send_purges.func()
    assert [len(some) for some in cdn.named()] == [KEYS_A_REQUEST[kind], 1]
    assert sorted(chain.from_iterable(cdn.named())) == sorted(keys)


def test_very_many_keys_are_one(cdn: CDN) -> None:
    purge(*(f"article:{n}" for n in range(MANY_KEYS + 1)))
    send_purges.func()
    assert cdn.named() == [["everything"]]
    assert not Purge.objects.exclude(attempts=1).exists()


def test_more_rows_than_are_taken_at_once(cdn: CDN, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "AT_ONCE", 2)
    purge("a", "b", "c")
    send_purges.func()
    assert cdn.named() == [["a", "b"], ["c"]]


# --- When -----------------------------------------------------------------------------------------
def test_a_takedown_is_sent_at_once(cdn: CDN, article: Article) -> None:
    Purge.objects.all().delete()
    cdn.got.clear()
    restrict(article, None, Scope.WHOLE, reference="TS-1")
    sent = set(chain.from_iterable(cdn.named()))
    assert f"article:{article.pk}" in sent


def test_pages_that_time_changes_are_sent(cdn: CDN, draft: Article, settings: Any) -> None:
    schedule(draft, None, timezone.now() + timedelta(hours=1))
    for expected in (True, False):
        Article.objects.filter(pk=draft.pk).update(
            status="scheduled", published_at=timezone.now() - timedelta(minutes=1)
        )
        Purge.objects.all().delete()
        publish_due()
        assert Purge.objects.filter(key="timed").exists() is expected
        settings.CDN_PURGE = ""
    publish_due()


def test_a_takedown_overtakes_other_work() -> None:
    assert send_purges.priority == 100


def test_the_periodic_command_has_one_task_wait_at_most(cdn: CDN, settings: Any) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    purge("article:7")
    assert [purge_due(), purge_due()] == [True, True]
    assert DBTaskResult.objects.filter(task_path=send_purges.module_path).count() == 1


def test_each_key_is_sent_again_half_a_minute_later(cdn: CDN) -> None:
    """A page that was fetched before the commit may reach the CDN after the first purge."""
    purge("article:7")
    send_purges.func()
    row = Purge.objects.get()
    assert row.sent_at is None
    assert abs(row.due_at - timezone.now() - timedelta(seconds=30)) < timedelta(seconds=5)
    send_purges.func()
    assert len(cdn.got) == 1
    make_due()
    send_purges.func()
    row.refresh_from_db()
    assert len(cdn.got) == 2
    assert row.sent_at is not None
    make_due()
    assert purge_due() is False
    assert undelivered_keys() == 0


def test_what_changes_again_meanwhile_is_owed_twice_more(cdn: CDN) -> None:
    purge("article:7")
    send_purges.func()
    purge("article:7")
    make_due()
    send_purges.func()
    assert sorted(Purge.objects.values_list("attempts", flat=True)) == [1, 2]
    make_due()
    send_purges.func()
    assert cdn.named() == [["article:7"]] * 3
    assert not Purge.objects.filter(sent_at=None).exists()


def test_another_worker_passes_over_what_is_in_hand(cdn: CDN) -> None:
    purge("article:7")
    held = _claim()
    assert held is not None
    assert _claim() is None
    purge("list:1")
    other = _claim()
    assert other is not None
    assert [row.key for row in other] == ["list:1"]
    _settle(other, is_taken=True)
    assert [row.key for row in held] == ["article:7"]


# --- What fails -----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b""), (429, b"{}"), (302, b""), (200, b"<html>"), (200, b'{"success": false}'),
     (200, b"[]")],
)  # fmt: skip
def test_a_failure_is_due_again_later_each_time(
    cdn: CDN, status: int, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    purge("article:7")
    cdn.status, cdn.body = status, body
    for pause in PAUSES:
        before = timezone.now()
        send_purges.func()
        row = Purge.objects.get()
        assert before + pause <= row.due_at <= timezone.now() + pause
        make_due()
    send_purges.func()
    make_due()
    assert purge_due() is False
    assert len(cdn.got) == len(PAUSES) + 1
    assert Purge.objects.get().sent_at is None
    assert {record.levelname for record in caplog.records} == {"ERROR"}
    assert TOKEN not in caplog.text


def test_a_failure_after_which_it_is_taken(cdn: CDN) -> None:
    purge("article:7")
    cdn.status = 500
    send_purges.func()
    cdn.status = 200
    make_due()
    send_purges.func()
    assert Purge.objects.get().sent_at is not None


def test_a_parcel_that_fails_leaves_the_others(cdn: CDN, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KEYS_A_REQUEST, "cloudflare", 1)
    monkeypatch.setattr(purging, "_send", lambda keys: keys == ["a"])
    purge("a", "b")
    for _ in range(2):
        make_due()
        send_purges.func()
    assert list(Purge.objects.filter(sent_at=None).values_list("key", flat=True)) == ["b"]


def test_nobody_listens(cdn: CDN, settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    purge("article:7")
    for kind in KEYS_A_REQUEST:
        settings.CDN_PURGE, settings.CDN_PURGE_URL = kind, "http://127.0.0.1:9/secret"
        make_due()
        send_purges.func()
    assert Purge.objects.get().sent_at is None
    assert "ConnectionRefusedError" in caplog.text
    assert "secret" not in caplog.text


def test_the_desk_says_so_and_tries_again(
    cdn: CDN, client: Client, chloe: User, eddie: User
) -> None:
    purge("article:7", "article:7", "list:1")
    cdn.status = 500
    for expected in (0, 0, 2):
        make_due()
        send_purges.func()
        assert undelivered_keys() == expected
    client.force_login(eddie)
    assert "CDN" not in client.get("/admin/").content.decode()
    with pytest.raises(PermissionDenied):
        try_again(eddie)
    client.force_login(chloe)
    assert "CDN" in client.get("/admin/").content.decode()
    cdn.status = 200
    cdn.got.clear()
    client.post("/admin/tasks/again/")
    assert cdn.named() == [["article:7", "list:1"]]
    assert undelivered_keys() == 0
    make_due()
    send_purges.func()
    assert not Purge.objects.filter(sent_at=None).exists()


def test_what_the_worker_does_not_come_to_is_said(cdn: CDN) -> None:
    purge("article:7")
    assert undelivered_keys() == 0
    Purge.objects.update(due_at=timezone.now() - timedelta(minutes=6))
    assert undelivered_keys() == 1


# --- How long rows are kept -----------------------------------------------------------------------
def aged(key: str, age: timedelta, **fields: Any) -> None:
    now = timezone.now()
    Purge.objects.create(key=key, made_at=now - age, **fields)


def left() -> list[str]:
    return sorted(Purge.objects.values_list("key", flat=True))


def test_rows_go_after_a_day(cdn: CDN, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purging, "_BATCH", 1)
    day, now = timedelta(days=1), timezone.now()
    for name in ("a", "b"):
        aged(f"sent and old {name}", day * 1.01, sent_at=now)
    aged("sent", day * 0.99, sent_at=now)
    aged("undelivered", day * 29)
    aged("undelivered for long", day * 31)
    assert prune_purges() == 3
    assert left() == ["sent", "undelivered"]
    settings.CDN_PURGE = ""
    assert prune_purges() == 1
    assert left() == ["sent"]


def test_no_row_goes_before_every_process_knows_it(db: None) -> None:
    aged("young", timedelta(seconds=FORGETS_AFTER * 2))
    prune_purges()
    assert "young" in left()


def test_revising_says_what_changed(cdn: CDN, article: Article) -> None:
    Purge.objects.all().delete()
    cdn.got.clear()
    revise(article, None, {"title": "新题"})
    assert f"article:{article.pk}" in set(chain.from_iterable(cdn.named()))
