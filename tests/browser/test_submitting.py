"""The whole way of a text: written, returned, mended, accepted, public."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from articles.models import Article, Category, User
from submissions.models import State, Submission
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.contributing import (
    ADDRESS,
    BYLINE,
    FIRST,
    HEADING,
    MENDED,
    REMARK,
    SECOND,
    TITLE,
    add_image,
    begin_a_text,
    decide,
    fill_in,
    lose_the_session,
    open_review,
    press,
    sign_in_by_code,
    sign_up,
    subjects,
    write_text,
)
from tests.browser.helpers import scrolls_sideways
from tests.browser.test_desk import ready_editor

SIGNED_OUT = "[data-signed-out]"
# Milliseconds in which the script has certainly saved, or tried to.
LONG = 20_000
SAVED = re.compile(r"已保存 \d\d:\d\d")


@pytest.fixture(autouse=True)
def _mail_in_rows(settings: Any) -> None:
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


def state_of(page: Page) -> Any:
    return page.locator("[data-state]")


def sign_in_again_elsewhere(page: Page) -> None:
    """Sign in in a second tab: the first one then saves by itself."""
    with page.expect_popup() as opened:
        page.locator(f"{SIGNED_OUT} a").click()
    sign_in_by_code(opened.value)
    expect(opened.value).to_have_url(re.compile(r"/submit/$"))
    opened.value.close()
    expect(page.locator(SIGNED_OUT)).to_be_hidden(timeout=LONG)


def come_back_later(page: Page) -> None:
    """Leave, sign in, and take what this browser kept."""
    address = page.url
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(address)
    sign_in_by_code(page)
    expect(page).to_have_url(address)
    page.locator("[data-offer] [data-restore]").click()
    expect(page.locator("[data-offer]")).to_be_hidden()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("device", "come_back"),
    [(DESKTOP, sign_in_again_elsewhere), (PHONE, come_back_later)],
    ids=["desktop", "phone"],
)
def test_a_text_from_sign_up_to_publication(
    new_page: Callable[..., Page],
    eddie: User,
    technology: Category,
    device: dict[str, Any],
    come_back: Callable[[Page], None],
) -> None:
    page = new_page(**device)
    page.expected_errors = ["status of 401"]
    sign_up(page)
    row = begin_a_text(page)
    ready_editor(page)
    page.locator("#id_title").fill("老房子的插座")
    write_text(page)
    expect(state_of(page)).to_have_text("尚未保存")
    expect(state_of(page)).to_have_text(SAVED, timeout=LONG)
    with page.expect_response("**/save/") as answer:
        add_image(page, "挂历背面的图")
    assert answer.value.ok
    expect(state_of(page)).to_have_text(SAVED, timeout=LONG)
    row.refresh_from_db()
    assert row.title == "老房子的插座"
    assert 'src="/media/pictures/' in row.body
    assert not scrolls_sideways(page)

    lose_the_session(page)
    page.locator("#id_title").fill(TITLE)
    expect(page.locator(SIGNED_OUT)).to_be_visible(timeout=LONG)
    row.refresh_from_db()
    assert row.title == "老房子的插座"
    come_back(page)
    expect(page.locator("#id_title")).to_have_value(TITLE)
    expect(ready_editor(page).locator("body")).to_contain_text(SECOND)
    expect(ready_editor(page).locator("img[alt='挂历背面的图']")).to_have_count(1)
    expect(state_of(page)).to_have_text(SAVED, timeout=LONG)
    row.refresh_from_db()
    assert row.title == TITLE

    fill_in(page)
    press(page, "submit")
    expect(page).to_have_url(re.compile(rf"/me/submissions/{row.pk}/$"))
    expect(page.locator(".badge").first).to_have_text("待审")
    assert not scrolls_sideways(page)
    row.refresh_from_db()
    assert row.state == State.PENDING
    assert row.examinations.count() == 1

    desk = new_page(**DESKTOP)
    _return_with_a_remark(desk, eddie, row)
    _see_the_answer_and_mend(page, row)
    _accept_the_mended(desk, row)
    _read_it(new_page(**device), row)

    assert subjects()[-4:] == [
        f"【拾页】已收到《{TITLE}》",
        f"【拾页】请修改《{TITLE}》",
        f"【拾页】已收到《{TITLE}》",
        f"【拾页】《{TITLE}》已发布",
    ]
    page.goto("/me/notices/")
    expect(page.locator(".notices")).to_contain_text(f"《{TITLE}》已发布。")
    expect(page.locator(".notices")).to_contain_text(f"请修改《{TITLE}》。")
    unread = page.locator(".notices .badge")
    before = unread.count()
    assert before >= 2
    page.locator(".notices button[name=notice]").first.click()
    expect(unread).to_have_count(before - 1)


def _return_with_a_remark(desk: Page, eddie: User, row: Submission) -> None:
    open_review(desk, eddie, row)
    expect(desk.locator(".review-prose img[alt='挂历背面的图']")).to_be_visible()
    # What is selected in the text becomes the passage of the remark.
    desk.locator(".review-prose p").first.click(click_count=3)
    expect(desk.locator("#id_remark-quote")).to_have_value(FIRST)
    desk.locator("#id_remark-text").fill(REMARK)
    decide(desk, "remark")
    expect(desk.locator(".review-prose")).to_contain_text(REMARK)
    decide(desk, "return", "先补一处事实。")
    row.refresh_from_db()
    assert row.state == State.RETURNED


def _see_the_answer_and_mend(page: Page, row: Submission) -> None:
    page.goto("/me/")
    expect(page.locator(".work .reply")).to_contain_text("先补一处事实。")
    expect(page.locator("section[aria-labelledby=news]")).to_contain_text(f"请修改《{TITLE}》。")
    page.goto(f"/me/submissions/{row.pk}/")
    expect(page.locator("article .reply")).to_contain_text(REMARK)
    expect(page.locator("article .reply .quoted")).to_have_text(f"「{FIRST}」")
    page.locator(f"a.btn.solid[href='/submit/{row.pk}/']").click()
    expect(page.locator("section[aria-labelledby=editors-say]")).to_contain_text(REMARK)
    text = ready_editor(page)
    text.locator("p").first.click()
    page.keyboard.press("End")
    page.keyboard.insert_text(MENDED)
    expect(text.locator("p").first).to_contain_text(MENDED)
    page.locator("input[name=agreed]").check()
    press(page, "submit")
    expect(page).to_have_url(re.compile(rf"/me/submissions/{row.pk}/$"))
    row.refresh_from_db()
    assert row.state == State.PENDING
    assert MENDED in row.body


def _accept_the_mended(desk: Page, row: Submission) -> None:
    desk.goto(f"/admin/submissions/submission/{row.pk}/change/")
    expect(desk.locator("#difference ins")).to_contain_text([MENDED])
    decide(desk, "accept")
    row.refresh_from_db()
    assert row.state == State.PUBLISHED


def _read_it(reader: Page, row: Submission) -> None:
    article = Article.objects.get()
    assert row.article == article
    response = reader.goto(article.get_absolute_url())
    assert response is not None
    assert response.status == 200
    expect(reader.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(reader.locator(".prose h2")).to_contain_text([HEADING])
    expect(reader.locator(".prose")).to_contain_text(MENDED)
    expect(reader.get_by_role("img", name="挂历背面的图")).to_be_visible()
    expect(reader.locator(".rights")).to_contain_text(f"本文来自用户：{BYLINE}的投稿")
    expect(reader.locator("body")).not_to_contain_text(ADDRESS)


def test_two_tabs_overwrite_nothing(new_page: Callable[..., Page], technology: Category) -> None:
    page = new_page(**DESKTOP)
    page.expected_errors = ["status of 409"]
    sign_up(page)
    row = begin_a_text(page)
    ready_editor(page)
    other = page.context.new_page()
    other.goto(page.url)
    ready_editor(other)
    page.locator("#id_title").fill("第一个标签页写的")
    expect(state_of(page)).to_have_text("尚未保存")
    expect(state_of(page)).to_have_text(SAVED, timeout=LONG)

    other.locator("#id_title").fill("第二个标签页写的")
    expect(other.locator("[data-conflict]")).to_be_visible(timeout=LONG)
    # What is pressed there now does not get through either; what was typed stays to be copied.
    press(other, "draft")
    expect(other.locator(".errs[data-focus]")).to_be_visible()
    expect(other.locator("#id_title")).to_have_value("第二个标签页写的")
    row.refresh_from_db()
    assert row.title == "第一个标签页写的"

    other.locator(f".errs[data-focus] a[href='/submit/{row.pk}/']").click()
    expect(other.locator("#id_title")).to_have_value("第一个标签页写的")
    other.locator("[data-offer] [data-restore]").click()
    expect(other.locator("#id_title")).to_have_value("第二个标签页写的")
    expect(state_of(other)).to_have_text(SAVED, timeout=LONG)
    row.refresh_from_db()
    assert row.title == "第二个标签页写的"
