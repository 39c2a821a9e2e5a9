"""公告: redacted notices to contributors who could not be reached."""

import pytest
from post_office.models import STATUS, Email

from articles.models import Contributor
from articles.services.publishing import create_article, publish
from articles.services.taxonomy import save_contributor
from moderation.models import Announcement, Kind, Step
from moderation.services import answering, intake
from moderation.services.intake import Target
from moderation.services.timeouts import announce_unreachable, settle_letters
from tests.moderation.making import CLAIM, COUNTER, RITA, decided, measured, submitted

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail_in_rows(settings):
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


def bounced(article, mona, kind=Kind.COPYRIGHT):
    """An item whose contributor's mail could not be delivered."""
    item = measured(article, mona, kind)
    Email.objects.filter(to="carol@example.com").update(status=STATUS.failed)
    settle_letters()
    return item


def test_nothing_is_said_where_there_is_nothing(client, db):
    assert "目前没有公告" in client.get("/notices/").text
    assert client.get("/notices/1/").status_code == 404


def test_a_notice_names_a_case_a_date_and_an_address_alone(client, article, mona):
    item = bounced(article, mona)
    notice = Announcement.objects.get()
    for path in ("/notices/", f"/notices/{notice.pk}/"):
        shown = client.get(path).text
        assert item.case.number in shown
        assert f"/p/{article.pk}.html" in shown
        for secret in (article.title, "纸上行舟", RITA.name, RITA.email, CLAIM["explanation"],
                       CLAIM["work_title"], "carol@example.com"):  # fmt: skip
            assert secret not in shown
        assert '<meta name="robots" content="noindex">' in shown
    shown = client.get(f"/notices/{notice.pk}/").text
    assert "登录" in shown
    assert "takedown#example.com" in shown
    assert "不侵权声明" in shown
    assert "/me/cases/" in shown


def test_unlawful_content_can_only_be_appealed_against(client, article, mona):
    bounced(article, mona, Kind.ILLEGAL)
    shown = client.get(f"/notices/{Announcement.objects.get().pk}/").text
    assert "申诉" in shown
    assert "不侵权声明" not in shown


def test_it_ends_with_the_measure(client, article, mona):
    item = bounced(article, mona)
    notice = Announcement.objects.get()
    intake.withdraw(item.case, item.case.claimant)
    assert client.get(f"/notices/{notice.pk}/").status_code == 404
    assert item.case.number not in client.get("/notices/").text


def test_it_ends_when_its_contributor_answers(client, article, mona, carol):
    item = bounced(article, mona)
    answering.file_counter(item, carol.user, COUNTER)
    assert "目前没有公告" in client.get("/notices/").text


def test_what_is_over_is_not_announced_afterwards(article, mona, technology):
    byline = save_contributor(Contributor(name="无账号", slug="nobody"), None)
    orphan = publish(
        create_article(None, title="无主", body="<p>正文。</p>", contributor=byline,
                       category=technology), None,
    )  # fmt: skip
    item = measured(orphan, mona)
    decided(item.case, mona, Step.CORRECT)
    assert announce_unreachable() == 0
    assert not Announcement.objects.exists()


def test_the_footer_leads_there(client, db):
    assert '<a href="/notices/">公告</a>' in client.get("/").text


def test_the_tombstone_tells_its_author_where_to_go(client, article, mona):
    item = measured(article, mona)
    response = client.get(f"/p/{article.pk}.html")
    assert response.status_code == 451
    assert "本文因收到侵权通知暂停展示" in response.text
    assert item.case.number in response.text
    assert "这不代表本站认定侵权。作者可提交不侵权声明。" in response.text
    assert 'href="/me/cases/"' in response.text
    assert response["Link"] == '<http://testserver/>; rel="blocked-by"'
    for secret in (article.title, "纸上行舟", RITA.name):
        assert secret not in response.text


def test_unlawful_content_leaves_a_generic_page(client, article, mona):
    item = measured(article, mona, Kind.ILLEGAL)
    response = client.get(f"/p/{article.pk}.html")
    assert response.status_code == 410
    assert item.case.number not in response.text
    assert "/me/cases/" not in response.text


def test_pages_of_many(client, article, mona, monkeypatch):
    from moderation.views import notices

    monkeypatch.setattr(notices, "PER_PAGE", 1)
    bounced(article, mona)
    assert client.get("/notices/?page=2").status_code == 404
    assert client.get("/notices/?page=x").status_code == 404
    assert client.get("/notices/?page=1").status_code == 200


def test_what_is_not_decided_yet_is_not_announced(article, carol, mona):
    other = publish(create_article(None, title="另一篇", body="<p>文</p>", contributor=carol), None)
    case = submitted(article, targets=[Target(article), Target(other)]).case
    intake.confirm(case, case.claimant)
    chosen = case.items.get(article=article)
    decided(case, mona, Step.MEASURE, items=[chosen.pk])
    Email.objects.filter(to="carol@example.com").update(status=STATUS.failed)
    settle_letters()
    assert [row.item for row in Announcement.objects.all()] == [chosen]


def test_who_has_no_address_is_announced_once_and_asked_for_in_one_query(
    article, mona, django_assert_num_queries
):
    Contributor.objects.filter(pk=article.contributor_id).update(user=None)
    item = measured(article, mona)
    assert announce_unreachable() == 1
    assert Announcement.objects.get().item == item
    with django_assert_num_queries(1):
        assert announce_unreachable() == 0
