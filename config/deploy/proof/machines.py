"""The machines of the proof: PostgreSQL with a replica, Redis, nginx, and processes of the site.
What is started here is ended here, by its own process number."""

import http.client
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOST = "www.example.com"
NGINX, WEB_A, WEB_B, PRIMARY, REPLICA, REDIS = range(6)  # What each port is for.
_STARTED = time.monotonic()


class MissingError(Exception):
    """A program that the proof needs is not installed."""


def say(what: str) -> None:
    """Tell what has been proved, and after how long."""
    write(f"{time.monotonic() - _STARTED:5.1f} s  {what}")


def write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def program(name: str) -> str:
    """Return the path of a program, wherever Debian puts it. Raises MissingError."""
    folders = [*os.get_exec_path(), "/usr/sbin", *map(str, _postgresql_folders())]
    if found := shutil.which(name, path=os.pathsep.join(folders)):
        return found
    raise MissingError(f"{name} is not installed.")


def _postgresql_folders() -> list[Path]:
    return sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)


def wait_for(is_so: Callable[[], Any], what: str, seconds: float = 20) -> None:
    """Wait until something is so. Raises AssertionError that says what is not."""
    until = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > until:
            raise AssertionError(f"after {seconds:g} s: {what}")
        time.sleep(0.05)


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ask(port: int, path: str, **headers: str) -> tuple[int, str, http.client.HTTPMessage]:
    """Return status, body and headers of a GET, sent as the proxy before nginx would send it."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
    told = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7", **headers}
    try:
        connection.request("GET", path, headers=told)
        response = connection.getresponse()
        body = response.read().decode(errors="replace")
        return response.status, body, response.headers
    finally:
        connection.close()


@dataclass
class Machines:
    """A folder, and the processes that were started in it. Each logs into a file of its name."""

    folder: Path
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    clusters: list[Path] = field(default_factory=list)

    def start(
        self, name: str, command: Sequence[str], env: Mapping[str, str], cwd: Path
    ) -> "subprocess.Popen[bytes]":
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=dict(env), cwd=cwd, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                start_new_session=True,
            )  # fmt: skip
        return self.processes[name]

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to a process and to what it has started."""
        os.killpg(self.processes[name].pid, number)
        if number == signal.SIGKILL:
            self.processes[name].wait()

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def stop(self) -> None:
        """End everything, whatever state it is in."""
        for process in self.processes.values():
            for number in (signal.SIGCONT, signal.SIGTERM):
                _send(process, number)
        for process in self.processes.values():
            # What does not end is killed, with what it has started.
            with suppress(subprocess.TimeoutExpired):
                process.wait(8)
            _send(process, signal.SIGKILL)
            process.wait()
        for cluster in reversed(self.clusters):
            self._pg("pg_ctl", "-D", str(cluster), "-m", "immediate", "stop", check=False)

    # --- PostgreSQL --------------------------------------------------------------------------
    def _pg(self, tool: str, *arguments: str, check: bool = True) -> None:
        """Run a tool of PostgreSQL, which refuses to work for root."""
        command = [program(tool), *arguments]
        if os.geteuid() == 0:
            command = [program("runuser"), "-u", "postgres", "--", *command]
        with (self.folder / "postgresql.log").open("ab") as log:
            result = subprocess.run(command, check=False, stdout=log, stderr=log, cwd="/")
        if check and result.returncode:
            raise AssertionError(f"{tool} failed:\n{self.log('postgresql')}")

    def start_postgresql(self, primary: int, replica: int) -> None:
        """Make a cluster and a streaming replica of it, as pg_basebackup makes one."""
        home = self.folder / "postgresql"
        home.mkdir()
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(home, owner.pw_uid, owner.pw_gid)
        first, second = home / "primary", home / "replica"
        self._pg(
            "initdb", "-D", str(first), "-U", "postgres", "-A", "trust", "-E", "UTF8",
            "--locale=C.UTF-8", "--no-sync",
        )  # fmt: skip
        self._start_cluster(first, primary)
        self._pg(
            "pg_basebackup", "-h", "127.0.0.1", "-p", str(primary), "-U", "postgres",
            "-D", str(second), "-R", "-X", "stream", "-c", "fast", "--no-sync",
        )  # fmt: skip
        self._start_cluster(second, replica)

    def _start_cluster(self, cluster: Path, port: int) -> None:
        self.clusters.append(cluster)
        settings = f"-p {port} -k {cluster} -c fsync=off -c listen_addresses=127.0.0.1"
        log = str(cluster.with_suffix(".log"))
        self._pg("pg_ctl", "-D", str(cluster), "-o", settings, "-l", log, "-w", "start")

    def stop_cluster(self, index: int) -> None:
        self._pg("pg_ctl", "-D", str(self.clusters[index]), "-m", "immediate", "stop")

    # --- Redis, nginx ------------------------------------------------------------------------
    def start_redis(self, port: int) -> None:
        command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
        self.start("redis", [*command, "--save", ""], os.environ, self.folder)
        wait_for(lambda: listens(port), "Redis listens")

    def start_nginx(self, site: Path, port: int) -> None:
        """Test a configuration of the site and start nginx under it."""
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"):
            (self.folder / f"nginx-{name}").mkdir()
        temporary = "".join(
            f"{name}_temp_path {self.folder}/nginx-{name};"
            for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;" if os.geteuid() == 0 else ""
        whole = self.folder / "nginx.conf"
        whole.write_text(
            f"{user} daemon off; worker_processes 2; pid {self.folder}/nginx.pid;"
            f"error_log {self.folder}/nginx.log;\nevents {{ }}\nhttp {{\n"
            f"include /etc/nginx/mime.types; access_log off; {temporary}\ninclude {site};\n}}\n"
        )
        command = [program("nginx"), "-e", f"{self.folder}/nginx.log", "-c", str(whole)]
        subprocess.run([*command, "-t", "-q"], check=True)
        self.start("nginx", command, os.environ, self.folder)
        wait_for(lambda: listens(port), "nginx listens")


def _send(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    try:
        os.killpg(process.pid, number)
    except ProcessLookupError:
        return
