"""The call to the operator's own address about a case whose clock is short."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django.db import transaction
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from articles.services.background import retry_failed
from moderation.models import Kind, Letter
from moderation.services import intake
from moderation.webhook import WebhookError, is_allowed, tell
from tests.moderation.making import CLAIM, RITA, notice, submitted, under_review

QUEUE = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


class Desk(HTTPServer):
    """A machine of the operator's, which keeps what it was told."""

    answer = 204
    location = ""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Ear)
        self.heard: list[tuple[str, str, dict[str, Any]]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?for=cases"


class Ear(BaseHTTPRequestHandler):
    server: Desk

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.heard.append((self.path, self.headers["Content-Type"], json.loads(body)))
        self.send_response(self.server.answer)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def desk() -> Iterator[Desk]:
    server = Desk()
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.django_db
def test_an_urgent_case_is_told_at_once_without_personal_data(article, settings, desk):
    settings.MODERATION_WEBHOOK_URL = desk.url
    case = under_review(article, Kind.ILLEGAL, category="fraud")
    [(path, media_type, message)] = desk.heard
    due = case.items.get().due_at
    assert due is not None
    assert (path, media_type) == ("/hook?for=cases", "application/json")
    assert message == {
        "event": "case_urgent",
        "number": case.number,
        "kind": "illegal",
        "due": due.isoformat(),
        "link": f"http://testserver/admin/moderation/case/{case.pk}/change/",
    }
    said = json.dumps(message, ensure_ascii=False)
    for secret in (*CLAIM.values(), RITA.name, RITA.email, RITA.phone, article.title):
        assert secret not in said


@pytest.mark.django_db
def test_an_anonymous_report_is_told_as_well(article, settings, desk, mona):
    settings.MODERATION_WEBHOOK_URL = desk.url
    intake.submit(notice(article, Kind.ILLEGAL, person=intake.Person()))
    assert len(desk.heard) == 1
    assert Letter.objects.filter(template="enter_staff").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("kind", [Kind.COPYRIGHT, Kind.PRIVACY, Kind.OTHER])
def test_other_cases_are_not(kind, article, settings, desk):
    settings.MODERATION_WEBHOOK_URL = desk.url
    under_review(article, kind)
    assert desk.heard == []


@pytest.mark.django_db
def test_an_unconfirmed_notice_is_not(article, settings, desk):
    settings.MODERATION_WEBHOOK_URL = desk.url
    submitted(article, Kind.ILLEGAL)
    assert desk.heard == []


@pytest.mark.django_db
def test_it_is_owed_in_the_transaction_of_the_case(article, settings, desk):
    settings.TASKS = QUEUE
    settings.MODERATION_WEBHOOK_URL = desk.url
    with transaction.atomic():
        under_review(article, Kind.ILLEGAL)
        assert DBTaskResult.objects.filter(task_path=tell.module_path).count() == 1
        transaction.set_rollback(True)
    assert not DBTaskResult.objects.filter(task_path=tell.module_path).exists()
    assert desk.heard == []


@pytest.mark.django_db
def test_what_fails_is_tried_again(article, settings, desk):
    settings.TASKS = QUEUE
    settings.MODERATION_WEBHOOK_URL = desk.url
    under_review(article, Kind.ILLEGAL)
    row = DBTaskResult.objects.get(task_path=tell.module_path)
    desk.answer = 503
    with pytest.raises(WebhookError, match="503"):
        tell.func(*row.args_kwargs["args"])
    row.status, row.worker_ids = TaskResultStatus.FAILED, ["gone"]
    row.finished_at = row.enqueued_at
    row.save()
    assert retry_failed() == 1
    assert DBTaskResult.objects.get(pk=row.pk).status == TaskResultStatus.READY
    desk.answer = 200
    tell.func(*row.args_kwargs["args"])
    assert len(desk.heard) == 2


def test_a_redirect_is_not_followed(settings, desk):
    settings.MODERATION_WEBHOOK_URL = desk.url
    desk.answer, desk.location = 307, desk.url
    with pytest.raises(WebhookError, match="307"):
        tell.func("TS-2026-000001", "illegal", None, "")
    assert len(desk.heard) == 1


def test_nobody_there_is_an_error_that_is_tried_again(settings, desk):
    settings.MODERATION_WEBHOOK_URL = "http://127.0.0.1:1/"
    with pytest.raises(ConnectionRefusedError):
        tell.func("TS-2026-000001", "illegal", None, "")


def test_without_an_address_nothing_happens(settings):
    settings.MODERATION_WEBHOOK_URL = ""
    tell.func("TS-2026-000001", "illegal", None, "")


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://hooks.example.org/a", True),
        ("http://127.0.0.1:8000/", True),
        ("http://localhost/", True),
        ("http://[::1]:9/", True),
        ("http://hooks.example.org/", False),
        ("http://127.0.0.1.example.org/", False),
        ("https://user:password@example.org/", False),
        ("https:///nowhere", False),
        ("https://example.org:port/", False),
        ("ftp://127.0.0.1/", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_safe_addresses_are_told(url, allowed, settings):
    assert is_allowed(url) is allowed
    if url and not allowed:
        settings.MODERATION_WEBHOOK_URL = url
        with pytest.raises(WebhookError):
            tell.func("TS-2026-000001", "illegal", None, "")
