"""The history of an article on the desk."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages

from articles.models import Article, Category, Contributor, Picture, Status, User
from articles.services.pictures import add_picture, delete_picture
from articles.services.publishing import create_article, publish, revise, unpublish
from articles.services.revisions import name_revision
from articles.services.taxonomy import delete_contributor, save_category, save_contributor
from tests.articles.desk import change_url, form_of, png

pytestmark = pytest.mark.django_db


def history_url(article, *parts, query=""):
    path = "".join(f"{part}/" for part in parts)
    return f"/admin/articles/article/{article.pk}/history/{path}{query}"


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def text_of(response):
    """Return the page's main part as it is read, without tags and runs of blanks."""
    main = response.text.split('id="content-main"', 1)[1].split('id="footer"', 1)[0]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def newest(article):
    return article.history.order_by("-history_id").first()


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


@pytest.fixture
def rewritten(article, eddie):
    """An article, public, all of whose fields were changed after its first revision."""
    other = save_contributor(Contributor(name="后来的人"), None)
    away = save_category(Category(name="生活", slug="life"), None)
    inside = add_picture(eddie, png("inside.png"), alt="信号图")
    return revise(
        article, eddie,
        {
            "title": "新的题目", "excerpt": "新摘要", "category": away, "contributor": other,
            "body": article.body.replace("最差", "最坏") + f'<img src="{inside.url}" alt="信号图">',
            "cover": add_picture(eddie, png(), alt="新封面"), "origin": "reprinted",
            "source_name": "某报", "source_url": "https://example.org/", "ai_label": "assisted",
            "featured": True, "sticky": True,
        },
        tags=["别的"], note="大改一次",
    )  # fmt: skip


# --- Who may ----------------------------------------------------------------------------------
def test_the_ladder(client, article, sam, mona, eddie):
    first = article.history.last()
    looks = [history_url(article), history_url(article, "compare"),
             history_url(article, first.pk)]  # fmt: skip
    naming, restoring = (history_url(article, first.pk, do) for do in ("name", "restore"))
    for url in (*looks, naming, restoring):
        assert client.get(url).status_code == 302
    client.force_login(sam)
    for url in (*looks, naming, restoring):
        assert client.get(url).status_code == 302  # to the sign-in, which refuses with 403
    client.force_login(mona)
    for url in looks:
        assert client.get(url).status_code == 200
    page = client.get(history_url(article)).text
    assert naming not in page
    assert restoring not in page
    assert client.post(naming, {"label": "名"}).status_code == 403
    assert client.get(restoring).status_code == 403
    assert client.post(restoring, {"version": article.version}).status_code == 403
    client.force_login(eddie)
    page = client.get(history_url(article)).text
    assert naming in page
    assert restoring in page
    assert article.history.count() == 2
    assert not article.history.exclude(label="").exists()


def test_who_may_change_but_not_restore_names_and_compares(client, article):
    helper = User.objects.create_user("h@example.com", "x", name="Helper", is_staff=True)
    for codename in ("view_article", "change_article"):
        helper.user_permissions.add(Permission.objects.get(codename=codename))
    client.force_login(helper)
    first = article.history.last()
    assert "/restore/" not in client.get(history_url(article)).text
    assert client.post(history_url(article, first.pk, "restore")).status_code == 403
    assert client.post(history_url(article, first.pk, "name"), {"label": "甲"}).status_code == 302
    first.refresh_from_db()
    assert first.label == "甲"


def test_another_articles_revision_is_not_found(desk, article, carol):
    other = create_article(None, title="另一篇", contributor=carol)
    foreign = article.history.first().history_id
    assert desk.get(history_url(other, foreign)).status_code == 404
    assert desk.post(history_url(other, foreign, "name"), {"label": "x"}).status_code == 404
    assert desk.get(history_url(other, foreign, "restore")).status_code == 404
    assert desk.post(history_url(other, foreign, "restore"), {"version": 1}).status_code == 404
    for query in (f"?from={foreign}&to=now", "?from=x", f"?from={'9' * 30}", "?from=²", "?to=-1"):
        assert desk.get(history_url(other, "compare", query=query)).status_code == 404


