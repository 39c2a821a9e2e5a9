"""From what WordPress stores as a post's content to plain HTML with our pictures and links."""

import re
from collections import Counter
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Protocol

import nh3
from lxml import html as lxml_html
from lxml.html import HtmlElement

from articles.html import parse, serialise, strip_control
from articles.wxr.guarding import MORE, Guarded
from articles.wxr.paragraphs import add_paragraphs
from articles.wxr.shortcodes import expand

# Deeper than any text needs; parsers of HTML give up not far beyond.
MAX_DEPTH = 80
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]{0,20})\b[^<>]*>")
_VOID = frozenset("br hr img input meta link source embed param area base col wbr track".split())
_BLOCK = re.compile(r"\s*(/?)wp:([a-z][a-z0-9/_-]{0,60})(.*?)(/?)\s*\Z", re.DOTALL)
_CLASSIC = {"freeform", "core/freeform", "classic"}
_ADDRESS = re.compile(r"https?://[^\s<>\"'\u3000-\u303f\uff00-\uffef]{3,1000}")
_LAZY = ("data-original", "data-src", "data-lazy-src", "data-actualsrc", "data-echo")
_FRAMES = ("iframe", "embed", "video", "audio", "object")

_reader = nh3.Cleaner(
    tags=set(
        "p h1 h2 h3 h4 h5 h6 ul ol li blockquote table caption thead tbody tfoot tr th td pre code "
        "figure figcaption hr a img br strong b em i s strike del sub sup tt center div section "
        "article address dl dt dd iframe embed video audio object source".split()
    ),
    attributes={
        "a": {"href", "title"},
        "img": {"src", "alt", *_LAZY},
        "iframe": {"src", *_LAZY}, "embed": {"src"}, "video": {"src"}, "audio": {"src"},
        "source": {"src"}, "object": {"data"},
        "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan", "scope"}, "ol": {"start"},
    },
    clean_content_tags={"script", "style", "title", "noscript", "textarea", "select"},
    url_schemes={"http", "https", "mailto"},
    link_rel=None,
)  # fmt: skip


class Surroundings(Protocol):
    """What a text refers to, as the importer knows it."""

    def picture(self, src: str) -> str | None:
        """Return our address of a picture, or None where we do not have it."""

    def alt(self, src: str) -> str:
        """Return what the export says that a picture shows."""

    def link(self, href: str) -> str:
        """Return where a link leads now."""

    def gallery(self, attributes: dict[str, str]) -> list[tuple[str, str, str]]:
        """Return the pictures of a gallery: address, alt, caption."""


@dataclass
class Converted:
    """A text made plain. `more` is what stood before `<!--more-->`, as HTML."""

    html: str = ""
    more: str = ""
    shortcodes: Counter[str] = field(default_factory=Counter)
    blocks: Counter[str] = field(default_factory=Counter)
    is_flattened: bool = False


def convert(content: str, around: Surroundings) -> Converted:
    """Return a post's content as HTML without shortcodes and block comments, its pictures ours
    and its links leading here. It is not yet safe: the services clean what they store."""
    result = Converted()
    guarded = Guarded(strip_control(content).replace("\r\n", "\n").replace("\r", "\n"))

    def gallery(attributes: dict[str, str]) -> str:
        return "".join(_figure(*picture) for picture in around.gallery(attributes))

    pieces = []
    for is_classic, text in _parts(guarded.text, result.blocks):
        expanded = expand(text, gallery, result.shortcodes)
        pieces.append(add_paragraphs(expanded) if is_classic else expanded)
    html = guarded.restore("".join(pieces))
    before, more, after = html.partition(MORE)
    if _depth(html) > MAX_DEPTH:
        result.is_flattened = True
        html = _flatten(html)
        before, more, after = html.partition(MORE)
    result.html = _settle(before + after.replace(MORE, ""), around)
    result.more = before if more else ""
    return result


def _figure(src: str, alt: str, caption: str) -> str:
    text = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure><img src="{escape(src)}" alt="{escape(alt)}">{text}</figure>'


