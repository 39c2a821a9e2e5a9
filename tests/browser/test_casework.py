"""The whole way of a case in browsers: reported on a phone, decided at the desk, countered, and the
article back after the waiting period. axe has nothing to object to on the way."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from playwright.sync_api import FilePayload, Locator, Page, Request, expect
from post_office.models import Email

from articles.models import Article, Contributor, User
from moderation.models import Case, EvidenceKind, Party, State, Step
from moderation.services.answering import file_counter
from moderation.services.parties import link_of
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.helpers import sign_in
from tests.browser.test_axe_contributing import assert_nothing, let_in, look_at
from tests.conftest import PASSWORD
from tests.moderation.acting import PDF, tick
from tests.moderation.making import COUNTER, decided, measured, staged, under_review

RITA, CAROL = "rita@example.org", "carol@example.com"
EXPLANATION = "第二节与我2025年8月发表的文章一致，未经许可。"
STATEMENT = "文章是我自己写的，底稿在附件里。"
REASON = "经比对，第二节与原作一致，证据齐全。"
OPEN_ALL = (
    "() => document.querySelectorAll('details').forEach("
    "box => { box.removeAttribute('name'); box.open = true; })"
)


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[Any]:
    """A Monday morning, from which the clock of the site runs; browsers keep their own."""
    settings.EMAIL_BACKEND = "post_office.EmailBackend"
    with time_machine.travel("2026-06-01 10:00:00+08:00", tick=True) as traveller:
        yield traveller


@pytest.fixture
def found() -> dict[str, list[str]]:
    """What axe objects to, page by page."""
    return {}


def a_file(name: str) -> FilePayload:
    return {"name": name, "mimeType": "application/pdf", "buffer": PDF}


def link_in_mail(address: str, case: Case) -> str:
    """Return the way to the page of a case, as the last mail about it names it."""
    mail = Email.objects.filter(to=address, subject__contains=case.number).latest("pk")
    found = re.search(r"http://testserver(/\S+/)$", mail.message, re.MULTILINE)
    assert found is not None
    return found[1]


def subjects(address: str) -> list[str]:
    """Return the subjects of the mails to an address, the oldest first."""
    return list(Email.objects.filter(to=address).order_by("pk").values_list("subject", flat=True))


def status_of(page: Page, address: str) -> int:
    """Open a page and return what the site answers with."""
    response = page.goto(address)
    assert response is not None
    return response.status


def state_of(case: Case) -> str:
    return str(case.items.get().state)


# --- On the claimant's phone ----------------------------------------------------------------
def report(phone: Page, article: Article, found: dict[str, list[str]]) -> Case:
    """Give notice from the link of the article, without the evidence."""
    phone.goto(article.get_absolute_url())
    phone.locator("main a[href^='/report/']").click()
    expect(phone.locator("main .why")).to_contain_text(article.title)
    phone.locator("a[href^='/report/copyright/']").click()
    form = phone.locator("form.form[action^='/report/']")
    for name, text in {
        "explanation": EXPLANATION, "work_title": "清汤的做法", "work_author": "周一",
        "work_source": "https://blog.example.net/2025/08/clear-broth",
        "name": "周一", "email": RITA, "phone": "13800001111", "address": "杭州市某路1号",
        "signed": "周一",
    }.items():  # fmt: skip
        form.locator(f"[name={name}]").fill(text)
    form.locator("[name=role][value=self]").check()
    choose_measure(form)
    form.locator("[name=declared]").check()
    form.locator(".solid[value=send]").click()
    expect(phone.locator(".why[role=status]")).to_contain_text("证据")
    look_at(phone, "form, evidence missing", found)
    phone.locator(".why button[value=send]").click()
    expect(phone).to_have_url(re.compile(r"/report/sent/$"))
    case = Case.objects.get()
    expect(phone.locator(".lede")).to_contain_text(case.number)
    look_at(phone, "sent", found)
    return case


def choose_measure(form: Locator) -> None:
    asked = form.locator("[name=asked]")
    if asked.first.evaluate("field => field.tagName") == "SELECT":
        asked.select_option("withhold")
    else:
        form.locator("[name=asked][value=withhold]").check()


def confirm_and_complete(phone: Page, case: Case, found: dict[str, list[str]]) -> str:
    """Open the link of the mail, confirm, and add what is missing; return the address."""
    address = link_in_mail(RITA, case)
    phone.goto(address)
    assert state_of(case) == State.UNCONFIRMED
    phone.locator("form[action$='/confirm/'] button").click()
    expect(phone).to_have_url(re.compile(rf"{address}$"))
    expect(phone.locator(".badge").first).to_have_text("待补正")
    expect(phone.locator(".errs")).to_contain_text("证据")
    look_at(phone, "incomplete", found)
    phone.locator(".errs a[href$='/amend/']").click()
    form = phone.locator("form.form")
    expect(form.locator("[name=explanation]")).to_have_value(EXPLANATION)
    form.locator("[name=right]").set_input_files(a_file("首发截图.pdf"))
    # Without the declaration nothing is taken in, and nothing is lost.
    form.locator("button[type=submit]").click()
    expect(phone.locator(".errs[role=alert]")).to_be_focused()
    expect(form).to_contain_text("首发截图.pdf")
    look_at(phone, "completion, not declared", found)
    form.locator("[name=declared]").check()
    form.locator("[name=signed]").fill("周一")
    form.locator("button[type=submit]").click()
    expect(phone).to_have_url(re.compile(rf"{address}$"))
    expect(phone.locator(".badge").first).to_have_text("审核中")
    expect(phone.locator(".clock")).to_contain_text("23小时")
    look_at(phone, "under review", found)
    return address


# --- At the desk ----------------------------------------------------------------------------
def open_case(desk: Page, case: Case) -> None:
    desk.goto("/admin/moderation/case/")
    desk.locator(".cases-list a", has_text=case.number).click()
    expect(desk.locator("#claim")).to_be_visible()


def take_measure(desk: Page, case: Case, found: dict[str, list[str]]) -> None:
    """Take the case, look at the mails that the measure would send, and take it."""
    open_case(desk, case)
    desk.locator(".cases-take input[type=checkbox]").check()
    desk.locator(".cases-take button").click()
    expect(desk.locator("input[name=action][value=give_back]")).to_be_attached()
    desk.locator("#act-measure > summary").click()
    desk.locator("#id_measure-reason").select_option("copyright")
    desk.locator("#id_measure-text").fill(REASON)
    desk.locator("#id_measure-scope").select_option("whole")
    desk.locator("#act-measure button[name=preview]").click()
    previewed = desk.locator("#act-measure .review-mail")
    expect(previewed.locator("pre")).to_have_count(2)
    expect(previewed).to_contain_text(REASON)
    assert state_of(case) == State.REVIEW
    desk.evaluate(OPEN_ALL)
    look_at(desk, "mails of the measure", found)
    desk.locator("#act-measure button.review-go").click()
    expect(desk.locator(".messagelist .success")).to_be_visible()
    assert state_of(case) == State.MEASURED


def forward(desk: Page, case: Case, found: dict[str, list[str]]) -> None:
    """Forward the counter-statement, having read it."""
    open_case(desk, case)
    expect(desk.locator("#statements")).to_contain_text(STATEMENT)
    expect(desk.locator("#parties")).to_contain_text("底稿.pdf")
    desk.locator("#act-forward > summary").click()
    desk.evaluate(OPEN_ALL)
    look_at(desk, "counter-statement at the desk", found)
    desk.locator("#act-forward button.review-go").click()
    expect(desk.locator(".messagelist .success")).to_be_visible()
    assert state_of(case) == State.WAITING


# --- The contributor ------------------------------------------------------------------------
def sign_in_author(page: Page, author: User) -> None:
    EmailAddress.objects.create(user=author, email=author.email, verified=True, primary=True)
    page.goto("/accounts/login/")
    page.locator("input[name=login]").fill(author.email)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("form.form button[type=submit]").first.click()
    expect(page.locator(".bell")).to_be_visible()


def counter(page: Page, case: Case, found: dict[str, list[str]]) -> None:
    """Go from the mark of the notice to the case, and answer with a counter-statement."""
    expect(page.locator(".bell b")).to_have_text("1")
    page.locator(".bell").click()
    notice = page.locator(".notices > *", has_text=case.number)
    expect(notice.locator(".badge")).to_be_visible()
    look_at(page, "notices", found)
    page.goto("/me/")
    page.locator("main a[href='/me/cases/']").first.click()
    page.wait_for_url("**/me/cases/")
    look_at(page, "cases", found)
    page.locator(f"main a[href='/me/cases/{case.number}/']").first.click()
    expect(page.locator("main")).to_contain_text(REASON)
    expect(page.locator("main")).to_contain_text(EXPLANATION)
    for secret in ("13800001111", "杭州市某路1号", RITA):
        expect(page.locator("body")).not_to_contain_text(secret)
    look_at(page, "measured, the contributor's page", found)
    page.locator("a.solid[href$='/counter/']").click()
    form = page.locator("form.form")
    form.locator("[name=name]").fill("卡罗尔")
    form.locator("[name=phone]").fill("13900002222")
    form.locator("[name=explanation]").fill(STATEMENT)
    form.locator("[name=counter]").set_input_files(a_file("底稿.pdf"))
    form.locator("[name=declared]").check()
    form.locator("button[type=submit]").click()
    expect(page.locator(".errs[role=alert]")).to_be_focused()
    expect(form.locator("[name=explanation]")).to_have_value(STATEMENT)
    form.locator("[name=signed]").fill("卡罗尔")
    form.locator("button[type=submit]").click()
    expect(page).to_have_url(re.compile(rf"/me/cases/{case.number}/$"))
    expect(page.locator(".badge").first).to_have_text("声明审核中")
    look_at(page, "counter-statement filed", found)
    assert state_of(case) == State.COUNTER_REVIEW


# --- Both sides -----------------------------------------------------------------------------
def wait_is_told(
    phone: Page, private: str, author: Page, case: Case, found: dict[str, list[str]]
) -> None:
    """See the same clock on both pages, and what the claimant gets of the statement."""
    for page, address in ((phone, private), (author, f"/me/cases/{case.number}/")):
        assert status_of(page, address) == 200
        expect(page.locator(".badge").first).to_have_text("等待期")
        expect(page.locator(".clock")).to_contain_text("14天")
        expect(page.locator("main")).to_contain_text("2026年6月16日")
        look_at(page, f"waiting, {address[:4]}", found)
    expect(phone.locator("main")).to_contain_text(STATEMENT)
    expect(phone.locator("main")).to_contain_text("底稿.pdf")
    for secret in ("13900002222", CAROL):
        expect(phone.locator("body")).not_to_contain_text(secret)


def restored_is_told(phone: Page, private: str, case: Case, found: dict[str, list[str]]) -> None:
    """See that both had their mails, and that the claimant's page says it."""
    assert subjects(RITA)[-1].endswith(f"案件{case.number}：相关内容已恢复")
    assert subjects(CAROL)[-1].endswith(f"您的内容已恢复展示（{case.number}）")
    assert status_of(phone, private) == 200
    expect(phone.locator(".badge").first).to_have_text("已恢复")
    look_at(phone, "restored", found)


