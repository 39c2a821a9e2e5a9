"""The library of pictures on the desk: its list, the page of a picture, uploads, the chooser."""

from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from articles.desk import CappedPaginator, thumbnail_url
from articles.models import LARGE_BYTES, Article, Picture, Scope, Topic, User
from articles.services.pictures import add_picture
from articles.services.publishing import publish, revise
from articles.services.restrictions import restrict
from articles.services.taxonomy import save_topic
from submissions.services.drafting import begin, save_draft
from tests.articles.desk import change_url, form_of, png
from tests.articles.test_library import article_with, image, old_picture

pytestmark = pytest.mark.django_db
LIST = "/admin/articles/picture/"
ADD = f"{LIST}add/"
CHOOSE = f"{LIST}choose/"


@pytest.fixture
def picture(db):
    return old_picture("海")


@pytest.fixture
def other(db):
    return old_picture("", (1, 2, 3), name="湖.png")


def page_of(picture):
    return f"{LIST}{picture.pk}/change/"


def listed(client, query=""):
    response = client.get(f"{LIST}?{query}")
    assert response.status_code == 200
    return list(response.context["cl"].result_list)


# --- The list ---------------------------------------------------------------------------------
def test_the_list_says_what_is_used_and_what_lacks_a_description(
    client, eddie, picture, other, carol
):
    article_with(carol, body=image(picture), cover=picture)
    client.force_login(eddie)
    html = client.get(LIST).text
    assert "用于 2 处" in html
    assert html.count("未使用") == 1 + html.count("use=no")
    assert html.count('<span class="badge fix">缺少说明</span>') == 1
    assert thumbnail_url(Picture.objects.get(pk=picture.pk)) in html
    assert picture.url not in html
    assert html.count('name="_describe"') == 2
    assert "60 × 40" in html


def test_it_costs_the_same_however_many_there_are(
    client, eddie, carol, picture, django_assert_max_num_queries
):
    client.force_login(eddie)
    for number in range(8):
        article_with(carol, cover=old_picture(str(number), (number, 2, 3)))
    with django_assert_max_num_queries(19):
        assert len(listed(client)) == 9


def test_a_grid_or_a_table(client, eddie, picture):
    client.force_login(eddie)
    assert 'class="pic-grid"' in client.get(LIST).text
    response = client.get(f"{LIST}?is=large&as=table")
    assert (response.status_code, response["Location"]) == (302, f"{LIST}?is=large")
    page = client.get(LIST).text
    assert 'id="result_list"' in page
    assert f'name="alt-{picture.pk}"' in page
    client.get(f"{LIST}?as=grid")
    assert 'class="pic-grid"' in client.get(LIST).text


def test_filters(client, eddie, chloe, carol, picture, other):
    client.force_login(eddie)
    mine = old_picture("我的", (5, 5, 5), by=eddie)
    hers = old_picture("她的", (6, 6, 6), by=chloe)
    theirs = old_picture("投稿的", (7, 7, 7))
    Picture.objects.filter(pk=theirs.pk).update(uploaded_by=carol.user)
    new = add_picture(None, png())
    article = article_with(carol, body=image(mine), cover=hers)
    save_topic(Topic(title="专题", cover=theirs), None)
    Picture.objects.filter(pk=other.pk).update(size=LARGE_BYTES, is_demo=True)
    revise(article, None, {"body": image(mine) + image(picture)})
    restrict(article, None, Scope.IMAGE, reference="TS-2026-000001", picture=picture)
    for query, found in {
        "use=no": [other],
        "use=yes": [theirs, hers, mine, picture],
        "use=text": [mine, picture],
        "use=cover": [hers],
        "use=topic": [theirs],
        "use=portrait": [],
        "use=nonsense": [new, theirs, hers, mine, other, picture],
        "is=undescribed": [new, other],
        "is=large": [other],
        "is=demo": [other],
        "is=withheld": [picture],
        "by=me": [mine],
        f"by={chloe.pk}": [hers],
        f"by={carol.user_id}": [theirs],
        "by=contributors": [theirs],
        "by=99999999999999999999": [new, theirs, hers, mine, other, picture],
        "by=me&use=text&q=我的": [mine],
        f"id__in={mine.pk},{hers.pk}": [hers, mine],
        "q=%E6%B5%B7": [picture],
    }.items():
        assert set(listed(client, query)) == set(found), query


