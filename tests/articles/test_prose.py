import pytest

from articles.prose import PictureInfo, cut, mark_passage, prepare, sentences, withheld_notice

KEY = "0123456789abcdef01234567"
OURS = f"/media/pictures/01/{KEY}/full.webp"
INFO = PictureInfo(
    OURS,
    800,
    600,
    "一张图",
    [{"crop": "full", "format": "image/webp", "width": 480, "height": 360, "file": "a.webp"}],
)


def test_numbered_headings_get_anchors_and_a_contents_list() -> None:
    prose = prepare("<h2>一、先测量，<em>再</em>动手</h2><p>甲</p><h2>十二、收尾</h2><h2>无号</h2>")
    assert prose.html.startswith(
        '<h2 id="s1"><span class="no">一、</span>先测量，<em>再</em>动手</h2>'
    )
    assert prose.toc == [
        {"id": "s1", "no": "一、", "text": "先测量，再动手"},
        {"id": "s2", "no": "十二、", "text": "收尾"},
        {"id": "s3", "no": "", "text": "无号"},
    ]


def test_tables_and_code_scroll_by_keyboard() -> None:
    html = prepare(
        "<table><caption>表</caption><thead><tr><th>甲</th></tr></thead></table><pre>x</pre>"
    ).html
    assert '<div class="scroll" role="region" tabindex="0" aria-labelledby="t1">' in html
    assert '<th scope="col">' in html
    assert '<pre tabindex="0" role="region" aria-label="代码1">x</pre>' in html


def test_outer_links_are_not_vouched_for() -> None:
    html = prepare(
        '<p><a href="https://e.example/">a</a><a href="http://testserver/p/1.html">b</a></p>'
    ).html
    assert html.count('rel="nofollow ugc noopener"') == 1


def test_pictures_come_in_sizes_with_their_extent() -> None:
    html = prepare(f'<p><img src="{OURS}"></p>', {KEY: INFO}).html
    assert '<source type="image/webp" srcset="/media/a.webp 480w"' in html
    assert 'width="800" height="600"' in html
    assert 'alt="一张图"' in html


def test_unknown_pictures_are_left_out() -> None:
    assert prepare(f'<figure><img src="{OURS}"><figcaption>x</figcaption></figure>').html == ""


def test_withheld_pictures_leave_a_notice() -> None:
    body = f'<p>甲</p><figure><img src="{OURS}"><figcaption>x</figcaption></figure>'
    html = prepare(body, {KEY: INFO}, withheld_pictures={KEY}).html
    assert "img" not in html
    assert html == f'<p>甲</p><p class="withheld">{withheld_notice()}</p>'


@pytest.mark.parametrize(
    "passage",
    ["多数人一觉得慢", "多數人 一觉得慢", "多数人，一觉\n得慢！"],
)
def test_withheld_passages_are_found_whatever_their_mark_up_and_script(passage: str) -> None:
    body = "<p>开头。多数<em>人一觉</em>得慢就去买。</p>"
    prose = prepare(body, passages=[passage])
    assert prose.located == [True]
    assert "多数" not in prose.text
    assert "觉" not in prose.text
    assert prose.text == f"开头。{withheld_notice()}就去买。"


def test_a_passage_over_several_paragraphs_and_every_occurrence() -> None:
    body = "<p>甲一二三</p><p>四五六乙</p><ul><li>一二三四五六</li></ul>"
    prose = prepare(body, passages=["一二三四五六"])
    assert prose.text == f"甲{withheld_notice()}\n乙\n{withheld_notice()}"


def test_a_passage_that_is_not_there_is_said_so() -> None:
    assert prepare("<p>甲</p>", passages=["乙"]).located == [False]
    assert prepare("<p>甲</p>", passages=["，。"]).located == [False]
    assert prepare("", passages=["乙"]).located == [False]


@pytest.mark.parametrize(
    ("text", "limit", "result"),
    [
        ("短文。", 10, "短文。"),
        ("一二三四五六。七八九十", 9, "一二三四五六。…"),
        ("一二三四五六，七八九十一二", 9, "一二三四五六…"),
        ("一二三四五六七八九十", 5, "一二三四五…"),
        ("一二三四五六 AirPods Pro", 10, "一二三四五六…"),
        ("a & b < c", 20, "a & b < c"),
    ],
)
def test_cuts_at_a_sensible_place(text: str, limit: int, result: str) -> None:
    assert cut(text, limit) == result


def test_sentences_of_an_opening() -> None:
    assert sentences("你好。今天“讲一讲。”好吗？剩下") == [
        "你好。",
        "今天“讲一讲。”",
        "好吗？",
        "剩下",
    ]


@pytest.mark.parametrize(
    ("html", "passage", "expected"),
    [
        ("<p>x<em>y</em>abc 甲乙 def 甲乙</p>", "甲乙",
         "<p>x<em>y</em>abc <mark>甲乙</mark> def <mark>甲乙</mark></p>"),
        ("<p>甲<em>乙</em>丙<em>丁</em>戊</p>", "乙，丙丁",
         "<p>甲<em><mark>乙</mark></em><mark>丙</mark><em><mark>丁</mark></em>戊</p>"),
        ("<p>甲&lt;b&gt;乙</p>", "b 乙", "<p>甲&lt;<mark>b&gt;乙</mark></p>"),
    ],
)  # fmt: skip
def test_passages_are_marked_through_any_mark_up(html, passage, expected):
    assert mark_passage(html, passage)[0] == expected


@pytest.mark.parametrize("passage", ["", "。。", "没有这句"])
def test_what_is_not_there_is_not_marked(passage):
    assert mark_passage("<p>甲乙</p>", passage) == ("<p>甲乙</p>", 0)
    assert mark_passage("", "甲") == ("", 0)