def publish_case(phone: Page, private: str, case: Case, found: dict[str, list[str]]) -> None:
    """Let the claimant publish the closed case, and read it."""
    phone.locator("a[href$='/publish/']").click()
    phone.locator("main form button").click()
    expect(phone).to_have_url(re.compile(rf"{private}$"))
    assert status_of(phone, f"/cases/{case.number}/") == 200
    expect(phone.locator("body")).not_to_contain_text("周一")
    look_at(phone, "public case", found)


# --- The whole way --------------------------------------------------------------------------
@pytest.mark.timeout(400)
def test_from_the_report_to_the_restored_article(
    new_page: Callable[..., Page],
    clock: Any,
    found: dict[str, list[str]],
    article: Article,
    carol: Contributor,
    mona: User,
) -> None:
    address, published_at = article.get_absolute_url(), article.published_at
    quiet = {"reduced_motion": "reduce"}
    phone, reader = new_page(**PHONE, **quiet), new_page(**PHONE, **quiet)
    desk, author = new_page(**DESKTOP, **quiet), new_page(**PHONE, **quiet)
    for page in (phone, desk, author):
        page.expected_errors = ["ViewTransition", "/widgets.css"]
    reader.expected_errors = ["status of 451"]

    case = report(phone, article, found)
    private = confirm_and_complete(phone, case, found)
    assert case.number in subjects(RITA)[-1]

    sign_in(desk, mona, "/admin/moderation/case/")
    assert status_of(reader, address) == 200
    date = reader.locator("main time").first.get_attribute("datetime")
    warm = reader.request.get(address)
    assert warm.status == 200
    take_measure(desk, case, found)
    assert status_of(reader, address) == 451
    expect(reader.locator("main")).to_contain_text(case.number)
    again = {
        "If-Modified-Since": warm.headers.get("last-modified", "Mon, 01 Jun 2026 02:00:00 GMT"),
        "If-None-Match": warm.headers.get("etag", "*"),
    }
    assert reader.request.get(address, headers=again).status == 451
    assert status_of(reader, "/") == 200
    expect(reader.locator("main")).not_to_contain_text(article.title)
    tick()

    assert carol.user is not None
    sign_in_author(author, carol.user)
    counter(author, case, found)
    forward(desk, case, found)
    tick()
    wait_is_told(phone, private, author, case, found)

    clock.move_to("2026-06-16 09:00:00+08:00", tick=True)
    tick()
    assert status_of(reader, address) == 451
    clock.move_to("2026-06-16 18:00:00+08:00", tick=True)
    tick()
    assert state_of(case) == State.RESTORED
    assert status_of(reader, address) == 200
    expect(reader.locator("main h1")).to_have_text(article.title)
    assert reader.locator("main time").first.get_attribute("datetime") == date
    article.refresh_from_db()
    assert article.published_at == published_at
    assert reader.request.get(address, headers=again).status in {200, 304}
    restored_is_told(phone, private, case, found)
    publish_case(phone, private, case, found)

    clock.move_to("2026-07-01 08:00:00+08:00", tick=True)
    tick()
    assert status_of(reader, "/transparency/") == 200
    expect(reader.locator("main")).to_contain_text("2026-06")
    look_at(reader, "transparency", found)
    assert_nothing(found)


