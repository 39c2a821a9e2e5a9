"""axe finds nothing to object to where editors work, in the light and in the dark; and nothing
there scrolls sideways on a phone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from articles.models import Article, User
from articles.services.pictures import add_picture
from articles.services.planning import assign
from articles.services.publishing import create_article, revise, schedule
from articles.services.trash import trash
from tests.articles.desk import png
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import until
from tests.browser.test_axe_cases import OPEN_ALL
from tests.browser.test_axe_contributing import assert_nothing, let_in, look_at

A = "/admin/articles/article/"
READY = "() => window.CKEDITOR?.instances.id_body?.status === 'ready'"


def furnish(article: Article, chloe: User) -> list[str]:
    """Put something of everything on the desk; return the addresses to look at."""
    now, carol = timezone.now(), article.contributor
    add_picture(chloe, png(), alt="碗")
    revise(article, chloe, {"title": "老房子的无线死角，这样治"}, note="改题")
    late = create_article(None, title="迟了的稿", body="<p>文</p>", contributor=carol)
    assign(late, None, chloe, now.date() - timedelta(days=3))
    schedule(
        create_article(None, title="明天的稿", body="<p>文</p>", contributor=carol),
        None,
        now + timedelta(days=1),
    )
    gone = create_article(None, title="弃稿", body="<p>文</p>", contributor=carol)
    trash(gone, chloe)
    form = f"{A}{article.pk}/change/"
    return [
        "/admin/", A, form, f"{A}{article.pk}/history/", "/admin/articles/picture/",
        f"{A}trash/", f"{A}{gone.pk}/trash/", "/admin/changes/",
    ]  # fmt: skip


@pytest.mark.timeout(240)
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_editors_pages(
    new_page: Callable[..., Page],
    live_server: Any,
    article: Article,
    chloe: User,
    device: dict[str, Any],
) -> None:
    addresses = furnish(article, chloe)
    page = new_page(**device, reduced_motion="reduce")
    # axe reads what the desk's style sheets import as if they stood in the page.
    page.expected_errors = ["/widgets.css"]
    let_in(page, chloe, live_server)
    found: dict[str, list[str]] = {}
    for address in addresses:
        response = page.goto(address)
        assert response is not None
        assert response.status == 200, address
        if address.endswith("/change/"):
            until(page, READY)
        page.evaluate(OPEN_ALL)
        look_at(page, address, found)
    # What is asked before many articles are changed at once.
    page.goto(A)
    page.locator("#result_list input.action-select").first.check()
    page.locator("select[name=action]").select_option("withdraw_chosen")
    with page.expect_navigation():
        page.locator("button[name=index]").click()
    look_at(page, "bulk", found)
    # The list of the shortcuts.
    page.goto("/admin/")
    page.evaluate(OPEN_ALL)
    page.locator("#desk-keys-open").click()
    look_at(page, "shortcuts", found)
    assert_nothing(found)
