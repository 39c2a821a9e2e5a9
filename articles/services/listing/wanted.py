"""What the lists should hold, and where they do not hold it: one statement of both."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connection
from django.utils.dateparse import parse_datetime

from articles.models import Article

# Later than every date: what is visible then is published or scheduled, and not withheld.
FOREVER = datetime(9999, 1, 1, tzinfo=UTC)

# What is wanted and held cancels out in `compared`; what remains is to come (1) or to go (-1).
_BEGIN = """
WITH RECURSIVE above (category, ancestor) AS (
    SELECT id, id FROM articles_category
    UNION
    SELECT above.category, category.parent_id
    FROM above JOIN articles_category category ON category.id = above.ancestor
    WHERE category.parent_id IS NOT NULL
),
shown (article, public_at, category, contributor) AS ({shown}),
wanted (kind, ref, article, public_at) AS (
    SELECT 'all', 0, article, public_at FROM shown
    UNION ALL
    SELECT 'category', above.ancestor, article, public_at
    FROM shown JOIN above ON above.category = shown.category
    UNION ALL
    SELECT 'tag', item.tag_id, article, public_at
    FROM shown JOIN articles_articletag item ON item.content_object_id = article
    UNION ALL
    SELECT 'contributor', contributor, article, public_at FROM shown
    UNION ALL
    SELECT 'topic', entry.topic_id, article, public_at
    FROM shown JOIN articles_topicarticle entry ON entry.article_id = article
),
compared (kind, ref, article, public_at, sign, entry) AS (
    SELECT kind, ref, article, public_at, SUM(sign), MAX(entry)
    FROM (
        SELECT kind, ref, article, public_at, 1 AS sign, NULL AS entry FROM wanted
        UNION ALL
        SELECT list.kind, list.ref, entry.article_id, entry.public_at, -1, entry.id
        FROM articles_listentry entry JOIN articles_articlelist list ON list.id = entry.list_id
        {among}
    ) AS held
    GROUP BY kind, ref, article, public_at
    HAVING SUM(sign) <> 0
)
"""
_DIFFERENCES = """
SELECT compared.*, list.id
FROM compared
LEFT JOIN articles_articlelist list ON list.kind = compared.kind AND list.ref = compared.ref
"""


class Difference(NamedTuple):
    """That an article should stand in a list at a date and does not (sign 1), or stands there and
    should not (sign -1, with its entry). The list is None where there is none yet."""

    kind: str
    ref: int
    article: int
    public_at: datetime
    sign: int
    entry: int | None
    list: int | None


def beginning(numbers: Sequence[int] | None = None) -> tuple[str, list[Any]]:
    """Return how a statement begins that has what lists should hold of these articles, or of all,
    as `wanted`, and where they do not as `compared`; and its parameters."""
    rows = Article.objects.visible(FOREVER).order_by()
    among = ""
    if numbers is not None:
        rows = rows.filter(pk__in=numbers)
        among = f"WHERE entry.article_id IN ({', '.join(['%s'] * len(numbers))})"
    fields = ("pk", "public_at", "category_id", "contributor_id")
    shown, params = rows.values_list(*fields).query.sql_with_params()
    return _BEGIN.format(shown=shown, among=among), [*params, *(numbers or ())]


def differences(numbers: Sequence[int] | None = None) -> list[Difference]:
    """Return where the lists do not hold what they should of these articles, or of all. One
    query."""
    if numbers is not None and not numbers:
        return []
    begin, params = beginning(numbers)
    with connection.cursor() as cursor:
        cursor.execute(begin + _DIFFERENCES, params)
        return [
            Difference(kind, ref, article, aware(moment), int(sign), entry, listed)
            for kind, ref, article, moment, sign, entry, listed in cursor
        ]


def aware(moment: Any) -> datetime:
    """Return a moment of a raw query as models have it: SQLite gives it in UTC without saying so,
    and as text where it knows no type."""
    read = parse_datetime(moment) if isinstance(moment, str) else moment
    if not isinstance(read, datetime):
        raise TypeError(f"No moment: {moment!r}")
    return read if read.tzinfo else read.replace(tzinfo=UTC)
