"""How a notice comes in: submitted, confirmed, completed, withdrawn."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.folding import fold
from articles.html import strip_control, text_of
from articles.models import Article, Picture, Scope, User
from moderation.elements import required
from moderation.models import (
    Case,
    CaseCounter,
    CaseItem,
    Evidence,
    EvidenceKind,
    Kind,
    Party,
    Purpose,
    Role,
    Source,
    State,
    Statement,
    Step,
)
from moderation.policy import RESTORATION, get_policy
from moderation.services.casework import Act, lock_case, take_step
from moderation.services.conduct import is_slow
from moderation.services.evidence import require_room
from moderation.services.guards import require_handler
from moderation.services.parties import (
    SYSTEM,
    Actor,
    claimant,
    give_link,
    require_claimant,
    reviewer,
)
from moderation.services.statements import keep

# What a claim's data hold: elements R, Q and D in the claimant's words.
CLAIM_FIELDS = (
    "explanation", "work_title", "work_author", "work_source", "original_text", "words",
    "data_type", "asked", "signed",
)  # fmt: skip


@dataclass(frozen=True)
class Target:
    """What an item complains of. The article must exist; withheld or withdrawn ones as well, so
    that a notice about them is answered and not lost."""

    article: Article
    scope: Scope = Scope.WHOLE
    passage: str = ""
    picture: Picture | None = None


@dataclass(frozen=True)
class Person:
    """Who complains, as the form has it."""

    name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    principal: str = ""
    is_minor: bool = False


@dataclass(frozen=True)
class Notice:
    """A notice as a form or a letter has it. `claim` holds CLAIM_FIELDS; `evidence` are staged
    files (numbers of Evidence rows without a case)."""

    kind: Kind
    targets: list[Target]
    person: Person
    claim: dict[str, str]
    evidence: list[int] = field(default_factory=list)
    category: str = ""
    has_new_grounds: bool = False
    ip: str | None = None
    user_agent: str = ""
    order_authority: str = ""
    order_number: str = ""
    order_expires_at: datetime | None = None


@dataclass(frozen=True)
class Submitted:
    """A new case, and the token of its private link."""

    case: Case
    token: str
    act: Act


@transaction.atomic
def submit(notice: Notice, *, at: datetime | None = None) -> Submitted:
    """Take a notice in: its case and items wait for the claimant's address to be confirmed; one
    of unlawful content without an address is complete or incomplete at once (TAKEDOWN.md §3, 1
    and 2). About 30 queries.

    Raises ValidationError for an order (staff enter those), for a notice without target,
    declaration or, but for unlawful content, e-mail.
    """
    if notice.kind == Kind.ORDER:
        raise ValidationError(_("Orders are entered by the staff."))
    if not notice.person.email and notice.kind != Kind.ILLEGAL:
        raise ValidationError({"email": _("Give an e-mail address that you read.")})
    if not notice.claim.get("signed", "").strip():
        raise ValidationError({"signed": _("Sign the declaration with your name.")})
    step = Step.SUBMIT if notice.person.email else Step.ENTER
    return _open(notice, step, None, Source.FORM, at or timezone.now())


@transaction.atomic
def enter(
    notice: Notice,
    by: User,
    *,
    source: Source,
    received_at: datetime | None = None,
) -> Submitted:
    """Enter a notice that came by letter or e-mail, or an order (staff). The address counts as
    confirmed: staff have read what came from it. Raises PermissionDenied, ValidationError."""
    require_handler(by)
    return _open(notice, Step.ENTER, by, source, timezone.now(), received_at)


def _open(
    notice: Notice,
    step: Step,
    by: User | None,
    source: Source,
    at: datetime,
    received_at: datetime | None = None,
) -> Submitted:
    if not notice.targets:
        raise ValidationError({"targets": _("Name the article that the notice is about.")})
    case = Case.objects.create(
        number=_next_number(at),
        kind=notice.kind,
        source=source,
        category=notice.category,
        measure_asked=notice.claim.get("asked", "")[:20],
        has_new_grounds=notice.has_new_grounds,
        is_slow=is_slow(notice.person.email),
        received_at=received_at or at,
        order_authority=notice.order_authority,
        order_number=notice.order_number,
        order_expires_at=notice.order_expires_at,
    )
    party = _party(case, notice, at, confirmed=by is not None)
    case.claimant = party
    attach_evidence(case, party, notice.evidence)
    case.claim = _state_claim(case, party, notice, at)
    _add_items(case, notice.targets, at)
    case.gaps = gaps_of(case)
    if step == Step.ENTER and not case.gaps:
        case.complete_at = at
    case.save()
    token = give_link(party)
    actor = reviewer(by) if by is not None else claimant(party)
    act = take_step(case, step, actor, statement=case.claim, at=at)
    return Submitted(act.case, token, act)


def _next_number(at: datetime) -> str:
    """Return the next number of the year, TS-2026-000123. One row is locked for it."""
    year = timezone.localtime(at).year
    CaseCounter.objects.get_or_create(year=year)
    counter = CaseCounter.objects.select_for_update().get(year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return f"TS-{year}-{counter.last:06d}"


def _party(case: Case, notice: Notice, at: datetime, *, confirmed: bool) -> Party:
    person = {key: _line(value) for key, value in asdict(notice.person).items()}
    return Party.objects.create(
        case=case,
        role=Role.CLAIMANT,
        created_at=at,
        confirmed_at=at if confirmed else None,
        ip=notice.ip,
        user_agent=strip_control(notice.user_agent)[:300],
        **person,
    )


def _line(value: Any) -> Any:
    return " ".join(strip_control(value).split()) if isinstance(value, str) else value


def _state_claim(case: Case, party: Party, notice: Notice, at: datetime) -> Statement:
    """Keep a notice's words, and with them who gave it: the record commits to both."""
    data: dict[str, Any] = {name: notice.claim.get(name, "") for name in CLAIM_FIELDS}
    data["identity"] = asdict(notice.person)
    return keep(case, party, Purpose.CLAIM, data, at)


