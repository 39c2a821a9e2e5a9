"""Likes, reads and the hot lists."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Sum
from django.utils import timezone

from articles.models import Article, DailyReads, DailyTotal, HotArticle, Like, Period
from articles.pagecache import purge

HOT_STORED = 100
HOT_DAYS = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 30}
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

    Four queries an article and three more; callers batch (articles.reads).
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
    if known:
        DailyTotal.objects.get_or_create(day=day)
        total = sum(reads[pk] for pk in known)
        DailyTotal.objects.filter(day=day).update(reads=F("reads") + total)


@transaction.atomic
def refresh_hot(now: datetime | None = None) -> int:
    """Count the hot lists of a day, seven and thirty days anew: reads and five for a like, up to
    now. For the periodic command; safe to run twice. Returns how many places are taken.

    Reads are kept by day; of the day on which a period begins they count by the part of it that
    lies in the period, so that the lists do not begin anew at midnight. Pages that show the lists
    are made anew only where a place is taken by another; where nothing changed nothing is written.
    """
    now = timezone.localtime(now)
    places = [
        HotArticle(article_id=pk, period=period, position=position, score=score)
        for period in Period
        for position, (pk, score) in enumerate(_hottest(now, HOT_DAYS[period]), start=1)
    ]
    wanted = {(place.period, place.position, place.article_id): place.score for place in places}
    held = HotArticle.objects.values_list("period", "position", "article", "score")
    before = {tuple(place): score for *place, score in held}
    if wanted != before:
        HotArticle.objects.all().delete()
        HotArticle.objects.bulk_create(places)
    if wanted.keys() != before.keys():
        purge("hot")
    return len(places)


def _hottest(now: datetime, days: int) -> list[tuple[int, float]]:
    """Return the articles with the greatest scores of so many days. Three queries."""
    since = now - timedelta(days=days)
    midnight = since.replace(hour=0, minute=0, second=0, microsecond=0)
    share = 1 - (since - midnight) / timedelta(days=1)
    scores: dict[int, float] = {}
    first = DailyReads.objects.filter(day=since.date()).values_list("article", "reads")
    for pk, count in first:
        scores[pk] = count * share
    later = DailyReads.objects.filter(day__gt=since.date()).values("article")
    for pk, count in later.annotate(n=Sum("reads")).values_list("article", "n"):
        scores[pk] = scores.get(pk, 0) + count
    likes = Like.objects.filter(created_at__gt=since).values("article").order_by()
    for pk, count in likes.annotate(n=Count("pk")).values_list("article", "n"):
        scores[pk] = scores.get(pk, 0) + _LIKE_WEIGHT * count
    best = sorted(scores.items(), key=lambda item: (-item[1], -item[0]))
    return [(pk, score) for pk, score in best if score > 0][:HOT_STORED]
