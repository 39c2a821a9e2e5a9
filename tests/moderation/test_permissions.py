"""Who may do what: every address and every service of the app, for every kind of person.

A new address, and a new service that takes `by`, fails here until it has its row. The claimant
is whoever has the private link; signing in gives nobody a claimant's page.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

import moderation.services
from articles.models import Article, Contributor, User
from articles.services.taxonomy import save_contributor
from moderation.models import (
    CannedReply,
    Case,
    Delivery,
    Evidence,
    EvidenceKind,
    Kind,
    Letter,
    Source,
    State,
    Step,
)
from moderation.services import (
    answering,
    conduct,
    deciding,
    erasure,
    evidence,
    intake,
    keeping,
    links,
    previewing,
    replies,
)
from moderation.services.deciding import Decision
from moderation.services.intake import Person
from moderation.services.parties import link_of
from moderation.services.publishing_cases import publish_case, unpublish_case
from moderation.services.timeouts import announce_unreachable
from tests.conftest import PASSWORD
from tests.moderation.making import (
    CLAIM,
    COUNTER,
    RITA,
    decided,
    measured,
    notice,
    staged,
    under_review,
)

pytestmark = pytest.mark.django_db
PEOPLE = ("anonymous", "stranger", "owner", "other", "editor", "chief", "moderator", "superuser")

ALL = (200,) * 8
# Whoever has the link, signed in or not.
LINK = ALL
# The article's contributor alone; 302 leads to the sign-in page.
MINE = (302, 404, 200, 404, 404, 404, 404, 404)
# Address → what each of PEOPLE gets, in that order, from a GET (POST where it says so).
PAGES = {
    "GET report/": ALL,
    "GET report/sent/": (302,) * 8,
    "GET report/<kind:kind>/": ALL,
    "GET report/<str:token>/": LINK,
    "POST report/<str:token>/confirm/": (302,) * 8,
    "GET report/<str:token>/amend/": (302,) * 8,
    "GET report/<str:token>/withdraw/": LINK,
    "GET report/<str:token>/link/": LINK,
    "GET report/<str:token>/publish/": (404,) * 8,
    "GET report/<str:token>/files/<int:pk>/": LINK,
    "GET report/<str:token>/<int:item>/proof/": (404,) * 8,
    "GET report/<str:token>/<int:item>/appeal/": (404,) * 8,
    "GET notices/": ALL,
    "GET notices/<int:pk>/": ALL,
    "GET policy/notice/": ALL,
    "GET policy/copyright/": ALL,
    "GET policy/repeat/": ALL,
    "GET policy/privacy/": ALL,
    "GET transparency/": ALL,
    "GET transparency/head.json": (404,) * 8,
    "GET transparency/<int:year>-<int:month>.csv": (404,) * 8,
    "GET transparency/<int:year>-<int:month>.json": (404,) * 8,
    "GET cases/<str:number>/": (404,) * 8,
    "GET me/cases/": (302, 200, 200, 200, 200, 200, 200, 200),
    "GET me/cases/<slug:number>/": MINE,
    "GET me/cases/<slug:number>/files/<int:pk>/": MINE,
    "GET me/cases/<slug:number>/<int:item>/text/": MINE,
    "GET me/cases/<slug:number>/<int:item>/answer/": (302, *(404,) * 7),
    "GET me/cases/<slug:number>/<int:item>/counter/": MINE,
    "GET me/cases/<slug:number>/<int:item>/appeal/": MINE,
    "POST me/cases/<slug:number>/<int:item>/change/": (302, 404, 302, 404, 404, 404, 404, 404),
}
# At the desk: strangers are led to the sign-in page, which tells those who are signed in that they
# have no access; staff without the permission get 403.
STAFF = (302, 302, 302, 302, 403, 403, 200, 200)
LED_ON = (302, 302, 302, 302, 403, 403, 302, 302)
DESK = {
    "GET moderation/case/": STAFF,
    "GET moderation/case/add/": STAFF,
    "GET moderation/case/export/": STAFF,
    "POST moderation/case/next/": LED_ON,
    "GET moderation/case/<int:pk>/change/": STAFF,
    "POST moderation/case/<int:pk>/evidence/<int:number>/": STAFF,
    "GET moderation/case/<int:pk>/complete/": LED_ON,
    "GET moderation/cannedreply/": STAFF,
    "GET moderation/cannedreply/add/": STAFF,
    "GET moderation/cannedreply/<path:object_id>/change/": STAFF,
    "GET moderation/cannedreply/<path:object_id>/delete/": STAFF,
    "GET moderation/cannedreply/<path:object_id>/history/": STAFF,
}

YES, NO = True, False
HANDLERS = (NO, NO, NO, NO, NO, YES, YES)
OWNER = (NO, YES, NO, NO, NO, NO, NO)
# Service → what each of PEOPLE but the anonymous may.
SERVICES: dict[str, tuple[bool, ...]] = {
    "answering.answer": OWNER,
    "answering.file_counter": OWNER,
    "answering.file_appeal": OWNER,
    "answering.file_proof": HANDLERS,
    "conduct.impose": HANDLERS,
    "conduct.lift_sanction": HANDLERS,
    "deciding.take": HANDLERS,
    "deciding.give_back": HANDLERS,
    "deciding.decide": HANDLERS,
    "deciding.approve": HANDLERS,
    "deciding.carry_out": HANDLERS,
    "deciding.decline_proposal": HANDLERS,
    "erasure.erase_party": HANDLERS,
    "evidence.open_evidence": (NO, NO, NO, NO, NO, YES, YES),
    "intake.enter": HANDLERS,
    "intake.amend": HANDLERS,
    "intake.withdraw": HANDLERS,
    "keeping.note": HANDLERS,
    "keeping.set_hold": HANDLERS,
    "keeping.settle_by_hand": HANDLERS,
    "links.renew_link": HANDLERS,
    "links.revoke_link": HANDLERS,
    "previewing.preview": HANDLERS,
    "previewing.preview_proposal": HANDLERS,
    "publishing_cases.unpublish_case": HANDLERS,
    "replies.save_reply": HANDLERS,
    "replies.delete_reply": HANDLERS,
}
# Building blocks that another service calls, and readers that answer for the acting person alone.
OWN = {
    "guards.require_handler", "measures.withhold", "measures.restore", "queue.waiting_for",
    "queue.pressing", "queue.next_of", "reading.for_contributor",
}  # fmt: skip


def _proposal(article: Article) -> Any:
    from django.conf import settings

    case = under_review(article)
    proposer = User.objects.create_superuser(f"p{case.pk}@example.com", PASSWORD)
    settings.MODERATION = settings.MODERATION | {"SECOND_PERSON": ["takedown"]}
    decision = Decision(reason="copyright", text="理由。")
    return deciding.decide(case, proposer, Step.MEASURE, decision, version=case.version)


def _refused_thrice(article: Article, by: User) -> Case:
    for _ in range(3):
        case = under_review(article)
        decided(case, by, Step.REFUSE, finding="manifest")
    return case


def _waiting(article: Article, by: User) -> Any:
    from moderation.services.timeouts import settle_letter

    item = measured(article, by)
    files = [staged(EvidenceKind.COUNTER).pk]
    answering.file_counter(item, article.contributor.user, COUNTER, evidence=files)
    decided(item.case, by, Step.FORWARD)
    settle_letter(Letter.objects.filter(template="forward_claimant").last(), timezone.now(),
                  arrived=True)  # fmt: skip
    item.refresh_from_db()
    return item


def _posted(article: Article, root: User) -> Letter:
    person = Person(**vars(RITA) | {"email": ""})
    case = intake.enter(notice(article, person=person), root, source=Source.PAPER).case
    return Letter.objects.get(case=case, delivery=Delivery.BY_POST)


def _incomplete(article: Article, root: User) -> Case:
    case = under_review(article)
    return decided(case, root, Step.REQUEST_FIX).case


def _asked_first(article: Article, root: User) -> Any:
    case = under_review(article)
    decided(case, root, Step.NOTIFY_FIRST)
    return case.items.get()


def _published(article: Article, root: User) -> Case:
    case = under_review(article)
    decided(case, root, Step.REFUSE)
    publish_case(case, case.claimant)
    return case


# Service → a call of it by somebody, on a case of its own; `root` prepares what it needs.
CALLS: dict[str, Callable[[Article, User, User], Any]] = {
    "answering.answer": lambda a, by, root: answering.answer(
        _asked_first(a, root), by, "没有抄。", was_fixed=False
    ),
    "answering.file_counter": lambda a, by, root: answering.file_counter(
        measured(a, root), by, COUNTER
    ),
    "answering.file_appeal": lambda a, by, root: answering.file_appeal(
        measured(a, root, Kind.ILLEGAL, person=Person()), "内容并不违法。", by=by
    ),
    "answering.file_proof": lambda a, by, root: (
        lambda item: answering.file_proof(
            item, item.case.claimant, "", evidence=[staged(EvidenceKind.PROCEEDINGS).pk], by=by
        )
    )(_waiting(a, root)),
    "conduct.impose": lambda a, by, root: conduct.impose(_refused_thrice(a, root), by),
    "conduct.lift_sanction": lambda a, by, root: conduct.lift_sanction(
        conduct.impose(_refused_thrice(a, root), root), by
    ),
    "deciding.take": lambda a, by, root: deciding.take(under_review(a), by, no_interest=True),
    "deciding.give_back": lambda a, by, root: deciding.give_back(under_review(a), by),
    "deciding.decide": lambda a, by, root: decided(under_review(a), by, Step.MEASURE),
    "deciding.approve": lambda a, by, root: deciding.approve(_proposal(a), by),
    "deciding.carry_out": lambda a, by, root: deciding.carry_out(_proposal(a), by),
    "deciding.decline_proposal": lambda a, by, root: deciding.decline_proposal(_proposal(a), by),
    "erasure.erase_party": lambda a, by, root: erasure.erase_party(
        decided(under_review(a), root, Step.REFUSE).case.claimant, by
    ),
    "evidence.open_evidence": lambda a, by, root: evidence.open_evidence(
        Evidence.objects.get(case=under_review(a)), by=by
    ).file.close(),
    "intake.enter": lambda a, by, root: intake.enter(notice(a), by, source=Source.EMAIL),
    "intake.amend": lambda a, by, root: (
        lambda case: intake.amend(case, case.claimant, person=RITA, claim=CLAIM, by=by)
    )(_incomplete(a, root)),
    "intake.withdraw": lambda a, by, root: (
        lambda case: intake.withdraw(case, case.claimant, by=by)
    )(_posted(a, root).case),
    "keeping.note": lambda a, by, root: keeping.note(under_review(a), by, "打过电话"),
    "keeping.set_hold": lambda a, by, root: keeping.set_hold(
        under_review(a), by, on=True, text="诉讼保全"
    ),
    "keeping.settle_by_hand": lambda a, by, root: keeping.settle_by_hand(
        _posted(a, root), by, timezone.now(), arrived=True
    ),
    "links.renew_link": lambda a, by, root: links.renew_link(under_review(a).claimant, by=by),
    "links.revoke_link": lambda a, by, root: links.revoke_link(under_review(a).claimant, by=by),
    "previewing.preview": lambda a, by, root: (
        lambda case: previewing.preview(
            case, by, Step.MEASURE, Decision(reason="copyright", text="理由。"),
            version=case.version,
        )
    )(under_review(a)),
    "previewing.preview_proposal": lambda a, by, root: previewing.preview_proposal(
        _proposal(a), by
    ),
    "publishing_cases.unpublish_case": lambda a, by, root: unpublish_case(
        _published(a, root), by=by
    ),
    "replies.save_reply": lambda a, by, root: replies.save_reply(
        CannedReply(title="一", text="二"), by
    ),
    "replies.delete_reply": lambda a, by, root: replies.delete_reply(
        CannedReply.objects.create(title="一", text="二"), by
    ),
}  # fmt: skip


@pytest.fixture
def people(
    sam: User, carol: Contributor, eddie: User, chloe: User, mona: User
) -> dict[str, User | None]:
    dora = User.objects.create_user("dora@example.com", PASSWORD, name="Dora")
    save_contributor(Contributor(name="苔痕", user=dora), None)
    root = User.objects.create_superuser("root@example.com", PASSWORD)
    everyone = [None, sam, carol.user, dora, eddie, chloe, mona, root]
    return dict(zip(PEOPLE, everyone, strict=True))


def routes_of(module: str) -> set[str]:
    """Return the routes whose views are the app's own."""

    def walk(patterns: list[Any], prefix: str = "") -> set[str]:
        found: set[str] = set()
        for pattern in patterns:
            route = prefix + str(pattern.pattern)
            if isinstance(pattern, URLResolver) and route != "admin/":
                found |= walk(pattern.url_patterns, route)
            elif isinstance(pattern, URLPattern):
                view = inspect.unwrap(pattern.callback)
                found |= {route} if view.__module__.startswith(module) else set()
        return found

    return walk(get_resolver().url_patterns)


