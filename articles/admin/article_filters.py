"""What the list of articles is narrowed by. Each filter alone is served by an index in the order
of the list, so that it costs the same at any size."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Exists, OuterRef, QuerySet, Subquery, TextChoices
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from taggit.models import Tag

from articles.desk import acting, in_tree
from articles.folding import fold
from articles.models import (
    AiLabel,
    Article,
    ArticleTag,
    Category,
    Contributor,
    Origin,
    Restriction,
    Status,
)
from articles.services.desk_search import spellings
from articles.services.planning import assignable

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    Lookups = list[tuple[str, StrOrPromise]]

_LARGEST = 18  # Digits of a number that a database takes.


class DeskFilter(admin.SimpleListFilter):
    """A filter that stands in the one form beside the list; a field left blank filters nothing."""

    # How it is asked for: select, text (with the kind of name it takes) or links.
    kind: ClassVar[str] = "select"
    names: ClassVar[str] = ""

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        if not "".join(params.get(self.parameter_name, [""])).strip():
            params.pop(self.parameter_name, None)
        super().__init__(request, params, model, model_admin)

    def has_output(self) -> bool:
        return True

    def lookups(self, request: HttpRequest, model_admin: Any) -> "Lookups":
        return []

    def given(self) -> str:
        return str(self.value() or "").strip()

    def shown(self) -> str:
        """What is chosen, in words."""
        chosen = {str(value): label for value, label in self.lookup_choices}
        return str(chosen.get(self.given(), self.given())).strip()

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        given = self.given()
        return self.narrow(request, queryset, given) if given else queryset

    def narrow(
        self, request: HttpRequest, rows: QuerySet[Article], given: str
    ) -> QuerySet[Article]:
        raise NotImplementedError


class ChoiceFilter(DeskFilter):
    """One of the values of a field."""

    field: ClassVar[str]
    choices_of: ClassVar[type[TextChoices]]

    def lookups(self, request: HttpRequest, model_admin: Any) -> "Lookups":
        return [(choice.value, choice.label) for choice in self.choices_of]

    def narrow(
        self, request: HttpRequest, rows: QuerySet[Article], given: str
    ) -> QuerySet[Article]:
        if given not in self.choices_of.values:
            raise IncorrectLookupParameters
        return rows.filter(**{self.field: given})


class StatusFilter(ChoiceFilter):
    title = gettext_lazy("status")
    parameter_name = "status__exact"
    kind = "links"
    field = "status"
    choices_of = Status

    def narrow(
        self, request: HttpRequest, rows: QuerySet[Article], given: str
    ) -> QuerySet[Article]:
        if given == Status.PUBLISHED and len(request.GET) > 1:
            # Nearly all are: beside another filter this index would only mislead the database.
            return rows.exclude(status__in=[status for status in Status if status != given])
        return super().narrow(request, rows, given)


class OriginFilter(ChoiceFilter):
    title = gettext_lazy("origin")
    parameter_name = "origin"
    field = "origin"
    choices_of = Origin


class AiLabelFilter(ChoiceFilter):
    title = gettext_lazy("AI declaration")
    parameter_name = "ai_label"
    field = "ai_label"
    choices_of = AiLabel
    # What is stored as a blank needs a name of its own here.
    undeclared: ClassVar[str] = "undeclared"

    def lookups(self, request: HttpRequest, model_admin: Any) -> "Lookups":
        return [(choice.value or self.undeclared, choice.label) for choice in AiLabel]

    def narrow(
        self, request: HttpRequest, rows: QuerySet[Article], given: str
    ) -> QuerySet[Article]:
        return (
            super().narrow(request, rows, given)
            if given != self.undeclared
            else rows.filter(ai_label=AiLabel.UNDECLARED)
        )


class CategoryFilter(DeskFilter):
    """A category with those below it, or none. One query."""

    title = gettext_lazy("category")
    parameter_name = "category"
    numbers: Sequence[int] = ()

    def lookups(self, request: HttpRequest, model_admin: Any) -> "Lookups":
        self._rows = list(Category.objects.order_by("position", "pk"))
        tree = [(str(row.pk), "　" * depth + row.name) for row, depth in in_tree(self._rows)]
        return [("none", gettext_lazy("Without a category")), *tree]

    def narrow(
        self, request: HttpRequest, rows: QuerySet[Article], given: str
    ) -> QuerySet[Article]:
        if given == "none":
            return rows.filter(category__isnull=True)
        if not given.isdecimal() or len(given) > _LARGEST:
            raise IncorrectLookupParameters
        below = [row.pk for row, _depth in in_tree(self._rows, int(given))]
        self.numbers = [int(given), *below]
        if not below:
            return rows.filter(category=int(given))
        return rows.filter(category__in=self.numbers)


class TagFilter(DeskFilter):
    title = gettext_lazy("tag")
    parameter_name = "tag"
    kind = "text"
    names = "tag"

    def narrow(
        self, request: HttpRequest, rows: QuerySet[Article], given: str
    ) -> QuerySet[Article]:
        tags = Tag.objects.filter(name__in=spellings(given)).values("pk")
        return rows.filter(pk__in=ArticleTag.objects.filter(tag__in=tags).values("content_object"))


class BylineFilter(DeskFilter):
    title = gettext_lazy("contributor")
    parameter_name = "byline"
    kind = "text"
    names = "byline"

    def narrow(
        self, request: HttpRequest, rows: QuerySet[Article], given: str
    ) -> QuerySet[Article]:
        folded = fold(given).replace(" ", "")
        named = Contributor.objects.filter(folded_name=folded).order_by().values("pk")
        return rows.filter(contributor=Subquery(named[:1]))


class WithheldFilter(DeskFilter):
    title = gettext_lazy("restriction")
    parameter_name = "withheld"

    def lookups(self, request: HttpRequest, model_admin: Any) -> "Lookups":
        return [("yes", gettext_lazy("In force")), ("no", gettext_lazy("None in force"))]

    def narrow(
        self, request: HttpRequest, rows: QuerySet[Article], given: str
    ) -> QuerySet[Article]:
        in_force = Restriction.objects.active()
        if given == "yes":
            return rows.filter(pk__in=in_force.values("article"))
        return rows.exclude(Exists(in_force.filter(article=OuterRef("pk"))))


class AssigneeFilter(DeskFilter):
    """Who is in charge. One query."""

    title = gettext_lazy("in charge")
    parameter_name = "assignee"

    def lookups(self, request: HttpRequest, model_admin: Any) -> "Lookups":
        people = [(str(user.pk), str(user)) for user in assignable() if user != request.user]
        return [("me", gettext_lazy("Me")), ("nobody", gettext_lazy("Nobody")), *people]

    def narrow(
        self, request: HttpRequest, rows: QuerySet[Article], given: str
    ) -> QuerySet[Article]:
        if given == "me":
            return rows.filter(assignee=acting(request).pk)
        if given == "nobody":
            return rows.filter(assignee__isnull=True)
        if not given.isdecimal() or len(given) > _LARGEST:
            raise IncorrectLookupParameters
        return rows.filter(assignee=int(given))


class DueFilter(DeskFilter):
    """What is still to be done, by the day it is due on."""

    title = gettext_lazy("due")
    parameter_name = "due"

    def lookups(self, request: HttpRequest, model_admin: Any) -> "Lookups":
        return [
            ("overdue", gettext_lazy("Overdue")),
            ("today", gettext_lazy("Today")),
            ("week", gettext_lazy("This week")),
        ]

    def narrow(
        self, request: HttpRequest, rows: QuerySet[Article], given: str
    ) -> QuerySet[Article]:
        today = timezone.localdate()
        monday = today - timedelta(days=today.weekday())
        # Not by the status: the days are to be looked up, and few of them are done.
        open_rows = rows.exclude(status__in=[Status.PUBLISHED, Status.SCHEDULED])
        if given == "overdue":
            return open_rows.filter(due_on__lt=today)
        if given == "today":
            return open_rows.filter(due_on=today)
        return open_rows.filter(due_on__range=(monday, monday + timedelta(days=6)))


class DateFilter(DeskFilter):
    """The day of publication: the last days, or from one day to another."""

    title = gettext_lazy("date of publication")
    parameter_name = "date"
    kind = "date"
    bounds: ClassVar[tuple[str, str]] = ("since", "until")
    since: date | None = None
    until: date | None = None

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.bounds:
            text = "".join(params.pop(name, [])[-1:])
            day = _day(text) if text else None
            setattr(self, name, day)
            if day is not None:
                self.used_parameters[name] = text

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter_name, *self.bounds]

    def lookups(self, request: HttpRequest, model_admin: Any) -> "Lookups":
        return [
            ("today", gettext_lazy("Today")),
            ("7", gettext_lazy("Last 7 days")),
            ("30", gettext_lazy("Last 30 days")),
        ]

    def shown(self) -> str:
        parts = [super().shown()] if self.given() else []
        if self.since is not None:
            parts.append(_("from %(day)s") % {"day": self.since.isoformat()})
        if self.until is not None:
            parts.append(_("until %(day)s") % {"day": self.until.isoformat()})
        return " ".join(parts)

    def queryset(self, request: HttpRequest, queryset: QuerySet[Article]) -> QuerySet[Article]:
        given = self.given()
        if given:
            if given not in {"today", "7", "30"}:
                raise IncorrectLookupParameters
            days = 0 if given == "today" else int(given) - 1
            first = timezone.localdate() - timedelta(days=days)
            queryset = queryset.filter(
                public_at__gte=_midnight(first),
                public_at__lt=_midnight(timezone.localdate() + timedelta(days=1)),
            )
        if self.since is not None:
            queryset = queryset.filter(public_at__gte=_midnight(self.since))
        if self.until is not None:
            queryset = queryset.filter(public_at__lt=_midnight(self.until + timedelta(days=1)))
        return queryset


def _day(text: str) -> date:
    try:
        day = parse_date(text.strip())
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year < 9999:
        raise IncorrectLookupParameters
    return day


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


FILTERS = (
    StatusFilter, CategoryFilter, TagFilter, BylineFilter, DateFilter, OriginFilter, AiLabelFilter,
    WithheldFilter, AssigneeFilter, DueFilter,
)  # fmt: skip
