"""An article as Markdown (CommonMark with GFM's tables and strikethrough), made of its prose.

Prose holds only what articles.html lets through, so that a small table of elements is enough.
Whatever stands in the text stays text: nothing that people write becomes mark-up or raw HTML.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator

from django.utils.translation import gettext as _
from lxml.html import HtmlElement

from articles.models import Article, Topic
from articles.portable import (
    absolute,
    ai_declaration,
    language_tag,
    licence,
    portable_root,
    provenance,
)
from articles.services.site import Site

_ACTIVE = re.compile(r"[\\`*_\[\]<>~|&#]")
# What makes a block of a line by standing at its beginning: a list, a rule, a heading's underline.
_LINE_START = re.compile(r"(?:[-+=]|\d{1,9}(?=[.)]))")
_SPACES = re.compile(r"[ \t\r\n\f\v]+")
_UNPRINTABLE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff]")
_HEADINGS = {"h2": "##", "h3": "###", "h4": "####"}
_TABLE_PARTS = {"thead", "tbody", "tfoot"}
_BREAK = "\\\n"


def article_markdown(article: Article, site: Site) -> str:
    """Return an article as Markdown, with what must go with it as front matter (YAML). Its
    contributor, category and cover must be loaded; no query, about 3 ms."""
    parts = [_front_matter(article, site), f"# {_one_line(_escape(article.title))}"]
    cover = article.cover
    if cover is not None and not cover.is_withheld:
        parts.append(_image(cover.alt, absolute(cover.url)))
    parts += _blocks(portable_root(article))
    return "\n\n".join(parts) + "\n"


def llms_text(site: Site, topics: Iterable[Topic], articles: Iterable[Article]) -> str:
    """Return what /llms.txt says (llmstxt.org): what the site is, its parts, the newest articles
    as Markdown, and where machines get the rest."""
    about = site.description or site.tagline or site.name
    columns = [_entry(node.name, node.url) for node in site.columns]
    shelves = [_entry(t.title, t.get_absolute_url(), t.intro) for t in topics]
    newest = [_entry(a.title, f"/p/{a.pk}.md", a.summary) for a in articles]
    pages = [_entry(page["title"], page["url"]) for page in site.footer_pages]
    rest = [
        _entry(_("Newest articles (RSS)"), "/feed/"),
        _entry(_("All addresses (sitemap)"), "/sitemap.xml"),
        _entry(_("Programming interface (JSON)"), "/api/v1/docs"),
    ]
    sections = {
        _("Newest articles"): newest, _("Categories"): columns, _("Topics"): shelves,
        _("About the site"): pages, "Optional": rest,
    }  # fmt: skip
    parts = [f"# {_one_line(_escape(site.name))}", f"> {_one_line(_escape(about))}"]
    parts.append(
        _(
            "Every article is there as Markdown: write .md for .html. Its front matter says where "
            "the text comes from, who may do what with it, and whether AI wrote it; pass that on."
        )
    )
    parts += ["\n".join([f"## {name}", "", *lines]) for name, lines in sections.items() if lines]
    return "\n\n".join(parts) + "\n"


def _entry(name: str, path: str, about: str = "") -> str:
    told = f": {_one_line(_escape(about))}" if about else ""
    return f"- [{_one_line(_escape(name))}]({_address(absolute(path))}){told}"


def markdown_of(root: HtmlElement) -> str:
    """Return the Markdown of a tree of clean HTML."""
    return "\n\n".join(_blocks(root))


def _front_matter(article: Article, site: Site) -> str:
    published = article.published_at or article.created_at
    facts: dict[str, object] = {
        "title": article.title,
        "url": absolute(article.get_absolute_url()),
        "language": language_tag(),
        "author": article.contributor.name,
        "site": site.name,
        "published": published.isoformat(),
        "modified": max(article.updated_at, published).isoformat(),
        "category": article.category.name if article.category else None,
        "tags": article.tag_names or None,
        "description": article.summary,
        "origin": str(article.get_origin_display()),
        "source": article.source_url or None,
        "provenance": provenance(article, site),
        "license": licence(article),
        "rights": site.copyright_notice,
        "ai_declaration": ai_declaration(article) or None,
    }
    lines = [f"{name}: {_yaml(value)}" for name, value in facts.items() if value is not None]
    return "\n".join(["---", *lines, "---"])


def _yaml(value: object) -> str:
    """JSON is YAML, but for characters that YAML does not let stand in a string."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