def desk_routes() -> set[str]:
    """Return the desk's routes of the app's models, without those that only lead on."""
    found: set[str] = set()
    for pattern in admin.site.urls[0]:
        if isinstance(pattern, URLResolver) and str(pattern.pattern).startswith("moderation/"):
            found |= {
                f"{pattern.pattern}{below.pattern}"
                for below in pattern.url_patterns
                if "RedirectView" not in str(below.callback) and below.name is not None
            }
    return found


def test_every_address_has_its_row() -> None:
    assert routes_of("moderation.views") == {row.partition(" ")[2] for row in PAGES}
    assert desk_routes() == {row.partition(" ")[2] for row in DESK}


def answers(people: dict[str, User | None], method: str, address: str) -> dict[str, int]:
    found = {}
    for name, person in people.items():
        client = Client(headers={"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox"})
        if person is not None:
            client.force_login(person)
        response = client.post(address) if method == "POST" else client.get(address)
        found[name] = response.status_code
        if response.streaming:  # Not response.close(): that ends the test's connection too.
            for close in response._resource_closers:
                close()
    return found


@pytest.mark.parametrize("row", PAGES)
def test_addresses(row: str, people: dict[str, User | None], article: Article) -> None:
    method, _space, route = row.partition(" ")
    article_of = article.contributor
    item = measured(article, people["superuser"])
    case = item.case
    if route == "notices/<int:pk>/":
        user, article_of.user = article_of.user, None
        article_of.save()
        announced = measured(article, people["superuser"], Kind.PRIVACY)
        announce_unreachable()
        article_of.user = user
        article_of.save()
        number = announced.announcements.get().pk
    else:
        number = Evidence.objects.filter(case=case).get().pk
    token = link_of(case.claimant).rstrip("/").rpartition("/")[2]
    address = "/" + (
        route.replace("<kind:kind>", "copyright")
        .replace("<str:token>", token)
        .replace("<int:pk>", str(number))
        .replace("<int:item>", str(item.pk))
        .replace("<slug:number>", case.number)
        .replace("<str:number>", case.number)
        .replace("<int:year>", "2020")
        .replace("<int:month>", "01")
    )
    expected = dict(zip(PEOPLE, PAGES[row], strict=True))
    assert answers(people, method, address) == expected


