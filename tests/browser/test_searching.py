"""Searching in a browser: with suggestions, by keyboard and by finger, and without script."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from articles.models import Article, Contributor
from articles.search.statistics import take_sample
from articles.services.names import refresh_search_names
from articles.services.publishing import create_article, publish
from tests.browser.conftest import DESKTOP, PHONE


@pytest.fixture
def furnished(transactional_db: None, article: Article, carol: Contributor) -> Article:
    body = "<p>" + "开头的话。" * 40 + "网络备份从这里说起。</p>"
    publish(create_article(None, title="网络备份", body=body, contributor=carol), None)
    take_sample(2)
    refresh_search_names()
    return article


def test_from_the_header_by_keyboard(furnished: Article, desktop: Page) -> None:
    desktop.goto("/")
    field = desktop.get_by_role("combobox", name="站内搜索")
    expect(field).to_have_attribute("aria-expanded", "false")
    field.press_sequentially("路由", delay=30)
    options = desktop.get_by_role("option")
    expect(options).to_have_count(2)
    expect(field).to_have_attribute("aria-expanded", "true")
    field.press("ArrowDown")
    field.press("ArrowDown")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    active = field.get_attribute("aria-activedescendant")
    assert active == options.nth(1).get_attribute("id")
    field.press("Escape")
    expect(options.first).to_be_hidden()
    assert field.input_value() == "路由"
    field.press("ArrowDown")
    field.press("ArrowUp")
    field.press("ArrowUp")
    expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    field.press("Enter")
    desktop.wait_for_url(f"**{furnished.get_absolute_url()}")


def test_enter_searches_what_was_typed(furnished: Article, desktop: Page) -> None:
    desktop.goto("/")
    field = desktop.get_by_role("combobox", name="站内搜索")
    field.press_sequentially("網絡備份", delay=30)
    expect(desktop.get_by_role("option")).to_have_count(1)
    field.press("Enter")
    desktop.wait_for_url("**/search/?q=*")
    expect(desktop.get_by_role("status").first).to_contain_text("共找到2篇")
    expect(desktop.locator("article.entry p mark").first).to_have_text("网络备份")
    # The page's own field has the place of the header's.
    expect(desktop.get_by_role("search")).to_have_count(1)


def test_by_finger(furnished: Article, phone: Page) -> None:
    phone.goto("/")
    phone.get_by_role("link", name="搜索", exact=True).tap()
    field = phone.get_by_role("combobox", name="关键词")
    expect(field).to_be_focused()
    field.press_sequentially("死角", delay=30)
    phone.get_by_role("option").first.tap()
    phone.wait_for_url(f"**{furnished.get_absolute_url()}")


def test_suggestions_that_fail_do_not_matter(furnished: Article, desktop: Page) -> None:
    desktop.expected_errors = ["500"]  # type: ignore[attr-defined]
    desktop.route("**/search/suggest/*", lambda route: route.fulfill(status=500))
    desktop.goto("/search/")
    field = desktop.get_by_role("combobox", name="关键词")
    field.press_sequentially("死角", delay=30)
    field.press("Enter")
    expect(desktop.get_by_role("status").first).to_contain_text("共找到1篇")


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_without_script(furnished: Article, new_page: Callable[..., Page], device: dict) -> None:
    page = new_page(**device, java_script_enabled=False)
    page.goto("/search/")
    page.get_by_label("关键词").fill("死角")
    page.get_by_role("button", name="搜索").click()
    expect(page.get_by_role("status")).to_contain_text("“死角”共找到1篇")
    page.get_by_label("排序").select_option("最新")
    page.get_by_role("button", name="筛选").click()
    page.wait_for_url("**&s=new*")
    page.get_by_role("link", name="老房子的无线死角怎么治").click()
    page.wait_for_url(f"**{furnished.get_absolute_url()}")
