"""Reading a text as an editor does before it goes out: what can be seen without the database."""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from lxml.html import HtmlElement

from articles.contacts import contacts, is_own
from articles.html import parse, picture_key, text_of

# On a telephone 500 characters fill more than a screen: the eye finds no place to rest.
LONG_PARAGRAPH: Final = 500
# What is shorter is a note; submissions are held to the same.
SHORT_TEXT: Final = 300
# Pseudo-headings are short. One bold line may be meant so, two are a pattern.
_HEADING_AT_MOST: Final = 40
_BOLD_AT_LEAST: Final = 2
_PLACES_AT_MOST: Final = 5
_QUOTED: Final = 24

_ENDS_TITLE = re.compile(r"[，、；：。,;:]\Z")
_ENDS_SENTENCE = re.compile(r"[。！？；…，,.!?;]\Z")
_SPACES = re.compile(r"\s{2,}|\u3000")
_INDENT = re.compile(r"\s*(?:\u3000|\xa0{2})")
_LEFT_OVER = re.compile(
    r"待补充|此处[插配]图|图片待补|\bTODO\b|\bTBD\b|\bFIXME\b|lorem ipsum", re.IGNORECASE
)
_MAIL = re.compile(r"mailto:[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+\Z")
_HOST = re.compile(r"[\w-]+(?:\.[\w-]+)+\Z")
# A mark of the sentence that got into the address behind it.
_STRAY = re.compile(r"[，。、；：！？]\Z")
_CONTACTS: Final = {"phone", "wechat", "qq", "email"}


@dataclass(frozen=True)
class Place:
    """A place in the text: its words, or a picture's number and address."""

    words: str
    picture: str = ""


@dataclass(frozen=True)
class Finding:
    """Something that the checklist found.

    `must` is what no article is published with, a `warning` is for an editor to decide. `field`
    names the article's field, `where` the places in its text, `about` another article.
    """

    code: str
    level: Literal["must", "warning"]
    message: str
    help: str = ""
    field: str = ""
    where: tuple[Place, ...] = ()
    about: int | None = None

    @property
    def is_must(self) -> bool:
        return self.level == "must"


@dataclass(frozen=True)
class Link:
    """Where a link of the text leads, and its words."""

    href: str
    words: str


def warning(
    code: str, message: str, help_text: str, field: str = "body", where: tuple[Place, ...] = ()
) -> Finding:
    return Finding(code, "warning", message, help_text, field, where[:_PLACES_AT_MOST])


def quote(text: str) -> str:
    """Return the beginning of a text, to be found in it again."""
    return " ".join(text.split())[:_QUOTED]


def read_title(title: str) -> Iterator[Finding]:
    """Yield what is wrong with how a title is written."""
    if _ENDS_TITLE.search(title.strip()):
        yield warning(
            "title_ending",
            _("The title ends with “%(mark)s”.") % {"mark": title.strip()[-1]},
            _("A title needs no mark at its end; perhaps a part of it was lost."),
            "title",
        )
    if _SPACES.search(title.strip()):
        yield warning(
            "title_spaces",
            _("The title has doubled or full-width spaces in it."),
            _("They show as a gap in lists and in what is shared."),
            "title",
        )


def read_body(body: str, title: str = "") -> Iterator[Finding]:
    """Yield what is to be seen in a cleaned text; contacts also in the title. Pictures and links
    within the site need the database. 2 ms for 1,500 characters."""
    if not body.strip():
        return
    root = parse(body)
    for check in (_headings, _bold, _paragraphs, _left_over):
        yield from check(root)
    yield from _contacts(body, title)
    yield from _malformed(root)


# --- Headings --------------------------------------------------------------------------------
def _headings(root: HtmlElement) -> Iterator[Finding]:
    skipping, bare = [], []
    before: HtmlElement | None = None
    for heading in root.iter("h2", "h3", "h4"):
        if _level(heading) > (_level(before) if before is not None else 1) + 1:
            skipping.append(heading)
        before = heading
        following = heading.getnext()
        if following is None or (_level(following) and _level(following) <= _level(heading)):
            bare.append(heading)
    if skipping:
        text = ngettext(
            "%(n)d heading skips a level.", "%(n)d headings skip a level.", len(skipping)
        )
        yield warning(
            "heading_order",
            text % {"n": len(skipping)},
            _("A subheading stands below a section heading: make it a section heading, or put "
              "one before it. The contents list is made of them."),
            where=_places(skipping),
        )  # fmt: skip
    if bare:
        text = ngettext(
            "%(n)d heading has nothing below it.", "%(n)d headings have nothing below them.",
            len(bare),
        )  # fmt: skip
        yield warning(
            "heading_bare",
            text % {"n": len(bare)},
            _("Write the part, or take the heading out."),
            where=_places(bare),
        )


def _level(element: HtmlElement) -> int:
    """Return 2 to 4 for a heading, 0 for anything else."""
    return {"h2": 2, "h3": 3, "h4": 4}.get(str(element.tag), 0)


def _places(elements: list[HtmlElement]) -> tuple[Place, ...]:
    return tuple(Place(quote(element.text_content())) for element in elements)


def _bold(root: HtmlElement) -> Iterator[Finding]:
    found = [paragraph for paragraph in root.iter("p") if _is_bold_line(paragraph)]
    if len(found) >= _BOLD_AT_LEAST:
        yield warning(
            "bold_heading",
            _("%(n)d bold paragraphs look like headings.") % {"n": len(found)},
            _("Make them section headings: then they stand in the contents list, and those who "
              "listen to the page can jump to them."),
            where=_places(found),
        )  # fmt: skip


