import logging
import signal
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, close_old_connections, connection

from config.periodic_jobs import Schedule, alone

log = logging.getLogger(__name__)
_STAND_BY = 5.0
_TICK = 0.5


class Command(BaseCommand):
    """Once for cron, or with --loop as a process of its own. A second loop stands by."""

    help = "Do what is done again and again: mail, due articles, the hot list, tidying up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--loop", action="store_true", help="Go on until told to stop.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["loop"]:
            self._loop()
        else:
            with alone() as mine:
                if mine and Schedule().run_due():
                    raise CommandError("Some jobs failed; the log says which.")

    def _loop(self) -> None:
        """Run until SIGTERM or SIGINT; a job that has begun is finished first."""
        self._stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        schedule = Schedule()
        while not self._stopping:
            self._wait(self._step(schedule))

    def _step(self, schedule: Schedule) -> float:
        """Do what is due, if it is this process's turn; return how long to wait (seconds)."""
        close_old_connections()
        try:
            with alone() as mine:
                if not mine:
                    return _STAND_BY
                schedule.run_due()
        except DatabaseError:
            log.exception("The database cannot be reached.")
            connection.close()
            return _STAND_BY
        return schedule.seconds_to_next()

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and (left := until - time.monotonic()) > 0:
            time.sleep(min(_TICK, left))

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True
