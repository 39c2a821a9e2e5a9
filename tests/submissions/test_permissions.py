"""Who may do what: every address and every service of the app, for every kind of person.

A new address, and a new service that takes `by`, fails here until it has its row.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern

import submissions.services
from articles.models import AiLabel, Category, Contributor, User
from articles.services.taxonomy import save_contributor
from submissions import account_urls, urls
from submissions.models import Remark, State, Submission
from submissions.services import drafting, reviewing, submitting
from tests.conftest import PASSWORD

PEOPLE = ("anonymous", "stranger", "owner", "other", "editor", "chief", "moderator", "superuser")
LONG = "<p>" + "我把每一步都试过，再一件一件写下来。" * 12 + "</p>"

# Address → what each of PEOPLE gets, in that order, from a GET (POST where the address says so).
# 302 is the way to the sign-in page, or (unsigned addresses of one's own) on to where it leads.
PAGES = {
    "GET submit/": (200, 200, 200, 200, 200, 200, 200, 200),
    "GET submit/terms/": (200, 200, 200, 200, 200, 200, 200, 200),
    "POST submit/picture/": (401, 200, 200, 200, 200, 200, 200, 200),
    "GET submit/<int:pk>/": (302, 404, 200, 404, 404, 404, 404, 404),
    "POST submit/<int:pk>/save/": (401, 404, 200, 404, 404, 404, 404, 404),
    "GET submit/<int:pk>/proof/": (404, 404, 200, 404, 200, 200, 404, 200),
    "GET submit/<int:pk>/delete/": (302, 404, 200, 404, 404, 404, 404, 404),
    "GET me/": (302, 200, 200, 200, 200, 200, 200, 200),
    "GET me/submissions/<int:pk>/": (302, 404, 200, 404, 404, 404, 404, 404),
    "GET me/submissions/<int:pk>/withdraw/": (302, 404, 200, 404, 404, 404, 404, 404),
    "GET me/submissions/<int:pk>/withdraw-article/": (302, 404, 200, 404, 404, 404, 404, 404),
    "POST me/submissions/<int:pk>/again/": (302, 404, 302, 404, 404, 404, 404, 404),
    "POST me/submissions/<int:pk>/change/": (302, 404, 302, 404, 404, 404, 404, 404),
    "GET me/submissions/<int:pk>/receipt/": (302, 404, 200, 404, 404, 404, 404, 404),
    "GET me/figures/": (302, 200, 200, 200, 200, 200, 200, 200),
    "GET me/notices/": (302, 200, 200, 200, 200, 200, 200, 200),
    "POST me/notices/read/": (302, 302, 302, 302, 302, 302, 302, 302),
    "GET me/settings/": (302, 200, 200, 200, 200, 200, 200, 200),
    "GET me/unsubscribe/<str:token>/": (404, 404, 404, 404, 404, 404, 404, 404),
    "GET me/data/": (302, 200, 200, 200, 200, 200, 200, 200),
    # Asks for the password again first.
    "GET me/close/": (302, 302, 302, 302, 302, 302, 302, 302),
}
# Which submission of the owner's an address is asked with; pending where it is not said.
ASKED_WITH = {
    "GET submit/<int:pk>/delete/": "draft",
    "POST submit/<int:pk>/save/": "draft",
    "GET me/submissions/<int:pk>/withdraw-article/": "published",
    "POST me/submissions/<int:pk>/again/": "declined",
    "POST me/submissions/<int:pk>/change/": "published",
}

YES, NO = True, False
# Service → (state it is tried in, what each of PEOPLE but the anonymous may).
SERVICES = {
    "drafting.save_draft": ("draft", (NO, YES, NO, NO, NO, NO, NO)),
    "drafting.delete_draft": ("draft", (NO, YES, NO, NO, NO, NO, NO)),
    "drafting.begin_again": ("declined", (NO, YES, NO, NO, NO, NO, NO)),
    "submitting.submit": ("draft", (NO, YES, NO, NO, NO, NO, NO)),
    "submitting.amend": ("pending", (NO, YES, NO, NO, NO, NO, NO)),
    "submitting.withdraw": ("pending", (NO, YES, NO, NO, NO, NO, NO)),
    "submitting.withdraw_article": ("published", (NO, YES, NO, NO, NO, NO, NO)),
    "reviewing.claim": ("pending", (NO, NO, NO, YES, YES, NO, YES)),
    "reviewing.release": ("pending", (NO, NO, NO, YES, YES, NO, YES)),
    "reviewing.remark": ("pending", (NO, NO, NO, YES, YES, NO, YES)),
    "reviewing.accept": ("pending", (NO, NO, NO, YES, YES, NO, YES)),
    "reviewing.return_to_author": ("pending", (NO, NO, NO, YES, YES, NO, YES)),
    "reviewing.decline": ("pending", (NO, NO, NO, YES, YES, NO, YES)),
    "reviewing.ask_chief": ("pending", (NO, NO, NO, YES, YES, NO, YES)),
    "reviewing.hold": ("pending", (NO, NO, NO, YES, YES, NO, YES)),
    "reviewing.release_hold": ("held", (NO, NO, NO, YES, YES, NO, YES)),
}
# Services about the acting person alone, or that ask nobody: tried in tests of their own.
OWN = {
    "drafting.begin", "drafting.add_own_picture", "drafting.foreign_pictures",
    "reviewing.delete_remark", "bylines.check_name", "bylines.ensure_byline",
    "guards.require_author", "guards.require_reviewer", "guards.require_unclaimed",
    "guards.require_not_suspended", "timeline.record", "proofs.open_proof", "queue.readable",
    "queue.decidable", "queue.next_of", "queue.claim_next", "queue.waiting_for", "rules.save_rule",
    "rules.delete_rule", "rules.add_terms", "bylines.describe_byline", "demo.date_back",
    "demo.delete_demo_submission", "demo.forget_demo_articles", "closing.close_account",
    "export.export_account", "notices.mark_read", "drafting.describe_own_picture",
    "guards.require_review", "standing.set_strikes",
}  # fmt: skip
CALLS: dict[str, Callable[[Submission, User], Any]] = {
    "drafting.save_draft": lambda s, by: drafting.save_draft(
        s, by, {"title": "新题"}, version=s.version
    ),
    "drafting.delete_draft": drafting.delete_draft,
    "drafting.begin_again": drafting.begin_again,
    "submitting.submit": lambda s, by: submitting.submit(s, by, version=s.version, agreed=True),
    "submitting.amend": lambda s, by: submitting.amend(s, by, {"title": "新题"}, version=s.version),
    "submitting.withdraw": submitting.withdraw,
    "submitting.withdraw_article": submitting.withdraw_article,
    "reviewing.claim": reviewing.claim,
    "reviewing.release": reviewing.release,
    "reviewing.remark": lambda s, by: reviewing.remark(s, by, "请改"),
    "reviewing.accept": lambda s, by: reviewing.accept(s, by, version=s.version),
    "reviewing.return_to_author": lambda s, by: reviewing.return_to_author(
        s, by, version=s.version, note="请改"
    ),
    "reviewing.decline": lambda s, by: reviewing.decline(s, by, version=s.version, note="不合适"),
    "reviewing.ask_chief": lambda s, by: reviewing.ask_chief(s, by, version=s.version, note="?"),
    "reviewing.hold": lambda s, by: reviewing.hold(s, by, reference="TS-2026-000001"),
    "reviewing.release_hold": lambda s, by: reviewing.release_hold(s, by, note="无关"),
}


@pytest.fixture
def people(
    sam: User, carol: Contributor, eddie: User, chloe: User, mona: User
) -> dict[str, User | None]:
    dora = User.objects.create_user("dora@example.com", PASSWORD, name="Dora")
    save_contributor(Contributor(name="苔痕", user=dora), None)
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    everyone = [None, sam, carol.user, dora, eddie, chloe, mona, root]
    return dict(zip(PEOPLE, everyone, strict=True))


@pytest.fixture
def theirs(carol: Contributor, technology: Category) -> Callable[[str], Submission]:
    """Make a submission of Carol's in a state."""

    def make(state: str) -> Submission:
        assert carol.user is not None
        row = drafting.begin(carol.user)
        fields = {
            "title": "家里的网怎么理", "body": LONG, "category": technology,
            "ai_text": AiLabel.NONE, "ai_images": AiLabel.NONE,
        }  # fmt: skip
        row = drafting.save_draft(row, carol.user, fields, version=row.version)
        if state == "draft":
            return row
        row = submitting.submit(row, carol.user, version=row.version, agreed=True)
        row.refresh_from_db()
        if state == "held":
            row = reviewing.hold(row, None, reference="TS-2026-000001")
        elif state == "published":
            row = reviewing.accept(row, None, version=row.version)
        elif state == "declined":
            row = reviewing.decline(row, None, version=row.version, note="不合适")
        assert row.state == state
        return row

    return make


