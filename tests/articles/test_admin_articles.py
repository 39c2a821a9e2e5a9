from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from articles.models import Article, Picture, Status
from articles.services.pictures import add_picture
from articles.services.publishing import publish, revise, schedule
from articles.services.restrictions import restrict
from tests.articles.desk import CHANGELIST, change_url, form_of, png

pytestmark = pytest.mark.django_db
ADD = "/admin/articles/article/add/"


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


# --- Who may ----------------------------------------------------------------------------------
def test_the_ladder(client, article, sam, mona, eddie):
    url = change_url(article)
    assert client.get(url).status_code == 302
    client.force_login(sam)
    assert client.get(url).status_code == 302  # to the sign-in, which refuses with 403
    client.force_login(mona)
    assert "ckeditortype" not in client.get(url).text
    assert client.post(url, form_of(article)).status_code == 403
    client.force_login(eddie)
    assert client.get(url).status_code == 200


def test_a_moderator_sees_no_buttons(client, article, mona):
    client.force_login(mona)
    page = client.get(change_url(article)).text
    assert "_publish" not in page
    assert "_save" not in page
    assert article.title in page


# --- Writing ----------------------------------------------------------------------------------
def test_a_new_draft(desk, carol, technology, eddie):
    data = {
        "title": "一篇新的",
        "body": "<p>正文</p>",
        "contributor": carol.pk,
        "category": technology.pk,
        "tag_line": "甲、乙，丙",
        "origin": "contributed",
    }
    response = desk.post(ADD, data)
    row = Article.objects.get(title="一篇新的")
    assert response["Location"] == change_url(row)
    assert row.status == Status.DRAFT
    assert row.tag_names == ["甲", "乙", "丙"]
    assert row.history.get().history_user == eddie
    assert "草稿" in said(response)


def test_what_is_missing_is_said_and_what_was_typed_stays(desk, carol):
    response = desk.post(ADD, {"title": "", "body": "<p>只有正文</p>", "contributor": carol.pk,
                               "origin": "contributed"})  # fmt: skip
    assert response.status_code == 200
    assert "只有正文" in response.text
    assert response.context["errors"]
    assert not Article.objects.exists()


def test_write_and_publish_in_one_request(desk, carol):
    data = {"title": "一篇", "body": "<p>正文</p>", "contributor": carol.pk,
            "origin": "contributed", "reason": "急稿", "_publish": "1"}  # fmt: skip
    response = desk.post(ADD, data)
    row = Article.objects.get()
    assert row.status == Status.PUBLISHED
    assert f'href="/p/{row.pk}.html"' in said(response)


def test_what_a_service_refuses_stands_on_the_form_and_nothing_is_written(desk, carol):
    data = {"title": "转载一篇", "body": "<p>正文</p>", "contributor": carol.pk,
            "origin": "reprinted", "_publish": "1"}  # fmt: skip
    response = desk.post(ADD, data)
    assert response.status_code == 200
    assert "source_url" in response.context["adminform"].form.errors
    assert "正文" in response.text
    assert not Article.objects.exists()
    assert said(response) == ""


def test_an_empty_text_is_not_published(desk, carol):
    data = {"title": "空的", "body": "<p> </p>", "contributor": carol.pk,
            "origin": "contributed", "_publish": "1"}  # fmt: skip
    response = desk.post(ADD, data)
    assert "body" in response.context["adminform"].form.errors


def test_a_change_keeps_a_revision_and_says_so(desk, article):
    data = form_of(article) | {"title": "改过的题目"}
    response = desk.post(change_url(article), data)
    article.refresh_from_db()
    assert article.title == "改过的题目"
    assert article.status == Status.PUBLISHED
    assert article.history.count() == 3
    assert "改过的题目" in said(response)


def test_nothing_changed_keeps_no_revision(desk, article):
    before = article.history.count()
    published_at = article.published_at
    response = desk.post(change_url(article), form_of(article))
    article.refresh_from_db()
    assert article.history.count() == before
    assert article.published_at == published_at
    assert "没有改动" in said(response)


