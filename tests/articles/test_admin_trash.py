"""The trash on the desk: the way in, the list, the ways out, and who may."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article, Scope, Status, Topic
from articles.services.restrictions import lift, restrict
from articles.services.taxonomy import arrange_topic, save_topic
from articles.services.trash import trash
from tests.articles.desk import CHANGELIST, change_url, form_of

pytestmark = pytest.mark.django_db
TRASH = f"{CHANGELIST}trash/"


def of(article, what):
    return f"{CHANGELIST}{article.pk}/{what}/"


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


def test_an_article_goes_there_after_a_word_about_what_happens(desk, article, eddie):
    topic = save_topic(Topic(title="修房子"), None)
    arrange_topic(topic, None, [article])
    assert of(article, "trash") in desk.get(change_url(article)).text
    page = desk.get(of(article, "trash"))
    assert page.context["is_public"]
    assert "修房子" in page.text
    article.refresh_from_db()
    assert article.trashed_at is None

    answer = desk.post(of(article, "trash"), {"note": "重复投稿"}, follow=True)
    article.refresh_from_db()
    assert (article.status, article.trashed_by) == (Status.UNPUBLISHED, eddie)
    assert article.history.first().history_change_reason == "重复投稿"
    assert answer.redirect_chain[-1][0] == CHANGELIST
    assert of(article, "trash") in answer.text  # The way back.
    assert list(answer.context["cl"].result_list) == []


def test_the_list_says_who_and_how_long_and_when_there_is_nothing(desk, draft, eddie):
    empty = desk.get(TRASH)
    assert empty.context["shown"] == []
    assert "desk-history" not in empty.text
    trash(draft, eddie)
    Article.objects.filter(pk=draft.pk).update(trashed_at=timezone.now() - timedelta(days=10))
    page = desk.get(TRASH)
    assert [(row.pk, days) for row, days in page.context["shown"]] == [(draft.pk, 20)]
    assert "Eddie" in page.text
    assert TRASH in desk.get(CHANGELIST).text


def test_restoring_brings_back_to_the_form(desk, article, draft, eddie):
    trash(article, eddie)
    answer = desk.post(of(article, "untrash"), follow=True)
    assert answer.redirect_chain[-1][0] == change_url(article)
    article.refresh_from_db()
    assert (article.status, article.trashed_at) == (Status.UNPUBLISHED, None)


def test_its_form_leads_to_the_trash(desk, draft, eddie):
    trash(draft, eddie)
    answer = desk.get(change_url(draft))
    assert (answer.status_code, answer["Location"]) == (302, of(draft, "trash"))
    assert desk.get(of(draft, "trash")).context["days"] == 30
    assert desk.get(of(draft, "history")).status_code == 200
    assert desk.get(of(draft, "preview")).status_code == 200


def test_what_was_typed_is_not_lost_when_somebody_moved_it_there(desk, draft, chloe):
    data = form_of(draft) | {"title": "新写的题目", "_save": "1"}
    trash(draft, chloe)
    answer = desk.post(change_url(draft), data)
    assert answer.status_code == 409
    assert "新写的题目" in answer.text
    draft.refresh_from_db()
    assert draft.title != "新写的题目"


def test_nothing_of_the_trash_is_offered_to_choose(desk, draft, eddie):
    ask = "/admin/autocomplete/?app_label=articles&model_name=topicarticle&field_name=article"
    assert len(desk.get(f"{ask}&term=无线").json()["results"]) == 1
    trash(draft, eddie)
    assert desk.get(f"{ask}&term=无线").json()["results"] == []
    assert desk.get(f"{ask}&term={draft.pk}").json()["results"] == []


def test_a_notice_is_not_taken_away(desk, article, eddie):
    restrict(article, None, Scope.WHOLE, reference="TS-2026-000001")
    assert 'name="note"' not in desk.get(of(article, "trash")).text
    answer = desk.post(of(article, "trash"), follow=True)
    assert answer.redirect_chain[-1][0] == change_url(article)
    article.refresh_from_db()
    assert (article.trashed_at, article.status) == (None, Status.PUBLISHED)


def test_django_s_own_deletion_leads_there(client, chloe, draft):
    client.force_login(chloe)
    for ask in (client.get, client.post):
        answer = ask(of(draft, "delete"), {"post": "yes"})
        assert (answer.status_code, answer["Location"]) == (302, of(draft, "trash"))
    assert Article.objects.get().trashed_at is None


def test_the_chief_editor_deletes_for_good_by_typing_the_number(client, chloe, draft):
    client.force_login(chloe)
    client.post(of(draft, "erase"), {"number": draft.pk})
    assert Article.objects.exists()  # It is not in the trash.
    trash(draft, chloe)
    assert of(draft, "erase") in client.get(of(draft, "trash")).text
    for typed in ("", str(draft.pk + 1), "永久删除"):
        answer = client.post(of(draft, "erase"), {"number": typed})
        assert answer["Location"] == of(draft, "trash")
        assert Article.objects.exists()
    assert client.post(of(draft, "erase"), {"number": f" {draft.pk} "})["Location"] == TRASH
    assert not Article.objects.exists()
    assert client.get(of(draft, "trash")).status_code == 404


def test_what_a_case_refers_to_is_not_deleted(client, chloe, draft):
    client.force_login(chloe)
    lift(restrict(draft, None, Scope.WHOLE, reference="TS-2026-000001"), None)
    trash(draft, chloe)
    assert of(draft, "erase") not in client.get(of(draft, "trash")).text
    client.post(of(draft, "erase"), {"number": draft.pk})
    assert Article.objects.exists()


def test_who_may(client, draft, eddie, mona, sam):
    trash(draft, eddie)
    client.force_login(mona)  # She may read articles.
    page = client.get(TRASH)
    assert page.status_code == 200
    assert of(draft, "untrash") not in page.text
    assert of(draft, "untrash") not in client.get(of(draft, "trash")).text
    for what in ("untrash", "erase", "trash"):
        assert client.post(of(draft, what), {"number": draft.pk}).status_code == 403
    client.force_login(eddie)
    assert of(draft, "erase") not in client.get(of(draft, "trash")).text
    assert client.post(of(draft, "erase"), {"number": draft.pk}).status_code == 403
    client.force_login(sam)
    assert client.get(TRASH).status_code in {302, 403}
    client.logout()
    assert client.get(TRASH).status_code == 302
    assert client.get(of(draft, "untrash")).status_code in {302, 405}
    assert Article.objects.get().trashed_by == eddie
