"""Narrow and wide windows, large letters, and paper."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import (
    ENTRANCES,
    SECTIONS,
    VISITS,
    furnish,
    scrolls_sideways,
    until,
    visit,
)

WIDTHS = (320, 390, 768, 1280)
# Elements that hide a part of their own text; a clamped summary means to, and so does .vh.
CUT = """() => [...document.querySelectorAll('body *')].filter(element => {
  const style = getComputedStyle(element);
  if (element.closest('.vh, .skip, svg, picture') || style.webkitLineClamp !== 'none') return false;
  return style.overflowX === 'hidden' && element.scrollWidth > element.clientWidth + 1
    || style.overflowY === 'hidden' && element.scrollHeight > element.clientHeight + 1;
}).map(element => element.outerHTML.slice(0, 150))"""


@pytest.fixture
def numbers(transactional_db: None, settings: Any) -> dict[str, int]:
    return furnish(settings)


def test_no_page_scrolls_sideways(numbers: dict[str, int], new_page: Callable[..., Page]) -> None:
    page = new_page(viewport={"width": WIDTHS[0], "height": 800})
    wide = []
    for where in (*VISITS, *ENTRANCES):
        visit(page, where, numbers)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            if scrolls_sideways(page):
                wide.append((where.name, width))
    assert wide == []


def test_letters_of_twice_the_size_are_not_cut(
    numbers: dict[str, int], new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 390, "height": 800})
    found = []
    for where in (*VISITS, *ENTRANCES):
        visit(page, where, numbers)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 800})
            if scrolls_sideways(page):
                found.append((where.name, width, "wide"))
            found += [(where.name, width, cut) for cut in page.evaluate(CUT)]
    assert found == []


def test_wide_things_scroll_in_a_region_of_their_own(
    numbers: dict[str, int], new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 320, "height": 800})
    page.goto(f"/p/{numbers['rich']}.html")
    for selector in (".prose .scroll:has(table)", ".prose pre"):
        region = page.locator(selector)
        expect(region).to_have_count(1)
        assert region.evaluate("region => region.scrollWidth > region.clientWidth"), selector
        expect(region).to_have_attribute("tabindex", "0")
        region.focus()
        page.keyboard.press("ArrowRight")
        until(page, "selector => document.querySelector(selector).scrollLeft > 0", selector)


def test_on_paper_the_text_stands_alone(
    numbers: dict[str, int], new_page: Callable[..., Page]
) -> None:
    page = new_page(viewport={"width": 700, "height": 900}, color_scheme="dark")
    page.goto(f"/p/{numbers['rich']}.html")
    away = page.locator(":is(.top nav, .foot, .toc, .turn, .related, .act, .crumbs):visible")
    assert away.count() >= 7
    page.emulate_media(media="print")
    expect(page.locator("h1")).to_be_visible()
    expect(page.get_by_role("heading", name=SECTIONS[0])).to_be_visible()
    expect(page.locator(".prose table")).to_be_visible()
    expect(page.locator(".rights")).to_contain_text("转载")
    expect(away).to_have_count(0)
    black, white = page.evaluate(
        "[getComputedStyle(document.querySelector('.prose')).color,"
        " getComputedStyle(document.body).backgroundColor]"
    )
    assert (black, white) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")
