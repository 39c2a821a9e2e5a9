"""What the browser tests share: a small site with everything on it, and its public pages."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from typing import Any

from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone
from PIL import Image, ImageDraw
from playwright.sync_api import Page, Route, expect

from articles.models import (
    Article,
    Category,
    Contributor,
    Picture,
    Scope,
    SiteSettings,
    Topic,
    User,
)
from articles.models import Page as SitePage
from articles.services.engagement import add_reads, refresh_hot
from articles.services.pictures import add_picture
from articles.services.publishing import create_article, publish
from articles.services.related import store_related
from articles.services.restrictions import restrict
from articles.services.site import save_settings
from articles.services.taxonomy import (
    arrange_topic,
    save_category,
    save_contributor,
    save_page,
    save_topic,
)
from articles.views import errors
from moderation.models import Step
from moderation.services.timeouts import announce
from tests.conftest import PASSWORD
from tests.moderation.making import decided, under_review

# What a person's browser calls itself; reads and likes of headless ones are not counted.
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36"
ITEMS_PER_PAGE = 5
PLAIN_ARTICLES = 7
SECTIONS = ["先测量", "换个位置", "再看信道", "最后才是加设备"]
CAPTION = "三间屋子里的信号"

_TABLE = (
    "<table><caption>每间屋子测三次</caption><thead><tr>"
    + "".join(f'<th scope="col">第{n}间屋子的速度</th>' for n in range(1, 9))
    + "</tr></thead><tbody><tr>"
    + "".join(f"<td>{n * 37} Mbps，{n}格</td>" for n in range(1, 9))
    + "</tr></tbody></table>"
)
_CODE = "<pre><code>ping -c 100 192.168.1.1 | tee 客厅.txt " + "# 再测一次 " * 30 + "</code></pre>"


@dataclass(frozen=True)
class Visit:
    """A public page: the names in braces are numbers of the furnished site's articles."""

    name: str
    address: str
    status: int = 200
    # For an error that no address gives: what the site answers with then.
    answer: Callable[[HttpRequest], HttpResponse] | None = None


VISITS = (
    Visit("home", "/"),
    Visit("home, page 2", "/?page=2"),
    Visit("article with everything", "/p/{rich}.html"),
    Visit("short article", "/p/{plain}.html"),
    Visit("category", "/category/digital/"),
    Visit("subcategory", "/category/network/"),
    Visit("tag", "/tag/路由器/"),
    Visit("topics", "/topic/"),
    Visit("topic", "/topic/old-houses/"),
    Visit("author", "/author/boat/"),
    Visit("hot", "/hot/"),
    Visit("search", "/search/"),
    Visit("search, results", "/search/?q=路由器 信号&s=new"),
    Visit("search, nothing found", "/search/?q=量子纠缠&t=week"),
    Visit("hot, a day", "/hot/day/"),
    Visit("hot, a month", "/hot/month/"),
    Visit("page", "/page/about/"),
    Visit("terms for contributors", "/submit/terms/"),
    Visit("programming interface", "/api/v1/docs"),
    Visit("report", "/report/"),
    Visit("report an article", "/report/?article={rich}"),
    Visit("notice about an article", "/report/copyright/?article={rich}"),
    Visit("anonymous notice", "/report/illegal/"),
    Visit("how to complain", "/policy/notice/"),
    Visit("copyright", "/policy/copyright/"),
    Visit("repeated infringement", "/policy/repeat/"),
    Visit("data of notices", "/policy/privacy/"),
    Visit("transparency", "/transparency/"),
    Visit("public notices", "/notices/"),
    Visit("public notice", "/notices/{notice}/"),
    Visit("not found", "/nowhere/", 404),
    Visit("withheld", "/p/{withheld}.html", 451),
    Visit("gone", "/p/{gone}.html", 410),
    Visit("preview that has ended", "/preview/nothing/", 404),
    Visit("form refused", "/csrf", 403, lambda request: errors.csrf_failure(request)),
    Visit("bad request", "/400", 400, lambda request: errors.bad_request(request, Exception())),
    Visit("denied", "/403", 403, lambda request: errors.permission_denied(request, Exception())),
    Visit("failure", "/500", 500, lambda request: errors.server_error(request)),
)
ENTRANCES = (
    Visit("contribute", "/submit/"),
    Visit("sign in", "/accounts/login/"),
    Visit("sign in by code", "/accounts/login/code/"),
    Visit("sign up", "/accounts/signup/"),
    Visit("reset password", "/accounts/password/reset/"),
)


def visit(page: Page, where: Visit, numbers: dict[str, int]) -> None:
    """Open a public page and see that it answers as it should."""
    page.expected_errors = [*page.expected_errors, f"status of {where.status}"]
    if where.answer is not None:
        page.route(f"**{where.address}", lambda route: _answer(route, where))
    response = page.goto(where.address.format(**numbers))
    assert response is not None
    assert response.status == where.status, where.name


def _answer(route: Route, where: Visit) -> None:
    answer = where.answer(RequestFactory().get(where.address))
    route.fulfill(
        status=answer.status_code, body=answer.content, content_type=answer["Content-Type"]
    )


def scrolls_sideways(page: Page) -> bool:
    """Say whether the document itself is wider than its window, once it has all its styles."""
    page.wait_for_load_state()
    return page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )


def until(page: Page, condition: str, arg: Any = None) -> None:
    """Wait for a condition in the page. Playwright's own waiting would need 'unsafe-eval'."""
    for _attempt in range(300):
        if page.evaluate(condition, arg):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"This never came true: {condition}")


