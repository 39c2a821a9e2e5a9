"""axe finds nothing to object to where moderators work."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from articles.models import Article, Scope, User
from moderation.models import CannedReply, Kind, Step
from moderation.services.intake import Target
from moderation.services.replies import save_reply
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_axe_contributing import assert_nothing, let_in, look_at
from tests.moderation.making import decided, under_review

QUEUE = "/admin/moderation/case/"


OPEN_ALL = (
    "() => document.querySelectorAll('details').forEach("
    "box => { box.removeAttribute('name'); box.open = true; })"
)


def look(page: Page, address: str, found: dict[str, list[str]]) -> None:
    """Note what axe objects to on a page with every box of it open."""
    response = page.goto(address)
    assert response is not None
    assert response.status == 200, address
    page.evaluate(OPEN_ALL)
    look_at(page, address, found)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_moderators_pages(
    new_page: Callable[..., Page],
    live_server: Any,
    article: Article,
    mona: User,
    device: dict[str, Any],
) -> None:
    save_reply(CannedReply(step="measure", title="雷同", text="经比对，内容一致。"), None)
    passage = "多数人一觉得慢就去买新设备。"
    case = under_review(article, targets=[Target(article, Scope.PASSAGE, passage)])
    waiting = under_review(article, Kind.PRIVACY)
    other = under_review(article, Kind.OTHER)
    decided(other, mona, Step.MEASURE)
    page = new_page(**device, reduced_motion="reduce")
    # axe reads what the desk's style sheets import as if they stood in the page.
    page.expected_errors = ["/widgets.css"]
    found: dict[str, list[str]] = {}
    let_in(page, mona, live_server)
    addresses = ["/admin/", QUEUE, f"{QUEUE}?show=all", f"{QUEUE}add/"]
    addresses += [f"{QUEUE}{row.pk}/change/" for row in (case, waiting, other)]
    for address in addresses:
        look(page, address, found)

    # By keyboard: the box of a step is opened, filled in and previewed.
    page.goto(f"{QUEUE}{case.pk}/change/")
    box = page.locator("#act-measure > summary")
    box.focus()
    page.keyboard.press("Enter")
    page.locator("#id_measure-text").fill("第二节雷同。")
    page.locator("#id_measure-no_interest").check()
    page.locator("#id_measure-reason").select_option("copyright")
    page.locator("#act-measure button[name=preview]").press("Enter")
    expect(page.locator("#act-measure .review-mail")).to_be_visible()
    page.evaluate(OPEN_ALL)
    look_at(page, "preview", found)
    assert_nothing(found)
