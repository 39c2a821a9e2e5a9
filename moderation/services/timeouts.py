"""Deadlines act: what the periodic command does when a term is over, and when a letter arrived."""

import logging
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from post_office.models import STATUS

from articles.models import Restriction
from moderation.models import (
    MEASURE_STATES,
    Announcement,
    CaseItem,
    Delivery,
    Happening,
    Letter,
    Measure,
    Role,
    State,
    Step,
)
from moderation.services.casework import lock_case, take_step, timeout_step
from moderation.services.clocks import is_withheld
from moderation.services.deciding import FORWARDED, begin_waits
from moderation.services.happenings import record_happening
from moderation.services.parties import SYSTEM, Actor
from moderation.transitions import To, template_of

log = logging.getLogger(__name__)
# Letters that tell a contributor of a notice; one that cannot be delivered is announced (条例 15).
_TELLING = {
    template_of(Step.MEASURE, To.CONTRIBUTOR),
    template_of(Step.NOTIFY_FIRST, To.CONTRIBUTOR),
    template_of(Step.APPEAL_MEASURE, To.CONTRIBUTOR),
}


def act_on_deadlines() -> int:
    """Fire the steps whose terms are over, in the order in which they fell due. Returns how many.

    For the periodic command: each in its own transaction, asked again under its lock, so that two
    at once do it once; after days of downtime what fell due first is done first. One that fails
    is logged and stops no other.
    """
    due = CaseItem.objects.filter(timeout_at__lte=timezone.now()).order_by("timeout_at", "pk")
    done = 0
    for pk in list(due.values_list("pk", flat=True)):
        try:
            done += _time_out(pk)
        except Exception:
            log.exception("The deadline of item %s failed.", pk)
    return done


@transaction.atomic
def _time_out(pk: int) -> int:
    item = CaseItem.objects.select_related("case").get(pk=pk)
    case, items = lock_case(item.case)
    item = next(row for row in items if row.pk == pk)
    now = timezone.now()
    if item.timeout_at is None or item.timeout_at > now:
        return 0
    step = timeout_step(item)
    # Items of one case that end together are told of in one letter.
    together = [
        row.pk
        for row in items
        if row.timeout_at is not None and row.timeout_at <= now and row.state == item.state
    ]
    take_step(case, step, SYSTEM, items=together, at=now)
    return len(together)


# --- Letters --------------------------------------------------------------------------------
def settle_letters() -> int:
    """Note which letters were handed over, and which could not be; let waiting periods begin.
    Returns how many. For the periodic command: idempotent, safe to run twice at once. One that
    fails is logged and stops no other: waiting periods of others hang on them."""
    # A mail that was erased with its recipient's account will not arrive.
    owed = Letter.objects.filter(
        Q(mail__status__in=[STATUS.sent, STATUS.failed]) | Q(mail__isnull=True),
        delivery=Delivery.OWED,
    )
    settled = 0
    for letter in list(owed.select_related("mail").order_by("pk")):
        has_arrived = letter.mail is not None and letter.mail.status == STATUS.sent
        at = letter.mail.last_updated if letter.mail is not None and has_arrived else timezone.now()
        try:
            settled += settle_letter(letter, at, arrived=has_arrived)
        except Exception:
            log.exception("The delivery of letter %s could not be noted.", letter.pk)
    return settled


@transaction.atomic
def settle_letter(letter: Letter, at: datetime, *, arrived: bool, actor: Actor = SYSTEM) -> int:
    """Note that a letter was handed over at a moment, or that it cannot be delivered (`actor`: by
    whose word). 1 where that was not known before.

    A forwarded counter-statement begins the waiting period either way: the claimant's page shows
    it, and an address that rejects mail must not keep an article away.
    """
    case, _items = lock_case(letter.case)
    row = Letter.objects.select_for_update(of=("self",)).get(pk=letter.pk)
    if row.delivery not in {Delivery.OWED, Delivery.BY_POST} and not (
        row.delivery == Delivery.ARRIVED and not arrived
    ):
        return 0
    row.delivery = Delivery.ARRIVED if arrived else Delivery.FAILED
    row.settled_at = at
    row.save(update_fields=["delivery", "settled_at"])
    happening = Happening.ARRIVED if arrived else Happening.UNDELIVERABLE
    if row.recipient != "staff":
        record_happening(case, happening, actor, payload={"letter": row.pk, "act": row.act})
    if row.template == FORWARDED:
        begin_waits(row, at)
    if not arrived and row.template in _TELLING:
        _announce(row, at)
    return 1


def _announce(letter: Letter, at: datetime) -> None:
    for item in _items_of(letter):
        announce(item, at)


def _items_of(letter: Letter) -> QuerySet[CaseItem]:
    """Return the items of a letter's case whose contributor it is to."""
    byline = letter.party.contributor if letter.party is not None else None
    return CaseItem.objects.filter(case=letter.case, article__contributor=byline)


def announce(item: CaseItem, at: datetime) -> Announcement | None:
    """Publish a redacted notice of an item whose contributor cannot be reached (条例 15). None
    where one stands already, or nothing is withheld or asked any more."""
    if not (is_withheld(item) or item.state == State.ANSWERING):
        return None
    if item.announcements.filter(ended_at__isnull=True).exists():
        return None
    row = Announcement.objects.create(item=item, published_at=at)
    record_happening(
        item.case, Happening.ANNOUNCED, SYSTEM, item=item, payload={"announcement": row.pk}, at=at
    )
    return row


def announce_unreachable() -> int:
    """Announce the items whose contributor has no address at all. For the periodic command: one
    query where there is none."""
    letters = Letter.objects.filter(
        template__in=_TELLING,
        delivery=Delivery.ON_PAGE,
        party__role=Role.CONTRIBUTOR,
        party__contributor=OuterRef("article__contributor"),
        case=OuterRef("case"),
    )
    items = CaseItem.objects.filter(
        Exists(letters),
        state__in=[*MEASURE_STATES, State.ANSWERING, State.APPEALED],
        announcements__isnull=True,
    )
    announced = 0
    for pk in list(items.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            item = CaseItem.objects.select_related("case").get(pk=pk)
            _case, rows = lock_case(item.case)
            item = next(row for row in rows if row.pk == pk)
            announced += announce(item, timezone.now()) is not None
    return announced


# --- Passages -------------------------------------------------------------------------------
def watch_passages() -> int:
    """Tell the staff of withheld passages that an edit has made impossible to find, and note when
    they are found again. Returns how many. For the periodic command; one query when all is well."""
    noted = 0
    for measure in Measure.objects.filter(
        lifted_at__isnull=True, restriction__in=Restriction.objects.filter(scope="passage")
    ).select_related("restriction", "item__case"):
        noted += _watch(measure)
    return noted


@transaction.atomic
def _watch(measure: Measure) -> int:
    located = measure.restriction.is_located
    if located != measure.is_lost:
        return 0
    case, _items = lock_case(measure.item.case)
    row = Measure.objects.select_for_update().get(pk=measure.pk)
    if row.lifted_at is not None or row.is_lost != located:
        return 0
    row.is_lost = not located
    row.save(update_fields=["is_lost"])
    happening = Happening.PASSAGE_FOUND if located else Happening.PASSAGE_LOST
    record_happening(case, happening, SYSTEM, item=measure.item, payload={"measure": row.pk})
    return 1
