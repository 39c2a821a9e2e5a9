"""The steps of a text's way through the site, as contributors and editors go them in a browser."""

import re

from playwright.sync_api import Page, expect
from post_office.models import Email

from articles.models import User
from submissions.models import Submission
from tests.browser.helpers import picture_bytes, sign_in
from tests.browser.test_desk import ready_editor

ADDRESS = "rita@example.com"
SECRET_WORDS = "a quiet harbour in 1931"
BYLINE = "山月记"
TITLE = "老房子的插座怎么理"
FIRST = (
    "搬进老房子的第二个月，我才发现厨房的插座全在灶台后面。房东说当年装修的师傅图省事，"
    "线从一个盒子里串过去，想加一个都难。"
)
SECOND = (
    "我花了一个周末，拿着验电笔把每个插座属于哪一路空气开关记下来，画在一张旧挂历的背面。"
    "画完才知道，冰箱和热水器居然共用一路。"
)
HEADING = "先画一张图"
REMARK = "是哪一年的房子？请写明。"
MENDED = "房子是一九九二年的，铝线，墙里没有套管。"


def last_code(address: str = ADDRESS) -> str:
    """Return the code in the last mail to an address."""
    found = re.search(
        r"^\d{6}$", Email.objects.filter(to=address).latest("pk").message, re.MULTILINE
    )
    assert found is not None
    return found[0]


def subjects(address: str = ADDRESS) -> list[str]:
    """Return the subjects of the mails to an address, the oldest first."""
    return list(Email.objects.filter(to=address).order_by("pk").values_list("subject", flat=True))


def press(page: Page, what: str) -> None:
    """Press a button of the writing page: "draft" or "submit"."""
    page.locator(f"button[name=do][value={what}]").click()


def sign_up(page: Page) -> None:
    """Create an account from the page that says how to contribute, with the code by mail."""
    page.goto("/submit/")
    page.locator("a[href^='/accounts/signup/']").first.click()
    page.locator("input[name=email]").fill(ADDRESS)
    for name in ("password1", "password2"):
        if page.locator(f"input[name={name}]").count():
            page.locator(f"input[name={name}]").fill(SECRET_WORDS)
    page.locator("form.form button[type=submit]").first.click()
    expect(page.locator("input[name=code]")).to_be_visible()
    page.locator("input[name=code]").fill(last_code())
    page.locator("form.form button[type=submit]").first.click()
    expect(page).to_have_url(re.compile(r"/submit/$"))


def sign_in_by_code(page: Page) -> None:
    """Sign in on the page that is open, with a code by mail in place of the password."""
    page.locator("form.form a[href^='/accounts/login/code/']").click()
    page.locator("input[name=email]").fill(ADDRESS)
    page.locator("form.form button[type=submit]").first.click()
    page.locator("input[name=code]").fill(last_code())
    page.locator("form.form button[type=submit]").first.click()


def begin_a_text(page: Page) -> Submission:
    """Begin a draft on the page that says how to contribute; return it."""
    page.locator("form[action='/submit/'] button").click()
    expect(page).to_have_url(re.compile(r"/submit/\d+/$"))
    return Submission.objects.get()


def lose_the_session(page: Page) -> None:
    page.context.clear_cookies(name="sessionid")


def write_text(page: Page) -> None:
    """Write in the rich-text editor: a paragraph, a heading, a picture, a paragraph."""
    text = ready_editor(page)
    text.locator("body").click()
    page.keyboard.insert_text(FIRST)
    page.keyboard.press("Enter")
    page.locator(".cke_button__heading2").click()
    page.keyboard.insert_text(f"一、{HEADING}")
    page.keyboard.press("Enter")
    page.keyboard.insert_text(SECOND)
    expect(text.locator("h2")).to_have_text(f"一、{HEADING}")
    expect(text.locator("p")).to_have_text([FIRST, SECOND])


def add_image(page: Page, alt: str) -> None:
    """Put a picture into the text by uploading it in the editor's dialogue."""
    page.locator(".cke_button__image").click()
    dialog = page.locator(".cke_dialog:visible")
    dialog.locator("a.cke_dialog_tab", has_text="上传").click()
    file = dialog.frame_locator("iframe:visible").locator("input[type=file]")
    file.set_input_files({"name": "plan.png", "mimeType": "image/png", "buffer": picture_bytes()})
    with page.expect_response("**/submit/picture/**") as answer:
        dialog.locator("a.cke_dialog_ui_fileButton").click()
    assert answer.value.json()["uploaded"] == 1
    dialog.get_by_label("替换文本").fill(alt)
    dialog.locator("a.cke_dialog_ui_button_ok").click()
    expect(dialog).to_be_hidden()
    expect(ready_editor(page).locator(f"img[alt='{alt}']")).to_have_count(1)


def fill_in(page: Page) -> None:
    """Fill in what a submission needs besides title and text."""
    page.locator("#id_category").select_option(label="技术")
    page.locator("#id_tag_line").fill("老房子、用电")
    page.locator("input[name=ai_text][value=none]").check()
    page.locator("input[name=ai_images][value=none]").check()
    page.locator("#id_byline").fill(BYLINE)
    page.locator("input[name=agreed]").check()


def open_review(page: Page, eddie: User, row: Submission) -> None:
    """Sign an editor in, find the text in the queue, and take it."""
    sign_in(page, eddie, "/admin/submissions/submission/")
    page.locator("#result_list a", has_text=row.title).click()
    expect(page.locator(".review-prose")).to_be_visible()
    page.locator("form:has(input[name=action][value=claim]) button").click()
    expect(page.locator("form:has(input[name=action][value=release])")).to_be_visible()
    page.wait_for_load_state()


def decide(page: Page, name: str, note: str = "") -> None:
    """Fill in and send one of the forms of the review page."""
    form = page.locator(f"form.review-form:has(input[name=action][value={name}])")
    if not form.is_visible():
        page.locator("details.review-box", has=form).locator("> summary").click()
    if note:
        form.locator(f"[name={name}-note]").fill(note)
    form.locator("button[type=submit]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
