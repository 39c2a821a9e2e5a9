"""What is searched for, counted without keeping anything of anybody; and what editors see of it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from articles import asked
from articles.asked import SearchBuffer
from articles.models import Article, SearchCount, User
from articles.services.searches import Asked, add_searches, in_vain, prune_searches

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36"
LIST = "/admin/articles/searchcount/"


@pytest.fixture
def buffer(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[SearchBuffer]:
    fresh = SearchBuffer()
    monkeypatch.setattr(asked, "buffer", fresh)
    yield fresh
    fresh.flush()


def counted() -> list[tuple[str, int, int]]:
    return list(SearchCount.objects.order_by("query").values_list("query", "asked", "found"))


def ask(text: str, visitors: int, **given: str) -> None:
    for n in range(visitors):
        client = Client(REMOTE_ADDR=f"10.0.0.{n}", headers={"User-Agent": PERSON})
        assert client.get("/search/", {"q": text, **given}).status_code == 200


def test_three_visitors(buffer: SearchBuffer, article: Article) -> None:
    ask("砖混", 2)
    ask("砖混", 2)  # The same two.
    buffer.flush()
    assert counted() == []
    ask("磚混", 3)
    buffer.flush()
    assert counted() == [("砖混", 7, 1)]
    ask("砖混", 1)
    buffer.flush()
    assert counted() == [("砖混", 8, 1)]


def test_found_in_vain(buffer: SearchBuffer, article: Article) -> None:
    ask("卫星天线", 3)
    buffer.flush()
    assert counted() == [("卫星天线", 3, 0)]
    assert [row.query for row in in_vain()] == ["卫星天线"]


@pytest.mark.parametrize(
    "text",
    ["13800138000", "138 0013 8000", "zhang.san@example.com", "张三 110101199003071234",
     "https://example.com/secret", "www.example.com", "很长的一句话" * 6, "😀", "卡号62220"],
)  # fmt: skip
def test_what_may_be_about_a_person_is_never_counted(buffer: SearchBuffer, text: str) -> None:
    ask(text, 4)
    buffer.flush()
    assert counted() == []
    assert not buffer._searched


def test_machines_filters_and_further_pages_are_not_counted(
    buffer: SearchBuffer, article: Article
) -> None:
    ask("砖混", 3, t="week")
    for n in range(3):
        Client(REMOTE_ADDR=f"10.0.0.{n}", headers={"User-Agent": "Googlebot/2.1 (+http)"}).get(
            "/search/?q=砖混"
        )
    buffer.flush()
    assert counted() == []


def test_memory_holds_no_addresses_and_is_empty_on_the_next_day(
    buffer: SearchBuffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    buffer.add("砖混", "visitor-1", 1)
    (entry,) = buffer._searched.values()
    assert all(isinstance(mark, bytes) and len(mark) == 8 for mark in entry.visitors)
    tomorrow = timezone.localdate() + timedelta(days=1)
    monkeypatch.setattr(timezone, "localdate", lambda: tomorrow)
    buffer.add("承重", "visitor-2", 1)
    assert list(buffer._searched) == ["承重"]


def test_memory_has_an_end(buffer: SearchBuffer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "_KEPT_AT_MOST", 2)
    for n in range(5):
        buffer.add(f"词{n}", "visitor", 0)
    assert len(buffer._searched) == 2


def test_a_refusing_database_loses_nothing(
    buffer: SearchBuffer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(3):
        buffer.add("砖混", f"visitor-{n}", 1)

    def refuse(*args: Any) -> None:
        raise DatabaseError

    with monkeypatch.context() as patched:
        patched.setattr(asked, "add_searches", refuse)
        buffer.flush()
    assert counted() == []
    buffer.flush()
    assert counted() == [("砖混", 3, 1)]


def test_pruned_after_half_a_year(db: None) -> None:
    today = timezone.localdate()
    for days in (0, 179, 181):
        add_searches(today - timedelta(days=days), [Asked("砖混", 1, 0)])
    assert prune_searches() == 1
    assert prune_searches() == 0
    assert in_vain().count() == 1


# --- On the desk ----------------------------------------------------------------------------
@pytest.fixture
def searches(db: None) -> None:
    add_searches(timezone.localdate(), [Asked("卫星天线", 5, 0), Asked("砖混", 9, 2)])


def test_editors_read_the_list(client: Client, eddie: User, searches: None) -> None:
    client.force_login(eddie)
    page = client.get(LIST)
    assert [row.query for row in page.context["cl"].result_list] == ["砖混", "卫星天线"]
    assert "/search/?q=%E5%8D%AB%E6%98%9F%E5%A4%A9%E7%BA%BF" in page.content.decode()
    for value, queries in (("no", ["卫星天线"]), ("yes", ["砖混"])):
        page = client.get(LIST, {"found": value})
        assert [row.query for row in page.context["cl"].result_list] == queries
    assert client.get(LIST, {"q": "天线"}).status_code == 200
    number = SearchCount.objects.values_list("pk", flat=True)[0]
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{number}/change/", {"asked": 1}).status_code == 403
    assert client.post(f"{LIST}{number}/delete/", {"post": "yes"}).status_code == 403


def test_refused(client: Client, sam: User, mona: User, searches: None) -> None:
    assert client.get(LIST).status_code == 302
    client.force_login(sam)
    assert client.get(LIST).status_code in {302, 403}
    client.force_login(mona)
    assert client.get(LIST).status_code == 403


def test_on_the_first_page_of_the_desk(client: Client, eddie: User, mona: User) -> None:
    client.force_login(eddie)
    assert "读者每次都搜到了结果" in client.get("/admin/").text
    add_searches(timezone.localdate(), [Asked("卫星天线", 5, 0)])
    add_searches(timezone.localdate() - timedelta(days=1), [Asked("卫星天线", 5, 0)])
    add_searches(date(2020, 1, 1), [Asked("老词", 5, 0)])
    page = client.get("/admin/").text
    assert '<span>卫星天线</span> <span class="num">10 次</span>' in page
    assert "老词" not in page
    client.force_login(mona)
    assert "卫星天线" not in client.get("/admin/").text
