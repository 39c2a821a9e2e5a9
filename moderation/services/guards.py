"""What the table's guards mean, and who may handle cases at all."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.models import Scope, User
from moderation.models import MEASURE_STATES, Case, CaseItem, Kind, Role, State
from moderation.policy import IMMEDIATE, get_policy
from moderation.services.parties import Actor
from moderation.working_days import months_later

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class ChangedMeanwhileError(ValidationError):
    """The case is no longer the version that was read."""

    def __init__(self) -> None:
        super().__init__(
            _("This case has changed meanwhile. Read it as it stands now first."), code="changed"
        )


@dataclass(frozen=True)
class Attempt:
    """A step that somebody wants to take on an item."""

    case: Case
    item: CaseItem
    actor: Actor
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Guard:
    """A condition of a row. One without `refusal` only chooses between rows of one step;
    `is_permission` says that who fails it may not do it at all."""

    holds: Callable[[Attempt], bool]
    refusal: "StrOrPromise" = ""
    is_permission: bool = False


def require_handler(by: User | None) -> None:
    """Raise PermissionDenied unless `by` handles cases (None: the system)."""
    if by is not None and not by.has_perm("moderation.handle_case"):
        raise PermissionDenied("moderation: does not handle cases")


def has_interest(case: Case, item: CaseItem, user: User) -> bool:
    """Say whether a reviewer is a party to the case: the author of the article, or whose address
    is the claimant's."""
    byline = item.article.contributor
    is_author = byline is not None and byline.user_id == user.pk
    party = case.claimant
    is_claimant = party is not None and party.email.lower() == user.email.lower()
    return is_author or is_claimant


def same_target(one: CaseItem, other: CaseItem) -> bool:
    """Say whether two items are about the same of an article: the whole covers its parts."""
    if one.article_id != other.article_id:
        return False
    if Scope.WHOLE in {one.scope, other.scope}:
        return True
    return (one.scope, one.passage, one.picture_id) == (
        other.scope,
        other.passage,
        other.picture_id,
    )


def restored_before(item: CaseItem) -> CaseItem | None:
    """Return an item of the same claimant about the same that was restored after a
    counter-statement; None where there is none. One query."""
    party = item.case.claimant
    if party is None or not party.email:
        return None
    earlier = CaseItem.objects.filter(
        article=item.article,
        state=State.RESTORED,
        case__kind=item.case.kind,
        case__claimant__email__iexact=party.email,
        counters__forwarded_at__isnull=False,
    ).exclude(case=item.case)
    return next((row for row in earlier if same_target(item, row)), None)


def joinable(item: CaseItem) -> list[CaseItem]:
    """Return the items of other cases that an item may be joined to: the same kind about the same
    of the article, with a measure in force or under review. One query."""
    others = CaseItem.objects.filter(
        Q(state__in=MEASURE_STATES) | Q(state__in=[State.REVIEW, State.ANSWERING]),
        article=item.article,
        case__kind=item.case.kind,
        joined_to__isnull=True,
    ).exclude(case=item.case)
    return [row for row in others.select_related("case").order_by("pk") if same_target(item, row)]


def _is_same_claim(attempt: Attempt) -> bool:
    chosen = attempt.details.get("join_to")
    return chosen is not None and chosen in {row.pk for row in joinable(attempt.item)}


def appeal_until(item: CaseItem) -> datetime:
    """Return until when the state of an item may be appealed against (DSA 20). A restoration or a
    lapse that came of itself has its own term, not that of the decision before it."""
    return months_later(item.state_since, get_policy().appeal_months)


def _may_appeal(attempt: Attempt) -> bool:
    """Within six months of the decision; a claimant against a refusal or a restoration, a
    contributor against a measure."""
    item = attempt.item
    if timezone.now() > appeal_until(item):
        return False
    # Once for each side: a dismissed appeal opens no new term for the next.
    if item.appeals.filter(party=attempt.actor.party, is_granted=False).exists():
        return False
    against_measure = item.state in {State.MEASURED, State.UPHELD}
    return against_measure == (attempt.actor.role == Role.CONTRIBUTOR)


def _counter_gaps(attempt: Attempt) -> bool:
    return bool(attempt.details.get("gaps"))


def _has_no_interest(attempt: Attempt) -> bool:
    user = attempt.actor.user
    return user is None or not has_interest(attempt.case, attempt.item, user)


GUARDS: dict[str, Guard] = {
    "has_gaps": Guard(lambda a: bool(a.case.gaps)),
    "is_complete": Guard(lambda a: not a.case.gaps),
    "was_restored_before": Guard(
        lambda a: (
            not a.case.gaps and not a.case.has_new_grounds and restored_before(a.item) is not None
        )
    ),
    "leaves_nothing_unlawful": Guard(
        lambda a: (
            a.case.kind != Kind.ILLEGAL
            or not a.item.measures.filter(lifted_at__isnull=True).exists()
        ),
        gettext_lazy("What was found unlawful does not come back when its report is withdrawn."),
    ),
    "is_first_notice": Guard(
        lambda a: not a.item.was_notified_first,
        gettext_lazy("The contributor was asked once already."),
    ),
    "has_no_interest": Guard(
        _has_no_interest, gettext_lazy("You are a party to this case."), is_permission=True
    ),
    "is_order": Guard(lambda a: a.case.kind == Kind.ORDER),
    "is_same_claim": Guard(
        _is_same_claim, gettext_lazy("Choose a case about the same content to join.")
    ),
    # Who joined it would hear of nothing any more.
    "nobody_joined_it": Guard(
        lambda a: not a.item.joined.exists(),
        gettext_lazy("Other notices were joined to this one. Join the other one to it instead."),
    ),
    "can_be_countered": Guard(
        lambda a: a.case.can_be_countered,
        gettext_lazy("Against this measure only an appeal is possible."),
    ),
    "counter_is_complete": Guard(lambda a: not _counter_gaps(a)),
    "counter_has_gaps": Guard(_counter_gaps),
    "restores_after_wait": Guard(lambda a: get_policy().counter_notice_mode != IMMEDIATE),
    "restores_at_once": Guard(lambda a: get_policy().counter_notice_mode == IMMEDIATE),
    "may_appeal": Guard(
        _may_appeal, gettext_lazy("This decision cannot be appealed against, or not any more.")
    ),
    "is_another_reviewer": Guard(
        lambda a: a.actor.name not in a.item.decided_by.split("+"),
        gettext_lazy("An appeal is decided by somebody who did not take the first decision."),
        is_permission=True,
    ),
    "appeal_is_against_a_measure": Guard(
        lambda a: a.item.appealed_state in {State.MEASURED, State.UPHELD},
        gettext_lazy("This appeal is not against a measure."),
    ),
    "appeal_is_against_a_refusal": Guard(
        lambda a: a.item.appealed_state not in {State.MEASURED, State.UPHELD},
        gettext_lazy("This appeal is against a measure."),
    ),
}
