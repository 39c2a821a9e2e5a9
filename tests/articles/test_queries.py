"""What a page costs does not grow with the site."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from articles.models import Article, Contributor, Page, Topic
from articles.services.engagement import add_reads, refresh_hot
from articles.services.publishing import create_article, publish
from articles.services.related import store_related
from articles.services.taxonomy import arrange_topic, save_page, save_topic

BUDGET = {
    "/p/{pk}.html": 4,
    "/": 6,
    "/?page=2": 6,
    "/category/tech/": 6,
    "/tag/甲/": 6,
    "/topic/": 6,
    "/topic/all/": 6,
    "/author/carol/": 6,
    "/hot/": 6,
    "/search/?q=路由器": 20,
    "/search/?q=谈路由器&s=new&page=2": 20,
    "/search/suggest/?q=路由": 12,
    "/hot/day/": 6,
    "/hot/month/": 6,
    "/page/about/": 6,
    "/notices/": 6,
}


def fill(number: int, carol: Contributor, category: object) -> list[Article]:
    articles = [
        publish(
            create_article(
                None, title=f"第{n}篇谈路由器", body="<p>文</p>", contributor=carol,
                category=category, tags=["甲", "乙"], featured=n < 2,
            ),
            None,
        )
        for n in range(number)
    ]  # fmt: skip
    add_reads({article.pk: 3 for article in articles})
    refresh_hot()
    return articles


def queries(client: Client, address: str) -> list[str]:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in captured.captured_queries]


def test_queries_stay_within_the_budget_and_do_not_grow(
    client: Client, carol: Contributor, technology: object, settings: object
) -> None:
    settings.ITEMS_PER_PAGE = 5
    save_page(Page(title="关于", slug="about", body="<p>x</p>", is_published=True), None)
    topic = save_topic(Topic(title="全部", slug="all"), None)
    few = fill(7, carol, technology)
    arrange_topic(topic, None, few)
    store_related(few[3].pk)
    pk = few[3].pk
    before = {a: len(queries(client, a.format(pk=pk))) for a in BUDGET}
    more = fill(12, carol, technology)
    arrange_topic(topic, None, few + more)
    store_related(few[3].pk)
    after = {a: len(queries(client, a.format(pk=pk))) for a in BUDGET}
    assert after == before
    over = {address: count for address, count in after.items() if count > BUDGET[address]}
    assert not over


def test_an_article_and_what_stands_beside_it_are_two_queries(
    client: Client, carol: Contributor, technology: object
) -> None:
    """The others are the site and the next scheduled article, which a process remembers."""
    shown = fill(9, carol, technology)[4]
    store_related(shown.pk)
    asked = queries(client, f"/p/{shown.pk}.html")
    # PostgreSQL is asked by the name under which it has planned them.
    of_articles = [sql for sql in asked if re.search('FROM "articles_article"|^EXECUTE', sql)]
    assert len(of_articles) == 2


@pytest.mark.parametrize("address", ["/", "/p/{pk}.html"])
def test_an_anonymous_page_needs_no_session(client: Client, article: Article, address: str) -> None:
    asked = queries(client, address.format(pk=article.pk))
    assert not [sql for sql in asked if "session" in sql or "articles_user" in sql]
    response = client.get(address.format(pk=article.pk))
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
