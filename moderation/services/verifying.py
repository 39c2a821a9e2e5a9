"""Checking that the record can be trusted, and that the database is what it says (TAKEDOWN.md §5).

The lines are read once, in their order (`replaying`); what they lead to is then compared with
every table that came of them. Nothing is changed, and erased data are not missed.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.core.files.storage import storages
from django.db import connection, transaction

from articles.models import Article, Restriction, Scope
from moderation.models import (
    Case,
    CaseItem,
    Event,
    Evidence,
    Letter,
    Measure,
    MonthlyReport,
    Party,
    PolicyVersion,
    SignedHead,
    Statement,
)
from moderation.policy import version_of
from moderation.services.figures import EDITION, figures_of
from moderation.services.heads import as_data, fault_of
from moderation.services.record import FILES, commitment_to
from moderation.services.replaying import Fault, Line, OwedLetter, Replay

Progress = Callable[[int, int], None]
_STEP = 5000


@dataclass(frozen=True)
class Report:
    """What a verification found: how many lines it read, and what is wrong, in their order."""

    lines: int
    faults: list[Fault] = field(default_factory=list)

    @property
    def first(self) -> Fault | None:
        """The first bad line: where the chain breaks if it does, for other faults may follow from
        that."""
        broken = (fault for fault in self.faults if fault.is_broken_link)
        return next(broken, next(iter(self.faults), None))


def verify(
    *,
    case: str = "",
    since: int = 0,
    heads: tuple[Mapping[str, Any], ...] = (),
    progress: Progress | None = None,
) -> Report:
    """Read the whole record and compare the database with it.

    `case` (a number) and `since` (a line) narrow what is reported; before `since` hashes and
    files are taken as right. `heads` are signed heads that were kept elsewhere. The database is
    read as it was at one moment. About twenty queries and a stream of each table: 100,000 lines
    take some seconds; the files of evidence are read as well.
    """
    with _one_moment():
        replay = _replay(since, progress)
        faults = list(replay.faults)
        for check in _CHECKS:
            faults += check(replay)
        faults += _check_heads(replay, heads)
    first = min(since, replay.end + 1)
    faults = [row for row in faults if row.seq >= first and (not case or row.case in {"", case})]
    return Report(replay.end, sorted(set(faults)))


@contextmanager
def _one_moment() -> Iterator[None]:
    """Read everything as it stands at one moment, while others go on writing."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        # Django would begin by taking the lock of writers.
        with connection.cursor() as cursor:
            cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("ROLLBACK")


def _batches(numbers: Iterable[int], size: int) -> Iterator[list[int]]:
    rest = iter(numbers)
    while batch := list(islice(rest, size)):
        yield batch


def _replay(since: int, progress: Progress | None) -> Replay:
    claimants = Case.objects.filter(claimant__isnull=False)
    replay = Replay(
        dict(claimants.values_list("number", "claimant")),
        dict(PolicyVersion.objects.values_list("version", "data")),
        since,
    )
    total = Event.objects.count() if progress else 0
    rows = Event.objects.order_by("seq").values_list(*Line._fields)
    for count, row in enumerate(rows.iterator(chunk_size=_STEP), start=1):
        replay.feed(Line._make(row))
        if progress and count % _STEP == 0:
            progress(count, total)
    replay.finish_act()
    return replay


# --- The chain's end ------------------------------------------------------------------------
def _check_cases(replay: Replay) -> Iterator[Fault]:
    """Cases know their last line: one beyond the end was cut off."""
    for number, last in Case.objects.values_list("number", "last_seq").iterator():
        found = replay.last_seq.get(number, 0)
        if last > replay.end:
            why = f"lines are cut off: the record ends at {replay.end}, but {number} went to {last}"
            yield Fault(replay.end + 1, why, number, is_broken_link=True)
        elif last != found:
            yield Fault(
                min(last, found) or last, f"the last line of {number} is not {last}", number
            )
    known = set(Case.objects.values_list("number", flat=True))
    for number, last in replay.last_seq.items():
        if number not in known:
            yield Fault(last, f"the case {number} is not there", number)


