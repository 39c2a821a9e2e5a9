"""`verify_casework`: what is right passes, and every way of cheating shows with its line."""

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from post_office.models import STATUS, Email

from articles.models import Article, Contributor, Restriction, User
from moderation.models import (
    Case,
    CaseItem,
    Event,
    Evidence,
    EvidenceKind,
    Kind,
    Letter,
    Measure,
    PolicyVersion,
    SignedHead,
    State,
    Statement,
    Step,
)
from moderation.services import answering, deciding, heads, timeouts
from moderation.services.record import HASHED, hash_of
from moderation.services.verifying import Report, verify
from tests.conftest import turn_record_guard
from tests.moderation.making import COUNTER, decided, measured, staged, under_review

pytestmark = pytest.mark.django_db


def hand_over() -> None:
    Email.objects.update(status=STATUS.sent, last_updated=timezone.now())
    timeouts.settle_letters()


@pytest.fixture
def max_(roles: None) -> User:
    user = User.objects.create_user("max@example.com", "x", name="Max", is_staff=True)
    user.groups.add(Group.objects.get(name="moderator"))
    return user


@pytest.fixture
def record(article: Article, carol: Contributor, mona: User, max_: User) -> CaseItem:
    """A record with most of what can happen in it: a case restored after a counter-statement, one
    whose appeal failed, one that joined it, one refused, one with a measure in force."""
    first = measured(article, mona)
    answering.file_counter(first, carol.user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(first.case, mona, Step.FORWARD)
    hand_over()
    first.refresh_from_db()
    with time_machine.travel(first.due_at + timedelta(minutes=1), tick=False):
        timeouts.act_on_deadlines()
        decided(under_review(article, Kind.PRIVACY), mona, Step.REFUSE)
        second = measured(article, mona, Kind.PERSONALITY)
        joining = under_review(article, Kind.PERSONALITY)
        decided(joining, mona, Step.JOIN, join_to=second.pk)
        answering.file_appeal(second, "请再看一次。", by=carol.user)
        decided(second.case, max_, Step.APPEAL_UPHOLD)
        hand_over()
        heads.sign_head()
        return measured(article, mona, Kind.ILLEGAL)


def faults() -> list[tuple[int, str]]:
    return [(fault.seq, fault.why) for fault in verify().faults]


def run(*args: str) -> str:
    out = StringIO()
    call_command("verify_casework", *args, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_an_empty_record_is_right() -> None:
    assert verify() == Report(0)


def test_a_record_that_nobody_touched_is_right(record: CaseItem) -> None:
    assert faults() == []
    assert f"{Event.objects.count()} lines" in run()
    assert "All is well" in run("--case", record.case.number)


def test_with_a_second_person(article: Article, mona: User, max_: User, settings: Any) -> None:
    settings.MODERATION = {**settings.MODERATION, "SECOND_PERSON": ["takedown"]}
    case = under_review(article)
    proposal = deciding.decide(
        case, mona, Step.MEASURE, deciding.Decision("copyright", "理由如上。"), version=case.version
    )
    deciding.approve(proposal, max_)
    assert faults() == []


# --- The chain ------------------------------------------------------------------------------
CHANGES: dict[str, Any] = {
    "at": "2026-01-01 00:00:00+00:00", "act": 1, "case_number": "TS-2026-000099", "item": 99,
    "actor": "u99", "role": "system", "event": "refuse", "from_state": "waiting",
    "to_state": "restored", "reason": "mistake", "policy_version": "1-0", "payload": "{}",
    "payload_commit": "f" * 64, "prev_hash": "e" * 64, "hash": "d" * 64,
}  # fmt: skip


def change(sql: str, *values: Any) -> None:
    """Do to the record what only somebody with the database in hands can."""
    turn_record_guard(on=False)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
    turn_record_guard(on=True)


def test_an_edited_line_is_named(record: CaseItem) -> None:
    assert set(CHANGES) == set(HASHED) - {"seq"} | {"hash"}
    seq = Event.objects.get(event=Step.APPEAL_UPHOLD).seq
    for name, value in CHANGES.items():
        point = transaction.savepoint()
        change(f"UPDATE moderation_event SET {name} = %s WHERE seq = %s", value, seq)
        with pytest.raises(CommandError, match=rf"first bad line is {seq}\b") as caught:
            run()
        assert caught.value.returncode == 1
        transaction.savepoint_rollback(point)
    assert faults() == []


def test_a_deleted_line_is_named(record: CaseItem) -> None:
    change("DELETE FROM moderation_event WHERE seq = %s", 5)
    with pytest.raises(CommandError, match=r"first bad line is 5\b.*missing"):
        run()


@pytest.mark.parametrize("lines", [1, 4])
def test_a_record_that_was_cut_off_shows(record: CaseItem, lines: int) -> None:
    end = Event.objects.count()
    change("DELETE FROM moderation_event WHERE seq > %s", end - lines)
    with pytest.raises(CommandError, match=rf"first bad line is {end - lines + 1}\b.*cut off"):
        run()


def build_anew(first: int) -> None:
    """Give every line from here on the hash that its changed content asks for."""
    turn_record_guard(on=False)
    previous = Event.objects.get(seq=first - 1).hash
    for event in Event.objects.filter(seq__gte=first).order_by("seq"):
        event.prev_hash = previous
        event.hash = previous = hash_of(event)
        event.save()
    turn_record_guard(on=True)


def test_a_chain_built_anew_shows_in_its_signed_head(record: CaseItem) -> None:
    seq = Event.objects.filter(event=Step.REFUSE).get().seq
    change("UPDATE moderation_event SET at = %s WHERE seq = %s", timezone.now(), seq)
    build_anew(seq)
    found = faults()
    assert found == [(SignedHead.objects.get().seq, found[0][1])]
    assert "written anew" in found[0][1]


def test_even_when_the_heads_are_deleted_too_one_kept_elsewhere_shows_it(
    record: CaseItem, tmp_path: Path
) -> None:
    kept = tmp_path / "head.json"
    kept.write_text(json.dumps(heads.latest_head()))
    assert "All is well" in run("--head", str(kept))
    change("UPDATE moderation_event SET at = %s WHERE seq = 9", timezone.now())
    build_anew(9)
    SignedHead.objects.all().delete()
    assert "All is well" in run()
    with pytest.raises(CommandError, match="written anew"):
        run("--head", str(kept))


def test_a_line_that_the_table_does_not_know_is_named(record: CaseItem) -> None:
    """With the right hashes all the same: only the procedure gives it away."""
    event = Event.objects.get(event=Step.APPEAL_UPHOLD)
    mona = User.objects.get(email="mona@example.com")
    SignedHead.objects.all().delete()
    change("UPDATE moderation_event SET actor = %s WHERE seq = %s", f"u{mona.pk}", event.seq)
    build_anew(event.seq)
    assert (event.seq, "who decided before decided on the appeal") in faults()
    change("UPDATE moderation_event SET role = 'claimant', actor = 'p1' WHERE seq = %s", event.seq)
    build_anew(event.seq)
    assert (event.seq, "appeal_uphold is not for a claimant") in faults()


def test_one_person_for_two_is_named(record: CaseItem) -> None:
    SignedHead.objects.all().delete()
    event = Event.objects.filter(event=Step.MEASURE).earliest("seq")
    payload = json.dumps(event.payload | {"proposed_by": event.actor})
    change("UPDATE moderation_event SET payload = %s WHERE seq = %s", payload, event.seq)
    build_anew(event.seq)
    assert faults()[0] == (event.seq, "who approved it had proposed it")


def test_a_restoration_before_its_time_is_named(record: CaseItem) -> None:
    SignedHead.objects.all().delete()
    event = Event.objects.get(event=Step.RESTORE)
    early = event.at - timedelta(days=2)
    change("UPDATE moderation_event SET at = %s WHERE seq = %s", early, event.seq)
    build_anew(event.seq)
    assert (event.seq, "restore came before its time") in faults()


# --- The database ---------------------------------------------------------------------------
def test_a_state_that_was_set_by_hand_is_named(record: CaseItem) -> None:
    event = Event.objects.get(item=record.pk, event=Step.MEASURE)
    CaseItem.objects.filter(pk=record.pk).update(state=State.LITIGATION)
    assert [seq for seq, why in faults() if "state of item" in why] == [event.seq]


def test_a_deadline_that_was_moved_is_named(record: CaseItem) -> None:
    later = record.due_at + timedelta(days=1)
    CaseItem.objects.filter(pk=record.pk).update(due_at=later, timeout_at=later)
    assert len([why for _seq, why in faults() if f"of item {record.pk}" in why]) == 2


def test_a_measure_lifted_by_hand_is_named(record: CaseItem) -> None:
    Measure.objects.filter(item=record).update(lifted_at=timezone.now())
    assert "should be in force" in " ".join(why for _seq, why in faults())


def test_a_restriction_lifted_by_hand_is_named(record: CaseItem, article: Article) -> None:
    event = Event.objects.get(item=record.pk, event=Step.MEASURE)
    Restriction.objects.update(lifted_at=timezone.now() + timedelta(days=99))
    assert (event.seq, f"article {article.pk} is withheld, but visible") in faults()


def test_a_restriction_that_no_measure_explains_is_named(record: CaseItem) -> None:
    Measure.objects.filter(item=record).update(lifted_at=timezone.now())
    turn = Restriction.objects.active().get(measure__item=record)
    assert f"something is withheld for {turn.reference} without a measure" in str(faults())


def test_a_missing_letter_and_one_too_many_are_named(record: CaseItem) -> None:
    letter = Letter.objects.filter(template="measure_contributor").latest("pk")
    letter.delete()
    assert faults() == [
        (letter.act, f"the letter measure_contributor to {letter.recipient} is missing")
    ]
    letter.pk, letter.template = None, "refuse_contributor"
    letter.save()
    assert len(faults()) == 2


def test_a_contributor_who_knew_and_was_not_told_is_named(article: Article, mona: User) -> None:
    case = under_review(article)
    decided(case, mona, Step.NOTIFY_FIRST)
    item = case.items.get()
    with time_machine.travel(item.due_at + timedelta(hours=1), tick=False):
        timeouts.act_on_deadlines()
        case.parties.filter(role="contributor").update(told_at=None)
        decided(case, mona, Step.REFUSE)
    event = Event.objects.get(event=Step.REFUSE)
    assert faults() == [(event.seq, "the contributor, who knew of the case, was not told")]


def test_words_that_were_changed_are_named(record: CaseItem) -> None:
    event = Event.objects.filter(event=Step.MEASURE).latest("seq")
    said = Statement.objects.get(act=event.seq)
    said.data["text"] = "另一个理由。"
    said.save()
    assert faults() == [(event.seq, "what was said with it was changed or is not there")]


def test_words_that_vanished_are_named(record: CaseItem) -> None:
    event = Event.objects.filter(event=Step.MEASURE).latest("seq")
    Statement.objects.filter(act=event.seq).update(data={}, key=b"", erased_at=timezone.now())
    assert [seq for seq, _why in faults()] == [event.seq, event.seq]


@pytest.mark.parametrize("how", ["changed", "missing", "row"])
def test_a_file_that_was_changed_is_named(record: CaseItem, how: str) -> None:
    row = Evidence.objects.filter(case__isnull=False).first()
    store = storages["private"]
    if how == "row":
        Evidence.objects.filter(pk=row.pk).update(sha256="a" * 64)
    else:
        store.delete(row.path)
    if how == "changed":
        from django.core.files.base import ContentFile

        assert store.save(row.path, ContentFile(b"%PDF-1.4 another")) == row.path
    assert faults() != []
    assert faults()[0][0] == row.act
    assert f"evidence {row.pk}" in faults()[0][1]


def test_a_policy_that_was_changed_is_named(record: CaseItem) -> None:
    policy = PolicyVersion.objects.first()
    policy.data["wait_days"] = 1
    policy.save()
    assert "settings of the policy" in faults()[0][1]


# --- The command ----------------------------------------------------------------------------
def test_what_is_reported_can_be_narrowed(record: CaseItem) -> None:
    first, last = CaseItem.objects.first(), record
    CaseItem.objects.filter(pk=first.pk).update(state=State.REFUSED)
    seq = Event.objects.filter(item=first.pk).exclude(to_state="").latest("seq").seq
    assert "All is well" in run("--case", last.case.number)
    assert "All is well" in run("--since", str(seq + 1))
    assert "All is well" in run("--since", (timezone.localdate() + timedelta(30)).isoformat())
    for options in (
        [],
        ["--case", first.case.number],
        ["--since", str(seq)],
        ["--since", "2020-01-01"],
    ):
        with pytest.raises(CommandError, match=f"bad line is {seq}"):
            run(*options)


@pytest.mark.parametrize(
    "options", [["--case", "TS-1"], ["--since", "yesterday"], ["--head", "/nowhere/head.json"]]
)
def test_what_cannot_be_checked_exits_with_two(options: list[str], db: None) -> None:
    with pytest.raises(CommandError) as caught:
        run(*options)
    assert caught.value.returncode == 2


def test_a_database_that_does_not_answer_exits_with_two(monkeypatch: Any) -> None:
    def fail(**_options: Any) -> None:
        raise DatabaseError("no such table")

    monkeypatch.setattr("moderation.management.commands.verify_casework.verify", fail)
    with pytest.raises(CommandError, match="no such table") as caught:
        run()
    assert caught.value.returncode == 2


def test_progress_goes_to_the_other_stream(record: CaseItem, monkeypatch: Any) -> None:
    monkeypatch.setattr("moderation.services.verifying._STEP", 2)
    err = StringIO()
    call_command("verify_casework", stdout=StringIO(), stderr=err)
    assert f"2 of {Event.objects.count()} lines read" in err.getvalue()


@pytest.mark.django_db(transaction=True)
def test_it_reads_one_moment_outside_a_transaction(article: Article, mona: User) -> None:
    measured(article, mona)
    assert verify().faults == []
    assert Case.objects.count() == 1
