from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from articles.demo.remover import Removal, edited_articles, planned, remove
from articles.models import User


class Command(BaseCommand):
    """Takes out what `load_demo` put in. What the site's own people made stays, and so does
    whatever of the demo it stands on."""

    help = "Remove the demo content and the demo people, and nothing else."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--yes", action="store_true", help="Do not ask for confirmation.")

    def handle(self, *args: Any, **options: Any) -> None:
        plan = planned()
        if not plan:
            self.stdout.write(_("There is no demo content here; nothing was changed."))
            return
        self.stdout.write(_("Of the demo there is here:"))
        self._list(plan)
        if edited := edited_articles():
            self.stdout.write(_("Revised by people of this site, and removed all the same:"))
            for title in edited:
                self.stdout.write(f"    {title}")
        if not options["yes"]:
            self._confirm()
        self._report(remove())

    def _list(self, counts: dict[str, int]) -> None:
        for name, count in counts.items():
            self.stdout.write(f"    {name}: {count}")

    def _confirm(self) -> None:
        try:
            answer = input(_("Remove it for good? Type yes: "))
        except EOFError as error:
            raise CommandError(_("Nobody is there to confirm. Use --yes.")) from error
        if answer.strip().casefold() not in {"yes", "是"}:
            raise CommandError(_("Nothing was removed."))

    def _report(self, removal: Removal) -> None:
        self.stdout.write(_("Removed:"))
        self._list(removal.removed)
        if removal.kept:
            self.stdout.write(_("Kept, and no longer part of the demo:"))
            for name, reason in removal.kept:
                self.stdout.write(f"    {name} ({reason})")
        if not User.objects.filter(is_superuser=True, is_active=True).exists():
            self.stdout.write(
                _(
                    "Nobody manages this site now. Make a chief editor: "
                    "manage.py create_chief_editor"
                )
            )
