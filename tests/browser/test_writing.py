"""Writing in a browser: saved while one writes, never overwritten, never lost."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Locator, Page, expect

from articles.models import Category, Picture, User
from submissions.models import State, Submission
from submissions.services.drafting import begin, save_draft
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import picture_bytes, scrolls_sideways, until
from tests.browser.test_axe import violations

TEXT = "小雪前后，白萝卜最便宜，也最甜，我家每年腌两坛。" * 6
devices = pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])


def sign_in(page: Page, user: User) -> None:
    client = Client()
    client.force_login(user)
    cookie = client.cookies["sessionid"].value
    page.goto("/submit/")
    page.context.add_cookies(
        [{"name": "sessionid", "value": cookie, "url": page.evaluate("location.origin")}]
    )


def open_draft(page: Page, row: Submission) -> Locator:
    """Open the writing page and return what one writes in."""
    page.goto(f"/submit/{row.pk}/")
    until(page, "() => window.CKEDITOR?.instances.id_body?.status === 'ready'")
    return page.frame_locator("iframe.cke_wysiwyg_frame").locator("body")


def saved(page: Page) -> None:
    expect(page.locator("[data-state]")).to_contain_text("已保存", timeout=15_000)


@devices
def test_the_way_from_the_first_word_to_the_queue(
    new_page: Callable[..., Page], device: dict[str, Any], sam: User, technology: Category
) -> None:
    page = new_page(**device, reduced_motion="reduce")
    sign_in(page, sam)
    page.goto("/submit/")
    page.locator("main form button[type=submit]").click()
    row = Submission.objects.get()
    body = open_draft(page, row)
    page.locator("#id_title").fill("小雪腌萝卜")
    body.click()
    page.keyboard.insert_text(TEXT)
    expect(page.locator("[data-state]")).to_have_text("尚未保存")
    file = {"name": "a.png", "mimeType": "image/png", "buffer": picture_bytes()}
    page.locator("#id_cover_upload").set_input_files(file)
    expect(page.locator("[data-cover] img")).to_be_visible()
    saved(page)
    row.refresh_from_db()
    assert (row.title, row.body, row.cover) == (
        "小雪腌萝卜",
        f"<p>{TEXT}</p>",
        Picture.objects.get(),
    )
    page.locator("button[value=submit]").click()
    expect(page.locator(".errs:visible")).to_contain_text("还有5处需要修改")
    assert violations(page) == []
    assert not scrolls_sideways(page)
    open_draft(page, row)
    page.locator("#id_category").select_option("技术")
    page.locator("[name=ai_text][value=none]").check()
    page.locator("[name=ai_images][value=none]").check()
    page.locator("#id_byline").fill("山月记")
    page.locator("[name=agreed]").check()
    page.locator("button[value=submit]").click()
    expect(page.locator(".badge")).to_have_text("待审", timeout=20_000)
    assert violations(page) == []
    row.refresh_from_db()
    assert (row.state, row.versions.count()) == (State.PENDING, 1)
    page.goto("/me/")
    assert violations(page) == []
    assert not scrolls_sideways(page)


def test_another_tab_is_told_and_overwrites_nothing(desktop: Page, sam: User) -> None:
    desktop.expected_errors = ["409"]
    sign_in(desktop, sam)
    row = begin(sam)
    open_draft(desktop, row)
    save_draft(row, sam, {"title": "另一个标签页写的"}, version=1)
    desktop.locator("#id_title").fill("这个标签页写的")
    expect(desktop.locator("[data-conflict]")).to_be_visible(timeout=15_000)
    desktop.locator("[data-load]").click()
    expect(desktop.locator("#id_title")).to_have_value("另一个标签页写的")
    expect(desktop.locator("[data-offer]")).to_be_visible()
    desktop.locator("[data-restore]").click()
    expect(desktop.locator("#id_title")).to_have_value("这个标签页写的")
    saved(desktop)
    row.refresh_from_db()
    assert row.title == "这个标签页写的"


def test_what_is_typed_after_the_session_ended_is_saved_after_signing_in(
    desktop: Page, sam: User
) -> None:
    desktop.expected_errors = ["401"]
    sign_in(desktop, sam)
    row = begin(sam)
    body = open_draft(desktop, row)
    desktop.context.clear_cookies(name="sessionid")
    body.click()
    desktop.keyboard.insert_text(TEXT)
    expect(desktop.locator("[data-signed-out]")).to_be_visible(timeout=15_000)
    other = desktop.context.new_page()
    sign_in(other, sam)
    other.close()
    expect(desktop.locator("[data-signed-out]")).to_be_hidden(timeout=20_000)
    saved(desktop)
    row.refresh_from_db()
    assert row.body == f"<p>{TEXT}</p>"


def test_without_a_connection_the_text_is_kept(desktop: Page, sam: User) -> None:
    desktop.expected_errors = ["ERR_INTERNET_DISCONNECTED"]
    sign_in(desktop, sam)
    row = begin(sam)
    open_draft(desktop, row)
    desktop.context.set_offline(True)
    desktop.locator("#id_title").fill("断网时写的")
    expect(desktop.locator("[data-state]")).to_contain_text("网络中断", timeout=15_000)
    assert "断网时写的" in desktop.evaluate(f"localStorage.getItem('tougao.draft.{row.pk}')")
    desktop.context.set_offline(False)
    saved(desktop)
    row.refresh_from_db()
    assert row.title == "断网时写的"
    until(desktop, f"() => localStorage.getItem('tougao.draft.{row.pk}') === null")


@devices
def test_without_script(
    new_page: Callable[..., Page], device: dict[str, Any], sam: User, technology: Category
) -> None:
    page = new_page(**device, java_script_enabled=False)
    sign_in(page, sam)
    page.goto("/submit/")
    page.locator("main form button[type=submit]").click()
    page.locator("#id_title").fill("没有脚本也能写")
    page.locator("#id_body").fill(f"一、先写\n\n{TEXT}")
    page.locator("button[value=submit]").click()
    expect(page.locator(".errs:visible")).to_contain_text("还有5处需要修改")
    expect(page.locator("#id_body")).to_have_value(f"一、先写\n\n{TEXT}")
    page.locator("#id_category").select_option("技术")
    page.locator("[name=ai_text][value=none]").check()
    page.locator("[name=ai_images][value=none]").check()
    page.locator("#id_byline").fill("山月记")
    page.locator("[name=agreed]").check()
    page.locator("button[value=submit]").click()
    expect(page.locator(".badge")).to_have_text("待审")
    assert Submission.objects.get().body == f"<h2>一、先写</h2><p>{TEXT}</p>"
