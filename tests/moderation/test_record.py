"""The record is appended to, never changed, in one order, whoever writes at once."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from articles.models import Article, Contributor, Restriction, User
from moderation.models import Case, Event, Happening, Letter, Measure, Role, State, Step
from moderation.services import deciding, intake, timeouts
from moderation.services.deciding import Decision
from moderation.services.happenings import record_happening
from moderation.services.parties import SYSTEM
from moderation.services.record import GENESIS, HASHED, append, canonical, hash_of, stamp
from tests.moderation.making import decided, submitted, under_review
from tests.submissions.test_reviewing_concurrency import at_once, refused

REFUSED = "append-only"
TABLE = "moderation_event"


def assert_one_chain() -> None:
    """No gap, no fork, every hash right, every case knowing its last line."""
    previous = GENESIS
    last: dict[str, int] = {}
    for expected, event in enumerate(Event.objects.order_by("seq"), start=1):
        assert event.seq == expected
        assert event.prev_hash == previous
        assert event.hash == hash_of(event)
        previous = event.hash
        if event.case_number:
            last[event.case_number] = event.seq
    assert dict(Case.objects.values_list("number", "last_seq")) == last


# --- Append-only ----------------------------------------------------------------------------
def try_all(seq: int) -> dict[str, Callable[[], Any]]:
    def sql(statement: str) -> Callable[[], Any]:
        return lambda: connection.cursor().execute(statement)

    event = Event.objects.get(seq=seq)
    copy = "seq, at, act, case_number, item, actor, role, event, from_state, to_state, reason,"
    copy += "policy_version, payload, payload_commit, prev_hash, hash"
    tries: dict[str, Callable[[], Any]] = {
        "save": event.save,
        "save of a field": lambda: event.save(update_fields=["reason"]),
        "update": lambda: Event.objects.filter(seq=seq).update(reason="x"),
        "bulk update": lambda: Event.objects.bulk_update([event], ["actor"]),
        "delete": event.delete,
        "delete of all": lambda: Event.objects.all().delete(),
        "raw update": sql(f"UPDATE {TABLE} SET actor = 'u9' WHERE seq = {seq}"),
        "raw delete": sql(f"DELETE FROM {TABLE} WHERE seq = {seq}"),
    }
    if connection.vendor == "postgresql":
        tries["truncate"] = sql(f"TRUNCATE {TABLE}")
        tries["upsert"] = sql(
            f"INSERT INTO {TABLE} SELECT * FROM {TABLE} ON CONFLICT (seq) DO UPDATE SET act = 9"
        )
    else:
        again = f"INTO {TABLE} ({copy}) SELECT {copy} FROM {TABLE} WHERE seq = {seq}"
        tries["replace"] = sql(f"REPLACE {again}")
        tries["insert or replace"] = sql(f"INSERT OR REPLACE {again}")
        tries["replace by hash"] = sql(
            f"INSERT OR REPLACE INTO {TABLE} ({copy}) SELECT seq + 1000, {copy[5:]} FROM {TABLE}"
        )
        tries["update or replace"] = sql(f"UPDATE OR REPLACE {TABLE} SET seq = 2 WHERE seq = {seq}")
    return tries


@pytest.mark.django_db
@pytest.mark.parametrize(
    "how",
    [
        "save", "save of a field", "update", "bulk update", "delete", "delete of all",
        "raw update", "raw delete", "truncate", "upsert", "replace", "insert or replace",
        "replace by hash", "update or replace",
    ],
)  # fmt: skip
def test_a_line_cannot_be_changed_or_removed(article: Article, how: str) -> None:
    submitted(article)
    before = list(Event.objects.values())
    attempt = try_all(1).get(how)
    if attempt is None:
        pytest.skip(f"{connection.vendor} has no such statement")
    with pytest.raises(IntegrityError, match=REFUSED), transaction.atomic():
        attempt()
    assert list(Event.objects.values()) == before


@pytest.mark.django_db
def test_a_line_is_written_in_the_transaction_of_its_change(article: Article) -> None:
    case = submitted(article).case

    def fail_afterwards() -> None:
        with transaction.atomic():
            record_happening(case, Happening.NOTED, SYSTEM)
            raise LookupError

    with pytest.raises(LookupError):
        fail_afterwards()
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_line_outside_a_transaction_is_refused() -> None:
    with pytest.raises(RuntimeError):
        append(Happening.NOTED, "system", Role.SYSTEM)


# --- Hashes ---------------------------------------------------------------------------------
OTHER: dict[str, Any] = {
    "seq": 7, "at": datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC), "act": 9, "case_number": "TS-1",
    "item": None, "actor": "u1", "role": "system", "event": "refuse", "from_state": "review",
    "to_state": "refused", "reason": "other", "policy_version": "1-x", "payload": {"due": None},
    "payload_commit": "0" * 64, "prev_hash": "1" * 64,
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("name", HASHED)
def test_the_hash_covers_every_field(article: Article, name: str) -> None:
    submitted(article)
    event = Event.objects.get()
    assert getattr(event, name) != OTHER[name]
    setattr(event, name, OTHER[name])
    assert hash_of(event) != event.hash


def test_no_field_is_left_out_of_the_hash() -> None:
    assert {field.name for field in Event._meta.fields} - {"hash"} == set(HASHED) == set(OTHER)


def test_equal_data_are_the_same_bytes() -> None:
    one = {"b": [1, 2], "a": "题", "c": {"y": None, "x": True}}
    other = json.loads(json.dumps({"c": {"x": True, "y": None}, "a": "题", "b": [1, 2]}))
    assert canonical(one) == canonical(other)
    assert canonical(one) == '{"a":"题","b":[1,2],"c":{"x":true,"y":null}}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))


def test_canonical_bytes_do_not_depend_on_the_process() -> None:
    data = {name: number for number, name in enumerate("施工图纸abcxyz")}
    line = f"import json,sys;d={data!r};sys.stdout.buffer.write(json.dumps("
    line += "d,sort_keys=True,ensure_ascii=False,separators=(',',':')).encode())"
    for seed in ("0", "1", "2"):
        made = subprocess.run(
            [sys.executable, "-c", line], env={"PYTHONHASHSEED": seed}, capture_output=True,
            check=True,
        )  # fmt: skip
        assert made.stdout == canonical(data)


def test_moments_are_hashed_in_utc() -> None:
    at = datetime(2026, 11, 22, 8, 30, 0, 5, tzinfo=timezone.get_default_timezone())
    assert stamp(at) == stamp(at.astimezone(UTC)) == "2026-11-22T00:30:00.000005Z"


@pytest.mark.django_db
def test_what_the_database_returns_has_the_hash_that_was_written(
    article: Article, mona: User
) -> None:
    decided(under_review(article), mona, Step.MEASURE)
    assert_one_chain()


# --- At once --------------------------------------------------------------------------------
@pytest.fixture
def max_(roles: None) -> User:
    user = User.objects.create_user("max@example.com", "x", name="Max", is_staff=True)
    user.groups.add(Group.objects.get(name="moderator"))
    return user


def _told(step: Callable[[], Any]) -> Callable[[], Any]:
    """Return a refusal of permission as `at_once` returns one of validation."""

    def run() -> Any:
        try:
            return step()
        except PermissionDenied as error:
            raise ValidationError(str(error), code="denied") from error

    return run


def _measure(case: Case, by: User) -> Callable[[], Any]:
    decision = Decision(reason="copyright", text="理由如上。")
    return lambda: deciding.decide(case, by, Step.MEASURE, decision, version=case.version)


def _refuse(case: Case, by: User) -> Callable[[], Any]:
    decision = Decision(reason="no_infringement", text="理由如上。")
    return lambda: deciding.decide(case, by, Step.REFUSE, decision, version=case.version)


at_the_same_time = pytest.mark.django_db(transaction=True)


@at_the_same_time
def test_many_writers_make_one_chain(article: Article, mona: User) -> None:
    cases = [under_review(article) for _ in range(4)]
    before = Event.objects.count()

    def write(case: Case, number: int) -> Callable[[], Any]:
        def run() -> None:
            for turn in range(6):
                payload = {"writer": number, "turn": turn}
                record_happening(case, Happening.NOTED, SYSTEM, payload=payload)

        return run

    assert not refused(at_once(*[write(cases[n % 4], n) for n in range(8)]))
    assert Event.objects.count() == before + 48
    assert_one_chain()
    for number in range(8):
        mine = Event.objects.filter(payload__writer=number).order_by("seq")
        assert [event.payload["turn"] for event in mine] == list(range(6))


@at_the_same_time
def test_many_notices_at_once_have_numbers_of_their_own(article: Article) -> None:
    results = at_once(*[lambda: submitted(article) for _ in range(6)])
    assert not refused(results)
    assert len({made.case.number for made in results}) == 6
    assert_one_chain()


@at_the_same_time
def test_two_reviewers_decide_one_item(article: Article, mona: User, max_: User) -> None:
    case = under_review(article)
    results = at_once(_measure(case, mona), _refuse(case, max_))
    assert [error.code for error in refused(results)] == ["changed"]
    item = case.items.get()
    assert Event.objects.filter(event__in=["measure", "refuse"]).count() == 1
    assert Restriction.objects.active().count() == (item.state == State.MEASURED)
    assert Letter.objects.filter(template=f"{item.state[:7]}_claimant").count() <= 1
    assert_one_chain()


@at_the_same_time
@pytest.mark.parametrize("turn", range(3))
def test_a_decision_against_the_deadline(article: Article, mona: User, turn: int) -> None:
    case = under_review(article)
    with time_machine.travel(case.items.get().timeout_at + timedelta(seconds=1), tick=False):
        results = at_once(_measure(case, mona), timeouts.act_on_deadlines)
    item = case.items.get()
    if refused(results):  # The deadline came first, and the reviewer reads the case again.
        assert (item.state, item.escalated_at is not None) == (State.REVIEW, True)
        assert not Measure.objects.exists()
    else:
        assert item.state == State.MEASURED
        assert Measure.objects.count() == 1
        escalations = Event.objects.filter(event="escalate").count()
        assert escalations == 0
    assert_one_chain()


@at_the_same_time
def test_a_proposal_approved_twice(
    article: Article, mona: User, max_: User, chloe: User, settings: Any
) -> None:
    settings.MODERATION = {**settings.MODERATION, "SECOND_PERSON": ["takedown"]}
    chloe.groups.add(Group.objects.get(name="moderator"))
    case = under_review(article)
    proposal = _measure(case, mona)()
    results = at_once(
        lambda: deciding.approve(proposal, max_),
        lambda: deciding.approve(proposal, User.objects.get(pk=chloe.pk)),
    )
    assert len(refused(results)) == 1
    assert Measure.objects.count() == 1
    assert Event.objects.filter(event="measure").count() == 1
    assert_one_chain()


@at_the_same_time
def test_a_proposal_approved_and_taken_back(
    article: Article, mona: User, max_: User, settings: Any
) -> None:
    settings.MODERATION = {**settings.MODERATION, "SECOND_PERSON": ["takedown"]}
    case = under_review(article)
    proposal = _measure(case, mona)()
    results = at_once(
        lambda: deciding.approve(proposal, max_), lambda: deciding.decline_proposal(proposal, mona)
    )
    assert len(refused(results)) == 1
    proposal.refresh_from_db()
    assert Measure.objects.count() == int(bool(proposal.is_approved))
    assert_one_chain()


@at_the_same_time
def test_a_notice_confirmed_twice(article: Article) -> None:
    case = submitted(article).case

    def confirm() -> None:
        intake.confirm(case, case.claimant)

    assert len(refused(at_once(confirm, confirm))) == 1
    assert Event.objects.filter(event="confirm").count() == 1
    assert Letter.objects.filter(template="confirm_claimant").count() == 1
    assert_one_chain()


@at_the_same_time
def test_a_case_taken_by_two(article: Article, mona: User, max_: User) -> None:
    case = under_review(article)
    results = at_once(
        lambda: deciding.take(case, mona, no_interest=True),
        lambda: deciding.take(case, max_, no_interest=True),
    )
    assert [error.code for error in refused(results)] == ["claimed"]
    assert Event.objects.filter(event="taken").count() == 1
    assert_one_chain()


@at_the_same_time
def test_a_withdrawal_against_a_decision(article: Article, mona: User) -> None:
    case = under_review(article)
    results = at_once(_measure(case, mona), lambda: intake.withdraw(case, case.claimant))
    item = case.items.get()
    assert item.state == State.WITHDRAWN
    assert not Restriction.objects.active().exists()
    assert len(refused(results)) <= 1
    assert_one_chain()


@at_the_same_time
def test_co_claimants_and_their_case_at_once(
    article: Article, mona: User, carol: Contributor
) -> None:
    first, second = under_review(article), under_review(article)
    decided(second, mona, Step.JOIN, join_to=first.items.get().pk)
    results = at_once(
        lambda: intake.withdraw(first, first.claimant),
        lambda: intake.withdraw(second, second.claimant),
        _told(_measure(Case.objects.get(pk=first.pk), mona)),
    )
    assert {item.state for item in first.items.all()} == {State.WITHDRAWN}
    assert {item.state for item in second.items.all()} == {State.WITHDRAWN}
    assert not Restriction.objects.active().exists()
    assert len(refused(results)) <= 1
    assert_one_chain()
