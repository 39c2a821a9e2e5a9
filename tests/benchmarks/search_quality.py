"""How well the search finds: success at rank 1 and recall among the first ten.

    python -m tests.benchmarks.search_quality [FOLDER]
    DATABASE_URL=postgres://… python -m tests.benchmarks.search_quality [FOLDER]

FOLDER holds a folder for each set, with `queries.jsonl` (query, relevant) and `docs.jsonl` (id,
title, text), or `docs.txt` that names another file of documents. Beside what the site's own search
gives stands an exact BM25 over folded 2-grams in memory, with and without what a title adds: what
an index that knows everything would give. A few minutes; in a database of its own.
"""

import argparse
import json
import os
import re
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import log
from pathlib import Path

import django

_K1, _B, _TITLE = 1.2, 0.75, 0.5
# On larger sets of the same kinds, in earlier experiments: exact BM25, and with a title's bonus.
_LARGER = {
    "cmrc": ("success@1", 0.965, 0.978),
    "drcd_traditional": ("success@1", 0.934, 0.934),
    "drcd_cross_script": ("success@1", 0.932, 0.932),
    "csl_keyword": ("recall@10", 0.760, 0.770),
}


@dataclass
class Exact:
    """BM25 over all documents in memory."""

    title_bonus: float
    lists: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    titles: dict[str, set[str]] = field(default_factory=dict)
    lengths: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, title: str, text: str) -> None:
        from articles.folding import grams

        terms = grams(title) + grams(text)
        for term, count in Counter(terms).items():
            self.lists[term][name] = count
        self.titles[name], self.lengths[name] = set(grams(title)), len(terms)

    def ask(self, query: str) -> list[str]:
        from articles.folding import grams

        mean = sum(self.lengths.values()) / len(self.lengths)
        scores: dict[str, float] = defaultdict(float)
        for term in dict.fromkeys(grams(query)):
            found = self.lists.get(term, {})
            idf = log(1 + (len(self.lengths) - len(found) + 0.5) / (len(found) + 0.5))
            for name, times in found.items():
                norm = _K1 * (1 - _B + _B * self.lengths[name] / mean)
                scores[name] += idf * times * (_K1 + 1) / (times + norm)
                scores[name] += idf * self.title_bonus * (term in self.titles[name])
        return sorted(scores, key=lambda name: -scores[name])[:10]


def load(path: Path) -> list[dict]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def documents_of(folder: Path) -> Path:
    """Return the file that holds a set's documents."""
    own = folder / "docs.jsonl"
    if own.exists():
        return own
    named = re.search(r"[\w./-]+\.jsonl", (folder / "docs.txt").read_text(encoding="utf-8"))
    if named is None:
        raise SystemExit(f"{folder} does not say where its documents are.")
    return (folder / named[0]).resolve()


def figures(ask: Callable[[str], list[str]], queries: list[dict]) -> tuple[float, float, float]:
    """Return success@1, recall@10 and the median of the milliseconds."""
    first, recalled, spent = 0, 0.0, []
    for query in queries:
        began = time.perf_counter()
        found = ask(query["query"])
        spent.append((time.perf_counter() - began) * 1000)
        relevant = set(query["relevant"])
        first += bool(found) and found[0] in relevant
        recalled += len(relevant.intersection(found)) / len(relevant)
    return first / len(queries), recalled / len(queries), statistics.median(spent)


def index(documents: list[dict]) -> dict[int, str]:
    """Make articles of the documents, in place of any others; return their names by number."""
    from articles import search
    from articles.models import Article, ArticleTag
    from tests.benchmarks import generated

    search.forget_all()
    ArticleTag.objects.all().delete()
    Article.objects.all().delete()
    made = [generated.Made(row["title"] or "—", row["text"]) for row in documents]
    return dict(zip(generated.store(made), (row["id"] for row in documents), strict=True))


def measure(folder: Path, documents: list[dict], names: dict[int, str]) -> None:
    """Print the figures of one set, whose documents are indexed."""
    from articles.services.search import search

    queries = load(folder / "queries.jsonl")
    rows = {"this search": lambda text: [names[pk] for pk in search(text).numbers[:10]]}
    for bonus in (0.0, _TITLE):
        exact = Exact(bonus)
        for row in documents:
            exact.add(row["id"], row["title"], row["text"])
        rows["exact BM25 + title" if bonus else "exact BM25"] = exact.ask
    print(f"  {folder.name}: {len(documents):,} documents, {len(queries):,} queries")
    for name, ask in rows.items():
        success, recall, spent = figures(ask, queries)
        print(f"    {name:20} success@1 {success:.3f}   recall@10 {recall:.3f}   {spent:5.1f} ms")
    if folder.name in _LARGER:
        kind, plain, titled = _LARGER[folder.name]
        print(f"    on a larger set, {kind}: exact BM25 {plain:.3f}, with titles {titled:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    from tests.conftest import SHARED

    folder = options.folder or SHARED / "search_dev"
    databases = setup_databases(verbosity=0, interactive=False, serialized_aliases=set())
    try:
        print(f"{connection.vendor}, {folder}")
        sets = sorted(path.parent for path in folder.glob("*/queries.jsonl"))
        for source in sorted({documents_of(one) for one in sets}):
            documents = load(source)
            names = index(documents)
            for one in sets:
                if documents_of(one) == source:
                    measure(one, documents, names)
    finally:
        teardown_databases(databases, verbosity=0)


if __name__ == "__main__":
    main()
