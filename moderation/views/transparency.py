"""The transparency report: what was complained of and what became of it (DSA 24; Santa Clara)."""

import csv
import io
from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.seo import PageMeta
from moderation.figure_words import FIGURES
from moderation.models import MonthlyReport
from moderation.services import charts
from moderation.services.figures import GROUPS, SMALLEST, TOTAL
from moderation.services.heads import latest_head


@require_safe
def transparency(request: HttpRequest) -> HttpResponse:
    """The figures of half a year with charts and tables, the latest unless `?period=2026-2` asks
    for another. 404 for a period without a report. Three queries."""
    months = list(MonthlyReport.objects.order_by("month").values_list("month", flat=True))
    periods = sorted({_period(month) for month in months}, reverse=True)
    asked = request.GET.get("period", "")
    period = asked or (periods[0] if periods else "")
    if asked and asked not in periods:
        raise Http404
    chosen = [month for month in months if _period(month) == period]
    reports = list(MonthlyReport.objects.filter(month__in=chosen).order_by("month"))
    meta = PageMeta(
        title=_("Transparency report"),
        description=_("How many notices we received, what became of them, and how long it took"),
        path=request.path + (f"?period={asked}" if asked else ""),
    )
    context: dict[str, Any] = {"meta": meta, "smallest": SMALLEST, "today": timezone.localdate()}
    if reports:
        context |= _context(reports)
        context["periods"] = [
            {"code": code, "label": _label(code), "is_shown": code == period} for code in periods
        ]
        context["label"] = _label(period)
    return render(request, "moderation/transparency.html", context)


def _period(month: date) -> str:
    return f"{month.year}-{1 if month.month <= 6 else 2}"


def _label(period: str) -> str:
    year, half = period.split("-")
    words = {"1": _("January to June %(year)s"), "2": _("July to December %(year)s")}
    return words[half] % {"year": year}


def _short(month: date) -> str:
    return date_format(month, _("M"))


def _context(reports: list[MonthlyReport]) -> dict[str, Any]:
    names = ("received", "measures_by_kind")
    highest = [int(charts.value(r.figures, name) or 0) for r in reports for name in names]
    top = charts.top_of(highest)
    latest = reports[-1]
    return {
        "reports": reports,
        "latest": latest,
        "months": [_short(report.month) for report in reports],
        "received": charts.sum_of(reports, "received"),
        "measures": charts.sum_of(reports, "measures_by_kind"),
        "restored": charts.sum_of(reports, "restored"),
        "missed": charts.sum_of(reports, "deadlines_missed"),
        "median": charts.value(latest.figures, "hours_median"),
        "lines": charts.lines(top),
        "bars": charts.month_bars(reports, names, top, _short),
        "outcomes": charts.outcome_bars(reports),
        "rows": charts.rows_of(reports),
    }


def _report(year: int, month: int) -> MonthlyReport:
    if not 1 <= month <= 12 or not 2000 <= year <= 9999:
        raise Http404
    return get_object_or_404(MonthlyReport, month=date(year, month, 1))


@require_safe
def as_json(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """A month's figures for machines; null is what is not published. One query."""
    report = _report(year, month)
    data = {
        "month": f"{report.month:%Y-%m}",
        "published_at": report.published_at.isoformat(),
        "last_line_of_record": report.seq,
        "suppressed_below": SMALLEST,
        "figures": report.figures,
    }
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 2})


@require_safe
def as_csv(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """A month's figures as a table; an empty value is what is not published. One query."""
    report = _report(year, month)
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["month", "figure", "part", "name", "value"])
    for name in FIGURES:
        found = report.figures.get(name) or {}
        parts = [TOTAL, *(part for part in found if part != TOTAL)] if name in GROUPS else [""]
        for part in parts:
            shown = charts.value(report.figures, name, part or TOTAL)
            label = str(charts.label_of(name, part or TOTAL))
            row = [f"{report.month:%Y-%m}", name, part, label, "" if shown is None else str(shown)]
            writer.writerow([harmless(text) for text in row])
    name = f"transparency-{report.month:%Y-%m}.csv"
    response = HttpResponse("\ufeff" + file.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def harmless(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


@require_safe
def head(request: HttpRequest) -> HttpResponse:
    """The latest signed end of the record; 404 before the first. One query."""
    data = latest_head()
    if data is None:
        raise Http404
    return JsonResponse(data, json_dumps_params={"ensure_ascii": False, "indent": 2})
