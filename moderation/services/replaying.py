"""Reading the record again: what its lines alone say about every item, measure and letter.

`Replay` takes the lines in their order, notes what is wrong with each, and ends with the state that
the database should have. It asks the database nothing, but for what the caller hands it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple

from moderation.models import Happening, Role, State, Step
from moderation.services.record import GENESIS, HASHED, digest
from moderation.transitions import (
    HAPPENING_LETTERS,
    TERMS,
    TRANSITIONS,
    URGENT_KINDS,
    Effect,
    To,
    Transition,
    template_of,
)

_ROWS: Final[dict[tuple[str, str], list[Transition]]] = {}
for _row in TRANSITIONS:
    for _source in _row.sources or ("",):
        _ROWS.setdefault((_row.step.value, str(_source)), []).append(_row)
_HAPPENINGS: Final = {happening.value: happening for happening in Happening}
_ACTORS: Final = {
    Role.SYSTEM.value: "system", Role.REVIEWER.value: "u", Role.CLAIMANT.value: "p",
    Role.CONTRIBUTOR.value: "p",
}  # fmt: skip


class Line(NamedTuple):
    """An event as it stands in the database."""

    seq: int
    at: datetime
    act: int
    case_number: str
    item: int | None
    actor: str
    role: str
    event: str
    from_state: str
    to_state: str
    reason: str
    policy_version: str
    payload: dict[str, Any]
    payload_commit: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong, from which line of the record on."""

    seq: int
    why: str
    case: str = ""
    # Of the chain itself: what else is wrong may follow from it.
    is_broken_link: bool = False


class OwedLetter(NamedTuple):
    """A letter that an act owes."""

    act: int
    template: str
    recipient: str


@dataclass(slots=True)
class ItemNow:
    """An item as the lines so far leave it."""

    case: str
    seq: int = 0
    state: str = ""
    due: datetime | None = None
    timeout: datetime | None = None
    deciders: str = ""
    appealed: str = ""
    article: int = 0
    measure: int = 0
    joined_to: int = 0


@dataclass(frozen=True, slots=True)
class MeasureNow:
    """A measure in force."""

    seq: int
    case: str
    item: int
    article: int
    scope: str
    http_status: int


