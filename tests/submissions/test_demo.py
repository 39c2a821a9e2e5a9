"""The demo's submissions: what a queue looks like, and that it goes without a trace."""

import re
from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import call_command

from articles.demo import drawing
from articles.models import User
from submissions import demo
from submissions.demo_texts import SUBMISSIONS
from submissions.models import (
    Fingerprint,
    IndexedText,
    Overlap,
    Receipt,
    Remark,
    State,
    Submission,
    SubmissionEvent,
)
from submissions.originality import Level
from submissions.services.checks import hits
from submissions.services.demo import delete_demo_submission, forget_demo_articles


@pytest.fixture(autouse=True)
def _small(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "SIZE", (36, 24))
    monkeypatch.setattr(drawing, "_MOST_PROCESSES", 1)


def test_the_texts_have_no_half_width_punctuation() -> None:
    for text in SUBMISSIONS:
        plain = re.sub(r"<[^>]+>", "¦", text.body)
        assert not re.search(r"[一-鿿”][,;:?!()]|[,;:?!()][一-鿿]", plain), text.title
        assert all(old in text.body for old, _new in text.amended)
        assert all(quote in re.sub(r"<[^>]+>", "", text.body) for quote, _text in text.remarks)


@pytest.mark.django_db(transaction=True)
def test_load_and_remove() -> None:
    call_command("load_demo", stdout=StringIO())
    rows = list(Submission.objects.all())
    assert Counter(row.state for row in rows) == {
        State.PENDING: 4, State.RETURNED: 1, State.DECLINED: 1,
    }  # fmt: skip
    assert all(row.is_demo for row in rows)
    assert sum(row.is_overdue for row in rows) == 1
    # The panel of originality has something to show, and so have the checks.
    copy = Overlap.objects.filter(level=Level.PROBABLE_COPY.value)
    assert [row.submission.title for row in copy] == ["炒菜放盐，我现在都用小秤"]
    assert {hit.kind for row in rows for hit in hits(row.title, row.body)} >= {"wechat", "email"}
    call_command("remove_demo", yes=True, stdout=StringIO())
    for model in (
        Submission, SubmissionEvent, Remark, Receipt, Overlap, IndexedText, Fingerprint, User,
    ):  # fmt: skip
        assert not model._default_manager.exists(), model


@pytest.mark.django_db
def test_without_demo_people_nothing_is_loaded(eddie: User) -> None:
    demo.load()
    assert not Submission.objects.exists()
    assert demo.planned() == {}
    with pytest.raises(PermissionDenied):
        delete_demo_submission(Submission(pk=1), eddie)
    with pytest.raises(PermissionDenied):
        forget_demo_articles(eddie)
