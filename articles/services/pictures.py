"""Pictures: taken in, rendered in the worker, withheld with their files, deleted when unused.

A picture's files lie in the default storage, or in the private one while a measure withholds it.
Files are moved under the lock on the picture's row, so that no two processes move them at once.
"""

import secrets
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django_tasks import task

from articles.html import strip_control
from articles.images import Rendition, accept, renditions
from articles.models import Article, Picture, Restriction, Topic, User
from articles.services.announcing import announce
from articles.services.derive import rederive, rederive_pages
from articles.services.library import folded_names, why_kept
from articles.services.permissions import require

COVER_CROPS = ("small", "wide")


def add_picture(
    by: User | None,
    upload: File[bytes],
    *,
    alt: str = "",
    name: str = "",
    is_demo: bool = False,
    owner: User | None = None,
) -> Picture:
    """Accept an upload, store it and owe its renditions; return the row.

    `owner` is whose picture it is where the system takes it in for somebody. Whoever sends the
    same bytes again gets the picture that is there. The picture is decoded
    before the transaction begins, so that no other writer waits for it: about half a second.
    Raises PermissionDenied, and ValidationError that says what is wrong with the file.
    """
    require(by, "articles.add_picture")
    accepted = accept(upload)
    require_not_withheld(accepted.sha256)
    alt = " ".join(strip_control(alt).split())
    owner = owner or by
    if owner is not None and (found := _sent_before(owner, accepted.sha256, alt, is_demo)):
        return found
    picture = Picture(
        key=secrets.token_hex(12),
        file=f"original.{accepted.extension}",
        width=accepted.width,
        height=accepted.height,
        size=len(accepted.data),
        sha256=accepted.sha256,
        name=(strip_control(name).strip() or accepted.name)[:200],
        alt=alt,
        uploaded_by=owner,
        is_demo=is_demo,
    )
    picture.folded = folded_names(picture.alt, picture.name)
    picture.full_clean()
    storage, path = storage_of(picture), f"{picture.folder}/{picture.file}"
    try:
        with transaction.atomic():
            put_file(storage, path, accepted.data)
            picture.save()
            render_picture.enqueue(picture.pk)
    except BaseException:
        # Whatever ended it, no row speaks of this file.
        storage.delete(path)
        raise
    return picture


def require_not_withheld(sha256: str) -> None:
    """Refuse the very file that a measure withholds: it would be public again."""
    if Picture.objects.filter(sha256=sha256, is_withheld=True).exists():
        raise ValidationError(_("This picture is withheld at the notice of a right holder."))


def _sent_before(by: User, sha256: str, alt: str, is_demo: bool) -> Picture | None:
    same = Picture.objects.filter(sha256=sha256, uploaded_by=by, is_demo=is_demo, is_withheld=False)
    # What was described otherwise stays another picture: its texts rely on the description.
    return (same.filter(alt=alt) if alt else same).first()


@transaction.atomic
def describe_picture(
    picture: Picture, by: User | None, alt: str, *, instead_of: str | None = None
) -> Picture:
    """Say what a picture shows; texts that say nothing of their own follow.

    `instead_of` is the description that was read: where somebody has written another one since,
    theirs stays. Raises PermissionDenied, ValidationError, Picture.DoesNotExist.
    """
    require(by, "articles.change_picture")
    articles = lock_showing(picture)
    locked = Picture.objects.select_for_update().get(pk=picture.pk)
    if instead_of is not None and locked.alt not in {instead_of, alt}:
        raise ValidationError(
            _("Somebody described it meanwhile as “%(alt)s”; that was kept.") % {"alt": locked.alt}
        )
    locked.alt = " ".join(strip_control(alt).split())
    locked.folded = folded_names(locked.alt, locked.name)
    locked.full_clean()
    locked.save(update_fields=["alt", "folded"])
    for article in articles:
        rederive(article)
    rederive_pages(locked)
    return locked


