"""Searching what the public may see."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from articles.models import Article
from articles.search.finding import Query, find, parse_query
from articles.search.indexing import shown_text
from articles.search.ranking import Scored
from articles.search.snippets import Piece, mark, snippet
from articles.search.terms import category_mark, distinct, tag_mark

# Nobody reads on further; and so no page costs more than the first.
SHOWN = 200
_LOOKED_AT = 400
# A term is marked in the results if it is at least so telling, beside the most telling one.
_TELLING = 0.4


class Order(StrEnum):
    """How results are sorted; the values stand in addresses."""

    RELEVANCE = ""
    NEWEST = "new"
    USEFUL = "useful"


@dataclass(frozen=True)
class Results:
    """What was found: the numbers of visible articles in their order, 200 at most."""

    query: Query
    numbers: Sequence[int] = ()
    is_capped: bool = False
    # Whether none of them has all of the terms.
    is_partial: bool = False
    # How many of them stand in which category.
    categories: Mapping[int, int] | None = None
    # What is marked in titles and texts.
    marked: Sequence[str] = ()


@dataclass(frozen=True)
class Hit:
    """A result as it is shown."""

    article: Article
    title: list[Piece]
    text: list[Piece]


def search(
    text: str,
    *,
    categories: Collection[int] = (),
    tag: int | None = None,
    since: datetime | None = None,
    order: Order = Order.RELEVANCE,
) -> Results:
    """Return the visible articles in which what was typed stands, wherever it is typed from:
    either script, any case, any width.

    Phrases come before texts that have all words, and these before those that have some; of two
    alike the newer. Where some texts have all words, only these are sorted by date or use.
    `categories` are alternatives (one and those below it). Never raises for what is typed.
    Eight to twelve queries, whatever is found.
    """
    query = parse_query(text)
    marks = []
    if categories:
        marks.append([category_mark(pk) for pk in sorted(categories)])
    if tag is not None:
        marks.append([tag_mark(tag)])
    found = find(query, marks=marks, since=int(since.timestamp()) if since else 0)
    ordered = _ordered(found.articles, order)
    visible = Article.objects.visible().filter(pk__in=[s.article_id for s in ordered[:_LOOKED_AT]])
    if categories:
        visible = visible.filter(category__in=categories)
    if tag is not None:
        visible = visible.filter(tag_items__tag=tag)
    if since is not None:
        visible = visible.filter(public_at__gte=since)
    fields = visible.values_list("pk", "category_id", "like_count", "public_at")
    rows = {pk: rest for pk, *rest in fields}
    numbers = [s.article_id for s in ordered if s.article_id in rows]
    if order == Order.USEFUL:
        numbers.sort(key=lambda pk: -int(rows[pk][1]))
    elif order == Order.NEWEST:
        # The index tells seconds apart, and no less.
        numbers.sort(key=lambda pk: (rows[pk][2], pk), reverse=True)
    numbers = numbers[:SHOWN]
    return Results(
        query,
        numbers,
        is_capped=len(rows) > SHOWN,
        is_partial=not any(s.tier for s in ordered if s.article_id in rows),
        categories=Counter(rows[pk][0] for pk in numbers if rows[pk][0] is not None),
        marked=_marked(query, found.idf),
    )


def _ordered(found: list[Scored], order: Order) -> list[Scored]:
    if order == Order.RELEVANCE:
        return found
    best = [scored for scored in found if scored.tier] or found
    return sorted(best, key=lambda s: s.number, reverse=True) if order == Order.NEWEST else best


def _marked(query: Query, idf: Mapping[str, float]) -> list[str]:
    most = max(idf.values(), default=0.0)
    telling = (term for term, value in idf.items() if value >= most * _TELLING)
    return distinct([*query.phrases, *telling])


def hits(results: Results, numbers: Sequence[int]) -> list[Hit]:
    """Return some of the results as they are shown, each with a stretch of the text that readers
    see at this moment, around what was looked for. Two queries and a millisecond a result."""
    articles = Article.objects.visible().for_cards().in_bulk(numbers)
    prose = dict(Article.objects.filter(pk__in=articles).values_list("pk", "prose"))
    return [_hit(articles[pk], prose[pk], results.marked) for pk in numbers if pk in articles]


def _hit(article: Article, prose: str, marked: Sequence[str]) -> Hit:
    text = snippet(shown_text(prose), marked) or mark(article.summary, marked)
    return Hit(article, mark(article.title, marked), text)
