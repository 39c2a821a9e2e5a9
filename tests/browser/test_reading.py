"""Reading, on a desktop and on a phone, with the script and without it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from articles import reads
from articles.models import Article, DailyReads
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import (
    CAPTION,
    ENTRANCES,
    PERSON,
    SECTIONS,
    VISITS,
    furnish,
    visit,
)

DEVICES = {"desktop": DESKTOP, "phone": PHONE}


@pytest.fixture
def site(transactional_db: None, settings: Any) -> Iterator[dict[str, int]]:
    yield furnish(settings)
    reads.buffer.flush()


@pytest.mark.parametrize("device", DEVICES)
def test_from_the_home_page_through_an_article(
    site: dict[str, int], new_page: Callable[..., Page], device: str
) -> None:
    page = new_page(**DEVICES[device])
    page.goto("/")
    page.get_by_role("link", name="老房子的无线死角怎么治").first.click()
    page.wait_for_url(f"**/p/{site['rich']}.html")
    expect(page.get_by_role("heading", level=1)).to_have_text("老房子的无线死角怎么治")
    cover = page.get_by_role("img", name="一间老屋")
    expect(cover).to_be_visible()
    assert cover.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    contents = page.get_by_role("navigation", name="本文目录")
    expect(contents.get_by_role("link")).to_have_count(len(SECTIONS))
    contents.get_by_role("link", name=SECTIONS[2]).click()
    heading = page.get_by_role("heading", name=SECTIONS[2])
    expect(heading).to_be_in_viewport()
    assert page.evaluate("decodeURIComponent(location.hash).slice(1)") == heading.get_attribute(
        "id"
    )
    expect(page.get_by_text(CAPTION)).to_have_count(1)
    page.get_by_role("navigation", name="前后文章").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("件小事")
    page.go_back()
    page.get_by_role("region", name="相关推荐").get_by_role("link", name="件小事").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("件小事")


@pytest.mark.parametrize("device", DEVICES)
def test_taking_the_address_along(
    site: dict[str, int], new_page: Callable[..., Page], device: str
) -> None:
    page = new_page(**DEVICES[device], permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/p/{site['rich']}.html")
    page.get_by_role("button", name="复制链接").click()
    expect(page.get_by_text("链接已复制")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    code = page.get_by_role("img", name="二维码")
    expect(code).to_be_hidden()
    page.get_by_text("手机上读").click()
    expect(code).to_be_visible()


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_dark_follows_the_system_until_it_is_chosen(
    site: dict[str, int], new_page: Callable[..., Page], device: str, scheme: str
) -> None:
    page = new_page(**DEVICES[device], color_scheme=scheme)
    page.goto("/")
    switch = page.get_by_role("button", name="深色")
    before, after = ("false", "true") if scheme == "light" else ("true", "false")
    expect(switch).to_have_attribute("aria-pressed", before)
    assert is_dark(page) == (before == "true")
    page.emulate_media(color_scheme="dark" if scheme == "light" else "light")
    expect(switch).to_have_attribute("aria-pressed", after)
    page.emulate_media(color_scheme=scheme)
    expect(switch).to_have_attribute("aria-pressed", before)
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", after)
    assert is_dark(page) == (after == "true")
    page.reload()
    expect(switch).to_have_attribute("aria-pressed", after)
    page.goto(f"/p/{site['plain']}.html")
    assert is_dark(page) == (after == "true")


def is_dark(page: Page) -> bool:
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(int(part) for part in colour.removeprefix("rgb(").rstrip(")").split(",")) < 300


def test_who_stays_for_three_seconds_has_read(
    site: dict[str, int], new_page: Callable[..., Page]
) -> None:
    Article.objects.update(read_count=0)
    DailyReads.objects.all().delete()
    page = new_page(**DESKTOP, user_agent=PERSON)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method + request.url[-6:]))
    page.clock.install()
    page.goto(f"/p/{site['plain']}.html")
    page.clock.run_for(2500)
    assert "POST/read/" not in sent
    with page.expect_response("**/read/") as answer:
        page.clock.run_for(1000)
    assert answer.value.status == 204
    reads.buffer.flush()
    assert dict(Article.objects.filter(read_count__gt=0).values_list("pk", "read_count")) == {
        site["plain"]: 1
    }
    assert DailyReads.objects.get().reads == 1


def test_a_browser_without_a_person_counts_nothing(
    site: dict[str, int], new_page: Callable[..., Page]
) -> None:
    before = Article.objects.get(pk=site["plain"]).read_count
    page = new_page(**DESKTOP, user_agent=PERSON.replace("Chrome/", "HeadlessChrome/"))
    page.clock.install()
    page.goto(f"/p/{site['plain']}.html")
    with page.expect_response("**/read/"):
        page.clock.run_for(4000)
    reads.buffer.flush()
    assert Article.objects.get(pk=site["plain"]).read_count == before


def test_every_page_is_readable_without_script(
    site: dict[str, int], new_page: Callable[..., Page]
) -> None:
    page = new_page(**PHONE, java_script_enabled=False)
    for where in (*VISITS, *ENTRANCES):
        visit(page, where, site)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert len(page.locator("main").inner_text().strip()) > 20, where.name
        expect(page.locator(".js >> visible=true")).to_have_count(0)
        # Forms work without script: they post, or ask the search.
        assert page.locator("form:visible:not([method=post]):not([action*=search])").count() == 0, (
            where.name
        )


def test_an_article_without_script(site: dict[str, int], new_page: Callable[..., Page]) -> None:
    page = new_page(**PHONE, java_script_enabled=False)
    page.goto(f"/p/{site['rich']}.html")
    expect(page.get_by_role("img", name="一间老屋")).to_be_visible()
    page.get_by_role("link", name=SECTIONS[3]).click()
    expect(page.get_by_role("heading", name=SECTIONS[3])).to_be_in_viewport()
    page.get_by_text("目录", exact=True).click()
    expect(page.get_by_role("link", name=SECTIONS[3])).to_be_hidden()
    page.get_by_text("手机上读").click()
    expect(page.get_by_role("img", name="二维码")).to_be_visible()
    expect(page.get_by_role("button", name="复制链接")).to_be_hidden()
