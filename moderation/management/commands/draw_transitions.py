"""The way of a case as a diagram, drawn from the table of transitions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import translation

from moderation.models import State, Step
from moderation.transitions import TRANSITIONS, Transition

# They leave almost every state: the text below the diagram says so.
_UNDRAWN = (Step.WITHDRAW, Step.ESCALATE)
BEGIN, END = "<!-- transitions: begin -->", "<!-- transitions: end -->"


def diagram() -> str:
    """Return the table as a Mermaid state diagram, in the language that is active."""
    lines = ["```mermaid", "stateDiagram-v2"]
    lines += [f'    state "{state.label}" as {state.value}' for state in State]
    lines += [f"    {line}" for line in _arrows()]
    return "\n".join([*lines, "```"])


def _arrows() -> Iterator[str]:
    """Yield one arrow for each pair of states; steps between the same two share it."""
    labels: dict[tuple[str, str], list[str]] = {}
    for row in (row for row in TRANSITIONS if row.step not in _UNDRAWN):
        for source in row.sources or (None,):
            origin = "[*]" if source is None else source.value
            for target in _targets(row):
                text = f"{row.number} {row.step.label}" if row.number else str(row.step.label)
                found = labels.setdefault((origin, target), [])
                if text not in found:
                    found.append(text)
    for (origin, target), texts in labels.items():
        yield f"{origin} --> {target}: {' / '.join(texts)}"


def _targets(row: Transition) -> list[str]:
    """Where a row leads; a dismissed appeal leads back to what it was against."""
    if row.to is not None:
        return [row.to.value]
    return [State.REFUSED.value, State.REJECTED.value, State.LAPSED.value, State.RESTORED.value]


class Command(BaseCommand):
    help = "Draw the way of a case from the table of transitions, as a Mermaid diagram."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--language", default="zh-hans", help="zh-hans or en")
        parser.add_argument("--write", metavar="FILE", help="put it between the marks of this file")

    def handle(self, *args: Any, **options: Any) -> None:
        with translation.override(options["language"]):
            drawn = diagram()
        if not options["write"]:
            self.stdout.write(drawn)
            return
        path = Path(options["write"])
        text = path.read_text()
        if BEGIN not in text or END not in text:
            raise CommandError(f"{path} has no lines {BEGIN} and {END}.")
        before, rest = text.split(BEGIN, 1)
        after = rest.split(END, 1)[1]
        path.write_text(f"{before}{BEGIN}\n{drawn}\n{END}{after}")
