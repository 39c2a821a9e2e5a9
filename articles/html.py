"""The one place that decides which HTML may be stored. What it returns is safe to show."""

import json
import re
from collections.abc import Iterator
from typing import Final

import nh3
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from lxml import html as lxml_html
from lxml.html import HtmlElement

BLOCKS: Final = frozenset("p h2 h3 h4 ul ol blockquote table pre figure hr".split())
_STORED: Final = BLOCKS | frozenset(
    "li caption thead tbody tfoot tr th td figcaption code strong em a img br sub sup del".split()
)
# Let through the first pass only, to be renamed or unwrapped with what they hold.
_RENAMED: Final = {
    "b": "strong", "i": "em", "h1": "h2", "h5": "h4", "h6": "h4", "strike": "del", "s": "del",
    "tt": "code", "center": "div", "section": "div", "article": "div", "address": "div",
    "dt": "p", "dd": "p",
}  # fmt: skip
_ATTRIBUTES: Final = {
    "a": {"href", "title"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
    "ol": {"start"},
}
# Gone with what they hold; o:p is the empty end of a paragraph of Word's.
_DROPPED: Final = frozenset("script style title iframe noscript textarea select button o:p".split())
_SCHEMES: Final = {"http", "https", "mailto"}
_NUMERIC: Final = {"width", "height", "colspan", "rowspan", "start"}
# No text that people write is nested deeper; parsers lose what is nested in hundreds of elements.
DEEPEST: Final = 60
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)[^>]*>")
_VOID: Final = {"br", "hr", "img"}
# The same of HTML as it comes: what holds nothing, or ends where the next of its kind begins.
_RAW_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]*)")
_WHOLE_TAG = re.compile(r"(?:<[^<>]*>)+")
_UNCLOSED_AT_MOST: Final = 1000
_NEVER_DEEP: Final = _VOID | frozenset(
    "area base col embed input link meta param source track wbr p li dt dd tr td th thead tbody "
    "tfoot option".split()
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udfff]")
_PICTURE = re.compile(r"pictures/[0-9a-f]{2}/([0-9a-f]{24})/[\w.-]+\Z")


def picture_key(src: str) -> str | None:
    """Return the key of our picture that an address shows; None for any other address."""
    path = src.removeprefix(settings.SITE_URL)
    if not path.startswith(settings.MEDIA_URL):
        return None
    match = _PICTURE.fullmatch(path[len(settings.MEDIA_URL) :])
    return match[1] if match else None


def _keep_attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src":
        return value.removeprefix(settings.SITE_URL) if picture_key(value) else None
    if tag == "a" and name == "href":
        return _safe_href(value)
    if name == "style":
        return _office_list(tag, value)
    if name in _NUMERIC:
        return value if value.isascii() and value.isdigit() and len(value) <= 5 else None
    if name == "scope":
        return value if value in {"col", "row"} else None
    return value[:500]


def _safe_href(value: str) -> str | None:
    """Keep links to the web, to mail and within this site; not `//host` or backslash tricks."""
    value = value.strip()
    if value.startswith(("http://", "https://", "mailto:", "#")):
        return value[:2000]
    if value.startswith("/") and not value.startswith("//") and "\\" not in value:
        return value[:2000]
    return None


def _office_list(tag: str, style: str) -> str | None:
    """Return what a style of Word or WPS says of lists, which they write as paragraphs; it is
    gone again after the first pass."""
    plain = style.lower().replace(" ", "")
    if "mso-list:" not in plain:
        return None
    return "mark" if "mso-list:ignore" in plain else "item" if tag == "p" else None


def _cleaner(
    tags: frozenset[str], more_attributes: dict[str, set[str]] | None = None
) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(tags),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()}
        | (more_attributes or {}),
        attribute_filter=_keep_attribute,
        clean_content_tags=set(_DROPPED),
        url_schemes=set(_SCHEMES),
        link_rel=None,
    )


_first_pass = _cleaner(
    _STORED | _RENAMED.keys() | {"div", "span"}, {"p": {"style"}, "span": {"style"}}
)
_last_pass = _cleaner(_STORED)
_text_only = _cleaner(frozenset({"p", "br"}))


