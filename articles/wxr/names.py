"""Names and titles as text."""

import re
from html import unescape

from articles.html import strip_control

_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,500}>")


def plain(text: str) -> str:
    """Return the words of a title or name that may hold HTML; the text itself where it is nothing
    but a tag."""
    bare = " ".join(strip_control(unescape(_TAG.sub("", text))).split())
    return bare or " ".join(strip_control(text).split())
