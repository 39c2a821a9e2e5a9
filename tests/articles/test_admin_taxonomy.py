import pytest

from articles.models import Category, Contributor, Page, Redirect, SiteSettings, Topic
from articles.services.publishing import create_article
from articles.services.site import get_site
from articles.services.taxonomy import arrange_topic, save_category, save_topic
from tests.articles.desk import png

pytestmark = pytest.mark.django_db
A = "/admin/articles/"


@pytest.fixture
def chief(client, chloe):
    client.force_login(chloe)
    return client


def inline(*rows, initial=0):
    data = {"entries-TOTAL_FORMS": len(rows), "entries-INITIAL_FORMS": initial,
            "entries-MIN_NUM_FORMS": 0, "entries-MAX_NUM_FORMS": 1000}  # fmt: skip
    for number, row in enumerate(rows):
        data |= {f"entries-{number}-{name}": value for name, value in row.items()}
    return data


# --- Categories -------------------------------------------------------------------------------
def test_a_category_without_address_gets_one_and_every_page_knows_it(chief):
    assert chief.post(A + "category/add/", {"name": "生活", "position": 0}).status_code == 302
    assert Category.objects.get().slug == "生活"
    assert [node.name for node in get_site().categories] == ["生活"]


def test_the_tree_stands_in_its_order(chief, technology):
    save_category(Category(name="生活", slug="life"), None)
    save_category(Category(name="网络", slug="net", parent=technology), None)
    page = chief.get(A + "category/")
    assert [row.name for row in page.context["cl"].result_list] == ["技术", "网络", "生活"]
    form = chief.get(A + "category/add/").text
    assert "　网络" in form


def test_a_category_cannot_bite_its_tail(chief, technology):
    below = save_category(Category(name="网络", slug="net", parent=technology), None)
    data = {"name": "技术", "slug": "tech", "position": 0, "parent": below.pk}
    response = chief.post(f"{A}category/{technology.pk}/change/", data)
    assert "parent" in response.context["adminform"].form.errors


def test_a_category_in_use_is_not_deleted(chief, article, technology):
    chief.post(f"{A}category/{technology.pk}/delete/", {"post": "yes"})
    assert Category.objects.exists()


def test_editors_only_look_at_categories(client, eddie, technology):
    client.force_login(eddie)
    assert client.get(f"{A}category/{technology.pk}/change/").status_code == 200
    assert client.get(A + "category/add/").status_code == 403
    assert client.post(f"{A}category/{technology.pk}/change/", {"name": "别的"}).status_code == 403


# --- Topics -----------------------------------------------------------------------------------
def test_a_topic_holds_articles_in_order(client, eddie, draft, carol):
    other = create_article(None, title="第二篇", contributor=carol)
    client.force_login(eddie)
    data = {"title": "居家网络", "position": 0, "upload": png(), "upload_alt": "路由器"}
    rows = inline({"article": draft.pk, "position": 2}, {"article": other.pk, "position": 1},
                  {"article": "", "position": 0})  # fmt: skip
    assert client.post(A + "topic/add/", data | rows).status_code == 302
    topic = Topic.objects.get()
    assert [entry.article for entry in topic.entries.all()] == [other, draft]
    assert topic.cover.alt == "路由器"


def test_an_entry_is_taken_out_and_one_without_position_stands_last(client, eddie, draft, carol):
    topic = save_topic(Topic(title="居家网络"), None)
    other = create_article(None, title="第二篇", contributor=carol)
    third = create_article(None, title="第三篇", contributor=carol)
    arrange_topic(topic, None, [draft, other])
    first, second = topic.entries.all()
    client.force_login(eddie)
    rows = inline(
        {"id": first.pk, "topic": topic.pk, "article": draft.pk, "position": 1, "DELETE": "on"},
        {"id": second.pk, "topic": topic.pk, "article": other.pk, "position": 2},
        {"topic": topic.pk, "article": third.pk, "position": 0},
        initial=2,
    )
    data = {"title": topic.title, "slug": topic.slug, "position": 0}
    assert client.post(f"{A}topic/{topic.pk}/change/", data | rows).status_code == 302
    assert [entry.article for entry in topic.entries.all()] == [other, third]


