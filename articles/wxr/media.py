"""Pictures of the old site, found in a copy of its uploads folder."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from django.core.exceptions import ValidationError
from django.core.files import File

from articles.models import ImportRecord, Picture
from articles.services.imports import remember
from articles.services.pictures import add_picture
from articles.wxr.plan import local_path

PICTURE_ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp", ".tif", ".tiff")
# How WordPress names its copies: a size, "scaled", "rotated", or the time of an edit.
_COPY = re.compile(r"(?:-\d{1,5}x\d{1,5}|-scaled|-rotated|-e\d{10,13})+$")
_UPLOADS = re.compile(r".*?/(?:uploads|files)/(?:sites/\d+/)?(.+)", re.DOTALL)
_CACHED = 4000


class Pictures:
    """Takes pictures over when a text shows them, each once, also across runs."""

    def __init__(self, source: str, folder: Path | None, *, is_dry: bool) -> None:
        self.source = source
        self.folder = folder.resolve() if folder else None
        self.is_dry = is_dry
        self.taken = 0
        self.missing: list[str] = []
        self.refused: list[tuple[str, str]] = []
        self._known: dict[str, Picture | None] = {}

    def find(self, src: str, alt: str = "") -> Picture | None:
        """Return the picture at an address of the old site; None where it cannot be had, which
        `missing` or `refused` then names. In a dry run it is unsaved. One query, and the storing
        where it is new."""
        path = local_path(src).split("?")[0]
        if not path.lower().endswith(PICTURE_ENDINGS):
            self.missing.append(src[:300])
            return None
        key = _key(path)
        if key not in self._known:
            if len(self._known) >= _CACHED:
                self._known.clear()
            self._known[key] = self._recorded(key) or self._take(path, key, alt)
        elif self._known[key] is None:
            self.missing.append(src[:300])
        return self._known[key]

    def known(self, src: str) -> Picture | None:
        """Return the picture at an address if a text shows it, and take nothing over. One query."""
        key = _key(local_path(src).split("?")[0])
        return self._known.get(key) or self._recorded(key)

    def drain(self) -> tuple[list[str], list[tuple[str, str]]]:
        """Return what was missing and what was refused since the last call."""
        found = (self.missing, self.refused)
        self.missing, self.refused = [], []
        return found

    def _recorded(self, key: str) -> Picture | None:
        record = ImportRecord.objects.filter(
            source=self.source, kind="file", foreign_id=key[:200]
        ).first()
        return Picture.objects.filter(pk=record.object_id or 0).first() if record else None

    def _take(self, path: str, key: str, alt: str) -> Picture | None:
        file = self._locate(path)
        if file is None:
            self.missing.append(path[:300])
            return None
        self.taken += 1
        if self.is_dry:
            return Picture(key="0" * 24, file="source.jpg", width=1, height=1)
        try:
            with file.open("rb") as stream:
                upload = File(stream, name=file.name)
                picture = add_picture(None, upload, alt=alt[:300], name=file.name[:200])
        except ValidationError as error:
            self.refused.append((path[:300], " ".join(error.messages)))
            return None
        except OSError as error:
            self.refused.append((path[:300], str(error)))
            return None
        remember(self.source, "file", key[:200], picture.pk, picture.sha256)
        return picture

    def _locate(self, path: str) -> Path | None:
        """Return the best file that shows the picture: the original before WordPress's copies."""
        if self.folder is None:
            return None
        for relative in _places(path):
            for candidate in _names(relative):
                if file := self._inside(candidate):
                    return file
        return None

    def _inside(self, relative: str) -> Path | None:
        """Return a file of the folder; never one outside it, whatever `..` or links say."""
        if self.folder is None:
            return None
        for form in ("NFC", "NFD"):
            try:
                file = (self.folder / unicodedata.normalize(form, relative)).resolve()
                if file.is_relative_to(self.folder) and file.is_file():
                    return file
            except (OSError, ValueError):
                return None
        return None


def _stem(path: str) -> tuple[str, str]:
    pure = PurePosixPath(path)
    return str(pure.with_suffix("")), pure.suffix


def _key(path: str) -> str:
    """Return the name under which a picture and all its copies are one."""
    match = _UPLOADS.match(path)
    stem, ending = _stem(match[1] if match else path.lstrip("/"))
    key = (_COPY.sub("", stem) or stem) + ending.lower()
    if len(key) <= 200:
        return key
    return "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def _places(path: str) -> Iterator[str]:
    """Yield where in the uploads folder a path may point."""
    if match := _UPLOADS.match(path):
        yield match[1]
    parts = [part for part in path.split("/") if part]
    for count in (3, 1):
        if len(parts) >= count:
            yield "/".join(parts[-count:])


def _names(relative: str) -> Iterator[str]:
    stem, ending = _stem(relative)
    original = _COPY.sub("", stem) or stem
    for name in dict.fromkeys((original, f"{original}-scaled", stem)):
        yield name + ending
