"""What the originality check found, set out for an editor to read: passages side by side."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from articles.differences import SAME, Piece, pieces
from articles.html import text_of
from articles.models import Article
from submissions.models import IndexedText, Overlap, Submission, TextKind
from submissions.originality import Level
from submissions.services.queue import COPY, LEVELS, PASSAGES, SIMILAR

AROUND = 40
_RANKS = {Level.PROBABLE_COPY.value: COPY, Level.SIMILAR.value: SIMILAR}


@dataclass(frozen=True)
class Side:
    """A passage in one of the two texts, with a little of what stands around it. Of its pieces
    those marked are the same in both."""

    before: str
    pieces: list[tuple[bool, str]]
    after: str


@dataclass(frozen=True)
class Pair:
    """A passage as it stands in the submission and in the other text."""

    ours: Side
    theirs: Side
    characters: int
    in_quotation: bool
    names_source: bool
    is_boilerplate: bool

    @property
    def is_set_apart(self) -> bool:
        """Whether it is no sign of copying: quoted, cited, or a form of words of many texts."""
        return self.in_quotation or self.names_source or self.is_boilerplate


@dataclass(frozen=True)
class Finding:
    """Another text and what the submission shares with it. `other` is None where it is gone."""

    overlap: Overlap
    rank: int
    other: Article | Submission | None
    is_public: bool
    counted: list[Pair]
    set_apart: list[Pair]

    @property
    def label(self) -> str:
        return str(LEVELS[self.rank])

    @property
    def percent(self) -> int:
        return round(self.overlap.share * 100)

    @property
    def contained(self) -> int:
        return round(self.overlap.containment * 100)

    @property
    def is_article(self) -> bool:
        return self.overlap.kind == TextKind.ARTICLE


def findings(submission: Submission, version: int, body: str) -> list[Finding]:
    """Return what a version shares with other texts, the gravest first; `body` is that version's
    HTML, in which the passages were found. Five queries."""
    rows = list(Overlap.objects.filter(submission=submission, version=version))
    if not rows:
        return []
    text = text_of(body)
    stored = _stored([(row.kind, row.object_id) for row in rows])
    articles = Article.objects.defer("body", "prose").in_bulk(
        [row.object_id for row in rows if row.kind == TextKind.ARTICLE]
    )
    submissions = Submission.objects.defer("body").in_bulk(
        [row.object_id for row in rows if row.kind == TextKind.SUBMISSION]
    )
    public = set(Article.objects.visible().filter(pk__in=articles).values_list("pk", flat=True))
    found = []
    for row in rows:
        pairs = [
            side_by_side(text, stored.get((row.kind, row.object_id), ""), passage)
            for passage in row.passages
        ]
        is_article = row.kind == TextKind.ARTICLE
        found.append(
            Finding(
                row,
                _RANKS.get(row.level, PASSAGES),
                articles.get(row.object_id) if is_article else submissions.get(row.object_id),
                is_article and row.object_id in public,
                [pair for pair in pairs if not pair.is_set_apart],
                [pair for pair in pairs if pair.is_set_apart],
            )
        )
    return sorted(found, key=lambda f: (not f.overlap.reference, -f.rank, -f.overlap.containment))


def _stored(wanted: list[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Return the texts as they were compared, of articles that have since gone too."""
    numbers = {number for _kind, number in wanted}
    rows = IndexedText.objects.filter(
        kind__in={kind for kind, _number in wanted}, object_id__in=numbers
    ).values_list("kind", "object_id", "compressed")
    return {
        (kind, number): zlib.decompress(bytes(data)).decode()
        for kind, number, data in rows
        if (kind, number) in wanted
    }


def side_by_side(text: str, other: str, passage: Mapping[str, Any]) -> Pair:
    """Return a passage that two texts share (the fields of `originality.Passage`) for reading."""
    ours, theirs = str(passage["text"]), str(passage["other_text"])
    parts = pieces(ours, theirs)
    return Pair(
        ours=_side(text, passage["start"], ours, _marked(parts, "removed")),
        theirs=_side(other, passage["other_start"], theirs, _marked(parts, "added")),
        characters=len("".join(ours.split())),
        in_quotation=bool(passage.get("in_quotation")),
        names_source=bool(passage.get("names_source")),
        is_boilerplate=bool(passage.get("is_boilerplate")),
    )


def _marked(parts: list[Piece], own: str) -> list[tuple[bool, str]]:
    return [(part.kind == SAME, part.text) for part in parts if part.kind in {SAME, own}]


def _side(text: str, start: int, passage: str, parts: list[tuple[bool, str]]) -> Side:
    """Return a passage with its surroundings, where the text still is as it was compared."""
    end = start + len(passage)
    if text[start:end] != passage:
        return Side("", parts, "")
    before = text[max(0, start - AROUND) : start]
    after = text[end : end + AROUND]
    return Side(
        ("…" if start > AROUND else "") + before,
        parts,
        after + ("…" if end + AROUND < len(text) else ""),
    )
