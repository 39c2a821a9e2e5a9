"""Files that people hand in as proof: never public, kept as they are in the private storage."""

import secrets
import warnings
from io import BytesIO
from pathlib import PurePath
from typing import Final

from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from PIL import Image

from articles.html import strip_control

TYPES: Final = {
    "pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp",
    "txt": "text/plain",
}  # fmt: skip
_FORMATS: Final = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}


def extension_of(data: bytes) -> str | None:
    """Return what a file is by its content: "pdf", "jpg", "png", "webp", or None for all else."""
    if data[:5] == b"%PDF-":
        return "pdf"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The header only: nothing here decodes what others sent.
            return _FORMATS[str(Image.open(BytesIO(data), formats=tuple(_FORMATS)).format)]
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def tidy_name(name: str, extension: str, fallback: str) -> str:
    """Return a file's name without folders, control characters and what file systems refuse; its
    extension is that of its content."""
    stem = PurePath(strip_control(name).replace("\\", "/")).stem
    kept = "".join(c for c in " ".join(stem.split()) if c.isprintable() and c not in '"<>|:*?')
    return f"{kept[:100] or fallback}.{extension}"


def random_name(extension: str) -> str:
    return f"{secrets.token_hex(16)}.{extension}"


def store(path: str, data: bytes) -> str:
    """Write a file into the private storage; return its path there."""
    return storages["private"].save(path, ContentFile(data))


def delete_after_commit(path: str) -> None:
    """Delete a file once the transaction is through; one that is gone already is no error."""
    if path:
        transaction.on_commit(lambda: storages["private"].delete(path), robust=True)
