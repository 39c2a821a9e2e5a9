"""Pictures: what is accepted, how it is re-encoded, and in which sizes it is offered."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings


def srcset(renditions: Iterable[dict[str, Any]], mime: str, crop: str) -> str:
    """Return the `srcset` of a picture's renditions of one format and crop, smallest first."""
    chosen = [item for item in renditions if item["format"] == mime and item["crop"] == crop]
    chosen.sort(key=lambda item: int(item["width"]))
    return ", ".join(f"{settings.MEDIA_URL}{item['file']} {item['width']}w" for item in chosen)
