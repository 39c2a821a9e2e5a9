import fcntl
import os
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn, TextIO
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from django.utils.translation import gettext as _

from config.preparation import (
    has_chief_editor,
    prepare_database,
    prepare_demo,
    prepare_static,
)
from config.supervisor import Child, Supervisor, answers
from config.terminal import Terminal

_LOOPBACK = "127.0.0.1"


class Command(BaseCommand):
    """The whole site from one command: `make run`, and a machine in production as well.

    PORT, HOST (loopback unless it is set), WORKERS and THREADS say where and how wide. In
    production the parts may also run each by itself, on one machine or several:
    `granian --interface wsgi config.wsgi:application`, `manage.py work` (any number) and
    `manage.py periodic --loop` (a second one only stands by), after `manage.py migrate`,
    `sync_roles` and `collectstatic`.
    """

    help = "Prepare the site, then run web server, worker and periodic work until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        terminal = Terminal(self.stdout)
        lock = self._lock()
        try:
            self._require_free_port()
            self._run(terminal)
        except KeyboardInterrupt:
            terminal.line()
            terminal.line(_("Stopped. The next start goes on from here."))
            sys.exit(130)
        finally:
            lock.close()

    def _run(self, terminal: Terminal) -> NoReturn:
        prepare_database(terminal)
        prepare_static(terminal)
        prepare_demo(terminal)
        self._require_chief_editor(terminal)
        connections.close_all()
        code = self._supervisor(terminal).run()
        terminal.line(_("Stopped.") if code == 0 else _("The site could not be started."))
        sys.exit(code)

    def _lock(self) -> TextIO:
        """Take the data folder for this process; the kernel gives it back when it ends."""
        folder = Path(settings.DATA_DIR)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = (folder / "serve.lock").open("a+", encoding="utf-8")
        except OSError as error:
            raise CommandError(
                _("The data folder %(folder)s cannot be written: %(error)s")
                % {"folder": folder, "error": error.strerror}
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            where = lock.read().strip()
            lock.close()
            raise CommandError(
                _(
                    "A site already runs on the data in %(folder)s: %(where)s. Stop it first, "
                    "or choose another folder: make run DATA_DIR=… PORT=…"
                )
                % {"folder": folder, "where": where}
            ) from error
        lock.truncate(0)
        lock.write(f"{settings.SITE_URL} (PID {os.getpid()})")
        lock.flush()
        return lock

    def _require_free_port(self) -> None:
        family = socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.HOST, settings.PORT))
            except (OSError, OverflowError) as error:
                raise CommandError(
                    _(
                        "Port %(port)d on %(host)s cannot be used: %(error)s. Choose another: "
                        "make run PORT=%(other)d"
                    )
                    % {
                        "port": settings.PORT,
                        "host": settings.HOST,
                        "error": getattr(error, "strerror", None) or error,
                        "other": settings.PORT + 1 if settings.PORT < 65000 else 8001,
                    }
                ) from error

    def _require_chief_editor(self, terminal: Terminal) -> None:
        if has_chief_editor():
            return
        if sys.stdin.isatty():
            terminal.line(_("Nobody manages this site yet. Who is its first chief editor?"))
            call_command("create_chief_editor")
            return
        terminal.line(
            _(
                "Nobody manages this site yet. Make the first chief editor with: "
                "CHIEF_EDITOR_PASSWORD=… %(python)s manage.py create_chief_editor "
                "--email … --name …"
            )
            % {"python": os.path.relpath(sys.executable)}
        )

    def _supervisor(self, terminal: Terminal) -> Supervisor:
        spare_memory()
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        if settings.LOCAL_RUN:
            environment.setdefault("LOG_LEVEL", "WARNING")
        reached = _LOOPBACK if settings.HOST in {"0.0.0.0", "::"} else settings.HOST  # noqa: S104
        return Supervisor(
            children=children(),
            environment=environment,
            say=lambda text: terminal.line(_("Started again: %(what)s") % {"what": text}),
            is_ready=lambda: answers(reached, settings.PORT, urlsplit(settings.SITE_URL).netloc),
            on_ready=lambda: terminal.box(_welcome()),
        )


def spare_memory() -> None:
    """Let the processes that are started from here keep what they free in one place instead of one
    a thread (mallopt(3), M_ARENA_MAX): 40 MB less of a web process with four threads, which run one
    at a time anyway. What the environment says holds."""
    os.environ.setdefault("MALLOC_ARENA_MAX", "1")


def web_command() -> list[str]:
    """Return how the web server is started where the settings say."""
    return [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", settings.HOST,
        "--port", str(settings.PORT), "--http", "1", "--workers", str(settings.WORKERS),
        "--blocking-threads", str(settings.THREADS), "--respawn-failed-workers",
        "--workers-kill-timeout", "5", "--log-level", "warning",
        "--working-dir", str(settings.BASE_DIR), "config.wsgi:application",
    ]  # fmt: skip


def children() -> list[Child]:
    """The processes of a site: web server, worker, periodic work."""
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    return [
        Child("web", web_command(), grace=8),
        # Readers wait for the web server, nobody for these.
        Child("work", [*manage, "work", "--skip-checks"], grace=10, nice=5),
        Child("periodic", [*manage, "periodic", "--loop", "--skip-checks"], grace=10, nice=5),
    ]


def _welcome() -> list[str]:
    return [
        _("The site:        %(address)s") % {"address": settings.SITE_URL + "/"},
        _("Editors' desk:   %(address)s") % {"address": settings.SITE_URL + "/admin/"},
        _("Its data:        %(folder)s") % {"folder": settings.DATA_DIR},
        _("To stop:         Ctrl-C"),
    ]
