"""The diagram in the documentation is the table's."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from moderation.management.commands.draw_transitions import BEGIN, END, diagram
from moderation.models import State
from moderation.transitions import TRANSITIONS

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


@pytest.mark.parametrize(
    ("name", "language"), [("moderation.zh-hans.md", "zh-hans"), ("moderation.md", "en")]
)
def test_the_documentation_shows_the_table_as_it_is(name: str, language: str) -> None:
    """Mend with: manage.py draw_transitions --language … --write docs/…"""
    text = (DOCS / name).read_text()
    with translation.override(language):
        assert text.split(BEGIN)[1].split(END)[0].strip() == diagram()


def test_every_state_and_number_is_drawn() -> None:
    drawn = diagram()
    for state in State:
        assert f" {state.value}" in drawn
    for number in {row.number for row in TRANSITIONS} - {0, 14}:
        assert f": {number} " in drawn or f"/ {number} " in drawn


def test_a_file_without_marks_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.write_text("text")
    with pytest.raises(CommandError):
        call_command("draw_transitions", write=str(path))
    assert path.read_text() == "text"
