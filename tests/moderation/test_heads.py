"""The signed head of a day."""

import json
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.utils import timezone
from post_office.models import Email

from articles.models import Article
from moderation.models import Event, SignedHead
from moderation.services import heads
from moderation.services.verifying import verify
from tests.moderation.making import submitted, under_review

pytestmark = pytest.mark.django_db


def test_a_day_with_new_lines_is_signed_once(article: Article) -> None:
    assert heads.sign_head() is None
    submitted(article)
    head = heads.sign_head()
    assert head is not None
    assert (head.seq, head.hash) == (1, Event.objects.get().hash)
    submitted(article)
    assert heads.sign_head() is None
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        assert heads.sign_head().seq == 2
    with time_machine.travel(timezone.now() + timedelta(days=2), tick=False):
        assert heads.sign_head() is None
    assert verify().faults == []


def test_the_head_is_mailed_where_the_operator_asks_for_it(article: Article, settings: Any) -> None:
    settings.CASEWORK_HEAD_EMAIL = "archive@example.com"
    submitted(article)
    heads.sign_head()
    heads.sign_head()
    mail = Email.objects.get(to="archive@example.com")
    assert json.loads(mail.message) == heads.latest_head()
    assert "@" not in mail.message


def test_the_command_prints_what_can_be_checked(article: Article) -> None:
    with pytest.raises(CommandError):
        call_command("casework_head")
    submitted(article)
    heads.sign_head()
    out = StringIO()
    call_command("casework_head", stdout=out)
    head = json.loads(out.getvalue())
    assert heads.fault_of(head, Event.objects.get().hash) == ""
    assert verify(heads=(head,)).faults == []


def test_a_head_does_not_give_the_secret_away(article: Article, settings: Any) -> None:
    submitted(article)
    heads.sign_head()
    assert settings.SECRET_KEY not in json.dumps(heads.latest_head())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"hash": "0" * 64}, "signature"),
        ({"seq": 2}, "signature"),
        ({"day": "2026-01-01"}, "signature"),
        ({"signature": "AAAA"}, "signature"),
        ({"signature": "?"}, "not a signed head"),
        ({"public_key": "AAAA"}, "not a signed head"),
    ],
)
def test_a_forged_head_is_told(article: Article, change: dict[str, Any], why: str) -> None:
    submitted(article)
    heads.sign_head()
    forged = (heads.latest_head() or {}) | change
    assert why in heads.fault_of(forged, Event.objects.get().hash)
    assert "not a signed head" in heads.fault_of({}, None)


def test_a_head_outlives_a_change_of_the_key(article: Article, settings: Any) -> None:
    under_review(article)
    heads.sign_head()
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key"
    settings.SECRET_KEY_FALLBACKS = [old]
    assert verify().faults == []
    settings.SECRET_KEY_FALLBACKS = []
    assert "CASEWORK_HEAD_KEYS" in verify().faults[0].why
    settings.CASEWORK_HEAD_KEYS = [SignedHead.objects.get().public_key]
    assert verify().faults == []


def test_a_head_signed_by_somebody_else_does_not_count(article: Article, settings: Any) -> None:
    submitted(article)
    own, settings.SECRET_KEY = settings.SECRET_KEY, "a-forger"
    heads.sign_head()
    settings.SECRET_KEY = own
    assert "not this site" in verify().faults[0].why
