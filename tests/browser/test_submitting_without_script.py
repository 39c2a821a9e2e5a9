"""The same way for those whose browser runs no script: plain text in a text area."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from articles.models import Article, Category, User
from submissions.models import State
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.contributing import (
    BYLINE,
    FIRST,
    HEADING,
    MENDED,
    REMARK,
    SECOND,
    TITLE,
    begin_a_text,
    decide,
    fill_in,
    lose_the_session,
    open_review,
    press,
    sign_in_by_code,
    sign_up,
    subjects,
)
from tests.browser.helpers import picture_bytes, scrolls_sideways

TYPED = f"{FIRST}\r\n\r\n一、{HEADING}\r\n{SECOND}\r\n\r\n\r\n- 验电笔\r\n- 旧挂历\r\n"
TEXT = f"{FIRST}\n\n一、{HEADING}\n\n{SECOND}\n\n- 验电笔\n- 旧挂历"


@pytest.fixture(autouse=True)
def _mail_in_rows(settings: Any) -> None:
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_text_from_sign_up_to_publication(
    new_page: Callable[..., Page], eddie: User, technology: Category, device: dict[str, Any]
) -> None:
    page = new_page(**device, java_script_enabled=False)
    sign_up(page)
    row = begin_a_text(page)
    body = page.locator("#id_body")
    expect(body).to_be_visible()
    expect(page.locator("[data-signed-out]")).to_be_hidden()
    body.fill(TYPED)
    press(page, "draft")
    expect(page).to_have_url(re.compile(rf"/submit/{row.pk}/$"))
    expect(page.locator("#id_body")).to_have_value(TEXT)

    # Too much is missing: it is said beside each field, and nothing that was typed is lost.
    page.locator("#id_cover_upload").set_input_files(
        {"name": "cover.png", "mimeType": "image/png", "buffer": picture_bytes((1200, 800))}
    )
    page.locator("#id_cover_alt").fill("老房子的厨房")
    page.locator("#id_note").fill("图在后面补。")
    press(page, "submit")
    for name in ("title", "category", "ai_text", "ai_images", "byline", "agreed"):
        expect(page.locator(f"#{name}-e")).to_be_visible()
    expect(page.locator("#id_title")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#id_body")).to_have_value(TEXT)
    expect(page.locator("#id_note")).to_have_value("图在后面补。")
    expect(page.locator("[data-cover] img")).to_have_attribute("alt", "老房子的厨房")
    assert not scrolls_sideways(page)

    # The session ends before the next sending: after signing in again all is there.
    lose_the_session(page)
    page.locator("#id_title").fill(TITLE)
    press(page, "draft")
    sign_in_by_code(page)
    expect(page).to_have_url(re.compile(rf"/submit/{row.pk}/$"))
    expect(page.locator("#id_title")).to_have_value(TITLE)
    expect(page.locator("#id_body")).to_have_value(TEXT)

    fill_in(page)
    press(page, "submit")
    expect(page).to_have_url(re.compile(rf"/me/submissions/{row.pk}/$"))
    row.refresh_from_db()
    assert row.state == State.PENDING

    desk = new_page(**DESKTOP)
    open_review(desk, eddie, row)
    desk.locator(".review-prose p").first.click(click_count=3)
    desk.locator("#id_remark-text").fill(REMARK)
    decide(desk, "remark")
    decide(desk, "return", "先补一处事实。")

    page.goto(f"/me/submissions/{row.pk}/")
    expect(page.locator("article .reply")).to_contain_text(REMARK)
    page.locator(f"a.btn.solid[href='/submit/{row.pk}/']").click()
    expect(page.locator("#id_body")).to_have_value(TEXT)
    page.locator("#id_body").fill(f"{TEXT}\n\n{MENDED}")
    page.locator("input[name=agreed]").check()
    press(page, "submit")
    expect(page).to_have_url(re.compile(rf"/me/submissions/{row.pk}/$"))

    desk.goto(f"/admin/submissions/submission/{row.pk}/change/")
    decide(desk, "accept")
    reader = new_page(**device, java_script_enabled=False)
    reader.goto(Article.objects.get().get_absolute_url())
    expect(reader.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(reader.locator(".prose h2")).to_have_count(1)
    expect(reader.locator(".prose h2")).to_contain_text(HEADING)
    expect(reader.locator(".prose p")).to_have_text([FIRST, SECOND, MENDED])
    expect(reader.locator(".prose li")).to_have_text(["验电笔", "旧挂历"])
    expect(reader.locator(".rights")).to_contain_text(f"本文来自用户：{BYLINE}的投稿")
    expect(reader.get_by_role("img", name="老房子的厨房")).to_be_visible()
    assert subjects()[-4:] == [
        f"【拾页】已收到《{TITLE}》",
        f"【拾页】请修改《{TITLE}》",
        f"【拾页】已收到《{TITLE}》",
        f"【拾页】《{TITLE}》已发布",
    ]
    page.goto("/me/notices/")
    expect(page.locator(".notices")).to_contain_text(f"《{TITLE}》已发布。")
