"""Entries and counts brought in line with a change, in the transaction that makes it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models import F

from articles.models import EVERYTHING, ArticleList, ListBlock, ListEntry, ListKind
from articles.services.listing.wanted import Difference, differences

# A block is halved when it is larger.
LARGEST = 4_000
# Where the first block of a list begins.
FIRST = datetime(1, 1, 1, tzinfo=UTC)
_AT_ONCE = 500


class Place(NamedTuple):
    """Where an entry stands, or stood."""

    list: int
    public_at: datetime
    article: int


@transaction.atomic(savepoint=False)
def keep_lists(numbers: Iterable[int]) -> None:
    """Let articles stand in the lists where they should, at their dates; called after the change,
    in its transaction. What stands right is not touched.

    Each 500 articles cost one query where nothing changes, else about five, two more on
    PostgreSQL. There changes of lists wait for one another until the end of the transaction.
    """
    ordered = sorted(set(numbers))
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        found = differences(some)
        if found and lock_lists():
            # Whoever held the lock may have moved a category, or the article itself.
            found = differences(some)
        _settle(found)


@transaction.atomic(savepoint=False)
def keep_all_of(kind: ListKind, ref: int) -> None:
    """Do the same for all that stands in the list of a category, tag or byline, which moved or was
    merged. Two queries, and those of keep_lists()."""
    lock_lists()
    rows = ListEntry.objects.filter(list__kind=kind, list__ref=ref)
    keep_lists(list(rows.values_list("article", flat=True)))


def lock_lists() -> bool:
    """Let nobody else change lists until the transaction ends, and say whether somebody might have
    before. By the list of all, which every change begins with, so that two changes never wait
    for each other. On SQLite whoever writes is alone."""
    if not connection.features.has_select_for_update:
        return False
    rows = ArticleList.objects.select_for_update().filter(pk=EVERYTHING)
    if not rows.values_list("pk").first():
        make_first_list()
        rows.get()
    return True


def make_first_list() -> None:
    """Make the list of all articles, which has a number of its own. One query, two on
    PostgreSQL."""
    ArticleList.objects.bulk_create(
        [ArticleList(pk=EVERYTHING, kind=ListKind.ALL)], ignore_conflicts=True
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence('articles_articlelist', 'id'), max(id))"
                " FROM articles_articlelist"
            )


@transaction.atomic(savepoint=False)
def drop_articles(numbers: Iterable[int]) -> None:
    """Take articles out of all lists before they are deleted. About five queries."""
    lock_lists()
    rows = ListEntry.objects.filter(article__in=list(numbers)).select_related("list")
    _settle([
        Difference(
            row.list.kind, row.list.ref, row.article_id, row.public_at, -1, row.pk, row.list_id
        )
        for row in rows
    ])  # fmt: skip


@transaction.atomic(savepoint=False)
def drop_list(kind: ListKind, ref: int) -> None:
    """Forget the list of a category, tag, byline or topic that is gone. About five queries."""
    lock_lists()
    ArticleList.objects.filter(kind=kind, ref=ref).delete()


def _settle(found: Sequence[Difference]) -> None:
    if not found:
        return
    lists = _lists_of(found)
    places = [(Place(lists[row.kind, row.ref], row.public_at, row.article), row) for row in found]
    gone = [row.entry for row in found if row.entry is not None]
    if gone:
        ListEntry.objects.filter(pk__in=gone).delete()
    ListEntry.objects.bulk_create(
        [
            ListEntry(list_id=place.list, article_id=place.article, public_at=place.public_at)
            for place, row in places
            if row.sign > 0
        ]
    )
    _count([(place, row.sign) for place, row in places])


def _lists_of(found: Iterable[Difference]) -> dict[tuple[str, int], int]:
    """Return the numbers of the lists that are named, made where there are none."""
    lists = {(row.kind, row.ref): row.list for row in found}
    missing = [key for key, pk in lists.items() if pk is None]
    if (ListKind.ALL.value, 0) in missing:
        missing.remove((ListKind.ALL.value, 0))
        make_first_list()
        lists[ListKind.ALL.value, 0] = EVERYTHING
    made = ArticleList.objects.bulk_create(ArticleList(kind=k, ref=ref) for k, ref in missing)
    lists |= {(row.kind, row.ref): row.pk for row in made}
    return {key: pk for key, pk in lists.items() if pk is not None}


# --- Counts -----------------------------------------------------------------------------------
_BLOCKS = """
WITH moved (list, public_at, article) AS (VALUES {rows})
SELECT (
    SELECT block.id FROM articles_listblock block
    WHERE block.list_id = moved.list
        AND (block.public_at, block.article_number) <= (moved.public_at, moved.article)
    ORDER BY block.public_at DESC, block.article_number DESC
    LIMIT 1
)
FROM moved
"""
_ADD = """
UPDATE articles_listblock SET count = count + %s WHERE id IN ({ids})
RETURNING id, list_id, public_at, article_number, count
"""


def _count(moved: Sequence[tuple[Place, int]]) -> None:
    """Add what came to the counts of blocks and lists, and take away what went."""
    in_lists: Counter[int] = Counter()
    in_blocks: Counter[int] = Counter()
    fresh: Counter[int] = Counter()
    for (place, sign), block in zip(moved, _blocks([place for place, _sign in moved]), strict=True):
        in_lists[place.list] += sign
        if block is None:
            fresh[place.list] += sign
        else:
            in_blocks[block] += sign
    ListBlock.objects.bulk_create(
        ListBlock(list_id=pk, public_at=FIRST, article_number=0, count=count)
        for pk, count in fresh.items()
    )
    for count, numbers in _by_count(in_lists):
        ArticleList.objects.filter(pk__in=numbers).update(count=F("count") + count)
    for count, numbers in _by_count(in_blocks):
        for row in _add(count, numbers):
            if row[-1] > LARGEST:
                _halve(*row)


def _blocks(places: Sequence[Place]) -> list[int | None]:
    """Return the numbers of the blocks in which these places are, None where a list has no block
    yet. One query."""
    adapt = connection.ops.adapt_datetimefield_value
    params: list[Any] = []
    for place in places:
        params += [place.list, adapt(place.public_at), place.article]
    rows = ", ".join(["(%s, %s, %s)"] * len(places))
    with connection.cursor() as cursor:
        cursor.execute(_BLOCKS.format(rows=rows), params)
        return [row[0] for row in cursor]


def _by_count(counts: Counter[int]) -> Iterator[tuple[int, list[int]]]:
    """Yield the numbers of rows whose counts change by the same; few do not change by one."""
    grouped: defaultdict[int, list[int]] = defaultdict(list)
    for number, count in counts.items():
        grouped[count].append(number)
    return ((count, sorted(numbers)) for count, numbers in sorted(grouped.items()) if count)


def _add(count: int, blocks: Sequence[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        ids = ", ".join(["%s"] * len(blocks))
        cursor.execute(_ADD.format(ids=ids), [count, *blocks])
        return list(cursor)


def _halve(pk: int, listed: int, public_at: Any, article: int, count: int) -> None:
    """Let a second block begin in the middle of a large one. Two queries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO articles_listblock (list_id, public_at, article_number, count)"
            " SELECT list_id, public_at, article_id, %s FROM articles_listentry"
            " WHERE list_id = %s AND (public_at, article_id) >= (%s, %s)"
            " ORDER BY public_at, article_id LIMIT 1 OFFSET %s",
            [count - count // 2, listed, public_at, article, count // 2],
        )
    ListBlock.objects.filter(pk=pk).update(count=count // 2)
