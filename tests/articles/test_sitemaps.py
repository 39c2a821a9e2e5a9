"""The sitemap: valid, in parts, dated, and without what is withheld."""

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from lxml import etree

from articles.models import Article, Contributor, Scope, SitemapPart
from articles.services.publishing import create_article, publish, revise, schedule, unpublish
from articles.services.restrictions import lift, restrict
from tests.browser.helpers import add_test_picture

# Its parts go by the articles' numbers.
pytestmark = pytest.mark.usefixtures("low_numbers")

SCHEMA = etree.XMLSchema(file=str(Path(__file__).parent / "schemas" / "sitemap.xsd"))
NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
PARTS = ["places", "news", "articles-0", "tags-0", "authors-0"]


def read(client: Client, address: str) -> etree._Element:
    response = client.get(address)
    assert response.status_code == 200, address
    assert response["Content-Type"].startswith("application/xml")
    root = etree.fromstring(response.content)
    SCHEMA.assertValid(root)
    return root


def addresses(root: etree._Element) -> list[str]:
    return [
        str(loc.text).removeprefix("http://testserver") for loc in root.iterfind(".//s:loc", NAMES)
    ]


def test_the_index_names_parts_that_are_there(client: Client, article: Article) -> None:
    found = addresses(read(client, "/sitemap.xml"))
    assert found == [f"/sitemap-{part}.xml" for part in PARTS]
    for address in found:
        read(client, address)


def test_what_stands_in_the_parts(client: Client, article: Article) -> None:
    assert addresses(read(client, "/sitemap-articles-0.xml")) == [f"/p/{article.pk}.html"]
    assert addresses(read(client, "/sitemap-authors-0.xml")) == ["/author/carol/"]
    assert len(addresses(read(client, "/sitemap-tags-0.xml"))) == 2
    assert "/category/tech/" in addresses(read(client, "/sitemap-places.xml"))
    news = client.get("/sitemap-news.xml").content.decode()
    assert article.title in news
    assert "<news:language>zh-cn</news:language>" in news


def test_pictures_are_named_until_they_are_withheld(client: Client, article: Article) -> None:
    cover, inside = add_test_picture("一间老屋"), add_test_picture("信号图", colour="#123456")
    body = f'<p>文</p><figure><img src="{inside.url}" alt="图"></figure>'
    revise(article, None, {"body": body, "cover": cover})
    text = client.get("/sitemap-articles-0.xml").content.decode()
    assert cover.url in text
    assert inside.url in text
    read(client, "/sitemap-articles-0.xml")
    restrict(article, None, Scope.IMAGE, reference="TS-1", picture=inside)
    text = client.get("/sitemap-articles-0.xml").content.decode()
    assert inside.url not in text
    assert cover.url in text


def test_parts_are_cut_by_number(client: Client, article: Article) -> None:
    far = create_article(
        None, pk=123_456, title="远", body="<p>文</p>", contributor=article.contributor
    )
    publish(far, None)
    assert "/sitemap-articles-12.xml" in addresses(read(client, "/sitemap.xml"))
    assert addresses(read(client, "/sitemap-articles-12.xml")) == ["/p/123456.html"]
    assert client.get("/sitemap-articles-5.xml").status_code == 404
    assert client.get("/sitemap-tags-7.xml").status_code == 404


def test_the_date_of_a_part_moves_with_every_change(client: Client, article: Article) -> None:
    def date() -> str:
        SitemapPart.objects.update(changed_at=timezone.now() - timedelta(days=9))
        return ""

    measure = None
    for change in ("revise", "restrict", "lift", "unpublish", "publish"):
        date()
        if change == "revise":
            revise(article, None, {"title": "新题"})
        elif change == "restrict":
            measure = restrict(article, None, Scope.WHOLE, reference="TS-1")
        elif change == "lift":
            assert measure is not None
            lift(measure, None)
        elif change == "unpublish":
            unpublish(article, None)
        else:
            publish(article, None)
        age = timezone.now() - SitemapPart.objects.get(number=0).changed_at
        assert age < timedelta(minutes=5), change


def test_a_measure_dates_the_article_anew(client: Client, article: Article) -> None:
    Article.objects.update(updated_at=timezone.now() - timedelta(days=9), published_at=(
        timezone.now() - timedelta(days=9)
    ))  # fmt: skip
    before = client.get("/sitemap-articles-0.xml").content
    restrict(article, None, Scope.PASSAGE, reference="TS-1", passage="弱电箱是最差的位置")
    assert client.get("/sitemap-articles-0.xml").content != before


@pytest.mark.parametrize("part", PARTS)
def test_a_304_hides_no_withdrawal(client: Client, article: Article, part: str) -> None:
    address = f"/sitemap-{part}.xml"
    before = client.get(address)
    held = {"If-None-Match": before["ETag"]}
    assert client.get(address, headers=held).status_code == 304
    restrict(article, None, Scope.WHOLE, reference="TS-1")
    after = client.get(address, headers=held)
    expected = {"places": 304, "news": 200}
    assert after.status_code == expected.get(part, 404)
    assert f"/p/{article.pk}.html" not in after.content.decode()
    assert addresses(read(client, "/sitemap.xml")) == ["/sitemap-places.xml"]


@pytest.mark.parametrize(
    ("address", "most"),
    [("/sitemap.xml", 6), ("/sitemap-articles-0.xml", 4), ("/sitemap-tags-0.xml", 1),
     ("/sitemap-authors-0.xml", 1), ("/sitemap-places.xml", 3), ("/sitemap-news.xml", 2)],
)  # fmt: skip
def test_costs_few_queries(client: Client, article: Article, address: str, most: int) -> None:
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert len(captured) <= most
    assert "Set-Cookie" not in response


def test_a_304_of_a_part_reads_no_articles(client: Client, article: Article) -> None:
    held = {"If-None-Match": client.get("/sitemap-articles-0.xml")["ETag"]}
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/sitemap-articles-0.xml", headers=held).status_code == 304
    assert len(captured) == 1


def test_a_304_of_a_part_hides_none_that_came(
    client: Client, article: Article, carol: Contributor
) -> None:
    other = create_article(None, title="另一篇", body="<p>文</p>", contributor=carol)
    at = timezone.now() + timedelta(hours=1)
    schedule(other, None, at)
    held = {"If-None-Match": client.get("/sitemap-articles-0.xml")["ETag"]}
    with time_machine.travel(at + timedelta(seconds=1), tick=False):
        answer = client.get("/sitemap-articles-0.xml", headers=held)
    assert f"/p/{other.pk}.html" in answer.content.decode()


def test_an_empty_site_has_a_sitemap(client: Client, db: None) -> None:
    assert addresses(read(client, "/sitemap.xml")) == ["/sitemap-places.xml"]
    assert client.get("/sitemap-news.xml").status_code == 200


@pytest.mark.parametrize("old", ["/wp-sitemap.xml", "/sitemap_index.xml"])
def test_old_addresses(client: Client, db: None, old: str) -> None:
    assert client.get(old)["Location"] == "/sitemap.xml"
