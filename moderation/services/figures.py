"""The figures of the procedure, month by month, counted from the record alone (DSA 24).

Anybody with the record can count them again; `verify_casework` does. Cells under five are not
published, nor what would give them away by subtraction from a total.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Scope
from moderation.models import Event, Finding, Happening, Kind, MonthlyReport, State, Step
from moderation.reasons import REASONS, RESTORED_BEFORE

# Raised when the counting changes.
EDITION: Final = 1
SMALLEST: Final = 5
TOTAL: Final = "total"

_NOTICES: Final = [kind.value for kind in Kind if kind != Kind.ORDER]
_WITHHOLDING: Final = (Step.MEASURE, Step.APPEAL_MEASURE)
_FIRST_DECISIONS: Final = (Step.MEASURE, Step.REFUSE, Step.REJECT)
# From these the time to a decision runs, where they lead to a review.
_COMPLETING: Final = (Step.CONFIRM, Step.ENTER, Step.AMEND, Step.REOPEN)
# How content came back, by the step that restored it.
RESTORED_BY: Final = {
    Step.RESTORE: "counter",
    Step.FORWARD: "counter",
    Step.OUTCOME_RESTORE: "proceedings",
    Step.APPEAL_RESTORE: "appeal",
    Step.CORRECT: "correction",
    Step.EXPIRE_ORDER: "order_ended",
}
_REJECTIONS: Final = [*(reason.code for reason in REASONS[Step.REJECT]), RESTORED_BEFORE.code]
_REFUSALS: Final = [reason.code for reason in REASONS[Step.REFUSE]]
# Each group with the parts that it always names, in this order.
GROUPS: Final[dict[str, list[str]]] = {
    "received": _NOTICES,
    "rejected": _REJECTIONS,
    "refused": _REFUSALS,
    "measures_by_kind": [kind.value for kind in Kind],
    "measures_by_scope": [scope.value for scope in Scope],
    "restored": list(dict.fromkeys(RESTORED_BY.values())),
    "appeals_decided": ["granted", "dismissed"],
}
SINGLE: Final = (
    "incomplete", "counter_statements", "appeals", "withdrawn", "strikes", "strikes_lifted",
    "suspensions", "manifest", "warnings", "slowed", "orders", "decisions", "deadlines_missed",
)  # fmt: skip
HOURS: Final = ("hours_median", "hours_p90")

Figures = dict[str, Any]


def figures_of(month: date, up_to_seq: int | None = None) -> Figures:
    """Return the figures of a month (any day of it, in the site's time zone) as they are
    published: small cells are None. `up_to_seq` is the last line of the record to count.

    Two queries over the month's lines and the earlier ones of the cases decided in it.
    """
    return suppress(count_month(month, up_to_seq))


def count_month(month: date, up_to_seq: int | None = None) -> Figures:
    """Return the figures of a month in full, which are not for publication."""
    begin, end = bounds(month)
    known = Event.objects.order_by("seq")
    if up_to_seq is not None:
        known = known.filter(seq__lte=up_to_seq)
    events = list(known.filter(at__gte=begin, at__lt=end))
    hours = _hours_to_decision(events, known.filter(at__lt=end))
    figures: Figures = {name: {TOTAL: 0} | dict.fromkeys(GROUPS[name], 0) for name in GROUPS}
    for name, counted in _grouped(events).items():
        for part, count in counted.items():
            figures[name][part] = figures[name].get(part, 0) + count
            figures[name][TOTAL] += count
    figures |= _singles(events) | {"decisions": len(hours)}
    figures |= {"hours_median": _quantile(hours, 0.5), "hours_p90": _quantile(hours, 0.9)}
    return figures | {"edition": EDITION}


def bounds(month: date) -> tuple[datetime, datetime]:
    """Return where a month begins and the next, in the site's time zone."""
    first = month.replace(day=1)
    following = (first + timedelta(days=32)).replace(day=1)
    return (
        timezone.make_aware(datetime.combine(first, time.min)),
        timezone.make_aware(datetime.combine(following, time.min)),
    )


def _cases(events: Iterable[Event], key: str) -> Counter[str]:
    """Count cases, each once, by something that their event's payload says."""
    first: dict[str, str] = {}
    for event in events:
        first.setdefault(event.case_number, str(event.payload.get(key, "")))
    return Counter(first.values())


def _reasons(events: Iterable[Event]) -> Counter[str]:
    first: dict[tuple[str, str], str] = {}
    for event in events:
        reason = event.reason or RESTORED_BEFORE.code
        first.setdefault((event.case_number, reason), reason)
    return Counter(first.values())


def _is(event: Event, *steps: Step | Happening) -> bool:
    return event.event in {step.value for step in steps}


def _grouped(events: list[Event]) -> dict[str, Counter[str]]:
    """Count what is told in parts. Notices are counted by case, what is done to content by
    item."""
    received = [event for event in events if _is(event, Step.CONFIRM, Step.ENTER)]
    measures = [event for event in events if _is(event, *_WITHHOLDING)]
    restored = [event for event in events if event.to_state == State.RESTORED]
    granted = [e for e in events if _is(e, Step.APPEAL_RESTORE, Step.APPEAL_MEASURE)]
    dismissed = [e for e in events if _is(e, Step.APPEAL_UPHOLD, Step.APPEAL_DISMISS)]
    return {
        "received": _cases((e for e in received if e.payload.get("kind") != Kind.ORDER), "kind"),
        "rejected": _reasons(
            e for e in events if e.to_state == State.REJECTED and not _is(e, Step.APPEAL_DISMISS)
        ),
        "refused": _reasons(e for e in events if _is(e, Step.REFUSE)),
        "measures_by_kind": Counter(str(event.payload.get("kind", "")) for event in measures),
        "measures_by_scope": Counter(str(event.payload.get("scope", "")) for event in measures),
        "restored": Counter(
            RESTORED_BY[Step(event.event)]
            for event in restored
            if event.event in set(RESTORED_BY) and event.from_state != State.RESTORED
        ),
        "appeals_decided": Counter({"granted": len(granted), "dismissed": len(dismissed)}),
    }


def _singles(events: list[Event]) -> dict[str, int]:
    def count(*steps: Step | Happening) -> int:
        return sum(_is(event, *steps) for event in events)

    def cases(chosen: Iterable[Event]) -> int:
        return len({event.case_number for event in chosen})

    struck = [event for event in events if _is(event, Happening.STRUCK)]
    return {
        "incomplete": cases(
            e for e in events if e.to_state == State.INCOMPLETE and e.from_state != State.INCOMPLETE
        ),
        "counter_statements": count(Step.COUNTER),
        "appeals": count(Step.APPEAL),
        "withdrawn": count(Step.WITHDRAW),
        "strikes": len(struck),
        "strikes_lifted": count(Happening.STRIKE_LIFTED),
        "suspensions": sum("suspended_until" in event.payload for event in struck),
        "manifest": cases(e for e in events if e.payload.get("finding") == Finding.MANIFEST),
        "warnings": count(Happening.WARNED),
        "slowed": count(Happening.SLOWED),
        "orders": cases(
            e for e in events if _is(e, Step.ENTER) and e.payload.get("kind") == Kind.ORDER
        ),
        # What was asked of a court or an authority is no deadline of the site's.
        "deadlines_missed": sum(
            _is(event, Step.ESCALATE) and event.from_state != State.LITIGATION for event in events
        ),
    }


def _hours_to_decision(events: list[Event], known: Any) -> list[float]:
    """Return the hours from completeness to the first decision, for each case decided in the
    month, sorted."""
    decided: dict[str, Event] = {}
    for event in events:
        if _is(event, *_FIRST_DECISIONS) and event.from_state == State.REVIEW:
            decided.setdefault(event.case_number, event)
    earlier = known.filter(
        case_number__in=list(decided),
        event__in=[step.value for step in (*_COMPLETING, *_FIRST_DECISIONS)],
    )
    began: dict[str, datetime] = {}
    hours: dict[str, float] = {}
    done: set[str] = set()
    for event in earlier.iterator():
        number = event.case_number
        if _is(event, *_COMPLETING) and event.to_state == State.REVIEW:
            began[number] = event.at
        elif event.seq == decided[number].seq and number in began and number not in done:
            hours[number] = (event.at - began[number]).total_seconds() / 3600
        if _is(event, *_FIRST_DECISIONS):
            done.add(number)
    return sorted(hours.values())


def _quantile(values: list[float], share: float) -> float | None:
    """Return the smallest value that so large a share of the values does not exceed."""
    if not values:
        return None
    return round(values[max(0, math.ceil(share * len(values)) - 1)], 1)


# --- What is not published ------------------------------------------------------------------
def suppress(figures: Mapping[str, Any]) -> Figures:
    """Return figures with None for cells under five but above nothing, for what a total would
    otherwise give away, and for times of fewer than five decisions."""
    shown: Figures = dict(figures)
    for name in GROUPS:
        shown[name] = _suppress_group(figures[name])
    for name in SINGLE:
        shown[name] = None if _is_small(figures[name]) else figures[name]
    if figures["decisions"] < SMALLEST:
        shown |= dict.fromkeys(HOURS)
    # Measures, refusals and rejections make up the decisions.
    if any(shown[name][TOTAL] is None for name in ("measures_by_kind", "refused", "rejected")):
        shown["decisions"] = None
    return shown


def _is_small(count: int) -> bool:
    return 0 < count < SMALLEST


def _suppress_group(group: Mapping[str, int]) -> dict[str, int | None]:
    """Hide small parts, and the next larger ones until what is hidden can be told neither part
    by part nor as a sum under five; a total under five itself."""
    parts = {name: count for name, count in group.items() if name != TOTAL}
    hidden = {name for name, count in parts.items() if _is_small(count)}
    others = sorted((count, name) for name, count in parts.items() if count >= SMALLEST)
    while hidden and others and _gives_away(parts, hidden):
        hidden.add(others.pop(0)[1])
    total = None if _is_small(group[TOTAL]) else group[TOTAL]
    return {TOTAL: total} | {
        name: None if name in hidden else count for name, count in parts.items()
    }


def _gives_away(parts: Mapping[str, int], hidden: set[str]) -> bool:
    return len(hidden) == 1 or sum(parts[name] for name in hidden) < SMALLEST


# --- Publishing -----------------------------------------------------------------------------
def publish_due_reports() -> int:
    """Publish the figures of every month that is over and has no report yet, in their order.
    For the periodic command: idempotent, safe to run twice at once, catching up. Returns how
    many. Two queries when nothing is due."""
    first = Event.objects.order_by("seq").values_list("at", flat=True).first()
    if first is None:
        return 0
    latest = MonthlyReport.objects.order_by("-month").values_list("month", flat=True).first()
    month = _next(latest) if latest else timezone.localtime(first).date().replace(day=1)
    published = 0
    while month < timezone.localdate().replace(day=1):
        published += _publish(month)
        month = _next(month)
    return published


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _publish(month: date) -> int:
    seq = Event.objects.order_by("-seq").values_list("seq", flat=True)[0]
    figures = figures_of(month, seq)
    try:
        with transaction.atomic():
            MonthlyReport.objects.create(
                month=month, figures=figures, seq=seq, published_at=timezone.now()
            )
    except IntegrityError:
        return 0  # Another process was first.
    return 1
