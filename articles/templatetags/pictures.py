"""{% cover %}: an article's or topic's picture in the formats and sizes that were made of it."""

from typing import Any

from django import template

from articles.images import FORMATS, srcset
from articles.models import Picture

register = template.Library()

# Which crops are shown, and from which width of the window on; the last holds everywhere.
_ART: dict[str, list[tuple[str, str]]] = {
    "full": [("full", "")],
    "small": [("small", "")],
    "wide": [("wide", "(min-width: 60em)"), ("small", "")],
}
_SIZES = {
    "full": "(min-width: 46rem) 42.75rem, 92vw",
    "small": "(min-width: 46rem) 10.5rem, 6.5rem",
    "wide": "(min-width: 76rem) 70rem, 92vw",
}


@register.inclusion_tag("articles/_cover.html")
def cover(
    picture: Picture | None,
    *,
    crop: str = "small",
    lead: bool = False,
    sizes: str = "",
    alt: str | None = None,
) -> dict[str, Any]:
    """Show a picture; nothing where there is none or a measure withholds it. No query.

    `crop` is "small" (3:2), "wide" (7:3 on wide windows, else 3:2) or "full"; `lead` marks the
    one picture that a page opens with; `alt=""` hides a picture from those who listen where the
    title beside it says the same. Before its renditions are made the picture itself is shown.
    """
    if picture is None or picture.is_withheld:
        return {"picture": None}
    return {
        "picture": picture,
        "sources": _sources(picture, crop, sizes or _SIZES[crop]),
        "lead": lead,
        "alt": picture.alt if alt is None else alt,
    }


def _sources(picture: Picture, crop: str, sizes: str) -> list[dict[str, Any]]:
    sources = []
    for name, media in _ART[crop]:
        for mime in FORMATS:
            made = [
                item
                for item in picture.renditions
                if item["crop"] == name and item["format"] == mime
            ]
            if not made:
                continue
            largest = max(made, key=lambda item: int(item["width"]))
            sources.append(
                {
                    "media": media,
                    "type": mime,
                    "srcset": srcset(made, mime, name),
                    "sizes": sizes,
                    "width": largest["width"],
                    "height": largest["height"],
                }
            )
    return sources