def test_the_same_article_twice_is_refused(client, eddie, draft):
    client.force_login(eddie)
    rows = inline({"article": draft.pk, "position": 1}, {"article": draft.pk, "position": 2})
    response = client.post(A + "topic/add/", {"title": "居家", "position": 0} | rows)
    assert response.status_code == 200
    assert not Topic.objects.exists()


# --- Pages, bylines, tags ---------------------------------------------------------------------
def test_a_page_is_cleaned_and_stands_in_the_footer(chief):
    data = {"title": "关于我们", "body": "<p onclick=x>你好</p>", "is_published": "on",
            "in_footer": "on", "position": 0}  # fmt: skip
    assert chief.post(A + "page/add/", data).status_code == 302
    assert Page.objects.get().body == "<p>你好</p>"
    assert get_site().footer_pages[0]["title"] == "关于我们"
    assert "'unsafe-inline'" in chief.get(A + "page/add/")["Content-Security-Policy"]


def test_a_byline_is_unique_after_folding(chief, carol):
    response = chief.post(A + "contributor/add/", {"name": "紙上行舟"})
    assert "name" in response.context["adminform"].form.errors
    assert Contributor.objects.count() == 1


def test_bylines_are_found_in_either_script(client, eddie, carol):
    client.force_login(eddie)
    query = {"app_label": "articles", "model_name": "article", "field_name": "contributor"}
    found = client.get("/admin/autocomplete/", query | {"term": "紙上"}).json()["results"]
    assert [row["text"] for row in found] == ["纸上行舟"]


def test_a_renamed_tag_is_shown_by_its_articles(chief, article):
    tag = article.tags.get(name="路由器")
    url = f"/admin/taggit/tag/{tag.pk}/"
    assert chief.post(url + "change/", {"name": "无线路由器", "slug": tag.slug}).status_code == 302
    article.refresh_from_db()
    assert article.tag_names == ["无线路由器", "家庭网络"]
    assert article.tag_links[0]["name"] == "无线路由器"
    chief.post(url + "delete/", {"post": "yes"})
    article.refresh_from_db()
    assert article.tag_names == ["家庭网络"]


# --- The site ---------------------------------------------------------------------------------
def test_settings_are_one_row_and_a_blank_shows_the_environments_value(chief, settings):
    page = chief.get(A + "sitesettings/", follow=True)
    assert page.redirect_chain[0][0] == A + "sitesettings/1/change/"
    assert f'placeholder="{settings.SITE_NAME}"' in page.text
    assert chief.post(page.request["PATH_INFO"], {"name": "新名字"}).status_code == 302
    assert get_site().name == "新名字"
    assert "新名字" in chief.get("/admin/").text
    chief.post(page.request["PATH_INFO"], {"name": ""})
    assert get_site().name == settings.SITE_NAME
    assert SiteSettings.objects.count() == 1


def test_settings_are_the_chief_editors(client, eddie):
    client.force_login(eddie)
    assert client.get(A + "sitesettings/1/change/").status_code in {302, 403}


def test_a_redirect(chief, article):
    data = {"old_path": "/?p=3", "article": article.pk, "target": ""}
    assert chief.post(A + "redirect/add/", data).status_code == 302
    response = chief.post(A + "redirect/add/", {"old_path": "/a", "target": "//evil.example"})
    assert response.status_code == 200
    assert Redirect.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"old_path": "a", "target": "/b"}, "old_path"),
        ({"old_path": "/a"}, "target"),
        ({"old_path": "/a", "target": "https://evil.example"}, "target"),
        ({"old_path": "/a", "target": "//evil.example"}, "target"),
        ({"old_path": "/a", "target": "/a"}, "target"),
    ],
)
def test_a_redirect_that_leads_nowhere_is_refused_on_its_field(chief, fields, wrong):
    response = chief.post(A + "redirect/add/", fields)
    errors = response.context["adminform"].form.errors
    assert list(errors) == [wrong]
    assert "redirect_" not in str(errors)


def test_items_per_page_are_bounded(chief):
    page = chief.get(A + "sitesettings/", follow=True)
    response = chief.post(page.request["PATH_INFO"], {"items_per_page": "3"})
    assert "sensible" not in str(response.context["adminform"].form.errors["items_per_page"])
