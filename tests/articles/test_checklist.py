"""The checklist before publishing: what each check says, and what it passes."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from taggit.models import Tag

from articles.copyreading import is_malformed
from articles.models import Article, Contributor, Overruling, Page, Redirect, Status, Topic
from articles.services.checklist import (
    ChecklistError,
    check,
    publish_checked,
    schedule_checked,
)
from articles.services.pictures import add_picture
from articles.services.publishing import create_article, publish, revise, schedule, unpublish
from articles.services.redirects import save_redirect
from articles.services.restrictions import restrict
from articles.services.taxonomy import save_page, save_topic
from tests.articles.desk import png

pytestmark = pytest.mark.django_db
WORDS = "先测量，再动手。" * 25
SOUND = f"<p>{WORDS}</p><h2>一、换个位置</h2><p>{WORDS}</p>"


@pytest.fixture
def sound(carol, technology, eddie):
    """A draft of which nothing is to be said."""
    return create_article(
        None, title="无线死角", body=SOUND, contributor=carol, category=technology,
        tags=["路由器"], ai_label="none", cover=add_picture(eddie, png(), alt="一只碗"),
    )  # fmt: skip


def codes(article, **changes):
    if changes:
        revise(article, None, changes)
    article = Article.objects.get(pk=article.pk)
    return {finding.code for finding in check(article)}


def added(article, html):
    return codes(article, body=SOUND + html)


def test_nothing_is_said_of_a_sound_article(sound, django_assert_num_queries):
    with django_assert_num_queries(2):
        assert check(sound) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"body": ""}, "no_text"),
        ({"origin": "reprinted", "source_name": "某报"}, "no_source_url"),
        ({"origin": "licensed", "source_url": "https://example.com/1"}, "no_source_name"),
        ({"category": None}, "no_category"),
        ({"cover": None}, "no_cover"),
        ({"ai_label": ""}, "no_ai_label"),
        ({"body": "<p>太短了。</p>"}, "short_text"),
        ({"excerpt": "长" * 121}, "long_excerpt"),
        ({"title": "无线死角，"}, "title_ending"),
        ({"title": "无线  死角"}, "title_spaces"),
        ({"title": "无线　死角"}, "title_spaces"),
    ],
)
def test_what_is_missing_or_odd_in_a_field(sound, changes, code):
    assert codes(sound, **changes) == {code}


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "reprinted", "source_name": "某报", "source_url": "https://example.com/1"},
        {"excerpt": "长" * 120},
        {"title": "怎么治？"},
        {"title": "Wi-Fi 的死角"},
        {"ai_label": "generated"},
    ],
)
def test_what_is_in_order_in_a_field(sound, changes):
    assert codes(sound, **changes) == set()


def test_tags(sound):
    assert {finding.code for finding in check(sound, [])} == {"no_tags"}
    assert check(revise(sound, None, {}, tags=[]), ["给的"]) == []


@pytest.mark.parametrize(
    ("html", "code"),
    [
        ("<h2>二</h2><h4>三级</h4><p>文</p>", "heading_order"),
        ("<h2>二</h2>", "heading_bare"),
        ("<h2>二</h2><h2>三</h2><p>文</p>", "heading_bare"),
        ("<p><strong>一、看</strong></p><p>文</p><p><strong>二、动</strong></p>", "bold_heading"),
        (f"<p>{'长' * 501}</p>", "long_paragraph"),
        ("<p>　　缩进的一段</p>", "indented"),
        ("<p>&nbsp;&nbsp;缩进的一段</p>", "indented"),
        ("<p>一<br><br>二</p>", "line_breaks"),
        ("<p>这里待补充数据</p>", "left_over"),
        ("<p>TODO: ask him</p>", "left_over"),
        ("<p>打 13812345678 找我</p>", "contact"),
        ("<p>加微信 abcdef123</p>", "contact"),
        ("<p>QQ：12345678</p>", "contact"),
        ("<p>write to me@example.com</p>", "contact"),
        ('<p><a href="https://example，com/">见</a></p>', "malformed_link"),
        ('<p><a href="https://example.com/a。">见</a></p>', "malformed_link"),
        ('<p><a href="https://https://example.com/">见</a></p>', "malformed_link"),
        ('<p><a href="http://localhost/x">见</a></p>', "malformed_link"),
        ('<p><a href="http://192.168.1.1/x">见</a></p>', "malformed_link"),
        ('<p><a href="mailto:me">见</a></p>', "malformed_link"),
        ('<p><a href="/p/999999.html">见</a></p>', "dead_link"),
        ('<p><a href="/p/999999.md">见</a></p>', "dead_link"),
        ('<p><a href="/?p=999999">见</a></p>', "dead_link"),
        ('<p><a href="/category/nothing/">见</a></p>', "dead_link"),
        ('<p><a href="/category/nothing/feed/">见</a></p>', "dead_link"),
        ('<p><a href="/tag/没有/">见</a></p>', "dead_link"),
        ('<p><a href="/topic/nothing/">见</a></p>', "dead_link"),
        ('<p><a href="/author/nobody">见</a></p>', "dead_link"),
        ('<p><a href="/page/nothing/">见</a></p>', "dead_link"),
        ('<p><a href="/no/such/place">见</a></p>', "dead_link"),
        ('<p><a href="/admin/articles/article/">见</a></p>', "dead_link"),
        ('<p><a href="#no-such-heading">见</a></p>', "dead_link"),
    ],
)  # fmt: skip
def test_what_is_odd_in_the_text(sound, html, code):
    assert added(sound, html) == {code}


@pytest.mark.parametrize(
    "html",
    [
        "<h2>二</h2><h3>二之一</h3><p>文</p><h3>二之二</h3><h4>细</h4><p>文</p>",
        "<p><strong>只有一行粗体</strong></p>",
        "<p><strong>这是一句话。</strong></p><p><strong>这又是一句。</strong></p>",
        f"<p>{'长' * 500}</p>",
        "<p>一<br>二</p>",
        "<p>他说：“我 2024 年 10 月 8 日买的，花了 1380 元。”</p>",
        '<p><a href="https://example.com/a_(b)?q=1&amp;u=https://x.example/">见</a></p>',
        '<p><a href="https://zh.wikipedia.org/wiki/《读者》">见</a></p>',
        '<p><a href="https://例子.中国/">见</a></p>',
        '<p><a href="http://8.8.8.8/x">见</a></p>',
        '<p><a href="mailto:desk@news.example.com?subject=x">来信</a></p>',
        '<p><a href="/">首页</a> <a href="/hot/">热门</a> <a href="/search/?q=x">找</a></p>',
        '<p><a href="/category/tech/">栏目</a> <a href="/category/tech">栏目</a></p>',
        '<p><a href="/tag/路由器/">它自己的标签</a></p>',
        '<p><a href="/author/carol/feed/">作者</a></p>',
        '<p><a href="#1">本节</a></p>',
    ],
)
def test_what_is_in_order_in_the_text(sound, html):
    if 'href="#1"' in html:
        html = html.replace("#1", f"#{sound.toc[0]['id']}")
    assert added(sound, html) == set()


def test_an_address_that_cannot_be_read():
    assert is_malformed("http://[::1/x")
    assert is_malformed("https:///x")
    assert not is_malformed("/p/1.html")
    assert not is_malformed("#one")


def test_mail_behind_a_link_is_no_contact_but_what_is_written_is(sound):
    assert added(sound, "<p>desk@news.example.com</p>") == {"contact"}


def test_contacts_in_the_title(sound):
    assert codes(sound, title="加微信 abcdef123 领资料") == {"contact"}


@pytest.fixture
def other(carol):
    row = create_article(None, title="别的", body="<p>文</p>", contributor=carol, tags=["共同"])
    return publish(row, None)


@pytest.mark.parametrize("form", ["/p/{}.html", "{site}/p/{}.html#one", "/p/{}.md", "/?p={}"])
def test_links_to_articles(sound, other, settings, form):
    href = form.format(other.pk, site=settings.SITE_URL)
    body = SOUND + f'<p><a href="{href}">见</a></p>'
    assert codes(sound, body=body) == set()
    unpublish(other, None)
    assert codes(sound) == {"dead_link"}


def test_a_withheld_article_is_a_dead_end_and_so_is_a_tag_of_hidden_ones(sound, other):
    tag = Tag.objects.get(name="共同")
    links = f'<p><a href="/tag/{tag.slug}/">见</a></p><p><a href="/p/{other.pk}.html">见</a></p>'
    assert added(sound, links) == set()
    restrict(other, None, "whole", reference="TS-1")
    finding = check(sound.__class__.objects.get(pk=sound.pk))[0]
    assert finding.code == "dead_link"
    assert f"/p/{other.pk}.html" in finding.message
    assert "/tag/共同/" in finding.message


def test_links_to_what_will_be_public_by_then(sound, other, eddie):
    soon = timezone.now() + timedelta(hours=1)
    unpublish(other, None)
    schedule(other, None, soon)
    sound = revise(sound, None, {"body": SOUND + f'<p><a href="/p/{other.pk}.html">见</a></p>'})
    assert {finding.code for finding in check(sound)} == {"dead_link"}
    assert check(sound, at=soon) == []
    with pytest.raises(ChecklistError):
        publish_checked(sound, eddie)
    assert schedule_checked(sound, eddie, soon).status == Status.SCHEDULED


def test_links_to_itself(sound):
    assert added(sound, f'<p><a href="/p/{sound.pk}.html">上文</a></p>') == set()


def test_links_to_topics_and_pages(sound):
    save_topic(Topic(title="全部", slug="all"), None)
    shown = save_page(Page(title="关于", slug="about", body="", is_published=True), None)
    links = '<p><a href="/topic/all/">专题</a> <a href="/page/about/">关于</a></p>'
    assert added(sound, links) == set()
    shown.is_published = False
    save_page(shown, None)
    assert codes(sound) == {"dead_link"}


@pytest.mark.parametrize("old", ["/archives/17.html", "/archives/17", "/archives/17/"])
def test_an_old_address_that_leads_on_is_fine(sound, old):
    save_redirect(Redirect(old_path="/archives/17.html", target="/hot/"), None)
    save_redirect(Redirect(old_path="/archives/17/", target="/hot/"), None)
    assert added(sound, f'<p><a href="{old}">见</a></p>') == set()
    assert added(sound, '<p><a href="/archives/18">见</a></p>') == {"dead_link"}


def test_pictures_without_a_description(sound, eddie):
    bare = add_picture(eddie, png("a.png", size=(321, 200)), alt="")
    told = add_picture(eddie, png("b.png", size=(322, 200)), alt="一间屋子")
    shown = f'<p><img src="{told.url}"></p><p><img src="{bare.url}" alt="写在文中"></p>'
    assert added(sound, shown) == set()
    sound = revise(sound, None, {"body": SOUND + shown + f'<p><img src="{bare.url}"></p>'})
    finding = check(sound)[0]
    assert finding.code == "picture_alt"
    assert [place.picture for place in finding.where] == [bare.url]
    assert "3" in finding.where[0].words
    assert added(sound, f'<p><img src="{told.url}" alt=" "></p>') == {"picture_alt"}


def test_a_cover_without_a_description(sound, eddie):
    bare = add_picture(eddie, png("a.png", size=(321, 200)), alt="")
    assert codes(sound, cover=bare) == {"cover_alt"}


def test_the_same_title(sound, other, carol):
    finding = check(revise(sound, None, {"title": " 別的！"}))[0]
    assert (finding.code, finding.about) == ("same_title", other.pk)
    Article.objects.filter(pk=other.pk).update(trashed_at=timezone.now(), status="unpublished")
    assert codes(sound) == set()


def test_what_must_be_there_stands_first(carol):
    row = create_article(None, title="空", body="", contributor=carol, origin="reprinted")
    levels = [finding.level for finding in check(row)]
    assert levels == sorted(levels)
    assert levels[:2] == ["must", "must"]


def test_places_lead_to_the_words(sound):
    sound = revise(sound, None, {"body": SOUND + f"<p>{'甲' * 600}</p><p>{'乙' * 600}</p>"})
    assert [place.words for place in check(sound)[0].where] == ["甲" * 24, "乙" * 24]


def test_queries_of_the_worst_case(sound, other, eddie, django_assert_num_queries):
    picture = add_picture(eddie, png("a.png", size=(321, 200)), alt="")
    links = "".join(
        f'<a href="{href}">x</a> '
        for href in (f"/p/{other.pk}.html", "/category/tech/", "/tag/共同/", "/topic/x/",
                     "/author/carol/", "/page/x/", "/old")
    )  # fmt: skip
    body = f'{SOUND}<p>{links}</p><p><img src="{picture.url}"></p>'
    sound = revise(sound, None, {"body": body})
    with django_assert_num_queries(4):
        assert len(check(sound)) == 2


def test_an_unsaved_article():
    fresh = Article(title="一篇", body="<p>文</p>", contributor=Contributor(name="谁"))
    found = {finding.code for finding in check(fresh, [])}
    assert {"no_text", "no_cover", "no_category", "no_tags", "no_ai_label"} <= found


# --- Letting it go out -------------------------------------------------------------------------
def test_without_a_reason_nothing_goes_out(draft, eddie):
    soon = timezone.now() + timedelta(hours=1)
    for reason in ("", "  　\n"):
        with pytest.raises(ChecklistError) as refused:
            publish_checked(draft, eddie, reason=reason)
        assert [f.code for f in refused.value.findings] == ["short_text", "no_cover", "no_ai_label"]
        assert refused.value.findings[0].message in refused.value.messages[0]
        with pytest.raises(ChecklistError):
            schedule_checked(draft, eddie, soon, reason=reason)
    draft.refresh_from_db()
    assert draft.status == Status.DRAFT
    assert not Overruling.objects.exists()


def test_a_reason_is_kept_with_the_warnings_as_they_were_worded(draft, eddie):
    warned = check(draft)
    assert publish_checked(draft, eddie, reason=" 作者 等着 ").status == Status.PUBLISHED
    kept = draft.overrulings.get()
    assert (kept.by, kept.name, kept.reason) == (eddie, "Eddie", "作者 等着")
    assert kept.warnings == [{"code": f.code, "message": f.message} for f in warned]


def test_of_a_sound_article_no_reason_is_kept(sound, eddie):
    publish_checked(sound, eddie, reason="没有什么")
    assert not Overruling.objects.exists()


def test_what_it_must_have_is_never_overruled(draft, eddie):
    revise(draft, None, {"origin": "reprinted"})
    with pytest.raises(ValidationError) as refused:
        publish_checked(draft, eddie, reason="急")
    assert "source_url" in refused.value.error_dict
    assert not Overruling.objects.exists()


def test_a_past_moment_keeps_no_reason(draft, eddie):
    with pytest.raises(ValidationError):
        schedule_checked(draft, eddie, timezone.now() - timedelta(hours=1), reason="急")
    assert not Overruling.objects.exists()


def test_a_reason_that_is_too_long(draft, eddie):
    with pytest.raises(ValidationError) as refused:
        publish_checked(draft, eddie, reason="长" * 301)
    assert "reason" in refused.value.error_dict
    assert not Article.objects.visible().exists()


def test_the_ladder(draft, sam, mona):
    soon = timezone.now() + timedelta(hours=1)
    for stranger in (sam, mona):
        with pytest.raises(PermissionDenied):
            publish_checked(draft, stranger, reason="急")
        with pytest.raises(PermissionDenied):
            schedule_checked(draft, stranger, soon, reason="急")
    assert not Overruling.objects.exists()
