"""The checklist, the preview beside the form and the links to it, in a browser."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from articles.models import Article, Overruling, PreviewLink, Status, User
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import scrolls_sideways, sign_in, until
from tests.browser.test_axe import violations
from tests.browser.test_desk import ready_editor

WIDE = {"viewport": {"width": 1600, "height": 900}}


def opened_form(page: Page, user: User, article: Article) -> None:
    sign_in(page, user, f"/admin/articles/article/{article.pk}/change/")
    ready_editor(page)
    until(page, "() => !document.querySelector('[data-check-now]').hidden")


@pytest.mark.parametrize("device", [WIDE, PHONE], ids=["desktop", "phone"])
def test_warnings_are_overruled_from_the_keyboard(
    new_page: Callable[..., Page], eddie: User, draft: Article, device: dict[str, Any]
) -> None:
    page = new_page(**device)
    opened_form(page, eddie, draft)
    page.locator("#id_title").fill("无线死角怎么治，")
    expect(page.locator("#id_reason")).to_be_hidden()

    page.locator(".submit-row [name=_publish]").focus()
    page.keyboard.press("Enter")
    reason = page.locator("#id_reason")
    expect(reason).to_be_focused()
    expect(reason).to_be_in_viewport()
    expect(page.locator("#checklist")).to_contain_text("标题以“，”结尾。")
    expect(page.locator("#id_title")).to_have_value("无线死角怎么治，")
    expect(page.locator(".submit-row [name=_publish]")).to_have_text("仍然发布")
    assert not scrolls_sideways(page)
    assert violations(page, runOnly=["color-contrast", "label", "link-name", "list"]) == []
    assert Article.objects.get().status == Status.DRAFT

    page.locator("#checklist a", has_text="没有封面").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#id_cover_upload")).to_be_focused()

    reason.fill("作者等着")
    page.locator(".submit-row [name=_publish]").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist .success")).to_contain_text("公开")
    assert Article.objects.get().title == "无线死角怎么治，"
    assert Overruling.objects.get().reason == "作者等着"
    expect(page.locator(".desk-overrulings")).to_contain_text("作者等着")


def test_without_script_the_server_asks(
    new_page: Callable[..., Page], eddie: User, draft: Article
) -> None:
    page = new_page(**DESKTOP, java_script_enabled=False)
    sign_in(page, eddie, f"/admin/articles/article/{draft.pk}/change/")
    page.locator("#id_title").fill("改过的题目")
    page.locator(".submit-row [name=_publish]").click()
    expect(page.locator("#id_title")).to_have_value("改过的题目")
    page.locator("#id_reason").fill("作者等着")
    page.locator(".submit-row [name=_publish]").click()
    expect(page.locator(".messagelist .success")).to_contain_text("公开")
    assert Overruling.objects.get().reason == "作者等着"


def test_the_preview_beside_follows_what_is_typed(
    new_page: Callable[..., Page], eddie: User, draft: Article
) -> None:
    page = new_page(**WIDE)
    opened_form(page, eddie, draft)
    page.keyboard.press("p")
    pane = page.locator("#preview-pane")
    shown = pane.frame_locator("iframe")
    expect(shown.get_by_role("heading", level=1)).to_have_text(draft.title)
    assert pane.locator("iframe").evaluate("frame => frame.contentWindow.innerWidth") == 390
    beside, form = pane.bounding_box(), page.locator("#article_form").bounding_box()
    assert beside is not None
    assert form is not None
    assert beside["x"] >= form["x"] + form["width"]

    page.locator("#id_title").fill("正在写的题目")
    expect(shown.get_by_role("heading", level=1)).to_have_text("正在写的题目")
    text = ready_editor(page)
    text.locator("p").first.click()
    page.keyboard.press("Home")
    page.keyboard.type("刚写下的一句。")
    expect(shown.locator(".prose")).to_contain_text("刚写下的一句。")
    assert Article.objects.get().title == draft.title

    pane.get_by_label("平板").check()
    until(page, "() => document.querySelector('#preview-pane iframe').clientWidth === 768")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(shown.get_by_role("heading", level=1)).to_be_visible()
    expect(pane.get_by_label("平板")).to_be_checked()
    pane.get_by_role("button", name="关闭预览").click()
    expect(pane).to_be_hidden()
    expect(page.locator("[data-pane-toggle]")).to_be_focused()


def test_a_link_is_shared_and_revoked_beside_what_is_typed(
    new_page: Callable[..., Page], eddie: User, draft: Article
) -> None:
    page = new_page(**DESKTOP)
    opened_form(page, eddie, draft)
    page.locator("#id_title").fill("还没存的题目")
    page.locator("#id_span").select_option("hour")
    page.locator("#preview-links").get_by_role("button", name="生成链接").click()
    address = page.locator("#preview-links input[readonly]")
    expect(address).to_be_focused()
    expect(page.locator("#id_title")).to_have_value("还没存的题目")
    assert violations(page, include=[["#preview-links"]]) == []

    guest = new_page(**PHONE)
    guest.expected_errors = ["404"]
    where = "/preview/" + address.input_value().partition("/preview/")[2]
    guest.goto(where)
    expect(guest.get_by_role("heading", level=1)).to_have_text(draft.title)
    expect(guest.get_by_text("这是预览")).to_be_visible()
    assert not scrolls_sideways(guest)
    assert PreviewLink.objects.get().opened == 1

    page.locator("#preview-links").get_by_role("button", name="撤销").click()
    expect(page.locator("#preview-links input[readonly]")).to_have_count(0)
    expect(page.locator("#id_title")).to_have_value("还没存的题目")
    answer = guest.goto(where)
    assert answer is not None
    assert answer.status == 404
    expect(guest.get_by_role("heading", level=1)).to_have_text("这个预览已经失效")
