"""Tidying in a browser: a merge after which the old address leads on; rows moved by keyboard and by
dragging; into the trash and back."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from articles.models import Article, Category, Status, User
from articles.services.ordering import category_places
from articles.services.taxonomy import save_category
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import scrolls_sideways, sign_in

DESK = "/admin/articles"


def names() -> list[tuple[str, int]]:
    rows = list(Category.objects.order_by("position", "pk"))
    by_pk = {row.pk: row.name for row in rows}
    return [(by_pk[pk], depth) for pk, depth in category_places(rows)]


def test_a_merge_after_which_the_old_address_leads_on(
    new_page: Callable[..., Page], live_server: Any, article: Article, chloe: User
) -> None:
    life = save_category(Category(name="生活", slug="life"), None)
    page = new_page(**DESKTOP)
    sign_in(page, chloe)
    page.goto(f"{live_server.url}{DESK}/category/{article.category_id}/change/")
    page.locator(".object-tools a[href$='/merge/']").click()
    page.locator(".select2-selection").click()
    page.locator("input.select2-search__field").fill("生活")
    page.locator(".select2-results__option", has_text="生活").click()
    page.locator("#content-main form[method=get] button").click()
    expect(page.locator("#content-main")).to_contain_text("/category/tech/ → /category/life/")
    page.locator("#id_note").fill("两个栏目是一回事")
    page.locator("#content-main form[method=post] button").click()
    expect(page.locator(".messagelist .success")).to_contain_text("/category/tech/")
    page.goto(f"{live_server.url}/category/tech/?page=2")
    assert page.url == f"{live_server.url}/category/life/"
    expect(page.locator("main")).to_contain_text(article.title)
    article.refresh_from_db()
    assert article.category == life


def test_rows_are_moved_by_keyboard_and_by_dragging(
    new_page: Callable[..., Page], live_server: Any, technology: Category, chloe: User
) -> None:
    life = save_category(Category(name="生活", slug="life"), None)
    net = save_category(Category(name="网络", slug="net", parent=technology), None)
    page = new_page(**PHONE)
    sign_in(page, chloe)
    page.goto(f"{live_server.url}{DESK}/category/order/")
    assert not scrolls_sideways(page)
    up = page.locator(f"button[value='up:{life.pk}']")
    up.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#desk-order-said")).not_to_be_empty()
    expect(page.locator(".desk-order li").first).to_contain_text("生活")
    expect(up).to_be_focused()
    assert names() == [("生活", 0), ("技术", 0), ("网络", 1)]

    # Dragged onto the upper half of the first row, the tree of 技术 stands before it.
    handle = page.locator(f"li[data-pk='{technology.pk}'] .desk-handle").bounding_box()
    target = page.locator(f"li[data-pk='{life.pk}']").bounding_box()
    assert handle is not None
    assert target is not None
    page.mouse.move(handle["x"] + 5, handle["y"] + 5)
    page.mouse.down()
    page.mouse.move(target["x"] + 20, target["y"] + 4, steps=4)
    with page.expect_response(lambda answer: answer.request.method == "GET"):
        page.mouse.up()
    expect(page.locator(".desk-order li").first).to_contain_text("技术")
    expect(page.locator("[data-order]:not([aria-busy])")).to_be_visible()
    assert names() == [("技术", 0), ("网络", 1), ("生活", 0)]
    page.locator(f"button[value='out:{net.pk}']").press("Enter")
    expect(page.locator(f"li[data-pk='{net.pk}'][data-depth='0']")).to_be_visible()
    assert names() == [("技术", 0), ("网络", 0), ("生活", 0)]


def test_into_the_trash_and_back(
    new_page: Callable[..., Page], live_server: Any, article: Article, eddie: User
) -> None:
    page = new_page(**DESKTOP)
    sign_in(page, eddie)
    page.goto(f"{live_server.url}{DESK}/article/{article.pk}/change/")
    page.locator(".submit-row .deletelink").click()
    page.locator("#id_note").fill("重复投稿")
    page.locator("#content-main form button").click()
    expect(page.locator("#result_list")).to_have_count(0)
    assert page.request.get(live_server.url + article.get_absolute_url()).status == 404
    page.locator(".messagelist .success a").click()  # The way back.
    page.locator("form[action$='/untrash/'] button").click()
    expect(page.locator("#id_title")).to_have_value(article.title)
    article.refresh_from_db()
    assert (article.status, article.trashed_at) == (Status.UNPUBLISHED, None)
