"""Merging on the desk: the way there, what is shown before, what is said and logged after."""

import pytest
from django.contrib.admin.models import LogEntry
from taggit.models import Tag

from articles.models import Category, Contributor
from articles.services.taxonomy import save_category, save_contributor

pytestmark = pytest.mark.django_db
CATEGORY = "/admin/articles/category/"


@pytest.fixture
def life(db):
    return save_category(Category(name="生活", slug="life"), None)


@pytest.fixture
def chief(client, chloe):
    client.force_login(chloe)
    return client


def merge_url(row):
    opts = row._meta
    return f"/admin/{opts.app_label}/{opts.model_name}/{row.pk}/merge/"


def test_the_target_is_chosen_and_the_plan_is_shown_before(chief, article, technology, life):
    assert merge_url(technology) in chief.get(f"{CATEGORY}{technology.pk}/change/").text
    page = chief.get(merge_url(technology))
    assert 'name="target"' in page.text
    page = chief.get(merge_url(technology), {"target": life.pk})
    assert [n for _label, n in page.context["plan"].moves] == [1]
    assert "/category/tech/" in page.text
    assert "/category/life/" in page.text
    assert Category.objects.count() == 2


def test_it_is_done_logged_and_said(chief, chloe, article, technology, life):
    number = technology.pk
    answer = chief.post(
        merge_url(technology), {"target": life.pk, "note": "两个栏目写的是一回事"}, follow=True
    )
    assert answer.redirect_chain[-1][0] == f"{CATEGORY}{life.pk}/change/"
    assert "/category/tech/" in answer.text
    article.refresh_from_db()
    assert article.category == life
    entries = LogEntry.objects.filter(user=chloe)
    assert "两个栏目写的是一回事" in entries.get(object_id=str(life.pk)).change_message
    assert entries.get(object_id=str(number)).is_deletion()


def test_what_is_refused_changes_nothing(chief, technology):
    page = chief.get(merge_url(technology), {"target": technology.pk})
    assert page.context["plan"] is None
    assert page.context["form"].errors["target"]
    answer = chief.post(merge_url(technology), {"target": technology.pk}, follow=True)
    assert answer.redirect_chain[-1][0] == merge_url(technology)
    for typed in ("", "0", "999", "x"):
        assert chief.post(merge_url(technology), {"target": typed}).status_code == 404
    assert chief.get(merge_url(technology), {"target": "999"}).context["plan"] is None
    assert Category.objects.count() == 1
    assert not LogEntry.objects.exists()


def test_tags_that_look_alike_lead_there(chief, article):
    old = Tag.objects.create(name="ROUTER", slug="router")
    new = Tag.objects.create(name="router", slug="router-2")
    page = chief.get("/admin/taggit/tag/")
    assert f"{merge_url(new)}?target={old.pk}" in page.text
    chief.post(merge_url(new), {"target": old.pk})
    assert "target=" not in chief.get("/admin/taggit/tag/").text


def test_bylines_are_merged(chief, article, carol):
    other = save_contributor(Contributor(name="纸上行船", slug="boat"), None)
    assert [n for _l, n in chief.get(merge_url(carol), {"target": other.pk}).context["plan"].moves]
    chief.post(merge_url(carol), {"target": other.pk})
    article.refresh_from_db()
    other.refresh_from_db()
    assert (article.contributor, other.user.name) == (other, "Carol")


def test_the_choosers_offer_rows_of_the_kind(chief, technology, life, article):
    ask = "/admin/autocomplete/?app_label=articles&model_name="
    for where, term in (
        ("article&field_name=category", "生活"),
        ("article&field_name=contributor", "行舟"),
        ("articletag&field_name=tag", "路由"),
    ):
        assert len(chief.get(f"{ask}{where}&term={term}").json()["results"]) == 1, where


def test_only_the_chief_editor_may(client, eddie, mona, sam, technology, life, carol, draft):
    tag = Tag.objects.first()
    for by in (eddie, mona):
        client.force_login(by)
        for row in (technology, carol, tag):
            assert client.get(merge_url(row)).status_code == 403
            assert client.post(merge_url(row), {"target": life.pk}).status_code == 403
    client.force_login(eddie)
    assert merge_url(technology) not in client.get(f"{CATEGORY}{technology.pk}/change/").text
    client.force_login(sam)
    assert client.post(merge_url(technology), {"target": life.pk}).status_code in {302, 403}
    client.logout()
    assert client.post(merge_url(technology), {"target": life.pk}).status_code == 302
    assert Category.objects.count() == 2
