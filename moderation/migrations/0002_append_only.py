"""Triggers that refuse to change or delete a line of the record, on SQLite and PostgreSQL."""

from django.db import migrations

REFUSAL = "The record of casework is append-only."

SQLITE = [
    f"""
    CREATE TRIGGER casework_no_update BEFORE UPDATE ON moderation_event
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
    f"""
    CREATE TRIGGER casework_no_delete BEFORE DELETE ON moderation_event
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
    # INSERT OR REPLACE deletes without asking the trigger above.
    f"""
    CREATE TRIGGER casework_no_replace BEFORE INSERT ON moderation_event
    WHEN EXISTS (SELECT 1 FROM moderation_event WHERE seq = NEW.seq OR hash = NEW.hash)
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END
    """,
]
SQLITE_DROP = [
    "DROP TRIGGER IF EXISTS casework_no_update",
    "DROP TRIGGER IF EXISTS casework_no_delete",
    "DROP TRIGGER IF EXISTS casework_no_replace",
]
POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION casework_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$
    """,
    """
    CREATE TRIGGER casework_no_change BEFORE UPDATE OR DELETE ON moderation_event
    FOR EACH ROW EXECUTE FUNCTION casework_append_only()
    """,
    """
    CREATE TRIGGER casework_no_truncate BEFORE TRUNCATE ON moderation_event
    FOR EACH STATEMENT EXECUTE FUNCTION casework_append_only()
    """,
]
POSTGRESQL_DROP = [
    "DROP TRIGGER IF EXISTS casework_no_change ON moderation_event",
    "DROP TRIGGER IF EXISTS casework_no_truncate ON moderation_event",
    "DROP FUNCTION IF EXISTS casework_append_only()",
]


def _run(schema_editor, sqlite, postgresql):
    statements = postgresql if schema_editor.connection.vendor == "postgresql" else sqlite
    for statement in statements:
        schema_editor.execute(statement)


def guard(apps, schema_editor):
    """Put the triggers up."""
    _run(schema_editor, SQLITE, POSTGRESQL)


def lift(apps, schema_editor):
    """Take the triggers down."""
    _run(schema_editor, SQLITE_DROP, POSTGRESQL_DROP)


class Migration(migrations.Migration):
    dependencies = [("moderation", "0001_cases")]
    operations = [migrations.RunPython(guard, lift)]
