import pytest
from django.test import Client

from articles.models import Article, Contributor, RelatedArticle
from articles.services.publishing import create_article, publish, unpublish
from articles.services.related import STORED, related_to, store_related


@pytest.fixture
def shelf(carol: Contributor, technology: object) -> list[Article]:
    titles = ["路由器摆在哪里", "路由器多久重启一次", "铸铁锅的开锅", "阳台种薄荷", "信道怎么选"]
    tags = [["路由器"], ["路由器"], ["厨房"], ["园艺"], []]
    categories = [technology, None, None, None, technology]
    return [
        publish(
            create_article(
                None, title=title, body="<p>x</p>", contributor=carol, category=category, tags=names
            ),
            None,
        )
        for title, names, category in zip(titles, tags, categories, strict=True)
    ]


def test_tags_category_and_title_decide_the_order(shelf: list[Article]) -> None:
    store_related(shelf[0].pk)
    order = related_to(shelf[0].pk)
    assert order[0] == shelf[1].pk
    assert order[1] == shelf[4].pk
    assert set(order) == {a.pk for a in shelf[1:]}


def test_an_older_article_learns_of_a_newer_one(shelf: list[Article]) -> None:
    assert shelf[1].pk in related_to(shelf[0].pk)


def test_storing_again_changes_nothing(shelf: list[Article]) -> None:
    before = related_to(shelf[0].pk)
    store_related(shelf[0].pk)
    assert related_to(shelf[0].pk) == before
    assert RelatedArticle.objects.filter(article=shelf[0]).count() <= STORED


def test_an_article_that_is_gone_stores_nothing(db: None) -> None:
    assert store_related(12345) == 0


def test_withdrawn_ones_are_not_shown(shelf: list[Article], client: Client) -> None:
    store_related(shelf[0].pk)
    unpublish(shelf[2], None)
    page = client.get(f"/p/{shelf[0].pk}.html").content.decode()
    related = page[page.index("相关推荐") :]
    assert shelf[2].title not in related
    assert shelf[3].title in related
