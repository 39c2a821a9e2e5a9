"""How the difference between two revisions is shown on the desk."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from articles.differences import (
    ADDED,
    REMOVED,
    SAME,
    Difference,
    Fact,
    Piece,
    Text,
    compare,
    pieces,
)
from articles.html import picture_key
from articles.models import Article, Picture
from articles.services.revisions import Brief, Comparable, Gone


@dataclass(frozen=True)
class ShownFact:
    """A field that differs: as words that came and went, or (a cover) as pictures."""

    label: str
    pieces: list[Piece] = field(default_factory=list)
    pictures: list[tuple[str, Picture]] = field(default_factory=list)


@dataclass(frozen=True)
class ShownLine:
    """A line of the text. Of a picture: the picture, where it is still there."""

    kind: str
    tag: str
    pieces: list[Piece]
    skipped: int
    picture: Picture | None = None
    is_missing: bool = False


@dataclass(frozen=True)
class Shown:
    """A difference, ready for its template."""

    title: list[Piece]
    has_new_title: bool
    facts: list[ShownFact]
    lines: list[ShownLine]
    # The text differs in its form alone: bold, a link within the site …
    is_form_alone: bool

    @property
    def is_empty(self) -> bool:
        return not (self.has_new_title or self.facts or self.lines or self.is_form_alone)


def show(before: Text, after: Text, found: Comparable) -> Shown:
    """Return what differs between two texts of `found`. No queries."""
    difference: Difference = compare(before, after)
    has_new_lines = any(line.kind != SAME for line in difference.lines)
    return Shown(
        title=difference.title,
        has_new_title=before.title != after.title,
        facts=[_shown_fact(fact) for fact in difference.facts],
        lines=list(_shown_lines(difference, found.pictures)) if has_new_lines else [],
        is_form_alone=before.body != after.body and not has_new_lines,
    )


def _shown_lines(difference: Difference, pictures: Mapping[str, Picture]) -> Iterator[ShownLine]:
    for line in difference.lines:
        if not line.address:
            yield ShownLine(line.kind, line.tag, line.pieces, line.skipped)
            continue
        picture = pictures.get(picture_key(line.address) or "")
        yield ShownLine(line.kind, line.tag, line.description, 0, picture, picture is None)


def label_of(name: str) -> str:
    """Return what the form calls a field of a revision."""
    return str(Article._meta.get_field("tags" if name == "tag_names" else name).verbose_name)  # type: ignore[union-attr]


def _shown_fact(fact: Fact) -> ShownFact:
    label = label_of(fact.name)
    if isinstance(fact.before, Picture) or isinstance(fact.after, Picture):
        return _shown_cover(label, fact)
    before, after = said(fact.name, fact.before), said(fact.name, fact.after)
    if fact.name == "excerpt" and fact.before and fact.after:
        return ShownFact(label, pieces(before, after))
    return ShownFact(label, [Piece(REMOVED, before), Piece(ADDED, after)])


def _shown_cover(label: str, fact: Fact) -> ShownFact:
    """Return a change of the cover; what is no picture (none, or a deleted one) as words."""
    sides = ((REMOVED, fact.before), (ADDED, fact.after))
    return ShownFact(
        label,
        [Piece(kind, said(fact.name, it)) for kind, it in sides if not isinstance(it, Picture)],
        [(kind, it) for kind, it in sides if isinstance(it, Picture)],
    )


def said(name: str, value: Any) -> str:
    """Return a field's value in words."""
    if isinstance(value, Gone):
        return _deleted(name) % {"number": value.number}
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list):
        return "、".join(value) or "—"
    if isinstance(value, Model):
        return str(value)
    if hasattr(value, "label"):  # A choice, of which one may be the empty text.
        return str(value.label)
    return str(value or "—")


def _deleted(name: str) -> str:
    return {
        "category": _("a category that was deleted (no. %(number)d)"),
        "contributor": _("a byline that was deleted (no. %(number)d)"),
        "cover": _("a picture that was deleted (no. %(number)d)"),
    }[name]


def brief_words(brief: Brief) -> str:
    """Return in a few words what a revision changed; nothing where it changed nothing."""
    words = [label_of(name) for name in brief.fields]
    if brief.text:
        words.insert(1 if brief.fields[:1] == ["title"] else 0, _text_words(brief))
    return "、".join(words)


def _text_words(brief: Brief) -> str:
    if not (brief.came or brief.went):
        return _("the form of the text")
    characters = ngettext(
        "text (+%(came)d −%(went)d character)",
        "text (+%(came)d −%(went)d characters)",
        max(brief.came, brief.went),
    )
    return characters % {"came": brief.came, "went": brief.went}
