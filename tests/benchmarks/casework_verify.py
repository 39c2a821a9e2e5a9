"""How long `verify_casework` takes on a record of 100,000 lines.

    DATABASE_URL=sqlite:////somewhere/verify.sqlite3 python -m tests.benchmarks.casework_verify
    DATABASE_URL=postgres://…/verify python -m tests.benchmarks.casework_verify --lines 100000

Takes an empty database of its own. Some cases are led through the services (a measure, a
counter-statement, the wait, the restoration; a joined co-claimant; a refusal; a measure in force);
their rows are then copied with new numbers and hashes until the record is long enough. Prints the
seconds of a whole verification and its findings, of which there must be none. Leaves the database
behind: drop it.
"""

import argparse
import os
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import django


def lead() -> None:
    """Make the cases that are copied."""
    import time_machine
    from django.contrib.auth.models import Group
    from django.core.management import call_command
    from django.utils import timezone
    from post_office.models import STATUS, Email

    from articles.models import Category, Contributor, User
    from articles.services.publishing import create_article, publish
    from articles.services.taxonomy import save_category, save_contributor
    from moderation.models import EvidenceKind, Kind, Step
    from moderation.services import answering, timeouts
    from tests.moderation.making import COUNTER, decided, measured, staged, under_review

    call_command("sync_roles", verbosity=0)
    mona = User.objects.create_user("mona@example.com", "x", name="Mona", is_staff=True)
    mona.groups.add(Group.objects.get(name="moderator"))
    user = User.objects.create_user("carol@example.com", "x", name="Carol")
    carol = save_contributor(Contributor(name="卡罗尔", slug="carol", user=user), None)
    category = save_category(Category(name="技术", slug="tech"), None)
    article = publish(
        create_article(
            None, title="甲", body="<p>正文。</p>", contributor=carol, category=category
        ),
        None,
    )

    def hand_over() -> None:
        Email.objects.update(status=STATUS.sent, last_updated=timezone.now())
        timeouts.settle_letters()

    item = measured(article, mona)
    answering.file_counter(item, user, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(item.case, mona, Step.FORWARD)
    hand_over()
    item.refresh_from_db()
    with time_machine.travel(item.due_at + timedelta(minutes=1), tick=False):
        timeouts.act_on_deadlines()
        hand_over()
        decided(under_review(article, Kind.PRIVACY), mona, Step.REFUSE)
        other = measured(article, mona, Kind.PERSONALITY)
        joining = under_review(article, Kind.PERSONALITY)
        decided(joining, mona, Step.JOIN, join_to=other.pk)
        measured(article, mona, Kind.ILLEGAL)
        hand_over()


class Copier:
    """Copies the rows of the cases with other numbers."""

    def __init__(self) -> None:
        from articles.models import Restriction
        from moderation import models

        self.models = models
        # In the order in which they refer to one another.
        self.tables: list[Any] = [
            Restriction, models.Case, models.Party, models.Statement, models.CaseItem,
            models.Measure, models.CounterNotice, models.Evidence, models.Letter,
        ]  # fmt: skip
        self.rows = {model: list(model.objects.order_by("pk")) for model in self.tables}
        self.last = {model: rows[-1].pk for model, rows in self.rows.items()}
        self.events = list(models.Event.objects.order_by("seq"))
        self.span = self.events[-1].seq
        self.head = self.events[-1].hash

    def copies(self, turn: int) -> Iterator[tuple[Any, list[Any]]]:
        for model in self.tables:
            yield model, [self._copy(row, turn) for row in self.rows[model]]
        yield self.models.Event, [self._event(row, turn) for row in self.events]

    def _number(self, number: str, turn: int) -> str:
        return f"{number}-{turn}"

    def _shift(self, model: Any, pk: int | None, turn: int) -> int | None:
        return pk + turn * self.last[model] if pk else pk

    def _copy(self, row: Any, turn: int) -> Any:
        fields = row._meta.concrete_fields
        return type(row)(**{f.attname: self._value(row, f, turn) for f in fields})

    def _value(self, row: Any, field: Any, turn: int) -> Any:
        value = getattr(row, field.attname)
        related = field.remote_field.model if field.remote_field is not None else None
        if field.primary_key or related in self.last:
            return self._shift(type(row) if field.primary_key else related, value, turn)
        if not value or field.name == "mail":
            return None if field.name == "mail" else value
        changed = {
            "act": lambda: value + turn * self.span,
            "last_seq": lambda: value + turn * self.span,
            "number": lambda: self._number(value, turn),
            "reference": lambda: self._number(value, turn),
            "token_hash": lambda: f"{turn:08x}{value[8:]}",
            "recipient": lambda: self._actor(value, turn),
        }
        return changed.get(field.name, lambda: value)()

    def _actor(self, name: str, turn: int) -> str:
        if not name.startswith("p"):
            return name
        return f"p{self._shift(self.models.Party, int(name[1:]), turn)}"

    def _event(self, row: Any, turn: int) -> Any:
        from moderation.services.record import hash_of

        models = self.models
        copy = models.Event(
            **{f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}
        )
        copy.seq, copy.act = row.seq + turn * self.span, row.act + turn * self.span
        copy.case_number = self._number(row.case_number, turn)
        copy.item = self._shift(models.CaseItem, row.item, turn)
        copy.actor = self._actor(row.actor, turn)
        kinds = {
            "measure": models.Measure, "lifted": models.Measure, "join_to": models.CaseItem,
            "contributor": models.Party, "letter": models.Letter,
        }  # fmt: skip
        moved = {
            name: self._shift(kinds[name], value, turn)
            for name, value in row.payload.items()
            if name in kinds
        }
        copy.payload = row.payload | moved
        copy.prev_hash = self.head
        copy.hash = self.head = hash_of(copy)
        return copy


def fill(lines: int) -> None:
    """Copy until the record has so many lines."""
    from django.db import transaction

    copier = Copier()
    with transaction.atomic():
        for turn in range(1, lines // copier.span + 1):
            for model, rows in copier.copies(turn):
                model.objects.bulk_create(rows)
            if turn % 500 == 0:
                print(f"    filled {turn * copier.span:,}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=100_000)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from moderation.models import Event, Letter
    from moderation.services.verifying import verify

    call_command("migrate", verbosity=0)
    if not Event.objects.exists():
        lead()
        assert verify().faults == []
        fill(options.lines)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    for _turn in range(2):
        began, cpu = time.perf_counter(), time.process_time()
        report = verify()
        spent, used = time.perf_counter() - began, time.process_time() - cpu
        print(
            f"  {connection.vendor}: {report.lines:,} lines, {Letter.objects.count():,} letters: "
            f"{spent:.1f} s ({used:.1f} s of this process); {len(report.faults)} findings"
        )
        for fault in report.faults[:5]:
            print("   ", fault)


if __name__ == "__main__":
    main()
