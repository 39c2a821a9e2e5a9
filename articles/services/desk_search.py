"""Searching among all articles, public or not: for the editors' desk alone."""

import re

from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from articles.folding import fold
from articles.models import Article
from articles.search import folded, titled

_WORDS = 8
_CHARACTERS = 200
_ADDRESS = re.compile(r"(?:^|/)p/(\d{1,17})\.html(?:$|[?#])")
_TAGGED = (
    "SELECT content_object_id FROM articles_articletag"
    " WHERE tag_id IN (SELECT id FROM taggit_tag WHERE name IN ({places}))"
)
# Of a byline that half of the site has, the newest.
_WRITTEN = (
    "SELECT id FROM (SELECT id FROM articles_article WHERE contributor_id ="
    " (SELECT id FROM articles_contributor WHERE folded_name = %s)"
    " ORDER BY id DESC LIMIT 10000) AS written"
)


def number_in(text: str) -> int | None:
    """Return the number of the article that was typed: the bare number, or a public address."""
    typed = text.strip()
    if typed.isascii() and typed.isdigit() and len(typed) < 18:
        return int(typed)
    found = _ADDRESS.search(typed)
    return int(found[1]) if found else None


def found_on_desk(rows: QuerySet[Article], text: str) -> QuerySet[Article]:
    """Return those of the articles that have every word of what was typed: in the title (in either
    script, Chinese anywhere, others from the beginning of a word), as a tag or as the byline; or
    the one whose number or public address it is. All of them for a blank text.

    Of more than eight words the rest is left out. One query for a number, otherwise none; what is
    returned asks indexes alone: of the titles, the tags and the bylines.
    """
    number = number_in(text)
    if number is not None:
        by_number = rows.filter(pk=number)
        if by_number.exists():
            return by_number
    if not text.strip():
        return rows
    words = [word for word in text[:_CHARACTERS].split() if folded(word)][:_WORDS]
    if not words:
        return rows.none()
    for word in words:
        rows = rows.filter(pk__in=_having(word))
    return rows


def _having(word: str) -> RawSQL:
    """Return the numbers of the articles that have a word."""
    statement, parameters = titled(folded(word))
    names = sorted(spellings(word))
    tagged = _TAGGED.format(places=", ".join(["%s"] * len(names)))
    byline = fold(word).replace(" ", "")
    statements = " UNION ALL ".join([statement, tagged, _WRITTEN])
    return RawSQL(statements, [*parameters, *names, byline])  # noqa: S611 (made of ours)


def spellings(word: str) -> set[str]:
    """Return how a tag may be written that somebody types like this: as it is typed, and in the
    ways that tags are mostly written."""
    plain = " ".join(word.split())
    return {plain, fold(plain), plain.lower(), plain.upper(), plain.title(), plain.capitalize()}
