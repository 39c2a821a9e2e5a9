"""axe finds nothing to object to on any public page. A new public page is a line in VISITS."""

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve
from playwright.sync_api import Page

from tests.articles.test_visibility import PUBLIC
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import ENTRANCES, VISITS, furnish, visit

# Public addresses that are no pages.
NOT_PAGES = {
    "p/<number:pk>/like/",
    "p/<number:pk>/read/",
    "p/<number:pk>.svg",
    "media/<path:path>",
    "healthz",
    "search/suggest/",
    # Looked at in test_axe_both_sides.py, where there is a case to show.
    "cases/<str:number>/",
}


def is_for_machines(route: str) -> bool:
    if route.startswith("api/v1/"):
        return route != "api/v1/docs"
    return "feed/" in route or route.endswith((".txt", ".xml", ".md", ".png", ".csv", ".json"))


def test_every_public_page_is_looked_at() -> None:
    found = {where.name for where in VISITS}
    assert len(found) == len(VISITS)
    looked_at = {
        resolve(
            where.address.format(rich=1, plain=2, withheld=3, gone=4, notice=1).split("?")[0]
        ).route
        for where in VISITS
        if where.answer is None and where.status != 404
    }
    pages = {route for route in PUBLIC if not is_for_machines(route)}
    assert looked_at == pages - NOT_PAGES


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_axe_finds_nothing(
    settings: Any, new_page: Callable[..., Page], device: dict[str, Any]
) -> None:
    numbers = furnish(settings)
    page = new_page(**device, reduced_motion="reduce")
    found: dict[str, list[str]] = {}
    for where in (*VISITS, *ENTRANCES):
        visit(page, where, numbers)
        closed = page.locator("details:not([open]) > summary")
        for _number in range(closed.count()):
            closed.first.click()
        found[where.name] = violations(page)
        page.emulate_media(color_scheme="dark")
        found[f"{where.name}, dark"] = violations(page, runOnly=["color-contrast"])
        page.emulate_media(color_scheme="light")
    assert [f"{name}: {text}" for name, texts in found.items() for text in texts] == []


def violations(page: Page, **options: Any) -> list[str]:
    """Return what axe objects to. In the dark only the colours are others."""
    result = Axe().run(page, options={"resultTypes": ["violations"], **options})
    return [
        f"{violation['id']}: {node['target']} {node['html'][:150]}"
        for violation in result.response["violations"]
        for node in violation["nodes"]
    ]
