"""Which database a request reads from. config/deploy/prove does it with a real replica."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from articles.models import Article
from articles.pagecache import freshness
from config import routing
from config.outside import replica_database
from config.routing import REPLICA, Replica, ReplicaMiddleware, ReplicaRouter

router = ReplicaRouter()


class Ready:
    """A replica that has come as far as is asked, or not, and remembers that it failed."""

    def __init__(self, has: bool = True) -> None:
        self.is_there, self.asked, self.failures = has, [], 0

    def has(self, position: str | None) -> bool:
        self.asked.append(position)
        return self.is_there

    def failed(self, error: Exception) -> None:
        self.failures += 1


def read_by(
    request: HttpRequest, monkeypatch: pytest.MonkeyPatch, replica: Any = None, view: Any = None
) -> list[str]:
    """Return the databases that a view reads from, whose request the page cache has looked at."""
    read: list[str] = []

    def plain(_request: HttpRequest) -> HttpResponse:
        read.append(router.db_for_read(Article))
        return HttpResponse("ok")

    middleware = ReplicaMiddleware(view or plain)
    middleware.replica = replica or Ready()
    monkeypatch.setattr(routing, "freshness", lambda: _Known())
    end = freshness.begin(7)
    try:
        middleware(request)
    finally:
        end()
    assert router.db_for_read(Article) == "default"
    return read


class _Known:
    def required_position(self) -> str:
        return "0/3000060"


get = RequestFactory().get


def test_a_public_page_reads_from_a_replica_that_has_everything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready = Ready()
    assert read_by(get("/p/1.html"), monkeypatch, ready) == [REPLICA]
    assert ready.asked == ["0/3000060"]
    assert read_by(RequestFactory().head("/"), monkeypatch) == [REPLICA]


def test_one_that_is_behind_is_not_read_from(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_by(get("/p/1.html"), monkeypatch, Ready(has=False)) == ["default"]


@pytest.mark.parametrize("path", ["/admin/", "/me/", "/submit/", "/report/abc/", "/accounts/x/"])
def test_people_and_staff_read_from_the_primary(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_by(get(path), monkeypatch) == ["default"]


def test_who_may_be_signed_in_reads_what_was_just_written(monkeypatch: pytest.MonkeyPatch) -> None:
    request = get("/p/1.html")
    request.COOKIES["sessionid"] = "x"
    assert read_by(request, monkeypatch) == ["default"]
    assert read_by(RequestFactory().post("/p/1/like/"), monkeypatch) == ["default"]


def test_what_no_page_cache_has_looked_at_reads_from_the_primary() -> None:
    """Where the database could not be asked nobody knows what the replica must have."""
    middleware = ReplicaMiddleware(lambda request: HttpResponse(router.db_for_read(Article)))
    middleware.replica = Ready()  # type: ignore[assignment]
    assert middleware(get("/p/1.html")).content == b"default"


def test_after_a_write_the_same_request_reads_from_the_primary(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[str] = []

    def view(_request: HttpRequest) -> HttpResponse:
        seen.append(router.db_for_read(Article))
        assert router.db_for_write(Article) == "default"
        seen.append(router.db_for_read(Article))
        return HttpResponse()

    read_by(get("/"), monkeypatch, view=view)
    assert seen == [REPLICA, "default"]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_reads_from_the_primary(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def view(_request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            seen.append(router.db_for_read(Article))
        seen.append(router.db_for_read(Article))
        return HttpResponse()

    read_by(get("/"), monkeypatch, view=view)
    assert seen == ["default", REPLICA]


def test_a_page_that_the_replica_failed_to_give_is_made_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ready, seen = Ready(), []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(router.db_for_read(Article))
        if seen == [REPLICA]:
            middleware = ReplicaMiddleware(view)
            middleware.replica = ready  # type: ignore[assignment]
            answer = middleware.process_exception(request, OperationalError("terminating"))
            assert answer is not None
            return answer
        return HttpResponse("right")

    read_by(get("/"), monkeypatch, ready, view)
    assert (seen, ready.failures) == ([REPLICA, "default"], 1)


def test_an_error_of_the_primary_or_of_the_view_is_left_alone() -> None:
    middleware = ReplicaMiddleware(lambda request: HttpResponse())
    assert middleware.process_exception(get("/"), OperationalError()) is None
    assert middleware.process_exception(get("/"), ValueError()) is None


class _Cursor:
    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def __enter__(self) -> "_Cursor":
        return self

    def __exit__(self, *args: object) -> None: ...

    def execute(self, statement: str, values: list[str]) -> None:
        if isinstance(self.answer, Exception):
            raise self.answer

    def fetchone(self) -> tuple[Any]:
        return (self.answer,)


class _Connection:
    def __init__(self, answer: Any) -> None:
        self.answer, self.asked = answer, 0

    def cursor(self) -> _Cursor:
        self.asked += 1
        return _Cursor(self.answer)

    def close(self) -> None: ...


def test_a_replica_that_fails_rests_and_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    now = [100.0]
    there = _Connection(OperationalError("refused"))
    monkeypatch.setattr(routing, "connections", {REPLICA: there})
    replica = Replica(clock=lambda: now[0])
    assert not replica.has("0/1")
    assert "refused" in caplog.text
    assert not replica.has("0/1")
    assert there.asked == 1
    now[0] += routing.RESTS_FOR
    there.answer = True
    assert replica.has("0/1")


def test_without_a_known_position_the_replica_is_not_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    there = _Connection(True)
    monkeypatch.setattr(routing, "connections", {REPLICA: there})
    assert not Replica().has(None)
    assert there.asked == 0


def test_one_that_has_never_replayed_is_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing, "connections", {REPLICA: _Connection(None)})
    assert not Replica().has("0/1")


def test_nothing_is_migrated_on_the_replica_and_its_rows_are_the_primarys() -> None:
    assert not router.allow_migrate(REPLICA, "articles")
    assert router.allow_migrate("default", "articles")
    assert router.allow_relation(Article(), Article())


def test_a_replica_needs_postgresql_on_both_sides() -> None:
    postgresql = {"ENGINE": "django.db.backends.postgresql", "CONN_MAX_AGE": 60}
    made = replica_database(postgresql, {**postgresql, "HOST": "replica"})
    assert (made["HOST"], made["TEST"]) == ("replica", {"MIRROR": "default"})
    assert made["OPTIONS"]["connect_timeout"] == 2
    with pytest.raises(ImproperlyConfigured, match="only PostgreSQL"):
        replica_database({"ENGINE": "django.db.backends.sqlite3"}, postgresql)


def test_the_session_cookie_is_the_one_that_the_page_cache_looks_for(settings: Any) -> None:
    settings.SESSION_COOKIE_NAME = "other"
    request = get("/p/1.html")
    request.COOKIES["other"] = "x"
    assert not routing._may_read_replica(request)
    assert connection.alias == "default"
