"""Markdown: what an article says comes through, and what it says stays text."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html as lxml_html
from markdown_it import MarkdownIt

from articles.html import clean, parse
from articles.markdown import markdown_of

_reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_EXPECTED = set(
    "p h2 h3 h4 ul ol li blockquote hr pre code table thead tbody tr th td strong em a img br "
    "sub sup s div".split()
)
HOSTILE = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "&lt;script&gt;",
    "[x](javascript:1)", "![x](http://e.org/t.png)", "# 不是标题", "1. 不是列表", "- 不是",
    "> 不是", "```", "~~~", "---", "===", "| a | b |", "*不是*", "__不是__", "`不是`", "\\",
    "[^1]: 注", "[a]: http://e.org", "<!-- -->", "http://e.org/a_b_c", "~~不是~~", "+ 不是",
    "12) 不是", "&copy;", "\\<b>", "- [ ] 任务",
]  # fmt: skip


def read(html: str) -> tuple[str, lxml_html.HtmlElement]:
    markdown = markdown_of(parse(clean(html)))
    return markdown, parse(_reader.render(markdown) or "<p></p>")


def words(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "frame", ["<p>{}</p>", "<h2>{}</h2>", "<ul><li>{}</li></ul>", "<p>前<br>{}</p>",
              "<blockquote><p>{}</p></blockquote>", "<table><tr><td>{}</td></tr></table>",
              "<p><a href='https://e.org/'>{}</a></p>", "<p>前<strong>{}</strong>后</p>"],
)  # fmt: skip
def test_what_looks_like_markup_stays_text(text: str, frame: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    _markdown, root = read(frame.format(escaped))
    inner = {element.tag for element in root.iterdescendants()}
    assert inner <= {"p", "h2", "ul", "li", "br", "blockquote", "table", "thead", "tbody", "tr",
                     "th", "td", "a", "strong"}  # fmt: skip
    assert words(text) in words(root.text_content())
    assert {a.get("href") for a in root.iter("a")} <= {"https://e.org/"}


_text = st.text(
    st.sampled_from("甲乙，。“”ab 1.)-+=#>*_`~[]()!<>&|\\:/'\"\n\t；x²"), min_size=1, max_size=40
)
_inline = st.recursive(
    _text.map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;")),
    lambda inner: st.tuples(
        st.sampled_from(["strong", "em", "del", "code", "sup", "sub"]), inner, _text.map(
            lambda text: text.replace("&", "&amp;").replace("<", "&lt;"))
    ).map(lambda made: f"<{made[0]}>{made[1]}</{made[0]}>{made[2]}"),
    max_leaves=4,
)  # fmt: skip
_block = st.tuples(
    st.sampled_from(["<p>{}</p>", "<h3>{}</h3>", "<ul><li>{}</li></ul>", "<pre>{}</pre>",
                     "<blockquote><p>{}</p></blockquote>", "<ol start='3'><li>{}</li></ol>",
                     "<table><tr><th>{}</th></tr></table>"]),
    _inline,
).map(lambda made: made[0].format(made[1]))  # fmt: skip


@given(st.lists(_block, min_size=1, max_size=4))
def test_whatever_is_written_is_read_as_the_same_text(blocks: list[str]) -> None:
    html = clean("".join(blocks))
    markdown, root = read(html)
    assert {element.tag for element in root.iterdescendants()} <= _EXPECTED, markdown
    squeezed = re.compile(r"\s+")
    said = parse(html).text_content() if html else ""
    assert squeezed.sub("", root.text_content()) == squeezed.sub("", said), markdown


def test_every_element_has_its_form() -> None:
    markdown, _root = read(
        "<h2>一、起</h2><p>要<strong>紧</strong>的<em>话</em>，<code>a`b</code><br>下一行</p>"
        "<ul><li>甲<ul><li>乙</li></ul></li></ul><ol start='3'><li>丙</li></ol>"
        "<blockquote><p>引</p></blockquote><pre><code>x = 1\ny = 2</code></pre><hr>"
        "<table><caption>表</caption><tr><th>头</th><th>尾</th></tr><tr><td colspan='2'>甲|乙</td>"
        "</tr></table><p>H<sub>2</sub>O，<a href='https://e.org/a(b)'>链接</a>，<del>删</del></p>"
    )
    assert markdown == (
        "## 一、起\n\n要**紧**的*话*，``a`b``\\\n下一行\n\n- 甲\n\n  - 乙\n\n3. 丙\n\n> 引\n\n"
        "```\nx = 1\ny = 2\n```\n\n* * *\n\n表\n\n| 头 | 尾 |\n| --- | --- |\n| 甲\\|乙 |  |\n\n"
        "H<sub>2</sub>O，[链接](<https://e.org/a(b)>)，~~删~~"
    )


def test_emphasis_that_could_not_end_is_left_out() -> None:
    markdown, _root = read(
        "<p>他说<strong>“重点。”</strong>就走了，<em>真的</em><em>走</em>了。</p>"
    )
    assert markdown == "他说“重点。”就走了，*真的*走了。"