@dataclass(slots=True)
class Replay:
    """The record, read from its first line. `claimants` maps the number of a case to the number
    of its claimant, `policies` a version to its settings. Hashes are computed from `since` on."""

    claimants: Mapping[str, int]
    policies: Mapping[str, Mapping[str, Any]]
    since: int = 0
    items: dict[int, ItemNow] = field(default_factory=dict)
    measures: dict[int, MeasureNow] = field(default_factory=dict)
    joined: dict[int, set[int]] = field(default_factory=dict)
    letters: dict[OwedLetter, str] = field(default_factory=dict)
    commits: dict[str, tuple[int, str]] = field(default_factory=dict)
    erased: dict[str, set[Any]] = field(default_factory=dict)
    untold: list[tuple[int, int, int]] = field(default_factory=list)
    last_seq: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    end: int = 0
    head: str = GENESIS
    _told: dict[tuple[str, int], int] = field(default_factory=dict)
    _act: list[tuple[Line, Transition | None]] = field(default_factory=list)

    def feed(self, line: Line) -> None:
        """Read the next line."""
        if self._act and line.act != self._act[0][0].seq:
            self.finish_act()
        self._check_link(line)
        row = self._move(line) if line.to_state else None
        self._check_event(line, row)
        self._remember(line)
        self._act.append((line, row))
        self.end, self.head = line.seq, line.hash
        if line.case_number:
            self.last_seq[line.case_number] = line.seq

    def fault(self, line: Line, why: str) -> None:
        self.faults.append(Fault(line.seq, why, line.case_number))

    def _break(self, line: Line, why: str) -> None:
        self.faults.append(Fault(line.seq, why, line.case_number, is_broken_link=True))

    # --- The chain --------------------------------------------------------------------------
    def _check_link(self, line: Line) -> None:
        if line.seq != self.end + 1:
            why = f"line {self.end + 1} is missing, {line.seq} comes next"
            self.faults.append(Fault(self.end + 1, why, is_broken_link=True))
        elif line.prev_hash != self.head:
            self._break(line, "it does not follow from the line before")
        if line.seq < self.since:
            return
        if digest({name: getattr(line, name) for name in HASHED}) != line.hash:
            self._break(line, "its content does not have its hash: it was changed")
        begun = self._act[0][0].seq if self._act else 0
        if line.act not in {line.seq, begun}:
            self.fault(line, "it belongs to an act that did not just begin")

    def _check_event(self, line: Line, row: Transition | None) -> None:
        if line.policy_version not in self.policies:
            self.fault(line, f"the policy {line.policy_version} is not known")
        expected = _ACTORS.get(line.role)
        if expected is None or not line.actor.startswith(expected):
            self.fault(line, f"{line.actor} does not act as {line.role}")
        if not line.to_state and line.event not in _HAPPENINGS:
            self.fault(line, f"nothing is called {line.event}")
        second = line.payload.get("proposed_by")
        if second == line.actor:
            self.fault(line, "who approved it had proposed it")
        if row is not None and row.second and not second and self._needs_second(line, row):
            self.fault(line, "a second person had to approve it, and none did")

    def _needs_second(self, line: Line, row: Transition) -> bool:
        policy = self.policies.get(line.policy_version, {})
        return row.second in policy.get("second_person", ())

    # --- Items ------------------------------------------------------------------------------
    def _move(self, line: Line) -> Transition | None:
        item = self.items.setdefault(line.item or 0, ItemNow(line.case_number))
        if item.state != line.from_state:
            self.fault(
                line, f"item {line.item} was {item.state or 'new'}, not {line.from_state or 'new'}"
            )
        row = _row_of(line, item)
        if row is None:
            self.fault(line, f"{line.event} does not lead to {line.to_state} from there")
        else:
            self._check_move(line, row, item)
            self._affect(line, row, item)
        _note(line, row, item)
        self._join(line, item)
        return row

    def _check_move(self, line: Line, row: Transition, item: ItemNow) -> None:
        if line.role not in {role.value for role in row.roles}:
            self.fault(line, f"{line.event} is not for a {line.role}")
        if row.needs_reason and not (line.reason and line.payload_commit):
            self.fault(line, f"{line.event} needs a reason")
        deciders = {line.actor, line.payload.get("proposed_by")}
        if "is_another_reviewer" in row.guards and deciders & set(item.deciders.split("+")):
            self.fault(line, "who decided before decided on the appeal")
        term = TERMS.get(State(item.state)) if item.state else None
        fires = term is not None and row.step in {term[1], Step.EXPIRE_ORDER}
        if fires and (item.timeout is None or line.at < item.timeout):
            self.fault(line, f"{line.event} came before its time")

    def _affect(self, line: Line, row: Transition, item: ItemNow) -> None:
        payload = line.payload
        item.article = payload.get("article", 0)
        if row.effect == Effect.WITHHOLD:
            if item.measure or not payload.get("measure"):
                self.fault(line, "it names no measure, or a second one")
            item.measure = payload.get("measure", 0)
            self.measures[item.measure] = MeasureNow(
                line.seq, line.case_number, line.item or 0, item.article,
                payload.get("scope", ""), payload.get("http_status", 0),
            )  # fmt: skip
        elif row.effect == Effect.RESTORE:
            if payload.get("lifted", 0) != item.measure:
                self.fault(line, "it lifts another measure than the one in force")
            self.measures.pop(item.measure, None)
            item.measure = 0

    def _join(self, line: Line, item: ItemNow) -> None:
        number = line.item or 0
        self.joined.get(item.joined_to, set()).discard(number)
        item.joined_to = 0
        if line.event == Step.JOIN:
            item.joined_to = line.payload.get("join_to", 0)
            self.joined.setdefault(item.joined_to, set()).add(number)

    # --- What lines say besides -------------------------------------------------------------
    def _remember(self, line: Line) -> None:
        if line.payload_commit:
            self.commits.setdefault(line.payload_commit, (line.seq, line.case_number))
        if not line.to_state and line.item and "due" in line.payload:
            item = self.items.setdefault(line.item, ItemNow(line.case_number))
            item.seq = line.seq
            _set_terms(line, item)
        if line.event == Happening.ERASED:
            for name in ("parties", "statements", "commits", "evidence"):
                self.erased.setdefault(name, set()).update(line.payload.get(name, ()))

    def finish_act(self) -> None:
        """Note which letters the act that ends here owes."""
        by_event: dict[str, list[tuple[Line, Transition | None]]] = {}
        for line, row in self._act:
            by_event.setdefault(line.event, []).append((line, row))
        for lines in by_event.values():
            for to in dict.fromkeys(to for line, row in lines for to in _letters(line, row)):
                self._owe(to, [line for line, _row in lines])
        self._act = []

    def _owe(self, to: To, lines: list[Line]) -> None:
        first = lines[0]
        happening = _HAPPENINGS.get(first.event)
        template = template_of(happening or Step(first.event), to)
        for line in lines:
            for recipient in self._recipients(to, line):
                letter = OwedLetter(self._act[0][0].seq, template, recipient)
                self.letters.setdefault(letter, first.case_number)

    def _recipients(self, to: To, line: Line) -> set[str]:
        if to in {To.STAFF, To.ALERT}:
            is_due = to == To.STAFF or line.payload.get("kind") in URGENT_KINDS
            return {"staff"} if is_due else set()
        if to == To.ACTOR:
            return {line.actor}
        if to == To.CLAIMANT:
            return self._claimants(line)
        party = line.payload.get("contributor")
        told = self._told.get((line.case_number, line.item or 0))
        if party:
            self._told[line.case_number, line.item or 0] = party
            return {f"p{party}"}
        if to == To.CONTRIBUTOR:
            self.fault(line, "it names no contributor to write to")
        elif told is not None:
            self.untold.append((line.seq, line.item or 0, told))
        return set()

    def _claimants(self, line: Line) -> set[str]:
        joined = self.joined.get(line.item, ()) if line.item else ()
        cases = {line.case_number, *(self.items[number].case for number in joined)}
        return {f"p{self.claimants[case]}" for case in cases if case in self.claimants}


def _letters(line: Line, row: Transition | None) -> tuple[To, ...]:
    if row is not None:
        return row.letters
    happening = _HAPPENINGS.get(line.event)
    return HAPPENING_LETTERS.get(happening, ()) if happening is not None else ()


def _row_of(line: Line, item: ItemNow) -> Transition | None:
    """Return the row of the table that a line took; None where it knows none."""
    stays = item.appealed if line.event == Step.APPEAL_DISMISS else line.from_state
    for row in _ROWS.get((line.event, line.from_state), ()):
        if line.to_state == (row.to.value if row.to is not None else stays):
            return row
    return None


def _note(line: Line, row: Transition | None, item: ItemNow) -> None:
    if row is not None and row.is_decision:
        names = [line.payload.get("proposed_by", ""), line.actor]
        item.deciders = "+".join(name for name in names if name)
    if line.event == Step.APPEAL:
        item.appealed = item.state
    item.state, item.seq = line.to_state, line.seq
    _set_terms(line, item)


def _set_terms(line: Line, item: ItemNow) -> None:
    item.due = _moment(line.payload.get("due"))
    item.timeout = _moment(line.payload.get("timeout"))


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
