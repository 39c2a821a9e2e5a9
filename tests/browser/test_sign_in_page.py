import pytest
from playwright.sync_api import Page, expect


@pytest.mark.parametrize("device", ["desktop", "phone"])
def test_admin_asks_strangers_to_sign_in(device: str, request: pytest.FixtureRequest) -> None:
    page: Page = request.getfixturevalue(device)
    response = page.goto("/admin/")
    assert response is not None
    assert response.status == 200
    expect(page.locator("input[type=password], input[type=email]").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_an_error_on_the_console_is_noticed(new_page: object, request: object) -> None:
    page: Page = new_page()  # type: ignore[operator]
    page.expected_errors = ["a broken script", "Content Security Policy"]  # type: ignore[attr-defined]
    page.goto("/admin/")
    page.evaluate("console.error('a broken script')")
    with page.expect_console_message(lambda message: "Content Security" in message.text):
        page.evaluate(
            "document.body.append(Object.assign(document.createElement('script'), "
            "{textContent: 'window.ran = 1'}))"
        )
    assert page.evaluate("window.ran") is None
