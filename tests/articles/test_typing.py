"""What is typed and not saved: kept, offered to its writer alone, put back, dropped; and who has
the form open."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article, Autosave, Presence, User
from articles.services import typing
from articles.services.publishing import delete_article, revise
from articles.services.trash import trash
from articles.services.typing import (
    LARGEST,
    be_present,
    drop_typing,
    keep_typing,
    leave,
    offers,
    others,
    prune_typing,
    unsaved_of,
)
from config.periodic_jobs import JOBS
from tests.articles.desk import CHANGELIST, change_url, form_of

TITLE = "只打了一半的题目"


def key():
    return str(uuid4())


def typed(article, **fields):
    """What the form's script sends of a form, as it would."""
    left_out = ("based_on", "related_choices-TOTAL_FORMS", "related_choices-INITIAL_FORMS")
    data = {name: str(value) for name, value in form_of(article).items() if name not in left_out}
    return data | fields


def url_of(article=None):
    return f"{CHANGELIST}{article.pk}/typing/" if article else f"{CHANGELIST}typing/"


def send(client, user, article=None, form_key=None, **message):
    message = {
        "user": str(user.pk), "form_key": form_key or key(),
        "version": str(article.version) if article else "0", **message,
    }  # fmt: skip
    return client.post(url_of(article), json.dumps(message), content_type="application/json")


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


# --- The services -----------------------------------------------------------------------------
def test_a_form_has_one_row_and_touches_neither_article_nor_history(eddie, article):
    before, revisions = Article.objects.values().get(pk=article.pk), article.history.count()
    form_key = key()
    first = keep_typing(eddie, form_key, article, article.version, {"title": "一"})
    again = keep_typing(eddie, form_key, article, article.version, {"title": "二\x00"})
    other_tab = keep_typing(eddie, key(), article, article.version, {"title": "三"})
    assert again.pk == first.pk
    assert [row.fields["title"] for row in offers(eddie, article)] == ["三", "二"]
    assert other_tab.version == article.version
    assert Article.objects.values().get(pk=article.pk) == before
    assert article.history.count() == revisions


def test_what_a_form_took_over_goes_when_it_is_kept_anew(eddie, chloe, article):
    old = keep_typing(eddie, key(), article, 1, {"title": "一"})
    hers = keep_typing(chloe, key(), article, 1, {"title": "她的"})
    keep_typing(eddie, key(), article, 1, {"title": "二"}, takes_over=old.pk)
    keep_typing(eddie, key(), article, 1, {"title": "三"}, takes_over=hers.pk)
    assert not Autosave.objects.filter(pk=old.pk).exists()
    assert Autosave.objects.filter(pk=hers.pk).exists()


def test_each_sees_and_drops_only_their_own(eddie, chloe, article):
    row = keep_typing(eddie, key(), article, 1, {"title": TITLE})
    assert not offers(chloe, article).exists()
    assert unsaved_of(chloe) == []
    assert drop_typing(chloe, form_key=row.form_key, number=row.pk) == 0
    assert drop_typing(eddie, form_key=row.form_key) == 1


def test_dropping_nothing_in_particular_drops_nothing(eddie, article):
    keep_typing(eddie, key(), article, 1, {"title": TITLE})
    assert drop_typing(eddie) == 0


def test_who_may_not_write_keeps_nothing(sam, mona, article):
    for user in (sam, mona):
        with pytest.raises(PermissionDenied):
            keep_typing(user, key(), article, 1, {"title": TITLE})
        with pytest.raises(PermissionDenied):
            keep_typing(user, key(), None, 0, {"title": TITLE})
        with pytest.raises(PermissionDenied):
            be_present(user, article, key(), is_dirty=False)
    assert not Autosave.objects.exists()


