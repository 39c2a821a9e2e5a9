from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils.translation import gettext as _

from articles.models import EVERYTHING, ArticleList
from articles.services.listing import STAGES, rebuilding, verify_lists
from articles.wxr.progress import Progress

_SHOWN = 20


class Command(BaseCommand):
    help = (
        "Make the lists that readers walk agree with the articles, and count them anew. Safe "
        "beside a running site, where who publishes waits; interrupted, it changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check",
            action="store_true",
            help="only say what is wrong with them; exit with 1 if anything is",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["check"]:
            self._check()
        else:
            self._rebuild(is_quiet=options["verbosity"] == 0)

    def _check(self) -> None:
        wrong = verify_lists()
        for line in wrong[:_SHOWN]:
            self.stdout.write(line)
        if wrong:
            raise CommandError(_("%(n)d things are wrong with the lists.") % {"n": len(wrong)})
        self.stdout.write(_("The lists are right."))

    @transaction.atomic
    def _rebuild(self, *, is_quiet: bool) -> None:
        progress = Progress(is_quiet=is_quiet)
        for done, stage in enumerate(rebuilding()):
            progress.show(_("Lists"), done, len(STAGES), stage)
        progress.end()
        if not is_quiet:
            count = ArticleList.objects.get(pk=EVERYTHING).count
            text = _("%(n)d articles stand in %(lists)d lists.")
            self.stdout.write(text % {"n": count, "lists": ArticleList.objects.count()})
