"""How well related articles are found: what belongs to the same event, and to the same field.

    python -m tests.benchmarks.related_quality [FOLDER …] [--ballast FOLDER]
    DATABASE_URL=postgres://…/postgres python -m tests.benchmarks.related_quality

A folder holds articles.jsonl {"id", "title", "text"} and labels.jsonl {"id", …} with either "event"
(recall@6: which part of the article's event stands among the first six) or "category" (which part
of the first six is of the same one; "discipline", and "keywords" that serve as tags). Without a
folder: ../shared/data/related_dev and category_dev. `--ballast` puts another folder's articles
beside them. Baselines on the same texts: BM25 of the 25 best words, and what FINDINGS had before.
Runs in a database of its own; some minutes.
"""

import argparse
import json
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import log
from pathlib import Path
from typing import Any

import django

SHOWN = 6
_SHARED = Path(__file__).resolve().parent.parent.parent.parent / "shared" / "data"
_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
# Article number → the numbers of what stands below it.
Lists = dict[int, list[int]]


@dataclass
class Labelled:
    """Labelled articles; number n is row n - 1."""

    name: str
    articles: list[dict[str, str]]
    labels: list[dict[str, Any]]

    @property
    def has_events(self) -> bool:
        return "event" in self.labels[0]


def read_collection(folder: Path) -> Labelled:
    articles = _lines(folder / "articles.jsonl")
    labels = {label["id"]: label for label in _lines(folder / "labels.jsonl")}
    return Labelled(folder.name, articles, [labels[one["id"]] for one in articles])


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


# --- Measures ---------------------------------------------------------------------------------
def figures(collection: Labelled, found: Lists) -> dict[str, float]:
    """Return the means over all articles that have something to be found."""
    labels = collection.labels
    if collection.has_events:
        sizes = Counter(label["event"] for label in labels)
        shares = []
        for number, label in enumerate(labels, start=1):
            others = sizes[label["event"]] - 1
            if others:
                hits = _same(labels, found[number], "event", label)
                shares.append(hits / min(SHOWN, others))
        return {"recall@6": statistics.mean(shares)}
    return {
        f"same {key}@6": statistics.mean(
            _same(labels, found[number], key, label) / SHOWN
            for number, label in enumerate(labels, start=1)
        )
        for key in ("category", "discipline")
        if key in labels[0]
    }


def _same(labels: list[dict[str, Any]], numbers: list[int], key: str, own: dict[str, Any]) -> int:
    return sum(n <= len(labels) and labels[n - 1][key] == own[key] for n in numbers[:SHOWN])


# --- Baselines, in memory ---------------------------------------------------------------------
class Baselines:
    """What is compared with; on folded 2-grams like the site's own."""

    def __init__(self, articles: list[dict[str, str]], *, titles: bool) -> None:
        from articles.search import folded, terms_of

        self.titles = [
            Counter(terms_of(folded(one["title"])) if titles else ()) for one in articles
        ]
        self.texts = [Counter(terms_of(folded(one["text"]))) for one in articles]
        self.whole = [t + h for t, h in zip(self.texts, self.titles, strict=True)]
        self.postings: dict[str, list[int]] = {}
        for at, counts in enumerate(self.whole):
            for term in counts:
                self.postings.setdefault(term, []).append(at)
        self.mean = statistics.mean(sum(counts.values()) for counts in self.whole)

    def _idf(self, term: str) -> float:
        n = len(self.postings.get(term, ()))
        return log(1 + (len(self.whole) - n + 0.5) / (n + 0.5))

    def _best_terms(self, at: int, count: int, share: float) -> list[str]:
        most = len(self.whole) * share
        counts = {
            term: (1 + log(tf)) * self._idf(term)
            for term, tf in self.whole[at].items()
            if 2 <= len(self.postings[term]) <= most
        }
        return sorted(counts, key=counts.__getitem__, reverse=True)[:count]

    def bm25(self, at: int) -> list[int]:
        """BM25 of the 25 best words."""
        scores: Counter[int] = Counter()
        for term in self._best_terms(at, 25, 1.0):
            for other in self.postings[term]:
                tf = self.whole[other][term]
                length = sum(self.whole[other].values()) / self.mean
                scores[other] += self._idf(term) * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length))
        del scores[at]
        return [other for other, _score in scores.most_common(SHOWN)]

    def recipe(self, at: int) -> list[int]:
        """20 terms → 50 candidates → cosine of texts and .8 of titles."""
        sums: Counter[int] = Counter()
        for term in self._best_terms(at, 20, 0.1):
            for other in self.postings[term]:
                sums[other] += self._idf(term)
        del sums[at]
        scores = {
            other: self._cosine(self.texts, at, other) + 0.8 * self._cosine(self.titles, at, other)
            for other, _sum in sums.most_common(50)
        }
        return sorted(scores, key=scores.__getitem__, reverse=True)[:SHOWN]

    def _cosine(self, counts: list[Counter[str]], one: int, other: int) -> float:
        vectors = [self._vector(counts[at]) for at in (one, other)]
        lengths = [sum(v * v for v in vector.values()) for vector in vectors]
        if not all(lengths):
            return 0.0
        dot = sum(v * vectors[1].get(term, 0.0) for term, v in vectors[0].items())
        return float(dot / (lengths[0] * lengths[1]) ** 0.5)

    def _vector(self, counts: Counter[str]) -> dict[str, float]:
        return {term: (1 + log(tf)) * self._idf(term) for term, tf in counts.items()}


