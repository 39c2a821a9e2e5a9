"""The desk's first page and its shortcuts, by keyboard alone."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from articles.models import Article, Contributor, User
from articles.services.planning import assign
from articles.services.publishing import create_article, schedule
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import sign_in, until

LIST = "/admin/articles/article/"
PRESS = (
    "options => document.body.dispatchEvent("
    "new KeyboardEvent('keydown', {bubbles: true, ...options}))"
)


def write(carol: Contributor, title: str) -> Article:
    return create_article(None, title=title, body="<p>文</p>", contributor=carol)


@pytest.fixture
def planned(eddie: User, carol: Contributor) -> Article:
    """An article that becomes public on the first of the next month, and one that is overdue."""
    today = timezone.localtime()
    assign(write(carol, "迟了的稿"), None, eddie, today.date() - timedelta(days=1))
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1, hour=9, minute=30)
    return schedule(write(carol, "下月的稿"), None, first)


def test_a_morning_by_keyboard(
    new_page: Callable[..., Page], eddie: User, planned: Article
) -> None:
    page = new_page(**DESKTOP)
    sign_in(page, eddie)
    dialog = page.locator("#desk-keys")
    until(page, "() => !document.getElementById('desk-keys-open').hidden")

    # What there is, and away with it.
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    expect(dialog.get_by_role("listitem").filter(has_text="下个月")).to_be_visible()
    expect(dialog.locator("[data-keys-rows]")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()

    # The calendar: the next month, and back.
    page.keyboard.press("]")
    page.wait_for_url("**month=*")
    until(page, "() => !document.getElementById('desk-keys-open').hidden")
    expect(page.locator(".desk-month td", has_text="下月的稿").first).to_contain_text("09:30")
    ahead = page.url
    page.keyboard.press("[")
    page.wait_for_url(lambda url: url != ahead)
    expect(page.locator(".desk-panel-work")).to_contain_text("迟了的稿")
    until(page, "() => !document.getElementById('desk-keys-open').hidden")

    # The list: down, up, tick, open.
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url(f"**{LIST}")
    rows = page.locator("#result_list tbody tr")
    for key, place in (("j", 0), ("j", 1), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        expect(rows.nth(place).locator("a:focus")).to_have_count(1)
    page.keyboard.press("x")
    expect(rows.nth(0).locator("input.action-select")).to_be_checked()
    expect(rows.nth(1).locator("input.action-select")).not_to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{LIST}*/change/**")


def test_keys_are_left_to_fields_and_can_be_switched_off(
    new_page: Callable[..., Page], eddie: User, planned: Article
) -> None:
    page = new_page(**DESKTOP)
    sign_in(page, eddie, LIST)
    dialog = page.locator("#desk-keys")
    until(page, "() => !document.getElementById('desk-keys-open').hidden")

    # In a field they are letters; with another key, or while a word is composed, nothing.
    page.keyboard.press("/")
    search = page.locator("#searchbar")
    expect(search).to_be_focused()
    page.keyboard.type("g?jn")
    expect(search).to_have_value("g?jn")
    page.evaluate("() => document.activeElement.blur()")
    for option in ("ctrlKey", "altKey", "metaKey", "isComposing"):
        page.evaluate(PRESS, {"key": "?", option: True})
    page.evaluate(PRESS, {"key": "Process", "keyCode": 229})
    expect(dialog).to_be_hidden()
    # A Chinese keyboard types another question mark.
    page.evaluate(PRESS, {"key": "？"})
    expect(dialog).to_be_visible()

    # Switched off they stay so on the next page; the button still shows them.
    dialog.locator("[data-keys-switch]").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    page.reload()
    until(page, "() => !document.getElementById('desk-keys-open').hidden")
    page.keyboard.press("?")
    expect(dialog).to_be_hidden()
    expect(page.locator("#searchbar")).not_to_have_attribute("aria-keyshortcuts", "/")
    page.locator("#desk-keys-open").click()
    dialog.locator("[data-keys-switch]").check()
    page.keyboard.press("Escape")
    expect(page.locator("#searchbar")).to_have_attribute("aria-keyshortcuts", "/")


def test_saving_by_key_from_a_field_and_from_the_editor(
    new_page: Callable[..., Page], eddie: User, planned: Article
) -> None:
    page = new_page(**DESKTOP)
    sign_in(page, eddie, f"{LIST}{planned.pk}/change/")
    until(page, "() => window.CKEDITOR?.instances.id_body?.status === 'ready'")
    page.locator("#id_title").fill("下月的新题")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator(".messagelist .success")).to_contain_text("下月的新题")
    until(page, "() => window.CKEDITOR?.instances.id_body?.status === 'ready'")
    page.frame_locator("iframe.cke_wysiwyg_frame").locator("body").click()
    page.keyboard.type("多写一句。")
    # No shortcut in the text: what is typed there is text.
    page.keyboard.type("g a ?")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator(".messagelist .success")).to_contain_text("下月的新题")
    planned.refresh_from_db()
    assert "多写一句。g a ?" in planned.prose.replace("&nbsp;", " ")


def test_on_a_phone_the_calendar_is_a_list(
    new_page: Callable[..., Page], eddie: User, planned: Article
) -> None:
    page = new_page(**PHONE)
    sign_in(page, eddie, f"/admin/?month={timezone.localtime(planned.published_at):%Y-%m}")
    day = page.locator(".desk-month td", has_text="下月的稿")
    expect(day.locator(".long")).to_be_visible()
    expect(page.locator(".desk-month thead")).to_be_hidden()
    day.get_by_role("link", name="下月的稿").tap()
    page.wait_for_url(f"**{LIST}{planned.pk}/change/**")
    expect(page.locator("#id_title")).to_have_value("下月的稿")