# --- Every other form -----------------------------------------------------------------------
@pytest.mark.timeout(240)
def test_every_form_of_a_private_link_arrives(
    phone: Page, live_server: Any, article: Article, mona: User
) -> None:
    """The pages send no Referer, for which browsers give their forms the origin "null"."""
    phone.expected_errors = ["ViewTransition"]
    origins: list[str | None] = []
    phone.on("request", lambda sent: sent.method == "POST" and origins.append(origin_of(sent)))
    review, refused = under_review(article), under_review(article)
    decided(refused, mona, Step.REFUSE)
    waits = waiting(article, mona)

    phone.goto(link(waits, f"{waits.items.get().pk}/proof/"))
    phone.locator("[name=proceedings]").set_input_files(a_file("受理通知书.pdf"))
    send(phone)
    assert state_of(waits) == State.PROOF_REVIEW
    phone.goto(link(refused, f"{refused.items.get().pk}/appeal/"))
    phone.locator("[name=text]").fill("理由与事实不符。")
    send(phone)
    assert state_of(refused) == State.APPEALED
    phone.goto(link(review, "withdraw/"))
    send(phone)
    assert state_of(review) == State.WITHDRAWN
    phone.goto(link(review, "link/"))
    old = link(review)
    phone.locator("button[value=renew]").click()
    expect(phone.locator(".why[role=status]")).to_be_visible()
    phone.expected_errors = [*phone.expected_errors, "status of 404"]
    assert status_of(phone, old) == 404
    # Without this the test would say nothing of the browsers that it is about.
    assert origins == ["null"] * 4


