"""The benchmarks themselves, at a tiny size: that a fill makes what a site would have made."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client

from articles.models import Article, ArticleTag
from articles.search import index_articles
from articles.services.search import search
from submissions import originality
from tests.benchmarks import fill, reporting
from tests.benchmarks.bulk import STATE

SIZE = 50


@pytest.fixture
def filled(transactional_db: None) -> Iterator[None]:
    fill.fill(SIZE, set(), workers=1)
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {STATE}")
    # What was set for the fill ends with the connection.
    connection.close()


def test_a_fill_makes_what_the_services_would_have_made(filled: None, client: Client) -> None:
    assert Article.objects.visible().count() == SIZE
    assert ArticleTag.objects.count() >= 2 * SIZE
    article = Article.objects.get(pk=SIZE)
    # The index holds what indexing would put into it, so that nothing is written.
    assert index_articles([article.pk]) == 0
    assert article.pk in search(article.title).numbers
    text = "\n".join(part for part in article.body.replace("</", "\n<").split("\n"))
    found = originality.check(text).matches
    assert found[0].object_id == SIZE
    assert client.get(article.get_absolute_url()).status_code == 200
    assert article.title in client.get("/").text


def test_a_second_fill_has_nothing_to_do(filled: None, capsys: pytest.CaptureFixture[str]) -> None:
    fill.fill(SIZE, set(), workers=1)
    assert "are there already" in capsys.readouterr().out
    assert Article.objects.count() == SIZE


def test_another_fill_is_refused(filled: None) -> None:
    with pytest.raises(SystemExit, match="begun otherwise"):
        fill.fill(2 * SIZE, set(), workers=1)


def report(articles: int, article: float, search: float) -> dict:
    def one(p50: float) -> dict:
        return {"results": {"uncached": {"1": {"p50": p50}}}}

    pages = {"article": one(article), "rare search": one(search)}
    return {"about": {"articles": articles}, "pages": pages, "writes": {"publish": {"p50": 20.0}}}


def test_flatness_names_what_is_not_flat() -> None:
    text = reporting.flatness(report(10_000, 2.0, 10.0), report(1_000_000, 2.7, 14.9))
    assert "| article | 2.00 | 2.70 | 1.35 | **no** |" in text
    assert "| rare search | 10.00 | 14.90 | 1.49 | yes |" in text
    assert "| publish | 20.00 | 20.00 | 1.00 | yes |" in text