# --- Text -----------------------------------------------------------------------------------
def _escape(text: str) -> str:
    return _ACTIVE.sub(r"\\\g<0>", _SPACES.sub(" ", text))


def _one_line(text: str) -> str:
    return " ".join(text.replace(_BREAK, " ").split("\n")).strip()


def _lines(text: str) -> str:
    """Return inline text as a paragraph, none of whose lines begins anything else."""
    lines = [line.strip(" ") for line in text.strip().split(_BREAK)]
    return _BREAK.join(_guard(line) for line in lines if line)


def _guard(line: str) -> str:
    match = _LINE_START.match(line)
    if match is None:
        return line
    if match[0].isdigit():
        return f"{match[0]}\\{line[match.end() :]}"
    return f"\\{line}"


def _is_solid(char: str) -> bool:
    """Say whether emphasis may begin or end beside a character, whatever stands outside."""
    return unicodedata.category(char)[0] in "LN"


def _address(url: str) -> str:
    escapes = {"<": "%3C", ">": "%3E", "\\": "%5C", " ": "%20", "\n": "", "\r": "", "\t": ""}
    return f"<{''.join(escapes.get(char, char) for char in url)}>"


def _image(alt: str, url: str) -> str:
    return f"![{_one_line(_escape(alt))}]({_address(url)})"


# --- In a line ------------------------------------------------------------------------------
def _inline(element: HtmlElement, *, plain: bool = False) -> str:
    """Return what an element holds as one run of text; `plain` where emphasis surrounds it, in
    which no other may begin."""
    parts = [_escape(element.text or "")]
    for child in element:
        parts.append(_span(child, plain=plain))
        parts.append(_escape(child.tail or ""))
    return "".join(parts)


def _span(element: HtmlElement, *, plain: bool) -> str:
    tag = str(element.tag)
    if tag == "br":
        return _BREAK
    if tag == "img":
        return _image(element.get("alt") or "", element.get("src") or "")
    if tag == "code":
        return _code(element.text_content())
    if tag == "a":
        return _link(element, plain=plain)
    if tag in {"strong", "em", "del"}:
        marks = {"strong": "**", "em": "*", "del": "~~"}
        return _emphasis(element, marks[tag], plain=plain)
    if tag in {"sub", "sup"}:
        # Without them H₂O and x² would say something else.
        return f"<{tag}>{_inline(element, plain=True)}</{tag}>"
    return _inline(element, plain=plain)


def _emphasis(element: HtmlElement, mark: str, *, plain: bool) -> str:
    text = _inline(element, plain=True)
    if plain or not text or not (_is_solid(text[0]) and _is_solid(text[-1])):
        return text
    before = element.getprevious()
    touches = before is not None and not before.tail and before.tag in {"strong", "em", "del"}
    return text if touches else f"{mark}{text}{mark}"


def _link(element: HtmlElement, *, plain: bool) -> str:
    text = _one_line(_inline(element, plain=plain))
    href = element.get("href") or ""
    return f"[{text}]({_address(href)})" if text and href else text


def _code(text: str) -> str:
    text = _SPACES.sub(" ", text)
    if not text.strip():
        return ""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}"


# --- Blocks ---------------------------------------------------------------------------------
def _blocks(parent: HtmlElement) -> list[str]:
    """Return the blocks that stand in an element; text between them becomes a paragraph."""
    blocks: list[str] = []
    loose = _escape(parent.text or "")
    for child in parent:
        make = _MAKERS.get(str(child.tag))
        if make is None:
            loose += _span(child, plain=False)
        else:
            blocks += [_lines(loose), *make(child)]
            loose = ""
        loose += _escape(child.tail or "")
    return [block for block in [*blocks, _lines(loose)] if block]