def test_a_date_filters(client, eddie, picture):
    client.force_login(eddie)
    today = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    Picture.objects.update(created_at=today - timedelta(days=3))
    new = add_picture(None, png())
    since = (today - timedelta(days=1)).strftime("%Y-%m-%d+00:00:00%%2B08:00")
    assert listed(client, f"created_at__gte={since}") == [new]


def test_long_lists_are_counted_up_to_a_cap(client, eddie, picture, other, monkeypatch):
    monkeypatch.setattr(CappedPaginator, "at_most", 1)
    client.force_login(eddie)
    response = client.get(LIST)
    assert response.context["cl"].result_count == 1
    assert "更早的请用筛选" in response.text
    monkeypatch.setattr(CappedPaginator, "at_most", 2)
    assert "更早的请用筛选" not in client.get(LIST).text


def test_a_moderator_looks_and_changes_nothing(client, mona, picture):
    client.force_login(mona)
    page = client.get(LIST).text
    assert "海" in page
    for offered in ("alt-", "_describe", "delete_chosen", ADD):
        assert offered not in page
    assert client.get(page_of(picture)).status_code == 200
    for address in (ADD, f"{LIST}{picture.pk}/replace/", f"{LIST}{picture.pk}/delete/"):
        assert client.get(address).status_code == 403
        assert client.post(address, {"upload": png(), "post": "yes"}).status_code == 403
    client.post(LIST, {"_describe": "1", f"alt-{picture.pk}": "湖", f"was-{picture.pk}": "海"})
    assert Picture.objects.get().alt == "海"


# --- Descriptions in the list -----------------------------------------------------------------
def test_descriptions_are_written_in_the_list(client, eddie, picture, other):
    client.force_login(eddie)
    data = {
        "_describe": "1", f"alt-{picture.pk}": "海", f"was-{picture.pk}": "海",
        f"alt-{other.pk}": "一片湖", f"was-{other.pk}": "", "alt-x": "乱", "was-x": "",
        "alt-999": "无", "was-999": "",
    }  # fmt: skip
    page = client.post(f"{LIST}?is=undescribed", data, follow=True)
    assert page.redirect_chain == [(f"{LIST}?is=undescribed", 302)]
    assert "已保存 1 条说明" in page.text
    assert "有一张图片已被删除" in page.text
    other.refresh_from_db()
    assert other.alt == "一片湖"


def test_a_description_that_somebody_wrote_meanwhile_stays(client, eddie, picture):
    client.force_login(eddie)
    Picture.objects.update(alt="晚霞")
    data = {"_describe": "1", f"alt-{picture.pk}": "湖", f"was-{picture.pk}": "海"}
    assert "晚霞" in client.post(LIST, data, follow=True).text
    response = client.post(page_of(picture), {"alt": "湖", "was": "海"})
    assert "晚霞" in str(response.context["adminform"].form.errors)
    assert Picture.objects.get().alt == "晚霞"
    assert client.post(page_of(picture), {"alt": "湖", "was": "晚霞"}).status_code == 302


# --- Uploading --------------------------------------------------------------------------------
def test_several_files_without_script(client, eddie):
    client.force_login(eddie)
    files = [png("a.png", size=(30, 20)), png("坏.png", data=b"no"), png("b.png", size=(40, 20))]
    page = client.post(ADD, {"upload": files, "alt": "不用"}, follow=True)
    assert [row.name for row in Picture.objects.order_by("pk")] == ["a.png", "b.png"]
    assert set(Picture.objects.values_list("alt", "uploaded_by")) == {("", eddie.pk)}
    numbers = ",".join(
        str(pk) for pk in Picture.objects.order_by("pk").values_list("pk", flat=True)
    )
    assert page.redirect_chain[-1][0] == f"{LIST}?id__in={numbers}"
    assert "已上传 2 张图片" in page.text
    assert "坏.png" in page.text
    assert page.text.count('name="alt-') == 2


def test_several_files_that_are_all_refused_lead_back(client, eddie):
    client.force_login(eddie)
    files = [png("甲.png", data=b"no"), png("乙.png", data=b"no")]
    page = client.post(ADD, {"upload": files}, follow=True)
    assert page.redirect_chain[-1][0] == ADD
    assert page.text.count("乙.png") == 1
    assert not Picture.objects.exists()