def test_every_address_has_its_row() -> None:
    patterns = [*urls.urlpatterns]
    routes = {str(p.pattern) for p in patterns if isinstance(p, URLPattern)}
    routes |= {f"me/{p.pattern}" for p in account_urls.urlpatterns}
    assert routes == {row.partition(" ")[2] for row in PAGES}


@pytest.mark.parametrize("row", PAGES)
def test_addresses(
    row: str, people: dict[str, User | None], theirs: Callable[[str], Submission]
) -> None:
    method, _space, route = row.partition(" ")
    submission = theirs(ASKED_WITH.get(row, "pending"))
    if "proof" in route:
        upload = SimpleUploadedFile("proof.png", _png(), content_type="image/png")
        _give_proof(submission, upload)
    address = "/" + route.replace("<int:pk>", str(submission.pk)).replace("<str:token>", "x:y")
    answers = []
    for person in people.values():
        client = Client()
        if person is not None:
            client.force_login(person)
        data = {"version": submission.version, "upload": SimpleUploadedFile("a.png", _png())}
        response = client.post(address, data) if method == "POST" else client.get(address)
        answers.append(response.status_code)
        if response.streaming:  # Not response.close(): that ends the test's connection too.
            for close in response._resource_closers:
                close()
    assert dict(zip(PEOPLE, answers, strict=True)) == dict(zip(PEOPLE, PAGES[row], strict=True))


