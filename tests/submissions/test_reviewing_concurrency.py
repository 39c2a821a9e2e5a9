"""Two at once, on whichever database the tests run: one wins, the other is told."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from post_office.models import Email

from articles.models import Article, Picture
from submissions.models import Happening, Receipt, State, SubmissionVersion
from submissions.services import drafting
from submissions.services.drafting import add_own_picture, begin, save_draft
from submissions.services.guards import ChangedMeanwhileError
from submissions.services.queue import claim_next
from submissions.services.reviewing import accept, claim, decline, hold, return_to_author
from submissions.services.submitting import amend, submit, withdraw
from tests.articles.desk import png
from tests.submissions.making import changes, draft_by, sent_by

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _worker_elsewhere(settings: Any) -> None:
    """The check of originality is the worker's; here only what people do at once is tried."""
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}


def at_once(*steps: Callable[[], Any]) -> list[Any]:
    """Run all steps in threads that start together; return their results or what they raised."""
    barrier = Barrier(len(steps))

    def run(step: Callable[[], Any]) -> Any:
        barrier.wait(10)
        try:
            return step()
        except ValidationError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(steps)) as pool:
        return [future.result(60) for future in [pool.submit(run, step) for step in steps]]


def refused(results: list[Any]) -> list[Any]:
    return [result for result in results if isinstance(result, ValidationError)]


def test_two_editors_accept_one_article(carol, technology, eddie, chloe):
    row = sent_by(carol, technology)
    results = at_once(
        lambda: accept(row, eddie, version=row.version),
        lambda: accept(row, chloe, version=row.version),
    )
    assert [error.code for error in refused(results)] == ["state"]
    assert Article.objects.count() == 1
    carol.standing.refresh_from_db()
    assert carol.standing.accepted == 1
    row.refresh_from_db()
    assert row.events.filter(happening=Happening.PUBLISHED).count() == 1


def test_one_accepts_while_another_declines(carol, technology, eddie, chloe):
    row = sent_by(carol, technology)
    results = at_once(
        lambda: accept(row, eddie, version=row.version),
        lambda: decline(row, chloe, version=row.version, note="不收"),
    )
    row.refresh_from_db()
    assert len(refused(results)) == 1
    assert Article.objects.count() == (1 if row.state == State.PUBLISHED else 0)
    assert row.events.filter(happening__in=["published", "declined"]).count() == 1
    mails = Email.objects.filter(to__contains="carol").exclude(subject__contains="收到").count()
    assert mails == 1


def test_the_author_edits_while_an_editor_decides(carol, technology, eddie):
    row = sent_by(carol, technology)
    results = at_once(
        lambda: accept(row, eddie, version=row.version),
        lambda: amend(row, carol.user, {"title": "改过的题目"}, version=row.version),
    )
    row.refresh_from_db()
    errors = refused(results)
    assert len(errors) == 1
    if row.state == State.PUBLISHED:  # The editor came first: the author is told.
        assert Article.objects.get().title == row.title != "改过的题目"
    else:  # The author came first: nobody decides on a text that has just changed.
        assert isinstance(errors[0], ChangedMeanwhileError)
        assert (row.state, row.title) == (State.PENDING, "改过的题目")
        assert not Article.objects.exists()


def test_the_author_withdraws_while_an_editor_decides(carol, technology, eddie):
    row = sent_by(carol, technology)
    results = at_once(
        lambda: accept(row, eddie, version=row.version), lambda: withdraw(row, carol.user)
    )
    row.refresh_from_db()
    assert len(refused(results)) == 1
    assert Article.objects.exists() == (row.state == State.PUBLISHED)


def test_two_editors_take_the_next_and_get_two(carol, technology, eddie, chloe):
    rows = {sent_by(carol, technology, title=f"第{n}篇").pk for n in range(2)}
    got = at_once(lambda: claim_next(eddie), lambda: claim_next(chloe))
    assert not refused(got)
    assert {row.pk for row in got if row is not None} == rows


def test_two_editors_take_the_same_and_one_gets_it(carol, technology, eddie, chloe):
    row = sent_by(carol, technology)
    results = at_once(lambda: claim(row, eddie), lambda: claim(row, chloe))
    assert [error.code for error in refused(results)] == ["claimed"]
    assert row.events.filter(happening=Happening.OPENED).count() == 1


def test_the_check_holds_while_an_editor_returns(carol, technology, eddie):
    row = sent_by(carol, technology)
    at_once(
        lambda: hold(row, None, reference="TS-1"),
        lambda: return_to_author(row, eddie, version=row.version, note="请改"),
    )
    row.refresh_from_db()
    # Whichever came first, what the editor decided stands.
    assert (row.state, row.hold_reference) == (State.RETURNED, "")


def test_sending_twice_sends_once(carol, technology):
    row = draft_by(carol.user, technology)

    def send():
        return submit(row, carol.user, version=row.version, agreed=True)

    results = at_once(*[send] * 4)
    row.refresh_from_db()
    assert row.state == State.PENDING
    assert all(error.code in {"changed", "state"} for error in refused(results))
    assert SubmissionVersion.objects.count() == Receipt.objects.count() == 1
    assert row.events.filter(happening=Happening.SUBMITTED).count() == 1
    assert Email.objects.filter(to__contains="carol").count() == 1


def test_two_tabs_save_one_draft(carol, technology):
    row = begin(carol.user)

    def save(title):
        new = changes(technology, title=title)
        return lambda: save_draft(row, carol.user, new, version=row.version)

    results = at_once(save("甲"), save("乙"))
    row.refresh_from_db()
    assert [type(error) for error in refused(results)] == [ChangedMeanwhileError]
    assert row.title in {"甲", "乙"}
    assert row.version == 2


def test_racing_uploads_do_not_pass_the_quota(sam, monkeypatch):
    sizes = [(320 + number, 200) for number in range(4)]
    uploads = [png(size=size) for size in sizes]
    # Room for one picture: whatever is stored first leaves less than the next one needs.
    monkeypatch.setattr(drafting, "PICTURE_QUOTA", max(upload.size for upload in uploads))
    results = at_once(*(lambda upload=upload: add_own_picture(sam, upload) for upload in uploads))
    assert len(refused(results)) == 3
    assert Picture.objects.filter(uploaded_by=sam).count() == 1
