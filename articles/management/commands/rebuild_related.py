from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.models import Article
from articles.search import index_owed, refresh_search_statistics
from articles.services.related import rebuild_related
from articles.wxr.progress import Progress

_KEPT_EVERY = 50


class Command(BaseCommand):
    help = (
        "Choose anew what stands below each article. Safe beside a running site; when it is "
        "interrupted, the same command goes on where it was."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--thin", action="store_true", help="only where fewer than six are left to show"
        )
        parser.add_argument(
            "--from-start", action="store_true", help="begin again after an interruption"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        progress = Progress(is_quiet=options["verbosity"] == 0)
        place = settings.DATA_DIR / f"rebuild_related{'_thin' if options['thin'] else ''}.at"
        after = 0 if options["from_start"] else _read(place)
        index_owed()
        refresh_search_statistics()
        public = Article.objects.filter(public_at__isnull=False, pk__gt=after)
        total, done = public.count(), 0
        stage = _("Related articles")
        if after and options["verbosity"]:
            self.stdout.write(_("Going on after article %(n)d.") % {"n": after})
        last = after
        try:
            for last in rebuild_related(after, thin_only=options["thin"]):
                done += 1
                if done % _KEPT_EVERY == 0:
                    _keep(place, last)
                progress.show(stage, done, total, f"{done}/{total}")
        except BaseException:  # Also a Ctrl-C: what is done stays done.
            _keep(place, last)
            raise
        finally:
            progress.end()
        place.unlink(missing_ok=True)
        if options["verbosity"]:
            text = ngettext("%(n)d article was looked at.", "%(n)d articles were looked at.", done)
            self.stdout.write(text % {"n": done})


def _read(place: Path) -> int:
    """Return the number after which an interrupted run goes on, 0 where there was none."""
    try:
        return int(place.read_text())
    except (OSError, ValueError):
        return 0


def _keep(place: Path, number: int) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"{number}\n")
