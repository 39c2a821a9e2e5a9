"""Chromium against a live server: a desktop and a phone, both without the outer network."""

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Route

from tests.services import chromium, require_or_skip

PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 3,
    "is_mobile": True,
    "has_touch": True,
}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session", autouse=True)
def _orm_beside_the_browser(playwright: Playwright) -> Iterator[None]:
    """Playwright keeps an event loop in this thread, in which Django would refuse the ORM.

    Beside that loop Django has database connections of their own. They are closed while it still
    runs, or they would hold the test database when it is to be dropped.
    """
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    yield
    connections.close_all()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    require_or_skip("chromium")
    return {
        **browser_type_launch_args,
        "executable_path": chromium(),
        # The first two because it may run as root and in a container with a small /dev/shm.
        "args": ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"],
    }


@pytest.fixture
def new_page(
    browser: Browser, transactional_db: None, live_server: Any
) -> Iterator[Callable[..., Page]]:
    """Open a page in a context of its own: `new_page(**DESKTOP, java_script_enabled=False)`.

    Paths are relative to the live server. What a page asks of any other host is refused, and
    the test fails for that, for an error on the console (a violation of the content security
    policy is one) and for an exception in a script. `page.expected_errors` may hold texts of
    console errors that the test provokes, such as "404".
    """
    contexts: list[BrowserContext] = []
    pages: list[Page] = []
    problems: list[tuple[Page, str]] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(
            base_url=live_server.url, locale="zh-CN", timezone_id="Asia/Shanghai", **options
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        page = context.new_page()
        page.expected_errors = []
        pages.append(page)
        context.route("**/*", lambda route: _only_here(route, page))
        page.on("console", lambda message: _note_error(message, page))
        page.on("pageerror", lambda error: problems.append((page, str(error))))
        return page

    def _only_here(route: Route, page: Page) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in {"data", "blob"} or address.netloc == urlsplit(live_server.url).netloc:
            route.continue_()
        else:
            problems.append((page, f"asked for {route.request.url}"))
            route.abort()

    def _note_error(message: ConsoleMessage, page: Page) -> None:
        if message.type == "error":
            problems.append((page, f"{message.text} ({message.location.get('url', '')})"))

    yield open_page
    for context in contexts:
        context.close()
    unexpected = [
        text
        for page, text in problems
        if not any(expected in text for expected in page.expected_errors)
    ]
    assert unexpected == []


@pytest.fixture
def desktop(new_page: Callable[..., Page]) -> Page:
    return new_page(**DESKTOP)


@pytest.fixture
def phone(new_page: Callable[..., Page]) -> Page:
    return new_page(**PHONE)
