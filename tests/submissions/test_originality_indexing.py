"""Keeping up with the articles: in the background, again, at once, and after a kill."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone
from django_tasks.base import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from articles.models import Article
from articles.services.publishing import create_article, delete_article, publish, revise
from submissions.models import Fingerprint, IndexedText, IndexingProgress
from submissions.originality import check, index_changed_texts, index_waiting_texts
from submissions.originality.indexing import SETTLED, catch_up, refresh_stale
from submissions.originality.sources import ArticleTexts
from tests.submissions.test_originality import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(carol):
    def _write(seed: int, **fields) -> Article:
        body = f"<p>{text(seed)}</p>"
        return create_article(None, title=f"第{seed}篇", body=body, contributor=carol, **fields)

    return _write


def settle(minutes: float = 11) -> None:
    """Let it be ten minutes ago that the source's end was looked at."""
    then = timezone.now() - timedelta(minutes=minutes)
    IndexingProgress.objects.update(upcoming_since=then)


def test_index_changed_texts(write):
    article = write(1)
    assert index_changed_texts()
    assert check(text(1)).matches[0].object_id == article.pk
    assert not index_changed_texts()


def test_nothing_to_do(db):
    assert not index_changed_texts()
    assert not DBTaskResult.objects.exists()


def test_a_changed_article(write):
    article = write(1)
    index_changed_texts()
    revise(article, None, {"body": f"<p>{text(2)}</p>"})
    assert index_changed_texts()
    assert check(text(2)).flagged
    assert not check(text(1)).matches


def test_a_deleted_article_is_still_compared_with(write):
    article = write(1)
    delete_article(article, None)
    index_changed_texts()
    match = check(text(1)).matches[0]
    assert (match.object_id, match.title) == (article.pk, "第1篇")
    assert match.passages[0].other_text


def test_withdrawn_and_published_articles_alike(write):
    publish(write(1), None)
    index_changed_texts()
    assert check(text(1)).flagged


def test_a_task_at_work_is_left_to_it(write, settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    write(1)
    assert index_changed_texts()
    assert index_changed_texts()
    assert DBTaskResult.objects.count() == 1
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING)
    assert index_changed_texts()
    assert DBTaskResult.objects.count() == 1
    DBTaskResult.objects.update(status=TaskResultStatus.FAILED)
    assert index_changed_texts()
    assert DBTaskResult.objects.count() == 2


def test_twice_is_as_good_as_once(write):
    for seed in range(1, 5):
        write(seed)
    index_waiting_texts.func()
    before = set(Fingerprint.objects.values_list("hash", "doc"))
    index_waiting_texts.func()
    assert IndexedText.objects.count() == 4
    assert set(Fingerprint.objects.values_list("hash", "doc")) == before


def test_after_a_kill_it_goes_on(write, monkeypatch):
    """Whatever was not indexed when the worker was killed is indexed by the next."""
    monkeypatch.setattr("submissions.originality.indexing._BATCH", 2)
    for seed in range(1, 7):
        write(seed)
    real, done = catch_up.__globals__["index_text"], []

    def killed(*args, **kwargs):
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(args)
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr("submissions.originality.indexing.index_text", killed)
        with pytest.raises(KeyboardInterrupt):
            catch_up(ArticleTexts())
    assert IndexedText.objects.count() == 3
    assert catch_up(ArticleTexts()) == 3
    assert IndexedText.objects.count() == 6


def test_it_stops_when_told(write, monkeypatch):
    monkeypatch.setattr("submissions.originality.indexing._BATCH", 1)
    for seed in range(1, 4):
        write(seed)
    turns = iter([True, True, False])
    assert catch_up(ArticleTexts(), go_on=lambda: next(turns)) == 2
    assert catch_up(ArticleTexts()) == 1


def test_what_is_read_settles_after_ten_minutes(write):
    source = ArticleTexts()
    write(1)
    catch_up(source)
    assert IndexingProgress.objects.get().position == 0
    settle()
    catch_up(source)
    assert IndexingProgress.objects.get().position == source.end()


def test_a_revision_that_appears_late_is_not_missed(write):
    """A transaction that took its number early and ended late is read all the same."""
    source = ArticleTexts()
    write(1)
    late = Article.history.get()
    late_number, late.history_id = late.history_id, None
    Article.history.all().delete()
    write(2)
    catch_up(source)
    assert IndexedText.objects.count() == 1
    late.history_id = late_number
    late.save(force_insert=True)
    settle(SETTLED.total_seconds() / 60 - 1)
    catch_up(source)
    assert IndexedText.objects.count() == 2


def test_refresh_stale(write):
    write(1)
    index_changed_texts()
    IndexedText.objects.update(version=0, hashes=b"\x01\0\0\0")
    Fingerprint.objects.all().delete()
    Fingerprint.objects.create(hash=1, doc=IndexedText.objects.get().pk)
    assert index_changed_texts()
    assert not Fingerprint.objects.filter(hash=1).exists()
    report = check(text(1))
    assert report.is_complete
    assert report.flagged
    assert refresh_stale(10) == 0


def test_reindex_originality(write):
    write(1)
    write(2)
    out = StringIO()
    call_command("reindex_originality", stdout=out)
    assert "2 indexed" in out.getvalue()
    assert IndexedText.objects.count() == 2
    out = StringIO()
    call_command("reindex_originality", stdout=out)
    assert "0 indexed" in out.getvalue()


def test_reindex_originality_rebuild(write):
    write(1)
    write(2)
    index_changed_texts()
    before = set(Fingerprint.objects.values_list("hash", "doc"))
    Fingerprint.objects.all().delete()
    first = IndexedText.objects.order_by("pk").first()
    call_command("reindex_originality", "--rebuild", "--after", str(first.pk), stdout=StringIO())
    assert not check(text(1)).matches
    call_command("reindex_originality", "--rebuild", stdout=StringIO())
    assert set(Fingerprint.objects.values_list("hash", "doc")) == before
