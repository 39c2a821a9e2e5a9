import django.utils.timezone
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

KINDS = [("article", "Article"), ("submission", "Submission")]


def create_fingerprints(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Make the table that is nothing but its key: on SQLite the key is the table."""
    key = "hash integer NOT NULL, doc integer NOT NULL, PRIMARY KEY (hash, doc)"
    tail = " WITHOUT ROWID" if schema_editor.connection.vendor == "sqlite" else ""
    schema_editor.execute(f"CREATE TABLE submissions_fingerprint ({key}){tail}")


def drop_fingerprints(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP TABLE submissions_fingerprint")


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    operations = [
        migrations.CreateModel(
            name="IndexedText",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=KINDS, max_length=12)),
                ("object_id", models.PositiveBigIntegerField()),
                ("title", models.CharField(blank=True, max_length=200, verbose_name="title")),
                ("compressed", models.BinaryField()),
                ("digest", models.BinaryField(max_length=16)),
                ("hashes", models.BinaryField()),
                ("position", models.BigIntegerField(default=0)),
                ("version", models.PositiveSmallIntegerField()),
                (
                    "indexed_at",
                    models.DateTimeField(default=django.utils.timezone.now, verbose_name="indexed"),
                ),
            ],
            options={
                "verbose_name": "indexed text",
                "verbose_name_plural": "indexed texts",
                "default_permissions": (),
                "indexes": [models.Index(fields=["version", "id"], name="indexed_text_by_version")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["kind", "object_id"], name="text_is_indexed_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(kind__in=["article", "submission"]),
                        name="indexed_text_kind_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="IndexingProgress",
            fields=[
                (
                    "kind",
                    models.CharField(
                        choices=KINDS, max_length=12, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.BigIntegerField(default=0)),
                ("upcoming", models.BigIntegerField(default=0)),
                ("upcoming_since", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "progress of the indexing",
                "verbose_name_plural": "progress of the indexing",
                "default_permissions": (),
            },
        ),
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunPython(create_fingerprints, drop_fingerprints)],
            state_operations=[
                migrations.CreateModel(
                    name="Fingerprint",
                    fields=[
                        (
                            "pk",
                            models.CompositePrimaryKey(
                                "hash",
                                "doc",
                                blank=True,
                                editable=False,
                                primary_key=True,
                                serialize=False,
                            ),
                        ),
                        ("hash", models.IntegerField()),
                        ("doc", models.IntegerField()),
                    ],
                    options={
                        "verbose_name": "fingerprint",
                        "verbose_name_plural": "fingerprints",
                        "db_table": "submissions_fingerprint",
                        "default_permissions": (),
                    },
                ),
            ],
        ),
    ]