def _check_heads(replay: Replay, given: tuple[Mapping[str, Any], ...]) -> Iterator[Fault]:
    kept = [as_data(head) for head in SignedHead.objects.order_by("day")]
    for head in (*kept, *given):
        seq = head.get("seq", 0)
        known = Event.objects.filter(seq=seq).values_list("hash", flat=True).first()
        if why := fault_of(head, known):
            at = seq if known is not None else min(seq, replay.end + 1)
            yield Fault(at, f"the signed head of {head.get('day')}: {why}")


def _check_policies(replay: Replay) -> Iterator[Fault]:
    for version, data in replay.policies.items():
        if version != version_of(data, version.partition("-")[0]):
            named = Event.objects.filter(policy_version=version).order_by("seq")
            first = named.values_list("seq", flat=True).first() or 0
            yield Fault(first, f"the settings of the policy {version} were changed")


# --- Items and measures ---------------------------------------------------------------------
def _check_items(replay: Replay) -> Iterator[Fault]:
    unread = dict(replay.items)
    fields = ("pk", "case__number", "state", "due_at", "timeout_at", "decided_by", "joined_to")
    for pk, case, *now in CaseItem.objects.values_list(*fields).iterator():
        item = unread.pop(pk, None)
        if item is None:
            yield Fault(replay.last_seq.get(case, 0), f"no line tells of item {pk}", case)
            continue
        told = [item.state, item.due, item.timeout, item.deciders, item.joined_to or None]
        names = ("state", "due date", "next deadline", "decider", "case it joined")
        for name, there, expected in zip(names, now, told, strict=True):
            if there != expected:
                why = f"the {name} of item {pk} is {there or 'none'}, not {expected or 'none'}"
                yield Fault(item.seq, why, case)
    for pk, item in unread.items():
        yield Fault(item.seq, f"item {pk} is not there", item.case)


def _check_measures(replay: Replay) -> Iterator[Fault]:
    """What withholds is what the record says: measures, restrictions, and no others."""
    unread = dict(replay.measures)
    in_force = Measure.objects.filter(lifted_at__isnull=True).select_related("restriction", "item")
    for measure in in_force.iterator():
        told = unread.pop(measure.pk, None)
        number = measure.restriction.reference
        if told is None:
            last = replay.last_seq.get(number, 0)
            yield Fault(last, f"measure {measure.pk} is in force, but no line says so", number)
            continue
        there = measure.restriction
        facts = (there.reference, measure.item_id, there.article_id, there.scope, there.http_status)
        if facts != (told.case, told.item, told.article, told.scope, told.http_status):
            yield Fault(told.seq, f"measure {measure.pk} withholds something else", told.case)
        elif there.lifted_at is not None:
            yield Fault(told.seq, f"what measure {measure.pk} withholds was lifted", told.case)
    for pk, told in unread.items():
        yield Fault(told.seq, f"measure {pk} should be in force, but is not", told.case)
    in_force = Measure.objects.filter(lifted_at__isnull=True)
    loose = Restriction.objects.active().exclude(pk__in=in_force.values("restriction"))
    for reference in loose.values_list("reference", flat=True):
        if reference in replay.last_seq:
            why = f"something is withheld for {reference} without a measure"
            yield Fault(replay.last_seq[reference], why, reference)


def _check_served(replay: Replay) -> Iterator[Fault]:
    """Readers see what the measures in force leave: `visible()` is the door of every page."""
    whole = {row.article: row for row in replay.measures.values() if row.scope == Scope.WHOLE}
    for part in _batches(whole, 500):
        for pk in Article.objects.visible().filter(pk__in=part).values_list("pk", flat=True):
            yield Fault(whole[pk].seq, f"article {pk} is withheld, but visible", whole[pk].case)
    pictures = Restriction.objects.active().filter(
        measure__isnull=False, scope=Scope.IMAGE, picture__is_withheld=False
    )
    for number in pictures.values_list("reference", flat=True):
        yield Fault(replay.last_seq.get(number, 0), "a withheld picture is served", number)
    passages = Restriction.objects.active().filter(scope=Scope.PASSAGE, is_located=True)
    for row in passages.filter(measure__isnull=False).select_related("article"):
        if row.passage in row.article.prose:
            last = replay.last_seq.get(row.reference, 0)
            yield Fault(last, "a withheld passage is shown", row.reference)


