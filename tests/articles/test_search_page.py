"""/search/: the page, and what it says when there is nothing to show."""

import json
from typing import Any

import pytest
from django.test import Client
from lxml import html

from articles.models import Article, Category, Contributor, SearchStatistics, Topic
from articles.search.statistics import take_sample
from articles.services.names import refresh_search_names
from articles.services.publishing import create_article, publish
from articles.services.site import rebuild_chrome
from articles.services.taxonomy import save_category, save_topic
from tests.conftest import SHARED
from tests.services import require_or_skip


def page(client: Client, **given: Any) -> Any:
    response = client.get("/search/", given)
    assert response.status_code == 200
    return html.fromstring(response.content.decode())


def status(document: Any) -> str:
    return " ".join("".join(document.xpath("//*[@role='status']//text()")).split())


def titles(document: Any) -> list[str]:
    return [link.text_content().strip() for link in document.xpath("//article//h3/a")]


@pytest.fixture
def collected(article: Article) -> Article:
    take_sample(1)
    refresh_search_names()
    return article


def test_results(client: Client, article: Article) -> None:
    document = page(client, q="無線 砖混")
    assert status(document).startswith("“無線 砖混”共找到1篇，用时0.")
    assert titles(document) == ["老房子的无线死角怎么治"]
    marked = [mark.text for mark in document.xpath("//article//mark")]
    assert marked == ["无线", "砖混"]
    assert document.xpath("//article//h3/a/@href") == [article.get_absolute_url()]
    assert document.xpath("string(//title)") == "搜索：無線 砖混 - 拾页"
    assert document.xpath("//meta[@name='robots']/@content") == ["noindex"]
    assert document.xpath("//input[@id='qq']/@value") == ["無線 砖混"]
    assert len(document.xpath("//form[@role='search']")) == 1


def test_may_not_be_kept(client: Client, article: Article) -> None:
    response = client.get("/search/?q=砖混")
    assert "no-cache" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")


def test_nothing_typed(client: Client, article: Article) -> None:
    save_topic(Topic(title="冬天的家", slug="winter"), None)
    for typed in ("", "  "):
        document = page(client, q=typed)
        assert not document.xpath("//*[@role='status']")
        assert document.xpath("//a[@href='/topic/winter/']")
    assert client.get("/search/").status_code == 200


def test_nothing_found(client: Client, article: Article) -> None:
    save_topic(Topic(title="冬天的家", slug="winter"), None)
    document = page(client, q="量子纠缠", t="week")
    assert status(document) == "没有找到与“量子纠缠”有关的文章。"
    assert "检查有没有错字" in document.text_content()
    assert document.xpath("//main//a[@href='/submit/']")
    assert document.xpath("//main//a[@href='/search/?q=%E9%87%8F%E5%AD%90%E7%BA%A0%E7%BC%A0']")
    assert document.xpath("//a[@href='/topic/winter/']")


def test_nothing_to_look_for(client: Client, article: Article) -> None:
    assert "没有可以搜索的内容" in status(page(client, q="！？😀"))


def test_too_long(client: Client, article: Article) -> None:
    document = page(client, q="砖混房" * 400)
    assert "只搜索了开头的部分" in document.text_content()
    assert titles(document) == ["老房子的无线死角怎么治"]
    assert len(document.xpath("string(//title)")) < 90


def test_some_of_the_words(client: Client, article: Article) -> None:
    assert "没有一篇文章包含全部的词" in page(client, q="砖混 量子").text_content()
    assert "没有一篇文章包含全部的词" not in page(client, q="砖混").text_content()


def test_filters(client: Client, article: Article, carol: Contributor) -> None:
    home = save_category(Category(name="家居", slug="home"), None)
    below = save_category(Category(name="网络", slug="net", parent=home), None)
    other = create_article(
        None, title="另一间砖混房", body="<p>文</p>", contributor=carol, category=below, tags=["甲"]
    )
    publish(other, None)
    rebuild_chrome()
    both = page(client, q="砖混")
    options = [option.text for option in both.xpath("//select[@name='c']/option")]
    assert options == ["全部栏目", "技术（1）", "家居（1）", "　网络（1）"]
    assert titles(page(client, q="砖混", c="home")) == ["另一间砖混房"]
    assert titles(page(client, q="砖混", c="home", tag="甲")) == ["另一间砖混房"]
    tagged = page(client, q="砖混", tag="甲")
    assert tagged.xpath("//input[@name='tag']/@value") == ["甲"]
    assert tagged.xpath("//aside//a/@href") == ["/search/?q=%E7%A0%96%E6%B7%B7"]
    assert len(titles(page(client, q="砖混", t="week"))) == 2
    assert titles(page(client, q="砖混", s="new")) == ["另一间砖混房", "老房子的无线死角怎么治"]
    chosen = page(client, q="砖混", c="net", t="year", s="useful")
    assert chosen.xpath("//option[@selected]/@value") == ["net", "year", "useful"]


