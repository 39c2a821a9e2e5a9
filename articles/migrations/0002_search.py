from typing import Any

import django.utils.timezone
from django.db import migrations, models

SQLITE = [
    """CREATE VIRTUAL TABLE articles_search_text USING fts5
        (terms, content='', columnsize=0, detail=none, tokenize='ascii')""",
    """CREATE VIRTUAL TABLE articles_search_head USING fts5
        (terms, content='', columnsize=0, detail=none, tokenize='ascii')""",
]
SQLITE_BACK = ["DROP TABLE articles_search_text", "DROP TABLE articles_search_head"]
# Statistics of the terms are kept by the site itself; the planner's would cost a reading of all
# arrays. Arrays are read often and hardly compress. The list of what is pending (fastupdate) would
# be worked off by whoever searches or writes next.
POSTGRESQL = [
    """ALTER TABLE articles_searchdocument
        ADD COLUMN head_grams int[] NOT NULL DEFAULT '{}',
        ADD COLUMN text_grams int[] NOT NULL DEFAULT '{}'""",
    """ALTER TABLE articles_searchdocument
        ALTER COLUMN text_grams SET STATISTICS 0, ALTER COLUMN text_grams SET STORAGE EXTERNAL,
        ALTER COLUMN head_grams SET STATISTICS 0""",
    """CREATE INDEX article_search_text ON articles_searchdocument
        USING gin (text_grams) WITH (fastupdate = off)""",
    """CREATE INDEX article_search_head ON articles_searchdocument
        USING gin (head_grams) WITH (fastupdate = off)""",
]


def make_index(apps: Any, schema_editor: Any) -> None:
    is_postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL if is_postgresql else SQLITE:
        schema_editor.execute(statement)
    # The articles that are here already are owed to the index.
    schema_editor.execute(
        "INSERT INTO articles_searchowed (article_id) SELECT id FROM articles_article ORDER BY id"
    )


def drop_index(apps: Any, schema_editor: Any) -> None:
    # On PostgreSQL columns and indexes go with their table.
    if schema_editor.connection.vendor != "postgresql":
        for statement in SQLITE_BACK:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchDocument",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("article_id", models.BigIntegerField(unique=True)),
                ("version", models.PositiveSmallIntegerField()),
                ("digest", models.BinaryField(max_length=16)),
                ("length", models.PositiveIntegerField()),
                ("title", models.TextField()),
                ("tags", models.TextField(blank=True)),
                ("marks", models.TextField(blank=True)),
                ("text", models.TextField(blank=True)),
            ],
            options={
                "verbose_name": "indexed article",
                "verbose_name_plural": "indexed articles",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SearchOwed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("article_id", models.BigIntegerField(db_index=True)),
            ],
            options={
                "verbose_name": "article to be indexed",
                "verbose_name_plural": "articles to be indexed",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SearchStatistics",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("documents", models.PositiveIntegerField()),
                ("average_length", models.FloatField()),
                ("shares", models.JSONField(default=dict)),
                ("names", models.JSONField(default=list)),
                ("refreshed_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "statistics of the search index",
                "verbose_name_plural": "statistics of the search index",
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="SearchCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("query", models.CharField(max_length=60, verbose_name="searched for")),
                ("asked", models.PositiveIntegerField(default=0, verbose_name="times")),
                ("found", models.PositiveIntegerField(default=0, verbose_name="articles found")),
            ],
            options={
                "verbose_name": "search",
                "verbose_name_plural": "searches",
                "ordering": ["-day", "-asked", "query"],
                "default_permissions": ("view",),
                "constraints": [
                    models.UniqueConstraint(
                        fields=("day", "query"), name="search_counted_once_a_day"
                    )
                ],
            },
        ),
        migrations.RunPython(make_index, drop_index),
    ]
