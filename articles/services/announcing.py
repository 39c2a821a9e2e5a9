"""What follows when what readers see of an article changes: its place in the lists, the sitemap's
date, the engines' notices, the picture for sharing; and that caches learn of it soon. All rows, in
the transaction of the change."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from articles.models import Article, Engine, EnginePush, SitemapPart
from articles.pagecache.files import sweep_on_commit
from articles.services.cards import draw_card
from articles.services.listing import keep_lists
from articles.services.purging import hurry_purges

PART = 10_000


def enabled_engines() -> list[Engine]:
    """Return the engines that the site has a key of; none where it runs on somebody's own
    machine."""
    keys = {Engine.INDEXNOW: settings.INDEXNOW_KEY, Engine.BAIDU: settings.BAIDU_PUSH_TOKEN}
    return [engine for engine, key in keys.items() if key and not settings.LOCAL_RUN]


@dataclass(frozen=True)
class _Change:
    number: int
    is_shown: bool
    wants_card: bool


@transaction.atomic
def announce(numbers: Iterable[int], *, quietly: bool = False) -> None:
    """Put articles that are, or were, public where they now stand in the lists, and owe what else
    follows from their change.

    Called by the service that changes them, after the change. `quietly` (imports, many at once)
    leaves out engines and pictures, and CDNs have to wait for the periodic command. Three queries
    and those of keep_lists(); with keys of engines three more, one more for each picture owed and
    for a CDN. Articles that never were public owe nothing.
    """
    ordered = sorted(set(numbers))
    sweep_on_commit()
    keep_lists(ordered)
    changes = _changes(ordered)
    touch_parts(change.number for change in changes)
    if quietly:
        return
    hurry_purges()
    owe_pushes({f"/p/{change.number}.html": not change.is_shown for change in changes})
    for change in changes:
        if change.wants_card:
            draw_card.enqueue(change.number)


def _changes(numbers: list[int]) -> list[_Change]:
    # A draft has never been seen, unless its day has come and gone.
    known = Article.objects.filter(pk__in=numbers, published_at__lte=timezone.now())
    rows = known.order_by("pk").values_list("pk", "cover")
    shown = set(Article.objects.visible().filter(pk__in=numbers).values_list("pk", flat=True))
    return [_Change(pk, pk in shown, pk in shown and cover is None) for pk, cover in rows]


def touch_parts(numbers: Iterable[int]) -> None:
    """Date the parts of the sitemap in which articles stand. One query."""
    now = timezone.now()
    parts = [SitemapPart(number=n, changed_at=now) for n in sorted({n // PART for n in numbers})]
    SitemapPart.objects.bulk_create(
        parts, update_conflicts=True, unique_fields=["number"], update_fields=["changed_at"]
    )


def owe_pushes(removed: dict[str, bool]) -> None:
    """Owe each engine the news of addresses: path → whether it is gone. What waits already is
    told once, as it is now. Three queries; none without keys."""
    engines = enabled_engines()
    if not engines or not removed:
        return
    now = timezone.now()
    waiting = EnginePush.objects.filter(
        engine__in=engines, path__in=removed, state=EnginePush.State.WAITING
    )
    held = {(row.engine, row.path): row for row in waiting.select_for_update()}
    for row in held.values():
        # With a new date the sender knows that what it has in hand is no longer the news.
        row.is_removal, row.owed_at, row.due_at, row.attempts = removed[row.path], now, now, 0
    EnginePush.objects.bulk_update(
        held.values(), ["is_removal", "owed_at", "due_at", "attempts"], batch_size=200
    )
    EnginePush.objects.bulk_create(
        [
            EnginePush(engine=engine, path=path, is_removal=is_removal, owed_at=now, due_at=now)
            for engine in engines
            for path, is_removal in sorted(removed.items())
            if (engine, path) not in held
        ],
        ignore_conflicts=True,
    )
