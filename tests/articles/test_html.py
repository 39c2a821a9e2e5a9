import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from articles.html import clean, json_for_script, picture_keys, text_of
from tests.conftest import SHARED
from tests.services import require_or_skip

KEY = "0123456789abcdef01234567"
OURS = f"/media/pictures/01/{KEY}/full.webp"


@pytest.mark.parametrize(
    ("dirty", "cleaned"),
    [
        ("hi <b>x</b> y", "<p>hi <strong>x</strong> y</p>"),
        ("<div>a<p>b</p>c <i>d</i></div>e", "<p>a</p><p>b</p><p>c <em>d</em></p><p>e</p>"),
        ("<h1>t</h1><div><div>x</div></div>", "<h2>t</h2><p>x</p>"),
        ("<p></p><p>&nbsp;</p><script>1</script><style>x</style>", ""),
        ("<li>lone</li>tail", "<ul><li>lone</li></ul><p>tail</p>"),
        ('<p onclick="x" style="y" class="z" id="w">a</p>', "<p>a</p>"),
        ('<a href="javascript:x">b</a>', "<p>b</p>"),
        ('<a href="//evil.example">b</a>', "<p>b</p>"),
        ('<a href="/p/1.html">b</a>', '<p><a href="/p/1.html">b</a></p>'),
        ('<img src="https://elsewhere.example/x.png" alt="x">', ""),
        (f'<img src="{OURS}" alt="x" onerror="y">', f'<p><img src="{OURS}" alt="x"></p>'),
        (f'<img src="http://testserver{OURS}">', f'<p><img src="{OURS}"></p>'),
        ("a\x00b\ud800c", "<p>abc</p>"),
        ("<pre>\n\n  x\n</pre>", "<pre>  x\n</pre>"),
        ('<a href="/p/1.html"><figure>0</figure></a>', "<figure>0</figure>"),
        ("<blockquote>" * 300 + "深" + "</blockquote>" * 300, "<p>深</p>"),
        # Minutes, were it parsed as it comes.
        ("<BLOCKQUOTE>" * 80_000 + "深", "<p> 深</p>"),
        ("<blockquote><object></blockquote></object>" * 20_000 + "深", "<p> 深</p>"),
        ("<blockquote<i>>" * 2_000 + "深", f"<p>{'&lt;blockquote &gt;' * 2_000}深</p>"),
    ],
)
def test_cleans(dirty: str, cleaned: str) -> None:
    assert clean(dirty) == cleaned


def test_hostile_snippets_come_out_harmless() -> None:
    require_or_skip("shared data")
    import re

    from lxml import html

    lines = (SHARED / "xss" / "cases.jsonl").read_text().splitlines()
    for case in map(json.loads, lines):
        cleaned = clean(str(case["html"]))
        assert clean(cleaned) == cleaned, case
        root = html.fragment_fromstring(cleaned, create_parent="div")
        for element in root.iterdescendants():
            assert str(element.tag) not in {"script", "style", "iframe", "svg", "math", "form"}
            for name, value in element.attrib.items():
                assert not name.startswith("on"), case
                assert name not in {"style", "class", "id"}, case
                assert not re.match(r"\s*(javascript|data|vbscript):", value, re.IGNORECASE), case


@given(st.text(alphabet=st.sampled_from("<>/ab p\"'=&;\n甲"), max_size=60), st.data())
@settings(max_examples=150, derandomize=True, deadline=None)
def test_cleaning_twice_changes_nothing(text: str, data: st.DataObject) -> None:
    tags = ["p", "div", "a href='/x'", "pre", "ul", "li", "table", "td", "h1", "b", "figure", "br"]
    chosen = data.draw(st.lists(st.sampled_from(tags), max_size=8))
    once = clean("".join(f"<{tag}>{text}" for tag in chosen))
    assert clean(once) == once


def test_text_has_a_line_for_each_block() -> None:
    assert text_of("<h2>一、题</h2><p>甲<br>乙 &amp; 丙</p><ul><li>丁</li></ul>") == (
        "一、题\n甲\n乙 & 丙\n丁"
    )


def test_finds_the_pictures_of_a_text() -> None:
    assert picture_keys(f'<p><img src="{OURS}"><img src="{OURS}"></p>') == [KEY]


def test_json_cannot_end_its_script() -> None:
    text = json_for_script({"a": "</script><!-- & \u2028"})
    assert "<" not in text
    assert "\u2028" not in text
    assert json.loads(text) == {"a": "</script><!-- & \u2028"}
