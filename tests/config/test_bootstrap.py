import os
import socket
import sys
from pathlib import Path

import pytest

from config import bootstrap


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder with a lock and a virtual environment, and a pip that only notes its calls."""
    monkeypatch.setattr(bootstrap, "LOCKS", tmp_path)
    for name in ("base", "dev"):
        (tmp_path / f"{name}.txt").write_text("django==5.2\n", encoding="utf-8")
    (tmp_path / "venv").mkdir()
    monkeypatch.setattr(bootstrap, "_version_of", lambda python: "here (3, 11)")
    return tmp_path


def installs(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr(bootstrap, "_install", lambda python, lock: calls.append(lock.name))
    return calls


def test_an_unchanged_lock_is_installed_once(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = installs(monkeypatch)
    for _ in range(2):
        bootstrap.prepare(machine / "venv", "base")
    assert calls == ["base.txt"]
    (machine / "base.txt").write_text("django==5.2.1\n", encoding="utf-8")
    bootstrap.prepare(machine / "venv", "base")
    assert calls == ["base.txt", "base.txt"]


def test_what_the_tests_need_holds_what_the_site_needs(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = installs(monkeypatch)
    bootstrap.prepare(machine / "venv", "dev")
    bootstrap.prepare(machine / "venv", "base")
    assert calls == ["dev.txt"]


def test_a_failed_install_shows_pips_words_and_is_tried_again(
    machine: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fake = machine / "venv" / "bin" / "python"
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\necho 'ERROR: no route to host'\nexit 1\n")
    fake.chmod(0o755)
    for _ in range(2):
        with pytest.raises(bootstrap.RefusedError, match="no route to host"):
            bootstrap.prepare(machine / "venv", "base")


def test_a_missing_venv_module_names_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(bootstrap, "missing_parts", lambda: ["ensurepip"])
    package = f"apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    with pytest.raises(bootstrap.RefusedError, match=package):
        bootstrap.prepare(tmp_path / "venv", "base")
    assert not (tmp_path / "venv").exists()


def test_an_old_python_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST", (9, 9))
    monkeypatch.setattr(bootstrap, "NEWER", ("python9.9",))
    assert bootstrap.main(["run"]) == 1
    assert "3.11" in capsys.readouterr().err


def test_a_taken_port_is_named_before_anything_is_installed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(bootstrap, "prepare", lambda venv, lock: pytest.fail("too late"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        monkeypatch.setenv("PORT", port)
        assert bootstrap.main(["run"]) == 1
    assert port in capsys.readouterr().err
    monkeypatch.setenv("PORT", "http")
    assert bootstrap.main(["run"]) == 1


def test_run_serves_this_machine_only_and_keeps_what_was_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PORT", "8123")
    monkeypatch.setenv("DEMO", "")
    became: list[dict[str, str]] = []
    monkeypatch.setattr(bootstrap, "prepare", lambda venv, lock: Path("/bin/true"))
    monkeypatch.setattr(bootstrap, "_require_free_port", lambda port: None)
    monkeypatch.setattr(os, "execve", lambda path, arguments, env: became.append(env))
    bootstrap.main(["run"])
    names = ("LOCAL_RUN", "PORT", "DEMO")
    assert [became[0][name] for name in names] == ["1", "8123", "1"]


def test_the_locks_name_no_host_and_every_package_has_a_hash() -> None:
    for name in ("base.txt", "dev.txt"):
        text = (bootstrap.ROOT / "config" / "requirements" / name).read_text(encoding="utf-8")
        assert "://" not in text
        entries = text.replace("\\\n", " ").splitlines()
        pins = [line for line in entries if line and not line.lstrip().startswith("#")]
        assert pins
        assert all("==" in line and "--hash=sha256:" in line for line in pins)
