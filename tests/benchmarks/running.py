"""Servers that a benchmark starts on loopback, and what they use; each is ended by its number."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import requests

ROOT = Path(__file__).resolve().parent.parent.parent
_LONGEST_START = 60.0
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Benchmark/1.0 Browser"


@dataclass
class Running:
    """Starts processes, each leading a group of its own, and ends them when it is left."""

    folder: Path
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        # Who ends the benchmark ends its servers.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        log = (self.folder / f"{name}.log").open("wb")
        self.processes[name] = subprocess.Popen(
            command, env=dict(environment), cwd=ROOT, stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT, process_group=0,
        )  # fmt: skip

    def web(self, name: str, port: int, environment: Mapping[str, str], threads: int = 4) -> None:
        """Start the site's web server as `manage.py web` does."""
        own = {"PORT": str(port), "THREADS": str(threads), "WORKERS": "1"}
        self.start(name, [sys.executable, "manage.py", "web"], {**environment, **own})

    def hello(self, port: int, threads: int = 4) -> None:
        command = [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1",
            "--port", str(port), "--http", "1", "--workers", "1",
            "--blocking-threads", str(threads), "--log-level", "warning",
            "--working-dir", str(ROOT), "tests.benchmarks.hello:application",
        ]  # fmt: skip
        self.start("hello", command, os.environ)

    def nginx(self, servers: str) -> None:
        folder = self.folder / "nginx"
        folder.mkdir(exist_ok=True)
        configuration = folder / "nginx.conf"
        configuration.write_text(
            "daemon off; worker_processes 1; pid nginx.pid; error_log stderr warn;\n"
            "events { worker_connections 1024; }\n"
            "http {\n    include /etc/nginx/mime.types; access_log off; sendfile on;\n"
            "    tcp_nopush on; keepalive_requests 10000000; open_file_cache off;\n"
            + "".join(f"    {kind}_temp_path {folder}/{kind};\n" for kind in _TEMPORARY)
            + f"{servers}\n}}\n"
        )
        self.start("nginx", ["nginx", "-p", f"{folder}/", "-c", str(configuration)], os.environ)

    def wait_for(self, name: str, port: int, path: str = "/healthz") -> None:
        """Wait until a server answers at all. Raises SystemExit where it ended or never does."""
        began = time.monotonic()
        while time.monotonic() - began < _LONGEST_START:
            if self.processes[name].poll() is not None:
                break
            try:
                get(port, path)
            except OSError:
                time.sleep(0.1)
            else:
                return
        log = (self.folder / f"{name}.log").read_text(errors="replace")[-2000:]
        sys.exit(f"{name} does not answer on port {port}:\n{log}")

    def memory(self, name: str) -> float:
        """Return the megabytes of a server and its workers, shared pages by their part (PSS)."""
        return sum(_pss(pid) for pid in family(self.processes[name].pid)) / 1024

    def descriptors(self, name: str) -> int:
        """Return how many files and sockets a server and its workers hold open."""
        return sum(_count_of_descriptors(pid) for pid in family(self.processes[name].pid))


_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def family(pid: int) -> list[int]:
    """Return a process and all that it has started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        threads = [path for path in Path(f"/proc/{pid}/task").iterdir() if path.name != str(pid)]
        for path in threads:
            children += (path / "children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(one for child in children for one in family(int(child)))]


def _pss(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _count_of_descriptors(pid: int) -> int:
    try:
        return len(os.listdir(f"/proc/{pid}/fd"))
    except OSError:
        return 0


def get(port: int, path: str) -> requests.Response:
    """Return the answer of a server on loopback; raises OSError where it has none."""
    return requests.get(
        f"http://127.0.0.1:{port}{path}",
        headers={"User-Agent": AGENT, "Accept-Encoding": "identity"},
        timeout=30,
        allow_redirects=False,
    )


def site_environment(database: str, folder: Path, address: str, **more: str) -> dict[str, str]:
    """Return the settings of a site in production as far as that is possible on loopback."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "CACHE_URL")
            if name in os.environ}  # fmt: skip
    return {
        **kept,
        "DATABASE_URL": database,
        "DATA_DIR": str(folder / "data"),
        "SECRET_KEY": "for-benchmarks-only-0123456789abcdefghijklmnopqrstuvwxyz",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": address,
        "EMAIL_URL": "dummy:",
        "LOG_LEVEL": "WARNING",
        # wrk asks from one address.
        "API_REQUESTS_PER_MINUTE": "1000000000",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


def manage(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a command of the site and return what it printed. Raises SystemExit where it fails."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments], env=dict(environment), cwd=ROOT,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"manage.py {' '.join(arguments)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def require(*programs: str) -> None:
    """Raises SystemExit where a program is missing, and names Debian's package."""
    if missing := [name for name in programs if shutil.which(name) is None]:
        sys.exit(f"Not installed: {', '.join(missing)} (apt install {' '.join(missing)})")
