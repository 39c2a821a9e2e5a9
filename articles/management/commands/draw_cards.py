from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from articles.models import Article, ShareCard
from articles.services.cards import draw_card

_STEP = 100


class Command(BaseCommand):
    """After an import, whose articles have none; with --again after a Chinese font came."""

    help = "Draw the pictures for sharing of public articles without a cover."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="Also those that are drawn.")

    def handle(self, *args: Any, **options: Any) -> None:
        """From the newest back, a hundred at a time; may be stopped and run again. A fifth of a
        second for each."""
        if options["again"]:
            ShareCard.objects.update(version="")
        drawn, last = 0, None
        while numbers := self._next(last):
            for number in numbers:
                draw_card.func(number)
            drawn, last = drawn + len(numbers), numbers[-1]
            self.stdout.write(f"{drawn} …")
        self.stdout.write(self.style.SUCCESS(f"Done: {drawn}."))

    @staticmethod
    def _next(last: int | None) -> list[int]:
        rows = Article.objects.visible().filter(cover__isnull=True).order_by("-pk")
        if last is not None:
            rows = rows.filter(pk__lt=last)
        return list(rows.values_list("pk", flat=True)[:_STEP])
