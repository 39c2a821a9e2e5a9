"""Fill the lists from the articles that are there: rows of raw SQL, the same on both engines."""

from django.db import migrations

_WANTED = """
WITH RECURSIVE above (category, ancestor) AS (
    SELECT id, id FROM articles_category
    UNION
    SELECT above.category, category.parent_id
    FROM above JOIN articles_category category ON category.id = above.ancestor
    WHERE category.parent_id IS NOT NULL
),
shown (article, public_at, category, contributor) AS (
    SELECT id, public_at, category_id, contributor_id FROM articles_article article
    WHERE public_at IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM articles_restriction restriction
        WHERE restriction.article_id = article.id
            AND restriction.scope = 'whole' AND restriction.lifted_at IS NULL
    )
),
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
)
"""
_FIRST = "INSERT INTO articles_articlelist (id, kind, ref, count) VALUES (1, 'all', 0, 0)"
_GO_ON = (
    "SELECT setval(pg_get_serial_sequence('articles_articlelist', 'id'), max(id))"
    " FROM articles_articlelist"
)
_LISTS = """
INSERT INTO articles_articlelist (kind, ref, count)
SELECT DISTINCT kind, ref, 0 FROM wanted WHERE kind <> 'all'
"""
_ENTRIES = """
INSERT INTO articles_listentry (list_id, article_id, public_at)
SELECT list.id, wanted.article, wanted.public_at
FROM wanted JOIN articles_articlelist list ON list.kind = wanted.kind AND list.ref = wanted.ref
"""
_COUNTS = """
UPDATE articles_articlelist SET count = (
    SELECT COUNT(*) FROM articles_listentry entry WHERE entry.list_id = articles_articlelist.id
)
"""
# Blocks of 2,000, cut from the newest down; the oldest of a list begins before every date.
_BLOCKS = """
INSERT INTO articles_listblock (list_id, public_at, article_number, count)
SELECT
    list_id,
    CASE WHEN place = total THEN {first} ELSE public_at END,
    CASE WHEN place = total THEN 0 ELSE article_id END,
    CASE WHEN place % 2000 = 0 THEN 2000 ELSE place % 2000 END
FROM (
    SELECT
        entry.list_id, entry.public_at, entry.article_id, list.count AS total,
        ROW_NUMBER() OVER (
            PARTITION BY entry.list_id ORDER BY entry.public_at DESC, entry.article_id DESC
        ) AS place
    FROM articles_listentry entry JOIN articles_articlelist list ON list.id = entry.list_id
) AS placed
WHERE place % 2000 = 0 OR place = total
"""


def fill(apps, schema_editor):
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    first = "TIMESTAMPTZ '0001-01-01 00:00:00+00'" if is_postgresql else "'0001-01-01 00:00:00'"
    schema_editor.execute(_FIRST, params=None)
    if is_postgresql:
        schema_editor.execute(_GO_ON, params=None)
    schema_editor.execute(_WANTED + _LISTS, params=None)
    schema_editor.execute(_WANTED + _ENTRIES, params=None)
    schema_editor.execute(_COUNTS, params=None)
    schema_editor.execute(_BLOCKS.format(first=first), params=None)


def empty(apps, schema_editor):
    for table in ("listblock", "listentry", "articlelist"):
        schema_editor.execute(f"DELETE FROM articles_{table}", params=None)


class Migration(migrations.Migration):
    dependencies = [("articles", "0007_lists_and_purges")]

    operations = [migrations.RunPython(fill, empty)]
