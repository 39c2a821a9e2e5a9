from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import DEFAULT_DB_ALIAS, OperationalError, connections

_LOCK_NOT_AVAILABLE = "55P03"


class Command(migrate.Command):
    """Django's own, which on PostgreSQL gives up what it cannot lock within seconds: while it
    waited for a long transaction, every reader of the table would have to wait behind it. What was
    migrated before stays; running it again goes on from there."""

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--lock-timeout",
            type=int,
            default=5,
            metavar="SECONDS",
            help="How long to wait for a lock (PostgreSQL). 0 waits for ever. Default: 5.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"] or DEFAULT_DB_ALIAS]
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        seconds = int(options["lock_timeout"])
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = %s", [f"{seconds}s"])
        try:
            super().handle(*args, **options)
        except OperationalError as error:
            if getattr(error.__cause__, "pgcode", None) != _LOCK_NOT_AVAILABLE:
                raise
            raise CommandError(
                f"A table stayed locked by others for {seconds} s; the migration was given up, "
                "so that they need not wait for it. Run it again, best at a quiet hour."
            ) from error
        finally:
            if connection.connection is not None and not connection.needs_rollback:
                with connection.cursor() as cursor:
                    cursor.execute("RESET lock_timeout")
