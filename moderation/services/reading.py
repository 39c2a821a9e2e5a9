"""A case as one side of it may read it: the course of things, the items with their clocks, what is
missing, what the other side said, and the letters (TAKEDOWN.md §3, Redaction)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from articles.html import picture_keys
from articles.models import Article, Picture, User
from articles.prose import prepare
from articles.services.derive import picture_info
from moderation.course_words import AMEND_AND_ASK, FOR_ONE_SIDE, HAPPENINGS, sentence_of
from moderation.elements import COUNTER_ELEMENTS, ELEMENTS, Element
from moderation.models import (
    Case,
    CaseItem,
    CounterNotice,
    Delivery,
    Event,
    Evidence,
    Happening,
    Letter,
    Party,
    Purpose,
    Role,
    State,
    Statement,
    Step,
)
from moderation.reasons import Reason, find_reason
from moderation.services.clocks import Clock, clock_of, next_line, possible
from moderation.services.parties import Actor, claimant, contributor
from moderation.services.redaction import Redacted, claim_for_contributor, counter_for_claimant

# What goes on before a notice is complete is between the claimant and this site.
_CLAIMANTS_OWN = (State.UNCONFIRMED, State.INCOMPLETE, State.EXPIRED, State.JOINED)
_YOURS, _WAITS, _ENDED_WELL, _ENDED = "fix", "wait", "live", ""


@dataclass(frozen=True)
class Line:
    """A line of the course of a case. `words` are those that this site gave as its reasons;
    `items` are named where not all of the reader's items took part. One without a moment that is
    past is `is_todo`."""

    sentence: str
    at: datetime
    reason: Reason | None = None
    words: str = ""
    gaps: list[Element] = field(default_factory=list)
    items: list[CaseItem] = field(default_factory=list)
    is_now: bool = False
    is_todo: bool = False


@dataclass(frozen=True)
class LetterView:
    """A letter to the reader, and what became of it."""

    subject: str
    text: str
    owed_at: datetime
    settled_at: datetime | None
    delivery: str
    label: str

    @property
    def is_undeliverable(self) -> bool:
        return self.delivery == Delivery.FAILED


@dataclass(frozen=True)
class ItemView:
    """An item as a side reads it. `main` is the one whose clock runs: that of the case which the
    reader's own item was joined to, else the item itself."""

    item: CaseItem
    main: CaseItem
    clock: Clock
    badge: str
    steps: set[Step]
    counter: Redacted | None = None
    counter_at: datetime | None = None
    counter_gaps: list[Element] = field(default_factory=list)

    @property
    def is_joined(self) -> bool:
        return self.item.pk != self.main.pk

    @property
    def can(self) -> set[str]:
        """The names of the steps, for templates."""
        return {step.value for step in self.steps}


@dataclass(frozen=True)
class Dossier:
    """A case as a side reads it."""

    case: Case
    party: Party
    items: list[ItemView]
    course: list[Line]
    letters: list[LetterView]
    gaps: list[Element]
    own_files: list[Evidence]
    claim: Redacted | None = None

    @property
    def state(self) -> ItemView:
        """The item that most asks for attention: the reader's turn, what is due first, else the
        first."""
        return min(
            self.items,
            key=lambda view: (
                not view.clock.is_yours, view.main.due_at is None,
                view.main.due_at.timestamp() if view.main.due_at else 0, view.item.pk,
            ),
        )  # fmt: skip

    @property
    def clocks(self) -> list[tuple[Clock, list[ItemView]]]:
        """The clocks, each once, with the items that it runs for."""
        found: dict[Clock, list[ItemView]] = {}
        for view in self.items:
            found.setdefault(view.clock, []).append(view)
        return list(found.items())

    @property
    def can(self) -> set[str]:
        return {name for view in self.items for name in view.can}

    @property
    def undeliverable(self) -> list[LetterView]:
        return [letter for letter in self.letters if letter.is_undeliverable]


# --- For each side --------------------------------------------------------------------------
def for_claimant(party: Party) -> Dossier:
    """Return a claimant's case. About fifteen queries, and two for each counter-statement."""
    case = party.case
    items = list(_items(case))
    views = [_claimants_item(item, party) for item in items]
    return Dossier(
        case=case,
        party=party,
        items=views,
        course=_course(case, items, Role.CLAIMANT),
        letters=letters_of(party),
        gaps=elements_of(case.gaps),
        own_files=_files_of(party),
    )


