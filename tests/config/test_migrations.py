"""Migrations run while the site does: none may keep readers or writers of a large table out."""

import re
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, models, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ModelState, ProjectState
from django.db.utils import NotSupportedError

from articles.operations import AddIndexConcurrently, RemoveIndexConcurrently
from tests.services import require_or_skip

# The last migrations that were written before anybody ran the site.
BEFORE_RELEASE = {"articles": 8, "submissions": 4, "moderation": 2}
# What grows with articles, readers or years; all other tables are locked for a moment only.
LARGE = (
    "articles_article", "articles_historicalarticle", "articles_articletag", "articles_picture",
    "articles_articlepicture", "articles_listentry", "articles_searchdocument", "articles_like",
    "articles_relatedarticle", "articles_dailyreads", "articles_user", "articles_purge",
    "articles_sharecard", "taggit_taggeditem", "submissions_submission", "submissions_fingerprint",
    "submissions_submissionevent", "submissions_submissionversion", "moderation_case",
    "moderation_event", "post_office_email", "django_tasks_database_dbtaskresult",
)  # fmt: skip
_STATEMENTS = {
    "an index built with a lock": r"CREATE (?:UNIQUE )?INDEX (?!CONCURRENTLY).* ON {table}\b",
    "an index dropped with a lock": r"DROP INDEX (?!CONCURRENTLY)",
    "a column that changes its type": r"ALTER TABLE {table} ALTER COLUMN \S+ TYPE",
    "NOT NULL on a column that is there": r"ALTER TABLE {table} ALTER COLUMN \S+ SET NOT NULL",
    "a column that must be filled": r"ALTER TABLE {table} ADD COLUMN (?!.*DEFAULT).* NOT NULL",
    "a generated column": r"ALTER TABLE {table} ADD COLUMN .*GENERATED ALWAYS",
    "a constraint that looks at every row": (
        r"ALTER TABLE {table} ADD CONSTRAINT (?!.*(?:NOT VALID|USING INDEX))"
    ),
}


def offences(sql: str) -> list[str]:
    """Return what of a migration's SQL would hold a large table up."""
    found = []
    for line in sql.splitlines():
        plain = line.replace('"', "")
        for table in LARGE:
            for what, pattern in _STATEMENTS.items():
                if re.search(pattern.format(table=table), plain):
                    found.append(f"{what}: {line[:120]}")
    return sorted(set(found))


@pytest.mark.parametrize(
    ("sql", "offends"),
    [
        ('CREATE INDEX "x" ON "articles_article" ("a");', True),
        ('CREATE UNIQUE INDEX "x" ON "articles_article" ("a");', True),
        ('CREATE INDEX CONCURRENTLY "x" ON "articles_article" ("a");', False),
        ('CREATE INDEX "x" ON "articles_topic" ("a");', False),
        ('ALTER TABLE "articles_article" ALTER COLUMN "a" TYPE bigint USING "a"::bigint;', True),
        ('ALTER TABLE "articles_article" ALTER COLUMN "a" SET NOT NULL;', True),
        ('ALTER TABLE "articles_article" ADD COLUMN "a" integer NOT NULL;', True),
        ('ALTER TABLE "articles_article" ADD COLUMN "a" integer DEFAULT 0 NOT NULL;', False),
        ('ALTER TABLE "articles_article" ADD COLUMN "a" integer NULL;', False),
        ('ALTER TABLE "articles_article" ADD CONSTRAINT "c" CHECK ("a" > 0);', True),
        ('ALTER TABLE "articles_article" ADD CONSTRAINT "c" CHECK ("a" > 0) NOT VALID;', False),
        ('ALTER TABLE "articles_articlelist" ADD CONSTRAINT "c" CHECK ("a" > 0);', False),
    ],
)
def test_what_holds_a_large_table_up_is_recognised(sql: str, offends: bool) -> None:
    assert bool(offences(sql)) == offends


@pytest.mark.django_db
def test_no_new_migration_holds_a_large_table_up() -> None:
    require_or_skip("postgresql")
    loader = MigrationLoader(connection)
    for app, last in BEFORE_RELEASE.items():
        for label, name in sorted(loader.disk_migrations):
            if label == app and int(name[:4]) > last:
                out = StringIO()
                call_command("sqlmigrate", app, name, stdout=out, no_color=True)
                assert offences(out.getvalue()) == [], f"{app}.{name}"


def test_the_large_tables_are_named_as_they_are() -> None:
    known = {model._meta.db_table for model in _models()}
    assert set(LARGE) <= known


def _models() -> list[type[models.Model]]:
    from django.apps import apps

    return apps.get_models(include_auto_created=True)


@pytest.mark.django_db(transaction=True)
def test_an_index_is_built_without_keeping_writers_out() -> None:
    """On either engine, and there and back again; on PostgreSQL over a broken one of its name."""
    columns = [("id", models.BigAutoField(primary_key=True)), ("a", models.IntegerField())]
    before = ProjectState()
    before.add_model(ModelState("articles", "Sample", columns))
    model = before.apps.get_model("articles", "Sample")
    operation = AddIndexConcurrently("sample", models.Index(fields=["a"], name="sample_by_a"))
    after = before.clone()
    operation.state_forwards("articles", after)
    removal = RemoveIndexConcurrently("sample", "sample_by_a")
    with connection.schema_editor() as editor:
        editor.create_model(model)
    try:
        for step, expected in (
            (lambda e: operation.database_forwards("articles", e, before, after), True),
            (lambda e: operation.database_backwards("articles", e, after, before), False),
            (lambda e: operation.database_forwards("articles", e, before, after), True),
            (lambda e: removal.database_forwards("articles", e, after, before), False),
            (lambda e: removal.database_backwards("articles", e, before, after), True),
        ):
            with connection.schema_editor(atomic=False) as editor:
                step(editor)
            assert _has_index("articles_sample", "sample_by_a") == expected
    finally:
        with connection.schema_editor() as editor:
            editor.delete_model(model)


def _has_index(table: str, name: str) -> bool:
    with connection.cursor() as cursor:
        return name in connection.introspection.get_constraints(cursor, table)


@pytest.mark.django_db(transaction=True)
def test_a_table_that_stays_locked_makes_no_reader_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    require_or_skip("postgresql")
    locked, done = threading.Event(), threading.Event()

    def hold() -> None:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN; LOCK TABLE articles_topic IN ACCESS SHARE MODE")
            locked.set()
            done.wait(20)
            cursor.execute("ROLLBACK")
        connections.close_all()

    def alter(*_args: object, **_options: object) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE articles_topic IN ACCESS EXCLUSIVE MODE")

    monkeypatch.setattr("django.db.migrations.executor.MigrationExecutor.migrate", alter)
    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert locked.wait(10)
        with pytest.raises(CommandError, match="stayed locked by others for 1 s"):
            call_command("migrate", lock_timeout=1, verbosity=0, interactive=False)
    finally:
        done.set()
        holder.join()
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)


@pytest.mark.django_db
def test_within_a_transaction_no_index_is_built() -> None:
    require_or_skip("postgresql")
    state = MigrationLoader(connection).project_state()
    operation = AddIndexConcurrently("topic", models.Index(fields=["title"], name="x"))
    with (
        pytest.raises(NotSupportedError, match="atomic = False"),
        connection.schema_editor() as editor,
    ):
        operation.database_forwards("articles", editor, state, state)
