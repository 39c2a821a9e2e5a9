"""A like: once for a person, with the script, without it, and after coming back."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from articles import reads
from articles.models import Article
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import PERSON


@pytest.fixture
def liked(transactional_db: None, article: Article) -> Iterator[Article]:
    yield article
    reads.buffer.flush()


def likes(article: Article) -> int:
    return Article.objects.get(pk=article.pk).like_count


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_with_script_the_number_changes_in_place(
    liked: Article, new_page: Callable[..., Page], device: dict[str, Any]
) -> None:
    page = new_page(**device, user_agent=PERSON)
    page.goto(liked.get_absolute_url())
    button = page.get_by_role("button", name="有用")
    expect(button).to_contain_text("(0)")
    with page.expect_response("**/like/"):
        button.click()
    expect(button).to_contain_text("(1)")
    assert page.url.endswith(liked.get_absolute_url())
    for _ in range(2):
        with page.expect_response("**/like/") as answer:
            button.click()
        assert answer.value.json() == {"count": 1}
        page.reload()
        expect(button).to_contain_text("(1)")
    assert likes(liked) == 1


def test_without_script_the_form_leads_back(liked: Article, new_page: Callable[..., Page]) -> None:
    page = new_page(**PHONE, user_agent=PERSON, java_script_enabled=False)
    page.goto(liked.get_absolute_url())
    button = page.get_by_role("button", name="有用")
    for _ in range(2):
        with page.expect_response(lambda answer: answer.request.method == "POST") as answer:
            button.click()
        assert answer.value.status == 302
        page.wait_for_url(f"**{liked.get_absolute_url()}#like")
        expect(button).to_contain_text("(1)")
        expect(button).to_be_in_viewport()
    assert likes(liked) == 1


def test_two_people_count_twice(liked: Article, new_page: Callable[..., Page]) -> None:
    for agent in (PERSON, PERSON.replace("131", "130")):
        page = new_page(**DESKTOP, user_agent=agent)
        page.goto(liked.get_absolute_url())
        with page.expect_response("**/like/"):
            page.get_by_role("button", name="有用").click()
    assert likes(liked) == 2


def test_where_sending_fails_the_form_itself_is_sent(
    liked: Article, new_page: Callable[..., Page]
) -> None:
    page = new_page(**DESKTOP, user_agent=PERSON)
    page.expected_errors = ["ERR_FAILED"]
    page.goto(liked.get_absolute_url())
    page.route("**/like/", _fail_for_scripts)
    page.get_by_role("button", name="有用").click()
    page.wait_for_url("**#like")
    expect(page.get_by_role("button", name="有用")).to_contain_text("(1)")
    assert likes(liked) == 1


def _fail_for_scripts(route: Route) -> None:
    if "json" in route.request.headers.get("accept", ""):
        route.abort()
    else:
        route.fallback()
