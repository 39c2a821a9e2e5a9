"""The library of pictures in a browser: uploaded, described, chosen, replaced, cleared out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, expect

from articles.models import Article, Picture, User
from articles.services.publishing import publish, revise
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import picture_bytes, scrolls_sideways, sign_in, until
from tests.browser.test_desk import ready_editor

LIST = "/admin/articles/picture/"


def file_of(name: str, colour: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "image/png", "buffer": picture_bytes(colour=colour)}


def upload_and_describe(page: Page) -> None:
    """Send three files at once, one of which is none; describe what was taken."""
    page.goto(f"{LIST}add/")
    bad = {"name": "不是图片.png", "mimeType": "image/png", "buffer": b"no"}
    page.locator("#pic-files").set_input_files(
        [file_of("海.png", "#0a5c51"), bad, file_of("湖.png", "#1b4d80")]
    )
    described = page.locator(".pic-queue .desk-alt:visible")
    expect(described).to_have_count(2)
    expect(page.locator(".pic-queue .errornote:visible")).to_have_count(1)
    expect(page.locator(".pic-queue li").nth(1)).to_contain_text("不是图片.png")
    described.first.fill("一片海")
    described.last.fill("一片湖")
    page.locator(".submit-row:visible [name=_describe]").click()
    expect(page.locator(".messagelist .success")).to_contain_text("2")
    assert list(Picture.objects.order_by("pk").values_list("alt", flat=True)) == [
        "一片海",
        "一片湖",
    ]


def choose_cover(page: Page, article: Article) -> None:
    page.goto(f"/admin/articles/article/{article.pk}/change/")
    ready_editor(page)
    with page.expect_popup() as opened:
        page.locator("#id_cover_choice + button").click()
    chooser = opened.value
    chooser.wait_for_load_state()
    chooser.locator("input[type=search]").fill("海")
    chooser.locator("input[type=search]").press("Enter")
    chooser.wait_for_url("**q=*")
    expect(chooser.locator("[data-number]")).to_have_count(1)
    chooser.locator("[data-number]").click()
    expect(page.locator("#id_cover_choice")).to_have_value(str(Picture.objects.earliest("pk").pk))


def choose_for_text(page: Page) -> None:
    """Put a picture of the library into the text, by the editor's own dialog."""
    page.locator(".cke_button__image").click()
    with page.expect_popup() as opened:
        page.locator(".cke_dialog_body a.cke_dialog_ui_button:visible", has_text="浏览").click()
    # Its script runs when the page is whole.
    opened.value.wait_for_load_state()
    opened.value.locator("[data-number]", has_text="一片海").click()
    until(page, "() => CKEDITOR.dialog.getCurrent().getValueOf('info', 'alt') === '一片海'")
    page.locator(".cke_dialog_ui_button_ok").click()
    text = page.frame_locator("iframe.cke_wysiwyg_frame")
    expect(text.get_by_role("img", name="一片海")).to_have_count(1)


def test_pictures_are_uploaded_used_replaced_and_cleared_out(
    new_page: Callable[..., Page], live_server: Any, chloe: User, article: Article
) -> None:
    page = new_page(**DESKTOP)
    sign_in(page, chloe)
    upload_and_describe(page)
    sea, lake = Picture.objects.order_by("pk")
    choose_cover(page, article)
    choose_for_text(page)
    page.locator("[name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    article.refresh_from_db()
    assert article.cover == sea
    assert list(article.picture_uses.values_list("picture", flat=True)) == [sea.pk]

    reader = new_page(**PHONE)
    reader.goto(article.get_absolute_url())
    shown = reader.locator(".prose img")
    before = shown.get_attribute("src")
    page.goto(f"{LIST}{sea.pk}/change/")
    page.locator("a[data-key=r]").click()
    page.locator("#id_upload").set_input_files(file_of("新.png", "#a32b18"))
    page.locator(".submit-row button").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    reader.reload()
    after = shown.get_attribute("src")
    assert before != after
    until(reader, "() => document.querySelector('.prose img').naturalWidth > 0")
    old = page.request.get(f"{live_server.url}{before}", max_redirects=0)
    assert (old.status, old.headers["location"]) == (301, after)

    Picture.objects.update(created_at=timezone.now() - timedelta(days=2))
    page.goto(LIST)
    page.locator("[data-select-all]").click()
    page.locator("select[name=action]").select_option("delete_chosen")
    page.locator(".actions button").click()
    expect(page.locator("#content h2")).to_have_count(2)
    page.locator("#content form [type=submit]").click()
    expect(page.locator(".messagelist .success")).to_contain_text("1")
    assert list(Picture.objects.all()) == [sea]
    page.goto(f"{LIST}{sea.pk}/delete/")
    expect(page.locator("#content form")).to_have_count(0)
    assert not Picture.objects.filter(pk=lake.pk).exists()


def test_the_library_fits_a_phone_and_the_keyboard(
    new_page: Callable[..., Page], chloe: User, article: Article
) -> None:
    page = new_page(**PHONE)
    sign_in(page, chloe)
    upload_and_describe(page)
    publish(revise(article, None, {"cover": Picture.objects.earliest("pk")}), None)
    pages = [LIST, f"{LIST}?as=table", f"{LIST}add/", f"{LIST}choose/"]
    number = Picture.objects.earliest("pk").pk
    pages += [f"{LIST}{number}/{what}/" for what in ("change", "replace", "delete")]
    for place in pages:
        page.goto(place)
        assert not scrolls_sideways(page), place
    page.goto(f"{LIST}?as=grid&q=一片")
    field = page.locator(".pic-grid .desk-alt").first
    field.fill("夜里的湖")
    field.press("Enter")
    expect(page.locator(".messagelist .success")).to_contain_text("1")
    page.goto(LIST)
    expect(page.locator(".pic-grid .desk-alt").first).to_have_value("夜里的湖")
