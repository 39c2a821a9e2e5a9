from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from articles.models import Article, SearchDocument
from articles.search import forget_all, index_articles
from articles.search.indexing import AT_ONCE
from articles.search.statistics import take_sample
from articles.services.names import refresh_search_names

_SAID_EVERY = 50


class Command(BaseCommand):
    """Bring the search index up to date with all articles, without waiting for the worker.

    The site may run meanwhile and searches on: each article is replaced in one transaction.
    Started again after an end of any kind, it passes quickly over what is done.
    """

    help = "Index all public articles for the search, and forget what is public no longer."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--after", type=int, default=0, help="Go on after this article, the last that was told."
        )
        parser.add_argument(
            "--anew", action="store_true", help="Write also what did not change since."
        )
        parser.add_argument(
            "--from-empty",
            action="store_true",
            help="Empty the index first, as after damage to it; until the end searches find only "
            "what is indexed again.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["from_empty"]:
            forget_all()
        written = self._index(options["after"], anew=options["anew"])
        forgotten = self._forget()
        take_sample(SearchDocument.objects.count())
        refresh_search_names()
        self.stdout.write(f"Written: {written}. Forgotten: {forgotten}.")

    def _index(self, after: int, *, anew: bool) -> int:
        articles = Article.objects.order_by("pk").values_list("pk", flat=True)
        last = articles.last() or 0
        written = step = 0
        while numbers := list(articles.filter(pk__gt=after)[:AT_ONCE]):
            written += index_articles(numbers, anew=anew)
            after, step = numbers[-1], step + 1
            if step % _SAID_EVERY == 0:
                self.stdout.write(f"  up to article {after} of {last}, {written} written")
                self.stdout.flush()
        return written

    def _forget(self) -> int:
        """Forget the articles that are there no more; the others were looked at above."""
        known = SearchDocument.objects.exclude(article_id__in=Article.objects.values("pk"))
        gone = list(known.values_list("article_id", flat=True))
        return sum(
            index_articles(gone[start : start + AT_ONCE]) for start in range(0, len(gone), AT_ONCE)
        )
