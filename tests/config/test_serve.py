import fcntl
import io
import socket
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from articles.models import User
from articles.services.accounts import create_chief_editor
from config import preparation
from config.management.commands import serve
from config.supervisor import Child, Supervisor
from config.terminal import Terminal


@pytest.fixture
def site(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder and a free port; the processes are not really started."""
    settings.DATA_DIR = tmp_path
    settings.STATIC_ROOT = tmp_path / "static"
    settings.PORT = 0
    monkeypatch.setattr(Supervisor, "run", lambda self: 0)
    monkeypatch.setattr(serve, "prepare_static", lambda terminal: None)
    monkeypatch.setattr("django.db.connections.close_all", lambda: None)
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return tmp_path


def start() -> str:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("serve", stdout=out, skip_checks=True)
    assert ended.value.code == 0
    return out.getvalue()


@pytest.mark.django_db
def test_a_site_without_people_says_how_to_make_the_first(site: Path) -> None:
    assert "create_chief_editor" in start()
    create_chief_editor(None, email="c@example.com", name="C", password="three boats on a pond")
    assert "create_chief_editor" not in start()


def test_a_second_start_on_the_same_data_is_refused(site: Path) -> None:
    with (site / "serve.lock").open("a+") as lock:
        lock.write("http://127.0.0.1:8000 (PID 7)")
        lock.flush()
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError, match=r"http://127\.0\.0\.1:8000 \(PID 7\)"):
            call_command("serve", skip_checks=True)


def test_a_port_in_use_is_named_before_anything_starts(
    site: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "prepare_database", lambda terminal: pytest.fail("too late"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings.PORT = taken.getsockname()[1]
        with pytest.raises(CommandError, match=str(settings.PORT)):
            call_command("serve", skip_checks=True)


def test_a_data_folder_that_cannot_be_written_is_named(site: Path, settings: Any) -> None:
    (site / "file").touch()
    settings.DATA_DIR = site / "file" / "data"
    with pytest.raises(CommandError, match="data"):
        call_command("serve", skip_checks=True)


def loads(monkeypatch: pytest.MonkeyPatch, fails: bool = False) -> list[str]:
    calls: list[str] = []

    def load(name: str, **options: Any) -> None:
        calls.append(name)
        if fails:
            raise KeyboardInterrupt

    monkeypatch.setattr(preparation, "call_command", load)
    return calls


@pytest.mark.django_db
def test_the_demo_is_loaded_on_the_first_run_only(
    site: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    calls = loads(monkeypatch)
    for _ in range(2):
        preparation.prepare_demo(Terminal(io.StringIO()))
    assert calls == ["load_demo"]


@pytest.mark.django_db
def test_an_interrupted_demo_is_loaded_again(
    site: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    loads(monkeypatch, fails=True)
    with pytest.raises(KeyboardInterrupt):
        preparation.prepare_demo(Terminal(io.StringIO()))
    User.objects.create_user("half@example.com", "x")
    calls = loads(monkeypatch)
    preparation.prepare_demo(Terminal(io.StringIO()))
    assert calls == ["load_demo"]


@pytest.mark.django_db
def test_no_demo_beside_people_of_the_site(
    site: Path, settings: Any, sam: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    calls = loads(monkeypatch)
    preparation.prepare_demo(Terminal(io.StringIO()))
    assert calls == []


def test_static_files_are_collected_when_they_have_changed(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "a.css").write_text("a {}")
    settings.DATA_DIR, settings.STATIC_ROOT = tmp_path, tmp_path / "static"
    settings.STATICFILES_DIRS = [source]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    monkeypatch.setattr(preparation, "get_finders", lambda: _finders())
    calls: list[int] = []

    def collect(*args: Any, **options: Any) -> None:
        calls.append(1)
        settings.STATIC_ROOT.mkdir(exist_ok=True)
        (settings.STATIC_ROOT / "staticfiles.json").write_text("{}")

    monkeypatch.setattr(preparation, "call_command", collect)
    for _ in range(2):
        preparation.prepare_static(Terminal(io.StringIO()))
    assert len(calls) == 1
    (source / "a.css").write_text("a { color: red }")
    preparation.prepare_static(Terminal(io.StringIO()))
    assert len(calls) == 2


def _finders() -> list[Any]:
    from django.contrib.staticfiles.finders import FileSystemFinder

    return [FileSystemFinder()]


def test_the_processes_of_a_site_serve_where_they_are_told(settings: Any) -> None:
    settings.HOST, settings.PORT, settings.WORKERS = "127.0.0.1", 8123, 3
    web, work, periodic = serve.children()
    assert isinstance(web, Child)
    assert web.command[web.command.index("--host") + 1] == "127.0.0.1"
    assert web.command[web.command.index("--port") + 1] == "8123"
    assert web.command[web.command.index("--workers") + 1] == "3"
    assert work.command[-2:] == ["work", "--skip-checks"]
    assert "--loop" in periodic.command
