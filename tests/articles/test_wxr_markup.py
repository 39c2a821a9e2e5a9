"""From WordPress's mark-up to plain HTML."""

import pytest

from articles.html import clean, text_of
from articles.wxr.markup import Converted, convert


class Nowhere:
    """A site whose pictures are all lost but one."""

    ours = "/media/pictures/ab/abcdefabcdefabcdefabcdef/original.jpg"

    def picture(self, src: str) -> str | None:
        return self.ours if src.endswith("/ours.jpg") else None

    def alt(self, src: str) -> str:
        return "说明" if src.endswith("/ours.jpg") else ""

    def link(self, href: str) -> str:
        return href

    def gallery(self, attributes: dict[str, str]) -> list[tuple[str, str, str]]:
        return [
            ("http://x/ours.jpg", "", f"图{n}") for n in attributes.get("ids", "").split(",") if n
        ]


def converted(content: str) -> Converted:
    return convert(content, Nowhere())


def html(content: str) -> str:
    return clean(converted(content).html)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("一\n\n二\n三", "<p>一</p><p>二<br>三</p>"),
        ("一\r\n\r\n二", "<p>一</p><p>二</p>"),
        ("一<br />\n二", "<p>一<br>二</p>"),
        ("<p>一\n\n<p>二", "<p>一</p><p>二</p>"),
        (
            "前\n<ul>\n<li>甲</li>\n\n<li>乙</li>\n</ul>\n后",
            "<p>前</p><ul>\n<li>甲</li>\n\n<li>乙</li>\n</ul><p>后</p>",
        ),
        ("<pre>a\n\n  b</pre>", "<pre>a\n\n  b</pre>"),
        ("<strong>一\n\n二</strong>", "<p><strong>一</strong></p><p><strong>二</strong></p>"),
        (
            "<table><tr><td>a\n\nb</td></tr></table>",
            "<table><tbody><tr><td>a\n\nb</td></tr></tbody></table>",
        ),
        ("<h1>题</h1>文", "<h2>题</h2><p>文</p>"),
    ],
)
def test_classic_texts_get_paragraphs(content: str, expected: str) -> None:
    assert html(content) == expected


def test_blocks_are_left_as_they_are() -> None:
    content = (
        '<!-- wp:paragraph {"align":"center"} --><p>一\n二</p><!-- /wp:paragraph -->\n\n'
        "<!-- wp:latest-posts /-->\n\n<!-- wp:freeform -->三\n\n四<!-- /wp:freeform -->"
    )
    result = converted(content)
    assert clean(result.html) == "<p>一\n二</p><p>三</p><p>四</p>"
    assert result.blocks == {"latest-posts": 1}


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('[foo a="1"]留下[/foo]', "<p>留下</p>"),
        ("见[1]，a[i]，[sic]", "<p>见[1]，a[i]，[sic]</p>"),
        ("[[gallery]]", "<p>[gallery]</p>"),
        ("甲[toc]乙", "<p>甲乙</p>"),
        ('[audio src="http://x/a.mp3"]', '<p><a href="http://x/a.mp3">http://x/a.mp3</a></p>'),
        ("[embed]https://v.cn/1[/embed]", '<p><a href="https://v.cn/1">https://v.cn/1</a></p>'),
        ("<code>[foo a=1]</code>", "<p><code>[foo a=1]</code></p>"),
        (
            '[code lang="c"]\nif (a &lt; b) x[1] = "[foo a=1]";\n[/code]',
            '<pre><code>if (a &lt; b) x[1] = "[foo a=1]";</code></pre>',
        ),
        ("[php]<?php echo 1; ?>[/php]", "<pre><code>&lt;?php echo 1; ?&gt;</code></pre>"),
    ],
)
def test_shortcodes(content: str, expected: str) -> None:
    assert html(content) == expected


def test_removed_shortcodes_are_counted() -> None:
    assert converted("[a b=1]x[/a][a b=2]y[/a][c d=1/]").shortcodes == {"a": 2, "c": 1}


def test_captions_and_galleries_are_figures() -> None:
    figure = f'<figure><img src="{Nowhere.ours}" alt="说明"><figcaption>%s</figcaption></figure>'
    assert html(
        '[caption id="a" width="9"]<img src="http://x/ours.jpg"> 图 <b>注</b>[/caption]'
    ) == (figure % "图 <strong>注</strong>")
    assert (
        html('[caption caption="旧式"]<img src="http://x/ours.jpg">[/caption]') == figure % "旧式"
    )
    assert html('[gallery ids="1,2"]') == figure % "图1" + figure % "图2"
    blocks = (
        '<figure class="wp-block-gallery"><ul><li><figure><img src="http://x/ours.jpg"/>'
        "<figcaption>甲</figcaption></figure></li></ul></figure>"
    )
    assert html(f"<!-- wp:gallery -->{blocks}<!-- /wp:gallery -->") == figure % "甲"


def test_lazy_pictures_are_found_and_lost_ones_are_links() -> None:
    assert Nowhere.ours in html(
        '<img src="data:image/gif;base64,x" data-original="http://x/ours.jpg">'
    )
    assert (
        html('<img src="http://x/lost.jpg" alt="山">')
        == '<p><a href="http://x/lost.jpg">山</a></p>'
    )
    assert html('<a href="http://y/"><img src="http://x/lost.jpg"></a>') == (
        '<p><a href="http://y/">lost.jpg</a></p>'
    )


def test_frames_and_films_are_links() -> None:
    assert 'href="https://player.example.com/1"' in html(
        '<iframe src="//player.example.com/1"></iframe>'
    )
    assert 'href="http://x/a.mp4"' in html('<video><source src="http://x/a.mp4"></video>')
    assert html("<script>alert(1)</script>文") == "<p>文</p>"


def test_what_stands_before_more() -> None:
    result = converted("开头。\n\n<!--more-->\n\n后文。")
    assert text_of(clean(result.more)) == "开头。"
    assert clean(result.html) == "<p>开头。</p><p>后文。</p>"


def test_deep_nesting_keeps_the_text() -> None:
    result = converted("<div>" * 5000 + "深处" + "</div>" * 5000)
    assert result.is_flattened
    assert clean(result.html) == "<p>深处</p>"


@pytest.mark.parametrize(
    "piece",
    [
        "<ul>",
        "[a ",
        '[a "',
        "<!--",
        "<pre>",
        "[code]",
        "<a ",
        "[a]",
        "\n",
        "<br> ",
        "<p>x</p>",
        "[caption a=1]",
    ],
)
def test_hostile_texts_end(piece: str) -> None:
    """Each of these takes hours where the cost grows with the square of the length."""
    assert len(converted(piece * 100_000).html) < 1_000_000
