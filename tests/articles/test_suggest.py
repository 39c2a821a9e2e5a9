"""/search/suggest/: what is suggested while somebody types."""

from typing import Any

import pytest
from django.test import Client

from articles.models import Article, Category, Contributor, Scope, SearchStatistics, Topic
from articles.search.names import Name, alike, distance, matching
from articles.search.statistics import take_sample
from articles.services.names import refresh_search_names
from articles.services.publishing import create_article, publish
from articles.services.restrictions import restrict
from articles.services.taxonomy import save_topic


def suggested(client: Client, text: str) -> list[tuple[str, str]]:
    response = client.get("/search/suggest/", {"q": text})
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert "no-cache" in response["Cache-Control"]
    return [(item["kind"], item["text"]) for item in response.json()["suggestions"]]


@pytest.fixture
def furnished(article: Article) -> Article:
    save_topic(Topic(title="路由与家", slug="route"), None)
    take_sample(1)
    refresh_search_names()
    return article


def test_names_and_titles(client: Client, furnished: Article) -> None:
    title = ("文章", "老房子的无线死角怎么治")
    assert suggested(client, "路由") == [("专题", "路由与家"), ("标签", "路由器"), title]
    assert suggested(client, "技術") == [("栏目", "技术")]
    assert suggested(client, "行舟") == [("投稿人", "纸上行舟")]
    assert suggested(client, "死") == [title]
    assert suggested(client, "无线") == [title]


def test_half_a_word(client: Client, carol: Contributor) -> None:
    article = create_article(None, title="用 Kubernetes 的家", body="<p>文</p>", contributor=carol)
    publish(article, None)
    for typed in ("ku", "KUBER", "kubernetes", "用kube"):
        assert suggested(client, typed) == [("文章", "用 Kubernetes 的家")], typed
    assert suggested(client, "k") == []
    assert suggested(client, "netes") == []


@pytest.mark.parametrize(
    "typed", ["", " ", "。", "😀", '"', "%", "\0", "没有的", "x" * 10_000, "路由" * 5000]
)
def test_anything_is_answered(client: Client, furnished: Article, typed: str) -> None:
    assert suggested(client, typed) == []


@pytest.mark.parametrize("how", ["withheld", "unpublished"])
def test_hidden_things_are_not_suggested(client: Client, furnished: Article, how: str) -> None:
    if how == "withheld":
        restrict(furnished, None, Scope.WHOLE, reference="TS-1")
    else:
        Article.objects.update(status="unpublished")
    assert SearchStatistics.objects.get().names
    assert suggested(client, "路由器") == suggested(client, "行舟") == suggested(client, "死") == []


def test_renamed_and_deleted(client: Client, furnished: Article) -> None:
    Category.objects.update(name="技艺")
    Topic.objects.all().delete()
    assert suggested(client, "技术") == [("栏目", "技艺")]  # Its name of this moment is shown.
    assert suggested(client, "与家") == []
    assert refresh_search_names()
    assert not refresh_search_names()
    assert suggested(client, "技艺") == [("栏目", "技艺")]


def names(*given: str) -> list[Name]:
    return [Name("tag", n, name, name, name) for n, name in enumerate(given)]


def found(names: Any) -> list[str]:
    return [name.name for name in names]


def test_matching() -> None:
    known = names("小路由器", "路由器", "路由", "网络")
    assert found(matching("路由", known, 9)) == ["路由", "路由器", "小路由器"]
    assert found(matching("路由", known, 1)) == ["路由"]
    assert found(matching("", known, 9)) == []


def test_alike() -> None:
    known = names("路由器", "路由", "路由器位置", "kubernetes", "wifi", "网络")
    assert found(alike("路由其", known, 9)) == ["路由器", "路由"]
    assert found(alike("kuberentes", known, 9)) == ["kubernetes"]
    assert found(alike("wify", known, 9)) == ["wifi"]
    assert found(alike("网", known, 9)) == []
    assert found(alike("", known, 9)) == []
    assert found(alike("x" * 60, known, 9)) == []


@pytest.mark.parametrize(
    ("one", "other", "steps"),
    [("", "", 0), ("ab", "ba", 1), ("abc", "abd", 1), ("abc", "ac", 1), ("abcd", "badc", 2),
     ("路由器", "路由其", 1)],
)  # fmt: skip
def test_distance(one: str, other: str, steps: int) -> None:
    assert distance(one, other, 3) == distance(other, one, 3) == steps


def test_distance_gives_up() -> None:
    assert distance("a" * 50, "b" * 50, 2) == 3