# --- The page of a picture --------------------------------------------------------------------
def test_the_page_says_everything_of_a_picture(client, chloe, carol, picture):
    again = add_picture(chloe, png())
    Picture.objects.filter(pk=again.pk).update(sha256=picture.sha256)
    article = article_with(carol, body=image(picture, "傍晚的海"), cover=picture)
    draft = begin(carol.user)
    save_draft(
        draft, carol.user, {"title": "秘密的草稿", "body": image(picture)}, version=draft.version
    )
    client.force_login(chloe)
    page = client.get(page_of(picture)).text
    assert change_url(article) in page
    assert "此处另有说明：“傍晚的海”" in page
    assert "秘密的草稿" not in page
    assert "投稿人的草稿" in page
    assert page_of(again) in page
    assert "1 个修订版本中，有 1 个" in page
    for item in Picture.objects.get(pk=picture.pk).renditions:
        assert f"/media/{item['file']}" in page
        assert item["bytes"] == storages["default"].size(item["file"])


def test_files_without_bytes_are_asked_of_the_storage(client, eddie, picture):
    rows = [
        {key: value for key, value in row.items() if key != "bytes"} for row in picture.renditions
    ]
    storages["default"].delete(rows[0]["file"])
    Picture.objects.update(renditions=rows)
    client.force_login(eddie)
    size = storages["default"].size(rows[1]["file"])
    files = {row["file"]: row["bytes"] for row in client.get(page_of(picture)).context["files"]}
    assert files == {rows[0]["file"]: None, rows[1]["file"]: size}


def test_what_one_may_not_open_is_no_link(client, mona, carol, picture):
    save_topic(Topic(title="专题", cover=picture), None)
    client.force_login(mona)
    page = client.get(page_of(picture)).text
    assert "专题" in page
    assert "/admin/articles/topic/" not in page


def test_a_withheld_picture_shows_no_file(client, eddie, carol, picture):
    article = publish(article_with(carol, body=image(picture)), None)
    restrict(article, None, Scope.IMAGE, reference="TS-2026-000001", picture=picture)
    client.force_login(eddie)
    for address in (page_of(picture), LIST, f"{LIST}{picture.pk}/replace/"):
        page = client.get(address).text
        assert "/media/" not in page, address
        assert "限制展示" in page


# --- Another file -----------------------------------------------------------------------------
def test_a_file_is_replaced(client, eddie, picture, carol):
    article_with(carol, title="有图", body=image(picture))
    client.force_login(eddie)
    address = f"{LIST}{picture.pk}/replace/"
    assert "有图" in client.get(address).text
    bad = client.post(address, {"upload": png(data=b"no"), "alt": "海"})
    assert bad.status_code == 400
    assert bad.context["form"].errors["upload"]
    page = client.post(address, {"upload": png("新.png"), "alt": "湖"}, follow=True)
    assert page.redirect_chain[-1][0] == page_of(picture)
    assert "已替换" in page.text
    now = Picture.objects.get()
    assert (now.alt, now.name, now.width) == ("湖", "新.png", 320)
    assert client.get(f"{LIST}999/replace/").status_code == 404


# --- Deletion ---------------------------------------------------------------------------------
def chosen(*pictures, **more):
    return {"action": "delete_chosen", "_selected_action": [row.pk for row in pictures], **more}


def test_what_is_deleted_and_what_stays_is_said_before_and_after(
    client, chloe, eddie, carol, picture, other
):
    new = add_picture(eddie, png())
    article_with(carol, title="有图", cover=picture)
    client.force_login(chloe)
    page = client.post(LIST, chosen(picture, other, new))
    assert [row.pk for row in page.context["going"]] == [other.pk]
    assert {row.pk for row in page.context["staying"]} == {picture.pk, new.pk}
    assert "作为封面 1 处" in page.text
    assert "不到一天" in page.text
    assert Picture.objects.count() == 3
    page = client.post(LIST, chosen(picture, other, new, post="yes"), follow=True)
    assert "已删除 1 张图片" in page.text
    assert "有图" in page.text
    assert "不到一天" in page.text
    assert set(Picture.objects.all()) == {picture, new}


def test_one_is_deleted_from_its_page(client, chloe, carol, picture, other):
    article_with(carol, cover=picture)
    client.force_login(chloe)
    page = client.get(f"{LIST}{other.pk}/delete/")
    assert [row.pk for row in page.context["going"]] == [other.pk]
    assert client.post(f"{LIST}{other.pk}/delete/", {"post": "yes"})["Location"] == LIST
    kept = client.post(f"{LIST}{picture.pk}/delete/", {"post": "yes"})
    assert kept["Location"] == page_of(picture)
    assert Picture.objects.get() == picture


