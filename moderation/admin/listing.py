"""The rows of the queue: by what it is narrowed, and what a row says."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.models import User
from moderation.models import OPEN_STATES, CaseItem, Kind, Proposal, State
from moderation.services import queue
from moderation.services.clocks import moment, time_left
from moderation.services.guards import has_interest

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Rows = QuerySet[CaseItem]

SHOWS: Final[dict[str, "StrOrPromise"]] = {
    "waiting": gettext_lazy("Waiting for us"),
    "overdue": gettext_lazy("Overdue"),
    "urgent": gettext_lazy("Urgent"),
    "mine": gettext_lazy("Taken by me"),
    "proposals": gettext_lazy("For a second person"),
    "others": gettext_lazy("Waiting for others"),
    "post": gettext_lazy("To be posted"),
    "undeliverable": gettext_lazy("Undeliverable"),
    "closed": gettext_lazy("Closed"),
    "all": gettext_lazy("All"),
}
# Lists of work: a line is an article there, whatever the number of reports.
_GROUPED: Final = ("waiting", "overdue", "urgent", "others")
STATE_BADGES: Final = {
    State.REVIEW: "wait",
    State.COUNTER_REVIEW: "wait",
    State.PROOF_REVIEW: "wait",
    State.APPEALED: "wait",
    State.INCOMPLETE: "fix",
    State.COUNTER_GAPS: "fix",
    State.ANSWERING: "fix",
    State.MEASURED: "no",
    State.UPHELD: "no",
    State.WAITING: "no",
    State.LITIGATION: "no",
    State.RESTORED: "live",
}


class NarrowForm(forms.Form):
    """What the queue is narrowed by. Whatever is not understood narrows nothing."""

    show = forms.ChoiceField(choices=list(SHOWS.items()), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("kind"),
        required=False,
        choices=[("", gettext_lazy("All kinds")), *Kind.choices],
    )
    state = forms.ChoiceField(
        label=gettext_lazy("state"),
        required=False,
        choices=[("", gettext_lazy("All states")), *State.choices],
    )
    article = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    q = forms.CharField(
        label=gettext_lazy("Search"),
        required=False,
        max_length=100,
        help_text=gettext_lazy(
            "The number of a case or an article, or the claimant's name or e-mail."
        ),
    )


@dataclass(frozen=True)
class Narrowing:
    show: str = "waiting"
    kind: str = ""
    state: str = ""
    article: int | None = None
    q: str = ""

    @property
    def is_grouped(self) -> bool:
        return self.show in _GROUPED and self.article is None and not self.q


def read_narrowing(data: QueryDict) -> Narrowing:
    form = NarrowForm(data)
    form.is_valid()
    given = {name: value for name, value in form.cleaned_data.items() if value}
    if {"q", "article", "state"} & given.keys() and "show" not in given:
        given["show"] = "all"
    return Narrowing(**given)


def rows_of(chosen: Narrowing, by: User) -> Rows:
    """Return the items of the queue as it is narrowed, in its order."""
    rows = _shown(chosen.show, by)
    if chosen.kind:
        rows = rows.filter(case__kind=chosen.kind)
    if chosen.state:
        rows = rows.filter(state=chosen.state)
    if chosen.article:
        rows = rows.filter(article=chosen.article)
    if chosen.q:
        rows = _found(rows, chosen.q.strip(), by)
    if chosen.show in {"closed", "all"}:
        rows = rows.order_by("-case__received_at", "-pk")
    elif chosen.is_grouped:
        rows = queue.by_article(rows)
    else:
        rows = queue.in_order(rows)
    return rows.select_related("case__claimant", "case__claimed_by", "article__contributor").defer(
        "article__body", "article__prose"
    )


def _shown(show: str, by: User) -> Rows:
    rows = CaseItem.objects.all()
    now = timezone.now()
    at_rest = Q(state=State.MEASURED, is_uncontested=True)
    found = {
        "overdue": lambda: queue.overdue(rows),
        "urgent": lambda: queue.urgent(rows),
        "mine": lambda: rows.filter(case__claimed_by=by, case__claimed_until__gt=now),
        "proposals": lambda: rows.filter(case__in=queue.open_proposals().values("case")),
        "others": lambda: (
            rows.filter(state__in=OPEN_STATES)
            .exclude(at_rest)
            .exclude(pk__in=queue.waiting().values("pk"))
        ),
        "post": lambda: rows.filter(case__in=queue.letters_to_post().values("case")),
        "undeliverable": lambda: rows.filter(case__in=queue.undeliverable_letters().values("case")),
        "closed": lambda: rows.filter(case__closed_at__isnull=False),
        "all": lambda: rows,
    }
    return found.get(show, lambda: queue.waiting(rows))()


def _found(rows: Rows, sought: str, by: User) -> Rows:
    """Find a case's or an article's number, or the claimant's name or e-mail. What somebody's own
    cases hold of the other side is not searched for them."""
    named = Q(case__number__icontains=sought)
    if sought.isascii() and sought.isdigit() and len(sought) < 18:
        named = Q(article=int(sought)) | Q(case__number__endswith=f"-{int(sought):06d}")
    of_claimant = Q(case__claimant__email__icontains=sought) | Q(
        case__claimant__name__icontains=sought
    )
    own = Q(article__contributor__user=by)
    return rows.filter(named | (of_claimant & ~own))


# --- What a row says ------------------------------------------------------------------------
@dataclass(frozen=True)
class Clock:
    """When something is due, in words: `kind` is the badge's, `word` says it without colour."""

    word: str
    until: str
    kind: str = ""


def clock_of(item: CaseItem, now: datetime | None = None) -> Clock:
    """Return an item's clock for the staff. No query."""
    now = now or timezone.now()
    if item.due_at is None:
        since = _("since %(when)s") % {"when": moment(item.state_since)}
        return Clock(since, "")
    until = moment(item.due_at)
    if item.is_overdue:
        return Clock(
            _("overdue for %(time)s") % {"time": time_left(now + (now - item.due_at), now) or "—"},
            _("was due %(when)s") % {"when": until},
            "no",
        )
    left = time_left(item.due_at, now)
    if not left:
        return Clock(_("the term is over"), until)
    soon = item.waits_for_staff and (item.due_at - now).total_seconds() < 4 * 3600
    word = _("%(time)s left") % {"time": left}
    return Clock(word, _("due %(when)s") % {"when": until}, "fix" if soon else "")


@dataclass(frozen=True)
class Row:
    item: CaseItem
    clock: Clock
    badge: str
    count: int
    is_party: bool
    is_mine: bool
    has_proposal: bool


def row_views(items: list[CaseItem], by: User) -> list[Row]:
    """Return what the queue shows of items. One query."""
    cases = {item.case_id for item in items}
    proposed: set[int] = set(
        Proposal.objects.filter(pk__in=queue.open_proposals(), case__in=cases).values_list(
            "case", flat=True
        )
    )
    return [
        Row(
            item=item,
            clock=clock_of(item),
            badge=STATE_BADGES.get(State(item.state), ""),
            count=getattr(item, "in_group", 1),
            is_party=has_interest(item.case, item, by),
            is_mine=item.case.is_claimed and item.case.claimed_by_id == by.pk,
            has_proposal=item.case_id in proposed,
        )
        for item in items
    ]
