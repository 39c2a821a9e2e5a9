from typing import Any

from django.core.management.base import BaseCommand, CommandError

from articles.services.roles import sync_roles


class Command(BaseCommand):
    help = "Give the groups editor, chief editor and moderator exactly their permissions."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            changes = sync_roles()
        except LookupError as error:
            raise CommandError(str(error)) from error
        if options["verbosity"]:
            for name, (granted, taken) in changes.items():
                self.stdout.write(f"{name}: {granted} granted, {taken} taken away")
