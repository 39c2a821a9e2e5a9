"""Letters: the mails that an act owes, composed and owed as rows in its transaction.

A template a letter, `templates/moderation/mail/<event>_<recipient>.txt`, its first line the
subject; no reporter's text stands in a subject. What a party without e-mail gets goes by post (the
text is kept for the staff to print) or stands on their page alone. Contributors with an account
find it among their notices as well.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import translation
from post_office import mail

from articles.models import User
from articles.services.site import get_site
from moderation import webhook
from moderation.models import (
    Case,
    CaseItem,
    Delivery,
    Event,
    Finding,
    Happening,
    Letter,
    Party,
    Role,
    State,
    Statement,
    Step,
)
from moderation.policy import get_policy
from moderation.reasons import find_reason
from moderation.services import wording
from moderation.services.deadlines import wait_end
from moderation.services.parties import Actor, claimants_of, contributor_party, link_of
from moderation.services.redaction import Redacted, claim_for_contributor, counter_for_claimant
from moderation.transitions import URGENT_KINDS, To, template_of
from submissions.services.notices import tell

STAFF = "staff"


@dataclass(frozen=True)
class Occasion:
    """What a letter is about: an act, the items that it moved, and what was said with it."""

    event: Event
    happening: Step | Happening
    case: Case
    items: list[CaseItem]
    actor: Actor
    statement: Statement | None = None
    reason: str = ""


def recipients(to: To, occasion: Occasion) -> dict[str, tuple[Party | None, list[CaseItem]]]:
    """Return who gets a letter, as recipient → (party, the items that concern them)."""
    found: dict[str, tuple[Party | None, list[CaseItem]]] = {}
    if to == To.STAFF or (to == To.ALERT and occasion.case.kind in URGENT_KINDS):
        return {STAFF: (None, occasion.items)}
    if to == To.ACTOR and occasion.actor.party is not None:
        return {occasion.actor.name: (occasion.actor.party, occasion.items)}
    for item in occasion.items:
        for party in parties_of(to, item):
            found.setdefault(party.actor, (party, []))[1].append(item)
    if not occasion.items and to == To.CLAIMANT and occasion.case.claimant is not None:
        found[occasion.case.claimant.actor] = (occasion.case.claimant, [])
    return found


def parties_of(to: To, item: CaseItem) -> list[Party]:
    """Return which parties of an item's cases a letter is for. At most three queries."""
    if to == To.CLAIMANT:
        return claimants_of(item)
    if to == To.CONTRIBUTOR:
        return [contributor_party(item.case, item.article)]
    if to == To.TOLD:
        told = item.case.parties.filter(role=Role.CONTRIBUTOR, told_at__isnull=False)
        return list(told.filter(contributor=item.article.contributor))
    return []


def contributor_named(tos: Iterable[To], item: CaseItem) -> dict[str, int]:
    """Return what an event keeps of the contributor whom its letters are for: bylines change
    hands, and the record shall say who was to be told. At most three queries."""
    named = [
        party.pk for to in tos if to in {To.CONTRIBUTOR, To.TOLD} for party in parties_of(to, item)
    ]
    return {"contributor": named[0]} if named else {}


def owe(tos: Iterable[To], occasion: Occasion) -> list[Letter]:
    """Owe the letters of an act, each once. Must run in the act's transaction."""
    owed: list[Letter] = []
    for to in tos:
        if to == To.ALERT:
            _alert(occasion)
        template = template_of(occasion.happening, to)
        for name, (party, items) in recipients(to, occasion).items():
            subject, text = compose(template, party, items, occasion)
            owed.append(_owe(template, name, party, occasion, subject, text))
            if party is not None and party.role == Role.CONTRIBUTOR and party.told_at is None:
                party.told_at = occasion.event.at
                party.save(update_fields=["told_at"])
    return owed


def _alert(occasion: Occasion) -> None:
    """Owe the webhook's call for a case with a short clock, where an address is set."""
    case, dues = occasion.case, [item.due_at for item in occasion.items if item.due_at is not None]
    if case.kind in URGENT_KINDS and settings.MODERATION_WEBHOOK_URL:
        due = min(dues).isoformat() if dues else None
        webhook.tell.enqueue(case.number, str(case.kind), due, _link(None, case))


def _owe(
    template: str, name: str, party: Party | None, occasion: Occasion, subject: str, text: str
) -> Letter:
    letter = Letter(
        case=party.case if party is not None else occasion.case,
        act=occasion.event.act,
        party=party,
        recipient=name,
        template=template,
        owed_at=occasion.event.at,
    )
    addresses = _addresses(party)
    if addresses:
        letter.mail = mail.send(
            addresses,
            settings.DEFAULT_FROM_EMAIL,
            subject=subject,
            message=text,
            headers={"Auto-Submitted": "auto-generated"},
        )
    else:
        letter.text = f"{subject}\n\n{text}"
        by_post = party is not None and bool(party.address)
        letter.delivery = Delivery.BY_POST if by_post else Delivery.ON_PAGE
        letter.settled_at = None if by_post else letter.owed_at
    letter.save()
    if party is not None and party.role == Role.CONTRIBUTOR and party.account is not None:
        _mark(party.account, letter, subject)
    return letter


