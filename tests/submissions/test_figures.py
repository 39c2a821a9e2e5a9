"""What contributors see of how their own articles are read."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Contributor, Scope, User
from articles.services.engagement import add_reads, like
from articles.services.publishing import create_article, publish
from articles.services.restrictions import restrict
from articles.services.taxonomy import save_contributor

ADDRESS = "/me/figures/"


@pytest.fixture
def strange(sam: User) -> Article:
    """Another person's article, read more often."""
    other = save_contributor(Contributor(name="别人", slug="other", user=sam), None)
    written = publish(
        create_article(None, title="别人的", body="<p>x</p>", contributor=other), None
    )
    add_reads({written.pk: 500})
    return written


def test_only_ones_own_are_counted(
    client: Client, carol: Contributor, article: Article, strange: Article
) -> None:
    add_reads({article.pk: 7})
    add_reads({article.pk: 2}, timezone.localdate() - timedelta(days=3))
    like(article, "someone")
    client.force_login(carol.user)
    response = client.get(ADDRESS)
    assert response.context["plot"].total == 9
    assert [(row.article, row.reads, row.likes) for row in response.context["rows"]] == [
        (article, 9, 1)
    ]
    assert "别人的" not in response.text
    assert f'href="{article.get_absolute_url()}"' in response.text
    assert response["Cache-Control"].count("private") or "no-store" in response["Cache-Control"]


def test_what_is_withheld_is_told_to_its_author_alone(
    client: Client, carol: Contributor, sam: User, article: Article
) -> None:
    restrict(article, None, Scope.WHOLE, reference="TS-2026-000001")
    client.force_login(carol.user)
    page = client.get(ADDRESS).text
    assert article.title in page
    assert f'href="{article.get_absolute_url()}"' not in page
    client.force_login(sam)
    assert article.title not in client.get(ADDRESS).text


def test_drafts_have_no_figures(client: Client, carol: Contributor, draft: Article) -> None:
    client.force_login(carol.user)
    response = client.get(ADDRESS)
    assert response.context["rows"] == []
    assert "/submit/" in response.text


@pytest.mark.django_db
def test_strangers_sign_in_first(client: Client) -> None:
    response = client.get(ADDRESS)
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/login/")


def test_pages(client: Client, carol: Contributor, article: Article) -> None:
    client.force_login(carol.user)
    assert client.get(f"{ADDRESS}?page=1").status_code == 200
    for page in ("2", "0", "x", "-1"):
        assert client.get(f"{ADDRESS}?page={page}").status_code == 404


def test_the_page_costs_the_same_for_many(
    client: Client, carol: Contributor, article: Article
) -> None:
    client.force_login(carol.user)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(ADDRESS)
        return len(captured)

    client.get(ADDRESS)
    few = queries()
    for number in range(5):
        created = create_article(None, title=f"篇{number}", body="<p>x</p>", contributor=carol)
        add_reads({publish(created, None).pk: 3})
    assert queries() == few
    assert few <= 10
