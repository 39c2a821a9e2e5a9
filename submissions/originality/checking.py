"""Comparing a text with all that are known."""

import zlib
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from submissions.models import IndexedText
from submissions.originality import candidates
from submissions.originality.alignment import Block, Seeds
from submissions.originality.candidates import Candidates
from submissions.originality.fingerprints import GRAM as FINGERPRINT
from submissions.originality.fingerprints import VERSION
from submissions.originality.index import fingerprint_index
from submissions.originality.report import Level, Match, Passage, Report
from submissions.originality.texts import (
    FoldedText,
    Span,
    covered,
    merged,
    quotations,
    read,
    read_folded,
    sourced,
)

# Measured: see docs/originality.md. The part of a text's 4-grams that stand in another.
SIMILAR = 0.18
PROBABLE_COPY = 0.22
GRAM = 4
# Folded characters (no punctuation) that make a passage worth showing in a text that is not like
# the other as a whole; about 60 as printed.
PASSAGE = 45
# A text that covers less of the other with shared stretches is not like it; its 4-grams are not
# counted, which saves a third of the time.
LEAST = 0.05
# A shared stretch with so many fingerprints, all of them hot, is shared by many.
SHARED_HOT = 2
# What more of the candidates than this have in common is shared by many, however short.
COMMON = 5
# A text of fewer shares its 4-grams with anything.
_FEWEST_GRAMS = 20


def check(
    text: str,
    *,
    exclude: Iterable[tuple[str, int]] = (),
    quoted: Iterable[Span] = (),
) -> Report:
    """Compare a plain text with every known one and report what it shares with them.

    `exclude` names texts not to compare with, as (kind, object_id): the text's own earlier
    versions. `quoted` are spans known to be quotations (`text_and_quotations`); those between
    quotation marks are found here. Quotations and named sources are marked, not subtracted.
    At most five queries, whose cost does not grow with the number of texts; writes nothing.
    """
    mine = read(text)
    found = candidates.find(mine.folded, fingerprint_index(), _own(exclude))
    comparison = _Comparison(mine, found, [*quoted, *quotations(text)])
    rows = IndexedText.objects.in_bulk(found.docs)
    comparison.align(rows[doc] for doc in found.docs if doc in rows)
    matches = comparison.matches()
    return Report(
        matches=matches,
        boilerplate=[mine.span(*span) for span in comparison.masked],
        share=comparison.share(),
        characters=len(mine.folded),
        is_complete=not IndexedText.objects.filter(version__lt=VERSION).exists(),
    )


def compare(text: str, other: str, *, quoted: Iterable[Span] = ()) -> Match:
    """Compare two given plain texts, neither of which need be known here: every stretch that both
    have counts, however short a part of the text it is (from `alignment.SHORTEST` folded
    characters). The match names no known text: its kind, number and title are empty.

    No query; writes nothing. About 5 ms for 2 × 1,500 characters.
    """
    mine, theirs = read(text), read(other)
    comparison = _Comparison(mine, Candidates([], [], []), [*quoted, *quotations(text)])
    blocks = Seeds(mine.folded).align(theirs.folded)
    places = {place for block in blocks for place in range(block.start, block.end)}
    containment = _containment(_grams(mine.folded), theirs.folded)
    return Match(
        kind="",
        object_id=0,
        title="",
        containment=containment,
        level=_level(containment),
        share=len(places) / max(1, len(mine.folded)),
        passages=[comparison.passage(block, theirs) for block in blocks],
    )


def _own(exclude: Iterable[tuple[str, int]]) -> list[int]:
    by_kind: dict[str, list[int]] = {}
    for kind, object_id in exclude:
        by_kind.setdefault(kind, []).append(object_id)
    numbers: list[int] = []
    for kind, ids in by_kind.items():
        rows = IndexedText.objects.filter(kind=kind, object_id__in=ids)
        numbers.extend(rows.values_list("pk", flat=True))
    return numbers


def _grams(folded: str) -> set[str]:
    return {folded[i : i + GRAM] for i in range(len(folded) - GRAM + 1)}


@dataclass(frozen=True)
class _Aligned:
    """A known text, folded, and what it shares with the one checked."""

    row: IndexedText
    text: str
    folded: str
    blocks: list[Block]


