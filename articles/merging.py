"""Three-way merging of texts: what two people made of the same text, put together by paragraphs."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from lxml import html as lxml_html

from articles.differences import alike
from articles.html import parse

_TAG = re.compile(r"<[^>]*>")
# Looking for the same paragraph among more pairs than these would take seconds.
_PAIRS_AT_MOST = 2500
# At one place meet at most three changes of each side: before it, there, and after it.
_NEAR = 6
_SPACE = re.compile(r"[ \t\r\n\f]+")
# Space beside these shows nothing; the editor puts line breaks there.
_EDGE = re.compile(
    r" *(</?(?:p|h[2-4]|ul|ol|li|blockquote|table|caption|thead|tbody|tfoot|tr|t[hd]|figure"
    r"|figcaption|hr|br)\b[^>]*>) *"
)


@dataclass(frozen=True)
class Part:
    """A stretch of paragraphs. Settled ones have a `result`; a conflict has None there: both
    changed it, each otherwise. `by` says who changed it: "", "mine", "theirs" or "both"."""

    base: tuple[str, ...]
    mine: tuple[str, ...]
    theirs: tuple[str, ...]
    result: tuple[str, ...] | None
    by: str = ""

    @property
    def is_conflict(self) -> bool:
        return self.result is None


@dataclass(frozen=True)
class _Hunk:
    """Paragraphs `start` to `end` of the base became `new`."""

    start: int
    end: int
    new: tuple[str, ...]


def blocks(body: str) -> list[str]:
    """Return the paragraphs, headings, lists, tables … of cleaned HTML, each as HTML without the
    white space that editors put between tags: the same block is the same string."""
    if not body.strip():
        return []
    return [
        _tight(lxml_html.tostring(block, encoding="unicode", method="html", with_tail=False))
        for block in parse(body)
    ]


def _tight(block: str) -> str:
    return block if "<pre" in block else _EDGE.sub(r"\1", _SPACE.sub(" ", block)).strip()


def same_text(one: str, other: str) -> bool:
    """Whether two cleaned texts differ in nothing but white space between tags."""
    return one == other or blocks(one) == blocks(other)


def shared(one: str, other: str) -> str:
    """Return the paragraphs that two texts have in common: their base where none is known."""
    old, new = blocks(one), blocks(other)
    matches = SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks()
    return joined(block for at, _at, size in matches for block in old[at : at + size])


def joined(parts: Iterator[str] | Sequence[str]) -> str:
    return "\n".join(parts)


def merge(base: str, mine: str, theirs: str) -> list[Part]:
    """Put together what two people made of `base`; all three are cleaned HTML.

    Paragraphs that one of them changed, added or took out are settled so; where both changed the
    same paragraph, or added at the same place, and not the same, the part is a conflict. What one
    of them added stands in a result or in a conflict: nothing is lost.
    """
    old = blocks(base)
    my, their = _hunks(old, blocks(mine)), _hunks(old, blocks(theirs))
    found: list[Part] = []
    at = 0
    for start, end, my_group, their_group in _groups(my, their):
        if start > at:
            found.append(_untouched(old[at:start]))
        found.append(_settle(old, start, end, my_group, their_group))
        at = end
    if at < len(old):
        found.append(_untouched(old[at:]))
    return found


def merged(parts: Sequence[Part], chosen: Sequence[str]) -> str:
    """Return the whole text; `chosen` has "mine", "theirs" or "both" for each conflict, in their
    order ("both" is theirs, then mine)."""
    choices = iter(chosen)
    done: list[str] = []
    for part in parts:
        if part.result is not None:
            done += part.result
            continue
        choice = next(choices)
        done += part.theirs if choice in {"theirs", "both"} else ()
        done += part.mine if choice in {"mine", "both"} else ()
    return joined(done)


def _untouched(paragraphs: list[str]) -> Part:
    same = tuple(paragraphs)
    return Part(same, same, same, same)


def _settle(old: list[str], start: int, end: int, my: list[_Hunk], their: list[_Hunk]) -> Part:
    base = tuple(old[start:end])
    mine, theirs = _applied(old, start, end, my), _applied(old, start, end, their)
    if not their:
        return Part(base, mine, base, mine, "mine")
    if not my:
        return Part(base, base, theirs, theirs, "theirs")
    if mine == theirs:
        return Part(base, mine, theirs, mine, "both")
    return Part(base, mine, theirs, None, "both")


def _applied(old: list[str], start: int, end: int, hunks: list[_Hunk]) -> tuple[str, ...]:
    done: list[str] = []
    at = start
    for hunk in hunks:
        done += [*old[at : hunk.start], *hunk.new]
        at = hunk.end
    return (*done, *old[at:end])


# --- What one of them changed -----------------------------------------------------------------
def _hunks(old: list[str], new: list[str]) -> list[_Hunk]:
    found: list[_Hunk] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            found += _paired(old, a, b, new[c:d])
    return found


def _paired(old: list[str], start: int, end: int, new: list[str]) -> list[_Hunk]:
    """Split a change of several paragraphs at those that are the same one changed, so that it
    meets the other's changes of these only."""
    if (end - start) * len(new) > _PAIRS_AT_MOST:
        return [_Hunk(start, end, tuple(new))]
    found: list[_Hunk] = []
    at, pending = start, list[str]()
    for text in new:
        match = next((n for n in range(at, end) if _is_changed(old[n], text)), None)
        if match is None:
            pending.append(text)
            continue
        if match > at or pending:
            found.append(_Hunk(at, match, tuple(pending)))
        found.append(_Hunk(match, match + 1, (text,)))
        at, pending = match + 1, []
    if at < end or pending:
        found.append(_Hunk(at, end, tuple(pending)))
    return found


