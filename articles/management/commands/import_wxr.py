import fcntl
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils.translation import gettext as _

from articles.wxr.importer import Import
from articles.wxr.progress import Progress
from articles.wxr.report import Report
from articles.wxr.stream import Refused
from articles.wxr.summary import summary_data, summary_lines


class Command(BaseCommand):
    help = "Move a WordPress site in from its export file (WXR)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", help="the .xml file of Tools → Export")
        parser.add_argument(
            "--media", metavar="DIR", help="a copy of wp-content/uploads, for the pictures"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say what would happen, and write nothing"
        )
        parser.add_argument(
            "--report", metavar="FILE", help="write what became of each address (.csv or .json)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._import(options)
        except Refused as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(
                _("The database failed: %(why)s. What was written stays; run the same command "
                  "again to go on.") % {"why": error}
            ) from error  # fmt: skip
        except KeyboardInterrupt as error:
            raise CommandError(
                _("Interrupted. What was written stays; run the same command again to go on.")
            ) from error

    def _import(self, options: dict[str, Any]) -> None:
        path, is_dry = Path(options["file"]), options["dry_run"]
        media = _folder(options["media"])
        target = Path(options["report"]) if options["report"] else None
        if target is not None and target.resolve() == path.resolve():
            raise Refused(_("The report would overwrite the export. Name another file."))
        progress = Progress(is_quiet=options["verbosity"] == 0)
        with _alone(is_dry=is_dry), Report(target) as report:
            run = Import(path, report, progress, media=media, is_dry=is_dry)
            run.run()
            report.finish(summary_data(run))
            if options["verbosity"] > 0:
                for line in summary_lines(run):
                    self.stdout.write(line)


def _folder(name: str | None) -> Path | None:
    if name is None:
        return None
    path = Path(name)
    if not path.is_dir():
        raise Refused(_("There is no folder %(path)s for the pictures.") % {"path": path})
    return path


@contextmanager
def _alone(*, is_dry: bool) -> Iterator[None]:
    """Refuse a second import beside this one; the lock ends with the process, however it ends."""
    if is_dry:
        yield
        return
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / "import_wxr.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(_("Another import is running. Wait until it has ended.")) from error
        yield