@pytest.mark.parametrize(
    "given",
    [{"c": "nothing"}, {"tag": "nothing"}, {"t": "9"}, {"s": "x"}, {"c": "\0"}, {"tag": "\0a"},
     {"t": "week\0"}, {"q": ["a", "砖混"]}],
)  # fmt: skip
def test_values_that_nothing_has(client: Client, article: Article, given: dict[str, Any]) -> None:
    assert titles(page(client, **{"q": "砖混", **given})) == ["老房子的无线死角怎么治"]


def test_pages(client: Client, carol: Contributor, settings: Any) -> None:
    settings.ITEMS_PER_PAGE = 2
    for n in range(5):
        publish(create_article(None, title=f"砖混{n}", body="<p>文</p>", contributor=carol), None)
    first = page(client, q="砖混 房", s="new")
    assert titles(first) == ["砖混4", "砖混3"]
    following = first.xpath("//nav[@class='pager']//a[@rel='next']/@href")
    assert following == ["/search/?q=%E7%A0%96%E6%B7%B7+%E6%88%BF&s=new&page=2"]
    assert titles(html.fromstring(client.get(following[0]).content.decode())) == ["砖混2", "砖混1"]
    assert titles(page(client, q="砖混", s="new", page="3")) == ["砖混0"]
    for beyond in ("4", "0", "-1", "x", "9" * 30):
        assert client.get("/search/", {"q": "砖混", "page": beyond}).status_code == 404


def test_names(client: Client, collected: Article) -> None:
    document = page(client, q="路由器")
    assert document.xpath("//header[@class='head']//nav//a/@href") == ["/tag/路由器/"]
    document = page(client, q="纸上行舟")
    assert document.xpath("//header[@class='head']//nav//a/@href") == ["/author/carol/"]
    document = page(client, q="家庭網络 天线")
    assert document.xpath("//header[@class='head']//nav//a/@href") == ["/tag/家庭网络/"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("路由其", "路由器"), ("由路器", "路由器"), ("路由", ""), ("纸上行周", "纸上行舟"),
     ("家庭网路", "家庭网络"), ("路", ""), ("天线", "")],
)  # fmt: skip
def test_spelling(client: Client, collected: Article, typed: str, meant: str) -> None:
    document = page(client, q=typed)
    links = document.xpath("//p[contains(., '您要找的是不是')]/a")
    assert [link.text for link in links] == ([meant] if meant else [])


def test_names_of_what_is_hidden_are_not_said(client: Client, collected: Article) -> None:
    Article.objects.update(status="unpublished")
    assert SearchStatistics.objects.get().names
    for typed in ("路由器", "路由其", "纸上行舟"):
        document = page(client, q=typed)
        assert not document.xpath("//header[@class='head']//nav")
        assert "您要找的是不是" not in document.text_content()


def test_posting_is_refused(client: Client, db: None) -> None:
    assert client.post("/search/", {"q": "x"}).status_code == 405


def test_the_form_stands_on_every_page(client: Client, article: Article) -> None:
    document = html.fromstring(client.get("/").content.decode())
    assert document.xpath("//header//form[@role='search']/@action") == ["/search/"]
    assert document.xpath("//header//a[@href='/search/']")


def hostile() -> list[str]:
    path = SHARED / "xss"
    if not path.is_dir():
        return []
    found: list[str] = []
    for file in sorted(path.rglob("*.jsonl")):
        rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line]
        found += [str(row.get("input") or row.get("html") or "") for row in rows]
    return found


def test_hostile_queries(client: Client, article: Article) -> None:
    require_or_skip("shared data")
    snippets = hostile()
    assert len(snippets) > 100
    clean = sorted(tags(page(client, q="砖混")))
    for snippet in snippets:
        document = page(client, q=f"砖混 {snippet}")
        assert set(tags(document)) <= {*clean, "p", "li", "ul"}, snippet
        assert document.xpath("//input[@id='qq']/@value")


def tags(document: Any) -> list[str]:
    """Return the elements of a page with their event attributes, of which it has none."""
    handlers = [name for e in document.iter("*") for name in e.attrib if name.startswith("on")]
    assert not handlers
    return [str(element.tag) for element in document.iter("*")]