def test_editors_delete_nothing(client, eddie, other):
    client.force_login(eddie)
    assert "delete_chosen" not in client.get(LIST).text
    client.post(LIST, chosen(other, post="yes"))
    assert client.post(f"{LIST}{other.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Picture.objects.exists()


# --- The chooser ------------------------------------------------------------------------------
def test_the_chooser_offers_what_may_be_shown(client, eddie, mona, sam, carol, picture, other):
    article = publish(article_with(carol, body=image(picture)), None)
    restrict(article, None, Scope.IMAGE, reference="TS-2026-000001", picture=picture)
    mine = old_picture("我的", (5, 5, 5), by=eddie)
    client.force_login(eddie)
    page = client.get(f"{CHOOSE}?CKEditorFuncNum=3")
    assert page.context["pictures"] == [mine, other]
    assert page.context["callback"] == "3"
    assert client.get(f"{CHOOSE}?mine=1").context["pictures"] == [mine]
    assert client.get(f"{CHOOSE}?q=湖").context["pictures"] == [other]
    assert client.get(f"{CHOOSE}?CKEditorFuncNum=alert(1)").context["callback"] == ""
    client.force_login(sam)
    assert client.get(CHOOSE).status_code == 302
    helper = User.objects.create_user("h@example.com", "x", is_staff=True)
    client.force_login(helper)
    assert client.get(CHOOSE).status_code == 403


def test_the_chooser_goes_on_below(client, eddie, picture, django_assert_max_num_queries):
    row = Picture.objects.values().get()
    del row["id"]
    Picture.objects.bulk_create(Picture(**row | {"key": f"{n:024x}"}) for n in range(30))
    client.force_login(eddie)
    first = client.get(f"{CHOOSE}?q=海&CKEditorFuncNum=3")
    assert len(first.context["pictures"]) == 24
    with django_assert_max_num_queries(6):
        second = client.get(CHOOSE + first.context["more"])
    assert len(second.context["pictures"]) == 7
    assert second.context["callback"] == "3"
    assert not second.context["more"]


# --- The cover of an article ------------------------------------------------------------------
def test_a_picture_of_the_library_becomes_the_cover(client, eddie, draft, picture, other):
    client.force_login(eddie)
    page = client.get(change_url(draft)).text
    assert f'data-chooser="{CHOOSE}"' in page
    data = form_of(draft) | {"cover_choice": picture.pk}
    assert client.post(change_url(draft), data).status_code == 302
    draft.refresh_from_db()
    assert draft.cover == picture
    assert {item["crop"] for item in Picture.objects.get(pk=picture.pk).renditions} > {"small"}
    data = form_of(draft) | {"cover_choice": other.pk}
    assert client.post(change_url(draft), data).status_code == 302
    draft.refresh_from_db()
    assert draft.cover == other
    picture.refresh_from_db()
    assert (picture.alt, Picture.objects.get(pk=other.pk).alt) == ("海", "")


@pytest.mark.parametrize("more", [{"cover_remove": "on"}, {"cover_upload": True}])
def test_one_cover_at_a_time(client, eddie, draft, picture, more):
    client.force_login(eddie)
    more = {name: png() if value is True else value for name, value in more.items()}
    data = form_of(draft) | {"cover_choice": picture.pk} | more
    response = client.post(change_url(draft), data)
    assert "三者只能选一" in response.text
    assert Article.objects.get().cover is None


def test_a_number_that_no_picture_has_is_refused(client, eddie, draft):
    client.force_login(eddie)
    response = client.post(change_url(draft), form_of(draft) | {"cover_choice": "99"})
    assert "cover_choice" in response.context["adminform"].form.errors


def test_the_preview_shows_the_chosen_cover(client, eddie, draft, picture):
    client.force_login(eddie)
    response = client.post(
        f"/admin/articles/article/{draft.pk}/preview/",
        form_of(draft) | {"cover_choice": picture.pk},
    )
    assert picture.key in response.text
    assert Article.objects.get().cover is None


def test_what_is_typed_of_a_cover_keeps_the_picture(client, eddie, chloe, picture):
    eddie.autosaves.create(form_key="1", fields={"cover_choice": str(picture.pk)})
    client.force_login(chloe)
    client.post(LIST, chosen(picture, post="yes"))
    assert Picture.objects.exists()
    eddie.autosaves.all().delete()
    client.post(LIST, chosen(picture, post="yes"))
    assert not Picture.objects.exists()
