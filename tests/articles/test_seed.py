"""The page that it all began with: after the import every line of it is there, in its order."""

import re
import unicodedata
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from lxml import html

from tests.conftest import SHARED
from tests.services import require_or_skip

SEED = SHARED / "seed"


def squeeze(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def seed_lines() -> tuple[list[str], list[list[str]]]:
    """Return the lines up to 相关推荐, and the six recommendations with theirs."""
    text = (SEED / "page.txt").read_text()
    upper, lower = text.split("相关推荐")
    lines = [squeeze(line) for line in upper.splitlines() if line.strip()]
    blocks = re.split(r"^\s*•", lower, flags=re.MULTILINE)[1:]
    entries = [[squeeze(line) for line in block.splitlines() if line.strip()] for block in blocks]
    return lines, entries


def visible_text(page: str) -> str:
    root = html.document_fromstring(page)
    for hidden in root.xpath("//script|//style|//head|//*[@hidden]"):
        hidden.drop_tree()
    return squeeze(root.text_content())


def import_seed(settings: Any) -> None:
    """Make the site the one that the seed was taken from; its numbers are the export's."""
    require_or_skip("shared data")
    takedown = re.search(r"[\w.]+#[\w.]+", (SEED / "page.txt").read_text())
    assert takedown is not None
    settings.SITE_NAME = "巢座耶"
    settings.SITE_URL = "https://www.chaozuoye.com"
    settings.TAKEDOWN_EMAIL = takedown[0].replace("#", "@")
    call_command("import_wxr", str(SEED / "chaozuoye.wxr.xml"), verbosity=0)


@pytest.fixture
def seed_site(db: None, settings: Any) -> None:
    import_seed(settings)


def assert_is_the_seed(text: str) -> None:
    lines, entries = seed_lines()
    at = 0
    for line in lines:
        if line.startswith(("上一篇", "下一篇")):
            # A title may stand between the word and the date.
            at = text.index(line[:3], at) + 3
            line = line[3:]
        found = text.find(line, at)
        assert found >= 0, f"missing or out of order: {line}"
        at = found + len(line)
    related = text[text.index("相关推荐", at) :]
    assert len(entries) == 6
    for entry in entries:
        at = 0
        for line in entry:
            found = related.find(line, at)
            assert found >= 0, f"missing or out of order: {line}"
            at = found + len(line)


@pytest.mark.usefixtures("seed_site")
def test_the_page_has_every_line_of_the_seed(client: Client) -> None:
    response = client.get("/p/17367.html")
    assert response.status_code == 200
    assert_is_the_seed(visible_text(response.content.decode()))


@pytest.mark.usefixtures("seed_site")
def test_the_neighbours_are_not_among_the_related(client: Client) -> None:
    text = visible_text(client.get("/p/17367.html").content.decode())
    related = text[text.index("相关推荐") :]
    for title in ("直播带货新手如何选品", "网店如何提高商品转化率"):
        assert title not in related
