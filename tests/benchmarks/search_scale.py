"""What a search costs beside 10,000 and 100,000 articles.

    DATABASE_URL=sqlite:////somewhere/scale.sqlite3 python -m tests.benchmarks.search_scale
    DATABASE_URL=postgres://…/search python -m tests.benchmarks.search_scale --sizes 10000,100000

Fills a database of its own, which must be empty, with made articles of 1,500 characters
(tests.benchmarks.generated) and prints p50 and p95 of `articles.services.search.search`, warm, for
several kinds of queries, of suggestions and of indexing a changed article; and the size of the
index. Leaves the database behind: drop it.
"""

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial

import django

_ROUNDS = 40


class Clock:
    """Times pieces of work: by the clock, and in processor time of this process and, where it
    runs on this machine, of the database's (in steps of 10 ms, so over all rounds together)."""

    def __init__(self) -> None:
        from django.db import connection

        self._server = ""
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                self._server = f"/proc/{cursor.fetchone()[0]}/stat"

    def _used(self) -> float:
        used = time.process_time()
        if self._server and os.path.exists(self._server):
            with open(self._server) as file:
                fields = file.read().rpartition(")")[2].split()
            used += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        return used * 1000

    def show(self, name: str, works: Sequence[Callable[[], object]], note: str = "") -> None:
        """Do the works and print what they took, in milliseconds."""
        walls = []
        used = self._used()
        for work in works:
            began = time.perf_counter()
            work()
            walls.append((time.perf_counter() - began) * 1000)
        mean = (self._used() - used) / len(works)
        walls.sort()
        print(
            f"    {name:32} p50 {statistics.median(walls):6.1f}   p95"
            f" {walls[len(walls) * 95 // 100]:6.1f}   processor {mean:6.1f}   {note}",
            flush=True,
        )


def queries() -> dict[str, list[str]]:
    """Return queries of several kinds, made of what stands in the articles."""
    from articles.models import Article
    from tests.benchmarks.generated import HALF, RARE

    chance = random.Random(5)
    last = Article.objects.order_by("-pk").values_list("pk", flat=True)[0]
    numbers = [chance.randint(1, last) for _n in range(_ROUNDS)]
    texts = [Article.objects.get(pk=pk).body for pk in numbers]

    def stretch(text: str, length: int) -> str:
        plain = text.replace("<p>", "").replace("</p>", "").replace("，", "").replace("。", "")
        at = chance.randrange(max(1, len(plain) - length))
        return plain[at : at + length]

    return {
        "a word in half of the articles": [HALF],
        "a rare word": RARE,
        "a word of a text": [stretch(text, 2) for text in texts],
        "four words of a text": [
            " ".join(stretch(text, 2) for _word in range(4)) for text in texts
        ],
        "a common and a rare word": [f"{HALF} {word}" for word in RARE],
        "a sentence of 14 characters": [stretch(text, 14) for text in texts],
        "a sentence nowhere in order": [
            "".join(stretch(texts[(n + i) % _ROUNDS], 3) for i in range(5)) for n in range(_ROUNDS)
        ],
        "200 characters of a text": [stretch(text, 200) for text in texts],
        "one character": [stretch(text, 1) for text in texts],
    }


def measure() -> None:
    from articles.services.names import suggest
    from articles.services.search import hits, search

    clock, asked = Clock(), queries()
    for name, texts in asked.items():
        found = [len(search(text).numbers) for text in texts]
        rounds = [partial(search, texts[n % len(texts)]) for n in range(_ROUNDS)]
        clock.show(name, rounds, f"found {min(found)} to {max(found)}")
    results = search(asked["a word in half of the articles"][0])
    clock.show("cutting 20 snippets", [partial(hits, results, results.numbers[:20])] * 10)
    clock.show("suggestions", [partial(suggest, text) for text in asked["a word of a text"]])


def measure_indexing() -> None:
    from articles import search
    from articles.models import Article

    works = []
    for article in Article.objects.order_by("?")[:20]:
        Article.objects.filter(pk=article.pk).update(title=article.title[:100] + "改")
        works.append(partial(search.index_articles, [article.pk]))
    Clock().show("indexing one changed article", works)


def sizes() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_table_size('articles_searchdocument'),"
                " pg_indexes_size('articles_searchdocument')"
            )
            table, indexes = cursor.fetchone()
            print(f"    kept texts and arrays {table / 1e6:,.0f} MB, indexes {indexes / 1e6:,.0f}")
        else:
            for name in ("articles_search_text", "articles_search_head"):
                cursor.execute(f"SELECT sum(length(block)) FROM {name}_data")
                print(f"    {name}: {cursor.fetchone()[0] / 1e6:,.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.core.management import call_command

    from articles.models import Article
    from tests.benchmarks import generated

    call_command("migrate", verbosity=0)
    for size in map(int, options.sizes.split(",")):
        have = Article.objects.count()
        began = time.perf_counter()
        writer = generated.Writer(seed=1 + have)
        if size > have:
            generated.store(writer.articles(size - have, start=have))
        print(f"  {size:,} articles (filled in {time.perf_counter() - began:,.0f} s)", flush=True)
        measure()
        measure_indexing()
        sizes()


if __name__ == "__main__":
    main()