def for_contributor(party: Party, by: User) -> Dossier:
    """Return a contributor's case: the items about articles of their own byline. About fifteen
    queries."""
    case = party.case
    items = list(_items(case).filter(article__contributor__user=by))
    return Dossier(
        case=case,
        party=party,
        items=[_contributors_item(item, contributor(party, by)) for item in items],
        course=_course(case, items, Role.CONTRIBUTOR),
        letters=letters_of(party),
        gaps=[],
        own_files=_files_of(party),
        claim=claim_for_contributor(case),
    )


def cases_of(user: User) -> QuerySet[Party]:
    """Return the cases about an account's articles, as the parties that it is in them: only those
    that it was told of, the newest first. One query."""
    told = Party.objects.filter(
        role=Role.CONTRIBUTOR, contributor__user=user, told_at__isnull=False
    )
    return told.select_related("case", "contributor", "account").order_by("-case__pk", "pk")


def open_cases(user: User) -> int:
    """Return how many cases about an account's articles are open. One query."""
    return cases_of(user).filter(case__closed_at__isnull=True).count()


def items_of(parties: Iterable[Party], user: User) -> dict[int, list[ItemView]]:
    """Return the items of several cases that concern an account, by the number of the case. A
    query, and what their clocks ask."""
    by_case = {party.case_id: party for party in parties}
    rows = CaseItem.objects.filter(case__in=by_case, article__contributor__user=user)
    found: dict[int, list[ItemView]] = {pk: [] for pk in by_case}
    for item in rows.select_related("case", "article", "picture").order_by("pk"):
        clock = clock_of(item, Role.CONTRIBUTOR)
        found[item.case_id].append(ItemView(item, item, clock, _badge(item, clock), set()))
    return found


def _items(case: Case) -> QuerySet[CaseItem]:
    related = ("case", "article", "picture", "joined_to__case", "joined_to__article")
    return case.items.select_related(*related).order_by("pk")


def _claimants_item(item: CaseItem, party: Party) -> ItemView:
    main = item.joined_to or item
    actor = claimant(party)
    steps = possible(item, actor)
    if main is not item:
        # Who joined may prove proceedings as well as who came first.
        steps |= possible(main, actor) & {Step.FILE_PROOF}
    clock = clock_of(main, Role.CLAIMANT)
    counter = main.counters.filter(forwarded_at__isnull=False).last()
    return ItemView(
        item=item,
        main=main,
        clock=clock,
        badge=_badge(main, clock),
        steps=steps,
        counter=counter_for_claimant(counter) if counter is not None else None,
        counter_at=counter.forwarded_at if counter is not None else None,
    )


def _contributors_item(item: CaseItem, actor: Actor) -> ItemView:
    clock = clock_of(item, Role.CONTRIBUTOR)
    counter: CounterNotice | None = item.counters.last()
    gaps = counter.gaps if counter is not None and item.state == State.COUNTER_GAPS else []
    return ItemView(
        item=item,
        main=item,
        clock=clock,
        badge=_badge(item, clock),
        steps=possible(item, actor),
        counter_at=counter.received_at if counter is not None else None,
        counter_gaps=elements_of(gaps, COUNTER_ELEMENTS),
    )


def _badge(item: CaseItem, clock: Clock) -> str:
    if clock.is_yours:
        return _YOURS
    if item.state == State.RESTORED:
        return _ENDED_WELL
    return _ENDED if item.is_at_rest else _WAITS


def elements_of(codes: Iterable[str], elements: dict[str, Element] | None = None) -> list[Element]:
    """Return the elements of codes, in their order; codes that are unknown are passed over."""
    known = elements or ELEMENTS
    return [known[code] for code in codes if code in known]


def _files_of(party: Party) -> list[Evidence]:
    return list(Evidence.objects.filter(case__isnull=False, party=party).kept())


# --- The course of things -------------------------------------------------------------------
def _course(case: Case, items: list[CaseItem], side: Role) -> list[Line]:
    """Return what has happened, the oldest first, and what the running terms bring. Two queries,
    one more where items were joined to others."""
    shown = {item.pk: item for item in items}
    events = list(Event.objects.filter(case_number=case.number).order_by("seq"))
    if side == Role.CLAIMANT:
        events += _of_joined(items, events, shown)
        events.sort(key=lambda event: event.seq)
    acts = {event.act for event in events}
    said = Statement.objects.filter(act__in=acts, purpose=Purpose.REASON, erased_at__isnull=True)
    words = {row.act: row for row in said}
    lines: list[Line] = []
    seen: dict[tuple[int, str, str], Line] = {}
    for event in events:
        if not _is_for(event, side, shown):
            continue
        key = (event.act, event.event, event.to_state)
        item = shown.get(event.item or 0)
        if key in seen:
            seen[key].items.extend([item] if item is not None else [])
            continue
        is_own = event.case_number == case.number
        line = _line(event, side if is_own else None, words.get(event.act))
        line.items.extend([item] if item is not None else [])
        seen[key] = line
        lines.append(line)
    return _marked([_without_all(line, len(items)) for line in lines], items)


