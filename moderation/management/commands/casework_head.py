"""`manage.py casework_head`: the latest signed head of the record, to be kept elsewhere."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from moderation.services.heads import latest_head


class Command(BaseCommand):
    help = (
        "Print the latest signed head of the record as JSON. Keep it elsewhere: `verify_casework "
        "--head FILE` shows whether the record was cut off or written anew since."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        head = latest_head()
        if head is None:
            raise CommandError("There is none yet: the periodic job signs one a day.")
        self.stdout.write(json.dumps(head, indent=2))