def _png() -> bytes:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("RGB", (8, 8), "red").save(out, "PNG")
    return out.getvalue()


def _give_proof(submission: Submission, upload: SimpleUploadedFile) -> None:
    from django.core.files.storage import storages

    name = storages["private"].save("proofs/proof.png", upload)
    Submission.objects.filter(pk=submission.pk).update(proof=name, proof_name="proof.png")


def acting_services() -> set[str]:
    """Return the services that say who acts."""
    found = set()
    for module in pkgutil.iter_modules(submissions.services.__path__):
        loaded = importlib.import_module(f"submissions.services.{module.name}")
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            own = inspect.unwrap(function).__module__ == loaded.__name__
            if own and not name.startswith("_") and "by" in inspect.signature(function).parameters:
                found.add(f"{module.name}.{name}")
    return found


def test_every_service_has_its_row() -> None:
    assert acting_services() == SERVICES.keys() | OWN
    assert CALLS.keys() == SERVICES.keys()


@pytest.mark.parametrize("service", SERVICES)
def test_services(
    service: str, people: dict[str, User | None], theirs: Callable[[str], Submission]
) -> None:
    state, expected = SERVICES[service]
    may = {}
    for name, person in list(people.items())[1:]:
        submission = theirs(state)
        assert person is not None
        try:
            CALLS[service](submission, person)
            may[name] = YES
        except PermissionDenied:
            may[name] = NO
    assert may == dict(zip(PEOPLE[1:], expected, strict=True))


def test_nobody_reviews_a_text_of_their_own(eddie: User, technology: Category) -> None:
    save_contributor(Contributor(name="编外", user=eddie), None)
    row = drafting.begin(eddie)
    fields = {"title": "我的", "body": LONG, "category": technology, "ai_text": "none",
              "ai_images": "none"}  # fmt: skip
    row = drafting.save_draft(row, eddie, fields, version=row.version)
    row = submitting.submit(row, eddie, version=row.version, agreed=True)
    for service in ("claim", "accept", "decline", "return_to_author"):
        with pytest.raises(PermissionDenied):
            CALLS[f"reviewing.{service}"](row, eddie)


def test_what_is_before_a_chief_editor_is_for_chief_editors(
    theirs: Callable[[str], Submission], eddie: User, chloe: User
) -> None:
    row = theirs("pending")
    reviewing.ask_chief(row, eddie, version=row.version, note="拿不准")
    with pytest.raises(PermissionDenied):
        reviewing.accept(row, eddie, version=row.version)
    assert reviewing.accept(row, chloe, version=row.version).state == State.PUBLISHED


def test_a_remark_is_taken_back_by_its_writer_before_it_is_sent(
    theirs: Callable[[str], Submission], eddie: User, chloe: User
) -> None:
    row = theirs("pending")
    note = reviewing.remark(row, eddie, "请改")
    with pytest.raises(PermissionDenied):
        reviewing.delete_remark(note, chloe)
    reviewing.return_to_author(row, chloe, version=row.version, note="见批注")
    note.refresh_from_db()
    with pytest.raises(PermissionDenied):
        reviewing.delete_remark(note, eddie)
    assert Remark.objects.count() == 1


def test_a_suspended_contributor_can_neither_begin_nor_submit(
    theirs: Callable[[str], Submission], carol: Contributor
) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from submissions.models import Standing

    row = theirs("draft")
    until = timezone.now() + timedelta(days=3)
    Standing.objects.create(contributor=carol, suspended_until=until)
    with pytest.raises(ValidationError):
        drafting.begin(carol.user)
    with pytest.raises(ValidationError):
        submitting.submit(row, carol.user, version=row.version, agreed=True)


def test_rules_are_the_chief_editors(people: dict[str, User | None]) -> None:
    from submissions.models import WatchedWord
    from submissions.services.rules import add_terms, delete_rule, save_rule

    for name, person in list(people.items())[1:]:
        if name in {"chief", "superuser"}:
            word = save_rule(WatchedWord(word=f"加微信{name}"), person)
            delete_rule(word, person)
            add_terms(f"<p>{name}</p>", person)
            continue
        with pytest.raises(PermissionDenied):
            save_rule(WatchedWord(word="x"), person)
        with pytest.raises(PermissionDenied):
            add_terms("<p>第一条</p>", person)
