"""The pages that readers ask for, by name, and what they cost in queries."""

import random
from typing import Any
from urllib.parse import quote

from tests.benchmarks.generated import HALF, RARE


def pages(many: int, seed: int, before_the_last: int = 0) -> dict[str, list[str]]:
    """Return name → paths, of what stands in a database that `fill` has made. The deepest page is
    the last of a category, or so many before it."""
    from django.conf import settings

    from articles.models import Article, ArticleTag, Category, Topic

    numbers = visible_numbers(many, seed)
    category = Category.objects.filter(parent__isnull=True).order_by("pk")[0]
    branch = [category.pk, *category.children.values_list("pk", flat=True)]
    count = Article.objects.visible().filter(category__in=branch).count()
    deepest = max(1, -(-count // settings.ITEMS_PER_PAGE) - before_the_last)
    shelf = f"/category/{category.slug}/"
    tag = ArticleTag.objects.order_by("pk")[0].tag
    topic = Topic.objects.order_by("pk")[0]
    return {
        "article": [f"/p/{number}.html" for number in numbers],
        "hot article": [f"/p/{numbers[0]}.html"],
        "home": ["/"],
        "category": [shelf],
        "deepest": [f"{shelf}?page={deepest}" if deepest > 1 else shelf],
        "tag": [f"/tag/{quote(tag.slug)}/"],
        "topic": [f"/topic/{quote(topic.slug)}/"],
        "rare search": [f"/search/?q={quote(word)}" for word in RARE],
        "common search": [f"/search/?q={quote(HALF)}"],
        "feed": ["/feed/"],
        "API": ["/api/v1/articles"],
    }


def visible_numbers(many: int, seed: int) -> list[int]:
    """Return the numbers of visible articles, drawn from all times."""
    from articles.models import Article

    last = Article.objects.visible().order_by("-pk").values_list("pk", flat=True)[0]
    chance = random.Random(seed)
    drawn = chance.sample(range(1, last + 1), min(last, 2 * many))
    rows = Article.objects.visible().filter(pk__in=drawn[:900]).values_list("pk", flat=True)
    visible = set(rows)
    return [number for number in drawn if number in visible][:many]


def queries(paths: list[str]) -> int:
    """Return how many queries a page takes, warm, of who is signed out."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "127.0.0.1"})
    response: Any = None
    for path in (paths[-1], paths[0]):
        with CaptureQueriesContext(connection) as captured:
            response = client.get(path)
            b"".join(response.streaming_content) if response.streaming else response.content
    if response.status_code != 200:
        raise SystemExit(f"{paths[0]} answers {response.status_code}")
    return len(captured)
