"""Keeping the index: what changed is owed to it as a row, and the worker follows.

One transaction writes to the index at a time. Everything may run twice and be killed anywhere.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import cast

from django.db import transaction

from articles.html import parse, serialise, text_of
from articles.models import Article, DeskTitle, SearchDocument, SearchOwed
from articles.search.choice import engine
from articles.search.terms import (
    VERSION,
    IndexedTerms,
    category_mark,
    folded,
    indexed_terms,
    tag_mark,
    terms_of,
)
from articles.search.titles import keep_missing_titles

# So few articles a transaction that others who write wait for a tenth of a second.
AT_ONCE = 20
_FOREVER = datetime.max.replace(tzinfo=UTC)
DRIFT = 3600


def owe(article_ids: Iterable[int]) -> None:
    """Note that articles changed, in the transaction that changes them; one statement.

    Whoever searches reads such an article's own text until the index has followed: what was
    withheld is neither found nor shown from the moment on that the transaction commits.
    """
    SearchOwed.objects.bulk_create([SearchOwed(article_id=pk) for pk in article_ids], 500)


def index_owed(go_on: Callable[[], bool] = lambda: True, *, at_most: int | None = None) -> int:
    """Let the index follow what is owed, while `go_on()`; return how many articles were looked
    at. About 3 ms an article."""
    done = 0
    while go_on() and (at_most is None or done < at_most):
        seen = _index_some()
        if not seen:
            break
        done += seen
    return done


@transaction.atomic
def _index_some() -> int:
    engine().lock()
    owed = list(SearchOwed.objects.order_by("pk").values_list("pk", "article_id")[: AT_ONCE * 2])
    articles = list(dict.fromkeys(article_id for _pk, article_id in owed))[:AT_ONCE]
    done = [pk for pk, article_id in owed if article_id in set(articles)]
    index_articles(articles)
    SearchOwed.objects.filter(pk__in=done).delete()
    engine().tidy()
    return len(articles)


@transaction.atomic
def index_articles(article_ids: Collection[int], *, anew: bool = False) -> int:
    """Make the index hold exactly what readers may see of these articles: their text, or nothing
    of what is no longer public, withheld or deleted. Return how many were written.

    A scheduled article is indexed before it is due, and found when it is. Five queries, four to
    eight more for each article that changed; `anew` writes also what did not. The desk finds all
    of them by their titles, public or not.
    """
    engine().lock()
    keep_missing_titles(article_ids)
    present = {row.article_id: row for row in _documents(article_ids)}
    wanted = {article.pk: article for article in articles(article_ids)}
    written = 0
    for pk in sorted(article_ids):
        old, article = present.get(pk), wanted.get(pk)
        new = reading(article) if article is not None else None
        if not anew and old is not None and new is not None and _is_same(old, new):
            continue
        if old is not None or new is not None:
            _replace(old, new)
            written += 1
    return written


def forget_all() -> None:
    """Empty the index. What is public is found again once it was indexed again."""
    with transaction.atomic():
        engine().lock()
        engine().clear()
        SearchDocument.objects.all().delete()
        DeskTitle.objects.all().delete()


@dataclass(frozen=True)
class Reading:
    """What is indexed of an article."""

    article_id: int
    public_at: datetime
    title: str
    tags: str
    marks: str
    text: str
    length: int
    digest: bytes


def shown_text(prose: str) -> str:
    """Return the text of an article as readers are shown it, without the notices that stand
    where something is withheld. 0.5 ms for 1,500 characters."""
    if 'class="withheld"' not in prose:
        return text_of(prose)
    root = parse(prose)
    for notice in root.xpath(".//*[@class='withheld']"):
        notice.drop_tree()
    return text_of(serialise(root))


def read(title: str, tag_names: Iterable[str], prose: str) -> tuple[str, str, str]:
    """Return title, tags and text of an article as the index keeps them: folded."""
    return folded(title), " ".join(map(folded, tag_names)), folded(shown_text(prose))


def articles(article_ids: Collection[int]) -> Iterable[Article]:
    return (
        Article.objects.visible(at=_FOREVER)
        .filter(pk__in=article_ids)
        .only("title", "tag_names", "prose", "category_id", "public_at")
        .prefetch_related("tag_items")
    )


def _documents(article_ids: Collection[int]) -> Iterable[SearchDocument]:
    return SearchDocument.objects.filter(article_id__in=article_ids)


def reading(article: Article) -> Reading:
    title, tags, text = read(article.title, article.tag_names, article.prose)
    marks = [tag_mark(item.tag_id) for item in article.tag_items.all()]
    if article.category_id is not None:
        marks.append(category_mark(article.category_id))
    parts = (title, tags, " ".join(sorted(marks)), text)
    return Reading(
        article.pk,
        cast(datetime, article.public_at),
        *parts,
        length=sum(len(terms_of(part)) for part in (title, text)),
        digest=blake2b("\n".join(parts).encode(), digest_size=16).digest(),
    )


def _is_same(old: SearchDocument, new: Reading) -> bool:
    return (
        bytes(old.digest) == new.digest
        and old.version == VERSION
        and 0 <= old.number - _second(new) < DRIFT
    )


def _second(new: Reading) -> int:
    return max(1, int(new.public_at.timestamp()))


def _replace(old: SearchDocument | None, new: Reading | None) -> None:
    if old is not None:
        engine().replace(old.number, terms(old), None)
        old.delete()
    if new is not None:
        row = document(new)
        row.save(force_insert=True)
        engine().replace(row.number, None, terms(row))


def document(new: Reading) -> SearchDocument:
    return SearchDocument(
        number=_free_number(new),
        article_id=new.article_id,
        version=VERSION,
        digest=new.digest,
        length=new.length,
        title=new.title,
        tags=new.tags,
        marks=new.marks,
        text=new.text,
    )


def terms(row: SearchDocument) -> IndexedTerms:
    return indexed_terms(row.title, row.tags, row.marks, row.text)


def _free_number(new: Reading) -> int:
    """Return the second of publication, or a number soon after it that no other article has: an
    import may have thousands of one second."""
    number, within = _second(new), 1
    while SearchDocument.objects.filter(number=number).exists():
        within *= 2
        number = _second(new) + 1 + new.article_id * 2654435761 % within
    return number