@pytest.mark.timeout(240)
def test_every_form_of_a_contributor_arrives(
    phone: Page, live_server: Any, article: Article, carol: Contributor, mona: User
) -> None:
    phone.expected_errors = ["ViewTransition"]
    assert carol.user is not None
    let_in(phone, carol.user, live_server)
    asked = under_review(article)
    decided(asked, mona, Step.NOTIFY_FIRST)
    mine = f"/me/cases/{asked.number}/"
    answering = f"{mine}{asked.items.get().pk}/answer/"
    phone.goto(answering)
    phone.locator("form[action$='/change/'] button").click()
    expect(phone).to_have_url(re.compile(r"/submit/\d+/$"))
    phone.goto(answering)
    phone.locator("[name=was_fixed][value=no]").check()
    phone.locator("[name=text]").fill("第二节是我自己写的。")
    phone.locator("[name=counter]").set_input_files(a_file("底稿.pdf"))
    send(phone)
    assert state_of(asked) == State.REVIEW
    decided(asked, mona, Step.MEASURE)
    phone.goto(f"{mine}{asked.items.get().pk}/appeal/")
    phone.locator("[name=text]").fill("理由与事实不符。")
    send(phone)
    assert state_of(asked) == State.APPEALED


def origin_of(request: Request) -> str | None:
    return request.header_value("origin")


def link(case: Case, what: str = "") -> str:
    party = Party.objects.get(pk=case.claimant_id)
    return link_of(party).removeprefix("http://testserver") + what


def waiting(article: Article, mona: User) -> Case:
    """A case whose counter-statement has reached the claimant."""
    item = measured(article, mona)
    author = article.contributor.user
    assert author is not None
    file_counter(item, author, COUNTER, evidence=[staged(EvidenceKind.COUNTER).pk])
    decided(item.case, mona, Step.FORWARD)
    tick()
    return item.case


def send(page: Page) -> None:
    """Send the form of the page, which leads back to the case."""
    page.locator("form.form button.solid[type=submit]").click()
    expect(page.locator("h1 .num")).to_be_visible()
