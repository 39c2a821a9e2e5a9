"""The hot lists of a day, a week and a month."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from articles.models import Article, Contributor, HotArticle, Purge, Scope
from articles.services.engagement import add_likes, add_reads, refresh_hot
from articles.services.publishing import create_article, publish
from articles.services.restrictions import restrict

ADDRESSES = {"day": "/hot/day/", "week": "/hot/", "month": "/hot/month/"}


@pytest.fixture
def three(carol: Contributor) -> list[Article]:
    """Articles that were read today, three days ago, and twenty days ago, each more often."""
    articles = [
        publish(create_article(None, title=title, body="<p>x</p>", contributor=carol), None)
        for title in ("今天读的", "三天前读的", "二十天前读的")
    ]
    today = timezone.localdate()
    for article, days, reads in zip(articles, (0, 3, 20), (2, 5, 9), strict=True):
        add_reads({article.pk: reads}, today - timedelta(days=days))
    refresh_hot()
    return articles


def order(period: str) -> list[str]:
    places = HotArticle.objects.filter(period=period).select_related("article")
    return [place.article.title for place in places.order_by("position")]


def test_each_list_looks_back_as_far_as_it_says(three: list[Article]) -> None:
    assert order("day") == ["今天读的"]
    assert order("week") == ["三天前读的", "今天读的"]
    assert order("month") == ["二十天前读的", "三天前读的", "今天读的"]


def test_the_day_does_not_begin_anew_at_midnight(article: Article) -> None:
    now = timezone.localtime().replace(hour=6, minute=0, second=0, microsecond=0)
    add_reads({article.pk: 8}, now.date() - timedelta(days=1))
    refresh_hot(now)
    # Of yesterday, three quarters lie in the last 24 hours.
    assert HotArticle.objects.get(period="day").score == pytest.approx(6)


def test_a_like_counts_as_five_reads_while_it_is_new(three: list[Article]) -> None:
    now = timezone.now()
    add_likes(three[0], ["a"], now - timedelta(hours=2))
    add_likes(three[1], ["a", "b"], now - timedelta(days=2))
    refresh_hot()
    scores = dict(HotArticle.objects.filter(period="day").values_list("article", "score"))
    assert scores == {three[0].pk: 7}
    assert order("week") == ["三天前读的", "今天读的"]


def test_counting_again_changes_nothing(three: list[Article]) -> None:
    before = list(HotArticle.objects.values_list("period", "position", "article"))
    refresh_hot()
    assert list(HotArticle.objects.values_list("period", "position", "article")) == before


def test_pages_are_made_anew_where_a_place_is_taken_by_another(three: list[Article]) -> None:
    Purge.objects.all().delete()
    before = set(HotArticle.objects.values_list("pk", flat=True))
    now = timezone.now()
    refresh_hot(now)
    refresh_hot(now)
    assert not Purge.objects.exists()
    add_reads({three[1].pk: 1})
    Purge.objects.all().delete()
    refresh_hot(now)
    assert list(Purge.objects.values_list("key", flat=True)) == ["hot"]
    assert order("day") == ["今天读的", "三天前读的"]
    assert not before & set(HotArticle.objects.values_list("pk", flat=True))
    # More reads for who leads already: the scores follow, the pages stay.
    add_reads({three[0].pk: 1})
    Purge.objects.all().delete()
    refresh_hot(now)
    assert HotArticle.objects.get(period="day", position=1).score == 3
    assert not Purge.objects.exists()


@pytest.mark.parametrize("period", ADDRESSES)
def test_each_list_has_a_page_of_its_own(client: Client, three: list[Article], period: str) -> None:
    page = client.get(ADDRESSES[period]).content.decode()
    canonical = re.search(r'<link rel="canonical" href="[^"]*?(/hot/[^"]*)"', page)
    assert canonical is not None
    assert canonical[1] == ADDRESSES[period]
    assert f'<a href="{ADDRESSES[period]}" aria-current="page">' in page
    main = page[page.index("<main") : page.index("</main")]
    assert [t for t in order(period) if t in main] == order(period)
    assert ("二十天前读的" in main) == (period == "month")


@pytest.mark.parametrize("address", ADDRESSES.values())
def test_what_is_withheld_is_gone_at_once(
    client: Client, three: list[Article], address: str
) -> None:
    restrict(three[0], None, Scope.WHOLE, reference="TS-2026-000001")
    assert "今天读的" not in client.get(address).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES.values())
def test_an_empty_list_says_so(client: Client, address: str) -> None:
    response = client.get(address)
    assert response.status_code == 200
    assert '<ol class="hot">' not in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/hot/week/", "/hot/year/"])
def test_there_are_no_other_lists(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404
