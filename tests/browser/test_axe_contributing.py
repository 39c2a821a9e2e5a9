"""axe finds nothing to object to where contributors and editors work."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as site_settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from articles.models import Category, Contributor, User
from articles.services.engagement import add_reads, refresh_hot
from articles.services.publishing import publish
from submissions.models import Happening, Submission
from submissions.services.mail import unsubscribe_address
from submissions.services.reviewing import accept, claim, decline, remark, return_to_author
from submissions.services.submitting import withdraw
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.contributing import press
from tests.browser.helpers import scrolls_sideways, until
from tests.browser.test_axe import violations
from tests.browser.test_desk import ready_editor
from tests.conftest import PASSWORD
from tests.submissions.making import TEXT, draft_by, send, sent_by

DEVICES = pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
OTHER = TEXT.replace("插座", "开关").replace("厨房", "客厅")


@pytest.fixture
def works(carol: Contributor, technology: Category, eddie: User) -> dict[str, Submission]:
    """A text of Carol's in every state that one meets."""
    author = carol.user
    assert author is not None
    rows = {"published": sent_by(carol, technology, title="已发布的一篇")}
    rows["published"] = accept(
        rows["published"], eddie, version=rows["published"].version,
        changes={"body": f"{TEXT}<p>编辑加的一句。</p>"}, note="谢谢。",
    )  # fmt: skip
    for name in ("returned", "declined", "withdrawn", "again", "pending"):
        rows[name] = sent_by(carol, technology, title=f"{name}的一篇", body=OTHER)
    for name in ("returned", "again"):
        row = rows[name]
        remark(row, eddie, "是哪一年的房子？", quote="老房子的第二个月")
        remark(row, eddie, "结尾再短一点。")
        rows[name] = return_to_author(row, eddie, version=row.version, note="先补两处事实。")
    row = rows["declined"]
    rows["declined"] = decline(row, eddie, version=row.version, note="题材不合。")
    rows["withdrawn"] = withdraw(rows["withdrawn"], author)
    rows["again"].body += "<p>补上的一段。请加微信 abc12345，电话13800138000。</p>"
    rows["again"].save()
    rows["again"] = claim(send(rows["again"], author), eddie)
    rows["draft"] = draft_by(author, technology, title="还没写完的一篇")
    assert rows["published"].article is not None
    article = publish(rows["published"].article, None)
    for days in range(9):
        add_reads({article.pk: 7 + days * days}, timezone.localdate() - timedelta(days=days))
    refresh_hot()
    return rows


def let_in(page: Page, user: User, live_server: Any) -> None:
    """Sign somebody in beside the browser, and give it the session."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client = Client()
    data = {"login": user.email, "password": PASSWORD}
    client.post("/accounts/login/", data)
    cookie = client.cookies[site_settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies(
        [{"name": site_settings.SESSION_COOKIE_NAME, "value": cookie, "url": live_server.url}]
    )


def look_at(page: Page, name: str, found: dict[str, list[str]]) -> None:
    """Note what axe objects to on the page that is open, in the light and in the dark."""
    page.wait_for_load_state()
    closed = page.locator("details:not([open]):not([name]) > summary:visible")
    while closed.count():
        closed.first.click()
    found[name] = violations(page)
    if scrolls_sideways(page):
        found[name].append("it scrolls sideways")
    page.emulate_media(color_scheme="dark")
    # The desk's links fade into their other colour.
    until(page, "() => document.getAnimations().length === 0")
    found[f"{name}, dark"] = violations(page, runOnly=["color-contrast"])
    page.emulate_media(color_scheme="light")


def visit(page: Page, address: str, found: dict[str, list[str]], name: str = "") -> None:
    response = page.goto(address)
    assert response is not None
    assert response.status == 200, address
    assert page.url.endswith(address)
    if page.locator("#id_body").count():
        ready_editor(page)
    look_at(page, name or address, found)


def assert_nothing(found: dict[str, list[str]]) -> None:
    objections = [f"{name}: {text}" for name, texts in found.items() for text in texts]
    assert objections == [], "\n".join(objections)


@pytest.mark.timeout(240)
@DEVICES
def test_contributors_pages(
    new_page: Callable[..., Page],
    live_server: Any,
    works: dict[str, Submission],
    carol: Contributor,
    sam: User,
    device: dict[str, Any],
) -> None:
    page = new_page(**device, reduced_motion="reduce")
    page.expected_errors = ["ViewTransition"]
    found: dict[str, list[str]] = {}
    visit(page, "/submit/", found, "/submit/, signed out")
    assert carol.user is not None
    let_in(page, carol.user, live_server)
    for address in ("/submit/", "/submit/terms/", "/me/", "/me/?state=pending", "/me/figures/",
                    "/me/notices/", "/me/settings/", "/me/data/"):  # fmt: skip
        visit(page, address, found)
    page.goto("/me/close/")
    if page.locator("input[name=password]").count():
        look_at(page, "it is you", found)
        page.locator("input[name=password]").fill(PASSWORD)
        page.locator("form.form button[type=submit]").first.click()
    expect(page.locator("input[name=email]")).to_be_visible()
    look_at(page, "close", found)
    for name, row in works.items():
        visit(page, f"/me/submissions/{row.pk}/", found, f"status, {name}")
    for name in ("draft", "returned", "pending"):
        visit(page, f"/submit/{works[name].pk}/", found, f"write, {name}")
    visit(page, f"/submit/{works['draft'].pk}/delete/", found, "delete")
    visit(page, f"/me/submissions/{works['pending'].pk}/withdraw/", found, "withdraw")
    visit(page, f"/me/submissions/{works['published'].pk}/withdraw-article/", found, "take back")
    token = unsubscribe_address(carol.user, Happening.SUBMITTED).removeprefix(
        site_settings.SITE_URL
    )
    visit(page, token, found, "unsubscribe")

    page.context.clear_cookies()
    let_in(page, sam, live_server)
    visit(page, "/me/", found, "/me/, nothing yet")
    visit(page, "/me/figures/", found, "/me/figures/, nothing yet")
    page.goto("/submit/")
    page.locator("form[action='/submit/'] button").click()
    ready_editor(page)
    press(page, "submit")
    expect(page.locator("#title-e")).to_be_visible()
    ready_editor(page)
    look_at(page, "write, with errors", found)
    assert_nothing(found)


@pytest.mark.timeout(240)
@DEVICES
def test_reviewers_pages(
    new_page: Callable[..., Page],
    live_server: Any,
    works: dict[str, Submission],
    eddie: User,
    device: dict[str, Any],
) -> None:
    page = new_page(**device, reduced_motion="reduce")
    # axe reads what the desk's style sheets import as if they stood in the page.
    page.expected_errors = ["/widgets.css"]
    found: dict[str, list[str]] = {}
    let_in(page, eddie, live_server)
    queue = "/admin/submissions/submission/"
    visit(page, queue, found)
    visit(page, f"{queue}?state=all", found)
    for name in ("pending", "again", "returned", "declined", "published"):
        visit(page, f"{queue}{works[name].pk}/change/", found, f"review, {name}")
    visit(page, f"{queue}{works['again'].pk}/edit/", found, "edit and accept")
    article = works["published"].article
    assert article is not None
    for address in (
        "dailyreads/",
        f"article/{article.pk}/figures/",
        f"article/{article.pk}/change/",
    ):
        visit(page, f"/admin/articles/{address}", found)
    assert_nothing(found)