def strip_control(text: str) -> str:
    """Return the text without characters that no stored text may hold: NUL, lone surrogates …"""
    return _CONTROL.sub("", text)


def parse(html: str) -> HtmlElement:
    """Return a `div` that holds the fragment. The fragment must have been cleaned."""
    return lxml_html.fragment_fromstring(html, create_parent="div")


def serialise(root: HtmlElement) -> str:
    """Return what a parsed fragment holds as HTML."""
    inner = "".join(lxml_html.tostring(child, encoding="unicode", method="html") for child in root)
    return (_escape(root.text or "") + inner).strip()


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clean(html: str) -> str:
    """Return HTML that is safe to store and show, whoever wrote it.

    Unknown tags are unwrapped, `div` and loose text become paragraphs, `b` and `i` become
    `strong` and `em`, pictures that are not ours and empty paragraphs go. Idempotent.
    Several MB a second; an article costs about a millisecond.
    """
    html = strip_control(html)
    if _is_endlessly_deep(html):
        html = _WHOLE_TAG.sub(" ", html).replace("<", "&lt;")
    first = _first_pass.clean(html)
    if not first.strip():
        return ""
    if _depth(first) > DEEPEST:
        first = _text_only.clean(first)
    root = parse(first)
    _lists_of_office(root)
    _rename(root)
    _unwrap_blocks(root)
    _paragraphs(root)
    _drop_empty(root)
    return _last_pass.clean(serialise(root)).strip()


def _is_endlessly_deep(html: str) -> bool:
    """Say whether tags that were never closed, or not in their order, may be nested so deep that a
    parser, whose time grows with the square of that, would work for minutes."""
    unclosed: list[str] = []
    for closing, raw_name in _RAW_TAG.findall(html):
        name = raw_name.lower()
        if closing:
            if unclosed and unclosed[-1] == name:
                unclosed.pop()
        elif name not in _NEVER_DEEP:
            unclosed.append(name)
            if len(unclosed) > _UNCLOSED_AT_MOST:
                return True
    return False


def _depth(html: str) -> int:
    """Return how deep the elements of normalised HTML are nested."""
    depth = deepest = 0
    for closing, name in _TAG.findall(html):
        if name not in _VOID:
            depth += -1 if closing else 1
            deepest = max(deepest, depth)
    return deepest


def _unwrap_blocks(root: HtmlElement) -> None:
    """Let what stands in a line hold no blocks; and code not begin with line breaks, which
    parsers drop."""
    for element in list(root.iter("a", "strong", "em", "code", "sub", "sup", "del")):
        if _holds_blocks(element):
            element.drop_tag()
    for element in list(root.iter("p", "h2", "h3", "h4", "pre")):
        for inner in list(element.iterdescendants()):
            if inner.tag in BLOCKS or inner.tag in {"div", "li"}:
                inner.drop_tag()
    for pre in root.iter("pre"):
        pre.text = (pre.text or "").lstrip("\n")
    for items in list(root.iter("ul", "ol")):
        _itemise(items)


def _itemise(items: HtmlElement) -> None:
    """Let a list hold items only: what stands loose in it becomes one."""
    text = items.text
    if text and text.strip():
        items.text = None
        first = lxml_html.Element("li")
        first.text = text
        items.insert(0, first)
    for child in list(items):
        tail, child.tail = child.tail, None
        item = child
        if child.tag != "li":
            item = lxml_html.Element("li")
            child.addprevious(item)
            item.append(child)
        if tail and tail.strip():
            loose = lxml_html.Element("li")
            loose.text = tail
            item.addnext(loose)
        else:
            item.tail = tail


def _lists_of_office(root: HtmlElement) -> None:
    """Make lists of the paragraphs that Word and WPS write for them, without their typed marks;
    unwrap all other spans."""
    for span in list(root.iter("span")):
        if span.get("style") != "mark":
            span.drop_tag()
            continue
        item = next((p for p in span.iterancestors("p") if p.get("style")), None)
        if item is not None and re.match(r"[\s(（]*\d", span.text_content()):
            item.set("style", "numbered")
        span.drop_tree()
    made: HtmlElement | None = None
    for item in list(root.iter("p")):
        if not item.get("style"):
            continue
        kind = "ol" if item.attrib.pop("style") == "numbered" else "ul"
        before = item.getprevious()
        if made is None or before is not made or made.tag != kind or (made.tail or "").strip():
            made = lxml_html.Element(kind)
            item.addprevious(made)
        made.tail, item.tail = item.tail, None
        item.tag = "li"
        made.append(item)


