"""Ten minutes of everything at once, on a site that is started for it.

    python -m tests.benchmarks.mixed --database sqlite:////somewhere/many.sqlite3
    python -m tests.benchmarks.mixed --database postgres://…/many --minutes 10 --json out.json

Web server, worker and periodic work run as on a site. Readers ask for pages (articles by Zipf's
law, the newest most), lists, searches and feeds, like and read; contributors sign in and send
texts in; editors sign in, revise and publish; moderators take articles down. All of them over HTTP
with sessions and tokens, a few at a time. Every answer's status is checked, and that what was
taken down answers 451 from then on. At the end: how many of each, p50 and p99, the memory of each
process, connections to the database (open files of the site's processes with SQLite), and whether
any of that grew. Fails where one answer was wrong or something grew. Adds to the database, which
`fill` has made.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import django

from tests.benchmarks.mixed.actors import Actors, Tally
from tests.benchmarks.running import Running, manage, site_environment

_SAMPLES = 40
# What is more than that, and than a tenth, has grown; less is chance.
_MEGABYTES, _CONNECTIONS = 12.0, 6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--database", required=True)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--readers", type=int, default=6)
    parser.add_argument("--contributors", type=int, default=2)
    parser.add_argument("--editors", type=int, default=2)
    parser.add_argument("--moderators", type=int, default=1)
    parser.add_argument("--pause", type=float, default=0.05, help="of a reader, seconds")
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--port", type=int, default=8349)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    os.environ["DATABASE_URL"] = options.database
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    from tests import settings as used

    # The people's passwords are to be read by the site, which knows no quick hashes.
    used.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    used.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    django.setup()
    with tempfile.TemporaryDirectory(prefix="tougao-mixed-") as folder:
        report = run(options, Path(folder))
    text = json.dumps(report, ensure_ascii=False, indent=1)
    print(text)
    if options.json:
        options.json.write_text(text + "\n")
    sys.exit(1 if report["errors"] or report["grew"] else 0)


def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    address = f"http://127.0.0.1:{options.port}"
    environment = site_environment(options.database, folder, address)
    manage(environment, "migrate", "-v", "0")
    manage(environment, "sync_roles", "-v", "0")
    manage(environment, "collectstatic", "--noinput", "-v", "0")
    tally, stop = Tally(), threading.Event()
    actors = Actors(address, options, tally, stop)
    with Running(folder) as running:
        running.web("web", options.port, environment, options.threads)
        running.wait_for("web", options.port)
        for name, arguments in (("work", ["work"]), ("periodic", ["periodic", "--loop"])):
            running.start(name, [sys.executable, "manage.py", *arguments], environment)
        threads = [threading.Thread(target=work) for work in actors.works()]
        for thread in threads:
            thread.start()
        try:
            samples = watch(running, options.minutes * 60, tally)
        finally:
            stop.set()
            for thread in threads:
                thread.join(90)
        ended = [name for name, one in running.processes.items() if one.poll() is not None]
        said = {name: (folder / f"{name}.log").read_text(errors="replace")[-3000:]
                for name in running.processes}  # fmt: skip
    for name in ended:
        tally.wrong(f"{name} ended by itself")
    return {
        "minutes": options.minutes,
        "load at the end": os.getloadavg()[0],
        **tally.report(),
        **courses(samples),
        "logs": {name: text for name, text in said.items() if text.strip()},
    }


def watch(running: Running, seconds: float, tally: Tally) -> list[dict[str, float]]:
    """Measure the processes again and again until the time is over."""
    samples: list[dict[str, float]] = []
    began = time.monotonic()
    for place in range(1, _SAMPLES + 1):
        time.sleep(max(0.0, began + seconds * place / _SAMPLES - time.monotonic()))
        sample = {f"{name}, MB": round(running.memory(name), 1) for name in running.processes}
        sample["connections"] = float(connections(running))
        samples.append(sample)
        if place % 4 == 0:
            far = f"{time.monotonic() - began:,.0f} s: {tally.count():,} requests"
            print(f"  {far}, {len(tally.errors)} errors, {sample}", file=sys.stderr, flush=True)
            for error in tally.errors[-3:]:
                print(f"    {error[:300]}", file=sys.stderr, flush=True)
    return samples


def connections(running: Running) -> int:
    """Return how many connections PostgreSQL has but this one; with SQLite, how many files and
    sockets the site's processes hold open."""
    from django.db import connection

    if connection.vendor != "postgresql":
        return sum(running.descriptors(name) for name in running.processes)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return int(cursor.fetchone()[0])


def courses(samples: list[dict[str, float]]) -> dict[str, Any]:
    """Return what each measure was at the start, in the middle and at the end, and which grew from
    the second quarter to the last."""
    quarter = len(samples) // 4
    found: dict[str, Any] = {}
    grew = []
    for name in samples[0]:
        values = [sample[name] for sample in samples]
        before = statistics.median(values[quarter : 2 * quarter])
        after = statistics.median(values[-quarter:])
        found[name] = {
            "start": values[0],
            "middle": values[len(values) // 2],
            "end": values[-1],
            "second quarter": before,
            "last quarter": after,
        }
        least = _CONNECTIONS if name == "connections" else _MEGABYTES
        if after - before > max(least, before / 10):
            grew.append(name)
    return {"courses": found, "grew": grew}


if __name__ == "__main__":
    main()
