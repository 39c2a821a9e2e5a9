"""Putting articles into the trash, taking them out, and what becomes of what stays there."""

import logging
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from articles.models import Article, Presence, Redirect, Scope, SearchDocument, Status, Topic
from articles.services import publishing, revisions
from articles.services.restrictions import lift, restrict
from articles.services.taxonomy import arrange_topic, save_topic
from articles.services.trash import days_left, delete_now, purge_trash, trash, untrash
from config.periodic_jobs import JOBS

pytestmark = pytest.mark.django_db


def lie_there(article, days):
    """Let an article have lain in the trash for so many days."""
    Article.objects.filter(pk=article.pk).update(
        trashed_at=timezone.now() - timedelta(days=days, minutes=1)
    )


def test_a_draft_goes_and_comes_back_as_a_draft(draft, eddie):
    gone = trash(draft, eddie, note="写重了")
    assert gone.trashed_by == eddie
    assert gone.trashed_at is not None
    assert (gone.status, gone.version) == (Status.DRAFT, draft.version + 1)
    assert not Article.objects.on_desk().filter(pk=draft.pk).exists()
    assert draft.history.first().history_change_reason == "写重了"
    assert draft.history.first().history_user == eddie

    back = untrash(draft, eddie)
    assert (back.trashed_at, back.trashed_by, back.status) == (None, None, Status.DRAFT)
    assert back.version == draft.version + 2
    assert back.body == draft.body


def test_a_public_article_is_withdrawn_with_it_and_does_not_come_back_public(article, eddie):
    assert SearchDocument.objects.filter(article_id=article.pk).exists()
    gone = trash(article, eddie)
    assert gone.status == Status.UNPUBLISHED
    assert not Article.objects.visible().filter(pk=article.pk).exists()
    assert not SearchDocument.objects.filter(article_id=article.pk).exists()
    back = untrash(article, eddie)
    assert (back.status, back.published_at) == (Status.UNPUBLISHED, article.published_at)


def test_a_scheduled_article_never_falls_due_there(draft, eddie):
    publishing.schedule(draft, eddie, timezone.now() + timedelta(hours=1))
    trash(draft, eddie)
    Article.objects.filter(pk=draft.pk).update(published_at=timezone.now() - timedelta(hours=1))
    assert publishing.publish_due() == 0
    assert not Article.objects.visible().exists()


def test_twice_changes_nothing(draft, eddie, chloe):
    first = trash(draft, eddie)
    again = trash(draft, chloe)
    assert (again.trashed_at, again.trashed_by, again.version) == (
        first.trashed_at, eddie, first.version,
    )  # fmt: skip
    untrash(draft, eddie)
    count = draft.history.count()
    assert untrash(draft, eddie).trashed_at is None
    assert draft.history.count() == count


def test_who_may(draft, article, mona, carol, sam, eddie):
    for by in (mona, carol.user, sam):
        with pytest.raises(PermissionDenied):
            trash(draft, by)
    trash(draft, eddie)
    for by in (mona, sam):
        with pytest.raises(PermissionDenied):
            untrash(draft, by)
    for by in (eddie, mona, sam):
        with pytest.raises(PermissionDenied):
            delete_now(draft, by)
    assert Article.objects.get(pk=draft.pk).trashed_by == eddie


def test_who_may_not_withdraw_a_public_article_may_not_trash_it(article, eddie):
    group = eddie.groups.get()
    group.permissions.remove(group.permissions.get(codename="publish_article"))
    with pytest.raises(PermissionDenied):
        trash(article, eddie)
    article.refresh_from_db()
    assert (article.status, article.trashed_at) == (Status.PUBLISHED, None)


def test_the_notice_in_a_withheld_article_s_place_is_not_taken_away(article, eddie, client):
    row = restrict(article, None, Scope.WHOLE, reference="TS-2026-000001")
    with pytest.raises(ValidationError, match=r"措施|measure"):
        trash(article, eddie)
    assert client.get(article.get_absolute_url()).status_code == 451
    lift(row, None)
    assert trash(article, eddie).trashed_at is not None


