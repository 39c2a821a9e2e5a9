"""axe finds nothing to object to on the pages of both sides of a case."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page
from post_office.models import STATUS, Email

from articles.models import Article, User
from moderation.models import Case, EvidenceKind, Party, Step
from moderation.services.answering import file_counter
from moderation.services.parties import link_of
from moderation.services.publishing_cases import publish_case
from moderation.services.timeouts import settle_letters
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_axe_contributing import assert_nothing, let_in, look_at, visit
from tests.moderation.making import COUNTER, decided, measured, staged, submitted, under_review

DEVICES = pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])


@pytest.fixture
def cases(settings: Any, article: Article, mona: User) -> dict[str, Case]:
    """A case in every state that one meets; one of the letters did not arrive."""
    settings.EMAIL_BACKEND = "post_office.EmailBackend"
    author = article.contributor.user
    assert author is not None
    rows = {"unconfirmed": submitted(article).case}
    rows["incomplete"] = under_review(article, evidence=[])
    rows["review"] = under_review(article)
    rows["answering"] = under_review(article)
    decided(rows["answering"], mona, Step.NOTIFY_FIRST)
    rows["refused"] = under_review(article)
    decided(rows["refused"], mona, Step.REFUSE)
    rows["measured"] = measured(article, mona).case
    item = measured(article, mona)
    rows["gaps"] = item.case
    file_counter(item, author, COUNTER)
    item = measured(article, mona)
    rows["waiting"] = item.case
    file_counter(item, author, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(item.case, mona, Step.FORWARD)
    Email.objects.update(status=STATUS.sent)
    last = Email.objects.filter(to="rita@example.org").latest("pk")
    Email.objects.filter(pk=last.pk).update(status=STATUS.failed)
    settle_letters()
    return rows


def link(case: Case) -> str:
    address = link_of(Party.objects.get(pk=case.claimant_id))
    return address.removeprefix("http://testserver")


@pytest.mark.timeout(240)
@DEVICES
def test_the_claimants_pages(
    new_page: Callable[..., Page],
    live_server: Any,
    cases: dict[str, Case],
    device: dict[str, Any],
) -> None:
    page = new_page(**device, reduced_motion="reduce")
    page.expected_errors = ["ViewTransition"]
    found: dict[str, list[str]] = {}
    for name, case in cases.items():
        visit(page, link(case), found, f"the case, {name}")
    for name, what in (
        ("incomplete", "amend/"), ("review", "withdraw/"), ("review", "link/"),
        ("refused", "publish/"),
    ):  # fmt: skip
        visit(page, link(cases[name]) + what, found, what)
    waiting, refused = cases["waiting"].items.get(), cases["refused"].items.get()
    visit(page, f"{link(cases['waiting'])}{waiting.pk}/proof/", found, "proof")
    visit(page, f"{link(cases['refused'])}{refused.pk}/appeal/", found, "appeal")
    page.locator("form.form button[type=submit]").click()
    page.locator(".errs").wait_for()
    look_at(page, "appeal, with errors", found)
    # The page sends no Referer, and its forms work all the same.
    page.goto(link(cases["unconfirmed"]))
    page.locator("form[action$='/confirm/'] button").click()
    page.locator(".why").first.wait_for()
    look_at(page, "confirmed", found)
    publish_case(cases["refused"], Party.objects.get(pk=cases["refused"].claimant_id))
    visit(page, f"/cases/{cases['refused'].number}/", found, "the case, for everybody")
    assert_nothing(found)


@pytest.mark.timeout(240)
@DEVICES
def test_the_contributors_pages(
    new_page: Callable[..., Page],
    live_server: Any,
    cases: dict[str, Case],
    article: Article,
    sam: User,
    device: dict[str, Any],
) -> None:
    page = new_page(**device, reduced_motion="reduce")
    page.expected_errors = ["ViewTransition"]
    found: dict[str, list[str]] = {}
    author = article.contributor.user
    assert author is not None
    let_in(page, author, live_server)
    visit(page, "/me/cases/", found)
    for name in ("answering", "measured", "gaps", "waiting"):
        visit(page, f"/me/cases/{cases[name].number}/", found, f"the case, {name}")
    for name, what in (
        ("answering", "answer/"), ("measured", "appeal/"), ("measured", "text/"),
        ("gaps", "counter/"), ("measured", "counter/"),
    ):  # fmt: skip
        case = cases[name]
        address = f"/me/cases/{case.number}/{case.items.get().pk}/{what}"
        visit(page, address, found, f"{what}, {name}")
    page.locator("form.form button[type=submit]").click()
    page.locator(".errs[role=alert]").wait_for()
    look_at(page, "counter, with errors", found)
    page.context.clear_cookies()
    let_in(page, sam, live_server)
    visit(page, "/me/cases/", found, "no cases")
    assert_nothing(found)
