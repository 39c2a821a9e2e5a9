"""Two people save one article: the second is refused, sees both versions, puts them together."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from taggit.models import Tag

from articles.models import Article, Scope, Status
from articles.services.pictures import add_picture
from articles.services.publishing import create_article, publish, revise, schedule, unpublish
from articles.services.related import choose_related
from articles.services.restrictions import lift, restrict
from articles.services.tags import save_tag
from articles.services.trash import trash
from articles.services.versions import StaleError, require_version
from tests.articles.desk import CHANGELIST, change_url, form_of, png
from tests.conftest import BODY

FIRST, SECOND, LAST = "三室一厅", "多数人一觉得慢", "弱电箱是最差"


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


def sent(page, **choices):
    """Return what the conflict's page sends: the form with what was typed, and the choices."""
    form = page.context["adminform"].form
    conflict = page.context["conflict"]
    data = {name: value for name, value in form.data.items() if value is not None}
    data |= {"merge_version": conflict.version, "merge_digest": conflict.digest}
    for row in conflict.rows:
        if row.chosen:
            data[f"pick-{row.name}"] = row.chosen
    for name in ("cover_upload", "_merge", "_merge_save"):
        data.pop(name, None)
    return data | {name.replace("__", "-"): value for name, value in choices.items()}


def happened(page):
    return [(one.who, one.what) for one in page.context["conflict"].happenings]


def test_the_second_is_refused_and_sees_both(desk, article, chloe):
    data = form_of(article) | {"title": "后来的", "excerpt": "我的摘要"}
    revise(article, chloe, {"title": "先到的", "source_name": "一本书"})
    page = desk.post(change_url(article), data)
    assert page.status_code == 409
    article.refresh_from_db()
    assert (article.title, article.excerpt) == ("先到的", "")
    rows = {row.name: row for row in page.context["conflict"].rows}
    assert {name: row.chosen for name, row in rows.items()} == {
        "title": "", "excerpt": "mine", "source_name": "theirs",
    }  # fmt: skip
    assert rows["title"].base == "老房子的无线死角怎么治"
    for text in ("先到的", "后来的", "老房子的无线死角怎么治", "我的摘要", "一本书", "请选择"):
        assert text in page.text
    assert happened(page) == [("Chloe", "修改了：标题、出处")]
    assert page.context["adminform"].form["title"].value() == "后来的"
    assert 'name="_save"' not in page.text


def test_paragraphs_of_both_are_put_together_and_saved(desk, article, chloe):
    data = form_of(article) | {"body": BODY.replace(FIRST, "两室一厅")}
    revise(article, chloe, {"body": BODY.replace(LAST, "弱电箱并不是最好")})
    page = desk.post(change_url(article), data)
    assert [stretch.by for stretch in page.context["conflict"].stretches] == ["mine", "theirs"]
    answer = desk.post(change_url(article), sent(page, _merge_save="1"))
    assert answer.status_code == 302
    article.refresh_from_db()
    assert "两室一厅" in article.body
    assert "弱电箱并不是最好" in article.body
    assert article.history.count() == 4


@pytest.mark.parametrize(
    ("choice", "there"),
    [("mine", (True, False)), ("theirs", (False, True)), ("both", (True, True))],
)
def test_a_paragraph_that_both_changed_is_chosen(desk, article, chloe, choice, there):
    data = form_of(article) | {"body": BODY.replace(SECOND, "我这样写")}
    revise(article, chloe, {"body": BODY.replace(SECOND, "她那样写")})
    page = desk.post(change_url(article), data)
    assert page.context["conflict"].stretches[0].number == 0
    unchosen = desk.post(change_url(article), sent(page, _merge_save="1"))
    assert unchosen.status_code == 409
    assert "还有地方没有选择" in unchosen.text
    answer = desk.post(change_url(article), sent(page, _merge_save="1", part__0=choice))
    assert answer.status_code == 302
    body = Article.objects.get().body
    assert ("我这样写" in body, "她那样写" in body) == there


