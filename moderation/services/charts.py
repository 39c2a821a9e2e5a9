"""The figures of several months as a page shows them: sums, rows and the shapes of charts.

Only published figures are read, so that nothing that was suppressed can be worked out of a sum.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy

from articles.models import Scope
from moderation.figure_words import FIGURES, PARTS
from moderation.models import Kind, MonthlyReport
from moderation.reasons import find_reason
from moderation.services.figures import GROUPS, HOURS, SMALLEST, TOTAL

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# The drawing, in units of its view box.
_LEFT, _TOP, _BOTTOM, _WIDTH, _BAR = 34, 20, 170, 320, 17
_FULL = 358
_OUTCOMES: Final[dict[str, "StrOrPromise"]] = {
    "measures_by_kind": gettext_lazy("Measures taken"),
    "refused": FIGURES["refused"],
    "rejected": FIGURES["rejected"],
    "incomplete": FIGURES["incomplete"],
    "restored": FIGURES["restored"],
    "withdrawn": FIGURES["withdrawn"],
}


@dataclass(frozen=True)
class Count:
    """A published number, or a sum of several. `hidden` is how many numbers in it are kept back:
    each is at least one."""

    known: int
    hidden: int = 0

    @property
    def text(self) -> str:
        return f"≥{self.known + self.hidden}" if self.hidden else str(self.known)


@dataclass(frozen=True)
class Row:
    """A row of a table: what, and a cell for each month and for the whole period."""

    label: "StrOrPromise"
    cells: list[str]
    is_part: bool = False


@dataclass(frozen=True)
class Bar:
    """A bar of a chart: where, how large, and what it says."""

    x: int
    y: int
    size: int
    label: str
    text: str = ""
    mark: str = "a"


def value(figures: dict[str, Any], name: str, part: str = TOTAL) -> int | float | None:
    """Return a published figure; None where it is kept back or was not counted then."""
    found = figures.get(name)
    return found.get(part, 0) if isinstance(found, dict) else found


def sum_of(reports: Iterable[MonthlyReport], name: str, part: str = TOTAL) -> Count:
    """Return the sum of a figure over months, as far as it is published."""
    values = [value(report.figures, name, part) for report in reports]
    known = sum(int(found) for found in values if found is not None)
    return Count(known, sum(found is None for found in values))


def label_of(name: str, part: str = TOTAL) -> "StrOrPromise":
    """Return what a figure or a part of it is called."""
    if part == TOTAL:
        return FIGURES[name]
    if part in PARTS:
        return PARTS[part]
    words = {str(kind): kind.label for kind in Kind} | {str(scope): scope.label for scope in Scope}
    reason = find_reason(part)
    return words.get(part) or (reason.label if reason is not None else part)


def cell(found: float | None) -> str:
    """Return a published figure as a table shows it."""
    return f"<{SMALLEST}" if found is None else str(found)


def rows_of(reports: list[MonthlyReport]) -> list[Row]:
    """Return every figure of a period: a row each, a cell for each month and the sum."""
    rows: list[Row] = []
    for name in FIGURES:
        for part in _parts(reports, name):
            cells = [_cell(report, name, part) for report in reports]
            total = "" if name in HOURS else sum_of(reports, name, part).text
            rows.append(Row(label_of(name, part), [*cells, total], is_part=part != TOTAL))
    return rows


def _cell(report: MonthlyReport, name: str, part: str) -> str:
    found = value(report.figures, name, part)
    # Parts and the number of decisions are perhaps larger, and kept back beside a small one.
    if found is None and (name in {*HOURS, "decisions"} or part != TOTAL):
        return "—"
    return cell(found)


def _parts(reports: list[MonthlyReport], name: str) -> list[str]:
    """Return the parts of a figure that are anywhere but nothing, its total first."""
    if name not in GROUPS:
        return [TOTAL]
    known = dict.fromkeys(GROUPS[name])
    for report in reports:
        known |= dict.fromkeys(part for part in report.figures.get(name, {}) if part != TOTAL)
    shown = [
        part for part in known if any(value(report.figures, name, part) != 0 for report in reports)
    ]
    return [TOTAL, *shown]


def top_of(counts: Iterable[int]) -> int:
    """Return a round number at the top of an axis: a multiple of four that holds all."""
    largest = max([*counts, 4])
    step = 1
    while largest > 4 * step:
        step = step * 2 if str(step)[0] in "15" else step * 5 // 2
    return 4 * step


def lines(top: int) -> list[Bar]:
    """Return the lines across a chart of months, with their numbers."""
    height = _BOTTOM - _TOP
    return [
        Bar(_LEFT, _BOTTOM - height * quarter // 4, _WIDTH, str(top * quarter // 4))
        for quarter in range(5)
    ]


def month_bars(
    reports: list[MonthlyReport], names: tuple[str, str], top: int, label: Callable[[date], str]
) -> list[Bar]:
    """Return two bars for each month; none where a figure is kept back."""
    bars: list[Bar] = []
    width = _WIDTH // max(len(reports), 1)
    for number, report in enumerate(reports):
        begin = _LEFT + number * width + (width - 2 * _BAR - 2) // 2
        for place, name in enumerate(names):
            found = value(report.figures, name)
            size = round((_BOTTOM - _TOP) * int(found or 0) / top)
            x = begin + place * (_BAR + 2)
            text = cell(found)
            bars.append(Bar(x, _BOTTOM - size, size, label(report.month), text, "ab"[place]))
    return bars


def outcome_bars(reports: list[MonthlyReport]) -> list[Bar]:
    """Return a bar across for each outcome of a period."""
    counts = {name: sum_of(reports, name) for name in _OUTCOMES}
    most = max(*(count.known for count in counts.values()), 1)
    return [
        Bar(
            0, 14 + 36 * number, round(_FULL * counts[name].known / most),
            str(_OUTCOMES[name]), counts[name].text,
            "a" if name == "measures_by_kind" else "b",
        )
        for number, name in enumerate(_OUTCOMES)
    ]  # fmt: skip
