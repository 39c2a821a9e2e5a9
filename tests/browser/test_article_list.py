"""The list of articles on the desk: filters by keyboard, many articles at once, on a phone."""

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from articles.models import Article, Category, Contributor, User
from tests.articles.desk import CHANGELIST
from tests.browser.conftest import PHONE
from tests.browser.helpers import scrolls_sideways, sign_in

_MANY = 200


def _faults(page: Page) -> list[str]:
    page.wait_for_load_state()
    return [
        f"{violation['id']}: {violation['nodes'][0]['html']}"
        for violation in Axe().run(page).response["violations"]
    ]


def _shelf(carol: Contributor, technology: Category, life: Category) -> None:
    """Two hundred drafts, of which three are in the category already that all are put into."""
    Article.objects.bulk_create(
        Article(
            title=f"第{n}篇", body="<p>文</p>", prose="<p>文</p>", contributor=carol,
            category=life if n < 3 else technology,
        )
        for n in range(_MANY)
    )  # fmt: skip


def test_two_hundred_at_once_of_which_three_refuse(
    new_page: Callable[..., Page], eddie: User, carol: Contributor, technology: Category
) -> None:
    life = Category.objects.create(name="生活", slug="life")
    _shelf(carol, technology, life)
    page = new_page()
    sign_in(page, eddie, CHANGELIST)

    # Filters are chosen by keyboard alone, and shown as what can be taken away.
    page.locator("#filter-status__exact").focus()
    page.keyboard.press("ArrowDown")
    page.locator("#filter-byline").focus()
    page.keyboard.type("纸上")
    expect(page.locator("#names-byline option")).to_have_count(1)
    page.keyboard.press("Control+A")
    page.keyboard.type("纸上行舟")
    page.keyboard.press("Enter")
    expect(page.locator(".desk-chips li")).to_have_count(3)
    expect(page.locator("#result_list tbody tr")).to_have_count(50)
    assert _faults(page) == []

    # All two hundred are listed, ticked and put into another category.
    page.locator(".showall").click()
    expect(page.locator("#result_list tbody tr")).to_have_count(_MANY)
    page.wait_for_load_state()
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("recategorise_chosen")
    page.locator(".actions button[name=index]").click()
    expect(page.locator(".desk-bulk-rows tbody tr")).to_have_count(_MANY)
    assert _faults(page) == []
    page.locator("#id_category").select_option(str(life.pk))
    page.locator(".submit-row button").click(no_wait_after=True)

    # The report says what was not done and why, and stays where it is.
    expect(page.locator("#bulk-not-done tbody tr")).to_have_count(3, timeout=60_000)
    expect(page.locator("#bulk-done tbody tr")).to_have_count(_MANY - 3)
    expect(page.locator("#bulk-not-done tbody tr").first).to_contain_text("已在这个栏目中")
    assert _faults(page) == []
    page.reload()
    expect(page.locator("#bulk-not-done tbody tr")).to_have_count(3)
    assert Article.objects.filter(category=life).count() == _MANY
    page.get_by_role("link", name="返回列表").click()
    expect(page.locator(".desk-chips li")).to_have_count(3)


def test_the_list_on_a_phone_and_its_views(
    new_page: Callable[..., Page], eddie: User, carol: Contributor, technology: Category
) -> None:
    _shelf(carol, technology, technology)
    page = new_page(**PHONE)
    sign_in(page, eddie, f"{CHANGELIST}?assignee=nobody%26status__exact=draft")
    assert not scrolls_sideways(page)
    page.get_by_text("保存当前视图").click()
    page.locator("#view-name").fill("没人管的草稿")
    page.locator("#view-name").press("Enter")
    tab = page.get_by_role("link", name="没人管的草稿")
    expect(tab).to_have_attribute("aria-current", "page")
    assert _faults(page) == []
    page.locator(".desk-chips a").first.click()
    expect(page.locator(".desk-chips li")).to_have_count(2)
    tab.click()
    expect(page.locator(".desk-chips li")).to_have_count(3)
    # The script that ticks all rows runs when the page is whole.
    page.wait_for_load_state()
    page.locator("#action-toggle").check()
    expect(page.locator("input.action-select:checked")).to_have_count(50)
    page.locator("select[name=action]").select_option("publish_chosen")
    page.locator(".actions button[name=index]").click()
    expect(page.locator(".desk-bulk-rows tbody tr")).to_have_count(50)
    assert not scrolls_sideways(page)
    assert _faults(page) == []