def test_a_choice_is_kept_while_another_is_missing(desk, article, chloe):
    data = form_of(article) | {"body": BODY.replace(SECOND, "我这样写"), "title": "后来的"}
    revise(article, chloe, {"body": BODY.replace(SECOND, "她那样写"), "title": "先到的"})
    page = desk.post(change_url(article), data)
    again = desk.post(change_url(article), sent(page, _merge="1", part__0="both"))
    (stretch,) = again.context["conflict"].stretches
    assert stretch.chosen == "both"
    assert again.context["conflict"].rows[0].chosen == ""


def test_a_choice_is_not_taken_for_one_of_another_text(desk, article, chloe):
    data = form_of(article) | {"body": BODY.replace(SECOND, "我这样写")}
    revise(article, chloe, {"body": BODY.replace(SECOND, "她那样写")})
    page = desk.post(change_url(article), data)
    changed = sent(page, _merge_save="1", part__0="theirs")
    changed["body"] = BODY.replace(SECOND, "我后来又改成这样")
    again = desk.post(change_url(article), changed)
    assert again.status_code == 409
    assert again.context["conflict"].stretches[0].chosen == ""
    assert "她那样写" in Article.objects.get().body


def test_put_together_in_the_form_saves_nothing_yet(desk, article, chloe):
    data = form_of(article) | {"body": BODY.replace(FIRST, "两室一厅"), "title": "后来的"}
    revise(article, chloe, {"title": "先到的"}, tags=["路由器", "新标签"])
    page = desk.post(change_url(article), data)
    merged = desk.post(change_url(article), sent(page, _merge="1", pick__title="mine"))
    assert merged.status_code == 200
    assert "已合并到表单里，还没有保存" in merged.text
    assert 'errornote">请' not in merged.text
    form = merged.context["adminform"].form
    article.refresh_from_db()
    assert article.title == "先到的"
    assert form["title"].value() == "后来的"
    assert form["tag_line"].value() == "路由器、新标签"
    assert form["based_on"].value() == str(article.version)
    assert 'name="_publish"' not in merged.text
    saved = desk.post(change_url(article), dict(form.data.items()) | {"_save": "1"})
    assert saved.status_code == 302
    article.refresh_from_db()
    assert (article.title, article.tag_names) == ("后来的", ["路由器", "新标签"])
    assert "两室一厅" in article.body


def test_a_third_save_in_between_is_a_conflict_again(desk, article, chloe):
    data = form_of(article) | {"title": "我的"}
    revise(article, chloe, {"title": "第二个"})
    page = desk.post(change_url(article), data)
    revise(article, chloe, {"title": "第三个"})
    for button in ("_merge", "_merge_save"):
        again = desk.post(change_url(article), sent(page, pick__title="mine", **{button: "1"}))
        assert again.status_code == 409
        assert Article.objects.get().title == "第三个"
    assert len(again.context["conflict"].happenings) == 2
    merged = desk.post(change_url(article), sent(again, pick__title="mine", _merge="1"))
    revise(article, chloe, {"title": "第四个"})
    form = merged.context["adminform"].form
    once_more = desk.post(change_url(article), dict(form.data.items()) | {"_save": "1"})
    assert once_more.status_code == 409
    assert [who for who, _what in happened(once_more)] == ["Chloe"]


@pytest.mark.parametrize("based_on", [None, "", "x", "999", "-1", "0", "1.0", "9" * 40])
def test_a_form_without_a_known_version_is_refused(desk, article, based_on):
    data = form_of(article) | {"title": "后来的", "body": BODY.replace(FIRST, "两室一厅")}
    if based_on is None:
        del data["based_on"]
    else:
        data["based_on"] = based_on
    page = desk.post(change_url(article), data)
    assert page.status_code == 409
    article.refresh_from_db()
    assert article.title == "老房子的无线死角怎么治"
    assert FIRST in article.body


def test_where_the_opened_version_is_unknown_everything_is_chosen(desk, article):
    data = form_of(article) | {"title": "后来的", "body": BODY.replace(FIRST, "两室一厅")}
    del data["based_on"]
    page = desk.post(change_url(article), data)
    conflict = page.context["conflict"]
    assert not conflict.base_is_known
    assert [row.chosen for row in conflict.rows] == [""]
    assert [stretch.number for stretch in conflict.stretches] == [0]
    choices = {"pick__title": "mine", "part__0": "mine"}
    assert desk.post(change_url(article), sent(page, _merge_save="1", **choices)).status_code == 302
    assert Article.objects.get().title == "后来的"


