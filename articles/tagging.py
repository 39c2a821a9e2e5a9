"""How a line of tags becomes tags, and back."""

import re
from collections.abc import Iterable

from taggit.models import Tag

SEPARATORS = re.compile(r"[,，、;；\n]+")


def tags_from_string(line: str) -> list[str]:
    """Split a line at commas, 、 and ；; keep the order, drop blanks and repetitions."""
    names = (" ".join(part.split()).lstrip("#＃") for part in SEPARATORS.split(line or ""))
    return list(dict.fromkeys(name[:100] for name in names if name))


def string_from_tags(tags: Iterable[Tag]) -> str:
    return "、".join(tag.name for tag in tags)
