"""RSS and Atom: whole texts, WordPress's addresses, and no 304 that hides a withdrawal."""

from datetime import timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import quote

import feedparser
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Contributor, Redirect, Scope, SiteSettings, Topic
from articles.services.publishing import create_article, publish, revise, schedule, unpublish
from articles.services.restrictions import lift, restrict
from articles.services.site import save_settings
from articles.services.taxonomy import arrange_topic, save_contributor, save_topic

LISTS = ["/", "/category/tech/", "/tag/路由器/", "/author/carol/", "/topic/all/"]
ADDRESSES = [f"{page}{end}" for page in LISTS for end in ("feed/", "feed/atom/")]


@pytest.fixture
def shelf(article: Article) -> Article:
    topic = save_topic(Topic(title="全部", slug="all", intro="都在这里"), None)
    arrange_topic(topic, None, [article])
    return article


def read(client: Client, address: str) -> Any:
    response = client.get(address)
    assert response.status_code == 200, address
    headers = {name.lower(): value for name, value in response.items()}
    parsed = feedparser.parse(response.content, response_headers=headers)
    assert not parsed.bozo, parsed.get("bozo_exception")
    return parsed


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_feed_holds_the_whole_text(client: Client, shelf: Article, address: str) -> None:
    feed = read(client, address)
    assert feed.version == ("atom10" if "atom" in address else "rss20")
    [entry] = feed.entries
    assert entry.title == shelf.title
    assert entry.link == f"http://testserver/p/{shelf.pk}.html"
    assert entry.id == entry.link
    assert entry.author == "纸上行舟"
    assert {tag.term for tag in entry.tags} == {"技术", "路由器", "家庭网络"}
    text = entry.content[0].value
    assert "弱电箱是最差的位置" in text
    assert "本文来自用户" in text
    assert "takedown#example.com" in text
    assert feed.feed.language == "zh-CN"
    itself = [link.href for link in feed.feed.links if link.rel == "self"]
    assert itself == [f"http://testserver{quote(address)}"]


def test_the_text_leads_home_and_has_nothing_of_our_pages(client: Client, article: Article) -> None:
    body = (
        '<h2>一、起</h2><p>见<a href="#s1">上文</a>和<a href="/p/9.html">旧文</a>。</p>'
        "<table><tr><td>甲</td></tr></table>"
    )
    revise(article, None, {"body": body, "ai_label": "assisted"})
    text = read(client, "/feed/").entries[0].content[0].value
    assert f'href="http://testserver/p/{article.pk}.html#s1"' in text
    assert 'href="http://testserver/p/9.html"' in text
    for trace in ("tabindex", "class=", "<div", "id="):
        assert trace not in text
    assert "AI辅助写作" in text


def test_twenty_articles_at_most_the_newest_first(
    client: Client, carol: Contributor, technology: Any
) -> None:
    for number in range(22):
        made = create_article(
            None, title=f"第{number}篇", body="<p>文</p>", contributor=carol, category=technology,
            published_at=timezone.now() - timedelta(days=30 - number),
        )  # fmt: skip
        publish(made, None)
    titles = [entry.title for entry in read(client, "/feed/").entries]
    assert titles == [f"第{number}篇" for number in range(21, 1, -1)]


