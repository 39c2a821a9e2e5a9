"""Everything that the page of a case shows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from articles.models import User
from moderation.admin.advice import asked
from moderation.admin.listing import STATE_BADGES, Clock, clock_of
from moderation.admin.words import to_do
from moderation.categories import measure_label
from moderation.elements import COUNTER_ELEMENTS, ELEMENTS, Element
from moderation.models import (
    Announcement,
    Appeal,
    CannedReply,
    Case,
    CaseItem,
    Delivery,
    Event,
    Evidence,
    Happening,
    Kind,
    Letter,
    Measure,
    Party,
    Proposal,
    Purpose,
    Role,
    Sanction,
    SanctionKind,
    State,
    Statement,
    Step,
    Strike,
)
from moderation.reasons import Reason, find_reason, reasons_for
from moderation.services.comparing import Beside, beside
from moderation.services.conduct import sanction_due
from moderation.services.deciding import offered
from moderation.services.guards import joinable
from moderation.services.previewing import recipient_of
from moderation.services.reading import elements_of
from moderation.transitions import rows
from submissions.models import Standing

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

EARLIER_AT_MOST: Final = 20
# What statements hold, in the order in which it is read.
LABELS: Final[dict[str, "StrOrPromise"]] = {
    "text": _("Text"),
    "explanation": _("Explanation"),
    "work_title": _("Original work"),
    "work_author": _("Author of the original work"),
    "work_source": _("Where the original was published or registered"),
    "words": _("Words complained of"),
    "data_type": _("Kind of data"),
    "asked": _("What is asked for"),
    "original_text": _("Text of the original"),
    "passage": _("Passage"),
    "was_fixed": _("The article was changed"),
    "name": _("Name"),
    "phone": _("Telephone"),
    "address": _("Postal address"),
    "signed": _("Signed"),
}
_PERSONAL: Final = {"name", "phone", "address"}


@dataclass(frozen=True)
class Said:
    """A statement in its order. `lines` are (label, text); `gaps` the elements it asks for."""

    statement: Statement
    who: str
    lines: list[tuple[Any, str]]
    gaps: list[Element]


@dataclass(frozen=True)
class ItemView:
    """An item with the article beside it."""

    item: CaseItem
    clock: Clock
    badge: str
    asked: str
    beside: Beside
    measure: Measure | None
    announcement: Announcement | None
    appeal: Appeal | None
    counter_gaps: list[Element]
    reason: Reason | None


@dataclass(frozen=True)
class PartyView:
    """A party and its record. For a claimant earlier notices and sanctions; for a contributor
    their standing and strikes."""

    party: Party
    evidence: list[Evidence]
    earlier: list[CaseItem] = field(default_factory=list)
    sanctions: list[Sanction] = field(default_factory=list)
    sanction_due: SanctionKind | None = None
    standing: Standing | None = None
    strikes: list[Strike] = field(default_factory=list)

    @property
    def due_label(self) -> str:
        return str(self.sanction_due.label) if self.sanction_due is not None else ""


@dataclass(frozen=True)
class LetterView:
    letter: Letter
    recipient: Any
    subject: str
    text: str
    badge: str

    @property
    def needs_hand(self) -> bool:
        return self.letter.delivery in {Delivery.BY_POST, Delivery.FAILED} and bool(
            self.letter.party_id
        )


@dataclass(frozen=True)
class LineView:
    """A line of the record as the staff read it."""

    event: Event
    label: Any
    who: str
    item: CaseItem | None
    reason: Reason | None
    is_internal: bool
    words: str = ""


@dataclass(frozen=True)
class ProposalView:
    proposal: Proposal
    label: Any
    reason: Reason | None
    words: str
    items: list[CaseItem]
    is_void: bool
    is_own: bool


@dataclass(frozen=True)
class Offer:
    """A step that the state allows: for which items, with which reasons."""

    step: Step
    items: list[CaseItem]
    reasons: list[Reason]
    joins: list[tuple[CaseItem, CaseItem]] = field(default_factory=list)


@dataclass
class Dossier:
    """A case as those who decide see it. About 30 queries, and six for each item."""

    case: Case
    items: list[ItemView]
    claim: list[tuple[Any, str]]
    gaps: list[Element]
    statements: list[Said]
    parties: list[PartyView]
    letters: list[LetterView]
    lines: list[LineView]
    proposals: list[ProposalView]
    offers: list[Offer]
    replies: list[CannedReply]

    @property
    def claimant(self) -> PartyView | None:
        return next((v for v in self.parties if v.party.pk == self.case.claimant_id), None)

    @property
    def can_withdraw(self) -> list[CaseItem]:
        """The items that a claimant may withdraw by letter."""
        return [v.item for v in self.items if rows(Step.WITHDRAW, v.item.state)]

    @property
    def waiting_for_proof(self) -> list[CaseItem]:
        return [v.item for v in self.items if v.item.state == State.WAITING]


def items_of(case: Case) -> list[CaseItem]:
    found = case.items.select_related(
        "case__claimant", "article__contributor", "article__category", "picture",
        "joined_to__case",
    )  # fmt: skip
    return list(found.order_by("pk"))


def open_dossier(case: Case, by: User, items: list[CaseItem]) -> Dossier:
    data = case.claim.data if case.claim is not None else {}
    parties = list(case.parties.select_related("account", "contributor").order_by("pk"))
    statements = list(case.statements.select_related("party").order_by("pk"))
    names = _Names(case, parties)
    return Dossier(
        case=case,
        items=[_item_view(item, str(data.get("original_text", ""))) for item in items],
        claim=_lines(data, case.kind, leave_out=_PERSONAL),
        gaps=elements_of(case.gaps),
        statements=[_said(row, case.kind) for row in statements if row.purpose != Purpose.NOTE],
        parties=[_party_view(party, case) for party in parties],
        letters=_letters(case),
        lines=_course(case, items, statements, names),
        proposals=_proposals(case, by, items),
        offers=_offers(case, items),
        replies=list(CannedReply.objects.all()),
    )


# --- Items ----------------------------------------------------------------------------------
def _item_view(item: CaseItem, original: str) -> ItemView:
    counter = item.counters.last()
    gaps = counter.gaps if counter is not None and item.state == State.COUNTER_GAPS else []
    return ItemView(
        item=item,
        clock=clock_of(item),
        badge=STATE_BADGES.get(State(item.state), ""),
        asked=asked(item),
        beside=beside(item, original),
        measure=item.measures.filter(lifted_at__isnull=True).select_related("restriction").first(),
        announcement=item.announcements.filter(ended_at__isnull=True).first(),
        appeal=item.appeals.filter(decided_at__isnull=True).first(),
        counter_gaps=elements_of(gaps, COUNTER_ELEMENTS),
        reason=find_reason(item.reason),
    )


def _offers(case: Case, items: list[CaseItem]) -> list[Offer]:
    """Return the steps that may be taken, in the order of the table, each with its items."""
    by_step: dict[Step, list[CaseItem]] = {}
    for item in items:
        for step in offered(case, item):
            by_step.setdefault(step, []).append(item)
    offers: list[Offer] = []
    for step, able in by_step.items():
        joins = []
        if step == Step.JOIN:
            joins = [(item, target) for item in able for target in joinable(item)]
            if not joins:
                continue
        offers.append(Offer(step, able, reasons_for(step, Kind(case.kind)), joins))
    return offers


# --- What was said --------------------------------------------------------------------------
def _said(row: Statement, kind: str) -> Said:
    who = recipient_of_party(row.party)
    codes = row.data.get("gaps") or []
    known = ELEMENTS | COUNTER_ELEMENTS if row.purpose == Purpose.COUNTER else ELEMENTS
    return Said(row, who, _lines(row.data, kind), elements_of(codes, known))


def recipient_of_party(party: Party | None) -> str:
    if party is None:
        return str(_("Staff"))
    return f"{party.get_role_display()} {party.name or '—'}"


def _lines(data: dict[str, Any], kind: str, leave_out: Iterable[str] = ()) -> list[tuple[Any, str]]:
    shown = {name: str(data.get(name) or "") for name in LABELS if name not in leave_out}
    if asked_for := shown.get("asked"):
        shown["asked"] = str(measure_label(kind, asked_for) or asked_for)
    if shown["was_fixed"]:
        shown["was_fixed"] = str(_("Yes"))
    return [(LABELS[name], text) for name, text in shown.items() if text.strip()]


# --- Parties --------------------------------------------------------------------------------
def _party_view(party: Party, case: Case) -> PartyView:
    evidence = list(party.evidence.order_by("pk"))
    if party.role == Role.CONTRIBUTOR:
        byline = party.contributor
        return PartyView(
            party,
            evidence,
            standing=Standing.objects.filter(contributor=byline).first() if byline else None,
            strikes=list(byline.strikes.select_related("case").order_by("-pk")) if byline else [],
        )
    if not party.email:
        return PartyView(party, evidence)
    same = CaseItem.objects.filter(case__claimant__email__iexact=party.email)
    earlier = same.exclude(case=case).select_related("case", "article").defer("article__body")
    sanctions = Sanction.objects.filter(party__email__iexact=party.email).select_related("case")
    return PartyView(
        party,
        evidence,
        earlier=list(earlier.order_by("-case__received_at", "-pk")[:EARLIER_AT_MOST]),
        sanctions=list(sanctions),
        sanction_due=sanction_due(party.email),
    )


# --- Letters --------------------------------------------------------------------------------
_DELIVERY_BADGES: Final = {
    Delivery.OWED: "wait", Delivery.ARRIVED: "live", Delivery.FAILED: "no",
    Delivery.BY_POST: "fix", Delivery.ON_PAGE: "",
}  # fmt: skip


def _letters(case: Case) -> list[LetterView]:
    found = case.letters.select_related("party", "mail").order_by("-pk")
    return [_letter_view(row) for row in found]


def _letter_view(row: Letter) -> LetterView:
    subject, _blank, text = row.text.partition("\n\n")
    if row.mail is not None:
        subject, text = row.mail.subject, row.mail.message
    return LetterView(
        row, recipient_of(row), subject, text, _DELIVERY_BADGES[Delivery(row.delivery)]
    )


# --- The course of things -------------------------------------------------------------------
_INTERNAL: Final = {
    Happening.TAKEN, Happening.RELEASED, Happening.PROPOSED, Happening.PROPOSAL_DECLINED,
    Happening.APPROVAL_REFUSED, Happening.IDENTITY_VIEWED, Happening.EVIDENCE_VIEWED,
    Happening.NOTED, Happening.HOLD_BEGAN, Happening.HOLD_ENDED,
}  # fmt: skip


class _Names:
    """Who the opaque words of events are."""

    def __init__(self, case: Case, parties: list[Party]) -> None:
        self._parties = {party.actor: party for party in parties}
        events = Event.objects.filter(case_number=case.number)
        self.events = list(events.order_by("seq"))
        numbers = {event.actor[1:] for event in self.events if event.actor.startswith("u")}
        users = User.objects.filter(pk__in=[int(n) for n in numbers if n.isdigit()])
        self._users = {f"u{user.pk}": str(user) for user in users}

    def of(self, event: Event) -> str:
        if event.actor in self._parties:
            return recipient_of_party(self._parties[event.actor])
        return self._users.get(event.actor) or str(Role(event.role).label)


def _course(
    case: Case, items: list[CaseItem], statements: list[Statement], names: _Names
) -> list[LineView]:
    by_pk = {item.pk: item for item in items}
    notes = {row.act: row for row in statements if row.purpose == Purpose.NOTE}
    lines = []
    for event in names.events:
        said = notes.get(event.act)
        lines.append(
            LineView(
                event=event,
                label=_label(event.event),
                who=names.of(event),
                item=by_pk.get(event.item or 0) if len(items) > 1 else None,
                reason=find_reason(event.reason),
                is_internal=event.event in _INTERNAL,
                words=str(said.data.get("text", "")) if said is not None else "",
            )
        )
    return lines


def _label(event: str) -> Any:
    known = dict(Step.choices) | dict(Happening.choices)
    return known.get(event, event)


# --- Proposals ------------------------------------------------------------------------------
def _proposals(case: Case, by: User, items: list[CaseItem]) -> list[ProposalView]:
    found = case.proposals.filter(decided_at__isnull=True).select_related(
        "proposed_by", "statement"
    )
    return [
        ProposalView(
            proposal=row,
            label=to_do(row.step),
            reason=find_reason(str(row.arguments.get("reason", ""))),
            words=str(row.statement.data.get("text", "")) if row.statement is not None else "",
            items=[item for item in items if item.pk in row.arguments.get("items", [])],
            is_void=row.version != case.version,
            is_own=row.proposed_by_id == by.pk,
        )
        for row in found.order_by("pk")
    ]
