"""What an import owes: what became of which item, where old addresses lead, and numbers that new
articles do not collide with. For commands; the system acts."""

from collections.abc import Iterable, Mapping, Sequence

from django.core.management.color import no_style
from django.db import connection, transaction

from articles.models import Article, ImportRecord, Redirect


def records(source: str, kind: str, foreign_ids: Iterable[str]) -> dict[str, ImportRecord]:
    """Return what was made of items in earlier runs, by their numbers there. One query."""
    found = ImportRecord.objects.filter(source=source, kind=kind, foreign_id__in=list(foreign_ids))
    return {record.foreign_id: record for record in found}


def remember(source: str, kind: str, foreign_id: str, object_id: int | None, digest: str) -> None:
    """Keep what was made of an item, in the place of what was kept before. One query."""
    record = ImportRecord(
        source=source, kind=kind, foreign_id=foreign_id, object_id=object_id, digest=digest
    )
    ImportRecord.objects.bulk_create(
        [record],
        update_conflicts=True,
        unique_fields=["source", "kind", "foreign_id"],
        update_fields=["object_id", "digest", "imported_at"],
    )


@transaction.atomic(savepoint=False)
def lead_on(article: Article | None, addresses: Mapping[str, str]) -> list[str]:
    """Make redirects: old path → new path, or → the article where one is given. An address that
    leads elsewhere already stays as it is; those are returned. Two queries."""
    wanted = {path[:500]: target[:500] for path, target in addresses.items()}
    if not wanted:
        return []
    article_id = article.pk if article else None
    taken: list[str] = []
    for row in Redirect.objects.filter(old_path__in=wanted):
        if row.article_id != article_id or (article is None and row.target != wanted[row.old_path]):
            taken.append(row.old_path)
        del wanted[row.old_path]
    if not wanted:
        return taken
    Redirect.objects.bulk_create(
        [
            Redirect(old_path=path, article=article, target="" if article else target)
            for path, target in wanted.items()
        ],
        ignore_conflicts=True,
    )
    return taken


def reset_numbers(models: Sequence[type[Article]] = (Article,)) -> None:
    """Let the database number new articles after those that brought their own number.

    PostgreSQL has to be told; SQLite counts on from the highest by itself.
    """
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(models)):
            cursor.execute(statement)
