"""Random events, legal and not, at random times, from everyone; after each the invariants hold.

The machine submits, confirms, decides, counters, appeals, withdraws, edits, delivers mail or not,
lets time pass and runs the jobs, as claimants, contributors, two reviewers, an editor, a stranger
and the system. The specification's table (TAKEDOWN.md §3) is written down here a second time, and
the calendar too, so that the code is compared with something that is not itself.

STATEFUL_SEED and STATEFUL_EXAMPLES change how it is driven; both are said in the report.
"""

import os
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from post_office.models import STATUS, Email

from articles.models import Article, Category, Contributor, Scope, User
from articles.services.publishing import create_article, publish, revise
from articles.services.taxonomy import save_category, save_contributor
from moderation.models import (
    Case,
    CaseItem,
    CounterNotice,
    Event,
    Evidence,
    EvidenceKind,
    Kind,
    Letter,
    Measure,
    Proposal,
    State,
    Statement,
    Step,
)
from moderation.reasons import reasons_for
from moderation.services import answering, conduct, deciding, erasure, heads, intake, timeouts
from moderation.services.deciding import Decision
from moderation.services.intake import Target
from moderation.services.replaying import Line, Replay
from moderation.services.verifying import verify
from submissions.services.closing import close_account
from tests.moderation.making import CLAIM, COUNTER, RITA, notice, staged

SEED = int(os.environ.get("STATEFUL_SEED", "20261122"))
EXAMPLES = int(os.environ.get("STATEFUL_EXAMPLES", "57"))
SHRINKS = bool(os.environ.get("STATEFUL_SHRINK"))
STEPS = 46
ZONE = ZoneInfo("Asia/Shanghai")
KINDS = [Kind.COPYRIGHT, Kind.PERSONALITY, Kind.PRIVACY, Kind.ILLEGAL, Kind.OTHER]

# --- The specification a second time --------------------------------------------------------
# Reviewers' steps: where they may be taken from, and where they lead.
DECISIONS: dict[str, tuple[set[str], str]] = {
    "request_fix": ({"review"}, "incomplete"),
    "notify_first": ({"review"}, "answering"),
    "measure": ({"review"}, "measured"),
    "refuse": ({"review"}, "refused"),
    "reject": ({"review", "incomplete"}, "rejected"),
    "join": ({"review"}, "joined"),
    "request_counter_fix": ({"counter_review"}, "counter_gaps"),
    "refuse_counter": ({"counter_review"}, "upheld"),
    "forward": ({"counter_review"}, "waiting"),
    "verify_proof": ({"proof_review"}, "litigation"),
    "refuse_proof": ({"proof_review"}, "waiting"),
    "outcome_restore": ({"litigation"}, "restored"),
    "outcome_uphold": ({"litigation"}, "upheld"),
    "correct": ({"measured", "upheld"}, "restored"),
    "appeal_uphold": ({"appealed"}, "upheld"),
    "appeal_restore": ({"appealed"}, "restored"),
    "appeal_dismiss": ({"appealed"}, ""),
    "appeal_measure": ({"appealed"}, "measured"),
}
SECOND = {
    "takedown": {"measure", "appeal_measure"},
    "restoration": {"outcome_restore", "appeal_restore", "correct"},
    "disclosure": {"notify_first", "forward"},
}
AGAINST_MEASURE = {"appeal_uphold", "appeal_restore"}
WITHDRAWABLE = {
    "incomplete", "review", "answering", "measured", "counter_review", "counter_gaps", "waiting",
    "proof_review", "litigation", "appealed", "upheld", "joined",
}  # fmt: skip
WITHHOLDING = {
    "measured", "counter_review", "counter_gaps", "waiting", "proof_review", "litigation", "upheld",
}  # fmt: skip
# The State Council's notices for 2026, and New Year's Day of 2027.
RESTS = [
    ("2026-01-01", 3), ("2026-02-15", 9), ("2026-04-04", 3), ("2026-05-01", 5), ("2026-06-19", 3),
    ("2026-09-25", 3), ("2026-10-01", 7),
]  # fmt: skip
HOLIDAYS = {date.fromisoformat(day) + timedelta(n) for day, count in RESTS for n in range(count)}
MADE_UP = {
    date.fromisoformat(day)
    for day in (
        "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
    )
}  # fmt: skip
STARTS = ["2026-01-30T09:00", "2026-02-13T17:00", "2026-04-03T23:50", "2026-09-24T12:00"]


