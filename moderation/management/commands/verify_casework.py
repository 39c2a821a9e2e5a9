"""`manage.py verify_casework`: can the record be trusted, and is the database what it says?"""

import json
from argparse import ArgumentParser
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from moderation.models import Case, Event
from moderation.services.verifying import Report, verify

_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Check the record of casework: its chain and signed heads, and that states, measures, "
        "letters, files and pages are what it says. Exits with 0 where all is well, with 1 and the "
        "first bad line where it is not, with 2 where it could not be checked."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--case", default="", metavar="NUMBER", help="report on one case only")
        parser.add_argument(
            "--since", default="", metavar="SEQ|DATE",
            help="report on lines from this one, or this day (2026-01-31), on; trust earlier ones",
        )  # fmt: skip
        parser.add_argument(
            "--head", action="append", default=[], type=Path, metavar="FILE",
            help="check a signed head that was kept elsewhere as well (see casework_head)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            heads = tuple(_read(path) for path in options["head"])
            report = verify(
                case=_case(options["case"]),
                since=_since(options["since"]),
                heads=heads,
                progress=self._progress if options["verbosity"] > 0 else None,
            )
        except (DatabaseError, OSError) as error:
            raise CommandError(f"It could not be checked: {error}", returncode=2) from error
        self._tell(report)

    def _progress(self, done: int, total: int) -> None:
        self.stderr.write(f"{done} of {total} lines read")

    def _tell(self, report: Report) -> None:
        first = report.first
        if first is None:
            self.stdout.write(f"All is well: {report.lines} lines.")
            return
        for fault in report.faults[:_SHOWN]:
            self.stdout.write(f"seq {fault.seq} {fault.case}: {fault.why}")
        if len(report.faults) > _SHOWN:
            self.stdout.write(f"… and {len(report.faults) - _SHOWN} more")
        raise CommandError(f"The first bad line is {first.seq}: {first.why}.", returncode=1)


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise CommandError(f"{path} cannot be read: {error}", returncode=2) from error
    if not isinstance(data, dict):
        raise CommandError(f"{path} is not a signed head.", returncode=2)
    return data


def _case(number: str) -> str:
    known = Case.objects.filter(number=number).exists()
    if number and not (known or Event.objects.filter(case_number=number).exists()):
        raise CommandError(f"There is no case {number}.", returncode=2)
    return number


def _since(text: str) -> int:
    """Return the line from which on is reported: given by its number, or by a day."""
    if not text or text.isdecimal():
        return int(text or 0)
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"{text} is neither a line nor a day.", returncode=2) from error
    begin = timezone.make_aware(datetime.combine(day, time.min))
    first = Event.objects.filter(at__gte=begin).order_by("seq").values_list("seq", flat=True)
    return first.first() or (Event.objects.count() + 1)
