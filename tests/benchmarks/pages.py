"""What the site's pages cost, beside the yardsticks, in one run.

    python -m tests.benchmarks.fill --size 10000     (with DATABASE_URL)
    python -m tests.benchmarks.pages --database sqlite:////somewhere/many.sqlite3 \\
        --json out.json --markdown out.md --plot out.svg
    python -m tests.benchmarks.pages --compare small.json large.json

Starts on loopback, all with the same server, processes and threads: the site without its page
cache, the site with it, the site behind nginx that hands the pages out, a bare Django that says
one word; and nginx with an article's HTML as a file. Measures them with wrk by turns, round by
round, and gives medians over the rounds, and the ratio to the yardstick of the same round. What
writes is measured at the services: this adds articles to the database, and withholds some.

Needs wrk, nginx and a database that `fill` has made. Ends what it started.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django

from tests.benchmarks import reporting
from tests.benchmarks.asking import visible_numbers
from tests.benchmarks.running import Running, get, manage, require, site_environment

_LUA = Path(__file__).parent / "wrk.lua"
CACHED_PAGES = ("article", "hot article", "home", "category", "deepest", "tag", "topic", "feed")
_MANY, _SEED = 500, 7


@dataclass(frozen=True)
class Target:
    """A server and a page of it."""

    server: str
    page: str
    port: int
    paths: tuple[str, ...]
    method: str = "GET"


@dataclass
class Result:
    """What a target gave, a value for each round."""

    rates: list[float] = field(default_factory=list)
    p50: list[float] = field(default_factory=list)
    p99: list[float] = field(default_factory=list)
    failed: int = 0

    def add(self, found: dict[str, Any]) -> None:
        self.rates.append(found["requests"] / found["seconds"])
        self.p50.append(found["p50"])
        self.p99.append(found["p99"])
        self.failed += found["failed"] + found["broken"]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--database", help="its address, as DATABASE_URL has it")
    add("--only", default="", help="pages, with commas between them")
    add("--servers", default="uncached,cached,front", help="which of the site's")
    add("--connections", default="1,8,64")
    add("--seconds", type=float, default=1.5, help="of each measurement")
    add("--rounds", type=int, default=3)
    add("--threads", type=int, default=4)
    add("--port", type=int, default=8340, help="the first of six")
    add("--writes", type=int, default=40, help="how many of each; 0: none")
    add("--json", type=Path)
    add("--markdown", type=Path, help="a file for the table, which is printed as well")
    add("--plot", type=Path)
    add("--compare", nargs=2, type=Path, metavar=("SMALL", "LARGE"))
    return parser.parse_args()


def main() -> None:
    options = arguments()
    if options.compare:
        print(reporting.flatness(*(json.loads(path.read_text()) for path in options.compare)))
        return
    if not options.database:
        sys.exit("Which database? --database sqlite:////… or postgres://…")
    require("wrk", "nginx")
    os.environ["DATABASE_URL"] = options.database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    from tests import settings as used

    # As on a site, a worker relates and indexes and not the request: read when Django is set up.
    used.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    django.setup()
    with tempfile.TemporaryDirectory(prefix="tougao-pages-") as folder:
        Path(folder).chmod(0o755)  # nginx reads it as nobody.
        report = measure(options, Path(folder))
    if options.json:
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    table = reporting.table(report)
    if options.markdown:
        options.markdown.write_text(table)
    if options.plot:
        options.plot.write_text(reporting.plot(report))
    print(table)


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    from tests.benchmarks import asking, changing

    pages = asking.pages(_MANY, _SEED)
    if options.only:
        wanted = options.only.split(",")
        if unknown := set(wanted) - set(pages) - {"like"}:
            sys.exit(f"No such page: {', '.join(unknown)}. There are: {', '.join(pages)}, like.")
        pages = {name: paths for name, paths in pages.items() if name in wanted}
    report: dict[str, Any] = {"about": about(options), "pages": {}, "writes": {}, "memory": {}}
    report["pages"] = {
        name: {"queries": asking.queries(paths), "bytes": 0, "results": {}}
        for name, paths in pages.items()
    }
    with Running(folder) as running:
        targets = start(running, options, pages, folder)
        for target in targets:
            if target.server in {"uncached", "cached"} and target.page in report["pages"]:
                answer = get(target.port, target.paths[0])
                if answer.status_code != 200:
                    sys.exit(f"{target.paths[0]} answers {answer.status_code}")
                report["pages"][target.page]["bytes"] = len(answer.content)
        load(options, folder, targets, report)
        report["memory"] = {name: round(running.memory(name), 1) for name in running.processes}
        report["about"]["load at the end"] = os.getloadavg()[0]
    if options.writes:
        report["writes"] = changing.measure(options.writes)
    return report


def about(options: argparse.Namespace) -> dict[str, Any]:
    from django.db import connection

    from articles.models import Article

    last = Article.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "articles": last,
        "database": connection.vendor,
        "python": platform.python_version(),
        "processors": os.cpu_count(),
        "processor": _processor(),
        "seconds": options.seconds,
        "rounds": options.rounds,
        "threads": options.threads,
        "load at the start": os.getloadavg()[0],
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


# --- Servers --------------------------------------------------------------------------------
def start(
    running: Running, options: argparse.Namespace, pages: dict[str, list[str]], folder: Path
) -> list[Target]:
    """Start the servers and return what is asked of them."""
    uncached, cached, behind, hello, static, front = range(options.port, options.port + 6)
    wanted = set(options.servers.split(","))
    address = f"http://127.0.0.1:{front}"
    plain = site_environment(options.database, folder, address)
    pages_folder = {"PAGES_DIR": str(folder / "pages"), "TRUSTED_PROXY_COUNT": "1"}
    manage(plain, "collectstatic", "--noinput", "-v", "0")
    ways = {
        "uncached": (uncached, {**plain, "PAGE_CACHE_MB": "0"}),
        "cached": (cached, plain),
        "front": (behind, {**plain, **pages_folder}),
    }
    for name, (port, environment) in ways.items():
        if name in wanted or name == "uncached":
            running.web(name, port, environment, options.threads)
    running.hello(hello, options.threads)
    running.wait_for("hello", hello, "/")
    for name, (port, _environment) in ways.items():
        if name in running.processes:
            running.wait_for(name, port)
    html = folder / "static-page" / "page.html"
    html.parent.mkdir()
    some = pages.get("article") or next(iter(pages.values()))
    html.write_bytes(get(uncached, some[0]).content)
    servers = f"server {{ listen 127.0.0.1:{static}; root {html.parent}; }}\n"
    if "front" in wanted:
        servers += manage(
            {**plain, **pages_folder}, "nginx_conf", "--listen", f"127.0.0.1:{front}",
            "--upstream", f"127.0.0.1:{behind}",
        )  # fmt: skip
    running.nginx(servers)
    running.wait_for("nginx", static, "/page.html")
    return [
        Target("hello", "hello", hello, ("/",)),
        Target("static", "static", static, ("/page.html",)),
        *_targets(pages, wanted, {"uncached": uncached, "cached": cached, "front": front}, options),
    ]


def _targets(
    pages: dict[str, list[str]],
    wanted: set[str],
    ports: dict[str, int],
    options: argparse.Namespace,
) -> Iterator[Target]:
    for name, paths in pages.items():
        for server, port in ports.items():
            if server in wanted and (server == "uncached" or name in CACHED_PAGES):
                yield Target(server, name, port, tuple(paths))
    if not options.only or "like" in options.only.split(","):
        # Not of the articles that are asked for: a like purges its page.
        asked = set(pages.get("article", ()))
        likes = [f"/p/{number}" for number in visible_numbers(_MANY, _SEED + 1)]
        liked = tuple(f"{path}/like/" for path in likes if f"{path}.html" not in asked)
        yield Target("uncached", "like", ports["uncached"], liked, "POST")


# --- Load -----------------------------------------------------------------------------------
def load(
    options: argparse.Namespace, folder: Path, targets: list[Target], report: dict[str, Any]
) -> None:
    """Ask all targets by turns, and put what they gave into the report."""
    results: dict[tuple[str, str, int], Result] = {}
    for target in targets:
        if target.server in {"cached", "front"}:
            for path in target.paths:
                get(target.port, path)
    for turn in range(options.rounds):
        for connections in map(int, options.connections.split(",")):
            for target in targets:
                found = ask(target, connections, options.seconds, folder)
                key = (target.server, target.page, connections)
                results.setdefault(key, Result()).add(found)
        print(f"  round {turn + 1} of {options.rounds} (load {os.getloadavg()[0]:.1f})",
              file=sys.stderr, flush=True)  # fmt: skip
    for (server, page, connections), result in results.items():
        yardstick = results["static" if server == "front" else "hello",
                            "static" if server == "front" else "hello", connections]  # fmt: skip
        into = report["pages"].setdefault(page, {"queries": None, "bytes": 0, "results": {}})
        into["results"].setdefault(server, {})[str(connections)] = {
            "rate": round(statistics.median(result.rates), 1),
            "p50": round(statistics.median(result.p50), 3),
            "p99": round(statistics.median(result.p99), 3),
            "ratio": round(
                statistics.median(
                    own / other for own, other in zip(result.rates, yardstick.rates, strict=True)
                ),
                4,
            ),
            "failed": result.failed,
        }


def ask(target: Target, connections: int, seconds: float, folder: Path) -> dict[str, Any]:
    """Let wrk ask for the paths of a target. wrk knows whole seconds alone: less is one."""
    paths = folder / "paths"
    paths.write_text("\n".join(target.paths) + "\n")
    command = [
        shutil.which("wrk") or "wrk", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s",
        "--timeout", "20s", "-s", str(_LUA), f"http://127.0.0.1:{target.port}", "--",
        str(paths), target.method,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


if __name__ == "__main__":
    main()
