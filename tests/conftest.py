"""The fixed cast and what every test may use.

Carol contributes, Eddie edits, Chloe is chief editor, Mona moderates, Rita reports, and Sam is a
stranger.
"""

from collections.abc import Iterator
from functools import cache as cache_results
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from articles.missing import AddressBuffer, buffer
from articles.models import Article, Category, Contributor, User
from articles.search.choice import engine
from articles.services import cards
from articles.services.listing import verify_lists
from articles.services.publishing import create_article, publish
from articles.services.taxonomy import save_category, save_contributor

SHARED = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _own_folders(settings: Any, tmp_path: Path) -> None:
    """Give each test its own media and an empty cache."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.PRIVATE_ROOT = tmp_path / "private"
    settings.STORAGES = {
        **settings.STORAGES,
        "private": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": settings.PRIVATE_ROOT, "base_url": None},
        },
    }
    cache.clear()


def turn_record_guard(*, on: bool) -> None:
    """Put up or lift the triggers that keep lines of the record from being changed or deleted."""
    migration = import_module("moderation.migrations.0002_append_only")
    editor = SimpleNamespace(connection=connection, execute=connection.cursor().execute)
    migration.lift(None, editor)
    if on:
        migration.guard(None, editor)


@pytest.fixture(autouse=True)
def _clearable(request: Any) -> Iterator[None]:
    """Let what a test has committed be cleared away wholly: lift the record's triggers before, and
    put them up again for the next test; on SQLite also empty the index, which is no table of a
    model, and forget the numbers that were given."""
    commits = "transactional_db" in request.fixturenames or "live_server" in request.fixturenames
    marker = request.node.get_closest_marker("django_db")
    commits = commits or (marker is not None and bool(marker.kwargs.get("transaction")))
    if not commits:
        yield
        return
    request.getfixturevalue("transactional_db")
    turn_record_guard(on=True)
    yield
    turn_record_guard(on=False)
    engine().clear()
    if connection.vendor == "sqlite":
        # Numbers begin anew; an article that brought a large one is no reason to go on from there.
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM sqlite_sequence")


@pytest.fixture
def lists_agree(db: None) -> Iterator[None]:
    """Demand that what a test did through the services left every list as it should be."""
    yield
    assert verify_lists() == []


@pytest.fixture
def low_numbers(db: None) -> None:
    """Let articles be numbered from 1, whatever numbers earlier tests have brought."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = 'articles_article'")
        else:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('articles_article', 'id'), 1, false)"
            )


@pytest.fixture(autouse=True)
def _no_timers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let no batch of addresses be written after the test whose requests they were."""
    monkeypatch.setattr(AddressBuffer, "_start", lambda _buffer: None)
    yield
    buffer.drop()


@pytest.fixture(scope="session", autouse=True)
def _each_card_once() -> Iterator[None]:
    """Draw the picture for sharing once for the same words: almost every test publishes."""
    real = cards.draw
    cards.draw = cache_results(real)
    yield
    cards.draw = real


@pytest.fixture
def roles(db: None) -> None:
    """The groups with exactly their permissions, as a deploy makes them."""
    call_command("sync_roles", verbosity=0)


def _staff(email: str, name: str, group: str) -> User:
    from django.contrib.auth.models import Group

    user = User.objects.create_user(email, PASSWORD, name=name, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return user


@pytest.fixture
def eddie(roles: None) -> User:
    return _staff("eddie@example.com", "Eddie", "editor")


@pytest.fixture
def chloe(roles: None) -> User:
    return _staff("chloe@example.com", "Chloe", "chief editor")


@pytest.fixture
def mona(roles: None) -> User:
    return _staff("mona@example.com", "Mona", "moderator")


@pytest.fixture
def sam(db: None) -> User:
    return User.objects.create_user("sam@example.com", PASSWORD, name="Sam")


@pytest.fixture
def carol(db: None) -> Contributor:
    user = User.objects.create_user("carol@example.com", PASSWORD, name="Carol")
    return save_contributor(Contributor(name="纸上行舟", slug="carol", user=user), None)


@pytest.fixture
def technology(db: None) -> Category:
    return save_category(Category(name="技术", slug="tech"), None)


BODY = (
    "<p>我家是九十年代的砖混房，三室一厅，承重墙多。</p>"
    "<h2>一、先测量，再动手</h2><p>多数人一觉得慢就去买新设备。</p>"
    "<h2>二、换个位置</h2><p>弱电箱是最差的位置。</p>"
)


@pytest.fixture
def draft(carol: Contributor, technology: Category) -> Article:
    return create_article(
        None, title="老房子的无线死角怎么治", body=BODY, contributor=carol, category=technology,
        tags=["路由器", "家庭网络"],
    )  # fmt: skip


@pytest.fixture
def article(draft: Article) -> Article:
    """A published article by Carol."""
    return publish(draft, None)