def test_the_date_keeps_its_seconds_though_the_form_shows_none(desk, article):
    before = article.published_at
    minute = form_of(article) | {"published_at_1": f"{timezone.localtime(before):%H:%M}"}
    desk.post(change_url(article), minute | {"title": "只改题目"})
    article.refresh_from_db()
    assert article.title == "只改题目"
    assert article.published_at == before


def test_hostile_text_is_cleaned(desk, article):
    desk.post(
        change_url(article), form_of(article) | {"body": "<p onclick=x()>好</p><script>1</script>"}
    )
    article.refresh_from_db()
    assert article.body == "<p>好</p>"


def test_a_caption_that_nobody_wrote_is_not_kept(desk, article, eddie):
    image = f'<img alt="碗" src="{add_picture(eddie, png()).url}" />'
    for caption, kept in (("在此填写图片说明", False), ("一只碗", True)):
        figure = (
            f'<figure class="image">{image}\n<figcaption style="">{caption}</figcaption>\n</figure>'
        )
        desk.post(change_url(article), form_of(article) | {"body": figure})
        article.refresh_from_db()
        assert ("<figcaption>" in article.body) is kept
    # The editor knows a picture with a caption by its class, which is not stored.
    assert "class" not in article.body
    assert "&lt;figure class=&quot;image&quot;&gt;" in desk.get(change_url(article)).text


def test_pictures_of_others_are_left_out_with_a_warning(desk, article):
    body = '<p>甲<img src="https://example.com/a.png"><img src="/media/x.png">乙</p>'
    response = desk.post(change_url(article), form_of(article) | {"body": body})
    assert "2张" in said(response)


def test_a_stale_form_is_refused_and_keeps_what_was_typed(desk, article, chloe):
    data = form_of(article) | {"title": "后来的"}
    revise(article, chloe, {"title": "先到的"})
    response = desk.post(change_url(article), data)
    article.refresh_from_db()
    assert article.title == "先到的"
    assert "后来的" in response.text
    assert "Chloe" in response.text


# --- Publishing -------------------------------------------------------------------------------
def when(moment):
    local = timezone.localtime(moment)
    return {"published_at_0": f"{local:%Y-%m-%d}", "published_at_1": f"{local:%H:%M:%S}"}


def test_schedule_and_schedule_anew(desk, draft):
    for days in (3, 5):
        at = timezone.now() + timedelta(days=days)
        response = desk.post(change_url(draft), form_of(draft) | when(at) | {"_schedule": "1"})
        draft.refresh_from_db()
        assert draft.status == Status.SCHEDULED
        assert abs(draft.published_at - at) < timedelta(seconds=1)
        assert f"{timezone.localtime(at):%Y-%m-%d}" in said(response)


@pytest.mark.parametrize("days", [None, -1])
def test_schedule_needs_a_date_to_come(desk, draft, days):
    date = when(timezone.now() + timedelta(days=days)) if days else {}
    response = desk.post(change_url(draft), form_of(draft) | date | {"_schedule": "1"})
    assert "published_at" in response.context["adminform"].form.errors
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT


def test_withdraw_and_publish_again(desk, article):
    first = article.published_at
    desk.post(change_url(article), form_of(article) | {"_withdraw": "1"})
    article.refresh_from_db()
    assert article.status == Status.UNPUBLISHED
    desk.post(change_url(article), form_of(article) | {"_publish": "1"})
    article.refresh_from_db()
    assert article.status == Status.PUBLISHED
    assert article.published_at == first


def test_a_scheduled_article_is_withdrawn_even_with_a_blank_date(desk, draft):
    schedule(draft, None, timezone.now() + timedelta(days=1))
    draft.refresh_from_db()
    blank = {"published_at_0": "", "published_at_1": "", "_withdraw": "1"}
    desk.post(change_url(draft), form_of(draft) | blank)
    draft.refresh_from_db()
    assert draft.status == Status.UNPUBLISHED


def test_a_public_article_keeps_a_date_that_is_past(desk, article):
    for date in ({"published_at_0": "", "published_at_1": ""},
                 when(timezone.now() + timedelta(days=2))):  # fmt: skip
        response = desk.post(change_url(article), form_of(article) | date)
        assert "published_at" in response.context["adminform"].form.errors


