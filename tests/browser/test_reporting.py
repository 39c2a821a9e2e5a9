"""A notice in a browser, with script and without: nothing typed is lost, and axe has nothing to
object to on the way."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from moderation.models import Case
from tests.browser.conftest import PHONE
from tests.browser.helpers import furnish, scrolls_sideways
from tests.browser.test_axe import violations

EXPLANATION = "这段话与我的文章一致，未经许可。"


@pytest.fixture
def proof(tmp_path: Path) -> Path:
    path = tmp_path / "证明.pdf"
    path.write_bytes(b"%PDF-1.7")
    return path


@pytest.mark.parametrize("has_script", [True, False], ids=["script", "no script"])
def test_a_notice_from_the_article_to_the_number(
    settings: Any, new_page: Callable[..., Page], proof: Path, has_script: bool
) -> None:
    numbers = furnish(settings)
    pk = numbers["plain"]
    options: dict[str, Any] = {**PHONE, "reduced_motion": "reduce"}
    page = new_page(**options, java_script_enabled=has_script)
    page.goto(f"/report/?article={pk}")
    page.locator("a[href^='/report/copyright/']").click()
    page.locator(f"input[name=scope-{pk}][value=passage]").check()
    page.locator(f"#passage-{pk}").fill("先做完，再做好")
    page.locator("#id_explanation").fill(EXPLANATION)
    page.locator("#file-right").set_input_files(proof)
    page.locator("button.solid[value=send]").click()
    expect(page.locator(".errs")).to_be_visible()
    assert page.locator("#id_explanation").input_value() == EXPLANATION
    expect(page.get_by_text("证明.pdf")).to_be_visible()
    if has_script:
        assert violations(page) == []
        assert not scrolls_sideways(page)
        expect(page.locator(".errs")).to_be_focused()
    page.locator("#id_email").fill("rita@example.org")
    page.locator("#id_declared").check()
    page.locator("#id_signed").fill("周一")
    page.locator("button.solid[value=send]").click()
    # What is missing is named once; then the notice may go as it is.
    page.locator(".why button[value=send]").click()
    expect(page.locator("h1")).to_contain_text("通知已收到")
    case = Case.objects.latest("pk")
    expect(page.locator(".lede")).to_contain_text(case.number)
    expect(page.locator("main")).to_contain_text("r***@example.org")
    assert case.items.get().article_id == pk
    assert [row.name for row in case.evidence.all()] == ["证明.pdf"]
    if has_script:
        assert violations(page) == []
        assert not scrolls_sideways(page)