def _add_items(case: Case, targets: Iterable[Target], at: datetime) -> None:
    seen: set[tuple[Any, ...]] = set()
    for target in targets:
        key = (target.article.pk, target.scope, target.passage, target.picture)
        if key in seen:
            continue
        seen.add(key)
        item = CaseItem(
            case=case,
            article=target.article,
            revision=target.article.history.values_list("history_id", flat=True).first() or 0,
            scope=target.scope,
            passage=target.passage.strip(),
            picture=target.picture,
            state="",
            state_since=at,
        )
        item.full_clean(exclude=["state", "case"], validate_constraints=False)
        item.save()


def attach_evidence(case: Case, party: Party, staged: Iterable[int]) -> list[Evidence]:
    """Give staged files to a case. Files that another case has are left alone. At most five
    queries. Raises ValidationError where the party would have more than its limits."""
    rows = Evidence.objects.filter(pk__in=list(staged), case__isnull=True)
    found = list(rows)
    if found:
        require_room(found, party)
    rows.update(case=case, party=party)
    return list(Evidence.objects.filter(pk__in=[row.pk for row in found]))


def gaps_of(case: Case) -> list[str]:
    """Return which elements a case's notice lacks, in the order of the form. It asks whether they
    are there, never whether they are right. At most four queries."""
    party, data = case.claimant, case.claim.data if case.claim is not None else {}
    if party is None:
        return []
    kinds = set(case.evidence.filter(party=party).kept().values_list("kind", flat=True))
    items = case.items.select_related("article")
    return missing_elements(
        Kind(case.kind),
        party,
        data,
        kinds,
        is_precise=all(is_precise(item.article, item.scope, item.passage) for item in items),
        by_form=case.source == Source.FORM,
    )


def missing_elements(
    kind: Kind,
    person: Person | Party,
    claim: Mapping[str, Any],
    evidence: Collection[str],
    *,
    is_precise: bool,
    by_form: bool = True,
) -> list[str]:
    """Return which elements a notice lacks that consists of this, `evidence` being the kinds of
    its files; forms ask it before a notice is sent. No query."""
    has = {
        "I": bool(person.name),
        "C": bool(person.phone) and bool(person.email or not by_form),
        "A": bool(person.address),
        "U": is_precise,
        "R": _has_right(kind, claim),
        "E": bool(set(evidence) & {EvidenceKind.RIGHT.value, EvidenceKind.INFRINGEMENT.value}),
        "Q": bool(claim.get("asked")),
        "D": bool(claim.get("signed")),
        "P": EvidenceKind.AUTHORISATION.value in evidence,
    }
    return [code for code in required(kind, by_agent=bool(person.principal)) if not has[code]]


def _has_right(kind: Kind, data: Mapping[str, Any]) -> bool:
    if not data.get("explanation"):
        return False
    if kind == Kind.COPYRIGHT:
        return all(data.get(name) for name in ("work_title", "work_author", "work_source"))
    if kind == Kind.PERSONALITY:
        return bool(data.get("words"))
    return kind != Kind.PRIVACY or bool(data.get("data_type"))


