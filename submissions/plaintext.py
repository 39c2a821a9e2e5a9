"""Between plain text as one types it into a text area and the HTML that is stored.

For pages without script. What plain text cannot say (pictures, tables, bold) is never turned into
it: `as_plain` then says so, and the text stays HTML.
"""

import re
from collections.abc import Callable, Iterator
from html import escape

from lxml.html import HtmlElement

from articles.html import clean, parse, serialise, strip_control

# A line that begins with a numeral and goes on longer than this is a sentence, not a heading.
HEADING_AT_MOST = 40
_SECTION = re.compile(r"[一二三四五六七八九十百]{1,4}、\s*\S")
_SUBSECTION = re.compile(r"[（(][一二三四五六七八九十百]{1,4}[）)]\s*\S")
_BULLET = re.compile(r"[-*•·]\s+(?=\S)")
_NUMBER = re.compile(r"\d{1,3}(?:\.(?!\d)|[．、)）])\s*(?=\S)")
_SENTENCE_END = "。！？；…!?;"


def plain_to_html(text: str) -> str:
    """Return clean HTML of plain text: a blank line ends a paragraph, a short line that begins
    with 一、 or （一） is a heading, lines that begin with "- " or "1. " are lists, any other line
    break stays one. A few milliseconds for 50,000 characters."""
    text = strip_control(text.replace("\r\n", "\n").replace("\r", "\n"))
    blocks: list[str] = []
    for block in re.split(r"\n[^\S\n]*(?:\n[^\S\n]*)+", text):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        blocks += _blocks(lines)
    return clean("".join(blocks))


def _kind(line: str) -> str:
    short = len(line) <= HEADING_AT_MOST and line[-1] not in _SENTENCE_END
    if short and _SECTION.match(line):
        return "h2"
    if short and _SUBSECTION.match(line):
        return "h3"
    if _BULLET.match(line):
        return "ul"
    return "ol" if _NUMBER.match(line) else "p"


def _blocks(lines: list[str]) -> Iterator[str]:
    """Yield the HTML of lines that no blank line parts."""
    run: list[str] = []
    kind = ""
    for line in lines:
        present = _kind(line)
        if run and (present != kind or kind in {"h2", "h3"}):
            yield _block(kind, run)
            run = []
        kind = present
        run.append(line)
    if run:
        yield _block(kind, run)


def _block(kind: str, lines: list[str]) -> str:
    if kind not in {"ul", "ol"}:
        return f"<{kind}>{'<br>'.join(escape(line, quote=False) for line in lines)}</{kind}>"
    mark = _BULLET if kind == "ul" else _NUMBER
    start = ""
    if kind == "ol" and (first := int(re.match(r"\d+", lines[0])[0])) != 1:  # type: ignore[index]
        start = f' start="{first}"'
    texts = (escape(mark.sub("", line, count=1), quote=False) for line in lines)
    items = "".join(f"<li>{text}</li>" for text in texts)
    return f"<{kind}{start}>{items}</{kind}>"


def as_plain(html: str) -> str | None:
    """Return the plain text that makes this stored HTML again, or None where there is none."""
    if not html.strip():
        return ""
    blocks = [_plain_block(element) for element in parse(html)]
    if None in blocks:
        return None
    text = "\n\n".join(block for block in blocks if block)
    return text if plain_to_html(text) == _normal(html) else None


def _normal(html: str) -> str:
    """Return HTML without the space between blocks, which an editor puts there."""
    root = parse(html)
    root.text = None
    for element in root:
        element.tail = None
        if element.tag in {"ul", "ol"}:
            element.text = None
            for item in element:
                item.tail = None
    return clean(serialise(root))


def _plain_block(element: HtmlElement) -> str | None:
    tag = element.tag
    if tag in {"p", "h2", "h3"}:
        return _lines(element)
    if tag == "ul":
        return _items(element, lambda _number: "- ")
    if tag == "ol":
        start = int(element.get("start") or 1)
        return _items(element, lambda number: f"{start + number}. ")
    return None


def _items(element: HtmlElement, mark: Callable[[int], str]) -> str | None:
    lines = [_lines(item) for item in element]
    if any(line is None or "\n" in line for line in lines):
        return None
    return "\n".join(f"{mark(number)}{line}" for number, line in enumerate(lines))


def _lines(element: HtmlElement) -> str | None:
    """Return an element's text, a line for each `br`; None where it holds anything else."""
    text = element.text or ""
    for child in element:
        if child.tag != "br":
            return None
        text += "\n" + (child.tail or "")
    return text.strip()
