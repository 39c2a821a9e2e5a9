"""Shortcodes: what is known becomes HTML, the rest goes and what it holds stays."""

import re
from collections import Counter
from collections.abc import Callable
from html import escape, unescape

_TOKEN = re.compile(
    r"\[(\[?)(/?)([a-zA-Z][\w-]{0,40}+)"
    r"((?:\s(?:[^\[\]\"'<>]|\"[^\"]{0,2000}\"|'[^']{0,2000}')*+)?)\](\]?)"
)
_ATTRIBUTE = re.compile(r"([\w-]{1,40})\s{0,9}=\s{0,9}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'\]]+))")
_MEDIA = {"audio", "video", "playlist", "flv", "youku", "tudou", "flash", "swf", "mp3", "music"}
_SOURCES = ("src", "mp4", "m4v", "webm", "ogv", "mp3", "m4a", "ogg", "wav", "url", "href", "file")
# Removed even where they stand alone and without attributes.
_LONE = {
    "toc", "ads", "ad", "adsense", "gallery", "playlist", "contact-form", "sitemap", "archives",
    "recent-posts", "related-posts", "nextpage", "wp_caption", "caption", "embed",
}  # fmt: skip

Gallery = Callable[[dict[str, str]], str]


def expand(text: str, gallery: Gallery, counts: Counter[str]) -> str:
    """Return the text with its shortcodes made HTML.

    `gallery` makes the HTML of a gallery from its attributes; `counts` gets the name of each
    shortcode that was removed, its content kept. Words in brackets that are no shortcodes
    ([sic], array[index]) stay. Linear in the length of the text.
    """
    tokens = list(_TOKEN.finditer(text))
    partners = _partners(tokens)
    out: list[str] = []
    done = 0
    for index, token in enumerate(tokens):
        out.append(text[done : token.start()])
        out.append(_replacement(token, index in partners, gallery, counts))
        done = token.end()
    return "".join([*out, text[done:]])


def _partners(tokens: list[re.Match[str]]) -> set[int]:
    """Return the indexes of the tokens that open or close a pair."""
    waiting: dict[str, list[int]] = {}
    paired: set[int] = set()
    for index, token in enumerate(tokens):
        name = token[3].lower()
        if token[1] and token[5]:
            continue
        if not token[2]:
            waiting.setdefault(name, []).append(index)
        elif waiting.get(name):
            paired |= {index, waiting[name].pop()}
    return paired


def _replacement(
    token: re.Match[str], is_paired: bool, gallery: Gallery, counts: Counter[str]
) -> str:
    if token[1] and token[5]:  # [[name]] is how WordPress writes [name] itself.
        return token[0][1:-1]
    name, attributes = token[3].lower(), _attributes(token[4])
    before, after = token[1], token[5]
    if not (is_paired or attributes or token[4].endswith("/") or name in _LONE):
        return token[0]
    if token[2]:
        return (
            before
            + ("</figure>" if name in {"caption", "wp_caption"} and is_paired else "")
            + after
        )
    return before + _opened(name, attributes, is_paired, gallery, counts) + after


def _opened(
    name: str, attributes: dict[str, str], is_paired: bool, gallery: Gallery, counts: Counter[str]
) -> str:
    if name in {"caption", "wp_caption"} and is_paired:
        caption = attributes.get("caption", "")
        return "<figure>" + (f"<figcaption>{caption}</figcaption>" if caption else "")
    if name == "gallery":
        return gallery(attributes)
    if name == "embed" and is_paired:
        return ""
    source = next((attributes[key] for key in _SOURCES if attributes.get(key)), "")
    if name in _MEDIA and source.startswith(("http://", "https://", "/")):
        return f'<p><a href="{escape(source)}">{escape(source)}</a></p>'
    counts[name] += 1
    return ""


def _attributes(text: str) -> dict[str, str]:
    return {
        match[1].lower(): unescape(match[2] or match[3] or match[4] or "")
        for match in _ATTRIBUTE.finditer(text)
    }
