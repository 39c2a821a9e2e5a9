"""Who is in charge of an article and until when; what is planned for which day.

None of it is part of a text: it makes no revision, and no form that is open grows stale by it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article, Status, User
from articles.services.permissions import require

# What somebody has to work on: not what is public or will be by itself.
_OPEN = (Status.DRAFT, Status.UNPUBLISHED)
# What a day of the calendar shows before the rest is folded away.
ON_A_DAY = 4


def assignable() -> QuerySet[User]:
    """Return the staff whom an article may be given to: those who may write it."""
    people = ModelBackend().with_perm("articles.change_article")
    return people.filter(is_staff=True).order_by("name", "email")


@transaction.atomic
def assign(
    article: Article, by: User | None, assignee: User | None, due_on: date | None
) -> Article:
    """Put somebody in charge of an article (nobody: None), and say by which day it is to be done.
    Return the row as it now stands.

    Raises PermissionDenied, Article.DoesNotExist; ValidationError where the person may not write
    articles. Who was in charge before may stay so. Two queries, and one where the person changes.
    """
    require(by, "articles.change_article")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    is_new = assignee is not None and assignee.pk != locked.assignee_id
    if is_new and not assignable().filter(pk=assignee.pk).exists():  # type: ignore[union-attr]
        raise ValidationError({"assignee": _("Choose somebody who may write articles.")})
    locked.assignee, locked.due_on = assignee, due_on
    Article.objects.filter(pk=locked.pk).update(assignee=assignee, due_on=due_on)
    return locked


def to_do() -> QuerySet[Article]:
    """Return the articles that are still being worked on, drafts and what was withdrawn, the first
    due first."""
    rows = Article.objects.on_desk().filter(status__in=_OPEN)
    return rows.order_by(F("due_on").asc(nulls_last=True), "-updated_at")


def work_of(user: User) -> QuerySet[Article]:
    """Return what somebody is in charge of and has not done, the first due first."""
    return to_do().filter(assignee=user).only("title", "status", "due_on", "published_at")


@dataclass(frozen=True)
class Planned:
    """An article on a day: it becomes public then, or it is due."""

    article: Article
    # When it becomes public; None where the day is the one it is due on.
    at: datetime | None = None


@dataclass(frozen=True)
class Day:
    day: date
    is_today: bool
    # Whether it is one of the month, or fills the first or last week.
    is_inside: bool
    planned: list[Planned] = field(default_factory=list)

    @property
    def shown(self) -> list[Planned]:
        return self.planned[:ON_A_DAY]

    @property
    def rest(self) -> list[Planned]:
        """What is folded away."""
        return self.planned[ON_A_DAY:]


@dataclass(frozen=True)
class Month:
    """A month in whole weeks, which begin on Mondays."""

    first: date
    weeks: list[list[Day]]

    @property
    def before(self) -> date:
        return (self.first - timedelta(days=1)).replace(day=1)

    @property
    def after(self) -> date:
        return (self.first + timedelta(days=32)).replace(day=1)

    @property
    def is_empty(self) -> bool:
        return not any(day.planned for week in self.weeks for day in week)


# The years that a calendar can show without leaving what dates can say.
_YEARS = range(1900, 9999)


def month_named(name: str) -> date:
    """Return the first day of a month written as 2026-12; of the present one for anything else."""
    try:
        first = datetime.strptime(name, "%Y-%m").date()  # noqa: DTZ007 (a day has no zone)
    except ValueError:
        return timezone.localdate().replace(day=1)
    return first if first.year in _YEARS else timezone.localdate().replace(day=1)


def plan_of(first: date) -> Month:
    """Return what becomes public and what is due in the month that begins on a day. Two queries,
    by indexes, of what is planned in these weeks."""
    start = first - timedelta(days=first.weekday())
    after = (first + timedelta(days=32)).replace(day=1)
    end = after + timedelta(days=-after.weekday() % 7)
    planned: dict[date, list[Planned]] = {}
    for row in (*_appearing(start, end), *_due(start, end)):
        day = timezone.localdate(row.at) if row.at else row.article.due_on
        planned.setdefault(day, []).append(row)  # type: ignore[arg-type]
    today = timezone.localdate()
    days = [start + timedelta(days=number) for number in range((end - start).days)]
    listed = [
        Day(day, day == today, day.month == first.month, planned.get(day, [])) for day in days
    ]
    return Month(first, [listed[place : place + 7] for place in range(0, len(listed), 7)])


def _appearing(start: date, end: date) -> Iterator[Planned]:
    rows = Article.objects.filter(
        status=Status.SCHEDULED, public_at__gte=_midnight(start), public_at__lt=_midnight(end)
    )
    for article in rows.order_by("public_at", "pk").only("title", "status", "published_at"):
        yield Planned(article, article.published_at)


def _due(start: date, end: date) -> Iterator[Planned]:
    rows = to_do().filter(due_on__gte=start, due_on__lt=end).select_related("assignee")
    fields = ("title", "status", "due_on", "assignee__name", "assignee__email")
    for article in rows.only(*fields):
        yield Planned(article)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
