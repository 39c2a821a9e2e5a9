"""An article's history in a browser: why and a name, two revisions beside each other, and back."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from articles.models import Article, User
from articles.services.publishing import revise
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import add_test_picture, scrolls_sideways, sign_in, until
from tests.browser.test_axe import violations


def save(page: Page, title: str, note: str, name: str = "") -> None:
    """Change the title in the form, and say why."""
    until(page, "() => window.CKEDITOR?.instances.id_body?.status === 'ready'")
    page.locator("#id_title").fill(title)
    if not page.locator("#id_note").is_visible():
        page.locator("summary", has_text="修订版本").click()
    page.locator("#id_note").fill(note)
    page.locator("#id_revision_name").fill(name)
    page.locator(".submit-row [name=_save]").click()
    expect(page.locator(".messagelist .success")).to_be_visible()


def test_the_way_back_from_two_changes(
    new_page: Callable[..., Page], eddie: User, article: Article
) -> None:
    picture = add_test_picture("信号图")
    body = f'{article.body}<figure><img src="{picture.url}" alt="信号图"></figure>'
    revise(article, eddie, {"body": body, "cover": picture}, tags=["路由器", "老房子"])
    page = new_page(**DESKTOP)
    sign_in(page, eddie, f"/admin/articles/article/{article.pk}/change/")
    save(page, "第一次改的题目", "题目太长", "校对稿")
    article.refresh_from_db()
    revise(article, eddie, {"body": "<p>只剩一句。</p>", "cover": None}, tags=["别的"])
    page.reload()
    save(page, "第二次改的题目", "换个说法")
    page.get_by_role("link", name="历史").click()

    # On a telephone all of it is there, too, and within reach of a keyboard.
    phone = new_page(**PHONE, storage_state=page.context.storage_state())
    for place in ("", "compare/", f"{article.history.last().pk}/restore/"):
        phone.goto(f"/admin/articles/article/{article.pk}/history/{place}")
        expect(phone.locator("#content-main")).to_be_visible()
        assert not scrolls_sideways(phone), place
        assert violations(phone) == [], place
    phone.goto("/admin/changes/")
    expect(phone.locator(".desk-log li").first).to_contain_text("第二次改的题目")
    assert not scrolls_sideways(phone)
    assert violations(phone) == []

    named = page.locator(".desk-revisions li", has_text="校对稿")
    expect(named).to_contain_text("题目太长")
    expect(page.locator(".desk-revisions li").first).to_contain_text("换个说法")
    named.get_by_text("旧", exact=True).click()
    page.locator("#compare button").focus()
    page.keyboard.press("Enter")
    diff = page.locator(".desk-diff")
    expect(diff.locator("del").first).to_contain_text("一")
    expect(diff.locator("ins").first).to_contain_text("二")
    expect(diff.locator("del", has_text="路由器、老房子")).to_be_visible()
    expect(diff.locator("figure.diff-removed img")).to_have_count(2)
    assert violations(page) == []

    with page.expect_popup() as opened:
        page.locator(".desk-sides").get_by_role("link", name="按读者所见").first.click()
    reader = opened.value
    expect(reader.get_by_role("heading", level=1)).to_have_text("第一次改的题目")
    expect(reader.locator(".prose img")).to_have_count(1)
    reader.get_by_role("link", name="下一版本").click()
    expect(reader.locator(".prose")).to_contain_text("只剩一句")
    reader.close()

    page.get_by_role("link", name="恢复较旧的版本").click()
    expect(page.locator(".desk-warning")).to_contain_text("读者马上看到")
    page.get_by_role("button", name="恢复这个版本").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist .success")).to_be_visible()
    article.refresh_from_db()
    assert (article.title, article.cover) == ("第一次改的题目", picture)
    assert article.tag_names == ["路由器", "老房子"]
    assert picture.url in article.body
    public = new_page(**DESKTOP)
    public.goto(article.get_absolute_url())
    expect(public.locator(".prose img")).to_have_count(1)
