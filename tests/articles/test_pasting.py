"""What people paste: Word, WPS, public accounts of WeChat, web pages. It comes out clean."""

import pytest

from articles.html import clean

WORD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head><meta name=Generator
content="Microsoft Word 15"><style><!-- p.MsoNormal {mso-style-parent:"";} --></style></head>
<body lang=ZH-CN style='tab-interval:21.0pt'><!--StartFragment-->
<h1 style='margin:0'><span lang=EN-US style='font-family:"Cambria"'>一、准备<o:p></o:p></span></h1>
<p class=MsoNormal style='text-indent:21.0pt'><span style='font-family:宋体'>先把墙<b>量三遍</b>，
</span><span lang=EN-US><o:p>&nbsp;</o:p></span></p>
<p class=MsoNormal><![if !supportEmptyParas]>&nbsp;<![endif]><o:p></o:p></p>
<!--[if gte mso 9]><xml><w:WordDocument><w:View>Normal</w:View></w:WordDocument></xml><![endif]-->
<p class=MsoListParagraph style='mso-list:l0 level1 lfo1'><!--[if !supportLists]--><span lang=EN-US
style='font-family:Wingdings'><span style='mso-list:Ignore'>l<span style='font:7.0pt "Times New
Roman"'>&nbsp; </span></span></span><!--[endif]--><span>卷尺</span></p>
<table class=MsoTableGrid border=1><tr><td width=284 valign=top><p
class=MsoNormal>甲<o:p></o:p></p>
</td></tr></table><!--EndFragment--></body></html>"""
WPS = """<p class="p"
style="text-indent:21.0000pt;"><span style="mso-spacerun:'yes';font-family:宋体;">
<font face="宋体">小雪前后，</font></span><b><span
class="15"><font face="宋体">白萝卜</font></span></b></p>
<p style="mso-list:l1 level1"><![if !supportLists]><span
style="mso-list:Ignore;"><span>1.&nbsp;</span>
</span><![endif]><font>洗净</font></p><ol><li><p><font>切块</font></p></li></ol>"""
WECHAT = """<section style="box-sizing:border-box" data-tools="135编辑器" data-id="85660">
<section style="display:flex"><section style="color:red"><p style="text-align:center">
<span style="font-size:18px" data-brushtype="text"><strong
>一坛酸辣</strong></span></p></section></section>
<section><img data-src="https://mmbiz.qpic.cn/mmbiz_jpg/abc/640?wx_fmt=jpeg" data-ratio="0.66"
src="data:image/svg+xml,%3Csvg%3E" class="rich_pages wxw-img" _width="677px"></section>
<p><br></p><p style="line-height:2em"><span leaf="">盐要<span
textstyle="" style="color:red">一两</span>。</span></p>
<mp-common-profile data-id="x"></mp-common-profile><qqmusic></qqmusic>
<section><br></section></section>"""
WEB = """<div class="post"><div id="ad"><script>track()</script><iframe
src="//ads.example"></iframe></div>
<h3 onclick="x()">怎么挑</h3><div>掂在手里<i>要沉</i>，<a
href="https://example.org/a?b=1&amp;c=2"
target="_blank" onmouseover="x">见此</a>。</div><div><br></div>
<ul class="list"><li style="color:red">皮要亮</li></ul><noscript><img src="x"></noscript>
<form action="/x"><input name="a"><button>关注</button></form></div>"""


@pytest.mark.parametrize(
    ("pasted", "wanted"),
    [
        (
            WORD,
            (
                "<h2>一、准备</h2><p>先把墙<strong>量三遍</strong>，</p><ul><li>卷尺</li></ul><table><tbody>"
                "<tr><td><p>甲</p></td></tr></tbody></table>"
            ),
        ),
        (
            WPS,
            "<p>小雪前后，<strong>白萝卜</strong></p><ol><li>洗净</li></ol><ol><li><p>切块</p></li></ol>",
        ),
        (WECHAT, "<p><strong>一坛酸辣</strong></p><p>盐要一两。</p>"),
        (
            WEB,
            (
                "<h3>怎么挑</h3><p>掂在手里<em>要沉</em>，"
                '<a href="https://example.org/a?b=1&amp;c=2">见此</a>。</p><ul><li>皮要亮</li></ul>'
            ),
        ),
    ],
    ids=["word", "wps", "wechat", "web"],
)
def test_pasted_text_comes_out_clean(pasted, wanted):
    cleaned = clean(pasted)
    assert "".join(line.strip() for line in cleaned.split("\n")) == wanted
    assert clean(cleaned) == cleaned