# --- Letters --------------------------------------------------------------------------------
def _check_letters(replay: Replay) -> Iterator[Fault]:
    """Every letter that an act owed is there, once, and no other."""
    missing = dict(replay.letters)
    for row in Letter.objects.values_list(
        "act", "template", "recipient", "case__number"
    ).iterator():
        if missing.pop(letter := OwedLetter(*row[:3]), None) is None:
            why = f"the letter {letter.template} to {letter.recipient} was not owed"
            yield Fault(letter.act, why, row[3])
    for letter, case in missing.items():
        yield Fault(
            letter.act, f"the letter {letter.template} to {letter.recipient} is missing", case
        )
    for seq, item, party in replay.untold:
        # A byline that went to somebody else since need not be told.
        if Party.objects.filter(
            pk=party, contributor__articles__case_items=item, contributor__isnull=False
        ).exists():
            yield Fault(seq, "the contributor, who knew of the case, was not told")


# --- What was said and handed in ------------------------------------------------------------
def _check_statements(replay: Replay) -> Iterator[Fault]:
    open_commits = dict(replay.commits)
    for commit in replay.erased.get("commits", ()):
        open_commits.pop(commit, None)
    erased = replay.erased.get("statements", set())
    rows = Statement.objects.values_list("pk", "key", "data", "erased_at", "act", "case__number")
    for pk, key, data, erased_at, act, case in rows.iterator(chunk_size=_STEP):
        if erased_at is None:
            open_commits.pop(commitment_to(key, data), None)
        elif pk not in erased:
            yield Fault(act or 0, f"statement {pk} was erased, but no line says so", case)
    for seq, case in open_commits.values():
        yield Fault(seq, "what was said with it was changed or is not there", case)


def _check_evidence(replay: Replay) -> Iterator[Fault]:
    said: dict[int, tuple[str, int, str]] = {}
    statements = Statement.objects.filter(data__has_key=FILES)
    for data, act, case in statements.values_list("data", "act", "case__number"):
        said |= {int(pk): (digest, act or 0, case) for pk, digest in data[FILES].items()}
    erased = replay.erased.get("evidence", set())
    rows = Evidence.objects.filter(case__isnull=False).select_related("case")
    for row in rows.iterator():
        number = row.case.number if row.case is not None else ""
        promised, seq, case = said.pop(row.pk, (row.sha256, row.act or 0, number))
        if row.erased_at is not None:
            if row.pk not in erased:
                yield Fault(seq, f"evidence {row.pk} was erased, but no line says so", case)
        elif seq >= replay.since and (why := _fault_of_file(row, promised)):
            yield Fault(seq, f"evidence {row.pk}: {why}", case)
    for pk, (_digest, seq, case) in said.items():
        yield Fault(seq, f"evidence {pk} is not there", case)


def _fault_of_file(row: Evidence, promised: str) -> str:
    if row.sha256 != promised:
        return "its hash is not the one that was recorded"
    try:
        with storages["private"].open(row.path) as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return "its file is not there"
    return "" if found == promised else "its file was changed"


def _check_parties(replay: Replay) -> Iterator[Fault]:
    erased = replay.erased.get("parties", set())
    gone = Party.objects.filter(erased_at__isnull=False).exclude(pk__in=erased)
    for pk, case in gone.values_list("pk", "case__number"):
        yield Fault(
            replay.last_seq.get(case, 0), f"party {pk} was erased, but no line says so", case
        )


# --- Published figures ----------------------------------------------------------------------
def _check_reports(replay: Replay) -> Iterator[Fault]:
    """Count the months that were published again, as far as the record went then. Two queries for
    each."""
    for report in MonthlyReport.objects.order_by("month"):
        if report.figures.get("edition") != EDITION:
            continue  # Counted by earlier rules.
        if report.figures != figures_of(report.month, report.seq):
            month = f"{report.month:%Y-%m}"
            yield Fault(report.seq, f"the published figures of {month} are not those of the record")


_CHECKS: tuple[Callable[[Replay], Iterator[Fault]], ...] = (
    _check_cases, _check_policies, _check_items, _check_measures, _check_served, _check_letters,
    _check_statements, _check_evidence, _check_parties, _check_reports,
)  # fmt: skip
