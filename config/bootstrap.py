"""From a bare machine to a running site: what `make run` and `make test` do before Django.

Runs with the system's python3 and its standard library only. It is written so that an old
python3 can read it at least as far as the message that says what to install.
"""

import hashlib
import importlib.util
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = ROOT / "config" / "requirements"
OLDEST = (3, 11)
NEWER = ("python3.13", "python3.12", "python3.11")
_FAILURE_LINES = 25


class RefusedError(Exception):
    """Why the start stops, in words for the person at the terminal."""


def main(arguments: "list[str]") -> int:
    """Do `run` or `test`; does not return where it becomes the site or the tests."""
    command = arguments[0] if arguments else ""
    if command not in {"run", "test"}:
        sys.stderr.write("usage: python3 config/bootstrap.py run|test [pytest arguments]\n")
        return 2
    try:
        _require_python(arguments)
        if command == "run":
            _require_free_port(os.environ.get("PORT") or "8000")
        python = prepare(VENV, "base" if command == "run" else "dev")
    except RefusedError as refusal:
        sys.stderr.write("\n" + str(refusal) + "\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\n已停下，再次运行会接着做。 Stopped; run it again to go on.\n")
        return 130
    if command == "run":
        return _become(python, [str(ROOT / "manage.py"), "serve"], _run_environment())
    tests = ["-m", "pytest", "-n", "auto", "--dist", "worksteal", *arguments[1:]]
    return _become(python, tests, dict(os.environ))


def _require_python(arguments: "list[str]") -> None:
    """Stop, or go on with a newer python of this machine, where this one is too old."""
    if sys.version_info >= OLDEST:
        return
    for name in NEWER:
        newer = shutil.which(name)
        if newer:
            os.execv(newer, [newer, str(Path(__file__).resolve()), *arguments])  # noqa: S606
    raise RefusedError(
        f"需要 Python 3.11 或更新版本，这里是 {sys.version.split()[0]}。\n"
        "Python 3.11 or newer is needed."
    )


