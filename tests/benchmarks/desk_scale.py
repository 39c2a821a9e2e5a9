"""What the desk costs beside 1,000 and 100,000 articles.

    DATABASE_URL=sqlite:////somewhere/desk.sqlite3 python -m tests.benchmarks.desk_scale
    DATABASE_URL=postgres://…/desk python -m tests.benchmarks.desk_scale --sizes 1000,100000

Fills a database of its own, which must be empty, with made articles of 400 characters
(tests.benchmarks.generated), in forty categories, of three hundred bylines, nine in ten public;
and prints how many queries a page of the desk takes and p50 and the greatest of its milliseconds,
for a chief editor, warm: the list and each of its filters, the search of titles, the form of an
article and saving it. Leaves the database behind: drop it.
"""

import argparse
import os
import random
import statistics
import time
import zlib
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

import django

_ROUNDS = 9
_CATEGORIES, _BYLINES, _CHARACTERS, _AT_ONCE = 40, 300, 400, 2_000


def fill(count: int, start: int) -> None:
    """Store articles and let the desk find their titles; about 2 ms an article."""
    from tests.benchmarks import generated

    writer = generated.Writer(seed=1 + start)
    texts = (writer.article(number, _CHARACTERS) for number in range(start, start + count))
    shelves = _shelves()
    number = start + 1
    while some := list(islice(texts, _AT_ONCE)):
        store(some, number, shelves)
        number += len(some)


@dataclass(frozen=True)
class Shelves:
    """What articles are varied by."""

    staff: int
    roots: list[int]
    leaves: list[int]
    bylines: list[int]


