import logging
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.utils import timezone

from articles.models import Article, PreviewLink
from articles.services.previews import (
    LINKS_AT_MOST,
    live_links,
    preview_address,
    revoke_preview,
    share_preview,
)
from articles.services.publishing import create_article, revise
from articles.services.restrictions import lift, restrict
from config.private_links import HidePrivateLinks
from tests.articles.desk import change_url

pytestmark = pytest.mark.django_db


def in_an_hour():
    return timezone.now() + timedelta(hours=1)


@pytest.fixture
def link(draft, eddie):
    return share_preview(draft, eddie, in_an_hour())


def test_whoever_has_the_link_sees_the_article_as_it_is_saved(client, link, draft):
    response = client.get(preview_address(link))
    assert response.status_code == 200
    assert "老房子的无线死角怎么治" in response.text
    assert "先测量，再动手" in response.text
    assert timezone.localtime(link.expires_at).strftime("%H:%M") in response.text
    assert "Eddie" not in response.text
    revise(draft, None, {"title": "改过的题目"})
    assert "改过的题目" in client.get(preview_address(link)).text


def test_the_page_is_not_stored_not_indexed_and_counts_nothing(client, link, draft):
    response = client.get(preview_address(link))
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert '<meta name="robots" content="noindex">' in response.text
    assert 'rel="canonical"' not in response.text
    assert "data-like" not in response.text
    assert "data-read" not in response.text


def test_it_is_counted_how_often_it_was_opened(client, link):
    client.get(preview_address(link))
    client.head(preview_address(link))
    client.get(preview_address(link))
    link.refresh_from_db()
    assert link.opened == 2


def ended(client: Client, address: str) -> bytes:
    """Return the answer to a link that does not open, having looked at it."""
    response = client.get(address)
    assert response.status_code == 404
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    assert "无线死角" not in response.text
    return response.content


def test_links_that_do_not_open_are_all_answered_alike(client, link, draft, eddie):
    address = preview_address(link)
    answers = {ended(client, "/preview/nothing/"), ended(client, f"/preview/{link.pk}/")}
    answers.add(ended(client, address.replace(f"/{link.pk}:", f"/{link.pk + 1}:")))
    answers.add(ended(client, address[:-2] + ("A" if address[-2] != "A" else "B") + "/"))
    revoke_preview(link, eddie)
    answers.add(ended(client, address))
    late = PreviewLink.objects.create(article=draft, expires_at=timezone.now())
    answers.add(ended(client, preview_address(late)))
    gone = share_preview(draft, eddie, in_an_hour())
    address = preview_address(gone)
    gone.delete()
    answers.add(ended(client, address))
    assert len(answers) == 1
    assert PreviewLink.objects.filter(opened__gt=0).count() == 0


def test_an_article_in_the_trash_is_not_shown_nor_shared(client, link, draft, eddie):
    Article.objects.filter(pk=draft.pk).update(trashed_at=timezone.now())
    ended(client, preview_address(link))
    with pytest.raises(ValidationError):
        share_preview(draft, eddie, in_an_hour())


@pytest.mark.parametrize("status", [451, 410])
def test_a_withheld_article_is_answered_as_its_own_address_would(client, article, eddie, status):
    link = share_preview(article, eddie, in_an_hour())
    measure = restrict(article, None, "whole", reference="TS-2026-000001", http_status=status)
    response = client.get(preview_address(link))
    assert response.status_code == status
    assert "无线死角" not in response.text
    assert response["Cache-Control"] == "no-store"
    lift(measure, None)
    assert client.get(preview_address(link)).status_code == 200
    link.refresh_from_db()
    assert link.opened == 1


def test_a_withheld_passage_is_not_shown(client, link, draft):
    restrict(draft, None, "passage", reference="TS-1", passage="弱电箱是最差的位置")
    assert "弱电箱是最差的位置" not in client.get(preview_address(link)).text


