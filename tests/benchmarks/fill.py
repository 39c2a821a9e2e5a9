"""Fills a database of its own with made articles of 1,500 characters.

    DATABASE_URL=sqlite:////somewhere/many.sqlite3 python -m tests.benchmarks.fill --size 100000
    DATABASE_URL=postgres://…/many python -m tests.benchmarks.fill --size 1000000

Twenty categories, fifteen of them below others; 500 tags by Zipf's law, three to five an article;
300 bylines; three years of dates; likes, related articles, topics, the lists, and, unless they are
left out, the search index and what originality knows:

    --without search,originality

A run that was stopped goes on where it was when the same command is given again. Shows the rate
and the time left, and at the end what each stage took. Leaves the database behind: drop it.
"""

import argparse
import multiprocessing
import os
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import django

from tests.benchmarks.made_rows import BYLINES, CATEGORIES, ROOTS, TAGS, THEMES, Maker, Plan

_BATCH, _BATCHES_AT_ONCE = 250, 20
_BUCKETS = 256
_RELATED = 12
_TOPICS, _IN_A_TOPIC = 10, 60
_SHOWN_EVERY = 5.0


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=10_000)
    parser.add_argument("--without", default="", help="search, originality or both")
    parser.add_argument("--workers", type=int, default=2, help="processes that make texts")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    fill(options.size, set(filter(None, options.without.split(","))), options.workers)


def fill(size: int, without: set[str], workers: int) -> None:
    """Do every stage that was not done yet. Raises SystemExit where the database holds something
    else."""
    from django.db import connection

    from tests.benchmarks.bulk import bulk, remember

    plan = _plan(size, without)
    if remember("done"):
        print(f"{size:,} articles are there already")
        return
    _without_triggers()
    database = bulk()
    database.begin()
    stages: list[tuple[str, Callable[[], int]]] = [
        ("articles", lambda: _articles(plan, workers)),
        ("fingerprints", lambda: _fingerprints(plan)),
        ("related", lambda: _related(size)),
        ("indexes", lambda: _end(database, size)),
        ("topics, hot lists, names, statistics", lambda: _site(plan)),
        ("lists", lambda: _lists(size)),
    ]
    for name, stage in stages:
        if name in _DONE_ONCE and remember(name):
            continue
        began = time.perf_counter()
        count = stage()
        took = time.perf_counter() - began
        rate = count / took if took else 0
        load = os.getloadavg()[0]
        print(f"  {name}: {count:,} in {took:,.0f} s ({rate:,.0f}/s; load {load:.1f})", flush=True)
        remember(name, "done")
    _with_triggers()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    remember("done", "yes")


# The stages that are not looked at again; the others find out by themselves what is missing.
_DONE_ONCE = {"fingerprints", "related"}


def _without_triggers() -> None:
    """Nobody reads yet, so that nothing has to be purged."""
    from django.db import connection

    from articles.pagecache import triggers

    triggers.remove(connection)


def _with_triggers() -> None:
    from django.db import connection

    from articles.pagecache import triggers

    triggers.install(connection)


# --- What is made -----------------------------------------------------------------------------
def _plan(size: int, without: set[str]) -> Plan:
    """Return the plan that the first run made, or make one in an empty database."""
    from django.db import transaction
    from django.utils import timezone

    from articles.models import Article
    from tests.benchmarks.bulk import remember

    wanted = f"{size} without {' '.join(sorted(without))}"
    known = remember("plan")
    if known not in (None, wanted):
        sys.exit(f"This database was begun otherwise: {known}. Give the same, or another database.")
    with transaction.atomic():
        if known is None:
            if Article.objects.exists():
                sys.exit("The database is not empty.")
            remember("plan", wanted)
            remember("ends_at", timezone.now().isoformat(timespec="seconds"))
        categories, tags, bylines = _categories(), _tags(), _bylines()
    return Plan(
        size=size,
        ends_at=datetime.fromisoformat(remember("ends_at") or ""),
        categories=categories,
        tags=tags,
        bylines=bylines,
        with_search="search" not in without,
        with_originality="originality" not in without,
    )