# --- Against what is no form ------------------------------------------------------------------
def test_publishing_from_the_list_meanwhile(desk, draft, chloe):
    data = form_of(draft) | {"title": "后来的"}
    publish(draft, chloe)
    page = desk.post(change_url(draft), data | {"_publish": "1"})
    assert page.status_code == 409
    assert happened(page) == [("Chloe", "发布了它")]
    assert "请再按一次那个按钮" in page.text
    (title, date) = page.context["conflict"].rows
    assert (title.chosen, date.name, date.chosen) == ("mine", "published_at", "theirs")
    assert desk.post(change_url(draft), sent(page, _merge_save="1")).status_code == 302
    draft.refresh_from_db()
    assert (draft.title, draft.status) == ("后来的", Status.PUBLISHED)


def test_withdrawing_and_scheduling_meanwhile_are_told(desk, article, chloe):
    data = form_of(article) | {"title": "后来的"}
    unpublish(article, chloe)
    schedule(article, chloe, timezone.now() + timedelta(days=2))
    page = desk.post(change_url(article), data)
    (first, second) = happened(page)
    assert first == ("Chloe", "撤下了它")
    assert second[1].startswith("把它定时到")


@pytest.mark.parametrize("may_see", [False, True])
def test_a_restriction_meanwhile_is_told_and_nobody_saves_over_it(client, eddie, article, may_see):
    if may_see:
        eddie.user_permissions.add(Permission.objects.get(codename="view_restriction"))
    client.force_login(eddie)
    earlier = restrict(article, None, Scope.WHOLE, reference="TS-2026-000001")
    lift(earlier, None)
    article.refresh_from_db()
    opened = timezone.now().isoformat()
    data = form_of(article) | {"title": "后来的", "opened_at": opened}
    restrict(article, None, Scope.PASSAGE, reference="TS-2026-000007", passage="承重墙多")
    page = client.post(change_url(article), data)
    assert page.status_code == 409
    ((_who, what),) = happened(page)
    assert "限制展示" in what
    assert ("TS-2026-000007" in page.text) == may_see
    assert "TS-2026-000001" not in page.text
    assert client.post(change_url(article), sent(page, _merge_save="1")).status_code == 302
    article.refresh_from_db()
    assert article.title == "后来的"
    assert "承重墙多" not in article.prose


def test_a_renamed_tag_meanwhile_is_not_undone(desk, article, chloe):
    data = form_of(article) | {"title": "后来的"}
    tag = Tag.objects.get(name="路由器")
    tag.name = "无线路由器"
    save_tag(tag, chloe)
    page = desk.post(change_url(article), data)
    assert page.status_code == 409
    assert "标签由“路由器、家庭网络”变为“无线路由器、家庭网络”" in page.text
    rows = {row.name: row.chosen for row in page.context["conflict"].rows}
    assert rows == {"title": "mine", "tag_line": "theirs"}
    assert desk.post(change_url(article), sent(page, _merge_save="1")).status_code == 302
    article.refresh_from_db()
    assert (article.title, article.tag_names) == ("后来的", ["无线路由器", "家庭网络"])


def test_choices_of_related_articles_are_not_undone(desk, article, chloe, carol):
    other, third = (
        create_article(None, title=title, body=BODY, contributor=carol) for title in "二三"
    )
    rows = {"other": third.pk, "verdict": "ban", "article": article.pk, "id": ""}
    data = form_of(article) | {f"related_choices-0-{name}": value for name, value in rows.items()}
    data |= {"related_choices-TOTAL_FORMS": 1, "title": "后来的"}
    choose_related(article, chloe, {other.pk: "pin"})
    page = desk.post(change_url(article), data)
    assert page.status_code == 409
    ((who, what),) = happened(page)
    assert who == "Chloe"
    assert "相关" in what
    answer = desk.post(change_url(article), sent(page, _merge_save="1"))
    assert answer.status_code == 302
    assert list(article.related_choices.values_list("other", "verdict")) == [(other.pk, "pin")]
    assert Article.objects.get(pk=article.pk).title == "后来的"


def test_a_version_that_never_was_is_no_ground(desk, article):
    page = desk.post(change_url(article), form_of(article) | {"based_on": "999", "title": "新"})
    assert not page.context["conflict"].base_is_known