def test_measures_are_still_taken_and_lifted_there(draft, eddie):
    trash(draft, eddie)
    row = restrict(draft, None, Scope.PASSAGE, passage="多数人一觉得慢", reference="TS-2026-000001")
    draft.refresh_from_db()
    assert "多数人" not in draft.prose
    lift(row, None)
    draft.refresh_from_db()
    assert "多数人" in draft.prose
    assert draft.trashed_at is not None


def test_nothing_is_written_or_published_there(draft, eddie, chloe):
    revision = draft.history.first().history_id
    trash(draft, eddie)
    for attempt in (
        lambda: publishing.revise(draft, eddie, {"title": "别的"}),
        lambda: publishing.publish(draft, eddie),
        lambda: publishing.schedule(draft, eddie, timezone.now() + timedelta(days=1)),
        lambda: revisions.restore_revision(draft, chloe, revision),
    ):
        with pytest.raises(ValidationError):
            attempt()
    draft.refresh_from_db()
    assert (draft.title, draft.status) == ("老房子的无线死角怎么治", Status.DRAFT)


def test_an_import_does_not_write_there(draft, eddie):
    trash(draft, eddie)
    with pytest.raises(ValidationError), transaction.atomic():
        publishing.write_imported(draft, {}, tags=[], status=Status.PUBLISHED)
    assert Article.objects.get().trashed_by == eddie


def test_after_thirty_days_it_is_deleted_for_good_with_what_hangs_on_it(draft, article, eddie):
    topic = save_topic(Topic(title="修房子"), None)
    arrange_topic(topic, None, [draft])
    Presence.objects.create(user=eddie, article=draft, form_key="x")
    Redirect.objects.create(old_path="/old", article=draft)
    trash(draft, eddie)
    lie_there(draft, 29)
    assert purge_trash() == 0
    lie_there(draft, 30)
    assert purge_trash() == 1
    assert not Article.objects.filter(pk=draft.pk).exists()
    assert not Presence.objects.exists()
    assert not topic.entries.exists()
    revision = Article.history.get(id=draft.pk)
    assert (revision.history_type, revision.body) == ("-", "")
    assert revision.title == draft.title
    assert purge_trash() == 0


def test_what_is_not_in_the_trash_is_not_purged(article, draft):
    Article.objects.filter(pk=article.pk).update(created_at=timezone.now() - timedelta(days=400))
    assert purge_trash() == 0
    assert Article.objects.filter(pk=article.pk).exists()


def test_what_a_restriction_refers_to_stays_there_and_stops_nothing(draft, carol, eddie, caplog):
    other = publishing.create_article(None, title="另一篇", body="<p>文</p>", contributor=carol)
    lift(restrict(draft, None, Scope.WHOLE, reference="TS-2026-000001"), None)
    for one, days in ((draft, 60), (other, 31)):
        trash(one, eddie)
        lie_there(one, days)
    with caplog.at_level(logging.INFO, logger="articles.services.trash"):
        assert purge_trash() == 1
    assert f"Article {draft.pk} stays" in caplog.text
    assert Article.objects.get().pk == draft.pk
    assert untrash(draft, eddie).trashed_at is None


def test_deleting_now_needs_the_trash(draft, chloe):
    with pytest.raises(ValidationError):
        delete_now(draft, chloe)
    trash(draft, chloe)
    delete_now(draft, chloe)
    assert not Article.objects.exists()
    assert Article.history.get(id=draft.pk).history_user == chloe


def test_the_days_that_are_left(draft, eddie):
    with pytest.raises(ValueError, match="not in the trash"):
        days_left(draft)
    gone = trash(draft, eddie)
    assert days_left(gone) == 30
    lie_there(draft, 12)
    draft.refresh_from_db()
    assert days_left(draft) == 18
    lie_there(draft, 40)
    draft.refresh_from_db()
    assert days_left(draft) == 0


def test_the_periodic_command_purges():
    assert purge_trash in {job.run for job in JOBS}