# --- The cover --------------------------------------------------------------------------------
def test_a_cover_is_uploaded_described_and_removed(desk, draft):
    desk.post(change_url(draft), form_of(draft) | {"cover_upload": png(), "cover_alt": "一只碗"})
    draft.refresh_from_db()
    assert draft.cover.alt == "一只碗"
    desk.post(change_url(draft), form_of(draft) | {"cover_alt": "一只青碗"})
    assert Picture.objects.get().alt == "一只青碗"
    desk.post(change_url(draft), form_of(draft) | {"cover_remove": "on"})
    draft.refresh_from_db()
    assert draft.cover is None


def test_a_bad_cover_is_refused_on_its_field(desk, draft):
    bad = png(name="x.png", data=b"not a picture")
    response = desk.post(change_url(draft), form_of(draft) | {"cover_upload": bad})
    assert "cover_upload" in response.context["adminform"].form.errors


# --- The list ---------------------------------------------------------------------------------
def titles(response):
    return [row.title for row in response.context["cl"].result_list]


@pytest.mark.parametrize(
    ("query", "found"),
    [("無線 死角", 1), ("无线", 1), ("不在", 0), ("！！", 0)],
)
def test_search_folds_what_is_typed(desk, article, query, found):
    assert len(titles(desk.get(CHANGELIST, {"q": query}))) == found


def test_search_by_number(desk, article):
    assert titles(desk.get(CHANGELIST, {"q": str(article.pk)})) == [article.title]


def test_filters(desk, article, mona):
    assert titles(desk.get(CHANGELIST, {"status__exact": "draft"})) == []
    assert titles(desk.get(CHANGELIST, {"withheld": "no"})) == [article.title]
    restrict(article, mona, "whole", reference="TS-1")
    assert titles(desk.get(CHANGELIST, {"withheld": "no"})) == []
    page = desk.get(CHANGELIST, {"withheld": "yes"})
    assert titles(page) == [article.title]
    assert "限制展示" in page.text


def test_the_list_costs_the_same_however_many_there_are(
    desk, article, carol, technology, django_assert_max_num_queries
):
    from articles.services.publishing import create_article

    for number in range(5):
        create_article(None, title=f"第{number}篇", body="<p>文</p>", contributor=carol,
                       category=technology)  # fmt: skip
    with django_assert_max_num_queries(14):
        assert len(titles(desk.get(CHANGELIST))) == 6


def test_the_form_costs_twelve_queries(desk, article, mona, django_assert_max_num_queries):
    desk.get(change_url(article))
    with django_assert_max_num_queries(12):
        page = desk.get(change_url(article))
    assert 'class="badge no"' not in page.text
    assert article.get_absolute_url() in page.text
    restrict(article, mona, "whole", reference="TS-1")
    with django_assert_max_num_queries(12):
        page = desk.get(change_url(article))
    assert 'class="badge no"' in page.text


def test_there_is_no_deletion_in_bulk(client, chloe, draft):
    client.force_login(chloe)
    assert "delete_selected" not in client.get(CHANGELIST).text


# --- The editor -------------------------------------------------------------------------------
def test_only_the_form_has_the_looser_policy(desk, article):
    form = desk.get(change_url(article))
    assert "'unsafe-inline'" in form["Content-Security-Policy"]
    assert "unsafe-eval" not in form["Content-Security-Policy"]
    assert "unsafe-inline" not in desk.get(CHANGELIST)["Content-Security-Policy"]
    assert "allowedContent&quot;: true" not in form.text
    assert "zh-cn" in form.text
    assert "versionCheck&quot;: false" in form.text


def test_buttons_follow_the_state(desk, draft):
    url = change_url(draft)
    page = desk.get(url).text
    assert "保存草稿" in page
    assert 'name="_publish"' in page
    assert 'name="_withdraw"' not in page
    publish(draft, None)
    page = desk.get(url).text
    assert 'name="_publish"' not in page
    assert 'name="_schedule"' not in page
    assert 'name="_withdraw"' in page
