"""Reads and likes for the demo's articles, so that lists have something to rank."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Final

from django.utils import timezone
from django.utils.crypto import get_random_string

from articles.models import Article
from articles.services.engagement import add_likes, add_reads

DAYS: Final = 14
_MOST_DAILY: Final = 80
_MOST_LIKES: Final = 120
_VISITOR: Final = 43


def read_and_like(articles: Sequence[Article]) -> None:
    """Give published articles reads day by day over the last 14 days, on their first day what
    came before, and likes in keeping with both. The same articles always get the same."""
    by_day: dict[date, dict[int, int]] = defaultdict(dict)
    for article in articles:
        rng = Random(article.title)  # noqa: S311 - made-up readers need no cryptography.
        for day, reads in _reads(article, rng).items():
            by_day[day][article.pk] = reads
        total = sum(counts.get(article.pk, 0) for counts in by_day.values())
        _like(article, min(_MOST_LIKES, int(total * rng.uniform(0.01, 0.04))), rng)
    for day, counts in sorted(by_day.items()):
        add_reads(counts, day)


def _first_day(article: Article) -> date:
    return timezone.localdate(article.published_at)


def _reads(article: Article, rng: Random) -> dict[date, int]:
    today = timezone.localdate()
    age = (today - _first_day(article)).days
    # A few articles draw many readers; all draw most of them in their first days.
    daily = min(_MOST_DAILY, rng.paretovariate(1.6) * (14 if article.featured else 8))
    reads = {
        today - timedelta(days=back): int(
            daily * rng.uniform(0.6, 1.4) * (1 + 5 / (1 + age - back))
        )
        for back in range(min(age, DAYS - 1) + 1)
    }
    if age >= DAYS:
        reads[_first_day(article)] = int(daily * (age - DAYS + 1) ** 0.8)
    return reads


def _like(article: Article, count: int, rng: Random) -> None:
    now = timezone.now()
    published = article.published_at or now
    fresh = count if published > now - timedelta(days=7) else rng.randint(0, min(4, count))
    for number, at in ((count - fresh, published + timedelta(days=3)), (fresh, now)):
        if number:
            add_likes(article, [get_random_string(_VISITOR) for _visitor in range(number)], at)
