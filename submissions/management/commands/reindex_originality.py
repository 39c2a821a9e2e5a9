from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from submissions.originality.indexing import catch_up, refresh_stale, remake, stored_after
from submissions.originality.sources import SOURCES

_AT_ONCE = 200


class Command(BaseCommand):
    """Bring the index of texts up to date: what it lacks, and what an older method made.

    The site may run meanwhile, and so may another of these. Started again after an end of any
    kind, it skips what is done.
    """

    help = "Index all texts that the originality check lacks or that an older method indexed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--rebuild",
            action="store_true",
            help="Make all fingerprints anew from the texts that are kept, as after the loss of "
            "their table.",
        )
        parser.add_argument(
            "--after",
            type=int,
            default=0,
            help="With --rebuild: go on after this number, the last that was told.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        for source in SOURCES:
            written = catch_up(
                source,
                from_start=True,
                report=lambda at, of, written: self._say(f"read {at} of {of}, {written} indexed"),
            )
            self.stdout.write(f"{source.kind.label}: {written} indexed")
        self._refresh()
        if options["rebuild"]:
            self._rebuild(options["after"])

    def _refresh(self) -> None:
        done = 0
        while made := refresh_stale(_AT_ONCE):
            done += made
            self._say(f"{done} made by an older method done")
        self.stdout.write(f"Made anew by the present method: {done}")

    def _rebuild(self, after: int) -> None:
        done = 0
        while numbers := stored_after(after, _AT_ONCE):
            for number in numbers:
                remake(number)
            after, done = numbers[-1], done + len(numbers)
            self._say(f"rebuilt up to {after}")
        self.stdout.write(f"Rebuilt: {done}")

    def _say(self, text: str) -> None:
        self.stdout.write(f"  {text}")
        self.stdout.flush()
