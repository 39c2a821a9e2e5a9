"""The page that it all began with, as a browser shows it."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.articles.test_seed import assert_is_the_seed, import_seed, squeeze
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import scrolls_sideways


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_line_of_the_seed_is_visible(
    settings: Any, new_page: Callable[..., Page], device: dict[str, Any]
) -> None:
    import_seed(settings)
    page = new_page(**device)
    page.goto("/p/17367.html")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert_is_the_seed(squeeze(page.inner_text("body")))
    assert not scrolls_sideways(page)
    page.get_by_role("region", name="相关推荐").get_by_role("link").first.click()
    page.wait_for_url(lambda address: not address.endswith("/p/17367.html"))
    expect(page.get_by_role("heading", level=1)).to_be_visible()