def _mark(account: User, letter: Letter, subject: str) -> None:
    """Put the letter's subject among what the contributor has not read on the site."""
    sentence = subject.removeprefix(f"【{get_site().name}】")
    tell(account, sentence, f"/me/cases/{letter.case.number}/", at=letter.owed_at)


def _addresses(party: Party | None) -> list[str]:
    if party is None:
        return staff_addresses()
    if party.account is not None:
        return [party.account.email]
    return [party.email] if party.email else []


def staff_addresses() -> list[str]:
    """Return where the staff are told: who handles cases; where nobody was given that, the site's
    address for reports. At most two queries."""
    granted = Permission.objects.filter(
        content_type__app_label="moderation", codename="handle_case"
    )
    users = User.objects.filter(
        Q(groups__permissions__in=granted) | Q(user_permissions__in=granted),
        is_active=True,
        is_staff=True,
    )
    found = sorted(set(users.values_list("email", flat=True)))
    return found or [get_site().takedown_email]


def compose(
    template: str, party: Party | None, items: list[CaseItem], occasion: Occasion
) -> tuple[str, str]:
    """Return a letter's subject and text, in the site's language."""
    site = get_site()
    with translation.override(settings.LANGUAGE_CODE):
        context = _context(party, items, occasion) | {"site": site}
        text = render_to_string(f"moderation/mail/{template}.txt", context).strip()
    subject, _newline, message = text.partition("\n")
    message = re.sub(r"\n{3,}", "\n\n", message.strip())
    return f"【{site.name}】{' '.join(subject.split())}"[:200], f"{message}\n"


def _context(party: Party | None, items: list[CaseItem], occasion: Occasion) -> dict[str, Any]:
    """What templates may use. The other side's words come redacted; `data` are the recipient's
    own, or the staff's."""
    case = party.case if party is not None else occasion.case
    said = occasion.statement
    is_own = said is not None and (said.party is None or party is None or said.party_id == party.pk)
    is_contributor = party is not None and party.role == Role.CONTRIBUTOR
    claim = claim_for_contributor(occasion.case) if is_contributor else None
    return _standing(items, occasion, is_contributor=is_contributor) | {
        "case": case,
        "number": case.number,
        "main_number": occasion.case.number,
        "is_joined": case.pk != occasion.case.pk,
        "is_contributor": is_contributor,
        "party": party,
        "name": party.name if party is not None else "",
        "event": occasion.event,
        "reason": find_reason(occasion.reason),
        "item_reason": occasion.reason,
        "data": said.data if said is not None and is_own else {},
        "claim": claim,
        "claim_lines": wording.lines_of(claim),
        "counters": [] if is_contributor else _counters(items),
        "policy": get_policy(),
        "wait_words": wording.wait_in_words(get_policy()),
        "link": _link(party, case),
        "address": f"{settings.SITE_URL}/report/",
    }


def _standing(items: list[CaseItem], occasion: Occasion, *, is_contributor: bool) -> dict[str, Any]:
    """Where the items stand, and what that leads to."""
    lines = [wording.line_of(item, with_title=is_contributor) for item in items]
    payload = occasion.event.payload
    count = payload.get("count") or 0
    latest = items[0].counters.last() if items and is_contributor else None
    codes = latest.gaps if latest is not None else occasion.case.gaps
    return {
        "lines": lines,
        "groups": wording.groups_of(items, lines),
        "gaps": wording.gaps_in_words(codes, of_counter=is_contributor),
        "is_restored": bool(items) and all(item.state == State.RESTORED for item in items),
        "is_still_withheld": wording.is_still_withheld(items) if is_contributor else False,
        "is_manifest": any(item.finding == Finding.MANIFEST for item in items),
        "earliest": wait_end(items[0], occasion.event.at) if items else None,
        "suspended_until": wording.dated(payload.get("suspended_until")),
        "needs_review": count >= get_policy().strikes_to_review,
    }


def _counters(items: list[CaseItem]) -> list[tuple[str, Redacted, list[tuple[str, str]]]]:
    """Return the latest counter-statement of each item, once where several say the same: which
    article it is about where there are several, what the claimant may read, and its lines."""
    found: list[tuple[str, Redacted, list[tuple[str, str]]]] = []
    for item in items:
        latest = item.counters.last()
        said = counter_for_claimant(latest) if latest is not None else None
        if said is not None and said not in [row[1] for row in found]:
            address = f"{settings.SITE_URL}{item.article.get_absolute_url()}"
            found.append((address, said, wording.lines_of(said)))
    return found if len(found) > 1 else [("", *row[1:]) for row in found]


def _link(party: Party | None, case: Case) -> str:
    """Return where the recipient reads the case."""
    if party is None:
        return f"{settings.SITE_URL}/admin/moderation/case/{case.pk}/change/"
    if party.role == Role.CONTRIBUTOR:
        return f"{settings.SITE_URL}/me/cases/{case.number}/"
    return link_of(party)
