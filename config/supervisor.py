"""Keeps the site's processes running, and ends them together. Knows nothing of Django.

Each child leads a process group of its own, so that Ctrl-C reaches the supervisor alone, which
then ends the children in order; what a child leaves behind is ended with it. On Linux the
kernel ends the children should the supervisor itself be killed.
"""

import ctypes
import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

_TICK = 0.2
_LONGEST_PAUSE = 30.0
_STEADY = 60.0  # A child that ran this long (seconds) is taken to have started well.
_HOPELESS = 4  # So many failures in a row before the site ever answered stop the start.
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


@dataclass
class Child:
    """One process to keep running. `grace`: seconds it is given to end by itself; `nice`: how
    far it stands back for the others where the machine is busy."""

    name: str
    command: list[str]
    grace: float = 10.0
    nice: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    failures: int = 0
    next_start: float = 0.0

    @property
    def pid(self) -> int | None:
        return self.process.pid if self.process else None


@dataclass
class Supervisor:
    """Runs the children until it is told to stop.

    `say` gets a line about each event, `is_ready` is asked until it is true and `on_ready`
    called then, once. `first_pause`: seconds before a child that ended is started again, twice
    as many each time.
    """

    children: list[Child]
    environment: Mapping[str, str]
    say: Callable[[str], None]
    is_ready: Callable[[], bool]
    on_ready: Callable[[], None]
    first_pause: float = 1.0
    ready: bool = False
    signals: int = field(default=0, init=False)

    def run(self) -> int:
        """Run until SIGINT, SIGTERM or SIGHUP; return the exit code: 0 where it was asked to
        stop, 1 where the site could not be started. A second signal ends everything at once."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._note)
        hopeless = False
        try:
            while not self.signals and not hopeless:
                hopeless = self._tend()
                time.sleep(_TICK)
        finally:
            self._stop()
        return 1 if hopeless else 0

    def _note(self, _number: int, _frame: object) -> None:
        self.signals += 1

    def _tend(self) -> bool:
        """Start what is due, see what has ended; return whether there is no hope."""
        now = time.monotonic()
        for child in self.children:
            if child.process is None and now >= child.next_start:
                self._start(child)
            elif child.process is not None and child.process.poll() is not None:
                self._ended(child, now)
        if not self.ready and self.is_ready():
            self.ready = True
            self.on_ready()
        return not self.ready and any(child.failures >= _HOPELESS for child in self.children)

    def _start(self, child: Child) -> None:
        child.started = time.monotonic()
        parent = os.getpid()
        child.process = subprocess.Popen(
            child.command,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            process_group=0,
            # Safe here: the supervisor has no other thread.
            preexec_fn=lambda: _prepare_child(parent, child.nice),  # noqa: PLW1509
        )

    def _ended(self, child: Child, now: float) -> None:
        process = child.process
        if process is None:
            return
        _signal_group(process.pid, signal.SIGKILL)
        child.process = None
        child.failures = 1 if now - child.started > _STEADY else child.failures + 1
        pause = min(_LONGEST_PAUSE, self.first_pause * 2.0 ** (child.failures - 1))
        child.next_start = now + pause
        self.say(f"{child.name}: {_how_it_ended(process.returncode)}; +{pause:g} s")

    def _stop(self) -> None:
        """End all children: ask, wait each one's grace, then insist, groups included."""
        running = [child for child in self.children if child.process is not None]
        asked = time.monotonic()
        seen = self.signals
        for child in running:
            if child.process is not None:
                child.process.terminate()
        while waiting := [c for c in running if c.process is not None and c.process.poll() is None]:
            patience_ends = self.signals > seen
            for child in waiting:
                if child.pid and (patience_ends or time.monotonic() > asked + child.grace):
                    _signal_group(child.pid, signal.SIGKILL)
            time.sleep(_TICK / 4)
        for child in running:
            if child.pid:
                _signal_group(child.pid, signal.SIGKILL)
            child.process = None


def _prepare_child(parent: int, nice: int) -> None:
    """In a new child: have the kernel send SIGTERM when the parent dies (Linux only)."""
    os.nice(nice)
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
    except PermissionError:  # macOS says this of a group of which only a zombie is left.
        return


def _how_it_ended(code: int) -> str:
    return f"exit {code}" if code >= 0 else signal.Signals(-code).name


def answers(host: str, port: int, name: str, timeout: float = 1.0) -> bool:
    """Say whether a web server answers there, whatever it answers, asked for by the `name` of
    its site. Waits `timeout` seconds."""
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request("GET", "/healthz", headers={"Host": name})
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True