def sign_in(page: Page, user: User, to: str = "/admin/") -> None:
    """Sign in through the site's own page, as staff do."""
    # The desk has no view transitions, the site has: the browser reports a mere difference.
    page.expected_errors = [*page.expected_errors, "ViewTransition"]
    EmailAddress.objects.get_or_create(user=user, email=user.email, verified=True, primary=True)
    page.goto(f"/accounts/login/?next={to}")
    page.locator("input[name=login]").fill(user.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form.form button[type=submit]").first.click()
    expect(page.locator("#user-tools")).to_be_visible()


def picture_bytes(size: tuple[int, int] = (640, 420), colour: str = "#0a5c51") -> bytes:
    """Return a small picture that compresses to something."""
    image = Image.new("RGB", size, colour)
    draw = ImageDraw.Draw(image)
    draw.ellipse((size[0] // 4, size[1] // 4, size[0] // 2, size[1] // 2), fill="#f5e8cf")
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def add_test_picture(alt: str, **how: Any) -> Picture:
    data = picture_bytes(**how)
    return add_picture(None, SimpleUploadedFile("picture.png", data, "image/png"), alt=alt)


def rich_body(picture: Picture) -> str:
    """Return a text with everything that a text may hold."""
    sections = "".join(
        f"<h2>{no}、{title}</h2>" + "<p>多数人一觉得慢，就去买新设备，结果哪里也没快。</p>" * 6
        for no, title in zip("一二三四", SECTIONS, strict=True)
    )
    return (
        "<p>我家是九十年代的砖混房，三室一厅，<em>承重墙</em>多，<strong>信号</strong>少。"
        f'<a href="https://example.org/">别处的说明</a>和<code>ping</code>都有用。</p>{sections}'
        f"<h3>一张表</h3>{_TABLE}<h3>一段代码</h3>{_CODE}"
        f'<figure><img src="{picture.url}" alt="信号图"><figcaption>{CAPTION}</figcaption></figure>'
        "<blockquote><p>先量，再想，后买。</p></blockquote>"
        "<ul><li>卷尺</li><li>手机</li></ul><ol><li>量</li><li>记</li></ol>"
        "<p>这一句有人主张是他写的。</p>"
    )


def furnish(settings: Any) -> dict[str, int]:
    """Make a site with something on every public page; return the numbers of its articles."""
    settings.ITEMS_PER_PAGE = ITEMS_PER_PAGE
    save_settings(
        SiteSettings(
            announcement="本站周六凌晨维护，大约十分钟。", icp_number="京ICP备00000000号-1",
            police_number="京公网安备 11000000000000号", report_phone="010-00000000",
        ),
        None,
    )  # fmt: skip
    digital = save_category(Category(name="数码", slug="digital", description="会用就好。"), None)
    network = save_category(Category(name="家庭网络", slug="network", parent=digital), None)
    boat = save_contributor(Contributor(name="纸上行舟", slug="boat", bio="修网线的人。"), None)
    about = SitePage(title="关于我们", slug="about", is_published=True, in_footer=True)
    about.body = "<h2>我们是谁</h2><p>读者写，读者看。</p><ul><li>一</li></ul>"
    save_page(about, None)
    cover = add_test_picture("一间老屋")
    common = {"contributor": boat, "cover": cover, "tags": ["路由器"]}
    plain = [_plain(number, {**common, "category": digital}) for number in range(PLAIN_ARTICLES)]
    rich = _rich({**common, "category": network, "tags": ["路由器", "老房子"]})
    topic = save_topic(
        Topic(title="老房子", slug="old-houses", intro="修一修。", cover=cover), None
    )
    arrange_topic(topic, None, [rich, *plain])
    add_reads({rich.pk: 9, plain[0].pk: 5})
    refresh_hot()
    for article in (rich, plain[0]):
        store_related(article.pk)
    numbers = {"rich": rich.pk, "plain": plain[0].pk}
    for name, status in (("withheld", 451), ("gone", 410)):
        hidden = publish(create_article(None, title="看不见的", body="<p>文</p>", **common), None)
        restrict(hidden, None, Scope.WHOLE, reference="TS-2026-000001", http_status=status)
        numbers[name] = hidden.pk
    asked = under_review(rich)
    decided(asked, User.objects.create_superuser("desk@example.com", "x"), Step.NOTIFY_FIRST)
    notice = announce(asked.items.get(), timezone.now())
    assert notice is not None
    numbers["notice"] = notice.pk
    return numbers


def _plain(number: int, fields: dict[str, Any]) -> Article:
    article = create_article(
        None, title=f"第{number + 1}件小事：先做完，再做好", featured=number < 3,
        body="<p>做完的事才能改。先用十分钟做出一个样子，再用一小时把它改到能见人。</p>" * 3,
        published_at=timezone.now() - timedelta(days=9 - number), **fields,
    )  # fmt: skip
    return publish(article, None)


def _rich(fields: dict[str, Any]) -> Article:
    inside = add_test_picture("信号图", colour="#1b4d80")
    article = create_article(
        None, title="老房子的无线死角怎么治", body=rich_body(inside), ai_label="assisted",
        origin="licensed", source_name="一本旧杂志", source_url="https://example.org/old",
        published_at=timezone.now() - timedelta(days=5), **fields,
    )  # fmt: skip
    publish(article, None)
    restrict(article, None, Scope.PASSAGE, reference="TS-2026-000002", passage="有人主张是他写的")
    return article
