"""How long each state may last."""

from collections.abc import Callable
from datetime import datetime, timedelta

from moderation.models import Case, CaseItem, Kind
from moderation.policy import US, Policy, get_policy
from moderation.transitions import Term
from moderation.working_days import end_of_working_day


def first_decision(case: Case, at: datetime, policy: Policy | None = None) -> datetime:
    """Return by when a complete notice is decided: hours for what hurts at once, working days for
    the rest and for claimants without fast track (TAKEDOWN.md §3, §4)."""
    policy = policy or get_policy()
    hours = {
        Kind.ILLEGAL: policy.illegal_hours,
        Kind.PRIVACY: policy.privacy_hours,
        Kind.COPYRIGHT: policy.copyright_hours,
    }.get(Kind(case.kind))
    if hours is None or case.is_slow:
        return end_of_working_day(at, policy.other_working_days)
    return at + timedelta(hours=hours)


def wait_end(item: CaseItem, arrived_at: datetime, policy: Policy | None = None) -> datetime:
    """Return when a waiting period ends, from the arrival of the forwarded counter-statement
    (民法典 1196; `us`: 10 to 14 business days, 17 U.S.C. 512(g)(2)(C))."""
    policy = policy or get_policy()
    if policy.counter_notice_mode == US:
        return end_of_working_day(arrived_at, policy.us_wait_working_days)
    return arrived_at + timedelta(days=policy.wait_days)


def term_end(term: Term, item: CaseItem, at: datetime) -> datetime | None:
    """Return when a term that begins now ends. None: it is not known yet (the waiting period runs
    from an arrival), or there is none (nothing to contest an order with)."""
    policy = get_policy()
    case = item.case
    if term == Term.WAIT:
        return item.wait_until
    if term == Term.CONTEST:
        return _contest_end(case, at, policy)
    if term == Term.FIRST_DECISION:
        return first_decision(case, at, policy)
    return _FIXED[term](at, policy)


def _contest_end(case: Case, at: datetime, policy: Policy) -> datetime | None:
    if case.kind == Kind.ORDER:
        return case.order_expires_at
    return at + timedelta(days=policy.contest_days)


_FIXED: dict[Term, Callable[[datetime, Policy], datetime]] = {
    Term.CONFIRM: lambda at, policy: at + timedelta(hours=policy.confirm_hours),
    Term.FIX: lambda at, policy: end_of_working_day(at, policy.fix_working_days),
    Term.ANSWER: lambda at, policy: end_of_working_day(at, policy.answer_working_days),
    Term.COUNTER_REVIEW: lambda at, policy: end_of_working_day(
        at, policy.counter_review_working_days
    ),
    Term.PROOF_REVIEW: lambda at, policy: end_of_working_day(at, policy.proof_review_working_days),
    Term.LITIGATION: lambda at, policy: at + timedelta(days=policy.litigation_check_days),
    Term.APPEAL: lambda at, policy: end_of_working_day(at, policy.appeal_working_days),
}