# --- The list ---------------------------------------------------------------------------------
def test_it_tells_who_when_why_and_what(desk, rewritten, eddie):
    name_revision(rewritten, eddie, newest(rewritten).history_id, "改版稿")
    text = text_of(desk.get(history_url(rewritten)))
    assert "改版稿" in text
    assert "Eddie 修改" in text
    assert "大改一次" in text
    assert re.search(r"改动：标题、正文（\+\d+ −\d+ 字）、栏目、", text), text
    assert "系统 发布" in text
    assert "系统 新建" in text


def test_a_revision_is_named_in_its_place(desk, article):
    first = article.history.last()
    url = history_url(article, first.pk, "name")
    response = desk.post(f"{url}?show=marked&before=9", {"label": "初稿"})
    assert response["Location"].endswith(f"/history/?show=marked&before=9#revision-{first.pk}")
    assert "初稿" in text_of(desk.get(history_url(article)))
    response = desk.post(url, {"label": "长" * 61})
    assert said(response)
    first.refresh_from_db()
    assert first.label == "初稿"
    assert desk.get(url).status_code == 405


def test_only_what_was_published_or_named(desk, article, eddie):
    for number in range(3):
        revise(article, eddie, {"title": f"第{number}稿"})
    name_revision(article, eddie, newest(article).history_id, "定稿")
    unpublish(article, eddie)
    publish(article, eddie)
    page = desk.get(history_url(article, query="?show=marked"))
    assert [entry.revision.label for entry in page.context["entries"]] == ["", "定稿", ""]
    draft = create_article(None, title="草稿", contributor=article.contributor)
    page = desk.get(history_url(draft, query="?show=marked"))
    assert page.context["entries"] == []
    assert "没有这样的修订版本" in text_of(page)


def test_it_goes_on_behind_the_last_one(desk, article, monkeypatch):
    monkeypatch.setattr("articles.admin.article_history._ON_A_PAGE", 3)
    for number in range(5):
        revise(article, None, {"title": f"第{number}稿"})
    seen, query = [], ""
    while query is not None:
        page = desk.get(history_url(article, query=query))
        seen += [entry.revision.title for entry in page.context["entries"]]
        # What a revision changed is told though the one before it stands on the next page.
        assert all(e.brief for e in page.context["entries"] if e.revision.number_before)
        older = page.context["older"]
        query = f"?before={older}" if older else None
    assert seen == ["第4稿", "第3稿", "第2稿", "第1稿", "第0稿", *[article.title] * 2]


def test_it_asks_no_more_for_many_revisions(desk, article, eddie, django_assert_max_num_queries):
    for number in range(55):
        revise(article, eddie, {"title": f"第{number}稿", "body": f"<p>正文{number}。</p>"})
    with django_assert_max_num_queries(12):
        assert len(desk.get(history_url(article)).context["entries"]) == 50


# --- Why, and a name, in the form -------------------------------------------------------------
def test_the_form_takes_a_reason_and_a_name(desk, article):
    data = form_of(article) | {"title": "改过的", "note": "错字", "revision_name": "校对稿"}
    desk.post(change_url(article), data)
    row = newest(article)
    assert (row.title, row.history_change_reason, row.label) == ("改过的", "错字", "校对稿")
    article.refresh_from_db()
    desk.post(change_url(article), form_of(article) | {"_withdraw": "1", "note": "投诉"})
    row = newest(article)
    assert (row.status, row.history_change_reason, row.label) == (Status.UNPUBLISHED, "投诉", "")


def test_a_name_alone_names_the_state_that_stands(desk, article):
    response = desk.post(change_url(article), form_of(article) | {"revision_name": "上线稿"})
    assert (article.history.count(), newest(article).label) == (2, "上线稿")
    assert "没有改动" not in said(response)