@pytest.mark.parametrize("row", DESK)
def test_addresses_of_the_desk(row: str, people: dict[str, User | None], article: Article) -> None:
    method, _space, route = row.partition(" ")
    case = under_review(article)
    reply = CannedReply.objects.create(title="一", text="二")
    address = "/admin/" + (
        route.replace("<int:pk>", str(case.pk))
        .replace("<int:number>", str(Evidence.objects.get(case=case).pk))
        .replace("<path:object_id>", str(reply.pk))
    )
    assert answers(people, method, address) == dict(zip(PEOPLE, DESK[row], strict=True))


def acting_services() -> set[str]:
    """Return the services that say who acts."""
    found = set()
    for module in pkgutil.iter_modules(moderation.services.__path__):
        loaded = importlib.import_module(f"moderation.services.{module.name}")
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
    service: str, people: dict[str, User | None], article: Article, settings: Any
) -> None:
    settings.MODERATION = dict(settings.MODERATION)
    may = {}
    for name, person in list(people.items())[1:]:
        assert person is not None
        settings.MODERATION = settings.MODERATION | {"SECOND_PERSON": []}
        # Each with a record of their own, so that what one may does not spare the next.
        with time_machine.travel(timezone.now() + timedelta(days=200 * len(may)), tick=False):
            try:
                CALLS[service](article, person, people["superuser"])
                may[name] = YES
            except PermissionDenied:
                may[name] = NO
    assert may == dict(zip(PEOPLE[1:], SERVICES[service], strict=True))


