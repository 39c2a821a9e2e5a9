"""The checklist in the form of an article."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Overruling, Status
from articles.services.pictures import add_picture
from articles.services.publishing import create_article, publish, revise
from tests.articles.desk import CHANGELIST, change_url, form_of, png

pytestmark = pytest.mark.django_db
ADD = f"{CHANGELIST}add/"
LONG = "先测量，再动手。" * 20


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


@pytest.fixture
def sound(draft, eddie):
    """A draft of which nothing is to be said."""
    body = f"<p>{LONG}</p><h2>一、换个位置</h2><p>{LONG}</p>"
    cover = add_picture(eddie, png(), alt="一只碗")
    return revise(draft, None, {"body": body, "cover": cover, "ai_label": "none"})


def said(response):
    return "".join(str(m) for m in response.wsgi_request._messages)


def unreasoned(article, **more):
    return form_of(article) | {"reason": ""} | more


def codes(response):
    return {line.finding.code for line in response.context["checked"].lines}


def test_the_form_shows_what_is_to_be_said_of_the_saved_article(desk, draft):
    response = desk.get(change_url(draft))
    assert codes(response) == {"short_text", "no_cover", "no_ai_label"}
    assert 'data-field="id_cover_upload"' in response.text
    assert "data-overrule hidden" in response.text


def test_a_sound_article_is_published_without_a_question(desk, sound):
    assert codes(desk.get(change_url(sound))) == set()
    response = desk.post(change_url(sound), unreasoned(sound, _publish="1"))
    assert response.status_code == 302
    sound.refresh_from_db()
    assert sound.status == Status.PUBLISHED
    assert not Overruling.objects.exists()


def test_with_warnings_the_form_comes_back_with_all_that_was_typed(desk, draft):
    data = unreasoned(draft, title="改过的题目，", body="<p>还没存</p>", _publish="1")
    response = desk.post(change_url(draft), data)
    assert response.status_code == 200
    assert "改过的题目，" in response.text
    assert "还没存" in response.text
    assert "title_ending" in codes(response)
    assert "data-overrule hidden" not in response.text
    assert "Eddie" in response.text
    assert response.context["adminform"].form.errors["reason"]
    draft.refresh_from_db()
    assert (draft.status, draft.title) == (Status.DRAFT, "老房子的无线死角怎么治")


def test_a_reason_lets_it_out_and_is_kept_with_the_warnings(desk, draft, eddie):
    response = desk.post(
        change_url(draft), form_of(draft) | {"reason": "  作者等着  ", "_publish": "1"}
    )
    assert response.status_code == 302
    draft.refresh_from_db()
    assert draft.status == Status.PUBLISHED
    kept = draft.overrulings.get()
    assert (kept.by, kept.name, kept.reason) == (eddie, "Eddie", "作者等着")
    assert [said["code"] for said in kept.warnings] == ["short_text", "no_cover", "no_ai_label"]
    page = desk.get(change_url(draft)).text
    assert "作者等着" in page
    assert kept.warnings[0]["message"] in page


def test_a_blank_reason_is_none(desk, draft):
    response = desk.post(change_url(draft), unreasoned(draft, reason="  　", _publish="1"))
    assert response.status_code == 200
    assert not Overruling.objects.exists()
    assert not Article.objects.visible().exists()


def test_the_same_for_a_date_to_come(desk, draft):
    at = timezone.localtime() + timedelta(days=1)
    date = {"published_at_0": f"{at:%Y-%m-%d}", "published_at_1": f"{at:%H:%M:%S}"}
    data = unreasoned(draft, _schedule="1", **date)
    assert desk.post(change_url(draft), data).status_code == 200
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT
    assert desk.post(change_url(draft), data | {"reason": "约好了"}).status_code == 302
    draft.refresh_from_db()
    assert draft.status == Status.SCHEDULED
    assert draft.overrulings.get().reason == "约好了"


def test_a_new_article_is_not_kept_when_it_is_refused(desk, carol):
    data = {"title": "一篇", "body": "<p>正文</p>", "contributor": carol.pk,
            "origin": "contributed", "_publish": "1"}  # fmt: skip
    response = desk.post(ADD, data)
    assert response.status_code == 200
    assert "no_category" in codes(response)
    assert not Article.objects.exists()


def test_no_reason_helps_where_something_is_missing(desk, draft):
    data = form_of(draft) | {"origin": "reprinted", "reason": "急", "_publish": "1"}
    response = desk.post(change_url(draft), data)
    assert response.status_code == 200
    assert response.context["adminform"].form.errors["source_url"]
    assert response.context["checked"].musts == 1
    assert not Overruling.objects.exists()
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT


def test_saving_is_never_hindered(desk, draft):
    response = desk.post(change_url(draft), unreasoned(draft, title="只是存", _save="1"))
    assert response.status_code == 302
    draft.refresh_from_db()
    assert draft.title == "只是存"


def test_changes_of_a_public_article_are_kept_with_a_word(desk, article):
    response = desk.post(change_url(article), unreasoned(article, title="改了，", _save="1"))
    assert response.status_code == 302
    article.refresh_from_db()
    assert article.title == "改了，"
    assert "改了，" in said(response)
    warned = [m for m in response.wsgi_request._messages if m.level_tag == "warning"]
    assert len(warned) == 1
    assert not Overruling.objects.exists()


def test_a_link_to_what_came_later_is_no_dead_one(desk, sound, carol):
    early = timezone.now() - timedelta(days=9)
    sound = publish(revise(sound, None, {"published_at": early}), None)
    later = publish(create_article(None, title="后来", body="<p>文</p>", contributor=carol), None)
    body = sound.body + f'<p><a href="/p/{later.pk}.html">见</a></p>'
    response = desk.post(change_url(sound), unreasoned(sound, body=body, _save="1"))
    assert response.status_code == 302
    assert not [m for m in response.wsgi_request._messages if m.level_tag == "warning"]
    assert codes(desk.get(change_url(sound))) == set()


def test_a_cover_that_came_with_a_refused_form_is_asked_for_again(desk, draft):
    data = unreasoned(draft, cover_upload=png(), cover_alt="一只碗", _publish="1")
    response = desk.post(change_url(draft), data)
    assert "请重新选一次新封面" in response.text
    assert "no_cover" not in codes(response)
    assert "请重新选一次新封面" not in desk.get(change_url(draft)).text


def test_nothing_is_said_of_a_draft_that_is_saved(desk, draft):
    response = desk.post(change_url(draft), unreasoned(draft, title="改了，", _save="1"))
    assert not [m for m in response.wsgi_request._messages if m.level_tag == "warning"]


# --- The check of what is typed ----------------------------------------------------------------
def check_url(article):
    return f"{CHANGELIST}{article.pk}/check/"


def test_the_ladder(client, draft, sam, mona, eddie):
    assert client.post(check_url(draft), unreasoned(draft)).status_code == 302
    client.force_login(sam)
    assert client.post(check_url(draft), unreasoned(draft)).status_code == 302
    client.force_login(mona)
    assert client.post(check_url(draft), unreasoned(draft)).status_code == 403
    client.force_login(eddie)
    assert client.get(check_url(draft)).status_code == 405
    assert client.post(check_url(draft), unreasoned(draft)).status_code == 200


def test_who_may_not_write_is_shown_no_checklist(client, draft, mona):
    client.force_login(mona)
    page = client.get(change_url(draft))
    assert page.status_code == 200
    assert 'id="checklist"' not in page.text


def test_what_is_typed_is_checked_and_not_kept(desk, sound):
    before = Article.objects.filter(pk=sound.pk).values().get()
    data = unreasoned(sound, title="没存的题目，", tag_line="", category="")
    response = desk.post(check_url(sound), data)
    assert codes(response) == {"title_ending", "no_tags", "no_category"}
    assert 'data-warnings="3" data-musts="0"' in response.text
    assert "no-store" in response["Cache-Control"]
    assert Article.objects.filter(pk=sound.pk).values().get() == before


def test_a_new_article_before_its_first_save(desk):
    response = desk.post(f"{CHANGELIST}check/", {"title": "", "body": ""})
    assert "no_text" in codes(response)
    assert 'data-musts="1"' in response.text


def test_a_cover_that_is_chosen_is_one(desk, draft):
    assert "no_cover" in codes(desk.post(check_url(draft), unreasoned(draft)))
    chosen = unreasoned(draft, cover_chosen="1")
    assert "no_cover" not in codes(desk.post(check_url(draft), chosen))
    sent = unreasoned(draft, cover_upload=png(), cover_alt="一只碗")
    assert "no_cover" not in codes(desk.post(check_url(draft), sent))


def test_it_leads_to_the_article_with_the_same_title(desk, draft, article):
    other = Article.objects.create(
        title="另一篇", contributor_id=draft.contributor_id, folded_title="另一篇"
    )
    response = desk.post(check_url(draft), unreasoned(draft, title="另一篇"))
    assert change_url(other) in response.text


def test_queries(desk, sound, django_assert_max_num_queries):
    desk.get(change_url(sound))
    with django_assert_max_num_queries(26):
        desk.post(check_url(sound), unreasoned(sound))
