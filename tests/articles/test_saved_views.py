import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied, ValidationError

from articles.admin.saved_views import known_query
from articles.models import SavedView
from articles.services import saved_views
from articles.services.saved_views import delete_view, rename_view, save_view, views_for
from tests.articles.desk import CHANGELIST

pytestmark = pytest.mark.django_db
MODEL = "articles.article"
SAVE = f"{CHANGELIST}views/"


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def tabs(client, **query):
    return {tab.name: tab for tab in client.get(CHANGELIST, query).context["view_tabs"]}


# --- The services -----------------------------------------------------------------------------
def test_own_views_and_those_for_everybody(eddie, chloe):
    save_view(eddie, MODEL, "  我的  草稿 ", "assignee=me")
    save_view(chloe, MODEL, "大家的", "tag=x", is_shared=True)
    save_view(chloe, MODEL, "她的", "tag=y")
    assert {view.name for view in views_for(eddie, MODEL)} == {"我的 草稿", "大家的"}
    assert views_for(eddie, "articles.picture") == []


def test_who_may_not_see_the_list_keeps_no_view(sam):
    with pytest.raises(PermissionDenied):
        save_view(sam, MODEL, "名", "")


@pytest.mark.parametrize("name", ["", "   ", "长" * 41])
def test_a_name_is_needed_and_short(eddie, name):
    with pytest.raises(ValidationError):
        save_view(eddie, MODEL, name, "tag=x")
    assert not SavedView.objects.exists()


def test_a_name_is_one_views_only(eddie, chloe):
    view = save_view(eddie, MODEL, "甲", "tag=x")
    save_view(chloe, MODEL, "甲", "tag=x")
    with pytest.raises(ValidationError, match="同名"):
        save_view(eddie, MODEL, "甲", "tag=y")
    other = save_view(eddie, MODEL, "乙", "tag=y")
    with pytest.raises(ValidationError, match="同名"):
        rename_view(other, eddie, "甲")
    assert rename_view(view, eddie, "甲").name == "甲"
    assert rename_view(view, eddie, "丙").name == "丙"


def test_there_is_an_end_to_them(eddie, monkeypatch):
    monkeypatch.setattr(saved_views, "AT_MOST", 1)
    save_view(eddie, MODEL, "甲", "")
    with pytest.raises(ValidationError, match="1个视图"):
        save_view(eddie, MODEL, "乙", "")


def test_whose_it_is_not_renames_nothing_and_a_chief_deletes_what_is_shared(eddie, chloe, mona):
    shared = save_view(eddie, MODEL, "大家的", "", is_shared=True)
    own = save_view(eddie, MODEL, "自己的", "")
    with pytest.raises(PermissionDenied):
        rename_view(shared, chloe, "改名")
    with pytest.raises(PermissionDenied):
        delete_view(shared, mona)
    with pytest.raises(PermissionDenied):
        delete_view(own, chloe)
    delete_view(shared, chloe)
    delete_view(own, eddie)
    assert not SavedView.objects.exists()


# --- On the list ------------------------------------------------------------------------------
def test_the_views_that_everybody_has_lead_somewhere(desk, draft):
    found = tabs(desk)
    assert list(found) == ["全部", "草稿", "今天发布", "我负责的", "逾期"]
    assert found["全部"].is_present
    for tab in found.values():
        assert desk.get(CHANGELIST + tab.address).status_code == 200
    assert tabs(desk, status__exact="draft")["草稿"].is_present


def test_only_what_a_view_may_ask_for_is_kept():
    query = "q=甲&tag=&p=3&before=9&_popup=1&status__exact=draft&o=-8&password=x&since=2026-01-01"
    assert known_query(query) == "o=-8&q=%E7%94%B2&since=2026-01-01&status__exact=draft"
    assert known_query("") == ""


def test_save_rename_and_delete_on_the_list(desk, draft):
    page = desk.get(CHANGELIST, {"status__exact": "draft", "assignee": "nobody", "p": "1"})
    assert page.context["may_save_view"]
    sent = desk.post(SAVE, {"name": "没人管的", "query": page.context["present_query"] + "&evil=1"})
    assert sent["Location"] == f"{CHANGELIST}?assignee=nobody&status__exact=draft"
    assert "已保存" in said(sent)
    view = SavedView.objects.get()
    assert (view.query, view.is_shared) == ("assignee=nobody&status__exact=draft", False)
    again = desk.get(sent["Location"])
    tab = next(tab for tab in again.context["view_tabs"] if tab.view)
    assert tab.is_present
    assert not again.context["may_save_view"]
    assert "没人管的" in again.text
    desk.post(f"{SAVE}{view.pk}/", {"name": "无人"})
    assert list(tabs(desk))[-1] == "无人"
    refused = desk.post(f"{SAVE}{view.pk}/", {"name": ""})
    assert said(refused)
    desk.post(f"{SAVE}{view.pk}/", {"delete": "1", "name": "无人"})
    assert not SavedView.objects.exists()


def test_a_name_that_is_taken_is_said(desk, eddie):
    save_view(eddie, MODEL, "甲", "tag=x")
    assert "同名" in said(desk.post(SAVE, {"name": "甲", "query": "tag=y"}))
    assert SavedView.objects.get().query == "tag=x"


def test_filters_past_all_length_are_not_kept(desk):
    long = "q=" + "%E7%94%B2" * 200
    assert "过长" in said(desk.post(SAVE, {"name": "甲", "query": long}))
    assert not SavedView.objects.exists()


def test_the_ladder(client, eddie, chloe, mona, sam):
    view = save_view(eddie, MODEL, "大家的", "tag=x", is_shared=True)
    url = f"{SAVE}{view.pk}/"
    assert client.post(url, {"delete": "1"}).status_code == 302
    client.force_login(sam)
    assert client.post(SAVE, {"name": "甲", "query": ""}).status_code == 302
    client.force_login(mona)
    assert client.get(url).status_code == 405
    assert client.post(url, {"delete": "1"}).status_code == 403
    assert not tabs(client)["大家的"].may_delete
    client.force_login(chloe)
    assert client.post(url, {"name": "改名"}).status_code == 403
    assert tabs(client)["大家的"].may_delete
    assert SavedView.objects.filter(user=eddie).exists()
    client.post(url, {"delete": "1"})
    assert not SavedView.objects.exists()
