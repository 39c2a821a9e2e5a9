import getpass
import io
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command

from articles.models import User
from articles.services.accounts import create_chief_editor

pytestmark = pytest.mark.django_db
GOOD = "three boats on a pond"


class Typed(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())


def test_the_first_chief_editor_manages_everything_and_is_confirmed() -> None:
    user = create_chief_editor(None, email=" Chloe@Example.com ", name="Chloe", password=GOOD)
    assert (user.email, user.is_staff, user.is_superuser) == ("chloe@example.com", True, True)
    assert [group.name for group in user.groups.all()] == ["chief editor"]
    assert user.check_password(GOOD)
    assert EmailAddress.objects.filter(user=user, verified=True, primary=True).exists()


def test_only_who_may_add_accounts_may_make_one(sam: User, eddie: User) -> None:
    for by in (sam, eddie):
        with pytest.raises(PermissionDenied):
            create_chief_editor(by, email="x@example.com", name="X", password=GOOD)


def test_without_a_terminal_the_password_comes_from_the_environment(
    no_terminal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHIEF_EDITOR_PASSWORD", GOOD)
    call_command("create_chief_editor", email="chloe@example.com", name="Chloe", stdout=Typed())
    assert User.objects.get().email == "chloe@example.com"


@pytest.mark.parametrize(
    ("options", "password"),
    [
        ({"name": "Chloe"}, GOOD),
        ({"email": "chloe@example.com"}, GOOD),
        ({"email": "chloe@example.com", "name": "Chloe"}, ""),
        ({"email": "chloe@example.com", "name": "Chloe"}, "12345"),
        ({"email": "chloe", "name": "Chloe"}, GOOD),
    ],
)
def test_what_is_missing_or_weak_is_refused(
    no_terminal: None, monkeypatch: pytest.MonkeyPatch, options: Any, password: str
) -> None:
    monkeypatch.setenv("CHIEF_EDITOR_PASSWORD", password)
    with pytest.raises(CommandError):
        call_command("create_chief_editor", **options)
    assert not User.objects.exists()


def test_on_a_terminal_it_asks_until_the_answers_are_good(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CHIEF_EDITOR_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", Typed())
    lines = iter(["chloe@example.com", "Chloe"] * 2)
    passwords = iter(["one", "other", "12345", "12345", GOOD, GOOD])
    monkeypatch.setattr("builtins.input", lambda prompt: next(lines))
    monkeypatch.setattr(getpass, "getpass", lambda prompt: next(passwords))
    call_command("create_chief_editor", stdout=Typed(), stderr=Typed())
    assert User.objects.get().check_password(GOOD)
    assert list(passwords) == []