# --- Identity documents ---------------------------------------------------------------------
def test_each_view_of_an_identity_document_is_recorded(article: Article, mona: User) -> None:
    from moderation.models import Event, Happening

    files = [staged(), staged(EvidenceKind.IDENTITY)]
    case = under_review(article, evidence=[file.pk for file in files])
    files[1].refresh_from_db()
    for _ in range(2):
        evidence.open_evidence(files[1], by=mona).file.close()
    events = Event.objects.filter(event=Happening.IDENTITY_VIEWED, case_number=case.number)
    assert [event.actor for event in events] == [f"u{mona.pk}"] * 2


def test_without_the_permission_an_identity_stays_closed(article: Article, mona: User) -> None:
    from django.contrib.auth.models import Group, Permission

    group = Group.objects.get(name="moderator")
    group.permissions.remove(Permission.objects.get(codename="view_identity"))
    mona = User.objects.get(pk=mona.pk)
    files = [staged(), staged(EvidenceKind.IDENTITY)]
    under_review(article, evidence=[file.pk for file in files])
    for file in files:
        file.refresh_from_db()
    evidence.open_evidence(files[0], by=mona).file.close()
    with pytest.raises(PermissionDenied):
        evidence.open_evidence(files[1], by=mona)


@pytest.mark.parametrize("who", ["eddie", "chloe"])
def test_editors_see_no_personal_data_of_cases(
    article: Article, mona: User, who: str, request: pytest.FixtureRequest
) -> None:
    measured(article, mona)
    browser = Client()
    browser.force_login(request.getfixturevalue(who))
    for address in (
        "/admin/",
        f"/admin/articles/article/{article.pk}/change/",
        f"/admin/articles/article/{article.pk}/history/",
        "/admin/articles/restriction/",
    ):
        page = browser.get(address).content.decode()
        for secret in (RITA.name, RITA.email, RITA.phone, RITA.address):
            assert secret not in page, address


def test_a_state_is_nobodys_to_set(article: Article) -> None:
    item = under_review(article).items.get()
    with pytest.raises(ValidationError):
        answering.file_proof(item, item.case.claimant, "", evidence=[staged().pk])
    item.refresh_from_db()
    assert item.state == State.REVIEW
