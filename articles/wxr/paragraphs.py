"""Paragraphs for texts of the classic editor, which stores blank lines instead of <p>."""

import re

from articles.wxr.guarding import CLOSE, OPEN_BLOCK

_TOKEN = re.compile(f"<(/?)([a-zA-Z][a-zA-Z0-9]{{0,20}})[^<>]*>|{OPEN_BLOCK}[0-9]{{1,9}}{CLOSE}")
# What is handed on as it stands, with all it holds.
_OPAQUE = frozenset(
    "ul ol dl table figure h1 h2 h3 h4 h5 h6 form fieldset object video audio iframe details "
    "select nav svg math".split()
)
# What parts paragraphs and may hold them.
_PARTING = frozenset(
    "div blockquote center section article aside header footer main address hr li dd dt td th tr "
    "tbody thead tfoot figcaption".split()
)
_BLANK_LINE = re.compile(r"\n[ \t\xa0\u3000]*\n")
_EDGE_BREAKS = re.compile(r"^(?:\s|<br>)++")


class _Paragraphs:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.open: list[str] = []

    def end(self) -> None:
        text = _EDGE_BREAKS.sub("", "".join(self.open))
        while text.endswith("<br>") or text[-1:].isspace():
            text = text.removesuffix("<br>").rstrip()
        if text:
            self.out.append(f"<p>{text}</p>")
        self.open.clear()

    def block(self, html: str) -> None:
        self.end()
        self.out.append(html)

    def text(self, text: str) -> None:
        for number, part in enumerate(_BLANK_LINE.split(text)):
            if number:
                self.end()
            if self.open and self.open[-1] == "<br>":
                self.open.append(part.removeprefix("\n").replace("\n", "<br>"))
            else:
                self.open.append(part.replace("\n", "<br>"))


def add_paragraphs(text: str) -> str:
    """Return the text with <p> for its blank lines and <br> for single line ends, but not within
    lists, tables, headings, figures and preformatted text. Linear in its length."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    tokens = list(_TOKEN.finditer(text))
    ends = _ends(tokens)
    build = _Paragraphs()
    done = index = 0
    while index < len(tokens):
        token = tokens[index]
        build.text(text[done : token.start()])
        if index in ends:
            done = tokens[ends[index]].end()
            build.block(text[token.start() : done])
            index = ends[index] + 1
            continue
        _place(build, token)
        done = token.end()
        index += 1
    build.text(text[done:])
    build.end()
    return "\n".join(build.out)


def _place(build: _Paragraphs, token: re.Match[str]) -> None:
    name = (token[2] or "").lower()
    if name == "p":
        build.end()
    elif name == "br":
        build.open.append("<br>")
    elif not name or name in _OPAQUE or name in _PARTING:
        build.block(token[0])
    else:
        build.open.append(token[0])


def _ends(tokens: list[re.Match[str]]) -> dict[int, int]:
    """Return for each opaque element that is closed the index of the tag that closes it."""
    waiting: dict[str, list[int]] = {}
    ends: dict[int, int] = {}
    for index, token in enumerate(tokens):
        name = (token[2] or "").lower()
        if name not in _OPAQUE:
            continue
        if not token[1]:
            waiting.setdefault(name, []).append(index)
        elif waiting.get(name):
            ends[waiting[name].pop()] = index
    return ends