REFUSED = object()
# What happens, the likelier more often.
LIKELY = [
    *["go_on"] * 22, *["decide"] * 4, *["deliver"] * 3, *["time_passes"] * 3, "confirm", "counter",
    "amend", "answer", "prove", "appeal", "withdraw", "edit", "edit", "jobs", "take", "impose",
    "erase", "decline", "close",
]  # fmt: skip
# What naturally comes next in a state.
NEXT: dict[str, list[str]] = {
    "unconfirmed": ["confirm"], "incomplete": ["amend"], "review": ["decide"],
    "answering": ["answer", "jobs"], "measured": ["counter", "counter", "appeal"],
    "counter_review": ["decide"], "counter_gaps": ["counter"], "proof_review": ["decide"],
    "waiting": ["prove", "deliver", "time_passes"], "litigation": ["decide"],
    "appealed": ["decide"], "upheld": ["appeal"], "refused": ["appeal"], "restored": ["appeal"],
    "rejected": ["appeal"],
}  # fmt: skip


def working_days_after(at: datetime, count: int) -> datetime:
    day = at.astimezone(ZONE).date()
    while count:
        day += timedelta(1)
        if day in MADE_UP or (day.weekday() < 5 and day not in HOLIDAYS):
            count -= 1
    return datetime.combine(day + timedelta(1), time(0), ZONE)


def expected_due(item: CaseItem, mode: str) -> datetime | None:
    """When what the item waits for is due, by TAKEDOWN.md §3 alone."""
    since = item.state_since
    hours = {"illegal": 4, "privacy": 24, "copyright": 24}.get(item.case.kind)
    counter = item.counters.filter(forwarded_at__isnull=False).last()
    arrived = counter.arrived_at if counter is not None else None
    wait = None
    if arrived is not None:
        wait = working_days_after(arrived, 10) if mode == "us" else arrived + timedelta(15)
    first = since + timedelta(hours=hours) if hours else working_days_after(since, 3)
    ends: dict[str, Callable[[], datetime | None]] = {
        "unconfirmed": lambda: since + timedelta(hours=72),
        "incomplete": lambda: working_days_after(since, 10),
        "review": lambda: working_days_after(since, 3) if item.case.is_slow else first,
        "answering": lambda: working_days_after(since, 3),
        "measured": lambda: None if item.is_uncontested else since + timedelta(15),
        "counter_review": lambda: working_days_after(since, 2),
        "counter_gaps": lambda: working_days_after(since, 10),
        "waiting": lambda: wait,
        "proof_review": lambda: working_days_after(since, 2),
        "litigation": lambda: since + timedelta(90),
        "appealed": lambda: working_days_after(since, 10),
    }
    return ends.get(item.state, lambda: None)()


def passage_of(article: Article) -> str:
    """A sentence of this article alone: others are named on its page."""
    return f"{article.title}篇里的这一句话是别人的。"


class World:
    """What every example starts from: made once, and rolled back to."""

    def __init__(self) -> None:
        self.staff = {name: self._user(name, "moderator") for name in ("mona", "max")}
        self.strangers = {"sam": self._user("sam"), "eddie": self._user("eddie", "editor")}
        category = save_category(Category(name="技术", slug="tech"), None)
        self.bylines = {name: self._byline(name) for name in ("carol", "dave")}
        with time_machine.travel("2025-12-01", tick=False):
            self.articles = [
                self._article("甲", self.bylines["carol"], category),
                self._article("乙", self.bylines["carol"], category),
                self._article("丙", self.bylines["dave"], category),
            ]

    def _user(self, name: str, group: str = "") -> User:
        user = User.objects.create_user(f"{name}@example.com", "x", name=name, is_staff=bool(group))
        if group:
            user.groups.add(Group.objects.get(name=group))
        return user

    def _byline(self, name: str) -> Contributor:
        row = Contributor(name=f"{name}的笔名", slug=name, user=self._user(name))
        return save_contributor(row, None)

    def _article(self, title: str, byline: Contributor, category: Category) -> Article:
        body = f"<p>开头的话。</p><p>{passage_of(Article(title=title))}</p><p>结尾的话。</p>"
        row = create_article(None, title=title, body=body, contributor=byline, category=category)
        return publish(row, None)


