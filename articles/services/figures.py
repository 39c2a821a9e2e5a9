"""How often articles were read and liked, for those who write and edit them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, QuerySet, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from articles.models import Article, DailyReads, DailyTotal, Like, Period
from articles.plots import Plot, daily_plot

DAYS = 30
MOST_READ = 30
WEEK = 7
TOP = 5


@dataclass(frozen=True)
class Counted:
    """An article with what was counted in the last 30 days."""

    article: Article
    reads: int
    likes: int


def first_day() -> date:
    """Return the first of the last 30 days, of which today is one."""
    return timezone.localdate() - timedelta(days=DAYS - 1)


def first_moment() -> datetime:
    """Return when that day began where the site is."""
    return timezone.make_aware(datetime.combine(first_day(), time.min))


def _plot(found: Iterable[tuple[date, int]]) -> Plot:
    reads = dict(found)
    days = [first_day() + timedelta(days=number) for number in range(DAYS)]
    return daily_plot([(day, reads.get(day, 0)) for day in days])


def plot_of_site() -> Plot:
    """Return the reads of all articles by day. One query of 30 rows."""
    rows = DailyTotal.objects.filter(day__gte=first_day())
    return _plot(rows.values_list("day", "reads"))


def plot_of_articles(articles: QuerySet[Article]) -> Plot:
    """Return the reads of some articles by day. One query; it reads 30 rows an article."""
    rows = DailyReads.objects.filter(article__in=articles.values("pk"), day__gte=first_day())
    sums = rows.values("day").annotate(n=Sum("reads")).order_by("day")
    return _plot(sums.values_list("day", "n"))


def likes_of_site() -> int:
    """Return how many likes came in the last 30 days. One query."""
    return Like.objects.filter(created_at__gte=first_moment()).count()


def counted(articles: Iterable[Article]) -> list[Counted]:
    """Return a page of articles with their reads and likes of the last 30 days. Two queries."""
    listed = list(articles)
    reads = dict(
        DailyReads.objects.filter(article__in=listed, day__gte=first_day())
        .values("article")
        .annotate(n=Sum("reads"))
        .values_list("article", "n")
    )
    likes = dict(
        Like.objects.filter(article__in=listed, created_at__gte=first_moment())
        .values("article")
        .annotate(n=Count("pk"))
        .values_list("article", "n")
    )
    return [Counted(a, reads.get(a.pk, 0), likes.get(a.pk, 0)) for a in listed]


def most_read() -> list[Counted]:
    """Return the first of the month's hot list, those first that were read most; for staff: with
    what is withheld since it was counted. Three queries."""
    hot = Article.objects.filter(hot__period=Period.MONTH).order_by("hot__position")
    shown = hot.select_related("contributor").only(
        "title", "read_count", "like_count", "contributor__name"
    )
    rows = counted(shown[:MOST_READ])
    return sorted(rows, key=lambda row: (-row.reads, -row.likes, -row.article.pk))


@dataclass(frozen=True)
class Week:
    """What was read and liked in the last seven days, of which today is one."""

    plot: Plot
    likes: dict[date, int]
    # Number, title and reads of the articles that were read most.
    top: list[tuple[int, str, int]]

    @property
    def liked(self) -> int:
        return sum(self.likes.values())

    @property
    def days(self) -> list[tuple[date, int, int]]:
        """Each day with its reads and likes, the newest first."""
        return [(bar.day, bar.value, self.likes.get(bar.day, 0)) for bar in self.plot.newest_first]


def week_of_site() -> Week:
    """Return the last seven days of the whole site. Three queries, over seven days' rows."""
    first = timezone.localdate() - timedelta(days=WEEK - 1)
    reads = dict(DailyTotal.objects.filter(day__gte=first).values_list("day", "reads"))
    days = [first + timedelta(days=number) for number in range(WEEK)]
    since = timezone.make_aware(datetime.combine(first, time.min))
    liked = Like.objects.filter(created_at__gte=since).order_by()
    by_day = liked.annotate(day=TruncDate("created_at")).values("day").annotate(n=Count("pk"))
    best = (
        DailyReads.objects.filter(day__gte=first, article__trashed_at=None)
        .values("article", "article__title")
        .annotate(n=Sum("reads"))
        .order_by("-n", "-article")
    )
    return Week(
        plot=daily_plot([(day, reads.get(day, 0)) for day in days]),
        likes=dict(by_day.values_list("day", "n")),
        top=list(best.values_list("article", "article__title", "n")[:TOP]),
    )