@pytest.mark.parametrize(
    ("form_key", "fields"),
    [
        ("kurz", {}),
        ("k" * 37, {}),
        ("k" * 8 + ";", {}),
        ("k" * 8, {"body": "字" * (LARGEST // 3 + 1)}),
        ("k" * 8, {f"f{n}": "" for n in range(201)}),
    ],
)
def test_what_has_no_key_or_is_too_large_is_refused(eddie, article, form_key, fields):
    with pytest.raises(ValidationError):
        keep_typing(eddie, form_key, article, 1, fields)
    assert not Autosave.objects.exists()


def test_unsaved_of_names_title_article_and_moment(
    eddie, chloe, article, draft, django_assert_num_queries
):
    keep_typing(eddie, key(), article, 1, {"title": TITLE})
    keep_typing(eddie, key(), None, 0, {"title": " "})
    eddie = User.objects.get(pk=eddie.pk)
    eddie.has_perm("articles.change_article")
    with django_assert_num_queries(1):
        new, known = unsaved_of(eddie)
    assert (known.title, known.article) == (TITLE, article)
    assert (new.title, new.article) == ("（还没有标题）", None)
    assert timezone.now() - known.when < timedelta(minutes=1)


def test_what_was_typed_outlives_its_article(eddie, chloe, draft):
    row = keep_typing(eddie, key(), draft, draft.version, {"title": TITLE})
    trash(draft, eddie)
    assert list(offers(eddie, None)) == [row]
    assert unsaved_of(eddie)[0].article is None
    delete_article(draft, None)
    assert list(offers(eddie, None)) == [row]


def test_prune(eddie, chloe, article):
    now = timezone.now()
    rows = [keep_typing(eddie, key(), article, 1, {"title": str(n)}) for n in range(23)]
    for age, row in enumerate(rows):
        Autosave.objects.filter(pk=row.pk).update(updated_at=now - timedelta(days=age))
    hers = keep_typing(chloe, key(), article, 1, {"title": "她的"})
    old = keep_typing(chloe, key(), article, 1, {"title": "旧的"})
    Autosave.objects.filter(pk=old.pk).update(updated_at=now - timedelta(days=31))
    be_present(eddie, article, key(), is_dirty=True)
    be_present(chloe, article, key(), is_dirty=True)
    Presence.objects.filter(user=chloe).update(seen_at=now - timedelta(hours=1))
    assert prune_typing() == 4
    assert {row.fields["title"] for row in offers(eddie, article)} == {str(n) for n in range(20)}
    assert list(offers(chloe, article)) == [hers]
    assert [row.user for row in Presence.objects.all()] == [eddie]
    assert prune_typing() == 0


def test_the_periodic_command_prunes():
    assert typing.prune_typing in {job.run for job in JOBS}


# --- Presence ---------------------------------------------------------------------------------
def test_who_has_it_open(eddie, chloe, sam, article):
    mine, hers = key(), key()
    assert be_present(eddie, article, mine, is_dirty=False) == []
    (he,) = be_present(chloe, article, hers, is_dirty=True)
    assert (he.name, he.is_dirty, he.is_oneself) == ("Eddie", False, False)
    (she,) = be_present(eddie, article, mine, is_dirty=False)
    assert (she.name, she.is_dirty) == ("Chloe", True)
    assert others(sam, article) == []
    leave(eddie, hers)
    assert len(others(eddie, article, mine)) == 1
    leave(chloe, hers)
    assert others(eddie, article, mine) == []


def test_who_was_not_heard_of_for_a_minute_is_away(eddie, chloe, article, time_machine):
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    be_present(chloe, article, key(), is_dirty=False)
    time_machine.move_to(start + timedelta(seconds=59), tick=False)
    assert [other.seconds for other in others(eddie, article)] == [59]
    time_machine.move_to(start + timedelta(seconds=60), tick=False)
    assert others(eddie, article) == []


def test_two_tabs_of_one_person_are_said_once_and_as_such(eddie, article):
    for _tab in range(2):
        be_present(eddie, article, key(), is_dirty=False)
    (other,) = others(eddie, article, key())
    assert other.is_oneself


# --- The endpoint -----------------------------------------------------------------------------
def test_the_ladder(client, sam, mona, eddie, article):
    fields = {"fields": {"title": TITLE}}
    assert send(client, sam, article, **fields).json()["error"] == "signed_out"
    for user, status, error in (
        (sam, 401, "signed_out"),
        (mona, 403, "forbidden"),
        (eddie, 200, None),
    ):
        client.force_login(user)
        for where in (article, None):
            answer = send(client, user, where, **fields)
            assert answer.headers["Content-Type"] == "application/json"
            assert (answer.status_code, answer.json().get("error")) == (status, error)
    assert {row.user for row in Autosave.objects.all()} == {eddie}
    assert client.get(url_of(article)).status_code == 405


def test_a_token_is_asked_for(eddie, article):
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(eddie)
    assert send(careful, eddie, article, fields={"title": TITLE}).status_code == 403
    page = careful.get(change_url(article))
    token = page.cookies["csrftoken"].value
    message = {"user": str(eddie.pk), "form_key": key(), "fields": {"title": TITLE}}
    answer = careful.post(
        url_of(article), json.dumps(message), content_type="application/json",
        headers={"X-CSRFToken": token},
    )  # fmt: skip
    assert answer.status_code == 200


def test_what_is_typed_arrives_with_its_version_and_known_fields_only(desk, eddie, article):
    form_key = key()
    fields = {"title": TITLE, "published_at_0": "2026-11-22", "is_staff": "on", "body": 3}
    answer = send(desk, eddie, article, form_key, fields=fields, dirty=True).json()
    assert answer["others"] == []
    row = Autosave.objects.get()
    assert row.fields == {"title": TITLE, "published_at_0": "2026-11-22"}
    assert (row.article, row.version, row.form_key) == (article, article.version, form_key)
    assert answer["at"] == f"{timezone.localtime(row.updated_at):%H:%M:%S}"
    assert Presence.objects.get().is_dirty
    send(desk, eddie, article, form_key, drop=True)
    assert not Autosave.objects.exists()
    send(desk, eddie, article, form_key, gone=True)
    assert not Presence.objects.exists()


def test_colleagues_are_told_in_words(desk, eddie, chloe, article):
    be_present(chloe, article, key(), is_dirty=True)
    revise(article, chloe, {"title": "她存了"})
    answer = send(desk, eddie, article).json()
    assert answer["others"] == ["Chloe正在修改这篇文章（0秒前）。"]
    assert answer["stale"] is True


def test_who_signed_in_meanwhile_is_not_given_anothers_text(desk, eddie, chloe, article):
    answer = send(desk, chloe, article, fields={"title": TITLE})
    assert (answer.status_code, answer.json()["error"]) == (403, "somebody_else")
    assert not Autosave.objects.exists()


@pytest.mark.parametrize("body", ["", "[]", "{", '"x"', '{"version": "-1"}', '{"version": "x"}'])
def test_what_our_script_does_not_send_is_refused(desk, article, body):
    answer = desk.post(url_of(article), body, content_type="application/json")
    assert (answer.status_code, answer.json()["error"]) == (400, "malformed")


def test_too_large_says_so(desk, eddie, article, monkeypatch):
    answer = send(desk, eddie, article, fields={"body": "x" * (LARGEST + 1)})
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    monkeypatch.setattr("articles.admin.article_typing._LARGEST_REQUEST", 100)
    answer = send(desk, eddie, article, fields={"body": "x" * 100})
    assert (answer.status_code, answer.json()["error"]) == (413, "too_large")
    assert not Autosave.objects.exists()


def test_what_a_device_kept_is_offered_unless_it_was_saved_after_all(desk, eddie, article):
    answer = send(desk, eddie, article, fields=typed(article), from_device=True).json()
    assert answer["offer"] == ""
    assert not Autosave.objects.exists()
    fields = typed(article, title=TITLE)
    answer = send(desk, eddie, article, fields=fields, from_device=True).json()
    assert TITLE in answer["offer"]
    assert f"?typing={Autosave.objects.get().pk}" in answer["offer"]
    assert not Presence.objects.exists()


# --- The form ---------------------------------------------------------------------------------
def test_the_form_offers_what_was_typed_and_puts_it_back(desk, eddie, article):
    fields = typed(article, title=TITLE, body=f"{article.body}<p>新写的十个字在这里。</p>")
    row = keep_typing(eddie, key(), article, article.version, fields)
    page = desk.get(change_url(article)).text
    assert "标题、正文" in page
    assert "（+10字）" in page
    form = desk.get(f"{change_url(article)}?typing={row.pk}")
    shown = form.context["adminform"].form
    assert shown["title"].value() == TITLE
    assert "新写的十个字" in shown["body"].value()
    assert f'name="took_over" value="{row.pk}"' in form.text
    assert f"?typing={row.pk}" not in form.text.split("<form", 2)[2]


def test_what_is_put_back_keeps_the_version_it_was_typed_on(desk, eddie, chloe, article):
    opened_with = article.version
    row = keep_typing(eddie, key(), article, opened_with, typed(article, title=TITLE))
    revise(article, chloe, {"excerpt": "她写的摘要"})
    form = desk.get(f"{change_url(article)}?typing={row.pk}").context["adminform"].form
    assert form["based_on"].value() == str(opened_with)


def test_a_new_article_is_offered_what_was_typed_for_one(desk, eddie, carol):
    fields = {"title": TITLE, "contributor": str(carol.pk), "featured": "on"}
    row = keep_typing(eddie, key(), None, 0, fields)
    assert TITLE in desk.get(f"{CHANGELIST}add/").text
    form = desk.get(f"{CHANGELIST}add/?typing={row.pk}").context["adminform"].form
    assert form["title"].value() == TITLE
    assert form["featured"].value() is True
    assert form["contributor"].value() == str(carol.pk)


def test_what_says_the_same_as_the_article_is_not_offered(desk, eddie, article):
    keep_typing(eddie, key(), article, 1, typed(article, body=f"{article.body}\n\n"))
    assert not desk.get(change_url(article)).context["typing"]["offers"]


def test_another_person_is_offered_nothing_by_any_way(client, eddie, chloe, article):
    row = keep_typing(eddie, key(), article, article.version, typed(article, title=TITLE))
    client.force_login(chloe)
    assert TITLE not in client.get(change_url(article)).text
    assert TITLE not in client.get(f"{change_url(article)}?typing={row.pk}", follow=True).text
    assert client.get(f"{CHANGELIST}typed/{row.pk}/").status_code == 404
    assert client.post(f"{CHANGELIST}typed/{row.pk}/drop/").status_code == 404
    assert Autosave.objects.filter(pk=row.pk).exists()


def test_what_was_typed_is_compared_and_dropped(desk, eddie, article):
    fields = typed(article, title=TITLE, source_name="一本书")
    row = keep_typing(eddie, key(), article, article.version, fields)
    page = desk.get(f"{CHANGELIST}typed/{row.pk}/").text
    assert "<ins>一本书</ins>" in page
    assert "只打了一半" in page
    answer = desk.post(f"{CHANGELIST}typed/{row.pk}/drop/", follow=True)
    assert "丢弃" in answer.text
    assert not Autosave.objects.exists()


def test_who_may_not_write_has_no_such_pages(client, mona, eddie, article):
    row = keep_typing(eddie, key(), article, 1, {"title": TITLE})
    client.force_login(mona)
    assert client.get(f"{CHANGELIST}typed/{row.pk}/").status_code == 403
    page = client.get(change_url(article)).text
    assert "data-typing" not in page
    client.logout()
    assert client.get(f"{CHANGELIST}typed/{row.pk}/").status_code == 302


def test_saving_drops_what_was_kept_of_this_form_and_of_the_one_it_took_over(
    desk, eddie, chloe, article
):
    form_key = key()
    keep_typing(eddie, form_key, article, 1, {"title": TITLE})
    took = keep_typing(eddie, key(), article, 1, {"title": "更早的"})
    stays = keep_typing(eddie, key(), article, 1, {"title": "另一个标签页"})
    be_present(eddie, article, form_key, is_dirty=True)
    data = form_of(article) | {"title": TITLE, "form_key": form_key, "took_over": took.pk}
    answer = desk.post(change_url(article), data)
    assert answer.status_code == 302
    assert answer.cookies[f"typing_saved_{form_key}"]["path"] == "/admin/"
    assert list(Autosave.objects.all()) == [stays]
    assert not Presence.objects.exists()


def test_a_form_that_is_refused_keeps_what_was_typed(desk, eddie, article):
    form_key = key()
    keep_typing(eddie, form_key, article, 1, {"title": TITLE})
    data = form_of(article) | {"title": "", "form_key": form_key}
    answer = desk.post(change_url(article), data)
    assert answer.status_code == 200
    assert f'value="{form_key}"' in answer.text
    assert Autosave.objects.filter(form_key=form_key).exists()


def test_a_key_cannot_write_another_cookie(desk, article):
    data = form_of(article) | {"form_key": "x; sessionid=1", "title": TITLE}
    answer = desk.post(change_url(article), data)
    assert answer.status_code == 302
    assert not [name for name in answer.cookies if name.startswith("typing_saved_")]


def test_a_form_of_an_article_that_was_deleted_is_kept_as_a_new_one(desk, chloe, draft):
    data = form_of(draft) | {"title": TITLE, "form_key": key()}
    url = change_url(draft)
    delete_article(draft, chloe)
    answer = desk.post(url, data, follow=True)
    assert answer.redirect_chain[-1][0].startswith(f"{CHANGELIST}add/?typing=")
    assert answer.context["adminform"].form["title"].value() == TITLE


def test_what_is_no_longer_kept_is_said_to_be_gone(desk, article):
    answer = desk.get(f"{change_url(article)}?typing=99")
    assert "不再保留" in answer.text
    assert answer.context["adminform"].form["title"].value() == article.title
    for odd in ("x", "1" * 30, "-1"):
        assert desk.get(f"{change_url(article)}?typing={odd}").status_code == 200


def test_the_first_page_says_who_else_is_there(desk, chloe, article):
    be_present(chloe, article, key(), is_dirty=False)
    assert "Chloe也打开了这篇文章" in desk.get(change_url(article)).text


def test_the_form_asks_twice_for_all_of_this(desk, eddie, chloe, article):
    keep_typing(eddie, key(), article, article.version, typed(article, title=TITLE))
    be_present(chloe, article, key(), is_dirty=False)
    with CaptureQueriesContext(connection) as queries:
        desk.get(change_url(article))
    of_this = ('SELECT "articles_autosave"', 'SELECT "articles_presence"')
    assert len([q for q in queries if q["sql"].startswith(of_this)]) == 2


def test_who_may_only_add_is_offered_what_they_typed(client, article):
    helper = User.objects.create_user("h@example.com", "x", is_staff=True)
    helper.user_permissions.add(Permission.objects.get(codename="add_article"))
    client.force_login(helper)
    answer = send(client, helper, fields={"title": TITLE})
    assert answer.status_code == 200
    assert TITLE in client.get(f"{CHANGELIST}add/").text
    assert send(client, helper, article, fields={"title": TITLE}).status_code == 403
