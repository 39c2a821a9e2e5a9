"""Another file in the place of a picture's: every page that shows it shows the new one."""

import secrets
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.utils.translation import gettext as _
from django_tasks import task

from articles.html import strip_control
from articles.images import AcceptedImage, accept
from articles.models import Article, Picture, User
from articles.services.announcing import announce
from articles.services.derive import rederive, rederive_pages
from articles.services.library import folded_names, sources
from articles.services.permissions import require
from articles.services.pictures import (
    forget_files,
    put_file,
    render_picture,
    require_not_withheld,
    storage_of,
)
from articles.services.versions import raise_version


def replace_picture(
    picture: Picture, by: User | None, upload: File[bytes], *, alt: str | None = None
) -> Picture:
    """Put an uploaded file in the place of a picture's; return the row as it now stands.

    The picture keeps its key, so that texts need not change, and its description unless `alt`
    gives another one. Its files get new names: no cache shows an old one. Texts, covers, portraits
    and pages show the new file from the commit on, in several sizes as soon as the worker has made
    them; the old files go after the commit, and their addresses lead to the new one. Forms that
    are open on its articles are stale. Who did it stands in the admin's log.

    Decoded before the transaction begins, as in `add_picture`. Raises PermissionDenied;
    ValidationError for what is no picture, for the same file, for a file that a measure withholds,
    and where the picture is withheld or a measure or case speaks of it: its file is evidence.
    """
    require(by, "articles.change_picture")
    accepted = accept(upload)
    require_not_withheld(accepted.sha256)
    file = f"original-{secrets.token_hex(4)}.{accepted.extension}"
    storage, path = storage_of(picture), f"{picture.folder}/{file}"
    put_file(storage, path, accepted.data)
    try:
        return _replace(picture, by, accepted, file, alt)
    except BaseException:
        # Whatever ended it, no row speaks of this file; a measure may have moved it meanwhile.
        _delete_everywhere(path)
        raise


def _delete_everywhere(path: str) -> None:
    both: list[Storage] = [storages["default"], storages["private"]]
    for storage in both:
        storage.delete(path)


@transaction.atomic
def _replace(
    picture: Picture, by: User | None, accepted: AcceptedImage, file: str, alt: str | None
) -> Picture:
    articles = _lock_articles(picture)
    locked = Picture.objects.select_for_update().get(pk=picture.pk)
    _require_replaceable(locked, accepted.sha256)
    old = [f"{locked.folder}/{locked.file}", *(item["file"] for item in locked.renditions)]
    locked.file, locked.sha256 = file, accepted.sha256
    locked.width, locked.height, locked.size = accepted.width, accepted.height, len(accepted.data)
    locked.name = accepted.name or locked.name
    locked.renditions = []
    if alt is not None:
        locked.alt = " ".join(strip_control(alt).split())
    locked.folded = folded_names(locked.alt, locked.name)
    locked.full_clean()
    locked.save()
    for article in articles:
        rederive(article)
    rederive_pages(locked)
    numbers = [article.pk for article in articles]
    raise_version(numbers)
    announce(numbers)
    _log(locked, by)
    render_picture.enqueue(locked.pk)
    drop_files.enqueue(locked.pk, old)
    transaction.on_commit(lambda: forget_files(locked.pk, old), robust=True)
    return locked


def _lock_articles(picture: Picture) -> list[Article]:
    """Lock the articles that show a picture, in the text or as the cover: before the picture
    itself and in the order of their numbers, as everyone does."""
    shown = Article.objects.filter(picture_uses__picture=picture).values("pk")
    covered = Article.objects.filter(cover=picture).values("pk")
    numbers = {row["pk"] for row in (*shown, *covered)}
    return list(Article.objects.select_for_update().filter(pk__in=numbers).order_by("pk"))


def why_not_replaced(picture: Picture) -> str:
    """Return why a picture's file cannot be replaced; nothing where it can. A query or two."""
    if picture.is_withheld:
        return _("The picture is withheld; its file stays as it is.")
    if any(source.is_record and source.count([picture]) for source in sources()):
        return _(
            "A measure or case speaks of this picture; its file stays as it is. Upload the new "
            "one as another picture."
        )
    return ""


def _require_replaceable(picture: Picture, sha256: str) -> None:
    if reason := why_not_replaced(picture):
        raise ValidationError(reason)
    if picture.sha256 == sha256:
        raise ValidationError(_("This is the file that the picture has already."))


def _log(picture: Picture, by: User | None) -> None:
    if by is None:
        return
    message: list[dict[str, Any]] = [{"changed": {"fields": [str(_("File"))]}}]
    LogEntry.objects.log_actions(
        by.pk, [picture], CHANGE, change_message=message, single_object=True
    )


@task()
def drop_files(picture_id: int, paths: list[str]) -> None:
    """Delete files that a picture no longer has, where that failed after the commit."""
    forget_files(picture_id, paths)
