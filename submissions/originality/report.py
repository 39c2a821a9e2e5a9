"""What a check finds, with everything that an editor is shown."""

from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How much of a text stands in another. Chosen by containment; it informs, never decides."""

    PASSAGES = "passages"
    SIMILAR = "similar"
    PROBABLE_COPY = "copy"


@dataclass(frozen=True)
class Passage:
    """A stretch that stands in both texts. Offsets are of the texts as they were given."""

    start: int
    end: int
    other_start: int
    other_end: int
    text: str
    other_text: str
    # Between quotation marks or in a block quotation.
    in_quotation: bool = False
    # Its paragraph, or the one next to it, names a source.
    names_source: bool = False
    # Shared with many other texts as well: a footer, a form of words.
    is_boilerplate: bool = False


@dataclass(frozen=True)
class Match:
    """A text that shares something with the one checked.

    `containment` is the part of the checked text's 4-grams that stand in the other (boilerplate
    aside); `share` is the part of its characters that the passages cover.
    """

    kind: str
    object_id: int
    title: str
    containment: float
    level: Level
    share: float
    passages: list[Passage] = field(default_factory=list)

    @property
    def is_flagged(self) -> bool:
        return self.level != Level.PASSAGES

    @property
    def quoted_share(self) -> float:
        """The part of the shared characters that stand in quotations or beside a source's name."""
        total = sum(len(p.text) for p in self.passages)
        quoted = sum(len(p.text) for p in self.passages if p.in_quotation or p.names_source)
        return quoted / total if total else 0.0


@dataclass(frozen=True)
class Report:
    """The result of one check, best match first."""

    matches: list[Match] = field(default_factory=list)
    # Stretches of the text that many texts share, as (start, end); they did not count.
    boilerplate: list[tuple[int, int]] = field(default_factory=list)
    # The part of the text's characters that stand in any of the matches.
    share: float = 0.0
    # How many characters were compared: letters and digits, folded.
    characters: int = 0
    # False while texts still wait to be indexed anew after a change of the method.
    is_complete: bool = True

    @property
    def flagged(self) -> list[Match]:
        """The matches that an editor should look at first."""
        return [match for match in self.matches if match.is_flagged]

    @property
    def level(self) -> Level | None:
        """The highest level found; None where nothing is shared."""
        levels = {match.level for match in self.matches}
        return next((level for level in reversed(Level) if level in levels), None)
