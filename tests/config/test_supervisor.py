"""The supervisor is tried as a process of its own, with children that are small scripts."""

import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from config.supervisor import answers

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = """
import sys
from config.supervisor import Child, Supervisor
ready = sys.argv[1] == "ready"
children = [Child(f"child{i}", [sys.executable, "-c", code], grace=0.5)
            for i, code in enumerate(sys.argv[2:])]
def say(text): print(text, flush=True)
sys.exit(Supervisor(children, {}, say, lambda: ready, lambda: say("ready"), first_pause=0.1).run())
"""
SLEEPS = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPS
WITH_A_CHILD = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', "
    f"{STUBBORN!r}]); time.sleep(60)"
)


class Running:
    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-c", SCRIPT, *arguments],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.kill()
        self.process.wait(20)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def read_until(self, wanted: str) -> list[str]:
        lines: list[str] = []
        assert self.process.stdout is not None
        while not any(wanted in line for line in lines):
            line = self.process.stdout.readline()
            assert line, f"ended without {wanted!r}: {lines}"
            lines.append(line.strip())
        return lines

    def pids(self, count: int) -> list[int]:
        found: list[int] = []
        assert self.process.stdout is not None
        while len(found) < count:
            line = self.process.stdout.readline()
            assert line
            if line.strip().isdigit():
                found.append(int(line))
        return found


def lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def gone(*pids: int) -> bool:
    until = time.monotonic() + 20
    while time.monotonic() < until and any(lives(pid) for pid in pids):
        time.sleep(0.02)
    return not any(lives(pid) for pid in pids)


@pytest.fixture(autouse=True)
def _linux() -> None:
    if sys.platform != "linux":
        pytest.skip("reads /proc")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_all_and_is_no_failure(number: signal.Signals) -> None:
    with Running("ready", SLEEPS, STUBBORN) as running:
        pids = running.pids(2)
        os.killpg(running.process.pid, number)
        assert running.process.wait(20) == 0
        assert gone(*pids)


def test_a_child_that_dies_is_started_again_and_that_is_said() -> None:
    with Running("ready", SLEEPS) as running:
        (first,) = running.pids(1)
        os.kill(first, signal.SIGKILL)
        assert "child0: SIGKILL; +0.1 s" in running.read_until("SIGKILL")
        (second,) = running.pids(1)
        assert second != first
        running.process.terminate()
        assert running.process.wait(20) == 0


def test_what_a_dead_child_leaves_behind_is_ended() -> None:
    with Running("ready", WITH_A_CHILD) as running:
        (grandchild,) = running.pids(1)
        running.process.terminate()
        assert running.process.wait(20) == 0
        assert gone(grandchild)


def test_children_do_not_outlive_a_killed_supervisor() -> None:
    with Running("ready", SLEEPS) as running:
        (child,) = running.pids(1)
        running.process.kill()
        running.process.wait(20)
        assert gone(child)


def test_a_site_that_never_comes_up_is_given_up() -> None:
    with Running("never", "raise SystemExit(3)", SLEEPS) as running:
        assert running.process.wait(60) == 1


def test_the_web_server_is_asked_by_the_name_of_its_site() -> None:
    hosts: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hosts.append(self.headers["Host"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert answers("127.0.0.1", server.server_port, "www.example.com", timeout=5)
    assert hosts == ["www.example.com"]