def _categories() -> tuple[int, ...]:
    from articles.models import Category

    numbers: list[int] = []
    for place in range(CATEGORIES):
        parent = numbers[place % ROOTS] if place >= ROOTS else None
        fields = {"name": f"栏目{place + 1}", "parent_id": parent, "position": place}
        row = Category.objects.get_or_create(slug=f"c{place + 1}", defaults=fields)[0]
        numbers.append(row.pk)
    # Most articles stand in one of those below.
    return tuple(numbers[ROOTS:] + numbers[:ROOTS])


def _tags() -> tuple[tuple[int, str, str], ...]:
    from taggit.models import Tag

    from tests.benchmarks.generated import Writer

    rows = list(Tag.objects.order_by("pk").values_list("pk", "name", "slug"))
    if not rows:
        names: dict[str, None] = {}
        writer = Writer()
        while len(names) < TAGS:
            names.update(dict.fromkeys(w for w in writer.words(TAGS, 0, 0.0) if len(w) > 1))
        Tag.objects.bulk_create(
            Tag(name=name, slug=f"t{place}") for place, name in enumerate(list(names)[:TAGS])
        )
        rows = list(Tag.objects.order_by("pk").values_list("pk", "name", "slug"))
    return tuple(rows)


def _bylines() -> tuple[int, ...]:
    from articles.models import Contributor

    if not Contributor.objects.exists():
        Contributor.objects.bulk_create(
            Contributor(name=f"作者{n}", folded_name=f"作者{n}", slug=f"b{n}")
            for n in range(1, BYLINES + 1)
        )
    return tuple(Contributor.objects.order_by("pk").values_list("pk", flat=True))


# --- Articles -------------------------------------------------------------------------------
_maker: Maker | None = None


def _start(plan: Plan) -> None:
    global _maker
    django.setup()
    _maker = Maker(plan)


def _make(span: tuple[int, int]) -> Any:
    assert _maker is not None
    return _maker.batch(*span)


def _articles(plan: Plan, workers: int) -> int:
    from django.db import connection

    from articles.models import Article
    from tests.benchmarks.bulk import bulk, gathered
    from tests.benchmarks.made_rows import columns

    have = Article.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    spans = [(n + 1, min(_BATCH, plan.size - n)) for n in range(have, plan.size, _BATCH)]
    names = columns(plan, connection.vendor == "postgresql")
    database, progress = bulk(), Progress("articles", plan.size - have)
    context = multiprocessing.get_context("spawn")
    with context.Pool(min(workers, max(1, len(spans))), _start, (plan,)) as pool:
        for rows in gathered(_a_few_ahead(pool, spans), _BATCHES_AT_ONCE):
            database.write(rows, names)
            progress.add(len(rows["articles_article"]))
    return plan.size - have


def _a_few_ahead(pool: Any, spans: list[tuple[int, int]]) -> Iterator[Any]:
    """Yield what is made in its order, and let no more be made ahead than is soon written."""
    ahead: list[Any] = []
    for span in spans:
        ahead.append(pool.apply_async(_make, (span,)))
        if len(ahead) > 2 * _BATCHES_AT_ONCE:
            yield ahead.pop(0).get()
    for result in ahead:
        yield result.get()


class Progress:
    """A line now and then: how far, how fast, how long yet."""

    def __init__(self, name: str, total: int) -> None:
        self._name, self._total, self._done = name, total, 0
        self._began = self._shown = time.monotonic()

    def add(self, count: int) -> None:
        self._done += count
        now = time.monotonic()
        if now - self._shown < _SHOWN_EVERY:
            return
        self._shown = now
        rate = self._done / (now - self._began)
        left = (self._total - self._done) / rate
        print(f"    {self._name} {self._done:,} of {self._total:,}, {rate:,.0f}/s,"
              f" {left / 60:,.1f} min left", flush=True)  # fmt: skip


