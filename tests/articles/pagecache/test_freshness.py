"""What a process knows of changes that others commit."""

import threading
from collections.abc import Iterator, Sequence

import pytest
from django.db import connection, transaction

from articles.pagecache import purge
from articles.pagecache.freshness import FORGETS_AFTER, Feed, Freshness, _feed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["own connection", "behind a pooler"])
def known(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Freshness]:
    pooled = request.param == "behind a pooler"
    if pooled and connection.vendor != "postgresql":
        pytest.skip("SQLite has no poolers.")
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", pooled)
    known = Freshness(_feed())
    known.check()
    yield known
    known.close()


def test_what_is_committed_is_learnt_at_the_next_check(known: Freshness) -> None:
    since = known.check()
    purge("article:1", "list:2")
    assert known.stands(["article:1"], since)  # Not yet asked.
    known.check()
    assert not known.stands(["site", "article:1"], since)
    assert not known.stands(["list:2"], since)
    assert known.stands(["site", "article:2"], since)
    assert known.stands(["article:1"], known.check())


def test_what_is_rolled_back_never_is(known: Freshness) -> None:
    since = known.check()
    with transaction.atomic():
        purge("article:1")
        known.check()
        transaction.set_rollback(True)
    known.check()
    assert known.stands(["article:1"], since)


def test_what_is_not_yet_committed_is_not_learnt_and_then_it_is(known: Freshness) -> None:
    since = known.check()
    with transaction.atomic():
        purge("article:1")
        known.check()
        assert known.stands(["article:1"], since)
    known.check()
    assert not known.stands(["article:1"], since)


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_transactions_that_commit_in_another_order_than_they_began(known: Freshness) -> None:
    since = known.check()
    wrote, may_commit = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                purge("article:slow")
                wrote.set()
                may_commit.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert wrote.wait(10)
    purge("article:quick")
    known.check()
    assert not known.stands(["article:quick"], since)
    assert known.stands(["article:slow"], since)
    between = known.check()
    may_commit.set()
    thread.join()
    known.check()
    assert not known.stands(["article:slow"], between)
    # What was learnt once is not learnt again while the slow one was still running.
    assert known.stands(["article:quick"], between)


def test_pages_from_before_a_long_silence_do_not_hold(
    known: Freshness, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = known.check()
    monkeypatch.setattr(known, "_asked_at", known._asked_at - FORGETS_AFTER - 1)
    known.check()
    assert not known.stands([], since)


class Scripted(Feed):
    """A feed that gives what it is told, and can be held up."""

    def __init__(self) -> None:
        self.polls = 0
        self.keys: Sequence[str] | None = ()
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()

    def poll(self) -> Sequence[str] | None:
        self.polls += 1
        self.entered.set()
        self.gate.wait(10)
        return self.keys

    def position(self) -> str | None:
        return None

    def close(self) -> None:
        pass


def test_those_who_wait_share_a_poll_that_began_after_they_came() -> None:
    feed = Scripted()
    known = Freshness(feed)
    known.check()
    feed.gate.clear()
    feed.entered.clear()
    first = threading.Thread(target=known.check)
    first.start()
    assert feed.entered.wait(10)
    others = [threading.Thread(target=known.check) for _n in range(5)]
    for thread in others:
        thread.start()
    threading.Event().wait(0.2)  # Let all of them stand at the lock.
    feed.gate.set()
    for thread in [first, *others]:
        thread.join()
    # The one that was running began before they came; one more serves them all.
    assert feed.polls == 3


def test_listeners_hear_of_what_is_learnt() -> None:
    feed = Scripted()
    known = Freshness(feed)
    known.check()
    heard: list[Sequence[str] | None] = []
    known.listen(heard.append)
    for keys in (["a"], (), None):
        feed.keys = keys
        known.check()
    assert heard == [["a"], None]