@transaction.atomic
def delete_picture(picture: Picture, by: User | None) -> None:
    """Delete a picture that nothing uses, with its files.

    The lock on its row keeps articles from taking it up until it is gone. Raises PermissionDenied;
    ValidationError that names what stands on it (articles.services.library), or where it is so
    new that it may belong to somebody's open form.
    """
    require(by, "articles.delete_picture")
    locked = Picture.objects.select_for_update().get(pk=picture.pk)
    if reason := why_kept(locked, by):
        raise ValidationError(reason)
    try:
        locked.delete()
    except ProtectedError as error:
        users = sorted({str(getattr(row, "article", row)) for row in error.protected_objects})
        raise ValidationError(
            _("The picture is still used by: %(users)s") % {"users": ", ".join(users[:5])}
        ) from error
    # No partial() here or below: Django logs a failure under the function's name.
    transaction.on_commit(lambda: _empty_everywhere(locked.folder), robust=True)


# --- Renditions -----------------------------------------------------------------------------
def render_cover(picture: Picture | None) -> None:
    """Owe the crops of a picture that became a cover, unless they are there. No query, or one
    row written."""
    if picture is not None and _missing(picture, COVER_CROPS):
        render_picture.enqueue(picture.pk)


def _missing(picture: Picture, crops: Iterable[str]) -> list[str]:
    present = {item["crop"] for item in picture.renditions}
    return [crop for crop in crops if crop not in present]


@task()
def render_picture(picture_id: int) -> None:
    """Make the renditions that a picture lacks, and show them. In the worker: one to three
    seconds. Safe to run again and twice at once: the same picture gives the same files."""
    picture = Picture.objects.filter(pk=picture_id).first()
    if picture is None:
        return
    is_cover = (
        Article.objects.filter(cover=picture).exists()
        or Topic.objects.filter(cover=picture).exists()
    )
    missing = _missing(picture, ("full", *(COVER_CROPS if is_cover else ())))
    if missing:
        try:
            source = source_of(picture)
        except FileNotFoundError:
            if _has_changed(picture):
                return  # The new file has a task of its own.
            raise
        storage = storage_of(picture)
        made = [_store(picture, storage, item) for item in renditions(source, missing)]
        if not _add_renditions(picture, made):
            _forget_made(picture, made)
            return
    # Also where nothing was missing: a worker may have ended between the two.
    if "full" in missing or not missing:
        for article in Article.objects.filter(picture_uses__picture=picture).order_by("pk"):
            rederive(article)
        rederive_pages(picture)


def _forget_made(picture: Picture, made: list[dict[str, Any]]) -> None:
    if Picture.objects.filter(pk=picture.pk).exists():
        forget_files(picture.pk, [item["file"] for item in made])
    else:
        _empty_everywhere(picture.folder)


def _has_changed(picture: Picture) -> bool:
    """Say whether a picture was deleted, or its file replaced, since it was read."""
    return not Picture.objects.filter(pk=picture.pk, file=picture.file).exists()


def source_of(picture: Picture) -> bytes:
    """Return the bytes of a picture, wherever they lie at this moment."""
    path = f"{picture.folder}/{picture.file}"
    for storage in (storages["default"], storages["private"], storages["default"]):
        try:
            with storage.open(path) as file:
                return bytes(file.read())
        except FileNotFoundError:
            continue
    raise FileNotFoundError(path)


def _store(picture: Picture, storage: Storage, rendition: Rendition) -> dict[str, Any]:
    stem, _dot, extension = rendition.filename.partition(".")
    path = f"{picture.folder}/{stem}{picture.edition}.{extension}"
    put_file(storage, path, rendition.data)
    return {
        "crop": rendition.crop,
        "format": rendition.format,
        "width": rendition.width,
        "height": rendition.height,
        "file": path,
        "bytes": len(rendition.data),
    }


def files_of(picture: Picture) -> list[dict[str, Any]]:
    """Return the renditions of a picture, widest first, each with its bytes: asked of the storage
    where the row does not say yet; None where the file is not there."""
    storage = storage_of(picture)
    files = [{"bytes": None, **item} for item in picture.renditions]
    for item in files:
        if item["bytes"] is None:
            try:
                item["bytes"] = storage.size(item["file"])
            except FileNotFoundError:
                continue
    return sorted(files, key=lambda item: (item["crop"], item["format"], -int(item["width"])))


@transaction.atomic
def _add_renditions(picture: Picture, made: list[dict[str, Any]]) -> bool:
    """Add to a picture's list what was made; False where the picture was deleted meanwhile, or
    its file replaced."""
    locked = Picture.objects.select_for_update().filter(pk=picture.pk, file=picture.file).first()
    if locked is None:
        return False
    by_file = {item["file"]: item for item in [*locked.renditions, *made]}
    locked.renditions = list(by_file.values())
    locked.save(update_fields=["renditions"])
    # It may have been withheld or restored since the files were written.
    _move(locked)
    return True


