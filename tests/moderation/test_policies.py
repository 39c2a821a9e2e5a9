"""The policy pages promise what the deadlines do."""

from datetime import timedelta

import pytest
from django.test import Client

from articles.models import Article, User
from moderation import dates
from moderation.models import Kind, Letter
from tests.moderation.making import measured, under_review

pytestmark = pytest.mark.django_db
PAGES = ["notice", "copyright", "repeat", "privacy"]


def said(template: str) -> str:
    found = Letter.objects.filter(template=template).latest("pk")
    assert found.mail is not None
    return str(found.mail.message)


def text(client: Client, page: str) -> str:
    response = client.get(f"/policy/{page}/")
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_each_page_names_who_answers_and_leads_to_the_others(client, page, settings):
    settings.OPERATOR_NAME, settings.OPERATOR_ADDRESS = "拾页网络有限公司", "杭州市某区某路8号"
    said = text(client, page)
    assert "运营者：拾页网络有限公司" in said
    assert "地址：杭州市某区某路8号" in said
    assert "takedown#example.com" in said
    for other in PAGES:
        assert f'href="/policy/{other}/"' in said


def test_a_counter_statement_asks_for_its_own_authors_name(client):
    statement = text(client, "notice").split("不侵权声明", 1)[1]
    assert "请填写您的姓名" in statement
    assert "权利人的姓名" not in statement


@pytest.mark.parametrize(
    ("page", "name", "number", "said"),
    [
        ("notice", "CONFIRM_HOURS", 71, "请在71小时内确认"),
        ("notice", "FIX_WORKING_DAYS", 11, "您可在11个工作日内补正"),
        ("notice", "ANSWER_WORKING_DAYS", 7, "投稿人应在7个工作日内修改或答复"),
        ("notice", "ILLEGAL_HOURS", 6, "6小时"),
        ("notice", "COPYRIGHT_HOURS", 30, "30小时"),
        ("notice", "PRIVACY_HOURS", 31, "31小时"),
        ("notice", "OTHER_WORKING_DAYS", 9, "9个工作日"),
        ("notice", "COUNTER_REVIEW_WORKING_DAYS", 8, "我们在8个工作日内审核声明"),
        ("notice", "WAIT_DAYS", 17, "声明送达后17日内"),
        ("notice", "APPEAL_MONTHS", 5, "双方均可在5个月内申诉"),
        ("notice", "APPEAL_WORKING_DAYS", 12, "在12个工作日内办理"),
        ("copyright", "COPYRIGHT_HOURS", 30, "我们在30小时内作出决定"),
        ("repeat", "CONTEST_DAYS", 16, "16日内无人提出异议"),
        ("repeat", "STRIKE_DAYS", 181, "有效期为181天"),
        ("repeat", "STRIKES_TO_REVIEW", 4, "有效记录满4次的，每篇"),
        ("repeat", "STRIKES_TO_SUSPEND", 6, "有效记录满6次的，90天内不能投稿"),
        ("repeat", "SUSPENSION_DAYS", 91, "91天内不能投稿"),
        ("repeat", "MANIFEST_TO_WARN", 5, "有5次投诉明显无根据"),
        ("repeat", "MANIFEST_WINDOW_DAYS", 92, "92日内"),
        ("repeat", "SLOW_DAYS", 33, "33天内不再优先办理"),
        ("privacy", "IDENTITY_RETENTION_DAYS", 29, "结案后29天"),
        ("privacy", "PERSONAL_RETENTION_YEARS", 4, "结案后4年"),
        ("privacy", "TRACE_RETENTION_MONTHS", 7, "7个月"),
    ],
)
def test_every_number_is_the_setting_s(client, settings, page, name, number, said):
    assert said not in text(client, page)
    settings.MODERATION = settings.MODERATION | {name: number}
    assert said in text(client, page)


@pytest.mark.parametrize(
    ("mode", "said"),
    [("wait", "声明送达后15日内"), ("us", "声明送达后10个工作日内"), ("immediate", "第十七条）")],
)
def test_the_mode_of_the_counter_notice_is_told(client, settings, mode, said):
    settings.MODERATION = settings.MODERATION | {"COUNTER_NOTICE_MODE": mode}
    assert said in text(client, "notice")


def test_page_letter_and_deadline_follow_one_setting(
    client: Client, settings, article: Article, mona: User
):
    settings.MODERATION = settings.MODERATION | {"COPYRIGHT_HOURS": 30, "CONTEST_DAYS": 16}
    case = under_review(article)
    due = case.items.get().due_at
    assert case.complete_at is not None
    assert due == case.complete_at + timedelta(hours=30)
    letter = said("confirm_claimant")
    assert dates.deadline(due) in letter
    assert "30小时" in text(client, "notice")
    item = measured(article, mona, Kind.PERSONALITY)
    assert item.due_at == item.state_since + timedelta(days=16)
    letter = said("measure_contributor")
    assert dates.moment(item.due_at) in letter
    assert "16日内无人提出异议" in text(client, "repeat")


def test_the_footer_and_the_report_page_lead_here(client, settings):
    settings.REPORT_PHONE = "0571-12345678"
    home = client.get("/").content.decode()
    for address in ("/policy/notice/", "/policy/copyright/", "/transparency/"):
        assert f'href="{address}"' in home
    assert 'href="https://www.12377.cn/"' in home
    assert "0571-12345678" in home
    assert 'href="/policy/notice/"' in client.get("/report/").content.decode()


def test_without_a_phone_the_mail_takes_reports_of_unlawful_content(client):
    assert "违法和不良信息举报：takedown#example.com" in client.get("/").content.decode()