def _of_joined(
    items: list[CaseItem], events: list[Event], shown: dict[int, CaseItem]
) -> list[Event]:
    """Return what befell the items that others were joined to, since they were. One query."""
    since = {event.item: event.seq for event in events if event.event == Step.JOIN}
    found: list[Event] = []
    wanted = Q()
    for item in items:
        if item.joined_to is not None and item.pk in since:
            shown[item.joined_to.pk] = item
            wanted |= Q(item=item.joined_to.pk, seq__gt=since[item.pk])
    if wanted:
        found = list(Event.objects.filter(wanted).exclude(to_state__in=_CLAIMANTS_OWN))
    return found


def _is_for(event: Event, side: Role, shown: dict[int, CaseItem]) -> bool:
    """Say whether a side reads of an event: its own items', and nothing internal."""
    if event.item is not None and event.item not in shown:
        return False
    if event.event in Step.values:
        return side == Role.CLAIMANT or event.to_state not in _CLAIMANTS_OWN
    known = HAPPENINGS.get(Happening(event.event))
    if known is None or side not in known.sides:
        return False
    return event.item is not None or not known.needs_item


def _line(event: Event, side: Role | None, said: Statement | None) -> Line:
    """Return an event as a line; `side` is None for that of another's notice, of which the reader
    is told what was decided, but not what its claimant alone was told."""
    sentence = sentence_of(event)
    line = Line(sentence, event.at)
    own_side = FOR_ONE_SIDE.get(event.event)
    if own_side is not None and own_side != side:
        return line
    data = said.data if said is not None else {}
    gaps = event.payload.get("gaps") or []
    elements = ELEMENTS if event.event in AMEND_AND_ASK else COUNTER_ELEMENTS
    return Line(
        sentence,
        event.at,
        reason=find_reason(event.reason),
        words=str(data.get("text", "")),
        gaps=elements_of(gaps, elements),
    )


def _without_all(line: Line, number: int) -> Line:
    """Name no items where all took part, or there is but one."""
    if len(line.items) >= number:
        line.items.clear()
    return line


def _marked(lines: list[Line], items: list[CaseItem]) -> list[Line]:
    """Mark where things stand, and add what comes next."""
    mains = [item.joined_to or item for item in items]
    coming: dict[tuple[str, datetime], list[CaseItem]] = {}
    for item, main in zip(items, mains, strict=True):
        upcoming = next_line(main)
        if upcoming is not None:
            coming.setdefault(upcoming, []).append(item)
    todo = [
        Line(what, at, items=named if len(named) < len(items) else [], is_todo=True)
        for (what, at), named in sorted(coming.items(), key=lambda pair: pair[0][1])
    ]
    if lines:
        last = lines[-1]
        lines[-1] = Line(
            last.sentence, last.at, last.reason, last.words, last.gaps, last.items, is_now=True
        )
    return lines + todo


# --- Letters --------------------------------------------------------------------------------
def letters_of(party: Party) -> list[LetterView]:
    """Return the letters to a party, the newest first. One query."""
    rows = Letter.objects.filter(party=party).select_related("mail").order_by("-pk")
    return [_letter_view(row) for row in rows]


def _letter_view(row: Letter) -> LetterView:
    subject, _blank, text = row.text.partition("\n\n")
    if row.mail is not None:
        subject, text = row.mail.subject, row.mail.message
    return LetterView(
        subject=subject or _("A letter whose text is no longer kept"),
        text=text,
        owed_at=row.owed_at,
        settled_at=row.settled_at,
        delivery=row.delivery,
        label=str(row.get_delivery_display()),
    )


# --- The author's own text ------------------------------------------------------------------
def own_text(article: Article) -> str:
    """Return an article's text as its author may read it while it is withheld: nothing left out
    but pictures that are withheld. One query where it shows any."""
    keys = picture_keys(article.body)
    pictures = list(Picture.objects.filter(key__in=keys)) if keys else []
    return prepare(
        article.body,
        {picture.key: picture_info(picture) for picture in pictures},
        withheld_pictures={picture.key for picture in pictures if picture.is_withheld},
    ).html