def _is_bold_line(paragraph: HtmlElement) -> bool:
    inner = list(paragraph)
    if len(inner) != 1 or inner[0].tag != "strong":
        return False
    words = paragraph.text_content().strip()
    return (
        inner[0].text_content().strip() == words
        and 0 < len(words) <= _HEADING_AT_MOST
        and not _ENDS_SENTENCE.search(words)
    )


# --- Paragraphs ------------------------------------------------------------------------------
def _paragraphs(root: HtmlElement) -> Iterator[Finding]:
    paragraphs = list(root.iter("p"))
    long = [p for p in paragraphs if len("".join(p.text_content().split())) > LONG_PARAGRAPH]
    if long:
        text = ngettext(
            "%(n)d paragraph is longer than %(most)d characters.",
            "%(n)d paragraphs are longer than %(most)d characters.",
            len(long),
        )
        yield warning(
            "long_paragraph",
            text % {"n": len(long), "most": LONG_PARAGRAPH},
            _("On a telephone it fills more than a screen. Divide it where the thought turns."),
            where=_places(long),
        )
    if indented := [p for p in paragraphs if _INDENT.match(p.text or "")]:
        text = ngettext(
            "%(n)d paragraph begins with typed spaces.",
            "%(n)d paragraphs begin with typed spaces.",
            len(indented),
        )
        yield warning(
            "indented",
            text % {"n": len(indented)},
            _("Take them out: the page sets its paragraphs itself."),
            where=_places(indented),
        )
    if broken := [p for p in paragraphs if any(map(_is_doubled, p.iter("br")))]:
        text = ngettext(
            "%(n)d paragraph is divided by line breaks.",
            "%(n)d paragraphs are divided by line breaks.",
            len(broken),
        )
        yield warning(
            "line_breaks",
            text % {"n": len(broken)},
            _("Press Enter between the parts, so that they are paragraphs."),
            where=_places(broken),
        )


def _is_doubled(line_break: HtmlElement) -> bool:
    following = line_break.getnext()
    return (
        following is not None
        and following.tag == "br"
        and not (line_break.tail or "").strip()
    )  # fmt: skip


def _left_over(root: HtmlElement) -> Iterator[Finding]:
    text = root.text_content()
    if found := list(dict.fromkeys(match[0] for match in _LEFT_OVER.finditer(text))):
        yield warning(
            "left_over",
            _("The text still says “%(words)s”.") % {"words": "”、“".join(found)},
            _("It looks like a note for the writing."),
            where=tuple(Place(words) for words in found),
        )


# --- Contacts and links ----------------------------------------------------------------------
def _contacts(body: str, title: str) -> Iterator[Finding]:
    hits = [hit for hit in contacts(f"{title}\n{text_of(body)}") if hit.kind in _CONTACTS]
    if hits:
        kinds = "、".join(dict.fromkeys(hit.label for hit in hits))
        yield warning(
            "contact",
            _("The text has contact data in it: %(kinds)s.") % {"kinds": kinds},
            _("Publish them only if they are meant for everybody: others’ numbers are personal "
              "data, one’s own are often an advertisement."),
            where=tuple(dict.fromkeys(Place(quote(hit.quote)) for hit in hits)),
        )  # fmt: skip


def links(body: str) -> list[Link]:
    """Return the links of a cleaned text, in its order."""
    if "<a " not in body:
        return []
    return [Link(str(a.get("href") or ""), quote(a.text_content())) for a in parse(body).iter("a")]


def _malformed(root: HtmlElement) -> Iterator[Finding]:
    found = [a for a in root.iter("a") if is_malformed(str(a.get("href") or ""))]
    if found:
        text = ngettext(
            "%(n)d link has an address that leads nowhere.",
            "%(n)d links have addresses that lead nowhere.",
            len(found),
        )
        yield warning(
            "malformed_link",
            text % {"n": len(found)},
            _("A name is missing, a mark of the sentence got into it, or it is an address of one’s "
              "own computer: %(first)s") % {"first": str(found[0].get("href"))[:80]},
            where=_places(found),
        )  # fmt: skip


def is_malformed(href: str) -> bool:
    """Say whether a link to another site or to mail cannot work, from its address alone."""
    if href.startswith("mailto:"):
        return not _MAIL.match(href.partition("?")[0])
    if not href.startswith(("http://", "https://")) or is_own(href):
        return False
    try:
        host = unquote(urlsplit(href).hostname or "")
    except ValueError:
        return True
    return bool(_STRAY.search(unquote(href))) or not _HOST.match(host) or _is_private(host)


def _is_private(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False


# --- Pictures --------------------------------------------------------------------------------
def undescribed(body: str, described: Callable[[str], bool]) -> Iterator[Finding]:
    """Yield that pictures have no description. `described` says of a picture's key whether the
    library has one, which is shown where the text has none of its own."""
    images = list(parse(body).iter("img")) if "<img" in body else []
    without = [
        Place(_("picture %(n)d") % {"n": number}, str(image.get("src")))
        for number, image in enumerate(images, start=1)
        if not _has_alt(image, described)
    ]
    if without:
        text = ngettext(
            "%(n)d of %(all)d pictures has no description.",
            "%(n)d of %(all)d pictures have no description.",
            len(without),
        )
        yield warning(
            "picture_alt",
            text % {"n": len(without), "all": len(images)},
            _("Double-click the picture and say what is to be seen, for those who cannot see it."),
            where=tuple(without),
        )


def _has_alt(image: HtmlElement, described: Callable[[str], bool]) -> bool:
    alt = image.get("alt")
    if alt is None:
        return described(picture_key(str(image.get("src") or "")) or "")
    return bool(alt.strip())
