"""Takes articles down while readers ask for them, and counts answers that are stale.

    python -m tests.benchmarks.takedowns --database sqlite:////somewhere/many.sqlite3 --count 10000
    python -m tests.benchmarks.takedowns --database … --front --json out.json
    python -m tests.benchmarks.takedowns --database … --self-test

Starts the site with its page cache, and with --front nginx before it, which hands pages out
itself. Articles are taken down by the service, one after another, each in a transaction of its
own, in blocks: while wrk asks for the articles of the block at every door, each is fetched (and so
kept as a page), withheld, and asked for again at once; when all of the block are withheld, all are
asked for once more, as a reader's request of the moment of the commit could have left the old page
behind. Anything but 451 is stale. All that was withheld is restored at the end.

--self-test puts a cache that knows of nothing before the site: it passes when that is noticed.
Needs wrk (and nginx with --front), and a database that `fill` has made.
"""

import argparse
import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import django
import requests

from tests.benchmarks.running import AGENT, Running, get, manage, require, site_environment

_BLOCK, _SELF_TEST = 200, 5
_LUA = Path(__file__).parent / "wrk.lua"


@dataclass
class Found:
    """What came of it. `late` are stale answers after the first request that followed."""

    takedowns: int = 0
    stale: int = 0
    late: int = 0
    not_public_before: int = 0
    readers_requests: int = 0
    readers_broken: int = 0
    seconds: float = 0.0
    p50_ms: float = 0.0
    p99_ms: float = 0.0
    examples: list[str] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", required=True)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=8, help="of the readers, at each door")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--port", type=int, default=8346, help="the first of two")
    parser.add_argument("--front", action="store_true", help="nginx before the site as well")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    require(*(["wrk", "nginx"] if options.front else ["wrk"]))
    with tempfile.TemporaryDirectory(prefix="tougao-takedowns-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _set_up(options.database, folder if options.front else None)
        with Running(folder) as running:
            found = _run(running, options, folder)
    print(json.dumps(asdict(found), ensure_ascii=False, indent=1))
    if options.json:
        options.json.write_text(json.dumps(asdict(found), ensure_ascii=False, indent=1) + "\n")
    if options.self_test:
        sys.exit(0 if found.stale == found.takedowns else "The stale answers were not noticed.")
    sys.exit(1 if found.stale or found.late or not found.takedowns else 0)


def _set_up(database: str, folder: Path | None) -> None:
    """Be a process of the site that withholds: with its database, tasks and folder of pages."""
    os.environ["DATABASE_URL"] = database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    from tests import settings as used

    used.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    used.PAGES_DIR = str(folder / "pages") if folder else ""
    django.setup()


def _run(running: Running, options: argparse.Namespace, folder: Path) -> Found:
    from articles.models import User
    from tests.benchmarks.asking import visible_numbers

    web, front = options.port, options.port + 1
    environment = site_environment(options.database, folder, f"http://127.0.0.1:{front}")
    if options.front:
        environment |= {"PAGES_DIR": str(folder / "pages"), "TRUSTED_PROXY_COUNT": "1"}
    manage(environment, "collectstatic", "--noinput", "-v", "0")
    running.web("web", web, environment, options.threads)
    running.wait_for("web", web)
    doors = [web]
    if options.front:
        upstream = ("--listen", f"127.0.0.1:{front}", "--upstream", f"127.0.0.1:{web}")
        running.nginx(manage(environment, "nginx_conf", *upstream))
        running.wait_for("nginx", front)
        doors.append(front)
    chief = User.objects.filter(is_superuser=True).first()
    chief = chief or User.objects.create_superuser("chief@benchmark.example", name="Chief")
    if options.self_test:
        with dumb_cache(web, front) as port:
            return take_down(visible_numbers(_SELF_TEST, 11), chief, [port], options)
    return take_down(drawn(options.count), chief, doors, options)


def drawn(count: int) -> list[int]:
    """Return the numbers of as many visible articles, from all times."""
    from tests.benchmarks.asking import visible_numbers

    numbers: dict[int, None] = {}
    for seed in range(1, count):
        numbers.update(dict.fromkeys(visible_numbers(400, seed)))
        if len(numbers) >= count:
            break
    return list(numbers)[:count]


def take_down(numbers: list[int], by: Any, doors: list[int], options: argparse.Namespace) -> Found:
    from articles.models import Article, Restriction, Scope
    from articles.services.restrictions import lift, restrict

    found, walls = Found(), []
    laid: list[Restriction] = []
    began = time.perf_counter()
    try:
        for start in range(0, len(numbers), _BLOCK):
            block = numbers[start : start + _BLOCK]
            with readers(block, doors, options.connections, found):
                for number in block:
                    found.not_public_before += sum(_status(door, number) != 200 for door in doors)
                    article = Article.objects.get(pk=number)
                    at = time.perf_counter()
                    laid.append(restrict(article, by, Scope.WHOLE, reference="TS-benchmark"))
                    walls.append((time.perf_counter() - at) * 1000)
                    found.stale += _stale(doors, [number], found)
                    found.takedowns += 1
                found.late += _stale(doors, block, found)
            print(f"  {found.takedowns:,} of {len(numbers):,}, stale {found.stale + found.late},"
                  f" load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)  # fmt: skip
    finally:
        for restriction in laid:
            lift(restriction, by)
    found.seconds = round(time.perf_counter() - began, 1)
    walls.sort()
    found.p50_ms = round(statistics.median(walls), 2)
    found.p99_ms = round(walls[len(walls) * 99 // 100], 2)
    return found


_sessions = threading.local()


def _status(door: int, number: int) -> int:
    if not hasattr(_sessions, "session"):
        _sessions.session = requests.Session()
        _sessions.session.headers["User-Agent"] = AGENT
    address = f"http://127.0.0.1:{door}/p/{number}.html"
    answer: requests.Response = _sessions.session.get(address, timeout=60)
    return answer.status_code


def _stale(doors: list[int], numbers: list[int], found: Found) -> int:
    stale = 0
    for number in numbers:
        for door in doors:
            if (status := _status(door, number)) != 451:
                stale += 1
                if len(found.examples) < 20:
                    found.examples.append(f"{status} at {door} for /p/{number}.html")
    return stale


@contextmanager
def readers(numbers: list[int], doors: list[int], connections: int, found: Found) -> Iterator[None]:
    """Let wrk ask for the articles at every door; ended by its number."""
    with tempfile.NamedTemporaryFile("w", suffix=".paths") as paths:
        paths.write("".join(f"/p/{number}.html\n" for number in numbers))
        paths.flush()
        processes = [_reader(door, connections, paths.name) for door in doors]
        time.sleep(0.2)
        try:
            yield
        finally:
            for process in processes:
                process.send_signal(signal.SIGINT)
                lines = process.communicate(timeout=60)[0].strip().splitlines()
                if not lines:  # Who ends the benchmark ends its readers before they have counted.
                    continue
                said = json.loads(lines[-1])
                found.readers_requests += said["requests"]
                found.readers_broken += said["broken"]


def _reader(door: int, connections: int, paths: str) -> "subprocess.Popen[str]":
    command = [
        shutil.which("wrk") or "wrk", "-t1", f"-c{connections}", "-d3600s", "--timeout", "20s",
        "-s", str(_LUA), f"http://127.0.0.1:{door}", "--", paths, "GET",
    ]  # fmt: skip
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@contextmanager
def dumb_cache(web: int, port: int) -> Iterator[int]:
    """Serve what the site once said, for good."""
    kept: dict[str, tuple[int, bytes]] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path not in kept:
                answer = get(web, self.path)
                kept[self.path] = answer.status_code, answer.content
            status, body = kept[self.path]
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield port
    finally:
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main()