def _shelves() -> Shelves:
    from articles.models import Category, Contributor, User

    def category(number: int, parent: int | None) -> int:
        fields = {"name": f"栏目{number}", "parent_id": parent}
        return Category.objects.get_or_create(slug=f"c{number}", defaults=fields)[0].pk

    def byline(number: int) -> int:
        fields = {"name": f"作者{number}", "slug": f"b{number}"}
        return Contributor.objects.get_or_create(folded_name=f"作者{number}", defaults=fields)[0].pk

    roots = [category(number, None) for number in range(_CATEGORIES // 4)]
    leaves = [category(n, roots[n % len(roots)]) for n in range(len(roots), _CATEGORIES)]
    staff = User.objects.filter(is_superuser=True).get().pk
    return Shelves(staff, roots, leaves, [byline(number) for number in range(_BYLINES)])


def store(texts: list[Any], first: int, shelves: Shelves) -> None:
    from django.db import transaction
    from django.utils import timezone
    from taggit.models import Tag

    from articles.folding import fold
    from articles.models import Article, ArticleTag
    from articles.search.titles import keep_missing_titles

    chance = random.Random(first)
    now = timezone.now()
    rows = []
    for number, made in enumerate(texts, start=first):
        luck, is_given = chance.random(), chance.random() < 0.02
        prose = "".join(f"<p>{line}</p>" for line in made.text.splitlines())
        rows.append(
            Article(
                pk=number, title=made.title[:200], body=prose, prose=prose,
                summary=made.text[:120], folded_title=fold(made.title)[:400],
                characters=len(made.text), tag_names=list(made.tags),
                category_id=chance.choice(shelves.leaves if luck < 0.7 else shelves.roots),
                contributor_id=shelves.bylines[int(_BYLINES * luck**3)],
                status="draft" if luck < 0.06 else "unpublished" if luck < 0.1 else "published",
                published_at=now - timedelta(minutes=20 * (200_000 - number)),
                origin="original" if chance.random() < 0.1 else "contributed",
                ai_label=chance.choice(["", "none", "none", "none", "assisted", "generated"]),
                assignee_id=shelves.staff if is_given else None,
                due_on=(now + timedelta(days=chance.randint(-9, 30))).date() if is_given else None,
            )
        )  # fmt: skip
    names = {name for made in texts for name in made.tags}
    with transaction.atomic():
        known = dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
        fresh = [Tag(name=n, slug=f"g{zlib.crc32(n.encode())}") for n in names if n not in known]
        Tag.objects.bulk_create(fresh)
        known = dict(Tag.objects.filter(name__in=names).values_list("name", "pk"))
        Article.objects.bulk_create(rows, 500)
        ArticleTag.objects.bulk_create(
            ArticleTag(content_object_id=number, tag_id=known[name])
            for number, made in enumerate(texts, start=first)
            for name in dict.fromkeys(made.tags)
        )
        keep_missing_titles([row.pk for row in rows])


def pages() -> dict[str, str]:
    """Return what is asked of the list."""
    from django.utils import timezone

    from articles.models import Article, Category
    from tests.benchmarks.generated import RARE

    last = Article.objects.order_by("-pk").values_list("pk", flat=True)[0]
    leaf = Category.objects.filter(parent__isnull=False, slug__startswith="c").first()
    assert leaf is not None
    newest = Article.objects.visible().newest_first()[:1].get().public_at.date()  # type: ignore[union-attr]
    titles = Article.objects.order_by("pk").values_list("title", flat=True)[:2000]
    grams = [title[i : i + 2] for title in titles for i in range(len(title) - 1)]
    common = statistics.mode(grams)
    rare = next((gram for gram in grams if grams.count(gram) == 1), RARE[0])
    today = timezone.localdate()
    return {
        "page 1": "",
        "page 20 of the window": "p=20" if last > 1000 else "p=2",
        "far back": f"before={last // 2}",
        "drafts": "status__exact=draft",
        "published": "status__exact=published",
        "a category": f"category={leaf.pk}",
        "a category with those below": f"category={leaf.parent_id}",
        "a tag": "tag=主题7",
        "a byline": "byline=作者250",
        "the busiest byline": "byline=作者0",
        "origin": "origin=original",
        "AI declaration": "ai_label=generated",
        "restriction": "withheld=yes",
        "in charge": "assignee=me",
        "in nobody's charge": "assignee=nobody",
        "overdue": "due=overdue",
        "thirty days": f"since={newest - timedelta(days=30)}&until={newest}",
        "a year": f"since={newest - timedelta(days=365)}&until={newest}",
        "published and a category": f"status__exact=published&category={leaf.pk}",
        "drafts of an origin": "status__exact=draft&origin=original",
        "by date": "o=-7",
        "by change": "o=-8",
        "by reads": "o=-9",
        f"search, common ({common})": f"q={common}",
        f"search, rare ({rare})": f"q={rare}",
        "search, two words and drafts": f"q={common}+{rare}&status__exact=draft",
        "search, a byline": "q=作者0",
        "search, a number": f"q={last // 2}",
        "search, nothing": "q=龘靐齉",
        "published today": f"date=today&since={today}",
    }


def measure(client: Any) -> None:
    from articles.models import Article
    from tests.articles.desk import CHANGELIST, change_url, form_of

    for name, query in pages().items():
        show(name, client.get, f"{CHANGELIST}?{query}")
    chance = random.Random(3)
    articles = Article.objects.filter(status="draft").order_by("-pk")[:300]
    article = chance.choice(list(articles))
    show("the form, GET", client.get, change_url(article))
    walls, counts = [], []
    for number in range(_ROUNDS):
        article = Article.objects.get(pk=article.pk)
        data = form_of(article) | {"title": f"{article.title[:60]}{number}"}
        wall, count, status = timed(client.post, change_url(article), data)
        assert status == 302, status
        walls.append(wall)
        counts.append(count)
    tell("the form, saved", walls, counts)


def show(name: str, call: Any, url: str) -> None:
    walls, counts = [], []
    for _round in range(_ROUNDS + 1):
        wall, count, status = timed(call, url)
        assert status == 200, (status, url)
        walls.append(wall)
        counts.append(count)
    tell(name, walls[1:], counts[1:])


def timed(call: Any, *what: Any) -> tuple[float, int, int]:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        began = time.perf_counter()
        response = call(*what)
        wall = (time.perf_counter() - began) * 1000
    return wall, len(queries), response.status_code


def tell(name: str, walls: list[float], counts: list[int]) -> None:
    p50, most = statistics.median(walls), max(walls)
    print(f"    {name:32} queries {max(counts):3}   p50 {p50:7.1f}   most {most:7.1f}", flush=True)


def bulk(client: Any, count: int) -> None:
    """Put as many articles into another category by one request."""
    from articles.models import Article, Category
    from tests.articles.desk import CHANGELIST

    rows = Article.objects.order_by("-pk").values_list("pk", "version")[:count]
    category = Category.objects.create(name="别处", slug=f"elsewhere-{time.time_ns()}")
    chosen = ",".join(f"{pk}-{version}" for pk, version in rows)
    wall, queries, status = timed(
        client.post,
        f"{CHANGELIST}bulk/recategorise_chosen/",
        {"chosen": chosen, "category": category.pk},
    )
    assert status == 302, status
    tell(f"{count} into another category", [wall], [queries])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1000,100000")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    # As on a site, a worker relates and indexes and not the request: read when Django is set up.
    from tests import settings as used

    used.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from articles.models import Article, User

    settings.ALLOWED_HOSTS = ["testserver"]
    call_command("migrate", verbosity=0)
    staff = User.objects.filter(is_superuser=True).first()
    staff = staff or User.objects.create_superuser("chief@example.com", name="Chief")
    client = Client()
    client.force_login(staff)
    for size in map(int, options.sizes.split(",")):
        have = Article.objects.count()
        began = time.perf_counter()
        if size > have:
            fill(size - have, have)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        took = time.perf_counter() - began
        load = os.getloadavg()[0]
        print(f"  {size:,} articles (filled in {took:,.0f} s; load {load:.1f})", flush=True)
        measure(client)
        bulk(client, 200)


if __name__ == "__main__":
    main()