# What was refused changed nothing, which `attempt` sees to.
changed = precondition(lambda self: self.is_changed)


class Casework(RuleBasedStateMachine):
    """See the module. Each example runs in a savepoint of its own."""

    world: World
    steps = 0
    outcomes: Counter[str] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        cache.clear()
        self.client = Client()
        self.clock: Any = None
        self.mode, self.second = "wait", set[str]()
        self.replay = Replay({}, {})
        self.closed: set[str] = set()
        self.is_changed = True
        self.focus: CaseItem | None = None
        self.touched: set[int] = set()
        self.turn = 0

    def teardown(self) -> None:
        if self.clock is not None:
            self.traveller.stop()
        self.override.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    @initialize(
        start=st.sampled_from(STARTS),
        mode=st.sampled_from(["wait", "wait", "immediate", "us"]),
        second=st.sampled_from([(), (), ("takedown",), ("takedown", "restoration", "disclosure")]),
    )
    def begin(self, start: str, mode: str, second: tuple[str, ...]) -> None:
        from django.conf import settings as site
        from django.test import override_settings

        changed = site.MODERATION | {"COUNTER_NOTICE_MODE": mode, "SECOND_PERSON": list(second)}
        self.override = override_settings(MODERATION=changed)
        self.override.__enter__()
        self.mode, self.second = mode, {step for name in second for step in SECOND[name]}
        self.traveller = time_machine.travel(
            datetime.fromisoformat(start).replace(tzinfo=ZONE), tick=False
        )
        self.clock = self.traveller.start()

    @rule(data=st.data())
    def something_happens(self, data: Any) -> None:
        """One rule, so that what is likely is weighed here and every example has everything."""
        self.is_changed = False
        count = Case.objects.count()
        if count == 0 or (count < 6 and data.draw(st.integers(0, 5)) == 0):
            self.submit(data)
        elif Proposal.objects.filter(decided_at=None).exists() and data.draw(st.booleans()):
            self.approve(data)
        else:
            getattr(self, data.draw(st.sampled_from(LIKELY)))(data)

    def go_on(self, data: Any) -> None:
        """Somebody who may do what naturally comes next with an item, does it."""
        items = [item for item in self.items() if item.state in NEXT]
        if items:
            self.focus = data.draw(st.sampled_from(items))
            getattr(self, data.draw(st.sampled_from(NEXT[self.focus.state])))(data)
            self.focus = None

    def draw_who(self, data: Any, *names: str) -> str:
        """Who does it: anybody, or where a case goes on somebody who may."""
        item = self.focus
        if item is None:
            return str(data.draw(st.sampled_from(names)))
        if item.state in {"refused", "restored", "rejected"}:
            return "claimant"
        if item.state in {"answering", "measured", "counter_gaps", "upheld"}:
            return "dave" if item.article_id == self.world.articles[2].pk else "carol"
        users = {f"u{user.pk}": name for name, user in self.world.staff.items()}
        free = [name for actor, name in users.items() if actor not in item.decided_by.split("+")]
        if item.case.is_claimed:
            return str(users[f"u{item.case.claimed_by_id}"])
        return str(data.draw(st.sampled_from(free or ["mona"])))

    # --- How things are tried -------------------------------------------------------------
    def snapshot(self) -> list[Any]:
        """Everything that a refused event must not have changed."""
        return [
            Event.objects.count(), Letter.objects.count(), Email.objects.count(),
            Statement.objects.count(), Measure.objects.filter(lifted_at=None).count(),
            Evidence.objects.filter(case__isnull=False).count(), Proposal.objects.count(),
            CounterNotice.objects.count(),
            list(CaseItem.objects.order_by("pk").values()),
            list(Case.objects.order_by("pk").values()),
        ]  # fmt: skip

    def attempt(self, name: str, act: Callable[[], Any], *, legal: bool | None = None) -> Any:
        """Do something; what is refused changes nothing. `legal` says what the specification
        thinks of it (None: it depends on what is not modelled here)."""
        type(self).steps += 1
        before = self.snapshot()
        try:
            with transaction.atomic():
                result = act()
        except (PermissionDenied, ValidationError) as refusal:
            if legal:
                raise AssertionError(f"{name} should be possible: {refusal!r}") from refusal
            result = REFUSED
        if result is REFUSED:
            assert self.snapshot() == before, f"{name} was refused, and changed something"
            self.outcomes["refused"] += 1
            return None
        self.is_changed = True
        assert legal is not False, f"{name} should be refused"
        self.outcomes[name] += 1
        return result

    def cases(self) -> list[Case]:
        return list(Case.objects.order_by("pk"))

    def items(self) -> list[CaseItem]:
        return list(CaseItem.objects.select_related("case__claimant", "article").order_by("pk"))

    def pick_item(self, data: Any, *states: str) -> CaseItem:
        """An item, mostly one in these states where there is any."""
        if self.focus is not None:
            return self.focus
        items = self.items()
        fitting = [item for item in items if item.state in states]
        if fitting and data.draw(st.integers(0, 9)):
            items = fitting
        return data.draw(st.sampled_from(items))

    def person(self, name: str) -> User:
        byline = self.world.bylines.get(name)
        user = self.world.staff.get(name) or self.world.strangers.get(name)
        if user is None and byline is not None:
            user = User.objects.filter(pk=byline.user_id).first()
        return user or self.world.strangers["sam"]

    def owns(self, name: str, item: CaseItem) -> bool:
        byline = self.world.bylines.get(name)
        return (
            name not in self.closed
            and byline is not None
            and (Article.objects.get(pk=item.article_id).contributor_id == byline.pk)
        )

    # --- Claimants --------------------------------------------------------------------------
    def submit(self, data: Any) -> None:
        kind = data.draw(st.sampled_from(KINDS))
        count = data.draw(st.sampled_from([1, 1, 1, 2, 3]))
        scope = data.draw(st.sampled_from([Scope.WHOLE, Scope.WHOLE, Scope.PASSAGE]))
        first = data.draw(st.integers(0, 2))
        chosen = [self.world.articles[(first + n) % 3] for n in range(count)]
        targets = [
            Target(row, scope, passage_of(row) if scope == Scope.PASSAGE else "") for row in chosen
        ]
        email = data.draw(st.sampled_from(["rita@example.org", "rolf@example.org"]))
        evidence = [staged().pk] if data.draw(st.integers(0, 3)) else []
        changes = {"person": intake.Person(RITA.name, email, RITA.phone, RITA.address)}
        if kind == Kind.ILLEGAL and data.draw(st.booleans()):
            changes["person"] = intake.Person()
        made = notice(self.world.articles[0], kind, targets=targets, evidence=evidence, **changes)
        self.attempt("submit", lambda: intake.submit(made), legal=True)

    def confirm(self, data: Any) -> None:
        case = self.pick_item(data, "unconfirmed").case
        legal = case.items.filter(state="unconfirmed").exists()
        self.attempt("confirm", lambda: intake.confirm(case, case.claimant), legal=legal)

    def amend(self, data: Any) -> None:
        case = self.pick_item(data, "incomplete").case
        legal = case.items.filter(state="incomplete").exists() and not case.claimant.erased_at
        evidence = [staged().pk] if data.draw(st.integers(0, 3)) else []
        self.attempt(
            "amend",
            lambda: intake.amend(case, case.claimant, person=RITA, claim=CLAIM, evidence=evidence),
            legal=legal,
        )

    def withdraw(self, data: Any) -> None:
        item = self.pick_item(data, *WITHDRAWABLE)
        party = data.draw(st.sampled_from(self.cases())).claimant
        own = party == item.case.claimant and party.erased_at is None
        unlawful = item.case.kind == Kind.ILLEGAL and item.measures.filter(lifted_at=None).exists()
        legal = own and item.state in WITHDRAWABLE and not unlawful
        act = lambda: intake.withdraw(item.case, party, items=[item.pk])  # noqa: E731
        if data.draw(st.integers(0, 2)) or not legal:
            self.attempt("withdraw", act, legal=legal)

    def prove(self, data: Any) -> None:
        item = self.pick_item(data, "waiting")
        party = item.case.claimant if data.draw(st.booleans()) else self.cases()[-1].claimant
        files = [staged(EvidenceKind.PROCEEDINGS).pk] if data.draw(st.booleans()) else []
        co_claimant = item.joined.filter(case=party.case).exists()
        own = party == item.case.claimant and party.erased_at is None
        legal = item.state == "waiting" and bool(files) and own
        self.attempt(
            "prove",
            lambda: answering.file_proof(item, party, "已起诉。", evidence=files),
            legal=None if co_claimant else legal,
        )

    def appeal(self, data: Any) -> None:
        who = self.draw_who(data, "claimant", "other", "carol", "dave", "sam")
        item = self.pick_item(data, "measured", "refused", "rejected", "restored", "upheld")
        against_measure = item.state in {"measured", "upheld"}
        decided = item.state in {"refused", "rejected", "restored", "lapsed"} or against_measure
        legal: bool | None
        if who in {"claimant", "other"}:
            party = item.case.claimant if who == "claimant" else self.cases()[0].claimant
            legal = decided and not against_measure and party == item.case.claimant
            act = lambda: answering.file_appeal(item, "请再看。", party=party)  # noqa: E731
        else:
            by = self.person(who)
            legal = against_measure and self.owns(who, item)
            act = lambda: answering.file_appeal(item, "请再看。", by=by)  # noqa: E731
        # The six months' end is another test's.
        self.attempt("appeal", act, legal=legal and None if legal else False)

    # --- Contributors -----------------------------------------------------------------------
    def answer(self, data: Any) -> None:
        who = self.draw_who(data, "carol", "carol", "dave", "sam", "mona")
        item = self.pick_item(data, "answering")
        legal = item.state == "answering" and self.owns(who, item)
        by = self.person(who)
        act = lambda: answering.answer(item, by, "并非如此。", was_fixed=False)  # noqa: E731
        self.attempt("answer", act, legal=legal)

    def counter(self, data: Any) -> None:
        who = self.draw_who(data, "carol", "carol", "carol", "dave", "sam")
        item = self.pick_item(data, "measured", "counter_gaps")
        legal = item.state in {"measured", "counter_gaps"} and self.owns(who, item)
        legal = legal and item.case.kind != Kind.ILLEGAL
        files = [staged(EvidenceKind.COUNTER).pk] if data.draw(st.integers(0, 2)) else []
        by = self.person(who)
        act = lambda: answering.file_counter(item, by, COUNTER, evidence=files)  # noqa: E731
        self.attempt("counter", act, legal=legal)

    def close(self, data: Any) -> None:
        if self.closed or Case.objects.count() < 3:
            return
        keeps = data.draw(st.booleans())
        user = self.person("dave")
        self.attempt("close", lambda: close_account(user, keeps_byline=keeps), legal=True)
        self.closed.add("dave")

    # --- Reviewers --------------------------------------------------------------------------
    def decide(self, data: Any) -> None:
        who = self.draw_who(data, "mona", "mona", "mona", "max", "max", "max", "sam", "eddie")
        item = self.pick_item(
            data, "review", "counter_review", "proof_review", "litigation", "appealed"
        )
        fitting = [name for name, (sources, _to) in DECISIONS.items() if item.state in sources]
        likely = bool(fitting) and (self.focus is not None or data.draw(st.integers(0, 4)) > 0)
        # Most of the table lies behind these two.
        deeper = [name for name in ("measure", "forward") if name in fitting] * 4
        names = [*fitting, *deeper] if likely else list(DECISIONS)
        name = data.draw(st.sampled_from(names))
        self._decide(data, item, Step(name), who)

    def _decide(self, data: Any, item: CaseItem, step: Step, who: str) -> None:
        case, by = item.case, self.person(who)
        reasons = reasons_for(step, Kind(case.kind))
        joinable = CaseItem.objects.exclude(case=case).values_list("pk", flat=True)
        decision = Decision(
            reason=reasons[0].code if reasons else "",
            text="理由如上。",
            finding=data.draw(st.sampled_from(["", "unfounded", "manifest"]))
            if step in {"refuse", "reject"}
            else "",
            gaps=("E",) if step in {"request_fix", "request_counter_fix"} else (),
            join_to=data.draw(st.sampled_from([None, *joinable])) if step == "join" else None,
        )
        legal = self._may_decide(item, step, who)
        version = case.version + (data.draw(st.integers(0, 9)) == 9)
        if version != case.version:
            legal = False
        act = lambda: deciding.decide(case, by, step, decision, version=version, items=[item.pk])  # noqa: E731
        result = self.attempt(step.value, act, legal=legal)
        if result is not None and step.value not in self.second:
            self._check_result(item, step)

    def _check_result(self, item: CaseItem, step: Step) -> None:
        to = DECISIONS[step][1]
        if step == "forward" and self.mode == "immediate":
            to = "restored"
        now = CaseItem.objects.get(pk=item.pk)
        assert now.state == (to or item.appealed_state), f"{step} led to {now.state}"

    def _may_decide(self, item: CaseItem, step: Step, who: str) -> bool | None:
        taken = item.case.is_claimed and item.case.claimed_by_id != self.person(who).pk
        if who not in self.world.staff or taken or item.state not in DECISIONS[step][0]:
            return False
        if step == "notify_first" and item.was_notified_first:
            return False
        if step.startswith("appeal_"):
            against = item.appealed_state in {"measured", "upheld"}
            by_other = f"u{self.person(who).pk}" not in item.decided_by.split("+")
            if against != (step in AGAINST_MEASURE) or not by_other:
                return False
        if step in {"join", "measure", "appeal_measure"}:  # The passage may have been edited away.
            return None
        return True

    def approve(self, data: Any) -> None:
        who = self.draw_who(data, "mona", "max", "max", "sam")
        rows = list(Proposal.objects.filter(decided_at=None).select_related("case"))
        if not rows:
            return
        row, by = data.draw(st.sampled_from(rows)), self.person(who)
        if row.proposed_by == by:  # Refused, and that it was tried is recorded.
            count = Event.objects.count()
            with pytest.raises(PermissionDenied):
                deciding.approve(row, by)
            type(self).steps += 1
            assert Event.objects.count() == count + 1
            self.is_changed = True
            return
        stale = row.version != row.case.version
        legal = False if stale or who not in self.world.staff else None
        self.attempt("approve", lambda: deciding.approve(row, by), legal=legal)

    def decline(self, data: Any) -> None:
        who = self.draw_who(data, "mona", "max", "eddie")
        row = Proposal.objects.filter(decided_at=None).last()
        if row is None:
            return
        by = self.person(who)
        act = lambda: deciding.decline_proposal(row, by)  # noqa: E731
        self.attempt("decline", act, legal=who in self.world.staff)

    def take(self, data: Any) -> None:
        who = self.draw_who(data, "mona", "max", "sam")
        case, by = data.draw(st.sampled_from(self.cases())), self.person(who)
        free = not case.is_claimed or case.claimed_by_id == by.pk
        act = lambda: deciding.take(case, by, no_interest=True)  # noqa: E731
        self.attempt("take", act, legal=free and who in self.world.staff)
        if who in self.world.staff and data.draw(st.booleans()):
            deciding.give_back(case, by)

    def impose(self, data: Any) -> None:
        case = data.draw(st.sampled_from(self.cases()))
        self.attempt("impose", lambda: conduct.impose(case, self.person("mona")))

    def erase(self, data: Any) -> None:
        who = self.draw_who(data, "mona", "sam")
        case, by = data.draw(st.sampled_from(self.cases())), self.person(who)
        legal = None if who == "mona" and case.closed_at else False
        act = lambda: erasure.erase_party(case.claimant, by)  # noqa: E731
        self.attempt("erase", act, legal=legal)

    # --- The world around -------------------------------------------------------------------
    def edit(self, data: Any) -> None:
        article = Article.objects.get(pk=data.draw(st.sampled_from(self.world.articles)).pk)
        paragraphs = ["开头的话。", passage_of(article), "结尾的话。", "又添了一段。"]
        kept = data.draw(st.lists(st.sampled_from(paragraphs), min_size=1, max_size=5))
        body = "".join(f"<p>{words}</p>" for words in kept)
        self.touched.add(article.pk)
        self.attempt("edit", lambda: revise(article, None, {"body": body}), legal=True)

    def deliver(self, data: Any) -> None:
        fails = data.draw(st.sampled_from([False, False, False, True]))
        owed = Email.objects.exclude(status__in=[STATUS.sent, STATUS.failed])
        owed.update(status=STATUS.failed if fails else STATUS.sent, last_updated=timezone.now())
        self.attempt("settle", timeouts.settle_letters, legal=True)

    def time_passes(self, data: Any) -> None:
        hours = data.draw(st.sampled_from([1, 3, 5, 25, 49, 73, 24 * 8, 24 * 16, 24 * 40]))
        runs = data.draw(st.booleans())
        if timezone.now().date() < date(2026, 12, 1) - timedelta(hours=hours):
            self.clock.move_to(timezone.now() + timedelta(hours=hours))
        if runs:
            self.jobs(data)

    def jobs(self, data: Any) -> None:
        """What the periodic command does, in its order; a second run finds nothing to do."""

        def run() -> None:
            for job in (
                timeouts.settle_letters, timeouts.announce_unreachable, timeouts.act_on_deadlines,
                timeouts.watch_passages, conduct.expire_strikes, erasure.retain, heads.sign_head,
            ):  # fmt: skip
                job()

        self.attempt("jobs", run, legal=True)
        late = CaseItem.objects.filter(timeout_at__lte=timezone.now())
        assert not late.exists(), "a term is over, and nothing acted"
        before = Event.objects.count()
        timeouts.act_on_deadlines()
        assert Event.objects.count() == before

    # --- What always holds ------------------------------------------------------------------
    @changed
    @invariant()
    def the_record_is_right_and_is_what_the_database_says(self) -> None:
        assert verify().faults == []

    @changed
    @invariant()
    def readers_see_what_the_record_says(self) -> None:
        """Of the articles that the last events were about, and of the others in turn."""
        rows = Event.objects.filter(seq__gt=self.replay.end).order_by("seq")
        for row in rows.values_list(*Line._fields):
            self.replay.feed(Line._make(row))
            self.touched.add(row[Line._fields.index("payload")].get("article", 0))
        self.turn = (self.turn + 1) % 3
        self.touched.add(self.world.articles[self.turn].pk)
        for article in self.world.articles:
            if article.pk not in self.touched:
                continue
            mine = [row for row in self.replay.measures.values() if row.article == article.pk]
            whole = [row.http_status for row in mine if row.scope == Scope.WHOLE]
            response = self.client.get(article.get_absolute_url())
            assert response.status_code == (min(whole) if whole else 200)
            if not whole and [row for row in mine if row.scope == Scope.PASSAGE]:
                assert passage_of(article) not in response.content.decode()
        self.touched = set()

    @changed
    @invariant()
    def deadlines_are_those_of_the_specification(self) -> None:
        for item in self.items():
            due = expected_due(item, self.mode)
            assert item.due_at == due, f"{item.state} is due {item.due_at}, not {due}"
            if item.escalated_at is None:
                assert item.timeout_at == due
            elif item.state == State.LITIGATION:
                assert item.timeout_at == item.escalated_at + timedelta(90)
            else:
                assert item.timeout_at is None

    @changed
    @invariant()
    def what_is_withheld_has_a_measure(self) -> None:
        for item in self.items():
            in_force = item.measures.filter(lifted_at=None).count()
            state = item.appealed_state if item.state == State.APPEALED else item.state
            assert in_force == (state in WITHHOLDING), f"{item.state}: {in_force} in force"


@pytest.mark.django_db
@pytest.mark.timeout(900)
def test_random_casework(roles: None, capsys: pytest.CaptureFixture[str]) -> None:
    Casework.world = World()
    Casework.steps, Casework.outcomes = 0, Counter()
    run_state_machine_as_test(
        seed(SEED)(Casework),
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None,
            print_blob=True, suppress_health_check=list(HealthCheck),
            phases=[Phase.generate, *([Phase.shrink] if SHRINKS else [])],
        ),
    )  # fmt: skip
    with capsys.disabled():
        print(f"\ncasework: {Casework.steps} steps, seed {SEED}: {dict(Casework.outcomes)}")
    assert Casework.steps >= 2000 or "STATEFUL_EXAMPLES" in os.environ
