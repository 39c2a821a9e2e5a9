"""Nothing that is typed on the desk is lost: closed tabs, no network, an expired session, and two
editors at one article."""

from collections.abc import Callable

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from articles.models import Article, Autosave, User
from tests.browser.conftest import DESKTOP
from tests.browser.helpers import sign_in, until
from tests.browser.test_axe import violations
from tests.browser.test_desk import ready_editor

STATE = "[data-typing-state]"
LOCAL = "() => Object.keys(localStorage).filter(name => name.startsWith('tougao.typing.')).length"


def open_form(page: Page, article: Article) -> None:
    page.goto(f"/admin/articles/article/{article.pk}/change/")
    ready_editor(page)


def type_text(page: Page, words: str) -> None:
    """Type at the end of the text."""
    ready_editor(page).locator("body").click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.type(words)


def keep_now(page: Page) -> None:
    """Let the script keep what is typed now, without the pause that it waits for more."""
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    expect(page.locator(STATE)).to_contain_text("已暂存")


def test_a_tab_closed_in_mid_sentence_is_found_again(
    new_page: Callable[..., Page], eddie: User, article: Article
) -> None:
    page = new_page(**DESKTOP)
    sign_in(page, eddie, f"/admin/articles/article/{article.pk}/change/")
    ready_editor(page)
    version, body = article.version, article.body
    type_text(page, "这一句还没有写")
    expect(page.locator(STATE)).to_contain_text("未保存的改动")
    expect(page.locator(STATE)).to_contain_text("已暂存")
    type_text(page, "关掉之前的半句")
    page.close(run_before_unload=False)
    article.refresh_from_db()
    assert (article.version, article.body) == (version, body)

    again = page.context.new_page()
    again.goto(f"/admin/articles/article/{article.pk}/change/")
    ready_editor(again)
    offer = again.locator(".desk-offer").first
    expect(offer).to_contain_text("有未保存的文字")
    expect(offer).to_contain_text("正文")
    assert violations(again) == []
    offer.get_by_role("link", name="查看差异").click()
    expect(again.locator(".review-diff ins").first).to_contain_text("这一句还没有写")
    again.get_by_role("link", name="恢复到表单").click()
    text = ready_editor(again).locator("body")
    expect(text).to_contain_text("这一句还没有写")
    again.locator(".submit-row [name=_save]").click()
    expect(again.locator(".messagelist .success")).to_be_visible()
    expect(again.locator(".desk-offer")).to_have_count(0)
    assert "这一句还没有写" in Article.objects.get().body
    until(again, f"() => ({LOCAL})() === 0")
    assert not Autosave.objects.exists()


