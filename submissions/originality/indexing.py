"""Keeping the index: a text more, a text changed, a text forgotten; catching up with the sources.

All of it may run twice and twice at once, and may be killed anywhere: each text is one
transaction, and how far one has read is noted after what was read.
"""

import zlib
from collections.abc import Callable
from datetime import timedelta
from hashlib import blake2b
from typing import Any

from django.db import transaction
from django.utils import timezone

from submissions.models import IndexedText, IndexingProgress
from submissions.originality.fingerprints import VERSION, pack, sample, unpack
from submissions.originality.index import fingerprint_index
from submissions.originality.sources import TextSource
from submissions.originality.texts import read

# No transaction stays open for longer: what was numbered before that is there to be read.
SETTLED = timedelta(minutes=10)
_BATCH = 200


@transaction.atomic
def index_text(kind: str, object_id: int, text: str, *, title: str = "", position: int = 0) -> bool:
    """Make a plain text known, or replace what was known of it; say whether anything was written.

    `position` orders the versions of a text: an older one never replaces a newer one. Three
    queries for a text that did not change, six for one that did; 2–4 ms at a million texts.
    """
    new = _row(text, title, position)
    row, created = IndexedText.objects.select_for_update().get_or_create(
        kind=kind, object_id=object_id, defaults=new
    )
    old: set[int] = set()
    if not created:
        if row.position > position:
            return False
        if (bytes(row.digest), row.version) == (new["digest"], VERSION):
            IndexedText.objects.filter(pk=row.pk).update(title=new["title"], position=position)
            return False
        old = set(unpack(bytes(row.hashes)))
        IndexedText.objects.filter(pk=row.pk).update(**new, indexed_at=timezone.now())
    _replace(row.pk, old, set(unpack(new["hashes"])))
    return True


def _row(text: str, title: str, position: int) -> dict[str, Any]:
    # A lone surrogate cannot be stored, and a NUL is no part of a text.
    encoded = text.encode("utf-8", "replace")
    hashes = sorted({s.hash for s in sample(read(text).folded)})
    return {
        "title": title.replace("\0", "")[:200],
        "compressed": zlib.compress(encoded),
        "digest": blake2b(encoded, digest_size=16).digest(),
        "hashes": pack(hashes),
        "position": position,
        "version": VERSION,
    }


def _replace(doc: int, old: set[int], new: set[int]) -> None:
    index = fingerprint_index()
    if gone := old - new:
        index.remove(doc, gone)
    if come := new - old:
        index.add(doc, come)


@transaction.atomic
def forget(kind: str, object_id: int) -> bool:
    """Remove a text and its fingerprints for good, say whether it was known. Three queries.

    For texts that nobody may keep; one that was declined, withheld or deleted stays known.
    """
    row = IndexedText.objects.select_for_update().filter(kind=kind, object_id=object_id).first()
    if row is None:
        return False
    _replace(row.pk, set(unpack(bytes(row.hashes))), set())
    row.delete()
    return True


def unread(source: TextSource, after: int) -> tuple[list[int], int | None]:
    """Return the next positions of a source that are not indexed yet, and where the part of it
    that was looked at ends (None where there is no more). Two queries."""
    positions = source.positions(after, _BATCH)
    if not positions:
        return [], None
    last = {object_id: position for position, object_id in positions}
    rows = IndexedText.objects.filter(kind=source.kind, object_id__in=last)
    known = dict(rows.values_list("object_id", "position"))
    wanted = [pos for object_id, pos in last.items() if known.get(object_id, -1) < pos]
    return sorted(wanted), positions[-1][0]


def catch_up(
    source: TextSource,
    *,
    from_start: bool = False,
    go_on: Callable[[], bool] = lambda: True,
    report: Callable[[int, int, int], None] = lambda position, end, written: None,
) -> int:
    """Index what a source has and the index has not; return how many texts were written.

    Goes on from where the last one settled, or from the start, while `go_on()`; tells `report`
    after each batch how far it is, where the source ends, and how many it wrote. Safe to kill
    and to run again.
    """
    progress = _progress(source)
    after = 0 if from_start else progress.position
    last, written = source.end(), 0
    while go_on():
        wanted, end = unread(source, after)
        if end is None:
            _look_ahead(source, progress)
            break
        for entry in source.texts(wanted) if wanted else ():
            written += index_text(
                source.kind,
                entry.object_id,
                entry.text,
                title=entry.title,
                position=entry.position,
            )
        after = end
        _settle(progress, after)
        report(after, last, written)
    return written


def progress_of(source: TextSource) -> int:
    """Return the position up to which all of a source is indexed for good."""
    return _progress(source).position


def _progress(source: TextSource) -> IndexingProgress:
    end = source.end()
    progress, _created = IndexingProgress.objects.get_or_create(
        kind=source.kind, defaults={"upcoming": end, "upcoming_since": timezone.now()}
    )
    return progress


def _settle(progress: IndexingProgress, after: int) -> None:
    """Note how far was read, as far as nothing earlier can still appear."""
    done = min(after, progress.upcoming)
    if progress.upcoming_since <= timezone.now() - SETTLED and done > progress.position:
        IndexingProgress.objects.filter(pk=progress.pk, position__lt=done).update(position=done)
        progress.position = done


def _look_ahead(source: TextSource, progress: IndexingProgress) -> None:
    """Once all is read up to where the source ended ten minutes ago, note where it ends now."""
    _settle(progress, progress.upcoming)
    end = source.end()
    if progress.position >= progress.upcoming and end > progress.upcoming:
        IndexingProgress.objects.filter(pk=progress.pk, upcoming=progress.upcoming).update(
            upcoming=end, upcoming_since=timezone.now()
        )


def stored_after(number: int, limit: int) -> list[int]:
    """Return the numbers of the next indexed texts after one. One query by the primary key."""
    rows = IndexedText.objects.filter(pk__gt=number).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def refresh_stale(limit: int) -> int:
    """Make the fingerprints of texts anew that an earlier version of the method made; return how
    many. Each is one transaction, and is found by its old fingerprints until then."""
    stale = IndexedText.objects.filter(version__lt=VERSION).order_by("version", "id")
    numbers = list(stale.values_list("pk", flat=True)[:limit])
    for number in numbers:
        remake(number)
    return len(numbers)


@transaction.atomic
def remake(number: int) -> None:
    """Make the fingerprints of an indexed text anew from the text that is kept. Four queries."""
    row = IndexedText.objects.select_for_update().filter(pk=number).first()
    if row is None:
        return
    text = zlib.decompress(bytes(row.compressed)).decode()
    new = _row(text, row.title, row.position)
    index, hashes = fingerprint_index(), unpack(new["hashes"])
    index.remove(row.pk, set(unpack(bytes(row.hashes))) - set(hashes))
    index.add(row.pk, hashes)
    IndexedText.objects.filter(pk=row.pk).update(hashes=new["hashes"], version=VERSION)