# --- What is made of all of them ---------------------------------------------------------------
def _fingerprints(plan: Plan) -> int:
    """Store the sampled grams of all texts in the order of the table, which is that of chance: in
    the order of the texts each would be written to another page."""
    from django.db import connection

    from tests.benchmarks.bulk import bulk

    if not plan.with_originality:
        return 0
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM submissions_fingerprint")
    buckets = _in_buckets()
    count = sum(map(len, buckets))
    database, progress = bulk(), Progress("fingerprints", count)
    for place, bucket in enumerate(buckets):
        pairs = sorted(bucket)
        database.fingerprints(((pair >> 32) - (1 << 31), pair & 0xFFFFFFFF) for pair in pairs)
        progress.add(len(pairs))
        buckets[place] = array("Q")
    return count


def _in_buckets() -> list["array[int]"]:
    """Return pairs of hash and text, one number each, by the upper bits of the hash: for a million
    texts 0.7 GB in this process."""
    from submissions.models import IndexedText
    from submissions.originality.fingerprints import unpack

    buckets = [array("Q") for _n in range(_BUCKETS)]
    rows = IndexedText.objects.order_by("pk").values_list("pk", "hashes")
    for pk, packed in rows.iterator(5_000):
        for value in unpack(bytes(packed)):
            shifted = value + (1 << 31)
            buckets[shifted >> 24].append(shifted << 32 | pk)
    return buckets


def _related(size: int) -> int:
    """Let each article stand beside the nearest of its theme, which comes round every THEMES."""
    from django.db import connection, transaction

    stored = min(_RELATED, size - 1)
    step = THEMES if size > THEMES * _RELATED else 1
    steps = [step * ((n // 2 + 1) * (-1) ** n) for n in range(stored)]
    many = "".join(f" UNION ALL SELECT {place}, {by}" for place, by in list(enumerate(steps))[1:])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM articles_relatedarticle")
        if not steps:
            return 0
        cursor.execute(
            "INSERT INTO articles_relatedarticle (article_id, other_id, position, score, reasons)"
            f" SELECT id, (id - 1 + by + {size}) % {size} + 1, place, 1.0 - place / 20.0, 'text'"
            f" FROM articles_article CROSS JOIN (SELECT 0 AS place, {steps[0]} AS by{many}) AS near"
            " ORDER BY id, place"
        )
    return size * stored


def _end(database: Any, size: int) -> int:
    database.end()
    return size


def _site(plan: Plan) -> int:
    """What the periodic command and the editors would have done."""
    from articles.models import Article, SearchDocument, Topic, TopicArticle
    from articles.search.statistics import take_sample
    from articles.services.engagement import refresh_hot
    from articles.services.names import refresh_search_names
    from articles.services.site import rebuild_chrome

    rebuild_chrome()
    every = max(1, plan.size // (_TOPICS * _IN_A_TOPIC))
    for place in range(_TOPICS):
        slug = f"topic-{place + 1}"
        topic, is_new = Topic.objects.get_or_create(
            slug=slug, defaults={"title": f"专题{place + 1}"}
        )
        if is_new:
            numbers = range(1 + place * every, plan.size + 1, _TOPICS * every)
            TopicArticle.objects.bulk_create(
                TopicArticle(topic=topic, article_id=number, position=at)
                for at, number in enumerate(list(numbers)[:_IN_A_TOPIC])
            )
    newest = list(Article.objects.order_by("-pk").values_list("pk", flat=True)[:12])
    Article.objects.filter(pk__in=newest[::3]).update(featured=True)
    if plan.with_search:
        take_sample(SearchDocument.objects.count())
    refresh_search_names()
    return refresh_hot()


def _lists(size: int) -> int:
    from articles.services.listing import rebuild_lists

    rebuild_lists()
    return size


if __name__ == "__main__":
    main()
