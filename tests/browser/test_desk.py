"""The editors' desk in a browser: writing, showing, taking back; and what a moderator does."""

import base64
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from playwright.sync_api import FrameLocator, Page, expect

from articles.models import Article, Category, Contributor, Picture, Restriction, Status, User
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import picture_bytes, scrolls_sideways, sign_in, until
from tests.conftest import PASSWORD

TITLE = "一块旧木板，怎样变成书架"
BUTTONS = ("_save", "_preview", "_publish", "_schedule", "_withdraw")


def ready_editor(page: Page) -> FrameLocator:
    """Wait for the rich-text editor and return the frame that one writes in."""
    until(page, "() => window.CKEDITOR?.instances.id_body?.status === 'ready'")
    return page.frame_locator("iframe.cke_wysiwyg_frame")


def write_text(page: Page) -> None:
    text = ready_editor(page)
    text.locator("body").click()
    page.locator(".cke_button__heading2").click()
    page.keyboard.type("一、先量墙")
    page.keyboard.press("Enter")
    page.keyboard.type("量三遍，记最小的那个数。")
    page.keyboard.press("Enter")
    page.locator(".cke_button__bulletedlist").click()
    page.keyboard.type("卷尺")
    page.keyboard.press("Enter")
    page.keyboard.type("水平尺")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.locator(".cke_button__heading2").click()
    page.keyboard.type("二、再锯木板")
    page.keyboard.press("Enter")
    page.keyboard.type("锯之前再量一遍。")
    page.keyboard.press("Enter")
    expect(text.locator("body")).to_contain_text("锯之前再量一遍")


def add_image_by_dialog(page: Page) -> None:
    page.locator(".cke_button__image").click()
    dialog = page.locator(".cke_dialog:visible")
    dialog.locator("a.cke_dialog_tab", has_text="上传").click()
    file = dialog.frame_locator("iframe:visible").locator("input[type=file]")
    file.set_input_files({"name": "board.png", "mimeType": "image/png", "buffer": picture_bytes()})
    with page.expect_response("**/upload/") as answer:
        dialog.locator("a.cke_dialog_ui_fileButton").click()
    assert answer.value.json()["uploaded"] == 1
    dialog.get_by_label("替换文本").fill("锯好的木板")
    dialog.locator("a.cke_dialog_ui_button_ok").click()
    expect(dialog).to_be_hidden()
    expect(ready_editor(page).locator("img[alt='锯好的木板']")).to_have_count(1)


def add_image_by_paste(page: Page) -> None:
    """Paste a picture from the real clipboard."""
    data = base64.b64encode(picture_bytes(colour="#784b10")).decode()
    page.evaluate(
        """async data => {
            const bytes = Uint8Array.from(atob(data), letter => letter.charCodeAt(0));
            const blob = new Blob([bytes], {type: 'image/png'});
            await navigator.clipboard.write([new ClipboardItem({'image/png': blob})]);
        }""",
        data,
    )
    text = ready_editor(page)
    text.locator("p", has_text="锯之前").click()
    page.keyboard.press("End")
    with page.expect_response("**/upload/") as answer:
        page.keyboard.press("Control+v")
    assert answer.value.json()["uploaded"] == 1
    expect(text.locator("img[src^='/media/']")).to_have_count(2)


def file_it(page: Page) -> None:
    page.locator("#id_category").select_option(label="技术")
    page.locator("#id_tag_line").fill("木工、收纳")
    page.locator(".field-contributor .select2-selection").click()
    page.locator("input.select2-search__field").fill("纸上")
    page.locator(".select2-results__option", has_text="纸上行舟").click()
    page.locator("#id_cover_upload").set_input_files(
        {"name": "cover.png", "mimeType": "image/png", "buffer": picture_bytes((1200, 800))}
    )
    page.locator("#id_cover_alt").fill("书架的样子")


def press(page: Page, name: str, said: str) -> None:
    page.locator(f".submit-row [name={name}]").click()
    expect(page.locator(".messagelist .success")).to_contain_text(said)


def overrule(page: Page, name: str, said: str) -> None:
    """Let an article out although the checklist warns."""
    page.locator(f".submit-row [name={name}]").click()
    page.locator("#id_reason").fill("为了测试")
    press(page, name, said)


def status_of(page: Page, address: str) -> int:
    """Ask for a page as a reader would, without the editor's session."""
    stranger = page.context.browser.new_context()
    try:
        return stranger.request.get(address).status
    finally:
        stranger.close()


