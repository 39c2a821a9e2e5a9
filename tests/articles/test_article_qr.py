"""The QR code of an article's address: a picture of its own, asked for when it is opened."""

import pytest
from django.test import Client

from articles.models import Article, Scope
from articles.qr import qr_code
from articles.services.restrictions import restrict


def test_it_is_a_picture_that_may_be_kept(client: Client, article: Article) -> None:
    response = client.get(f"/p/{article.pk}.svg")
    assert response.status_code == 200
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert qr_code(f"http://testserver/p/{article.pk}.html").path in response.text
    assert response.text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')


def test_the_page_names_it_and_does_not_hold_it(client: Client, article: Article) -> None:
    page = client.get(f"/p/{article.pk}.html").text
    assert f'<img src="/p/{article.pk}.svg" width="176" height="176" loading="lazy" alt="' in page
    assert qr_code(f"http://testserver/p/{article.pk}.html").path not in page


@pytest.mark.parametrize("how", ["draft", "withheld", "never"])
def test_what_is_not_visible_has_none(
    client: Client, draft: Article, request: pytest.FixtureRequest, how: str
) -> None:
    number = draft.pk + (1000 if how == "never" else 0)
    if how == "withheld":
        article = request.getfixturevalue("article")
        restrict(article, None, Scope.WHOLE, reference="TS-2026-000001")
    assert client.get(f"/p/{number}.svg").status_code == 404
