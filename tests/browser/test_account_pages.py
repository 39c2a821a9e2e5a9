"""The pages about one's own account: axe, the bell, devices, and the end of it all."""

from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from playwright.sync_api import Page, expect

from articles.models import Category, Contributor, User
from submissions.models import Happening
from submissions.services.bylines import describe_byline
from submissions.services.mail import unsubscribe_address
from submissions.services.reviewing import accept, claim, return_to_author
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import picture_bytes, scrolls_sideways
from tests.browser.test_axe import violations
from tests.conftest import PASSWORD
from tests.submissions.making import sent_by

pytestmark = pytest.mark.browser
OWN = ("/me/notices/", "/me/settings/", "/me/data/", "/accounts/sessions/", "/me/close/")


@pytest.fixture
def told(carol: Contributor, technology: Category, eddie: User, settings: Any) -> User:
    """Carol with a portrait, a returned text, a published one and three unread notices."""
    settings.EMAIL_BACKEND = "post_office.EmailBackend"
    row = sent_by(carol, technology)
    claim(row, eddie)
    return_to_author(row, eddie, version=row.version, note="请补上测量的年份。\n\n图很好。")
    title = "一篇题目长得要在手机上换三行才放得下的、关于老房子插座与配电箱的文章"
    row = sent_by(carol, technology, title=title)
    accept(row, eddie, version=row.version)
    portrait = SimpleUploadedFile("x.png", picture_bytes(), "image/png")
    user = carol.user
    assert user is not None
    describe_byline(user, bio="修网线的人。", upload=portrait)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def look(page: Page, name: str, found: list[str]) -> None:
    """Note what axe objects to, by day and by night, and whether the page is too wide."""
    expect(page.locator("h1")).to_be_visible()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += [f"{name}, {scheme}: {text}" for text in violations(page)]
    page.emulate_media(color_scheme="light")
    if scrolls_sideways(page):
        found.append(f"{name}: too wide")


def enter(page: Page, user: User) -> None:
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form.form button[type=submit]").first.click()
    expect(page.locator(".bell")).to_be_visible()


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_an_account_is_looked_after_and_closed(
    new_page: Callable[..., Page], device: dict[str, Any], told: User
) -> None:
    page = new_page(**device, reduced_motion="reduce")
    page.expected_errors = ["ViewTransition"]
    found: list[str] = []
    page.goto(unsubscribe_address(told, Happening.SUBMITTED).removeprefix("http://testserver"))
    look(page, "unsubscribe", found)
    page.locator(".form button.solid").click()
    expect(page.locator("[role=status]")).to_contain_text("不再发邮件")
    look(page, "unsubscribed", found)
    enter(page, told)
    for address in OWN:
        page.goto(address)
        if "reauthenticate" in page.url:
            page.locator("input[name=password]").fill(PASSWORD)
            page.locator("form.form button[type=submit]").first.click()
        look(page, address, found)
    page.locator("input[name=email]").fill("else@example.com")
    page.locator("form.form button.solid").click()
    expect(page.locator(".errs")).to_be_focused()
    look(page, "close, refused", found)
    page.locator("input[name=email]").fill(told.email)
    page.locator("input[value=drop]").check()
    page.locator("form.form button.solid").click()
    expect(page.locator("h1")).to_have_text("账户已注销")
    look(page, "closed", found)
    assert found == []
    assert not User.objects.filter(pk=told.pk).exists()


def test_the_bell_counts_and_reading_quiets_it(new_page: Callable[..., Page], told: User) -> None:
    page = new_page(**PHONE, reduced_motion="reduce")
    page.expected_errors = ["ViewTransition"]
    enter(page, told)
    expect(page.locator(".bell b")).to_have_text("3")
    page.locator(".bell").click()
    page.locator(".notices button").first.click()
    expect(page.locator(".bell b")).to_have_text("2")
    page.get_by_role("button", name="全部标为已读").click()
    expect(page.locator(".bell b")).to_have_count(0)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_browser_proves_itself_while_signing_up(
    new_page: Callable[..., Page], db: None, settings: Any, script: bool
) -> None:
    settings.EMAIL_BACKEND = "post_office.EmailBackend"
    page = new_page(**PHONE, java_script_enabled=script)
    sent: list[str] = []
    page.on("request", lambda r: sent.append(r.post_data or "") if r.method == "POST" else None)
    page.goto("/accounts/signup/")
    page.locator("input[name=email]").fill("rita@example.com")
    for name in ("password1", "password2"):
        page.locator(f"input[name={name}]").fill("a quiet harbour in 1931")
    page.locator("form.form button.solid").click()
    expect(page.locator("input[name=code]")).to_be_visible()
    assert ("proof=ey" in sent[0]) is script
