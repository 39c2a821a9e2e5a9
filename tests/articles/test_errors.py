import pytest
from django.test import Client

from articles.models import Article, Redirect
from articles.services.engagement import add_reads, refresh_hot


def test_a_missing_leaf_offers_what_others_read(client: Client, article: Article) -> None:
    add_reads({article.pk: 3})
    refresh_hot()
    response = client.get("/nowhere/")
    body = response.content.decode()
    assert response.status_code == 404
    assert "缺页" in body
    assert article.title in body
    assert 'content="noindex"' in body


def test_old_addresses_lead_on(client: Client, article: Article) -> None:
    Redirect.objects.create(old_path="/2019/05/旧文/", article=article)
    Redirect.objects.create(old_path="/?page_id=7", target="/page/about/")
    Redirect.objects.create(old_path="/旧文.html", target="/hot/")
    for asked, target in {
        "/2019/05/旧文/": f"/p/{article.pk}.html",
        "/2019/05/旧文": f"/p/{article.pk}.html",
        "/2019/05/%E6%97%A7%E6%96%87/?utm=1": f"/p/{article.pk}.html",
        "/?page_id=7": "/page/about/",
        "/%E6%97%A7%E6%96%87.html": "/hot/",
    }.items():
        response = client.get(asked)
        assert (response.status_code, response["Location"]) == (301, target), asked


def test_plain_permalinks_of_wordpress_lead_on(client: Client, db: None) -> None:
    assert client.get("/?p=17367")["Location"] == "/p/17367.html"


@pytest.mark.parametrize(
    "address",
    ["/?page_id=8", "/p/0.html", "/p/99999999999999999999.html", "/category/没有/", "/?page=99",
     "/?page=x", "/tag/%00/", "/author/nobody/", "/topic/none/", "/page/none/", "/media/../x",
     "/p/12%00.html", "/nowhere/%FF%FE", "/?p=abc&page=0"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 404


def test_the_page_for_a_refused_form_says_that_nothing_was_changed(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/accounts/login/", {"login": "x"})
    assert response.status_code == 403
    assert "没有改动任何内容" in response.content.decode()


def test_the_page_for_a_failure_needs_no_database(client: Client, rf: object) -> None:
    from articles.views.errors import server_error

    response = server_error(rf.get("/"))
    assert response.status_code == 500
    assert "这里出错了" in response.content.decode()


def test_healthz(client: Client, db: None) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_robots(client: Client, db: None) -> None:
    assert "Disallow: /admin/" in client.get("/robots.txt").content.decode()