# --- Block comments -------------------------------------------------------------------------
def _parts(text: str, dropped: Counter[str]) -> list[tuple[bool, str]]:
    """Return the text in parts without comments: (whether paragraphs must be made, text)."""
    parts: list[tuple[bool, str]] = []
    depth, done = 0, 0
    while (start := text.find("<!--", done)) >= 0 and (end := text.find("-->", start)) >= 0:
        parts.append((depth == 0, text[done:start]))
        comment, done = text[start + 4 : end], end + 3
        name = comment.strip().lower()
        if match := _BLOCK.match(comment):
            depth = max(0, depth + _step(match, dropped))
        elif name == "more" or name.startswith("more "):
            parts.append((depth == 0, MORE))
        elif name == "nextpage":
            parts.append((depth == 0, "\n\n"))
    parts.append((depth == 0, text[done:].replace("<!--", "&lt;!--")))
    return _joined(parts)


def _step(match: re.Match[str], dropped: Counter[str]) -> int:
    name = match[2]
    if match[4] and not match[1]:  # A block without content, which WordPress fills when shown.
        dropped[name] += 1
        return 0
    if name in _CLASSIC:
        return 0
    return -1 if match[1] else 1


def _joined(parts: list[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """Join neighbours of one kind, so that a paragraph may run across a comment."""
    joined: list[tuple[bool, list[str]]] = []
    for is_classic, text in parts:
        if joined and joined[-1][0] == is_classic:
            joined[-1][1].append(text)
        else:
            joined.append((is_classic, [text]))
    return [(is_classic, "".join(texts)) for is_classic, texts in joined]


# --- Depth ----------------------------------------------------------------------------------
def _depth(html: str) -> int:
    depth = deepest = 0
    for match in _TAG.finditer(html):
        if match[2].lower() in _VOID:
            continue
        depth = max(0, depth - 1) if match[1] else depth + 1
        # Paragraphs and items left open are closed by the next one and do not nest.
        if not match[1] and match[2].lower() in {"p", "li", "td", "tr", "dd", "dt"}:
            depth -= 1
        deepest = max(deepest, depth)
    return deepest


def _flatten(html: str) -> str:
    """Return the text alone, a paragraph for each block."""
    text = _TAG.sub(lambda m: "\n\n" if m[2].lower() not in _INLINE else "", html)
    return add_paragraphs(text)


_INLINE = frozenset("a b strong i em span font u code sub sup del s strike tt small big".split())


# --- The tree -------------------------------------------------------------------------------
def _settle(html: str, around: Surroundings) -> str:
    safe = _reader.clean(html)
    if not safe.strip():
        return ""
    root = parse(safe)
    _frames_to_links(root, around)
    _addresses_to_links(root)
    _lists_of_figures(root)
    for image in list(root.iter("img")):
        _settle_image(image, around)
    for anchor in list(root.iter("a")):
        _settle_link(anchor, around)
    for figure in list(root.iter("figure")):
        _settle_figure(figure)
    return serialise(root)


def _source(element: HtmlElement) -> str:
    """Return where a picture or frame comes from; lazy loading keeps it in another attribute."""
    for name in (*_LAZY, "src", "data"):
        value = (element.get(name) or "").strip()
        if value:
            return "https:" + value if value.startswith("//") else value
    for child in element.iter("source", "embed"):
        if child is not element and (value := (child.get("src") or "").strip()):
            return "https:" + value if value.startswith("//") else value
    return ""


def _link_element(href: str, text: str) -> HtmlElement:
    anchor = lxml_html.Element("a")
    anchor.set("href", href)
    anchor.text = text
    return anchor


def _replace(element: HtmlElement, other: HtmlElement) -> None:
    other.tail, element.tail = element.tail, None
    parent = element.getparent()
    if parent is not None:
        parent.replace(element, other)


def _frames_to_links(root: HtmlElement, around: Surroundings) -> None:
    """Put a link in the place of each film, sound or frame: nothing foreign is embedded here."""
    for frame in list(root.iter(*_FRAMES)):
        if frame.getparent() is None:
            continue
        source = _source(frame)
        if source.startswith(("http://", "https://", "/")):
            _replace(frame, _link_element(source, source))
        else:
            frame.drop_tag()


def _addresses_to_links(root: HtmlElement) -> None:
    """Link an address that has a line of its own: WordPress embeds what stands there."""
    for element in root.iter("p", "div"):
        address = (element.text or "").strip()
        if len(element) == 0 and _ADDRESS.fullmatch(address):
            element.text = None
            element.append(_link_element(address, address))


def _lists_of_figures(root: HtmlElement) -> None:
    """Take the figures of a gallery out of its list and its outer figure."""
    for listing in list(root.iter("ul")):
        items = list(listing)
        if items and all(
            len(i) == 1 and i[0].tag == "figure" and not (i.text or "").strip() for i in items
        ):
            for item in items:
                item.drop_tag()
            listing.drop_tag()
    for outer in list(root.iter("figure")):
        if outer.find(".//figure") is not None:
            for caption in outer.findall("figcaption"):
                caption.tag = "p"
            outer.tag = "div"


def _settle_image(image: HtmlElement, around: Surroundings) -> None:
    source = _source(image)
    alt = (image.get("alt") or "").strip() or around.alt(source)
    address = around.picture(source) if source else None
    if address is not None:
        image.attrib.clear()
        image.set("src", address)
        image.set("alt", alt[:300])
        _free_from_link(image, source)
    elif not source.startswith(("http://", "https://", "/")):
        image.drop_tree()
    elif (anchor := next(image.iterancestors("a"), None)) is not None:
        # The picture cannot be shown; the link around it stays, with words to click on.
        _replace(image, _span(alt or _file_name(source)))
        anchor.set("href", anchor.get("href") or source)
    else:
        _replace(image, _link_element(around.link(source), alt or _file_name(source)))


def _span(text: str) -> HtmlElement:
    span = lxml_html.Element("span")
    span.text = text
    return span


def _file_name(source: str) -> str:
    return unescape(source.split("?")[0].rstrip("/").rsplit("/", 1)[-1])[:100] or source[:100]


def _free_from_link(image: HtmlElement, source: str) -> None:
    """Unwrap a picture from a link that only leads to the same picture, larger."""
    anchor = image.getparent()
    if anchor is None or anchor.tag != "a" or len(anchor) != 1 or (anchor.text or "").strip():
        return
    href = (anchor.get("href") or "").split("?")[0]
    if href.lower().endswith((".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".bmp")) or (
        "attachment_id=" in (anchor.get("href") or "")
    ):
        anchor.drop_tag()


def _settle_link(anchor: HtmlElement, around: Surroundings) -> None:
    href = (anchor.get("href") or "").strip()
    if href:
        anchor.set("href", around.link("https:" + href if href.startswith("//") else href))


def _settle_figure(figure: HtmlElement) -> None:
    """Make a caption of loose text in a figure; a figure that shows nothing is a paragraph."""
    if not any(figure.find(f".//{tag}") is not None for tag in ("img", "table", "pre")):
        for caption in figure.findall("figcaption"):
            caption.tag = "p"
        figure.tag = "div"
        return
    for caption in figure.findall("figcaption"):
        figure.append(caption)
    if figure.find("figcaption") is not None or figure.find(".//img") is None:
        return
    _caption_loose_text(figure)


def _caption_loose_text(figure: HtmlElement) -> None:
    """Gather what stands in a figure beside its picture in a caption."""
    children = [child for child in figure if child.find(".//img") is None and child.tag != "img"]
    texts = [figure.text or "", *((child.tail or "") for child in figure)]
    if not children and not any(text.strip() for text in texts):
        return
    caption = lxml_html.Element("figcaption")
    caption.text = (figure.text or "").lstrip()
    figure.text = None
    for child in list(figure):
        tail, child.tail = child.tail, None
        if child in children:
            caption.append(child)
            child.tail = tail
        elif len(caption):
            caption[-1].tail = (caption[-1].tail or "") + (tail or "")
        else:
            caption.text = (caption.text or "") + (tail or "")
    caption.text = (caption.text or "").lstrip()
    figure.append(caption)
