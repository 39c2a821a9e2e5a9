"""What letters say of a case's items: where each stands, by when what happens next."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy, ngettext

from articles.models import Scope
from moderation.elements import COUNTER_ELEMENTS, ELEMENTS, Element
from moderation.models import CaseItem, Kind, State
from moderation.policy import US, Policy
from moderation.services import measures
from moderation.services.guards import appeal_until
from moderation.services.redaction import Redacted

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# How much of a text a letter quotes; the page of the case has all of it.
_QUOTE: Final = 1500
_PASSAGE: Final = 300
_CLAIM_LABELS: Final[dict[str, "StrOrPromise"]] = {
    "work_title": gettext_lazy("Original work"),
    "work_author": gettext_lazy("Author of the original work"),
    "work_source": gettext_lazy("Where the original was published or registered"),
    "words": gettext_lazy("Words complained of"),
    "explanation": gettext_lazy("Explanation"),
    "original_text": gettext_lazy("Text of the original"),
}


@dataclass(frozen=True)
class Line:
    """An item as a letter names it. `measure` is the scope of the measure in force."""

    address: str
    title: str
    passage: str
    is_picture: bool
    measure: str
    is_gone: bool
    since: datetime | None


@dataclass
class Group:
    """Items of a letter that stand at the same, with the same next date."""

    state: str
    label: str
    due: datetime | None
    appeal_until: datetime | None
    is_whole: bool
    joined_state: str
    lines: list[Line]


def line_of(item: CaseItem, *, with_title: bool) -> Line:
    """Return how a letter names an item; its article's title for whoever wrote it. One query."""
    measure = measures.in_force(item)
    return Line(
        address=f"{settings.SITE_URL}{item.article.get_absolute_url()}",
        title=" ".join(item.article.title.split()) if with_title else "",
        passage=Truncator(" ".join(item.passage.split())).chars(_PASSAGE),
        is_picture=item.scope == Scope.IMAGE,
        measure=measure.scope if measure is not None else "",
        is_gone=measure is not None and measure.restriction.http_status == measures.GONE,
        since=measure.taken_at if measure is not None else None,
    )


def groups_of(items: Iterable[CaseItem], lines: Iterable[Line]) -> list[Group]:
    """Return items by where they stand, in their order. One query for each that was joined."""
    found: dict[tuple[str, datetime | None], Group] = {}
    for item, line in zip(items, lines, strict=True):
        main = item.joined_to if item.state == State.JOINED else None
        due = main.due_at if main is not None else item.due_at
        group = found.setdefault(
            (item.state, due),
            Group(
                state=item.state,
                label=str(item.get_state_display()),
                due=due,
                appeal_until=appeal_until(item),
                is_whole=line.measure == Scope.WHOLE,
                joined_state=str(main.get_state_display()) if main is not None else "",
                lines=[],
            ),
        )
        group.lines.append(line)
    return list(found.values())


def gaps_in_words(codes: Iterable[str], *, of_counter: bool = False) -> list[Element]:
    """Return the elements that are missing, as they are explained to who must supply them."""
    known = COUNTER_ELEMENTS if of_counter else ELEMENTS
    return [known[code] for code in codes if code in known]


def lines_of(redacted: Redacted | None) -> list[tuple[str, str]]:
    """Return what may be passed on of the other side's words, with labels, long texts cut."""
    if redacted is None:
        return []
    return [
        (str(_CLAIM_LABELS[name]), Truncator(text.strip()).chars(_QUOTE))
        for name, text in redacted.fields.items()
    ]


def wait_in_words(policy: Policy) -> str:
    """Return how long the waiting period is."""
    if policy.counter_notice_mode == US:
        n = policy.us_wait_working_days
        return ngettext("%(n)s working day", "%(n)s working days", n) % {"n": n}
    n = policy.wait_days
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": n}


def is_still_withheld(items: Iterable[CaseItem]) -> bool:
    """Say whether something else withholds what these items gave back. One query for each."""
    return any(item.article.restrictions.filter(lifted_at__isnull=True).exists() for item in items)


def dated(value: object) -> datetime | None:
    """Return a moment that a payload holds."""
    return datetime.fromisoformat(value) if isinstance(value, str) else None


def first_decision_in_words(kind: Kind, policy: Policy) -> str:
    """Return within which time a complete notice of a kind is decided."""
    hours = {
        Kind.ILLEGAL: policy.illegal_hours,
        Kind.PRIVACY: policy.privacy_hours,
        Kind.COPYRIGHT: policy.copyright_hours,
    }.get(kind)
    if hours is None:
        n = policy.other_working_days
        return ngettext("%(n)s working day", "%(n)s working days", n) % {"n": n}
    return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
