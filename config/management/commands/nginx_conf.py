from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.nginx import Front, UnfitError, render


class Command(BaseCommand):
    """Prints nginx's configuration, so that names, headers, limits and folders are those of the
    settings. To be run again when they have changed, and after an upgrade. Reads no database."""

    help = "Write the configuration of nginx in front of this site."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("--listen", default="80", help="Port, or address and port. Default: 80, 443 with TLS.")
        add("--upstream", action="append", help="A web process, host:port; may be repeated.")
        add("--static", type=Path, help="Where nginx finds the static files.")
        add("--media", type=Path, help="Where nginx finds the pictures.")
        add("--pages", type=Path, help="Where nginx finds the rendered pages.")
        add("--certificate", default="", help="For TLS: the certificate's file.")
        add("--key", default="", help="For TLS: the key's file.")
        add("--brotli", action="store_true", help="nginx has the module brotli_static.")
        add("--output", type=Path, help="A file to write; else standard output.")

    def handle(self, *args: Any, **options: Any) -> None:
        pages = options["pages"] or (Path(settings.PAGES_DIR) if settings.PAGES_DIR else None)
        listen = options["listen"]
        front = Front(
            listen="443" if options["certificate"] and listen == "80" else listen,
            upstreams=tuple(options["upstream"] or [f"127.0.0.1:{settings.PORT}"]),
            static=options["static"] or Path(settings.STATIC_ROOT),
            media=options["media"] or Path(settings.MEDIA_ROOT),
            pages=pages if settings.PAGES_DIR else None,
            certificate=options["certificate"],
            key=options["key"],
            brotli=options["brotli"],
        )
        try:
            text = render(front)
        except UnfitError as error:
            raise CommandError(str(error)) from error
        if options["output"]:
            options["output"].write_text(text)
        else:
            self.stdout.write(text, ending="")