def _is_changed(old: str, new: str) -> bool:
    """Whether a block is another one changed: by its words, or by its tags where it has none."""
    words, new_words = _TAG.sub("", old), _TAG.sub("", new)
    return alike(words, new_words) if words and new_words else alike(old, new)


# --- Where two changes meet -------------------------------------------------------------------
def _groups(
    my: list[_Hunk], their: list[_Hunk]
) -> Iterator[tuple[int, int, list[_Hunk], list[_Hunk]]]:
    """Yield the changes with those that they meet: start, end, mine, theirs, in their order."""
    both = [(hunk, True) for hunk in my] + [(hunk, False) for hunk in their]
    both.sort(key=lambda entry: (entry[0].start, entry[0].end))
    groups: list[list[tuple[_Hunk, bool]]] = []
    for hunk, is_mine in both:
        group = [(hunk, is_mine)]
        near = next((n for n, g in enumerate(groups) if _joins(g, hunk, is_mine)), len(groups))
        for earlier in reversed(groups[near:]):
            group = earlier + group
        groups[near:] = [group]
        if len(groups) > _NEAR:  # None further back can reach what is still to come.
            yield _group(groups.pop(0))
    for group in groups:
        yield _group(group)


def _joins(group: list[tuple[_Hunk, bool]], hunk: _Hunk, is_mine: bool) -> bool:
    return any(whose != is_mine and _meet(other, hunk) for other, whose in group)


def _group(group: list[tuple[_Hunk, bool]]) -> tuple[int, int, list[_Hunk], list[_Hunk]]:
    return (
        min(hunk.start for hunk, _whose in group),
        max(hunk.end for hunk, _whose in group),
        [hunk for hunk, is_mine in group if is_mine],
        [hunk for hunk, is_mine in group if not is_mine],
    )


def _meet(one: _Hunk, other: _Hunk) -> bool:
    """Whether two changes, the first of which begins no later, touch the same paragraphs, or add
    something at the same place, so that its order is not given."""
    if other.start < one.end and one.start < other.end:
        return True
    return other.start <= one.end and _adds(one) and _adds(other)


def _adds(hunk: _Hunk) -> bool:
    return len(hunk.new) > hunk.end - hunk.start
