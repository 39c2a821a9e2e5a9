from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Contributor, RelatedArticle, Restriction
from articles.services.publishing import create_article, publish, revise, schedule
from articles.services.restrictions import restrict
from articles.services.taxonomy import delete_contributor, save_contributor
from tests.articles.desk import form_of

pytestmark = pytest.mark.django_db


def url(article):
    return f"/admin/articles/article/{article.pk}/preview/"


def test_the_ladder(client, draft, sam, mona, eddie):
    assert client.get(url(draft)).status_code == 302
    client.force_login(sam)
    assert client.get(url(draft)).status_code == 302
    client.force_login(mona)
    assert client.get(url(draft)).status_code == 200
    assert client.post(url(draft), form_of(draft)).status_code == 403
    client.force_login(eddie)
    assert client.post(url(draft), form_of(draft)).status_code == 200


def test_a_draft_is_shown_as_the_public_page_and_not_kept(client, draft, eddie):
    client.force_login(eddie)
    response = client.get(url(draft))
    assert "articles/article.html" in [template.name for template in response.templates]
    assert "先测量，再动手" in response.text
    assert "no-store" in response["Cache-Control"]
    assert "noindex" in response["X-Robots-Tag"]
    assert "unsafe-inline" not in response["Content-Security-Policy"]


def test_unsaved_text_is_shown_cleaned_and_nothing_is_written(client, article, eddie):
    client.force_login(eddie)
    before = Article.objects.filter(pk=article.pk).values().get()
    data = form_of(article) | {
        "title": "还没存的题目",
        "body": "<h2>一、新的一节</h2><p onclick='x'>还没存</p><script>bad()</script>",
        "tag_line": "新标签",
        "based_on": "out of date",
    }
    page = client.post(url(article), data).text
    assert "还没存的题目" in page
    assert "新的一节" in page
    assert "新标签" in page
    assert "bad()" not in page
    assert Article.objects.filter(pk=article.pk).values().get() == before


def test_a_new_article_before_its_first_save(client, carol, eddie):
    client.force_login(eddie)
    new = "/admin/articles/article/preview/"
    assert client.get(new).status_code == 404
    data = {"title": "新的", "body": "<p>文</p>", "contributor": carol.pk, "origin": "contributed"}
    assert "新的" in client.post(new, data).text
    assert client.post(new, {}).status_code == 200
    assert not Article.objects.exists()


def test_what_measures_note_is_not_written(client, article, eddie, mona):
    restrict(article, mona, "passage", reference="TS-1", passage="弱电箱是最差的位置")
    client.force_login(eddie)
    data = form_of(article) | {"body": "<p>全换了</p>"}
    assert "全换了" in client.post(url(article), data).text
    assert Restriction.objects.get().is_located
    shown = client.get(url(article)).text
    assert "弱电箱是最差的位置" not in shown


def test_an_earlier_revision(client, article, eddie):
    client.force_login(eddie)
    first = article.history.last()
    page = client.get(f"/admin/articles/article/{article.pk}/history/{first.history_id}/")
    assert page.status_code == 200
    assert first.title in page.text


def test_tags_that_no_address_can_hold(client, draft, eddie):
    client.force_login(eddie)
    response = client.post(url(draft), form_of(draft) | {"tag_line": "TCP/IP，机器 学习，？，C#"})
    assert response.status_code == 200
    assert "TCP/IP" in response.text


def test_a_revision_whose_byline_is_deleted(client, draft, carol, eddie):
    first = draft.history.latest().history_id
    other = save_contributor(Contributor(name="后来的人"), None)
    revise(draft, None, {"contributor": other})
    delete_contributor(carol, None)
    client.force_login(eddie)
    address = f"/admin/articles/article/{draft.pk}/history/{first}/"
    assert "先测量，再动手" in client.get(address).text


# --- The moment --------------------------------------------------------------------------------
NOW = timezone.now()


def one(carol, title, at):
    """Return an article that is public from a moment on, which may be to come."""
    row = create_article(
        None, title=title, body="<p>同一件事的正文</p>", contributor=carol, published_at=at,
        tags=["路由器", "家庭网络"],
    )  # fmt: skip
    return schedule(row, None, at) if at > NOW else publish(row, None)


@pytest.fixture
def line(carol):
    """Articles of last week, of yesterday, of tomorrow and of next week."""
    days = {"上周": -7, "昨天": -1, "明天": 1, "下周": 7}
    return {name: one(carol, name, NOW + timedelta(days=n)) for name, n in days.items()}


def neighbours(response):
    shown = [response.context["previous"], response.context["next"]]
    return [row.title if row else None for row in shown]


def test_a_scheduled_article_is_shown_as_it_will_be(client, draft, line, eddie):
    client.force_login(eddie)
    at = timezone.now() + timedelta(days=3)
    schedule(draft, None, at)
    response = client.get(url(draft))
    assert neighbours(response) == ["明天", None]
    assert "下周" not in response.text
    assert timezone.localtime(at).strftime("%H:%M") in response.text
    assert response.context["preview"].is_ahead


def test_a_draft_is_shown_as_if_published_now(client, draft, line, eddie):
    client.force_login(eddie)
    response = client.get(url(draft))
    assert neighbours(response) == ["昨天", None]
    assert "明天" not in response.text
    assert not response.context["preview"].is_ahead


def test_the_moment_that_is_typed(client, draft, line, eddie):
    client.force_login(eddie)

    def shown(days):
        at = timezone.localtime(NOW + timedelta(days=days))
        date = {"published_at_0": f"{at:%Y-%m-%d}", "published_at_1": f"{at:%H:%M:%S}"}
        return neighbours(client.post(url(draft), form_of(draft) | date))

    assert shown(9) == ["下周", None]
    assert shown(-3) == ["上周", "昨天"]
    assert shown(-9) == [None, "上周"]


@pytest.mark.parametrize(
    ("days", "titles"), [(9, ["上周", "明天"]), (3, ["上周"])], ids=["all but one", "some"]
)
def test_related_articles_are_those_of_the_moment(client, draft, line, eddie, days, titles):
    """One of the three is always the neighbour, which does not stand there twice."""
    schedule(draft, None, timezone.now() + timedelta(days=days))
    RelatedArticle.objects.filter(article=draft).delete()
    for position, name in enumerate(["上周", "明天", "下周"]):
        RelatedArticle.objects.create(article=draft, other=line[name], position=position, score=1)
    client.force_login(eddie)
    assert [row.title for row in client.get(url(draft)).context["related"]] == titles


def test_a_preview_is_told_to_no_search_engine(client, draft, eddie):
    client.force_login(eddie)
    page = client.get(url(draft)).text
    assert '<meta name="robots" content="noindex">' in page
    assert 'rel="canonical"' not in page
