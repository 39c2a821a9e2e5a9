"""The command: what an export brings, what a second run does, what is refused."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from PIL import Image

from articles.models import (
    Article,
    Category,
    Contributor,
    ImportRecord,
    Page,
    Picture,
    Redirect,
    RelatedArticle,
    Status,
)
from articles.services.publishing import create_article, revise
from articles.wxr import importer as importer_module
from articles.wxr.importer import Import
from articles.wxr.progress import Progress
from articles.wxr.report import Report
from tests.conftest import SHARED
from tests.services import require_or_skip

pytestmark = pytest.mark.django_db

HEAD = """<?xml version="1.0" encoding="UTF-8" ?>
<rss version="2.0" xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:wp="http://wordpress.org/export/1.2/">
<channel><title>旧站</title><link>https://old.example.com</link>
<wp:wxr_version>1.2</wp:wxr_version>
<wp:base_site_url>https://old.example.com</wp:base_site_url>
<wp:base_blog_url>https://old.example.com</wp:base_blog_url>
"""
TAIL = "</channel></rss>\n"


def item(number: int | str = 7, content: str = "正文。", extra: str = "", **fields: str) -> str:
    values = {
        "title": "标题", "link": f"https://old.example.com/2020/05/post-{number}/",
        "dc:creator": "admin", "wp:post_name": f"post-{number}", "wp:status": "publish",
        "wp:post_type": "post", "wp:post_date": "2020-05-06 08:00:00",
        "wp:post_date_gmt": "2020-05-06 00:00:00", "wp:post_id": str(number),
    }  # fmt: skip
    values |= {name.replace("__", ":"): value for name, value in fields.items()}
    inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in values.items())
    return f"<item>{inner}<content:encoded><![CDATA[{content}]]></content:encoded>{extra}</item>\n"


Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, settings: Any) -> Run:
    settings.DATA_DIR = tmp_path / "data"

    def import_(body: str | bytes | Path, **options: Any) -> str:
        path = tmp_path / "export.xml"
        if isinstance(body, Path):
            path = body
        elif isinstance(body, bytes):
            path.write_bytes(body)
        else:
            path.write_text(HEAD + body + TAIL)
        out = StringIO()
        call_command("import_wxr", str(path), stdout=out, **options)
        return out.getvalue()

    return import_


def why(report: Path, url: str) -> str:
    rows = json.loads(report.read_text())["items"]
    return "；".join(next(row["why"] for row in rows if row["url"] == url))


# --- What comes in ----------------------------------------------------------------------------
def test_post_keeps_number_date_text_and_names(run: Run) -> None:
    author = (
        "<wp:author><wp:author_login>admin</wp:author_login>"
        "<wp:author_display_name>张三</wp:author_display_name></wp:author>"
    )
    terms = (
        '<category domain="category" nicename="jishu"><![CDATA[技术]]></category>'
        '<category domain="category" nicename="shenghuo"><![CDATA[生活]]></category>'
        '<category domain="post_tag" nicename="cpp"><![CDATA[C++]]></category>'
    )
    run(author + item(7, "第一段。\n\n第二段，\n换行。", terms, title="甲 &amp; <em>乙</em>"))
    article = Article.objects.get(pk=7)
    assert article.title == "甲 & 乙"
    assert article.body == "<p>第一段。</p><p>第二段，<br>换行。</p>"
    assert article.published_at == datetime(2020, 5, 6, tzinfo=UTC)
    assert article.status == Status.PUBLISHED
    assert article.contributor.name == "张三"
    assert article.category is not None
    assert article.category.slug == "jishu"
    assert article.tag_names == ["C++", "生活"]
    assert article.history.count() == 1


def test_local_date_counts_where_gmt_is_missing(run: Run) -> None:
    run(item(wp__post_date_gmt="0000-00-00 00:00:00"))
    assert Article.objects.get(pk=7).published_at == datetime(2020, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"wp__status": "draft"}, Status.DRAFT),
        ({"wp__status": "pending"}, Status.DRAFT),
        ({"wp__status": "private"}, Status.DRAFT),
        ({"wp__post_password": "geheim"}, Status.DRAFT),
        ({"wp__status": "future"}, Status.PUBLISHED),
        ({"wp__status": "future", "wp__post_date_gmt": "2199-01-01 00:00:00"}, Status.SCHEDULED),
        ({"wp__status": "archived"}, Status.DRAFT),
    ],
)
def test_status(run: Run, fields: dict[str, str], status: Status) -> None:
    run(item(**fields))
    assert Article.objects.get(pk=7).status == status


def test_trash_and_other_kinds_stay_out(run: Run) -> None:
    out = run(
        item(1, wp__status="trash") + item(2, wp__post_type="nav_menu_item")
        + item(3, wp__post_type="product") + item(4, wp__post_type="revision")
    )  # fmt: skip
    assert not Article.objects.exists()
    assert "product" in out


def test_sticky_excerpt_and_date_of_change(run: Run) -> None:
    run(
        item(
            wp__is_sticky="1", excerpt__encoded="摘要 &amp; 其他",
            wp__post_modified_gmt="2021-01-01 00:00:00",
        )
    )  # fmt: skip
    article = Article.objects.get(pk=7)
    assert article.sticky
    assert article.featured
    assert article.excerpt == "摘要 & 其他"
    assert article.updated_at == datetime(2021, 1, 1, tzinfo=UTC)


def test_post_without_title_text_or_date(run: Run, tmp_path: Path) -> None:
    run(
        item(1, title="") + item(2, "", title="")
        + item(3, wp__post_date="", wp__post_date_gmt="", title="长" * 300),
        report=str(tmp_path / "r.json"),
    )  # fmt: skip
    assert Article.objects.get(pk=1).title == "正文。"
    assert Article.objects.get(pk=2).status == Status.DRAFT
    long = Article.objects.get(pk=3)
    assert len(long.title) == 200
    assert long.published_at is not None
    assert timezone.now() - long.published_at < timedelta(minutes=5)
    assert "200" in why(tmp_path / "r.json", "https://old.example.com/2020/05/post-3/")


def test_categories_in_any_order_with_cycle_and_missing_parent(run: Run) -> None:
    def category(slug: str, parent: str) -> str:
        return (
            f"<wp:category><wp:term_id>{ord(slug)}</wp:term_id>"
            f"<wp:category_nicename>{slug}</wp:category_nicename>"
            f"<wp:category_parent>{parent}</wp:category_parent>"
            f"<wp:cat_name>栏目{slug}</wp:cat_name></wp:category>"
        )

    pairs = [
        ("c", "b"),
        ("b", "a"),
        ("a", ""),
        ("x", "y"),
        ("y", "x"),
        ("m", "nowhere"),
        ("s", "s"),
    ]
    run("".join(category(*pair) for pair in pairs))
    parents = {c.slug: c.parent.slug if c.parent else None for c in Category.objects.all()}
    assert (parents["a"], parents["b"], parents["c"]) == (None, "a", "b")
    assert [parents["x"], parents["y"]].count(None) == 1
    assert parents["m"] is None
    assert parents["s"] is None
    assert Redirect.objects.get(old_path="/category/a/b/c/").target == "/category/c/"
    assert Redirect.objects.get(old_path="/?cat=97").target == "/category/a/"


def test_authors_of_one_name_stay_apart(run: Run, carol: Contributor) -> None:
    authors = "".join(
        f"<wp:author><wp:author_login>{login}</wp:author_login>"
        f"<wp:author_display_name>{name}</wp:author_display_name></wp:author>"
        for login, name in [("a", "李四"), ("b", "李四"), ("c", carol.name)]
    )
    run(authors + item(1, dc__creator="b") + item(2, dc__creator="ghost") + item(3, dc__creator=""))
    assert Contributor.objects.count() == 6
    assert Article.objects.get(pk=1).contributor.name == "李四（b）"
    assert Article.objects.get(pk=2).contributor.slug == "ghost"
    assert Contributor.objects.get(slug="c").name != carol.name


def test_pages_keep_their_place(run: Run) -> None:
    page = {"wp__post_type": "page"}
    run(
        item(1, link="https://old.example.com/about/", wp__post_name="about", **page)
        + item(2, link="https://old.example.com/about/team/", wp__post_name="team",
               wp__post_parent="1", **page)
        + item(3, link="https://old.example.com/x/team/", wp__post_name="team", **page)
        + item(4, '<a href="https://old.example.com/about/team/">x</a>')
    )  # fmt: skip
    team = Page.objects.get(slug="team")
    assert team.is_published
    assert not team.in_footer
    assert Page.objects.get(slug="team-2")
    assert Redirect.objects.get(old_path="/about/team/").target == "/page/team/"
    assert Redirect.objects.get(old_path="/?page_id=2").target == "/page/team/"
    assert 'href="/page/team/"' in Article.objects.get(pk=4).body


# --- Addresses --------------------------------------------------------------------------------
def test_old_addresses_lead_on(run: Run, client: Client) -> None:
    link = "https://old.example.com/2020/05/%e6%a0%87%e9%a2%98/"
    run(item(7, link=link, wp__post_name="%e6%a0%87%e9%a2%98"))
    for path in ("/2020/05/%E6%A0%87%E9%A2%98/", "/2020/05/%e6%a0%87%e9%a2%98", "/?p=7"):
        response = client.get(path)
        assert response.status_code == 301, path
        assert response["Location"] == "/p/7.html"
    assert not Redirect.objects.filter(old_path="/?p=7").exists()


def test_links_lead_to_where_things_are_now(run: Run) -> None:
    content = (
        '<a href="https://old.example.com/?p=8">a</a> <a href="http://www.old.example.com/2020/05/'
        'post-8/#x">b</a> <a href="/?p=8">c</a> <a href="https://else.example.com/?p=8">d</a> '
        '<a href="https://old.example.com/">e</a> <a href="#here">f</a> <a href="http://[bad">g</a>'
    )
    run(item(7, content) + item(8))
    body = Article.objects.get(pk=7).body
    assert body.count('href="/p/8.html"') == 2
    assert 'href="/p/8.html#x"' in body
    assert 'href="https://else.example.com/?p=8"' in body
    assert 'href="/"' in body
    assert 'href="#here"' in body


def test_tag_with_another_slug_leads_on(run: Run) -> None:
    run(item(extra='<category domain="post_tag" nicename="cpp"><![CDATA[C++ 语言]]></category>'))
    assert Redirect.objects.get(old_path="/tag/cpp/").target == "/tag/c-语言/"


def test_no_redirect_takes_an_address_that_shows_a_page(run: Run, article: Article) -> None:
    run(item(7777, link="https://old.example.com/hot/")
        + item(7778, link=f"https://old.example.com/p/{article.pk}.html"))  # fmt: skip
    assert not Redirect.objects.exists()


def test_number_of_another_article_is_not_taken(run: Run, article: Article, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    run(item(article.pk, "另一篇。") + item(500), report=str(report))
    article.refresh_from_db()
    assert "承重墙" in article.body
    other = Article.objects.get(body__contains="另一篇")
    assert other.pk == max(article.pk, 500) + 1
    redirects = set(Redirect.objects.filter(article=other).values_list("old_path", flat=True))
    assert redirects == {f"/2020/05/post-{article.pk}/", f"/?p={article.pk}"}
    assert why(report, f"https://old.example.com/2020/05/post-{article.pk}/")


def test_number_that_stands_twice(run: Run) -> None:
    body = item(7) + item(7) + item(7, "另一篇。", title="另一篇")
    run(body)
    assert sorted(Article.objects.values_list("pk", flat=True)) == [7, 8]
    run(body)
    assert Article.objects.count() == 2


def test_new_articles_are_numbered_after_the_imported(run: Run, carol: Contributor) -> None:
    run(item(90000))
    assert create_article(None, title="新文", body="<p>字</p>", contributor=carol).pk > 90000


# --- Pictures ---------------------------------------------------------------------------------
@pytest.fixture
def uploads(tmp_path: Path) -> Path:
    folder = tmp_path / "uploads" / "2020" / "05"
    folder.mkdir(parents=True)
    for name, size in (("a.jpg", (60, 40)), ("a-30x20.jpg", (30, 20)), ("b.png", (50, 50))):
        data = BytesIO()
        Image.new("RGB", size, "navy").save(data, "PNG" if name.endswith("png") else "JPEG")
        (folder / name).write_bytes(data.getvalue())
    (folder / "broken.jpg").write_bytes(b"no picture")
    (tmp_path / "secret.jpg").write_bytes((folder / "a.jpg").read_bytes())
    return tmp_path / "uploads"


UP = "https://old.example.com/wp-content/uploads/2020/05"


def attachment(number: int, name: str, parent: int = 7, alt: str = "") -> str:
    meta = (
        f"<wp:attachment_url>{UP}/{name}</wp:attachment_url><wp:postmeta><wp:meta_key>"
        f"_wp_attachment_image_alt</wp:meta_key><wp:meta_value>{alt}</wp:meta_value></wp:postmeta>"
    )
    return item(
        number, "", meta, wp__post_type="attachment", wp__status="inherit",
        wp__post_parent=str(parent), link=f"https://old.example.com/2020/05/post-7/att-{number}/",
    )  # fmt: skip


def test_pictures_come_along(run: Run, uploads: Path) -> None:
    content = (
        f'[caption id="attachment_8" width="30"]<a href="{UP}/a.jpg"><img src="{UP}/a-30x20.jpg" '
        'alt="甲图" /></a> 图注[/caption]\n\n[gallery ids="9"]\n\n'
        f'<a href="https://old.example.com/?attachment_id=9">看图</a>'
    )
    thumbnail = (
        "<wp:postmeta><wp:meta_key>_thumbnail_id</wp:meta_key>"
        "<wp:meta_value>9</wp:meta_value></wp:postmeta>"
    )
    body = item(7, content, thumbnail) + attachment(8, "a.jpg") + attachment(9, "b.png", alt="乙图")
    run(body, media=str(uploads))
    article = Article.objects.get(pk=7)
    first, second = Picture.objects.order_by("pk")
    assert first.width == 60
    assert article.cover == second
    assert (
        f'<figure><img src="{first.url}" alt="甲图"><figcaption>图注</figcaption>' in article.body
    )
    assert f'<figure><img src="{second.url}" alt="乙图"></figure>' in article.body
    assert f'<a href="{second.url}">看图</a>' in article.body
    assert Redirect.objects.get(old_path="/2020/05/post-7/att-8/").target == "/p/7.html"
    assert Redirect.objects.get(old_path="/wp-content/uploads/2020/05/a.jpg").target == first.url

    # A second run knows its pictures, even without the folder.
    run(body)
    assert Picture.objects.count() == 2
    assert article.history.count() == 1


def test_pages_show_their_pictures(run: Run, uploads: Path) -> None:
    run(item(7, f'<img src="{UP}/a.jpg">', wp__post_type="page"), media=str(uploads))
    assert Picture.objects.get().url in Page.objects.get().prose


def test_missing_and_bad_pictures_become_links(run: Run, uploads: Path, tmp_path: Path) -> None:
    report = tmp_path / "r.json"
    run(
        item(7, f'<img src="{UP}/none.jpg" alt="不见了"> <img src="{UP}/broken.jpg"> '
                f'<img src="{UP}/../../../secret.jpg"> <img src="data:image/png;base64,xx">'),
        media=str(uploads), report=str(report),
    )  # fmt: skip
    body = Article.objects.get(pk=7).body
    assert f'<a href="{UP}/none.jpg">不见了</a>' in body
    assert f'<a href="{UP}/broken.jpg">broken.jpg</a>' in body
    assert "<img" not in body
    assert not Picture.objects.exists()
    told = why(report, "https://old.example.com/2020/05/post-7/")
    assert "none.jpg" in told
    assert "broken.jpg" in told


# --- Again and again --------------------------------------------------------------------------
SITE = item(1, "甲文。") + item(2, "乙文。") + item(3, "关于。", wp__post_type="page")


def snapshot() -> Any:
    return (
        list(Article.history.model.objects.order_by("history_id").values_list("history_id", "id")),
        list(Article.objects.order_by("pk").values()),
        list(Page.objects.order_by("pk").values()),
        list(Redirect.objects.order_by("pk").values()),
        list(RelatedArticle.objects.order_by("pk").values()),
        list(ImportRecord.objects.order_by("pk").values()),
    )


def test_second_run_changes_nothing(run: Run) -> None:
    run(SITE)
    before = snapshot()
    out = run(SITE)
    assert snapshot() == before
    assert "文章：未变 2" in out


def test_changed_items_are_changed_and_edited_ones_kept(run: Run, tmp_path: Path) -> None:
    run(SITE)
    revise(Article.objects.get(pk=2), None, {"title": "编辑改过"})
    report = tmp_path / "r.json"
    run(SITE.replace("甲文", "甲文改").replace("乙文", "乙文改"), report=str(report))
    assert "甲文改" in Article.objects.get(pk=1).body
    kept = Article.objects.get(pk=2)
    assert kept.title == "编辑改过"
    assert "乙文改" not in kept.body
    assert why(report, "https://old.example.com/2020/05/post-2/")


def test_what_was_deleted_here_stays_away(run: Run) -> None:
    run(SITE)
    RelatedArticle.objects.all().delete()
    Article.objects.get(pk=1).delete()
    run(SITE)
    assert not Article.objects.filter(pk=1).exists()


def test_resumes_after_a_kill(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    body = "".join(item(n, f"第{n}篇。", title=f"第{n}篇") for n in range(1, 8))
    monkeypatch.setattr(importer_module, "_BATCH", 2)
    whole = Import._write_drafts
    calls = []

    def dies(self: Import, drafts: Any) -> Any:
        calls.append(1)
        if len(calls) == 3:
            raise SystemExit(137)
        return whole(self, drafts)

    monkeypatch.setattr(Import, "_write_drafts", dies)
    with pytest.raises(SystemExit):
        run(body)
    assert Article.objects.count() == 4
    monkeypatch.setattr(Import, "_write_drafts", whole)
    run(body)
    assert Article.objects.count() == 7
    assert Article.history.model.objects.count() == 7
    assert RelatedArticle.objects.values("article").distinct().count() == 7


def test_articles_that_were_there_learn_of_the_imported(run: Run, article: Article) -> None:
    assert article.related.count() == 0
    told = "多数人一觉得慢就去买新设备，弱电箱是最差的位置，承重墙多。"
    run("".join(item(number, f"{told}第{number}次。") for number in range(101, 104)))
    assert set(article.related.values_list("other", flat=True)) == {101, 102, 103}


def test_one_bad_item_stops_nothing(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    whole = importer_module.draft

    def fails(made: Any, *rest: Any) -> Any:
        if made.number == 2:
            raise ValueError("坏的")
        return whole(made, *rest)

    monkeypatch.setattr(importer_module, "draft", fails)
    report = tmp_path / "r.json"
    out = run(item(1) + item(2) + item(3), report=str(report))
    assert sorted(Article.objects.values_list("pk", flat=True)) == [1, 3]
    assert "坏的" in why(report, "https://old.example.com/2020/05/post-2/")
    assert "坏的" in out


def test_dry_run_writes_nothing_and_says_the_same(run: Run, uploads: Path) -> None:
    body = SITE + item(7, f'<img src="{UP}/a.jpg">') + attachment(8, "a.jpg")
    before = snapshot()
    dry = run(body, dry_run=True, media=str(uploads))
    assert snapshot() == before
    assert not Contributor.objects.exists()
    assert not Picture.objects.exists()
    real = run(body, media=str(uploads))
    count = "文章：新增 3"
    assert count in dry
    assert count in real


def test_greetings_that_many_share_leave_the_summaries(run: Run) -> None:
    greeting = "大家好，今天小编来和大家分享一些实用的小知识。"
    run(
        "".join(
            item(n, f"{greeting}第{n}件事要从头慢慢说起。", title=f"事{n}") for n in range(1, 7)
        )
    )
    for article in Article.objects.all():
        assert article.summary == f"第{article.pk}件事要从头慢慢说起。"


def test_report_as_csv_holds_no_formulas(run: Run, tmp_path: Path) -> None:
    report = tmp_path / "r.csv"
    run(item(7, title="=HYPERLINK(1)"), report=str(report))
    text = report.read_text("utf-8-sig")
    assert "'=HYPERLINK(1)" in text
    assert text.startswith("url,type,status,title,what,new_url,why")


# --- What is refused --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "空"),
        (b"\n \n", "空"),
        (b"<html><body>hi</body></html>", "网页"),
        (b"<?xml version='1.0'?><!DOCTYPE html><html/>", "网页"),
        (b"PK\x03\x04....", "压缩"),
        (b"just text", "<rss>"),
        (b"<?xml version='1.0'?><feed/>", "feed"),
        (b"<rss><channel><title>x</title></channel></rss>", "wxr_version"),
        (b"<?xml version='1.0' encoding='klingon'?><rss/>", "klingon"),
        (b"<?xml version='1.0' encoding='UTF-8'?><rss>\n\xd6\xd0\xce\xc4</rss>", "UTF-8"),
        ((HEAD + item(1)).encode(), "格式不正确"),
        ((HEAD + item(1) + "<item><title>a & b</title></item>" + TAIL).encode(), "格式不正确"),
        (
            (
                b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
                b"<rss><channel>&b;</channel></rss>"
            ),
            "DTD",
        ),
        (
            (
                b'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
                b"<rss><channel>&x;</channel></rss>"
            ),
            "DTD",
        ),
    ],
)
def test_refused_before_anything_is_written(run: Run, data: bytes, said: str) -> None:
    with pytest.raises(CommandError) as caught:
        run(data)
    assert said in str(caught.value)
    assert not Article.objects.exists()
    assert not Contributor.objects.exists()


def test_refuses_what_is_no_file(run: Run, tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.xml"):
        with pytest.raises(CommandError):
            run(path)
    with pytest.raises(CommandError):
        run(SITE, media=str(tmp_path / "nowhere"))
    with pytest.raises(CommandError):
        run(SITE, report=str(tmp_path / "no" / "r.csv"))


def test_second_import_at_once_is_refused(run: Run, settings: Any) -> None:
    import fcntl

    settings.DATA_DIR.mkdir()
    with (settings.DATA_DIR / "import_wxr.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(CommandError):
            run(SITE)
    run(SITE)


def test_mess_before_and_in_the_xml_is_passed_over(run: Run) -> None:
    data = (HEAD + item(7, "一\x00二\x0b三&#8;\ufffe四") + TAIL).encode()
    out = run(b"\xef\xbb\xbf\n<br />\n<b>Warning</b>: foreach() in /www/x.php\n" + data)
    assert Article.objects.get(pk=7).body == "<p>一二三四</p>"
    assert "Warning" in out
    assert "U+0000" in out
    assert "U+000B" in out


@pytest.mark.parametrize("encoding", ["gbk", "utf-16", "gb18030"])
def test_other_encodings(run: Run, encoding: str) -> None:
    text = (HEAD + item(7, "中文。") + TAIL).replace("旧站", "站")
    run(text.replace('encoding="UTF-8"', f'encoding="{encoding}"').encode(encoding))
    assert "中文" in Article.objects.get(pk=7).body


# --- The shared files -------------------------------------------------------------------------
WXR = SHARED / "wxr"
EXPECTED = json.loads((WXR / "expected.json").read_text()) if WXR.exists() else []
COUNTED = (
    "version", "items", "by_type", "comments", "approved_comments", "replies", "authors",
    "categories", "tags", "terms",
)  # fmt: skip


# One row where the data are missing, so that the test can say so instead of vanishing.
@pytest.mark.parametrize("expected", EXPECTED or [{}], ids=lambda e: e.get("file", "absent"))
def test_shared_exports(run: Run, tmp_path: Path, expected: dict[str, Any]) -> None:
    require_or_skip("shared data")
    path, report = WXR / expected["file"], tmp_path / "r.json"
    if not expected["well_formed"] and expected["file"] != "zh-bioops.xml":
        with pytest.raises(CommandError) as caught:
            run(path)
        line = expected["error"].split("line ")[1].split(",")[0]
        assert line in str(caught.value)
        assert not ImportRecord.objects.exists()
        return
    run(path, report=str(report))
    data = json.loads(report.read_text())
    export = data["summary"]["export"]
    assert {k: export[k] for k in COUNTED if k in expected} == {
        k: expected[k] for k in COUNTED if k in expected
    }
    assert not [row for row in data["items"] if row["what"] == "failed"]
    rows = [r for r in data["items"] if r["type"] not in {"author", "category", "redirect"}]
    assert len(rows) == expected["items"]
    posts = sum(
        count for name, count in export["by_type"].items()
        if name.split("/")[0] in {"post", ""} and name.split("/")[1] not in {"trash", "inherit"}
    )  # fmt: skip
    assert Article.objects.count() == posts
    if expected["file"] == "zh-bioops.xml":
        assert data["summary"]["warnings"]
    before = snapshot()
    run(path)
    assert snapshot() == before


def test_seed(run: Run) -> None:
    require_or_skip("shared data")
    run(SHARED / "seed" / "chaozuoye.wxr.xml")
    article = Article.objects.get(pk=17367)
    assert timezone.localtime(article.published_at).date().isoformat() == "2024-10-16"
    assert article.contributor.name == "电商达人"
    assert article.category is None
    assert article.related.count() == 8
    assert article.tag_names == ["淘宝", "系统维护", "电商"]


def test_progress_is_a_bar_on_a_terminal_and_lines_elsewhere() -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    for stream, sign in ((Terminal(), "\r"), (StringIO(), "\n")):
        progress = Progress(stream)
        progress._last -= 60
        progress.show("阶段", 1, 2, "1/2")
        progress.show("阶段", 2, 2, "2/2")
        assert "50%" in stream.getvalue()
        assert "2/2" not in stream.getvalue()
        assert sign in stream.getvalue()


def test_memory_does_not_grow_with_the_file(tmp_path: Path, db: None) -> None:
    import tracemalloc

    def peak(count: int) -> int:
        path = tmp_path / "big.xml"
        with path.open("w") as file:
            file.write(HEAD)
            for number in range(1, count + 1):
                file.write(item(number, "长长的正文。" * 2000, wp__status="draft"))
            file.write(TAIL)
        tracemalloc.start()
        with Report() as report:
            Import(path, report, Progress(is_quiet=True), is_dry=True).run()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    peak(10)
    assert peak(600) < peak(60) * 1.5
