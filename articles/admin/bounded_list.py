"""A list of the desk that costs the same beside a million rows as beside a thousand."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ALL_VAR, ORDER_VAR, PAGE_VAR, SEARCH_VAR, ChangeList
from django.core.paginator import InvalidPage, Paginator
from django.db import connection
from django.db.models import Max, Model, OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from articles.admin.article_filters import CategoryFilter, DeskFilter
from articles.models import Category

# So many rows are looked at for a list, and nobody turns more pages; further back leads a link.
WINDOW = 1000
BEFORE_VAR = "before"
# What may be sorted by, and the filters beside which an index gives that order. Beside others the
# newest 1,000 rows are sorted.
_SERVED: dict[str, set[str]] = {
    "public_at": {"byline"},
    "updated_at": {"status__exact"},
    "due_on": {"assignee", "due"},
}

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator


class BoundedPaginator(_Paginator):
    """Counts up to 1,000."""

    @cached_property
    def count(self) -> int:
        return int(cast("QuerySet[Any]", self.object_list)[:WINDOW].count())


@dataclass(frozen=True)
class Chip:
    """A filter in force: what it says, and the address of the list without it."""

    title: str
    value: str
    without: str


class BoundedChangeList(ChangeList):
    """Looks at the newest 1,000 rows of what is asked for (the window), by one query that an index
    serves, and reads the rows of one page by another. `?before=<number>` begins further back.
    """

    is_capped = False
    # What is said of the order, where it is not that of all rows.
    order_note = ""
    _resorted: tuple[str, bool] | None = None
    _numbers: list[int]

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        self._request = request
        super().__init__(request, *args, **kwargs)

    # --- The address -------------------------------------------------------------------------
    def get_filters_params(self, params: Any = None) -> Any:
        found = super().get_filters_params(params)
        found.pop(BEFORE_VAR, None)
        return found

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """As Django's; whoever filters anew begins with the newest again."""
        leaves = list(remove or ())
        if not {PAGE_VAR, BEFORE_VAR} & (new_params or {}).keys():
            leaves.append(BEFORE_VAR)
        return super().get_query_string(new_params, leaves)

    @property
    def before(self) -> int | None:
        value = str(self.params.get(BEFORE_VAR, ""))
        return int(value) if value.isdecimal() and len(value) < 19 else None

    @property
    def kept_params(self) -> list[tuple[str, str]]:
        """What the form of the filters sends besides its own fields."""
        own = {name for spec in self.filter_specs for name in spec.expected_parameters()}
        left_out = own | {BEFORE_VAR, ALL_VAR, PAGE_VAR}
        return [(name, value) for name, value in self.params.items() if name not in left_out]

    @property
    def further_back(self) -> str:
        """The address of what stands behind the window; blank where nothing does, or the order is
        another than the newest first."""
        if not self.is_capped or self._resorted or self._order()[0] != "pk":
            return ""
        last = str(self._numbers[WINDOW - 1])
        return self.get_query_string({BEFORE_VAR: last}, [PAGE_VAR])

    # --- The order ---------------------------------------------------------------------------
    def _active(self) -> set[str]:
        return {name for spec in self.filter_specs for name in _names(spec)}

    def _order(self) -> tuple[str, bool]:
        """Return by what the list is sorted, and whether downwards: the first column that was
        asked for; or what the filters suggest."""
        if self.params.get(ORDER_VAR):
            asked = super().get_ordering(self._request, self.root_queryset)[0]
            if isinstance(asked, str):
                return asked.lstrip("-"), asked.startswith("-")
        led = self._led()
        return led, led != "due_on"

    def get_ordering(  # type: ignore[override] # Names of fields alone.
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> list[str]:
        field, down = self._order()
        if field in {"pk", "id"}:
            return ["-pk" if down else "pk"]
        led, active = self._led(), self._active()
        # What is searched for comes out of its own index, the newest first.
        is_served = field in _SERVED and active <= _SERVED[field] and not self.query
        if field != led and not is_served:
            self._resorted = field, down
            return {"public_at": ["-public_at", "-pk"], "due_on": ["due_on", "-pk"]}.get(
                led, ["-pk"]
            )
        if field == "due_on":
            return ["-due_on", "pk"] if down else ["due_on", "-pk"]
        return [f"-{field}", "-pk"] if down else [field, "pk"]

    def _led(self) -> str:
        """Return the field whose index finds what the filters ask for, where they ask for days."""
        active = self._active()
        return "public_at" if "date" in active else "due_on" if "due" in active else "pk"

    # --- The rows ----------------------------------------------------------------------------
    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        rows = super().get_queryset(request, exclude_parameters)
        if self.before is not None:
            rows = rows.filter(pk__lt=self.before)
        field = self._order()[0]
        if self._resorted is None and field in {"public_at", "due_on"}:
            # Databases disagree where those without a date stand.
            rows = rows.filter(**{f"{field}__isnull": False})
        return self._within_tree(rows)

    def _within_tree(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the database from sorting all articles of several categories: the newest 1,000 of
        them are not older than the 1,000th of any one. One query where there are several."""
        chosen = next(
            (spec for spec in self.filter_specs if isinstance(spec, CategoryFilter)), None
        )
        if chosen is None or len(chosen.numbers) < 2 or rows.query.order_by != ("-pk",):
            return rows
        of_one = rows.filter(category=OuterRef("pk")).order_by("-pk").values("pk")
        edges = Category.objects.filter(pk__in=chosen.numbers).order_by()
        edge = edges.annotate(edge=Subquery(of_one[WINDOW : WINDOW + 1])).aggregate(Max("edge"))
        oldest = edge["edge__max"]
        return rows if oldest is None else rows.filter(pk__gte=oldest)

    def get_results(self, request: HttpRequest) -> None:
        self._numbers = self._window()
        self.is_capped = len(self._numbers) > WINDOW
        numbers = self._sorted(self._numbers[:WINDOW])
        self.paginator = Paginator(numbers, self.list_per_page)
        self.result_count = len(numbers)
        self.full_result_count = None
        self.show_full_result_count = False
        self.show_admin_actions = True
        self.can_show_all = not self.is_capped and self.result_count <= self.list_max_show_all
        self.multi_page = self.result_count > self.list_per_page
        if self.multi_page and not (self.show_all and self.can_show_all):
            try:
                numbers = list(self.paginator.page(self.page_num).object_list)
            except InvalidPage as error:
                raise IncorrectLookupParameters from error
        self.result_list = self.model_admin.rows_of(numbers)  # type: ignore[attr-defined]
        self.order_note = self._note()

    def _window(self) -> list[int]:
        return list(self.queryset.values_list("pk", flat=True)[: WINDOW + 1])

    def _sorted(self, numbers: list[int]) -> list[int]:
        """Sort the window by what no index serves beside these filters; blanks come last."""
        if self._resorted is None:
            return numbers
        field, down = self._resorted
        found = self.model._default_manager.filter(pk__in=numbers).values_list("pk", field)
        values = dict(found)
        filled = [pk for pk in numbers if values.get(pk) is not None]
        filled.sort(key=lambda pk: (values[pk], pk), reverse=down)
        return filled + [pk for pk in numbers if values.get(pk) is None]

    def _note(self) -> str:
        if self._resorted is not None:
            return _("Sorted among the newest 1,000 of them.") if self.is_capped else ""
        if self._order()[0] in {"public_at", "due_on"} and self.params.get(ORDER_VAR):
            return _("Only articles that have this date.")
        return ""

    # --- What is in force --------------------------------------------------------------------
    @property
    def chips(self) -> list[Chip]:
        return list(self._chips())

    def _chips(self) -> Iterable[Chip]:
        for spec in self.filter_specs:
            if isinstance(spec, DeskFilter) and spec.used_parameters:
                without = self.get_query_string(remove=spec.expected_parameters())
                yield Chip(str(spec.title), spec.shown(), without)
        if self.query:
            yield Chip(_("Search"), self.query, self.get_query_string(remove=[SEARCH_VAR]))
        if self.before is not None:
            yield Chip(_("Older than"), f"№ {self.before}", self.get_query_string())


def _names(spec: Any) -> set[str]:
    return {spec.expected_parameters()[0]} if spec.used_parameters else set()


def capped_counts(lists: Iterable[QuerySet[Any, Any]]) -> list[str]:
    """Return how many rows each of the lists has; "1000+" where it has more. One query."""
    parts: list[str] = []
    parameters: list[Any] = []
    for rows in lists:
        sql, values = rows.order_by().values("pk")[: WINDOW + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608 (Django's own SQL)
        parameters += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", parameters)
        row = cursor.fetchone()
    return [str(count) if count <= WINDOW else f"{WINDOW}+" for count in row or ()]


def ordered(rows: QuerySet[Model], numbers: list[int]) -> list[Any]:
    """Return rows in the order of their numbers. One query."""
    found = rows.in_bulk(numbers)
    return [found[pk] for pk in numbers if pk in found]
