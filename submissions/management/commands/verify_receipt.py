import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, NoReturn

from django.core.management.base import BaseCommand

from submissions.services.receipts import TextState, compare_text, verify

_TEXT = {
    TextState.SAME: "The stored version is the text that it speaks of.",
    TextState.DIFFERS: "The stored version is ANOTHER text than the one that it speaks of.",
    TextState.GONE: "That version is not stored here any more, so its text was not compared.",
}


class Command(BaseCommand):
    """Exit codes: 0 genuine (and the stored text, where there is one, is the same), 1 not genuine
    or another text, 2 no receipt could be read."""

    help = "Say whether a rights receipt is genuine, and compare it with the stored text."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", help="the receipt as downloaded (JSON), or - for standard input"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        payload, signature = self._read(options["file"])
        if not verify(payload, signature):
            self.stdout.write("NOT GENUINE: this site has not signed this, or not in this wording.")
            sys.exit(1)
        self.stdout.write(
            f"Genuine: submission {payload.get('submission')}, version {payload.get('version')}, "
            f"received {payload.get('received_at')}, byline {payload.get('byline')}."
        )
        state = compare_text(payload)
        self.stdout.write(_TEXT[state])
        if state is TextState.DIFFERS:
            sys.exit(1)

    def _read(self, name: str) -> tuple[dict[str, Any], str]:
        try:
            text = sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
            document = json.loads(text)
            json.dumps(document, ensure_ascii=False).encode()  # No half characters.
            payload, signature = document["payload"], document["signature"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            self._refuse(f"{name}: {error}")
        if not isinstance(payload, dict) or not isinstance(signature, str):
            self._refuse(f"{name}: payload and signature are missing")
        return payload, signature

    def _refuse(self, why: str) -> NoReturn:
        self.stderr.write(f"This is no receipt: {why}")
        sys.exit(2)