def test_without_network_the_device_keeps_it_and_with_an_expired_session_too(
    new_page: Callable[..., Page], eddie: User, article: Article
) -> None:
    page = new_page(**DESKTOP)
    page.expected_errors = ["ERR_INTERNET_DISCONNECTED", "status of 401", "ViewTransition"]
    sign_in(page, eddie, f"/admin/articles/article/{article.pk}/change/")
    ready_editor(page)
    page.context.set_offline(True)
    page.locator("#id_title").fill("断网时写的题目")
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    expect(page.locator(STATE)).to_contain_text("没有网络，改动暂存在这台设备上")
    page.goto("about:blank")
    page.context.set_offline(False)
    open_form(page, article)
    offer = page.locator(".desk-offer")
    expect(offer).to_contain_text("断网时写的题目")
    until(page, f"() => ({LOCAL})() === 0")
    offer.get_by_role("link", name="恢复到表单").click()
    expect(page.locator("#id_title")).to_have_value("断网时写的题目")
    ready_editor(page)
    expect(page.locator(STATE)).to_contain_text("已暂存")

    Session.objects.all().delete()
    page.locator("#id_title").fill("过期之后写的题目")
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    expect(page.locator(STATE)).to_contain_text("登录已过期")
    assert page.evaluate(LOCAL) == 1
    other = page.context.new_page()
    other.expected_errors = []
    sign_in(other, eddie)
    other.close()
    page.evaluate("() => window.dispatchEvent(new Event('focus'))")
    expect(page.locator(STATE)).to_contain_text("已暂存")
    assert [row.fields["title"] for row in Autosave.objects.all()] == ["过期之后写的题目"]
    page.locator(".submit-row [name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()
    assert Article.objects.get().title == "过期之后写的题目"


def test_a_new_article_without_the_editor_and_a_second_tab(
    new_page: Callable[..., Page], eddie: User
) -> None:
    page = new_page(**DESKTOP)
    page.expected_errors = ["ERR_FAILED", "ViewTransition", "CKEDITOR"]
    page.context.route("**/ckeditor/ckeditor.js", lambda route: route.abort())
    sign_in(page, eddie, "/admin/articles/article/add/")
    page.locator("#id_title").fill("新文章")
    page.locator("#id_body").fill("<p>没有编辑器也能写。</p>")
    keep_now(page)
    page.locator("#id_title").fill("新文章，第二稿")
    keep_now(page)
    second = page.context.new_page()
    second.goto("/admin/articles/article/add/")
    expect(second.locator(".desk-offer")).to_contain_text("新文章，第二稿")
    second.locator("#id_title").fill("另一篇新文章")
    keep_now(second)
    titles = {row.fields["title"] for row in Autosave.objects.all()}
    assert titles == {"新文章，第二稿", "另一篇新文章"}
    second.locator("#id_title").fill("")
    second.evaluate("() => window.dispatchEvent(new Event('online'))")
    expect(second.locator(STATE)).to_have_text("")
    second.locator(".desk-offer").get_by_role("button", name="丢弃").click()
    expect(second.locator(".messagelist")).to_contain_text("已丢弃")
    assert not Autosave.objects.exists()


@pytest.mark.timeout(180)
def test_two_editors_at_one_article(
    new_page: Callable[..., Page], eddie: User, chloe: User, article: Article
) -> None:
    hers, his = new_page(**DESKTOP), new_page(**DESKTOP, color_scheme="dark")
    his.expected_errors = ["status of 409", "ViewTransition"]
    form = f"/admin/articles/article/{article.pk}/change/"
    sign_in(hers, chloe, form)
    ready_editor(hers)
    hers.locator("#id_excerpt").fill("她写的摘要")
    keep_now(hers)
    sign_in(his, eddie, form)
    ready_editor(his)
    expect(his.locator("[data-typing-others]")).to_contain_text("Chloe正在修改这篇文章")

    type_text(hers, "这一段是她加的。")
    his.locator("#id_title").fill("他改的题目")
    text = ready_editor(his)
    text.locator("p").first.click()
    his.keyboard.press("Home")
    his.keyboard.type("这半句是他写的，")
    hers.locator(".submit-row [name=_save]").click()
    expect(hers.locator(".messagelist .success")).to_be_visible()
    his.locator(".submit-row [name=_save]").click()
    conflict = his.locator(".desk-conflict")
    expect(conflict).to_contain_text("Chloe")
    expect(conflict).to_contain_text("这一段是她加的。")
    expect(conflict).to_contain_text("这半句是他写的，")
    ready_editor(his)
    assert violations(his) == []
    assert Article.objects.get().title != "他改的题目"
    his.locator("[name=_merge]").click()
    expect(his.locator(".desk-merged")).to_be_visible()
    expect(ready_editor(his).locator("body")).to_contain_text("这一段是她加的。")
    his.locator(".submit-row [name=_save]").click()
    expect(his.locator(".messagelist .success")).to_be_visible()
    saved = Article.objects.get()
    assert (saved.title, saved.excerpt) == ("他改的题目", "她写的摘要")
    assert "这一段是她加的。" in saved.body
    assert "这半句是他写的，" in saved.body
