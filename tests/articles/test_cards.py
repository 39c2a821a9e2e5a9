"""The picture for sharing: drawn, right for its words, gone with its article."""

from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import storages
from django.test import Client
from PIL import Image

from articles import cards
from articles.models import Article, Scope, ShareCard
from articles.services.publishing import delete_article, revise, unpublish
from articles.services.restrictions import lift, restrict
from tests.browser.helpers import add_test_picture


def address(client: Client, article: Article) -> str:
    text = client.get(f"/p/{article.pk}.html").content.decode()
    _before, mark, rest = text.partition('property="og:image" content="http://testserver')
    return rest.partition('"')[0] if mark else ""


def test_it_is_drawn_served_and_named(client: Client, article: Article) -> None:
    path = address(client, article)
    assert path.startswith(f"/card/{article.pk}-")
    response = client.get(path)
    assert response.status_code == 200
    assert response["Content-Type"] == "image/png"
    image = Image.open(BytesIO(response.content))
    assert image.size == (1200, 630)
    assert 'og:image:width" content="1200"' in client.get(f"/p/{article.pk}.html").content.decode()


def test_a_new_title_has_a_new_address(client: Client, article: Article) -> None:
    old = address(client, article)
    revise(article, None, {"title": "新的题目"})
    new = address(client, article)
    assert new
    assert new != old
    assert client.get(old).status_code == 404
    assert client.get(new).status_code == 200
    assert len(storages["private"].listdir(f"cards/{article.pk % 100:02}")[1]) == 1


def test_an_old_card_is_never_shown(client: Client, article: Article) -> None:
    path = address(client, article)
    Article.objects.filter(pk=article.pk).update(title="改了，还没画")
    assert address(client, article) == ""
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("status", [451, 410])
def test_it_is_gone_with_its_article(client: Client, article: Article, status: int) -> None:
    path = address(client, article)
    measure = restrict(article, None, Scope.WHOLE, reference="TS-1", http_status=status)
    response = client.get(path, headers={"If-None-Match": "*"})
    assert response.status_code == status
    assert response["Cache-Control"] == "no-store"
    lift(measure, None)
    assert client.get(path).status_code == 200
    unpublish(article, None)
    assert client.get(path).status_code == 404


def test_a_cover_stands_before_it(client: Client, article: Article) -> None:
    cover = add_test_picture("一间老屋")
    revise(article, None, {"cover": cover})
    assert address(client, article) == cover.url


@pytest.mark.django_db(transaction=True)
def test_the_file_goes_with_a_deleted_article(article: Article) -> None:
    path = ShareCard.objects.get(article=article).path
    assert storages["private"].exists(path)
    unpublish(article, None)
    delete_article(article, None)
    assert not storages["private"].exists(path)


@pytest.mark.parametrize(
    "title", ["题", "长" * 200, "W" * 200, "🙂", "《“一”》（二）！" * 20, "a b " * 50]
)
@pytest.mark.parametrize("has_font", [True, False])
def test_any_title_can_be_drawn(title: str, has_font: bool, monkeypatch: Any) -> None:
    if not has_font:
        monkeypatch.setattr(cards, "chinese_font", lambda: None)
    data = cards.draw(cards.Words(title, "纸上行舟", "拾页", "www.example.com"))
    assert Image.open(BytesIO(data)).size == (1200, 630)
    assert len(data) < 150_000
