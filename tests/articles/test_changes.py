"""The desk's page of what was changed lately."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.services.publishing import revise
from tests.articles.test_admin_history import text_of

pytestmark = pytest.mark.django_db
URL = "/admin/changes/"


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


def test_the_ladder(client, sam, mona, draft):
    assert client.get(URL).status_code == 302
    client.force_login(sam)
    assert client.get(URL).status_code == 302  # to the sign-in, which refuses with 403
    client.force_login(mona)
    assert client.post(URL).status_code == 405
    page = client.get(URL)
    assert draft.title in text_of(page)
    assert 'value="articles.article"' in page.text
    assert 'value="articles.sitesettings"' not in page.text


def test_it_tells_what_was_done_and_leads_there(desk, draft, eddie):
    revise(draft, eddie, {"title": "新题目"}, note="换个题目")
    page = desk.get(URL)
    assert f'href="/admin/articles/article/{draft.pk}/change/"' in page.text
    text = text_of(page)
    assert "Eddie 修改： 新题目 文章 换个题目" in text
    assert "系统 新建： 老房子的无线死角怎么治 文章" in text


def test_what_is_asked_for(desk, draft, eddie, chloe):
    revise(draft, eddie, {"title": "新题目"})
    today = f"{timezone.localdate():%Y-%m-%d}"
    long_ago = f"{timezone.localdate() - timedelta(days=9):%Y-%m-%d}"
    for query, count in (
        ({"person": eddie.pk}, 1), ({"person": "system"}, 1), ({"person": chloe.pk}, 0),
        ({"kind": "articles.article"}, 2), ({"kind": "articles.topic"}, 0), ({"day": today}, 2),
        ({"day": long_ago}, 0), ({"day": "2026-02-31"}, 2), ({"day": "x"}, 2),
        ({"person": "9" * 30}, 2), ({"before": "x"}, 2), ({"person": eddie.pk, "day": today}, 1),
    ):  # fmt: skip
        page = desk.get(URL, query)
        assert len(page.context["changes"]) == count, query
    assert "没有您可以查看的改动" in text_of(desk.get(URL, {"day": long_ago}))
    chosen = desk.get(URL, {"person": eddie.pk, "kind": "articles.article", "day": today}).text
    for shown in (f'value="{eddie.pk}" selected', 'value="articles.article" selected',
                  f'value="{today}"'):  # fmt: skip
        assert shown in chosen


def test_it_goes_on_and_keeps_what_was_asked_for(desk, draft, eddie, monkeypatch):
    monkeypatch.setattr("articles.views.changes._ON_A_PAGE", 2)
    for number in range(4):
        revise(draft, eddie, {"title": f"第{number}稿"})
    first = desk.get(URL, {"person": eddie.pk})
    older = first.context["older"]
    assert f"?person={eddie.pk}&amp;before={older}" in first.text
    second = desk.get(URL, {"person": eddie.pk, "before": str(older)})
    titles = [change.title for page in (first, second) for change in page.context["changes"]]
    assert titles == ["第3稿", "第2稿", "第1稿", "第0稿"]
    assert second.context["older"] is None


def test_it_asks_no_more_for_many(desk, draft, eddie, django_assert_max_num_queries):
    for number in range(20):
        revise(draft, eddie, {"title": f"第{number}稿"})
    desk.get(URL)
    with django_assert_max_num_queries(9):
        assert len(desk.get(URL).context["changes"]) == 21