@pytest.mark.parametrize("address", ADDRESSES)
def test_costs_little_and_less_when_nothing_changed(
    client: Client, shelf: Article, address: str
) -> None:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        response = client.get(address)
    assert len(captured) <= 3
    assert "Set-Cookie" not in response
    assert response["Cache-Control"] == "public, no-cache"
    assert response["Last-Modified"]
    again = client.get(address, headers={"If-None-Match": response["ETag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again["ETag"] == response["ETag"]


def _unpublish(article: Article) -> None:
    unpublish(article, None)


def _restrict(article: Article) -> None:
    restrict(article, None, Scope.WHOLE, reference="TS-1")


def _passage(article: Article) -> None:
    restrict(article, None, Scope.PASSAGE, reference="TS-1", passage="弱电箱是最差的位置")


def _rename(article: Article) -> None:
    save_contributor(Contributor.objects.get(slug="carol"), None)
    Contributor.objects.filter(slug="carol").update(name="新笔名")


def _notice(article: Article) -> None:
    row = SiteSettings.objects.get(pk=1)
    row.rights_notice = "新的声明"
    save_settings(row, None)


@pytest.mark.parametrize("change", [_unpublish, _restrict, _passage, _rename, _notice])
@pytest.mark.parametrize("address", ["/feed/", "/category/tech/feed/atom/"])
def test_no_304_hides_a_change(client: Client, shelf: Article, change: Any, address: str) -> None:
    other = create_article(
        None, title="另一篇", body="<p>文</p>", contributor=shelf.contributor,
        category=shelf.category,
    )  # fmt: skip
    publish(other, None)
    before = client.get(address)
    change(shelf)
    held = {
        "If-None-Match": before["ETag"],
        "If-Modified-Since": format_datetime(timezone.now() + timedelta(days=1), usegmt=True),
    }
    after = client.get(address, headers=held)
    assert after.status_code == 200
    if change in {_unpublish, _restrict}:
        assert shelf.title not in after.content.decode()
    if change is _passage:
        assert "最差的位置" not in after.content.decode()
        assert "最差的位置" in before.content.decode()


def test_a_date_alone_is_not_believed(client: Client, shelf: Article) -> None:
    before = client.get("/feed/")
    measure = restrict(shelf, None, Scope.WHOLE, reference="TS-1")
    after = client.get("/feed/", headers={"If-Modified-Since": before["Last-Modified"]})
    assert after.status_code == 200
    lift(measure, None)
    weak = f"W/{before['ETag']}"
    assert client.get("/feed/", headers={"If-None-Match": weak}).status_code == 304


def test_a_scheduled_article_comes_by_itself(client: Client, draft: Article) -> None:
    soon = timezone.now() + timedelta(hours=1)
    schedule(draft, None, soon)
    before = client.get("/feed/")
    assert draft.title not in before.content.decode()
    with time_machine.travel(soon + timedelta(seconds=1), tick=False):
        after = client.get("/feed/", headers={"If-None-Match": before["ETag"]})
    assert draft.title in after.content.decode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/feed/rss2/", "/feed/"),
        ("/feed/rdf/", "/feed/"),
        ("/category/tech/feed/rss/", "/category/tech/feed/"),
        ("/?feed=rss2", "/feed/"),
        ("/?feed=atom", "/feed/atom/"),
        ("/?feed=comments-rss2", "/comments/feed/"),
        ("/?feed=rss2&cat=3", "/category/tech/feed/"),
        ("/wp-rss2.php", "/feed/"),
        ("/wp-atom.php", "/feed/atom/"),
        ("/rss/", "/feed/"),
        ("/column/old/feed/", "/category/tech/feed/"),
        ("/column/old/feed/atom/", "/category/tech/feed/atom/"),
    ],
)
def test_old_addresses_lead_to_the_feed(client: Client, shelf: Article, old: str, new: str) -> None:
    Redirect.objects.create(old_path="/?cat=3", target="/category/tech/")
    Redirect.objects.create(old_path="/column/old/", target="/category/tech/")
    response = client.get(old)
    assert response.status_code == 301
    assert response["Location"] == new


@pytest.mark.parametrize("address", ["/comments/feed/", "/comments/feed/atom/", "/p/17.html/feed/"])
def test_comments_are_gone(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 410


@pytest.mark.parametrize(
    "address", ["/category/none/feed/", "/tag/none/feed/", "/feed/json/", "/topic/none/feed/atom/"]
)
def test_what_is_not_there_is_404(client: Client, db: None, address: str) -> None:
    assert client.get(address).status_code == 404


def test_a_tag_of_hidden_articles_has_no_feed(client: Client, shelf: Article) -> None:
    assert client.get("/tag/路由器/feed/").status_code == 200
    unpublish(shelf, None)
    assert client.get("/tag/路由器/feed/").status_code == 404
    assert client.get("/author/carol/feed/").status_code == 200


@pytest.mark.parametrize("page", LISTS)
def test_pages_name_their_feeds(client: Client, shelf: Article, page: str) -> None:
    text = client.get(page).content.decode()
    assert 'type="application/rss+xml" title="拾页" href="/feed/"' in text
    assert 'type="application/atom+xml" title="拾页 (Atom)" href="/feed/atom/"' in text
    if page != "/":
        assert f'href="{page}feed/"' in text


def test_a_hostile_title_breaks_nothing(client: Client, article: Article) -> None:
    title = "]]></title><script>alert(1)</script> & <b>"
    revise(article, None, {"title": title, "excerpt": "<i>&amp;"})
    for address in ("/feed/", "/feed/atom/"):
        response = client.get(address)
        assert b"<script>" not in response.content
        assert feedparser.parse(response.content, sanitize_html=False).entries