def test_who_may_share_and_revoke(link, draft, sam, mona, eddie):
    for stranger in (sam, mona):
        with pytest.raises(PermissionDenied):
            share_preview(draft, stranger, in_an_hour())
        with pytest.raises(PermissionDenied):
            revoke_preview(link, stranger)
    assert live_links(draft).get() == link
    assert revoke_preview(link, eddie).revoked_at is not None
    assert not live_links(draft)


def test_a_link_is_revoked_once(link, eddie):
    first = revoke_preview(link, eddie).revoked_at
    assert revoke_preview(link, None).revoked_at == first


@pytest.mark.parametrize("span", [timedelta(0), timedelta(hours=-1), timedelta(days=7, minutes=1)])
def test_a_link_ends_within_seven_days(draft, eddie, span):
    with pytest.raises(ValidationError):
        share_preview(draft, eddie, timezone.now() + span)


def test_so_many_links_an_article_and_no_more(draft, eddie):
    links = [share_preview(draft, eddie, in_an_hour()) for _n in range(LINKS_AT_MOST)]
    with pytest.raises(ValidationError):
        share_preview(draft, eddie, in_an_hour())
    revoke_preview(links[0], eddie)
    share_preview(draft, eddie, in_an_hour())


def test_queries(client, link, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        client.get(preview_address(link))


def test_the_token_is_kept_out_of_the_log(link):
    record = logging.LogRecord("x", 30, "", 0, "Not Found: %s", (preview_address(link),), None)
    assert HidePrivateLinks().filter(record)
    assert record.getMessage() == "Not Found: /preview/…/"


# --- On the desk -------------------------------------------------------------------------------
def share_url(article):
    return f"/admin/articles/article/{article.pk}/preview/links/"


def test_the_ladder_of_the_desk(client, link, draft, sam, mona, eddie):
    revoke = f"{share_url(draft)}{link.pk}/"
    assert client.post(share_url(draft), {"span": "hour"}).status_code == 302
    client.force_login(sam)
    assert client.post(share_url(draft), {"span": "hour"}).status_code == 302
    assert client.post(revoke).status_code == 302
    client.force_login(mona)
    assert client.post(share_url(draft), {"span": "hour"}).status_code == 403
    assert client.post(revoke).status_code == 403
    assert "preview-links" not in client.get(change_url(draft)).text
    assert live_links(draft).get() == link
    client.force_login(eddie)
    assert client.get(share_url(draft)).status_code == 405
    assert client.get(revoke).status_code == 405
    assert client.post(revoke).status_code == 302
    assert not live_links(draft)


@pytest.mark.parametrize(
    ("span", "hours"), [("hour", 1), ("day", 24), ("week", 24 * 7), ("for ever", 24)]
)
def test_a_link_is_made_and_listed(client, draft, eddie, settings, span, hours):
    client.force_login(eddie)
    response = client.post(share_url(draft), {"span": span})
    assert response.url == f"{change_url(draft)}#preview-links"
    made = live_links(draft).get()
    assert made.created_by == eddie
    assert made.expires_at - made.created_at < timedelta(hours=hours, minutes=1)
    assert made.expires_at - made.created_at > timedelta(hours=hours, minutes=-1)
    page = client.get(change_url(draft)).text
    assert f"{settings.SITE_URL}{preview_address(made)}" in page


def test_ended_links_are_not_listed(client, link, draft, eddie):
    revoke_preview(link, eddie)
    client.force_login(eddie)
    assert preview_address(link) not in client.get(change_url(draft)).text


def test_what_the_service_refuses_is_said(client, draft, eddie):
    for _n in range(LINKS_AT_MOST):
        share_preview(draft, eddie, in_an_hour())
    client.force_login(eddie)
    response = client.post(share_url(draft), {"span": "hour"})
    assert str(LINKS_AT_MOST) in "".join(str(m) for m in response.wsgi_request._messages)
    assert live_links(draft).count() == LINKS_AT_MOST


def test_a_link_is_revoked_under_its_own_article_only(client, link, draft, eddie, carol):
    other = create_article(None, title="别的", body="<p>文</p>", contributor=carol)
    client.force_login(eddie)
    assert client.post(f"{share_url(other)}{link.pk}/").status_code == 404
    assert live_links(draft).get() == link
