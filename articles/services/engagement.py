"""Likes, reads and the week's hot list."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import F, Sum
from django.utils import timezone

from articles.models import Article, DailyReads, HotArticle, Like

HOT_STORED = 100
_HOT_DAYS = 7
_LIKE_WEIGHT = 5


@transaction.atomic
def like(article: Article, visitor: str) -> int:
    """Count a visitor's like once, however often or concurrently it is sent; return the count.

    `visitor` is a keyed hash (articles.visitors). The unique row decides, the counter follows it.
    """
    _row, is_new = Like.objects.get_or_create(article=article, visitor=visitor)
    if is_new:
        Article.objects.filter(pk=article.pk).update(like_count=F("like_count") + 1)
    return Article.objects.values_list("like_count", flat=True).get(pk=article.pk)


@transaction.atomic
def add_likes(article: Article, visitors: Iterable[str], at: datetime | None = None) -> int:
    """Count the likes of many visitors at once, as of a moment (now); those that were counted
    before stay as they are. Return how many are new. Five queries however many there are."""
    Article.objects.select_for_update().get(pk=article.pk)
    wanted = set(visitors)
    known = article.likes.filter(visitor__in=wanted).values_list("visitor", flat=True)
    come = sorted(wanted.difference(known))
    Like.objects.bulk_create([Like(article=article, visitor=visitor) for visitor in come])
    if at is not None:
        article.likes.filter(visitor__in=come).update(created_at=at)
    Article.objects.filter(pk=article.pk).update(like_count=F("like_count") + len(come))
    return len(come)


@transaction.atomic
def add_reads(reads: Mapping[int, int], day: date | None = None) -> None:
    """Add a batch of reads: article number → how many. Unknown articles are passed over.

    Two queries an article; callers batch (articles.reads).
    """
    day = day or timezone.localdate()
    numbers = sorted(reads)
    known: set[int] = set()
    for start in range(0, len(numbers), 500):  # Databases take so many parameters at once.
        found = Article.objects.filter(pk__in=numbers[start : start + 500])
        known.update(found.values_list("pk", flat=True))
    # In the order of their numbers, so that two batches cannot wait for each other.
    for pk in sorted(known):
        Article.objects.filter(pk=pk).update(read_count=F("read_count") + reads[pk])
        DailyReads.objects.get_or_create(article_id=pk, day=day)
        DailyReads.objects.filter(article_id=pk, day=day).update(reads=F("reads") + reads[pk])


@transaction.atomic
def refresh_hot() -> int:
    """Count the hot list of the last seven days anew: reads and five for a like. For the
    periodic command; safe to run twice. Returns how many places are taken."""
    since = timezone.localdate() - timedelta(days=_HOT_DAYS - 1)
    scores: dict[int, float] = {}
    reads = DailyReads.objects.filter(day__gte=since).values("article").annotate(n=Sum("reads"))
    for pk, count in reads.values_list("article", "n"):
        scores[pk] = scores.get(pk, 0) + count
    for pk in Like.objects.filter(created_at__date__gte=since).values_list("article", flat=True):
        scores[pk] = scores.get(pk, 0) + _LIKE_WEIGHT
    best = sorted(scores.items(), key=lambda item: (-item[1], -item[0]))[:HOT_STORED]
    HotArticle.objects.all().delete()
    HotArticle.objects.bulk_create(
        HotArticle(article_id=pk, position=position, score=score)
        for position, (pk, score) in enumerate(best, start=1)
    )
    return len(best)