@pytest.mark.timeout(240)
def test_an_article_from_the_first_word_to_its_withdrawal(
    new_page: Callable[..., Page],
    live_server: Any,
    eddie: User,
    carol: Contributor,
    technology: Category,
) -> None:
    page = new_page(**DESKTOP, permissions=["clipboard-read", "clipboard-write"])
    sign_in(page, eddie)
    page.get_by_role("link", name="写文章").click()
    page.locator("#id_title").fill(TITLE)
    write_text(page)
    add_image_by_dialog(page)
    add_image_by_paste(page)
    file_it(page)

    with page.expect_popup() as opened:
        page.locator(".submit-row [name=_preview]").click()
    typed = opened.value
    expect(typed.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(typed.get_by_role("heading", name="先量墙")).to_be_visible()
    expect(typed.locator(".prose img")).to_have_count(2)
    assert Article.objects.count() == 0
    as_typed = typed.locator(".prose").inner_html()
    typed.close()

    press(page, "_save", "草稿")
    article = Article.objects.get()
    assert (article.status, article.tag_names) == (Status.DRAFT, ["木工", "收纳"])
    assert article.cover is not None
    assert article.cover.alt == "书架的样子"
    assert Picture.objects.count() == 3
    assert "<li>卷尺</li>" in article.body.replace("\n", "")
    public = live_server.url + article.get_absolute_url()
    assert status_of(page, public) == 404

    moment = timezone.localtime() + timedelta(days=2)
    page.locator("#id_published_at_0").fill(f"{moment:%Y-%m-%d}")
    page.locator("#id_published_at_1").fill(f"{moment:%H:%M:%S}")
    overrule(page, "_schedule", f"{moment:%Y-%m-%d}")
    assert Article.objects.get().status == Status.SCHEDULED
    assert status_of(page, public) == 404

    overrule(page, "_publish", "公开")
    reader = new_page(**PHONE)
    response = reader.goto(article.get_absolute_url())
    assert response is not None
    assert response.status == 200
    expect(reader.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(reader.get_by_text("量三遍，记最小的那个数。")).to_be_visible()
    expect(reader.locator(".prose li")).to_have_text(["卷尺", "水平尺"])
    expect(reader.get_by_role("img", name="锯好的木板")).to_be_visible()
    expect(reader.get_by_role("img", name="书架的样子")).to_be_visible()
    expect(reader.get_by_role("navigation", name="本文目录")).to_contain_text("再锯木板")
    assert reader.locator(".prose").inner_html() == as_typed

    press(page, "_withdraw", "撤下")
    assert status_of(page, public) == 404


def test_the_preview_of_what_is_saved_is_the_public_page(
    new_page: Callable[..., Page], eddie: User, article: Article
) -> None:
    page = new_page(**DESKTOP)
    sign_in(page, eddie, f"/admin/articles/article/{article.pk}/change/")
    ready_editor(page)
    with page.expect_popup() as opened:
        page.locator(".object-tools a", has_text="预览").click()
    preview = opened.value
    expect(preview.get_by_role("status").first).to_contain_text("预览")
    reader = new_page(**DESKTOP)
    reader.goto(article.get_absolute_url())
    for part in (".prose", ".art > .head", ".toc"):
        assert preview.locator(part).inner_html() == reader.locator(part).inner_html()


def test_who_may_not_publish_is_offered_no_button_for_it(
    new_page: Callable[..., Page], article: Article
) -> None:
    helper = User.objects.create_user("h@example.com", PASSWORD, name="Helper", is_staff=True)
    for codename in ("view_article", "change_article"):
        helper.user_permissions.add(Permission.objects.get(codename=codename))
    page = new_page(**DESKTOP)
    sign_in(page, helper, f"/admin/articles/article/{article.pk}/change/")
    ready_editor(page)
    offered = [name for name in BUTTONS if page.locator(f"[name={name}]").count()]
    assert offered == ["_save", "_preview"]
    page.goto("/admin/articles/article/")
    expect(page.locator("#result_list")).to_be_visible()
    offered = page.locator("select[name=action] option").evaluate_all(
        "all => all.map(o => o.value)"
    )
    assert "recategorise_chosen" in offered
    assert {"publish_chosen", "schedule_chosen", "withdraw_chosen"}.isdisjoint(offered)


def test_a_moderator_withholds_an_article_and_restores_it(
    new_page: Callable[..., Page], live_server: Any, mona: User, article: Article
) -> None:
    page = new_page(**DESKTOP)
    public = live_server.url + article.get_absolute_url()
    sign_in(page, mona, f"/admin/articles/article/{article.pk}/change/")
    expect(page.get_by_text(article.title).first).to_be_visible()
    for name in BUTTONS:
        expect(page.locator(f"[name={name}]")).to_have_count(0)
    page.goto("/admin/articles/restriction/add/")
    page.locator(".field-article .select2-selection").click()
    page.locator("input.select2-search__field").fill("无线死角")
    page.locator(".select2-results__option", has_text=article.title).click()
    page.locator("#id_scope").select_option("whole")
    page.locator("#id_reference").fill("TS-2026-000123")
    assert status_of(page, public) == 200
    press(page, "_save", "TS-2026-000123")
    assert status_of(page, public) == 451

    page.goto(f"/admin/articles/restriction/{Restriction.objects.get().pk}/change/")
    page.get_by_role("button", name="解除限制展示").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert status_of(page, public) == 200


@pytest.mark.parametrize("new", [True, False], ids=["new", "saved"])
def test_the_form_fits_a_phone(
    new_page: Callable[..., Page], eddie: User, article: Article, new: bool
) -> None:
    page = new_page(**PHONE)
    where = "add" if new else f"{article.pk}/change"
    sign_in(page, eddie, f"/admin/articles/article/{where}/")
    ready_editor(page)
    assert not scrolls_sideways(page)
    buttons = page.locator(".submit-row > :is(input, button)")
    # Save, the two previews; of a new one also publish and schedule, of a public one withdraw.
    assert buttons.count() == (5 if new else 4)
    for button in buttons.all():
        expect(button).to_be_in_viewport(ratio=1)
        button.click(trial=True)
    for place in ("/admin/", "/admin/articles/article/"):
        page.goto(place)
        assert not scrolls_sideways(page), place
