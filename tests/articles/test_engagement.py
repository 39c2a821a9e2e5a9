import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from articles import reads
from articles.models import Article, DailyReads, Like
from articles.services.engagement import add_reads, like, refresh_hot
from articles.services.publishing import unpublish

BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150 Safari/537.36"
SAME = {"Sec-Fetch-Site": "same-origin", "User-Agent": BROWSER}


def post_like(client: Client, article: Article, **headers: str):
    return client.post(f"/p/{article.pk}/like/", headers={**SAME, **headers})


def test_a_like_without_script_leads_back(client: Client, article: Article) -> None:
    response = post_like(client, article)
    assert response.status_code == 302
    assert response["Location"] == f"/p/{article.pk}.html#like"
    assert (
        '(<output class="num">1</output>)' in client.get(f"/p/{article.pk}.html").content.decode()
    )


def test_a_like_by_script_tells_the_count(client: Client, article: Article) -> None:
    response = post_like(client, article, Accept="application/json")
    assert response.json() == {"count": 1}
    assert response["Cache-Control"] == "no-store"


def test_one_person_counts_once_with_and_without_the_cookie(article: Article) -> None:
    with_cookie, without = Client(), Client()
    for _ in range(3):
        post_like(with_cookie, article)
        without.cookies.clear()
        post_like(without, article)
    article.refresh_from_db()
    assert article.like_count == Like.objects.count() == 1


def test_the_cookie_tells_people_at_one_address_apart(article: Article) -> None:
    post_like(Client(), article)
    other = Client()
    post_like(other, article, **{"User-Agent": BROWSER.replace("150", "149")})
    other.defaults["REMOTE_ADDR"] = "10.1.2.3"
    post_like(other, article)
    article.refresh_from_db()
    assert article.like_count == 2


def test_a_forged_cookie_is_no_new_visitor(client: Client, article: Article) -> None:
    post_like(client, article)
    for value in ("x", "abc:def:ghi", ""):
        client.cookies["visitor"] = value
        post_like(client, article)
    article.refresh_from_db()
    assert article.like_count == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {},
    ],
)
def test_other_sites_cannot_like(client: Client, article: Article, headers: dict) -> None:
    response = client.post(f"/p/{article.pk}/like/", headers={"User-Agent": BROWSER, **headers})
    assert response.status_code == 403
    assert not Like.objects.exists()


def test_an_origin_is_enough_for_browsers_without_fetch_metadata(
    client: Client, article: Article
) -> None:
    headers = {"User-Agent": BROWSER, "Origin": "http://testserver"}
    assert client.post(f"/p/{article.pk}/like/", headers=headers).status_code == 302
    assert Like.objects.count() == 1


@pytest.mark.parametrize("agent", ["curl/8", "", "Mozilla/5.0 (compatible; Googlebot/2.1; +x)"])
def test_bots_are_answered_and_not_counted(client: Client, article: Article, agent: str) -> None:
    response = post_like(client, article, **{"User-Agent": agent, "Accept": "application/json"})
    assert response.json() == {"count": 0}
    client.post(f"/p/{article.pk}/read/", headers={**SAME, "User-Agent": agent})
    reads.buffer.flush()
    assert not DailyReads.objects.exists()


def test_what_is_not_visible_cannot_be_liked(client: Client, article: Article) -> None:
    unpublish(article, None)
    assert post_like(client, article).status_code == 404
    assert client.get(f"/p/{article.pk}/like/").status_code == 405


def test_reads_are_written_in_batches(client: Client, article: Article) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reads, "FLUSH_SECONDS", 3600.0)
        for _ in range(3):
            assert client.post(f"/p/{article.pk}/read/", headers=SAME).status_code == 204
        client.post("/p/999999/read/", headers=SAME)
        client.post(f"/p/{article.pk}/read/", headers={**SAME, "Sec-Fetch-Site": "cross-site"})
        assert not DailyReads.objects.exists()
        reads.buffer.flush()
    article.refresh_from_db()
    assert article.read_count == DailyReads.objects.get().reads == 3


def test_the_hot_list_counts_reads_and_likes_of_the_week(article: Article, carol: object) -> None:
    from articles.services.publishing import create_article, publish

    other = publish(create_article(None, title="乙", body="<p>x</p>", contributor=carol), None)
    add_reads({article.pk: 4})
    like(other, "someone")
    assert refresh_hot() == 6  # Two articles in each of the three lists.
    hot = list(Article.objects.filter(hot__period="week").order_by("hot__position"))
    assert hot == [other, article]


@pytest.mark.django_db(transaction=True)
def test_racing_likes_of_one_visitor_count_once(article: Article) -> None:
    if connection.vendor == "sqlite" and connection.is_in_memory_db():
        pytest.skip("An in-memory database has one connection.")

    def send(_number: int) -> None:
        try:
            like(article, "someone")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(24)))
    article.refresh_from_db()
    assert article.like_count == Like.objects.count() == 1


def test_the_answer_is_json_that_parses(client: Client, article: Article) -> None:
    assert json.loads(post_like(client, article, Accept="application/json").content) == {"count": 1}
