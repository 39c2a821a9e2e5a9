"""The titles of all articles, public or not, for the editors' desk alone.

An index of its own beside the one that readers ask: what is in it is no promise that anybody may
see it.
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from articles.folding import is_han
from articles.models import Article, DeskTitle
from articles.search.choice import engine
from articles.search.terms import LONGEST_BEGINNING, folded, head_terms, terms_of


def keep_title(article: Article) -> None:
    """Let the desk find a saved article by its title, in the transaction that writes it. One
    query; three more where the title is new, and four where it changed."""
    words = _words(article.title)
    row = DeskTitle.objects.filter(pk=article.pk).first()
    if row is not None and row.words == words:
        return
    old = head_terms(row.words) if row is not None else set()
    DeskTitle.objects.update_or_create(pk=article.pk, defaults={"words": words})
    engine().retitle(article.pk, words, old, head_terms(words))


def keep_missing_titles(article_ids: Collection[int]) -> int:
    """Keep the titles of those articles that have none in the index yet, and say how many: what
    was there before this index was, or was not written by a service. One query where there are
    none."""
    missing = Article.objects.filter(pk__in=article_ids, desk_title=None)
    rows = {pk: _words(title) for pk, title in missing.values_list("pk", "title")}
    if not rows:
        return 0
    with transaction.atomic():
        DeskTitle.objects.bulk_create(
            [DeskTitle(pk=pk, words=words) for pk, words in rows.items()], ignore_conflicts=True
        )
        for pk, words in rows.items():
            engine().retitle(pk, words, set(), head_terms(words))
    return len(rows)


def titled(phrase: str) -> tuple[str, list[Any]]:
    """Return a statement, and its parameters, for the numbers of the articles whose titles have a
    folded phrase: Chinese characters anywhere, other words from their beginning. `phrase` is not
    blank."""
    terms: set[str] = set()
    for run in phrase.split():
        terms.update([run[:LONGEST_BEGINNING]] if run.isascii() else terms_of(run))
    begin = "" if is_han(phrase[0]) else " "
    # A folded phrase is letters and digits: nothing in it means anything to LIKE.
    return engine().titled(terms, f"%{begin}{phrase}%")


def _words(title: str) -> str:
    return f" {folded(title)} "