def test_the_admins_log_does_not_tell_again_what_revisions_tell(desk, article, chloe):
    desk.post(change_url(article), form_of(article) | {"title": "改过的"})
    assert not LogEntry.objects.exists()
    article.refresh_from_db()
    data = form_of(article) | {"title": "又改", "assignee": chloe.pk}
    desk.post(change_url(article), data)
    message = LogEntry.objects.get().change_message
    assert message == '[{"changed": {"fields": ["in charge"]}}]'


# --- Two beside each other --------------------------------------------------------------------
def test_every_field_that_differs_is_told(desk, rewritten):
    first = rewritten.history.last()
    text = text_of(
        desk.get(
            history_url(rewritten, "compare", query=f"?from={first.pk}&to={newest(rewritten).pk}")
        )
    )
    for told in (
        "老房子的无线死角怎么治", "新的题目", "技术", "生活", "路由器、家庭网络", "别的",
        "纸上行舟", "后来的人", "新摘要", "转载", "某报", "https://example.org/", "草稿", "已发布",
    ):  # fmt: skip
        assert told in text
    facts = desk.get(history_url(rewritten, "compare", query=f"?from={first.pk}")).context["shown"]
    assert len(facts.facts) == 13


def test_pictures_are_shown_as_pictures(desk, rewritten):
    cover, inside = rewritten.cover, Picture.objects.get(alt="信号图")
    number = cover.pk
    page = desk.get(history_url(rewritten, "compare")).text
    for picture in (cover, inside):
        assert f'src="{picture.url}"' in page
    revise(rewritten, None, {"cover": None, "body": "<p>无图</p>"})
    delete_picture(cover, None)
    delete_picture(inside, None)
    numbers = list(rewritten.history.order_by("history_id").values_list("pk", flat=True))
    url = history_url(rewritten, "compare", query=f"?from={numbers[1]}&to={numbers[2]}")
    text = text_of(desk.get(url))
    assert f"已删除的图片（{number}号）" in text
    assert "已不存在" in text


def test_the_last_two_are_compared_unless_others_are_named_and_the_older_stands_first(
    desk, rewritten
):
    first, public, last = rewritten.history.order_by("history_id")
    context = desk.get(history_url(rewritten, "compare")).context
    assert (context["one"], context["other"]) == (public, last)
    url = history_url(rewritten, "compare", query=f"?from={last.pk}&to={first.pk}")
    page = desk.get(url)
    assert (page.context["one"], page.context["other"]) == (first, last)
    url = history_url(rewritten, "compare", query=f"?from={first.pk}&to={public.pk}")
    page = desk.get(url)
    assert f"?from={public.pk}&amp;to={last.pk}" in page.text
    same = desk.get(history_url(rewritten, "compare", query=f"?from={last.pk}&to={last.pk}"))
    assert same.context["shown"].is_empty


def test_a_revision_beside_the_article_as_it_stands(desk, rewritten, technology):
    Article.objects.filter(pk=rewritten.pk).update(category=technology)  # As a merging would.
    url = history_url(rewritten, "compare", query=f"?from={newest(rewritten).pk}&to=now")
    page = desk.get(url)
    assert [fact.label for fact in page.context["shown"].facts] == ["栏目"]
    assert page.context["other"] is None


def test_what_changed_in_form_alone_is_said(desk, article):
    revise(article, None, {"body": article.body.replace("多数人", "<strong>多数人</strong>")})
    shown = desk.get(history_url(article, "compare")).context["shown"]
    assert shown.is_form_alone
    assert not shown.is_empty


def test_what_a_revision_names_may_be_deleted(desk, rewritten, carol):
    old = newest(rewritten)
    revise(rewritten, None, {"contributor": carol, "category": None})
    delete_contributor(Contributor.objects.get(name="后来的人"), None)
    Category.objects.get(slug="life").delete()
    text = text_of(desk.get(history_url(rewritten, "compare")))
    assert f"已删除的栏目（{old.category_id}" in text
    assert f"已删除的投稿人（{old.contributor_id}" in text