# --- The site's own -----------------------------------------------------------------------------
def fill(articles: list[dict[str, str]], *, titles: bool) -> None:
    """Store and index the articles under the numbers 1, 2 …"""
    from articles.folding import fold
    from articles.models import Article, Contributor, SearchStatistics, Status
    from articles.search import forget_all, index_articles, refresh_search_statistics

    forget_all()
    Article.objects.all().delete()
    byline = Contributor.objects.get_or_create(name="众人", slug="all", folded_name="众人")[0]
    rows = []
    for number, one in enumerate(articles, start=1):
        title = one["title"][:200] if titles else "·"
        rows.append(
            Article(
                pk=number, title=title, folded_title=fold(title)[:400], contributor=byline,
                prose="".join(f"<p>{line}</p>" for line in one["text"].split("\n")),
                status=Status.PUBLISHED, published_at=_EPOCH + timedelta(hours=number),
            )
        )  # fmt: skip
    Article.objects.bulk_create(rows, 500)
    for start in range(1, len(rows) + 1, 100):
        index_articles(range(start, min(start + 100, len(rows) + 1)))
    SearchStatistics.objects.all().delete()
    refresh_search_statistics()


def file_under(collection: Labelled, what: str) -> None:
    """Give the articles their categories, or their keywords as tags."""
    from taggit.models import Tag

    from articles.models import Article, ArticleTag, Category
    from articles.search import index_articles, refresh_search_statistics

    if what == "categories":
        for name in sorted({label["category"] for label in collection.labels}):
            category = Category.objects.get_or_create(name=name, slug=name)[0]
            numbers = [n for n, one in enumerate(collection.labels, 1) if one["category"] == name]
            Article.objects.filter(pk__in=numbers).update(category=category)
        return
    words = sorted({word for label in collection.labels for word in label["keywords"]})
    tags = {w: Tag.objects.get_or_create(name=w[:100], defaults={"slug": f"k{n}"})[0]
            for n, w in enumerate(words)}  # fmt: skip
    for number, label in enumerate(collection.labels, start=1):
        own = {tags[word].pk: tags[word] for word in label["keywords"]}.values()
        ArticleTag.objects.bulk_create(
            [ArticleTag(content_object_id=number, tag=tag) for tag in own], ignore_conflicts=True
        )
        Article.objects.filter(pk=number).update(tag_names=[tag.name for tag in own])
    for start in range(1, len(collection.labels) + 1, 100):
        index_articles(range(start, min(start + 100, len(collection.labels) + 1)))
    refresh_search_statistics()


def own_lists(numbers: Collection[int]) -> tuple[Lists, list[float]]:
    """Return what the site puts below each article, and the milliseconds that each took."""
    from articles.models import Article
    from articles.services.resembling import Library, find_related

    library, found, spent = Library(), {}, []
    for article in Article.objects.filter(pk__in=numbers).order_by("pk"):
        began = time.process_time()
        found[article.pk] = [one.pk for one in find_related(article, library, SHOWN)]
        spent.append((time.process_time() - began) * 1000)
    return found, spent


def measure(collection: Labelled, ballast: list[dict[str, str]]) -> None:
    numbers = range(1, len(collection.articles) + 1)
    everything = collection.articles + ballast
    for titles in (True, False):
        print(f"\n{collection.name}, {len(numbers)} articles and {len(ballast)} beside them, "
              f"{'with' if titles else 'without'} titles", flush=True)  # fmt: skip
        baselines = Baselines(everything, titles=titles)
        methods: dict[str, Callable[[int], list[int]]] = {
            "BM25 of the 25 best words": baselines.bm25,
            "20 terms, 50 candidates, cosines": baselines.recipe,
        }
        for name, method in methods.items():
            lists = {n: [at + 1 for at in method(n - 1)] for n in numbers}
            _print(name, figures(collection, lists))
        fill(everything, titles=titles)
        lists, spent = own_lists(numbers)
        _print("this site", figures(collection, lists), spent)
        if titles and not collection.has_events:
            for what in ("tags", "categories"):
                file_under(collection, what)
                lists, spent = own_lists(numbers)
                _print(f"this site, {what} known as well", figures(collection, lists), spent)


def _print(name: str, row: dict[str, float], spent: list[float] | None = None) -> None:
    line = "  ".join(f"{key} {value:.3f}" for key, value in row.items())
    if spent:
        spent = sorted(spent)
        line += f"  ({statistics.median(spent):.0f} ms, p95 {spent[len(spent) * 95 // 100]:.0f})"
    print(f"  {name:36} {line}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--ballast", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    ballast = _lines(options.ballast / "articles.jsonl") if options.ballast else []
    folders = options.folders or [_SHARED / "related_dev", _SHARED / "category_dev"]
    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:
        for folder in folders:
            measure(read_collection(folder), ballast)
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
