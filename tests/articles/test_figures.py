"""Reads and likes on the desk: of the site, and of each article."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from articles.models import Article, DailyTotal, User
from articles.plots import HEIGHT, daily_plot
from articles.services.engagement import add_likes, add_reads, refresh_hot

SITE = "/admin/articles/dailyreads/"


def of(article: Article) -> str:
    return f"/admin/articles/article/{article.pk}/figures/"


@pytest.fixture
def read(article: Article) -> Article:
    """An article that was read on three days, one of them long ago, and liked twice."""
    today = timezone.localdate()
    for days, reads in ((0, 3), (29, 4), (30, 1000)):
        add_reads({article.pk: reads}, today - timedelta(days=days))
    add_likes(article, ["a"], timezone.now() - timedelta(days=40))
    add_likes(article, ["b"])
    refresh_hot()
    return article


def test_totals_are_the_sums_of_the_articles(read: Article) -> None:
    add_reads({read.pk: 2, 999_999: 7})
    assert DailyTotal.objects.get(day=timezone.localdate()).reads == 5


def test_the_site_and_its_most_read(client: Client, eddie: User, read: Article) -> None:
    client.force_login(eddie)
    response = client.get(SITE)
    assert [bar.value for bar in response.context["plot"].bars] == [4, *[0] * 28, 3]
    (row,) = response.context["rows"]
    assert (row.article, row.reads, row.likes) == (read, 7, 1)
    assert response.context["likes"] == 1
    assert f'<a href="{of(read)}">' in response.text
    assert "1,007" in response.text


def test_one_article(client: Client, eddie: User, read: Article) -> None:
    client.force_login(eddie)
    response = client.get(of(read))
    assert response.context["plot"].total == 7
    assert response.context["plot"].highest.value == 4
    assert response.text.count("<rect") == 2
    assert "style=" not in response.text[response.text.index("desk-figures") :]
    assert of(read) in client.get(f"/admin/articles/article/{read.pk}/change/").text


def test_nothing_read_yet(client: Client, eddie: User, article: Article) -> None:
    client.force_login(eddie)
    for address in (SITE, of(article)):
        response = client.get(address)
        assert response.context["plot"].highest is None
        assert "<rect" not in response.text


def test_what_is_none_of_ones_business(
    client: Client, sam: User, mona: User, eddie: User, read: Article
) -> None:
    for address in (SITE, of(read)):
        assert client.get(address).status_code == 302
    client.force_login(sam)
    for address in (SITE, of(read)):
        assert client.get(address).status_code in {302, 403}
    client.force_login(mona)
    assert client.get(SITE).status_code == 403
    client.force_login(eddie)
    for address in (SITE, of(read)):
        assert client.post(address).status_code == 405
    assert client.get("/admin/articles/article/999999/figures/").status_code == 404


def test_bars_are_as_high_as_their_values() -> None:
    today = timezone.localdate()
    plot = daily_plot([(today, 0), (today, 1), (today, 1000), (today, 500)])
    assert [bar.height for bar in plot.bars] == [0, 2, HEIGHT, HEIGHT / 2]
    assert all(bar.y + bar.height == HEIGHT for bar in plot.bars)
    assert plot.bars[-1].x + plot.bars[-1].width < plot.width