def test_comparing_costs_few_queries(desk, rewritten, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        desk.get(history_url(rewritten, "compare"))


# --- The way back -----------------------------------------------------------------------------
def test_what_would_change_is_shown_before_it_is_restored(desk, rewritten, eddie):
    first = rewritten.history.last()
    url = history_url(rewritten, first.pk, "restore")
    page = desk.get(url)
    text = text_of(page)
    assert "新的题目" in text
    assert "读者马上" in text
    labels = [fact.label for fact in page.context["shown"].facts]
    assert "状态" not in labels
    assert "标签" in labels
    assert rewritten.history.count() == 3
    response = desk.post(url, {"version": page.context["object"].version})
    assert response["Location"] == change_url(rewritten)
    rewritten.refresh_from_db()
    assert rewritten.title == first.title
    assert rewritten.tag_names == ["路由器", "家庭网络"]
    assert rewritten.status == Status.PUBLISHED
    assert newest(rewritten).restored_from == first.pk


@pytest.mark.parametrize("version", ["", "0", "x", None])
def test_nothing_is_restored_over_what_was_not_seen(desk, rewritten, chloe, version):
    first = rewritten.history.last()
    url = history_url(rewritten, first.pk, "restore")
    seen = desk.get(url).context["object"].version if version is None else version
    revise(rewritten, chloe, {"title": "更新的题目"})
    response = desk.post(url, {"version": seen})
    assert response.status_code == 200
    assert "更新的题目" in text_of(response)
    assert said(response)
    rewritten.refresh_from_db()
    assert rewritten.title == "更新的题目"
    assert desk.post(url, {"version": rewritten.version}).status_code == 302


def test_what_cannot_come_back_is_said(desk, rewritten, carol, technology):
    number = newest(rewritten).pk
    cover, inside = rewritten.cover, Picture.objects.get(alt="信号图")
    revise(
        rewritten, None,
        {"contributor": carol, "category": technology, "cover": None, "body": "<p>无图</p>"},
    )  # fmt: skip
    delete_contributor(Contributor.objects.get(name="后来的人"), None)
    Category.objects.get(slug="life").delete()
    delete_picture(cover, None)
    delete_picture(inside, None)
    url = history_url(rewritten, number, "restore")
    page = desk.get(url)
    assert page.context["lost"] == ["投稿人", "栏目", "封面"]
    assert page.context["lost_pictures"] == 1
    assert "1张" in text_of(page)
    labels = [fact.label for fact in page.context["shown"].facts]
    assert "摘要" not in labels
    assert not {"投稿人", "栏目", "封面"} & set(labels)
    desk.post(url, {"version": page.context["object"].version})
    rewritten.refresh_from_db()
    assert (rewritten.excerpt, rewritten.contributor, rewritten.category) == (
        "新摘要", carol, technology,
    )  # fmt: skip


def test_what_stands_already_is_not_offered(desk, rewritten):
    page = desk.get(history_url(rewritten, newest(rewritten).pk, "restore"))
    assert page.context["shown"].is_empty
    assert 'type="submit" class="button default"' not in page.text


# --- As readers saw it ------------------------------------------------------------------------
def test_a_revision_as_readers_would_see_it_leads_to_those_beside_it(desk, rewritten):
    first, public, last = rewritten.history.order_by("history_id").values_list("pk", flat=True)
    page = desk.get(history_url(rewritten, public)).text
    assert "老房子的无线死角怎么治" in page
    for number in (first, last):
        assert f'href="{history_url(rewritten, number)}"' in page
    assert history_url(rewritten, public) not in page
    assert 'rel="prev"' not in desk.get(history_url(rewritten, first)).text
    assert 'rel="next"' not in desk.get(history_url(rewritten, last)).text
