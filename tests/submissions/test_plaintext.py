import pytest

from submissions.plaintext import HEADING_AT_MOST, as_plain, plain_to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        (" \n\n ", ""),
        ("甲\n乙\n\n丙", "<p>甲<br>乙</p><p>丙</p>"),
        ("甲\r\n\r\n乙\r丙", "<p>甲</p><p>乙<br>丙</p>"),
        ("一、挑萝卜\n掂在手里要沉。", "<h2>一、挑萝卜</h2><p>掂在手里要沉。</p>"),
        ("（一）工具\n（二）材料", "<h3>（一）工具</h3><h3>（二）材料</h3>"),
        ("十二、收尾", "<h2>十二、收尾</h2>"),
        ("一、这一句是一句话。", "<p>一、这一句是一句话。</p>"),
        ("一、" + "长" * HEADING_AT_MOST, f"<p>一、{'长' * HEADING_AT_MOST}</p>"),
        ("- 卷尺\n- 笔\n然后开始", "<ul><li>卷尺</li><li>笔</li></ul><p>然后开始</p>"),
        ("1. 量\n2、记\n3）做", "<ol><li>量</li><li>记</li><li>做</li></ol>"),
        ("3. 量\n4. 记", '<ol start="3"><li>量</li><li>记</li></ol>'),
        ("3.14是圆周率", "<p>3.14是圆周率</p>"),
        ("-5度不算冷", "<p>-5度不算冷</p>"),
        ("<script>x</script> & 甲", "<p>&lt;script&gt;x&lt;/script&gt; &amp; 甲</p>"),
        ("甲\x00乙\ud800丙", "<p>甲乙丙</p>"),
    ],
)  # fmt: skip
def test_plain_text_becomes_html(text, html):
    assert plain_to_html(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "甲\n乙\n\n丙",
        "一、挑\n\n（一）看\n\n- 卷尺\n- 笔\n\n3. 量\n4. 记\n\n完",
        "<b>不是标签</b> & 也不是",
    ],
)
def test_and_back_again(text):
    assert as_plain(plain_to_html(text)) == text


def test_space_that_an_editor_puts_between_blocks_does_not_matter():
    assert as_plain("<h2>一、挑</h2>\n\n<ul>\n\t<li>卷尺</li>\n</ul>\n") == "一、挑\n\n- 卷尺"


@pytest.mark.parametrize(
    "html",
    [
        "<p>甲<strong>乙</strong></p>",
        '<p><a href="https://example.org/">甲</a></p>',
        "<table><tbody><tr><td>甲</td></tr></tbody></table>",
        '<figure><img src="/media/x.png" alt=""></figure>',
        "<p>- 不是列表</p>",
        "<p>一、不是标题</p>",
        "<ul><li>甲<ul><li>乙</li></ul></li></ul>",
        "<ul><li>甲<br>乙</li></ul>",
    ],
)
def test_what_plain_text_cannot_say_is_left_alone(html):
    assert as_plain(html) is None