def _require_free_port(port: str) -> None:
    """Stop before minutes of installing for a port that is taken (serve looks again)."""
    if not port.isdigit() or not 0 < int(port) < 65536:
        raise RefusedError(f"PORT={port}：端口是 1 到 65535 的数字。 A port is 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except OSError as error:
            raise RefusedError(
                f"端口 {port} 无法使用（{error.strerror}）：网站也许已经在运行；不然就换一个。\n"
                f"Port {port} cannot be used: does the site run already? Or choose another:"
                "\n\n    make run PORT=8001"
            ) from error


def prepare(venv: Path, lock: str) -> Path:
    """Make the virtual environment hold what the lock names, and return its python.

    Does nothing when it already does (a stamp says so); goes on where it was interrupted.
    Raises RefusedError.
    """
    python = venv / "bin" / "python"
    requirements = LOCKS / (lock + ".txt")
    version = _version_of(python)
    if version and _stamp(venv, lock) == _wanted_stamp(version, requirements):
        return python
    if not version:
        _make_venv(venv)
        version = _version_of(python)
    _install(python, requirements)
    _write_stamp(venv, lock, _wanted_stamp(version, requirements))
    if lock == "dev":  # It holds everything of the base lock, in the same versions.
        base = LOCKS / "base.txt"
        _write_stamp(venv, "base", _wanted_stamp(version, base))
    return python


def _version_of(python: Path) -> str:
    """Return the version of a venv's python, or nothing where there is no working one."""
    if not python.exists():
        return ""
    code = "import sys, pip; print(sys.prefix, sys.version_info[:2])"
    result = subprocess.run(
        [str(python), "-I", "-c", code],
        check=False, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    return result.stdout.decode().strip() if result.returncode == 0 else ""


def _wanted_stamp(version: str, requirements: Path) -> str:
    return version + " " + hashlib.sha256(requirements.read_bytes()).hexdigest()


def _stamp(venv: Path, lock: str) -> str:
    path = venv / (".installed-" + lock)
    return path.read_text() if path.exists() else ""


def _write_stamp(venv: Path, lock: str, stamp: str) -> None:
    (venv / (".installed-" + lock)).write_text(stamp)


def missing_parts() -> "list[str]":
    """Return the modules that a virtual environment needs and this python lacks."""
    return [name for name in ("venv", "ensurepip") if importlib.util.find_spec(name) is None]


def _make_venv(venv: Path) -> None:
    if missing_parts():
        raise RefusedError(_how_to_get_venv())
    _say("准备 Python 环境…… Making the virtual environment in " + venv.name)
    result = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(venv)],
        check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if result.returncode:
        detail = result.stdout.decode(errors="replace").strip()
        hint = _how_to_get_venv() if "ensurepip" in detail else ""
        raise RefusedError("\n".join(part for part in (detail, hint) if part))


def _how_to_get_venv() -> str:
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    return (
        "这台机器的 Python 缺少 venv 模块（Debian、Ubuntu 把它单独打包）。请先安装，再运行一次：\n"
        "This Python has no venv module (Debian and Ubuntu package it apart). "
        "Install it, then run again:\n\n    sudo apt install " + package + "\n\n"
        "(其他系统：安装完整的 Python。 Elsewhere: install a complete Python.)"
    )


def _install(python: Path, requirements: Path) -> None:
    """Install a lock, every file checked against its hash, and show how far it is."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    total = sum(1 for line in lines if "==" in line and not line.startswith((" ", "#")))
    _say("安装依赖（首次约一两分钟）…… Installing dependencies (a minute or two, once)")
    command = [
        str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input",
        "--progress-bar", "off", "--require-hashes", "-r", str(requirements),
    ]  # fmt: skip
    started, output = time.monotonic(), []
    progress = _Progress(total)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as pip:
        for raw in pip.stdout or ():
            line = raw.decode(errors="replace").rstrip()
            output.append(line)
            progress.follow(line)
    progress.end()
    if pip.returncode:
        raise RefusedError(_why_pip_failed(output))
    _say(f"    {time.monotonic() - started:.0f} s")


def _why_pip_failed(output: "list[str]") -> str:
    return (
        "\n".join(output[-_FAILURE_LINES:]) + "\n\n"
        "依赖没有装完，上面是 pip 的说明。多半是网络问题：请检查网络或 pip 的镜像、代理设置，"
        "然后再运行一次，会接着装。\n"
        "The dependencies were not installed; pip says why above. Mostly it is the network: "
        "check it and pip's mirror or proxy settings, then run again; it goes on from here."
    )


class _Progress:
    """One line that is rewritten on a terminal; a line now and then elsewhere."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        self.live = sys.stdout.isatty()

    def follow(self, line: str) -> None:
        words = line.split()
        if line.startswith(("Collecting ", "Requirement already satisfied")):
            self.done += 1
            name = words[1] if line.startswith("Collecting ") else words[3]
            if self.live or self.done % 10 == 0:
                self._show(f"{self.done}/{self.total} {name}")
        elif line.strip().startswith("Downloading ") and self.live:
            self._show(f"{self.done}/{self.total} {line.strip()}")
        elif line.startswith("Installing collected packages"):
            self._show("写入 installing")

    def _show(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 6
        sys.stdout.write("\r\x1b[K    " + text[:width] if self.live else "    " + text + "\n")
        sys.stdout.flush()

    def end(self) -> None:
        if self.live:
            sys.stdout.write("\r\x1b[K")
            sys.stdout.flush()


def _run_environment() -> "dict[str, str]":
    """The settings of a site for one machine; what the person has set stays."""
    environment = dict(os.environ)
    environment["LOCAL_RUN"] = "1"
    for name, value in (("PORT", "8000"), ("DATA_DIR", ".data"), ("DEMO", "1")):
        environment[name] = environment.get(name) or value
    return environment


def _become(python: Path, arguments: "list[str]", environment: "dict[str, str]") -> int:
    sys.stdout.flush()
    environment["PYTHONUNBUFFERED"] = "1"
    os.execve(python, [str(python), *arguments], environment)  # noqa: S606


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