def test_moving_to_the_trash_meanwhile_is_told(desk, draft, chloe):
    data = form_of(draft) | {"title": "后来的"}
    trash(draft, chloe)
    page = desk.post(change_url(draft), data)
    assert page.status_code == 409
    assert ("Chloe", "把它移到了回收站") in happened(page)
    assert "后来的" in page.text


def test_a_cover_that_somebody_changed_is_kept_unless_mine_is_chosen(desk, article, chloe):
    article = Article.objects.get(pk=article.pk)
    desk.post(change_url(article), form_of(article) | {"cover_upload": png(), "cover_alt": "旧"})
    article.refresh_from_db()
    data = form_of(article)
    desk.post(
        change_url(article),
        form_of(article) | {"cover_upload": png("new.png", size=(330, 200)), "cover_alt": "新"},
    )
    theirs = Article.objects.get().cover
    page = desk.post(change_url(article), data | {"cover_remove": "on", "cover_alt": "旧"})
    rows = {row.name: row.chosen for row in page.context["conflict"].rows}
    assert rows["cover_alt"] == "theirs"
    assert rows["cover_remove"] == ""
    kept = sent(page, _merge_save="1", pick__cover_remove="theirs")
    assert desk.post(change_url(article), kept).status_code == 302
    saved = Article.objects.get().cover
    assert (saved, saved.alt) == (theirs, "新")


def test_an_upload_that_a_conflict_lost_is_named(desk, article, chloe):
    data = form_of(article) | {"cover_upload": png("书架.png")}
    revise(article, chloe, {"title": "先到的"})
    page = desk.post(change_url(article), data)
    assert "请重新选择文件“书架.png”" in page.text


# --- Who may ----------------------------------------------------------------------------------
def test_who_may_not_change_articles_merges_nothing(client, mona, article, chloe):
    data = form_of(article) | {"title": "后来的", "_merge_save": "1"}
    data |= {"merge_version": article.version, "merge_digest": ""}
    client.force_login(mona)
    assert client.post(change_url(article), data).status_code == 403
    assert Article.objects.get().title != "后来的"


def test_a_merge_without_a_conflict_is_a_save(desk, article):
    page = desk.post(change_url(article), form_of(article) | {"based_on": "", "title": "新题目"})
    data = sent(page, _merge_save="1", pick__title="mine")
    assert desk.post(change_url(article), data).status_code == 302
    assert Article.objects.get().title == "新题目"


def test_a_refused_field_is_still_shown_beside_a_conflict(desk, article, chloe):
    data = form_of(article) | {"title": "", "excerpt": "我的摘要"}
    revise(article, chloe, {"source_name": "一本书"})
    page = desk.post(change_url(article), data)
    assert page.status_code == 409
    assert page.context["errors"]
    merged = desk.post(change_url(article), sent(page, _merge_save="1"))
    assert merged.status_code == 200
    assert "title" in merged.context["adminform"].form.errors
    assert merged.context["adminform"].form["source_name"].value() == "一本书"


def test_the_preview_is_not_held_up(desk, article, chloe):
    data = form_of(article)
    revise(article, chloe, {"title": "先到的"})
    assert desk.post(f"{CHANGELIST}{article.pk}/preview/", data).status_code == 200


def test_a_cover_that_somebody_changed_is_not_lost_to_one_that_did_not_touch_it(
    desk, article, chloe
):
    data = form_of(article) | {"title": "后来的"}
    cover = add_picture(None, png(), alt="新封面")
    revise(article, chloe, {"cover": cover})
    page = desk.post(change_url(article), data)
    rows = {row.name: row.chosen for row in page.context["conflict"].rows}
    assert rows == {"title": "mine", "cover_alt": "theirs", "cover_choice": "theirs"}
    assert "换了封面" in page.text
    assert desk.post(change_url(article), sent(page, _merge_save="1")).status_code == 302
    saved = Article.objects.get()
    assert (saved.title, saved.cover, saved.cover.alt) == ("后来的", cover, "新封面")


@pytest.mark.parametrize("version", ["", "0", "99", "x"])
def test_require_version(article, version):
    require_version(article, str(article.version))
    with pytest.raises(StaleError) as refused:
        require_version(article, version)
    assert refused.value.current == article.version
