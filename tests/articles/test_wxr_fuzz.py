"""Mangled exports: whatever is done to a file, it is imported or refused, never a traceback."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.models import Article, ImportRecord

SITE = """<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>站</title><link>https://old.example.com</link><wp:wxr_version>1.2</wp:wxr_version>
<wp:base_blog_url>https://old.example.com/b</wp:base_blog_url>
<wp:author><wp:author_login>a</wp:author_login></wp:author>
<wp:category><wp:term_id>3</wp:term_id><wp:category_nicename>c</wp:category_nicename>
<wp:category_parent>c</wp:category_parent><wp:cat_name>栏</wp:cat_name></wp:category>
<item><title>题</title><link>https://old.example.com/b/?p=5</link><dc:creator>a</dc:creator>
<content:encoded><![CDATA[
<!-- wp:x {"a":1} --><p>文[caption a="b"]<img src="/b/wp-content/uploads/x-1x1.jpg"/>
c[/caption]</p><!-- /wp:x -->
<a href="/b/?p=5">[gallery]</a>[code]x[/code]]]></content:encoded>
<wp:post_id>5</wp:post_id><wp:post_date>2020-01-01 00:00:00</wp:post_date>
<wp:post_name>%e6%a0</wp:post_name><wp:status>publish</wp:status><wp:post_type>post</wp:post_type>
<category domain="post_tag" nicename="t"><![CDATA[签]]></category>
<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key><wp:meta_value>6</wp:meta_value></wp:postmeta>
</item>
<item><title>附</title><link>https://old.example.com/b/att/</link><wp:post_id>6</wp:post_id>
<wp:post_type>attachment</wp:post_type><wp:status>inherit</wp:status><wp:post_parent>5</wp:post_parent>
<wp:attachment_url>https://old.example.com/b/wp-content/uploads/x.jpg</wp:attachment_url></item>
<item><title>页</title><link>https://old.example.com/b/ye/</link><wp:post_id>9</wp:post_id>
<wp:post_type>page</wp:post_type><wp:status>publish</wp:status>
<content:encoded>&lt;p&gt;页&lt;/p&gt;</content:encoded></item>
</channel></rss>
""".encode()

INSERTED = [
    b"\x00",
    b"\x0b",
    b"&x;",
    b"&#0;",
    b"&#xD800;",
    b"\xed\xa0\x80",
    b"\xff\xfe",
    b"<",
    b"]]>",
    b"<!DOCTYPE a>",
    b"<![CDATA[",
    b"<!--",
    b"<?xml?>",
    b"<item>",
    b"</item>",
    b'[gallery ids="6,5"]',
    b"<b>" * 300,
    b"%00",
    b"../" * 9,
    b"99999999999999999999",
    b"0000-00-00 00:00:00",
    "𠮷😀\u202e".encode(),
    b"9999-12-31 23:59:59",
    b"0001-01-01 00:00:00",
    b"=1+1",
    b"http://[::1",
    b"//x//y",
    b"&#x110000;",
    b"a" * 700,
]


@st.composite
def mangled(draw: Any) -> bytes:
    """An export with bytes flipped, parts cut out or doubled, and tricks put in."""
    data = bytearray(SITE)
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, max(0, len(data) - 1)))
        length = draw(st.integers(0, 200))
        what = draw(st.sampled_from(["flip", "cut", "double", "insert", "value", "end"]))
        if what == "flip" and data:
            data[at] ^= draw(st.integers(1, 255))
        elif what == "cut":
            del data[at : at + length]
        elif what == "double":
            data[at:at] = data[at : at + length]
        elif what == "insert":
            data[at:at] = draw(st.sampled_from(INSERTED))
        elif what == "end":
            del data[max(at, len(data) // 2) :]
        else:  # Put a trick where a value begins, so that the file stays well-formed.
            start = data.find(
                draw(st.sampled_from([b"<wp:", b"<title", b"<link", b"<![CDATA["])), at
            )
            value = max(data.find(b">", start), data.find(b"CDATA[", start) + 5) + 1
            if start >= 0 and value > 0:
                data[value:value] = draw(st.sampled_from(INSERTED))
    return bytes(data)


class _UndoneError(Exception):
    pass


@pytest.mark.django_db
@settings(
    max_examples=250,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=mangled())
def test_mangled_exports_are_imported_or_refused(tmp_path: Path, data: bytes) -> None:
    path, report = tmp_path / "x.xml", tmp_path / "r.json"
    path.write_bytes(data)
    try:
        with transaction.atomic():
            try:
                call_command("import_wxr", str(path), report=str(report), stdout=StringIO())
            except CommandError as error:
                refused_and_wrote_nothing = bool(str(error)) and not ImportRecord.objects.exists()
            else:
                refused_and_wrote_nothing = False
            if refused_and_wrote_nothing:
                raise _UndoneError
            rows = json.loads(report.read_text())["items"]
            made = {
                row["new_url"] for row in rows if row["type"] == "post" and row["what"] == "created"
            }
            assert made == {f"/p/{pk}.html" for pk in Article.objects.values_list("pk", flat=True)}
            raise _UndoneError
    except _UndoneError:
        pass


@settings(max_examples=250, deadline=None, database=None, derandomize=True)
@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "[caption]",
                    "[/caption]",
                    "[gallery]",
                    "[code]",
                    "[/code]",
                    "<!-- wp:a -->",
                    "<!--more-->",
                    "<!-- /wp:a -->",
                    "<!--",
                    "-->",
                    "<pre>",
                    "</pre>",
                    "<figure>",
                    "</figure>",
                    "<ul><li>",
                    "</ul>",
                    "<img src='http://x/ours.jpg'>",
                    "<a href='http://x/'>",
                    "</a>",
                    "<iframe src='//x'>",
                    "<p>",
                    "\n\n",
                    "<table>",
                    "<td>",
                    "<svg>",
                    "<math>",
                    "<object data='http://x'>",
                    "</p>",
                    "\ufdd05\ufdd2",
                    "\x00",
                ]
            ),
            st.text(max_size=20),
        ),
        max_size=40,
    )
)
def test_no_text_is_too_strange(pieces: list[str]) -> None:
    from articles.html import clean, text_of
    from articles.wxr.markup import convert
    from tests.articles.test_wxr_markup import Nowhere

    stored = clean(convert("".join(pieces), Nowhere()).html)
    assert "".join(text_of(clean(stored)).split()) == "".join(text_of(stored).split())
    assert "<!--" not in stored