def _rename(root: HtmlElement) -> None:
    for element in root.iter(*_RENAMED):
        element.tag = _RENAMED[str(element.tag)]
    for item in list(root.iter("li")):
        if (parent := item.getparent()) is not None and parent.tag not in {"ul", "ol"}:
            _wrap_items(item)
    for caption in list(root.iter("figcaption")):
        if (parent := caption.getparent()) is not None and parent.tag != "figure":
            caption.tag = "p"


def _wrap_items(item: HtmlElement) -> None:
    """Put a list item that stands outside a list, and those after it, into one."""
    items = lxml_html.Element("ul")
    item.addprevious(items)
    following: HtmlElement | None = item
    while following is not None and following.tag == "li":
        after = following.getnext()
        tail, following.tail = following.tail, None
        items.append(following)
        if tail and tail.strip():
            items.tail = tail
            break
        following = after


def _holds_blocks(element: HtmlElement) -> bool:
    return any(child.tag in BLOCKS or child.tag == "div" for child in element.iterdescendants())


def _paragraphs(root: HtmlElement) -> None:
    """Make paragraphs of inner `div`s and of text that stands loose between blocks."""
    for element in reversed(list(root.iter("div"))):
        if element is root:
            continue
        if _holds_blocks(element):
            _wrap_loose(element)
            element.drop_tag()
        else:
            element.tag = "p"
    _wrap_loose(root)


def _wrap_loose(parent: HtmlElement) -> None:
    children = list(parent)
    loose: HtmlElement | None = None
    text, parent.text = parent.text, None
    if text and text.strip():
        loose = lxml_html.Element("p")
        loose.text = text
        parent.insert(0, loose)
    for child in children:
        if child.tag in BLOCKS or child.tag == "div":
            loose = None
        else:
            if loose is None:
                loose = lxml_html.Element("p")
                child.addprevious(loose)
            tail, child.tail = child.tail, None
            loose.append(child)
            child.tail = tail
            continue
        tail, child.tail = child.tail, None
        if tail and tail.strip():
            loose = lxml_html.Element("p")
            loose.text = tail
            child.addnext(loose)


def _drop_empty(root: HtmlElement) -> None:
    for image in root.xpath(".//img[not(@src)]"):
        image.drop_tree()
    for anchor in root.xpath(".//a[not(@href)]"):
        anchor.drop_tag()
    for element in reversed(
        list(root.iter("p", "h2", "h3", "h4", "li", "figure", "a", "em", "strong"))
    ):
        if not element.text_content().strip() and element.find(".//img") is None:
            element.drop_tree()


def _texts(element: HtmlElement) -> Iterator[str]:
    for node in element.iter():
        if node.tag in BLOCKS or node.tag in {"li", "tr", "br", "figcaption", "caption"}:
            yield "\n"
        elif node.tag in {"td", "th"}:
            yield " "
        if node.text:
            yield node.text
        if node is not element and node.tail:
            yield node.tail


def text_of(html: str) -> str:
    """Return the text of cleaned HTML, a line for each block."""
    if not html.strip():
        return ""
    lines = "".join(_texts(parse(html))).split("\n")
    return "\n".join(line for line in (" ".join(part.split()) for part in lines) if line)


def picture_keys(html: str) -> list[str]:
    """Return the keys of our pictures that cleaned HTML shows, each once, in order."""
    if "<img" not in html:
        return []
    sources = (str(image.get("src") or "") for image in parse(html).iter("img"))
    return list(dict.fromkeys(key for src in sources if (key := picture_key(src))))


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def json_for_script(data: object) -> SafeString:
    """Return data as JSON that cannot end the script element it stands in."""
    text = _COMPACT.encode(data)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return mark_safe(text)  # noqa: S308 – escaped above; this module is the one that may say so.
