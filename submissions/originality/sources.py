"""Where the texts come from that others are compared with."""

from collections.abc import Iterable
from typing import NamedTuple, Protocol

from articles.html import text_of
from articles.models import Article
from submissions.models import TextKind


class SourceText(NamedTuple):
    """A text as its source had it at a position."""

    position: int
    object_id: int
    title: str
    text: str


class TextSource(Protocol):
    """Texts of one kind in the order of their last change.

    Positions are whole numbers from 1 that only grow: the numbers of rows that are written with
    each change. So a source is read on from where one stopped, by its primary key.
    """

    kind: TextKind

    def end(self) -> int:
        """Return the highest position there is, 0 where there is none. One query."""

    def positions(self, after: int, limit: int) -> list[tuple[int, int]]:
        """Return (position, object_id) of the next changes, in order. One query."""

    def texts(self, positions: Iterable[int]) -> list[SourceText]:
        """Return the texts at some positions, as plain text. One query."""


class ArticleTexts:
    """Every article that was ever saved, by its revisions: drafts, published, withdrawn, withheld,
    and deleted ones in their last words."""

    kind = TextKind.ARTICLE

    def end(self) -> int:
        last = Article.history.order_by("-history_id").values_list("history_id", flat=True)
        return int(last.first() or 0)

    def positions(self, after: int, limit: int) -> list[tuple[int, int]]:
        rows = Article.history.filter(history_id__gt=after).order_by("history_id")
        return list(rows.values_list("history_id", "id")[:limit])

    def texts(self, positions: Iterable[int]) -> list[SourceText]:
        rows = Article.history.filter(history_id__in=list(positions)).order_by("history_id")
        return [
            SourceText(position, object_id, title, text_of(body))
            for position, object_id, title, body in rows.values_list(
                "history_id", "id", "title", "body"
            )
        ]


SOURCES: tuple[TextSource, ...] = (ArticleTexts(),)
