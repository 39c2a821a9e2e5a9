"""The headers of answers, whatever is spared on the way to them."""

import pytest
from csp.utils import build_policy
from django.test import Client

from articles.models import Article, User

SAFE = {
    "Content-Security-Policy", "Content-Type", "Content-Length", "Cross-Origin-Opener-Policy",
    "Referrer-Policy", "X-Content-Type-Options", "X-Frame-Options",
}  # fmt: skip
# What views and the page cache add where there is something to say of keeping an answer.
OF_KEEPING = {"Cache-Control", "ETag", "Expires", "Vary", "X-Robots-Tag"}
ADDRESSES = [
    "/", "/p/{pk}.html", "/category/tech/", "/hot/", "/topic/", "/nothing/", "/robots.txt",
    "/notices/", "/report/", "/accounts/login/",
]  # fmt: skip


def policy(text: str) -> dict[str, str]:
    """Return a policy by directive; their order means nothing."""
    return dict(part.strip().split(" ", 1) for part in text.split(";"))


@pytest.mark.parametrize("address", ADDRESSES)
def test_readers_get_these_headers(client: Client, article: Article, address: str) -> None:
    for method in (client.get, client.head):
        response = method(address.format(pk=article.pk))
        assert set(response.headers) - OF_KEEPING == SAFE
        assert policy(response["Content-Security-Policy"]) == policy(build_policy())
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("address", ["/", "/p/{pk}.html", "/category/tech/"])
def test_a_reader_gets_no_cookie(client: Client, article: Article, address: str) -> None:
    response = client.get(address.format(pk=article.pk))
    assert not response.cookies


def test_the_signed_in_see_their_own_ways(client: Client, article: Article, sam: User) -> None:
    client.force_login(sam)
    response = client.get(f"/p/{article.pk}.html")
    assert 'href="/me/"' in response.text
    assert response.wsgi_request.user == sam


def test_a_page_with_the_editor_keeps_its_own_policy(client: Client, eddie: User) -> None:
    client.force_login(eddie)
    response = client.get("/admin/articles/article/add/")
    own = policy(response["Content-Security-Policy"])
    assert "'unsafe-inline'" in own["script-src"]
    assert "'unsafe-inline'" not in policy(client.get("/")["Content-Security-Policy"])["script-src"]