def _paragraph(element: HtmlElement) -> list[str]:
    return [_lines(_inline(element))]


def _heading(element: HtmlElement) -> list[str]:
    text = _one_line(_inline(element))
    return [f"{_HEADINGS[str(element.tag)]} {text}"] if text else []


def _quote(element: HtmlElement) -> list[str]:
    inner = "\n\n".join(_blocks(element))
    return ["\n".join(f"> {line}".rstrip() for line in inner.split("\n"))] if inner else []


def _rule(element: HtmlElement) -> list[str]:
    return ["* * *"]


def _fenced(element: HtmlElement) -> list[str]:
    text = element.text_content().strip("\n")
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}\n{text}\n{fence}"]


def _list(element: HtmlElement) -> list[str]:
    before = element.getprevious()
    # Two lists that follow one another are told apart by their marks.
    other = before is not None and before.tag == element.tag and not (before.tail or "").strip()
    odd = other and before is not None and before.get("data-odd") is None
    if odd:
        element.set("data-odd", "")
    start = element.get("start") or "1"
    number = int(start) if start.isdecimal() else 1
    items = []
    for item in element.iterchildren("li"):
        ordered = f"{number}{')' if odd else '.'} "
        marker = ordered if element.tag == "ol" else "* " if odd else "- "
        items.append(_item(marker, "\n\n".join(_blocks(item))))
        number += 1
    return ["\n".join(items)] if items else []


def _item(marker: str, text: str) -> str:
    indent = " " * len(marker)
    lines = [f"{indent}{line}" if line else "" for line in text.split("\n")]
    return marker + "\n".join(lines).lstrip(" ")


def _figure(element: HtmlElement) -> list[str]:
    caption = element.find("figcaption")
    if caption is None:
        return _blocks(element)
    element.remove(caption)
    shown = _blocks(element)
    words = _lines(_inline(caption))
    return [*shown, words] if words else shown


def _table(element: HtmlElement) -> list[str]:
    caption = element.find("caption")
    rows = [[_cell(cell) for cell in _cells(row)] for row in _rows(element)]
    width = max((len(row) for row in rows), default=0)
    if not width:
        return []
    rows = [row + [""] * (width - len(row)) for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    lines.insert(1, f"|{' --- |' * width}")
    words = _lines(_inline(caption)) if caption is not None else ""
    return [words, "\n".join(lines)] if words else ["\n".join(lines)]


def _rows(table: HtmlElement) -> Iterator[HtmlElement]:
    for child in table:
        if child.tag == "tr":
            yield child
        elif child.tag in _TABLE_PARTS:
            yield from child.iterchildren("tr")


def _cells(row: HtmlElement) -> Iterator[HtmlElement | None]:
    """Yield the cells of a row, and a blank for each column more that one spans."""
    for cell in row.iterchildren("td", "th"):
        yield cell
        span = cell.get("colspan") or "1"
        yield from [None] * (min(int(span), 50) - 1 if span.isdecimal() else 0)


def _cell(cell: HtmlElement | None) -> str:
    if cell is None:
        return ""
    for pre in cell.iter("pre"):
        pre.tag = "p"
    for code in list(cell.iter("code")):
        if "|" in code.text_content():
            code.drop_tag()  # A bar would end the cell; escaped, code would show the backslash.
    return _one_line(" ".join(_blocks(cell)))


_MAKERS: dict[str, Callable[[HtmlElement], list[str]]] = {
    "p": _paragraph, "h2": _heading, "h3": _heading, "h4": _heading, "blockquote": _quote,
    "hr": _rule, "pre": _fenced, "ul": _list, "ol": _list, "figure": _figure, "table": _table,
}  # fmt: skip