class _Comparison:
    """A text, compared with its candidates."""

    def __init__(self, mine: FoldedText, found: Candidates, quoted: list[Span]) -> None:
        self.masked = found.masked
        self._mine = mine
        self._heat = found.heat
        self._quoted = quoted
        self._sourced = sourced(mine.text)
        self._aligned: list[_Aligned] = []
        self._covered: set[int] = set()

    def align(self, rows: Iterable[IndexedText]) -> None:
        """Find what each of the known texts shares, and what of that is boilerplate."""
        seeds = Seeds(self._mine.folded)
        for row in rows:
            text = zlib.decompress(bytes(row.compressed)).decode()
            folded = read_folded(text)
            self._aligned.append(_Aligned(row, text, folded, seeds.align(folded)))
        hot = [(b.start, b.end) for a in self._aligned for b in a.blocks if self._is_hot(b)]
        masked = merged([*self.masked, *hot, *self._common()])
        if 2 * sum(end - start for start, end in masked) <= len(self._mine.folded):
            self.masked = masked

    def _common(self) -> list[Span]:
        """Return the stretches that more than COMMON of the known texts share."""
        edges: list[tuple[int, int]] = []
        for aligned in self._aligned:
            for start, end in merged((b.start, b.end) for b in aligned.blocks):
                edges += [(start, 1), (end, -1)]
        spans: list[Span] = []
        depth = begun = 0
        for place, step in sorted(edges):
            if depth == COMMON and step > 0:
                begun = place
            elif depth == COMMON + 1 and step < 0 and place > begun:
                spans.append((begun, place))
            depth += step
        return spans

    def _is_hot(self, block: Block) -> bool:
        """Say whether all fingerprints of a shared stretch are hot, and they are some."""
        low = bisect_left(self._heat, (block.start, False))
        high = bisect_left(self._heat, (block.end - FINGERPRINT + 1, False))
        return high - low >= SHARED_HOT and all(hot for _place, hot in self._heat[low:high])

    def matches(self) -> list[Match]:
        """Return what is worth showing, the likest first."""
        grams: set[str] = set()
        start = 0
        for begin, end in [*self.masked, (len(self._mine.folded), 0)]:
            grams |= _grams(self._mine.folded[start:begin])
            start = end
        found = [match for aligned in self._aligned if (match := self._match(aligned, grams))]
        return sorted(found, key=lambda match: (-match.containment, match.kind, match.object_id))

    def share(self) -> float:
        """Return the part of the text that stands in any of the matches."""
        return len(self._covered) / max(1, len(self._mine.folded))

    def _match(self, aligned: _Aligned, grams: set[str]) -> Match | None:
        containment = 0.0
        if sum(b.length for b in aligned.blocks) >= LEAST * len(self._mine.folded):
            containment = _containment(grams, aligned.folded)
        level, blocks = _level(containment), aligned.blocks
        if level == Level.PASSAGES:
            blocks = [b for b in blocks if b.length >= PASSAGE and not self._is_masked(b)]
            if not blocks:
                return None
        places = {place for block in blocks for place in range(block.start, block.end)}
        self._covered |= places
        other = read(aligned.text)
        return Match(
            kind=aligned.row.kind,
            object_id=aligned.row.object_id,
            title=aligned.row.title,
            containment=containment,
            level=level,
            share=len(places) / max(1, len(self._mine.folded)),
            passages=[self.passage(block, other) for block in blocks],
        )

    def _is_masked(self, block: Block) -> bool:
        return covered((block.start, block.end), self.masked) > 0.5

    def passage(self, block: Block, other: FoldedText) -> Passage:
        start, end = self._mine.span(block.start, block.end)
        other_start, other_end = other.span(block.other_start, block.other_end)
        return Passage(
            start=start,
            end=end,
            other_start=other_start,
            other_end=other_end,
            text=self._mine.text[start:end],
            other_text=other.text[other_start:other_end],
            in_quotation=covered((start, end), self._quoted) > 0.5,
            names_source=covered((start, end), self._sourced) > 0.5,
            is_boilerplate=self._is_masked(block),
        )


def _containment(grams: set[str], other: str) -> float:
    if len(grams) < _FEWEST_GRAMS:
        return 0.0
    return len(grams & _grams(other)) / len(grams)


def _level(containment: float) -> Level:
    if containment >= PROBABLE_COPY:
        return Level.PROBABLE_COPY
    return Level.SIMILAR if containment >= SIMILAR else Level.PASSAGES
