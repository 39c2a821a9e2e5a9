"""What the one side is shown of the other (TAKEDOWN.md §3, Redaction; PIPL 6).

The contributor gets the claim, the passages and shareable evidence, and for a copyright the name
of the right holder or agent; the claimant gets the statement, shareable evidence and the name.
Nobody gets the other's identity number, telephone, address or e-mail, also where they were
written into a free text.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from moderation.models import UNSHAREABLE, Case, CounterNotice, Evidence, Kind, Party, Statement
from moderation.services.record import FILES

MASK: Final = "〔已隐去〕"
_CONTACTS: Final = re.compile(
    r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"  # E-mail.
    r"|(?<![\dA-Za-z])\d{17}[\dXx](?![\dA-Za-z])"  # Identity card.
    r"|(?<!\d)(?:\+?86[- ]?)?1[3-9]\d(?:[- ]?\d{4}){2}(?!\d)"  # Mobile telephone.
    r"|(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)"  # Telephone.
    # A street with its number, and what stands before and after it.
    r"|(?:[\u4e00-\u9fff]{2,8}[省市区县镇乡])*[\u4e00-\u9fff]{1,8}[路街巷弄道村]\d+(?:弄\d+)?号"
    r"(?:[\dA-Za-z-]*[\u4e00-\u9fff]{0,4}[栋幢座单元室楼层]+\d*)*"
)
# What of a claim's data is passed on, kind by kind, in this order: what the kind asks for.
_CLAIM_FIELDS: Final = {
    Kind.COPYRIGHT: ("work_title", "work_author", "work_source", "explanation", "original_text"),
    Kind.PERSONALITY: ("words", "explanation"),
}
_ANY_CLAIM: Final = ("explanation",)


@dataclass(frozen=True)
class Redacted:
    """A claim or a statement as the other side may read it."""

    name: str
    fields: dict[str, str] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)


def mask(text: str, party: Party | None) -> str:
    """Return a free text without ways to reach people: what looks like a telephone number, an
    e-mail, an identity number or a street with its number, and the party's own telephone and
    address."""
    for own in (party.phone, party.address) if party is not None else ():
        if len(own.strip()) >= 5:
            text = text.replace(own.strip(), MASK)
    return _CONTACTS.sub(MASK, text)


def shareable(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Return the files that their owner let be passed on; never one that proves an identity."""
    return [
        row
        for row in evidence
        if row.is_shareable and row.erased_at is None and row.kind not in UNSHAREABLE
    ]


def claim_for_contributor(case: Case) -> Redacted:
    """Return what the contributor may read of a notice. Two queries."""
    party = case.claimant
    data = case.claim.data if case.claim is not None else {}
    fields = {
        name: mask(str(data[name]), party)
        for name in _CLAIM_FIELDS.get(Kind(case.kind), _ANY_CLAIM)
        if str(data.get(name, "")).strip()
    }
    name = ""
    if case.kind == Kind.COPYRIGHT and party is not None:
        name = party.principal or party.name
    files = Evidence.objects.filter(case=case, party=party)
    return Redacted(name, fields, shareable(files))


def answer_for_reviewer(statement: Statement) -> dict[str, str]:
    """Return an answer as the staff read it: in full."""
    return {key: str(value) for key, value in statement.data.items() if key != FILES}


def counter_for_claimant(counter: CounterNotice) -> Redacted:
    """Return what the claimant may read of a counter-statement. Two queries."""
    party = counter.party
    text = mask(str(counter.statement.data.get("explanation", "")), party)
    files = Evidence.objects.filter(case=counter.item.case, party=party)
    signed = str(counter.statement.data.get("name", "")) or party.name
    return Redacted(signed, {"explanation": text} if text else {}, shareable(files))