# --- Withholding ----------------------------------------------------------------------------
@transaction.atomic
def settle_picture(picture: Picture) -> None:
    """Make a picture withheld if an active measure names it, else not; called in the transaction
    that writes or lifts the measure.

    Every text that shows it follows at once. Its files move on commit, and a task is owed that
    moves them if that fails. Three queries, those of announce(), and those of rederive() for each
    article.
    """
    articles = lock_showing(picture)
    locked = Picture.objects.select_for_update().get(pk=picture.pk)
    locked.is_withheld = Restriction.objects.active().filter(picture=locked).exists()
    locked.save(update_fields=["is_withheld"])
    picture.is_withheld = locked.is_withheld
    for article in articles:
        rederive(article)
    rederive_pages(locked)
    covered = Article.objects.filter(cover=locked).values_list("pk", flat=True)
    announce([*(article.pk for article in articles), *covered])
    place_files.enqueue(locked.pk)
    transaction.on_commit(lambda: _place(locked.pk), robust=True)


def lock_showing(picture: Picture) -> list[Article]:
    """Lock the articles whose text shows a picture: before the picture itself and in the order
    of their numbers, as everyone does."""
    uses = picture.article_uses.values("article")
    return list(Article.objects.select_for_update().filter(pk__in=uses).order_by("pk"))


@task()
def place_files(picture_id: int) -> None:
    """Move a picture's files to where they belong, and show its texts as they should be: an
    article may have been written while the measure was. Safe to run again and twice at once."""
    _place(picture_id)
    for article in Article.objects.filter(picture_uses__picture=picture_id).order_by("pk"):
        rederive(article)


def place_all_files() -> int:
    """Move what still lies in the wrong place and return how many files that were. For the
    periodic command; looks at pictures that a measure ever named, so at few."""
    named = Restriction.objects.filter(picture__isnull=False).order_by("picture")
    return sum(_place(pk) for pk in named.values_list("picture", flat=True).distinct())


@transaction.atomic
def _place(picture_id: int) -> int:
    picture = Picture.objects.select_for_update().filter(pk=picture_id).first()
    return _move(picture) if picture is not None else 0


def _move(picture: Picture) -> int:
    """Move a picture's files to where they belong, under the lock on its row; copes with a folder
    that was moved by half. Returns how many were moved."""
    target = storage_of(picture)
    origin = storages["default" if picture.is_withheld else "private"]
    names = _names(origin, picture.folder)
    for name in names:
        path = f"{picture.folder}/{name}"
        with origin.open(path) as file:
            data = file.read()
        put_file(target, path, data)
        origin.delete(path)
    return len(names)


# --- Files ----------------------------------------------------------------------------------
def storage_of(picture: Picture) -> Storage:
    return storages["private" if picture.is_withheld else "default"]


def _names(storage: Storage, folder: str) -> list[str]:
    try:
        return storage.listdir(folder)[1]
    except FileNotFoundError:
        return []


def put_file(storage: Storage, path: str, data: bytes) -> None:
    """Write a file under exactly this path, over a half-written one that may lie there."""
    if storage.exists(path):
        if storage.size(path) == len(data):
            return
        storage.delete(path)
    saved = storage.save(path, ContentFile(data))
    if saved != path:
        # Another process wrote the same file in between; the storage chose a second name.
        storage.delete(saved)


def _empty(storage: Storage, folder: str) -> None:
    for name in _names(storage, folder):
        storage.delete(f"{folder}/{name}")


def _empty_everywhere(folder: str) -> None:
    for storage in (storages["default"], storages["private"]):
        _empty(storage, folder)


@transaction.atomic
def forget_files(picture_id: int, paths: Iterable[str]) -> None:
    """Delete files that a picture no longer has, wherever they lie; those that it has stay."""
    picture = Picture.objects.select_for_update().filter(pk=picture_id).first()
    kept: set[str] = set()
    if picture is not None:
        kept = {f"{picture.folder}/{picture.file}"} | {row["file"] for row in picture.renditions}
    for path in set(paths) - kept:
        for storage in (storages["default"], storages["private"]):
            storage.delete(path)
