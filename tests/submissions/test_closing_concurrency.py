"""An author leaves while an editor decides: one is first, and the other finds it done."""

from typing import Any

import pytest
from post_office.models import Email

from articles.models import User
from submissions.models import State, Submission
from submissions.services.closing import close_account
from submissions.services.drafting import add_own_picture
from submissions.services.reviewing import accept
from tests.submissions.making import sent_by
from tests.submissions.test_closing import upload
from tests.submissions.test_reviewing_concurrency import at_once, refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _worker_elsewhere(settings: Any) -> None:
    settings.EMAIL_BACKEND = "post_office.EmailBackend"
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}


@pytest.mark.parametrize("turn", range(4))
def test_closing_while_an_editor_accepts(carol, technology, eddie, turn):
    row = sent_by(carol, technology)
    results = at_once(
        lambda: close_account(carol.user, keeps_byline=True),
        lambda: accept(row, eddie, version=row.version),
    )
    assert not User.objects.filter(pk=carol.user.pk).exists()
    row = Submission.objects.get(pk=row.pk)
    assert row.account is None
    if refused(results):
        assert row.state == State.WITHDRAWN
        assert row.article is None
    else:
        assert row.state == State.PUBLISHED
        assert row.article.contributor.name == "纸上行舟"


def test_closing_twice_closes_once(carol, technology):
    sent_by(carol, technology)

    def close():
        close_account(carol.user, keeps_byline=False)

    assert at_once(close, close) == [None, None]
    assert not User.objects.filter(pk=carol.user.pk).exists()
    assert Email.objects.filter(subject__contains="账户已注销").count() == 1


def test_closing_while_a_picture_comes_in(sam):
    def send():
        try:
            add_own_picture(sam, upload())
        except User.DoesNotExist:
            return "gone"
        return "stored"

    close = at_once(lambda: close_account(sam, keeps_byline=True), send)
    assert close[1] in {"gone", "stored"}
    assert not User.objects.filter(pk=sam.pk).exists()