def is_precise(article: Article, scope: str, passage: str) -> bool:
    """Say whether what is complained of can be found: a passage, in the article as it stands."""
    if scope != Scope.PASSAGE:
        return True
    needle = fold(passage).replace(" ", "")
    return bool(needle) and needle in fold(text_of(article.body)).replace(" ", "")


@transaction.atomic
def confirm(case: Case, party: Party, *, at: datetime | None = None) -> Act:
    """Confirm a claimant's address (by POST with the private link's token). Opens the clock where
    the notice is complete, names every gap at once where it is not, and says so where the same
    was restored before (条例 17). Raises PermissionDenied for anybody but the claimant;
    ValidationError when it was confirmed before."""
    at = at or timezone.now()
    locked, _items = lock_case(case)
    require_claimant(locked, party)
    party.confirmed_at = at
    party.save(update_fields=["confirmed_at"])
    locked.gaps = gaps_of(locked)
    locked.complete_at = at if not locked.gaps else None
    locked.save(update_fields=["gaps", "complete_at"])
    return take_step(locked, Step.CONFIRM, claimant(party), at=at)


@transaction.atomic
def amend(
    case: Case,
    party: Party,
    *,
    person: Person,
    claim: dict[str, str],
    targets: dict[int, Target] | None = None,
    evidence: Iterable[int] = (),
    by: User | None = None,
    at: datetime | None = None,
) -> Act:
    """Complete a notice: by its claimant, or by staff (`by`) for one that came by letter.

    What is given replaces what was there; the e-mail stays. `targets` gives items (by number)
    another passage or picture. The clock of the first decision starts when nothing is missing.
    Raises PermissionDenied; ValidationError where the notice is not waiting to be completed.
    """
    at = at or timezone.now()
    locked, items = lock_case(case)
    require_claimant(locked, party)
    _change_person(party, person)
    notice = Notice(Kind(locked.kind), [], person, claim)
    attach_evidence(locked, party, evidence)
    locked.claim = _state_claim(locked, party, notice, at)
    for item in items:
        if target := (targets or {}).get(item.pk):
            _retarget(item, target)
    locked.gaps = gaps_of(locked)
    locked.complete_at = at if not locked.gaps else None
    locked.measure_asked = claim.get("asked", "")[:20]
    locked.save(update_fields=["claim", "gaps", "complete_at", "measure_asked"])
    actor: Actor = reviewer(by) if by is not None else claimant(party)
    return take_step(locked, Step.AMEND, actor, statement=locked.claim, at=at)


def _change_person(party: Party, person: Person) -> None:
    for name in ("name", "phone", "address", "principal", "is_minor"):
        setattr(party, name, _line(getattr(person, name)))
    party.save(update_fields=["name", "phone", "address", "principal", "is_minor"])


def _retarget(item: CaseItem, target: Target) -> None:
    if item.state != State.INCOMPLETE:
        return
    item.scope, item.picture = target.scope, target.picture
    item.passage = target.passage.strip()
    item.full_clean(exclude=["case"], validate_constraints=False)
    item.save(update_fields=["scope", "passage", "picture"])


@transaction.atomic
def withdraw(
    case: Case, party: Party, *, items: Iterable[int] | None = None, by: User | None = None
) -> Act:
    """Withdraw a notice, or some items of it: by its claimant, or by staff (`by`) for a claimant
    who wrote a letter. Lifts their measures and no others; what others joined is taken up again.
    Raises PermissionDenied; ValidationError where there is nothing to withdraw, where the claimant
    has a page to withdraw on, and where restoring needs a second person (a correction then)."""
    require_claimant(case, party)
    if by is not None and party.email:
        raise ValidationError(_("This claimant has a private page, and withdraws there."))
    if by is not None and get_policy().needs_second(RESTORATION):
        raise ValidationError(
            _("Restoring needs a second person here: choose “Decision corrected” instead.")
        )
    actor: Actor = reviewer(by) if by is not None else claimant(party)
    return take_step(case, Step.WITHDRAW, actor, items=items)


def expire(case: Case, *, at: datetime | None = None) -> Act:
    """Let a notice that nobody confirmed expire (system). Its personal data are erased by
    `erasure.erase_expired`."""
    return take_step(case, Step.EXPIRE, SYSTEM, at=at)
