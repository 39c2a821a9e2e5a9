import os
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from config.management.commands.serve import spare_memory, web_command


class Command(BaseCommand):
    """The web server alone, where each part of the site runs by itself. HOST, PORT, WORKERS and
    THREADS say where and how wide. The process becomes granian: signals reach it."""

    help = "Serve the site's pages, without worker and periodic work."

    def handle(self, *args: Any, **options: Any) -> NoReturn:
        spare_memory()
        command = web_command()
        os.execv(command[0], command)  # noqa: S606 (a command of our own)
