"""The order of categories, topics and what stands in them: a list that people move rows in.

A place is a row's number and its depth: a category stands below the nearest one above it in the
list that is less deep. What is saved is told with what was seen, so that two who order at the
same time do not undo one another.
"""

from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from articles.models import Category, ListKind, Topic, TopicArticle, User
from articles.services.listing import keep_all_of
from articles.services.permissions import require
from articles.services.places import settle_place
from articles.services.site import rebuild_chrome

Place = tuple[int, int]
UP, DOWN, IN, OUT = "up", "down", "in", "out"
MOVES: Final = (UP, DOWN, IN, OUT)


# --- Moving rows; no queries ----------------------------------------------------------------
def _end(places: Sequence[Place], start: int) -> int:
    """Return where the block that begins at a row ends: after all that stands below it."""
    end = start + 1
    while end < len(places) and places[end][1] > places[start][1]:
        end += 1
    return end


def _before(places: Sequence[Place], at: int) -> int | None:
    """Return the row's elder sibling: the nearest above of its depth, none less deep between."""
    depth = places[at][1]
    for index in range(at - 1, -1, -1):
        if places[index][1] <= depth:
            return index if places[index][1] == depth else None
    return None


def moved(places: Sequence[Place], number: int, how: str) -> list[Place]:
    """Return the list after a row moved with all below it: before its elder sibling (up), after
    its younger one (down), to the end of what stands below the elder one (in), or out, to stand
    right after the row that it stood below. What cannot move stays."""
    rows = list(places)
    at = next((index for index, place in enumerate(rows) if place[0] == number), None)
    if at is None:
        return rows
    end, elder = _end(rows, at), _before(rows, at)
    block, rest = rows[at:end], rows[:at] + rows[end:]
    if how == UP and elder is not None:
        return rest[:elder] + block + rest[elder:]
    if how == DOWN and end < len(rows) and rows[end][1] == rows[at][1]:
        after = at + _end(rows, end) - end
        return rest[:after] + block + rest[after:]
    if how == IN and elder is not None:
        return rows[:at] + [(pk, depth + 1) for pk, depth in block] + rows[end:]
    if how == OUT and rows[at][1] > 0:
        above = next(i for i in range(at - 1, -1, -1) if rows[i][1] < rows[at][1])
        after = _end(rows, above) - len(block)
        return rest[:after] + [(pk, depth - 1) for pk, depth in block] + rest[after:]
    return rows


def parents(places: Sequence[Place]) -> list[tuple[int, int | None]]:
    """Return each row with the one that it stands below. Raises ValueError where a row is deeper
    than the one before it allows."""
    way: list[int] = []
    found: list[tuple[int, int | None]] = []
    for number, depth in places:
        if not 0 <= depth <= len(way):
            raise ValueError("A row stands below none.")
        way = way[:depth]
        found.append((number, way[-1] if way else None))
        way.append(number)
    return found


# --- What stands in the database ------------------------------------------------------------
def category_places(rows: Sequence[Category]) -> list[Place]:
    """Return categories, given in their order, as the places of their tree. No queries."""
    children: dict[int | None, list[int]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row.pk)
    found: list[Place] = []

    def walk(above: int | None, depth: int) -> None:
        for number in children.get(above, []):
            found.append((number, depth))
            walk(number, depth + 1)

    walk(None, 0)
    return found


def _agree(present: Sequence[Place], seen: Sequence[Place], wanted: Sequence[Place]) -> None:
    known = sorted(number for number, _depth in present)
    if list(present) != list(seen) or sorted(number for number, _depth in wanted) != known:
        raise ValidationError(
            _(
                "Somebody else changed this list meanwhile. Nothing was moved; this is how it is "
                "now."
            ),
            code="stale",
        )


@transaction.atomic
def arrange_categories(by: User | None, seen: Sequence[Place], wanted: Sequence[Place]) -> None:
    """Give the categories the order and the parents of `wanted`. Raises PermissionDenied;
    ValidationError (code "stale") where they are not as they were `seen`. Six queries, and those of
    keep_all_of() for each that is put below another."""
    require(by, "articles.change_category")
    locked = list(Category.objects.select_for_update().order_by("pk"))
    rows = sorted(locked, key=lambda row: (row.position, row.pk))
    _agree(category_places(rows), seen, wanted)
    by_pk = {row.pk: row for row in rows}
    try:
        placed = parents(wanted)
    except ValueError as error:
        raise ValidationError(_("A category cannot stand so deep.")) from error
    moves = [pk for pk, above in placed if by_pk[pk].parent_id != above]
    for position, (pk, above) in enumerate(placed, start=1):
        by_pk[pk].position, by_pk[pk].parent_id = position, above
    Category.objects.bulk_update(rows, ["position", "parent"], batch_size=200)
    for pk in moves:
        keep_all_of(ListKind.CATEGORY, pk)
        settle_place(by_pk[pk].get_absolute_url(), by_pk[pk].get_absolute_url())
    rebuild_chrome()


@transaction.atomic
def arrange_topics(by: User | None, seen: Sequence[int], wanted: Sequence[int]) -> None:
    """Give the topics an order. Raises PermissionDenied; ValidationError (code "stale") where they
    are not as they were `seen`. Two queries."""
    require(by, "articles.change_topic")
    locked = list(Topic.objects.select_for_update().order_by("pk"))
    rows = sorted(locked, key=lambda row: (row.position, row.pk))
    _agree([(row.pk, 0) for row in rows], [(pk, 0) for pk in seen], [(pk, 0) for pk in wanted])
    place = {pk: position for position, pk in enumerate(wanted, start=1)}
    for row in rows:
        row.position = place[row.pk]
    Topic.objects.bulk_update(rows, ["position"], batch_size=200)
    settle_place("/topic/", "/topic/")


def _entry_places(rows: Sequence[TopicArticle]) -> list[Place]:
    return [(row.article_id, 0) for row in rows]


@transaction.atomic
def order_entries(
    topic: Topic, by: User | None, seen: Sequence[int], wanted: Sequence[int]
) -> None:
    """Give the articles of a topic an order, the pinned before the others whatever is wanted.
    Raises PermissionDenied; ValidationError (code "stale") as arrange_topics() does."""
    require(by, "articles.change_topic")
    Topic.objects.select_for_update().get(pk=topic.pk)
    rows = list(topic.entries.order_by("-is_pinned", "position", "pk"))
    _agree(_entry_places(rows), [(pk, 0) for pk in seen], [(pk, 0) for pk in wanted])
    place = {pk: position for position, pk in enumerate(wanted, start=1)}
    for row in rows:
        row.position = place[row.article_id]
    TopicArticle.objects.bulk_update(rows, ["position"], batch_size=200)
    settle_place(topic.get_absolute_url(), topic.get_absolute_url())


def entries_of(topic: Topic) -> list[TopicArticle]:
    """Return a topic's articles in their order, also those in the trash: they keep their place.
    One query."""
    rows = topic.entries
    return list(
        rows.select_related("article").only(
            "topic_id", "article_id", "position", "is_pinned",
            "article__title", "article__status", "article__trashed_at",
        ).order_by("-is_pinned", "position", "pk")
    )  # fmt: skip
