"""All lists made anew, and whether they are right."""

from collections.abc import Iterator

from django.db import connection, transaction

from articles.models import ListKind
from articles.services.listing import keeping
from articles.services.listing.keeping import FIRST, lock_lists, make_first_list
from articles.services.listing.wanted import FOREVER, beginning, differences

_CHANGES = "CREATE TEMPORARY TABLE list_changes AS"
_ALL = "SELECT * FROM compared"
_LISTS = """
INSERT INTO articles_articlelist (kind, ref, count)
SELECT kind, ref, 0 FROM list_changes
EXCEPT
SELECT kind, ref, 0 FROM articles_articlelist
"""
_GO = """
DELETE FROM articles_listentry
WHERE id IN (SELECT entry FROM list_changes WHERE kind = %s AND sign < 0)
"""
_COME = """
INSERT INTO articles_listentry (list_id, article_id, public_at)
SELECT list.id, change.article, change.public_at
FROM list_changes change
JOIN articles_articlelist list ON list.kind = change.kind AND list.ref = change.ref
WHERE change.kind = %s AND change.sign > 0
"""
_COUNTS = """
UPDATE articles_articlelist SET count = (
    SELECT COUNT(*) FROM articles_listentry entry WHERE entry.list_id = articles_articlelist.id
)
"""
# Cut from the newest down, as the index goes: only the oldest block of a list is not full.
_BLOCKS = """
INSERT INTO articles_listblock (list_id, public_at, article_number, count)
SELECT
    list_id,
    CASE WHEN place = total THEN %s ELSE public_at END,
    CASE WHEN place = total THEN 0 ELSE article_id END,
    CASE WHEN place %% %s = 0 THEN %s ELSE place %% %s END
FROM (
    SELECT
        entry.list_id, entry.public_at, entry.article_id, list.count AS total,
        ROW_NUMBER() OVER (
            PARTITION BY entry.list_id ORDER BY entry.public_at DESC, entry.article_id DESC
        ) AS place
    FROM articles_listentry entry JOIN articles_articlelist list ON list.id = entry.list_id
) AS placed
WHERE place %% %s = 0 OR place = total
"""


STAGES = ("articles", *ListKind.values, "counts")


@transaction.atomic
def rebuild_lists() -> None:
    """Let all lists hold what they should, and count all anew. Readers go on reading the old ones,
    who publishes waits; entries that are right are not touched."""
    for _stage in rebuilding():
        pass


def rebuilding() -> Iterator[str]:
    """Do the same in a transaction of the caller's, and yield before each of the STAGES what it
    is: the articles are read and compared once, the entries of each kind written, all counted."""
    make_first_list()
    lock_lists()
    begin, params = beginning()
    with connection.cursor() as cursor:
        yield STAGES[0]
        cursor.execute("DROP TABLE IF EXISTS list_changes")
        cursor.execute(" ".join([_CHANGES, begin, _ALL]), params)
        cursor.execute(_LISTS)
        for kind in ListKind.values:
            yield kind
            cursor.execute(_GO, [kind])
            cursor.execute(_COME, [kind])
        yield STAGES[-1]
        cursor.execute("DROP TABLE list_changes")
        cursor.execute(_COUNTS)
        cursor.execute("DELETE FROM articles_listblock")
        half = keeping.LARGEST // 2
        first = connection.ops.adapt_datetimefield_value(FIRST)
        cursor.execute(_BLOCKS, [first, half, half, half, half])


# --- Whether they are right -------------------------------------------------------------------
_WRONG_LISTS = """
SELECT list.kind, list.ref, list.count, COUNT(entry.id)
FROM articles_articlelist list LEFT JOIN articles_listentry entry ON entry.list_id = list.id
GROUP BY list.id, list.kind, list.ref, list.count
HAVING list.count <> COUNT(entry.id) OR list.count <> (
    SELECT COALESCE(SUM(count), 0) FROM articles_listblock block WHERE block.list_id = list.id
)
"""
_WRONG_BLOCKS = """
SELECT block.list_id, block.id, block.count, COUNT(entry.id)
FROM (
    SELECT
        id, list_id, public_at, article_number, count,
        LEAD(public_at, 1, %s) OVER ascending AS next_at,
        LEAD(article_number, 1, 0) OVER ascending AS next_number
    FROM articles_listblock
    WINDOW ascending AS (PARTITION BY list_id ORDER BY public_at, article_number)
) AS block LEFT JOIN articles_listentry entry
    ON entry.list_id = block.list_id
    AND (entry.public_at, entry.article_id) >= (block.public_at, block.article_number)
    AND (entry.public_at, entry.article_id) < (block.next_at, block.next_number)
GROUP BY block.list_id, block.id, block.count
HAVING block.count <> COUNT(entry.id)
"""


def verify_lists() -> list[str]:
    """Return what is wrong with the lists, in words for the log; nothing where they are right.
    Three queries, which read every entry."""
    found = [
        f"{row.kind} {row.ref}: article {row.article} at {row.public_at}"
        f" {'is missing' if row.sign > 0 else 'does not belong there'}"
        for row in differences()
    ]
    forever = connection.ops.adapt_datetimefield_value(FOREVER)
    with connection.cursor() as cursor:
        cursor.execute(_WRONG_LISTS)
        for kind, ref, count, held in cursor:
            found.append(f"{kind} {ref}: says {count}, holds {held}, or its blocks say otherwise")
        cursor.execute(_WRONG_BLOCKS, [forever])
        for listed, pk, count, held in cursor:
            found.append(f"list {listed}: its block {pk} says {count}, holds {held}")
    return found
