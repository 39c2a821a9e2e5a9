"""The contributor's pages of the cases about their articles."""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from post_office.models import STATUS, Email

from articles.models import Scope
from moderation.models import (
    Announcement,
    Delivery,
    Evidence,
    EvidenceKind,
    Kind,
    Letter,
    Party,
    Role,
    State,
    Step,
)
from moderation.services import answering, intake
from moderation.services.intake import Target
from moderation.services.parties import contributor_party
from moderation.services.reading import open_cases
from moderation.services.timeouts import announce_unreachable, settle_letters
from submissions.models import Notice
from submissions.services.closing import close_account
from tests.moderation.making import (
    CLAIM,
    COUNTER,
    RITA,
    decided,
    measured,
    staged,
    under_review,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _mail_in_rows(settings):
    settings.EMAIL_BACKEND = "post_office.EmailBackend"


@pytest.fixture
def me(client, carol):
    client.force_login(carol.user)
    return client


def address(case, what=""):
    return f"/me/cases/{case.number}/{what}"


def asked_first(article, mona, **changes):
    """A case in which the contributor was asked first."""
    case = under_review(article, **changes)
    decided(case, mona, Step.NOTIFY_FIRST)
    return case.items.get()


def upload(name="底稿.pdf", data=b"%PDF-1.4 draft"):
    return SimpleUploadedFile(name, data, "application/pdf")


# --- Who may come in ------------------------------------------------------------------------
def pages(item):
    case = item.case
    return [
        address(case), address(case, f"{item.pk}/text/"), address(case, f"{item.pk}/counter/"),
        address(case, f"{item.pk}/appeal/"),
    ]  # fmt: skip


def test_strangers_and_others_learn_nothing(client, article, mona, sam, eddie, chloe):
    item = measured(article, mona)
    files = Evidence.objects.filter(case=item.case)
    paths = [*pages(item), *(address(item.case, f"files/{row.pk}/") for row in files)]
    for path in paths:
        assert client.get(path).url.startswith("/accounts/login/")
    from articles.models import Contributor
    from articles.services.taxonomy import save_contributor

    save_contributor(Contributor(name="路人", slug="sam", user=sam), None)
    for user in (sam, eddie, chloe, mona):
        client.force_login(user)
        for path in paths:
            assert client.get(path).status_code == 404
            assert client.post(path).status_code in {404, 405}
        assert item.case.number not in client.get("/me/cases/").text


def test_a_case_shows_once_its_contributor_was_told(me, article, mona):
    case = under_review(article)
    assert "没有人就您的文章提出侵权投诉" in me.get("/me/cases/").text
    assert me.get(address(case)).status_code == 404
    contributor_party(case, article)
    assert me.get(address(case)).status_code == 404
    decided(case, mona, Step.NOTIFY_FIRST)
    assert me.get(address(case)).status_code == 200
    assert case.number in me.get("/me/cases/").text


def test_pages_are_kept_nowhere(me, article, mona):
    item = measured(article, mona)
    for path in ["/me/cases/", *pages(item)]:
        response = me.get(path)
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        assert response["X-Robots-Tag"] == "noindex"


def test_another_contributors_part_of_a_case_is_not_shown(
    client, article, mona, carol, technology, sam
):
    from articles.models import Contributor
    from articles.services.publishing import create_article, publish
    from articles.services.taxonomy import save_contributor

    other_byline = save_contributor(Contributor(name="路人", slug="sam", user=sam), None)
    other = publish(
        create_article(None, title="路人的文章", body="<p>另一篇。</p>", contributor=other_byline,
                       category=technology), None,
    )  # fmt: skip
    case = under_review_of(article, other)
    decided(case, mona, Step.MEASURE)
    mine, theirs = case.items.order_by("pk")
    client.force_login(carol.user)
    shown = client.get(address(case)).text
    assert article.title in shown
    assert "路人的文章" not in shown
    assert f"/p/{other.pk}.html" not in shown
    assert client.get(address(case, f"{theirs.pk}/text/")).status_code == 404
    assert client.get(address(case, f"{theirs.pk}/counter/")).status_code == 404
    client.force_login(sam)
    assert "路人的文章" in client.get(address(case)).text
    assert client.get(address(case, f"{mine.pk}/text/")).status_code == 404


def under_review_of(*articles):
    from tests.moderation.making import submitted

    case = submitted(articles[0], targets=[Target(row) for row in articles]).case
    intake.confirm(case, case.claimant)
    case.refresh_from_db()
    return case


# --- What is shown --------------------------------------------------------------------------
def test_the_claim_without_what_is_the_claimants_alone(me, article, mona):
    item = measured(article, mona)
    shown = me.get(address(item.case)).text
    assert CLAIM["explanation"] in shown
    assert CLAIM["work_title"] in shown
    assert RITA.name in shown  # A copyright's right holder is named.
    for secret in (RITA.email, RITA.phone, RITA.address):
        assert secret not in shown


@pytest.mark.parametrize("kind", [Kind.PERSONALITY, Kind.ILLEGAL, Kind.OTHER])
def test_nobody_is_named_for_other_kinds(me, article, mona, kind):
    claim = {**CLAIM, "work_author": "", "signed": RITA.name}
    item = measured(article, mona, kind, claim=claim)
    assert RITA.name not in me.get(address(item.case)).text


def test_files_that_may_be_passed_on_can_be_saved(me, article, mona):
    shared, kept = staged(), staged(shareable=False)
    identity = staged(EvidenceKind.IDENTITY)
    item = measured(article, mona, evidence=[shared.pk, kept.pk, identity.pk])
    response = me.get(address(item.case, f"files/{shared.pk}/"))
    assert response["Content-Disposition"].startswith("attachment")
    assert response.getvalue()
    for row in (kept, identity):
        assert me.get(address(item.case, f"files/{row.pk}/")).status_code == 404
        assert f"files/{row.pk}/" not in me.get(address(item.case)).text
    other = under_review(article)
    elsewhere = Evidence.objects.get(case=other)
    assert me.get(address(item.case, f"files/{elsewhere.pk}/")).status_code == 404


def test_the_author_reads_the_withheld_text(me, client, article, mona):
    item = measured(article, mona)
    assert client.get(f"/p/{article.pk}.html").status_code == 451
    shown = me.get(address(item.case, f"{item.pk}/text/")).text
    assert "弱电箱是最差的位置" in shown
    assert article.title in shown


def test_a_withheld_passage_is_there_for_its_author(me, article, mona):
    passage = "弱电箱是最差的位置"
    item = measured(article, mona, targets=[Target(article, Scope.PASSAGE, passage)])
    assert passage not in me.get(f"/p/{article.pk}.html").text
    assert passage in me.get(address(item.case, f"{item.pk}/text/")).text
    assert passage in me.get(address(item.case)).text


# --- The mark and the counts ----------------------------------------------------------------
def test_a_letter_is_an_unread_line_that_leads_to_the_case(me, carol, article, mona):
    item = measured(article, mona)
    line = Notice.objects.get(account=carol.user)
    assert line.address == address(item.case)
    assert not line.text.startswith("【")
    shown = me.get("/me/notices/").text
    assert f'<a href="{address(item.case)}">' in shown
    assert "通知：1条未读" in shown


def test_my_page_counts_open_cases(me, carol, article, mona):
    assert "关于我的文章的案件" in me.get("/me/").text
    case = asked_first(article, mona).case
    assert open_cases(carol.user) == 1
    assert "1个案件办理中" in me.get("/me/").text
    intake.withdraw(case, case.claimant)
    assert open_cases(carol.user) == 0


def test_the_list_costs_the_same_for_many(me, article, mona):
    def asked():
        with CaptureQueriesContext(connection) as captured:
            me.get("/me/cases/")
        return len(captured)

    measured(article, mona)
    first = asked()
    for _number in range(3):
        decided(under_review(article), mona, Step.MEASURE)
    assert asked() == first


# --- Answering ------------------------------------------------------------------------------
def test_answering_before_anything_is_decided(me, article, mona):
    item = asked_first(article, mona)
    path = address(item.case, f"{item.pk}/answer/")
    assert path in me.get(address(item.case)).text
    form = me.get(path).text
    assert address(item.case, f"{item.pk}/change/") in form
    response = me.post(path, {"text": "写好的理由"})
    assert "写好的理由" in response.text
    assert "请选择其一" in response.text
    data = {"text": "首发于2019年。", "was_fixed": "no", "counter": [upload()], "may_share": "on"}
    assert me.post(path, data).url == address(item.case)
    item.refresh_from_db()
    assert item.state == State.REVIEW
    assert Evidence.objects.filter(kind=EvidenceKind.COUNTER, case=item.case).exists()
    assert me.get(path).status_code == 404


def test_changing_the_article_goes_the_usual_way(me, article, mona):
    item = asked_first(article, mona)
    response = me.post(address(item.case, f"{item.pk}/change/"))
    assert response.url.startswith("/submit/")
    again = me.post(address(item.case, f"{item.pk}/change/"))
    assert again.url == response.url
    assert me.get(address(item.case, f"{item.pk}/change/")).status_code == 405


def test_a_withheld_article_is_not_changed(me, article, mona):
    item = measured(article, mona)
    response = me.post(address(item.case, f"{item.pk}/change/"), follow=True)
    assert "没有可以修改的公开文章" in response.text


# --- The counter-statement ------------------------------------------------------------------
def statement(**changes):
    return {**COUNTER, "declared": "on", "may_share": "on", "counter": [upload()]} | changes


def test_a_counter_statement_explains_itself_and_is_filed(me, article, mona):
    item = measured(article, mona)
    path = address(item.case, f"{item.pk}/counter/")
    assert "第十六条" in me.get(path).text
    assert me.post(path, statement()).url == address(item.case)
    item.refresh_from_db()
    assert item.state == State.COUNTER_REVIEW
    assert item.counters.get().gaps == []
    assert Evidence.objects.get(kind=EvidenceKind.COUNTER).is_shareable


def test_without_declaration_nothing_is_filed_and_nothing_lost(me, article, mona):
    item = measured(article, mona)
    path = address(item.case, f"{item.pk}/counter/")
    data = statement(signed="")
    del data["declared"]
    response = me.post(path, data)
    assert COUNTER["explanation"] in response.text
    assert "底稿.pdf" in response.text
    assert {"declared", "signed"} <= set(response.context["form"].errors)
    item.refresh_from_db()
    assert item.state == State.MEASURED
    token = response.context["form"].carried[0][0]
    me.post(path, statement(counter=[], staged=[token]))
    item.refresh_from_db()
    assert item.state == State.COUNTER_REVIEW


def test_what_is_missing_is_asked_for_until_it_is_there(me, article, mona):
    item = measured(article, mona)
    path = address(item.case, f"{item.pk}/counter/")
    response = me.post(path, statement(counter=[]), follow=True)
    assert "仍有缺项" in response.text
    item.refresh_from_db()
    assert item.state == State.COUNTER_GAPS
    form = me.get(path).context["form"]
    assert next(iter(form.fields)) == "counter"
    assert form["explanation"].value() == COUNTER["explanation"]
    assert not form["signed"].value()
    me.post(path, statement())
    item.refresh_from_db()
    assert item.state == State.COUNTER_REVIEW


def test_files_taken_out_are_not_handed_in(me, article, mona):
    item = measured(article, mona)
    path = address(item.case, f"{item.pk}/counter/")
    response = me.post(path, statement(signed=""))
    token = response.context["form"].carried[0][0]
    response = me.post(path, statement(counter=[], staged=[token], take_out=[token], signed=""))
    assert response.context["form"].carried == []
    assert not Evidence.objects.filter(kind=EvidenceKind.COUNTER).exists()


@pytest.mark.parametrize("kind", [Kind.ILLEGAL])
def test_only_an_appeal_against_some_measures(me, article, mona, kind):
    item = measured(article, mona, kind)
    shown = me.get(address(item.case)).text
    assert f"{item.pk}/counter/" not in shown
    assert f"{item.pk}/appeal/" in shown
    assert me.get(address(item.case, f"{item.pk}/counter/")).status_code == 404
    me.post(address(item.case, f"{item.pk}/appeal/"), {"text": "内容合法。"})
    item.refresh_from_db()
    assert item.state == State.APPEALED


def test_an_appeal_is_late_after_six_months(me, carol, article, mona):
    item = measured(article, mona)
    path = address(item.case, f"{item.pk}/appeal/")
    with time_machine.travel(timezone.now() + timedelta(days=200), tick=False):
        me.force_login(carol.user)
        assert me.get(path).status_code == 404
        assert path not in me.get(address(item.case)).text
    me.force_login(carol.user)
    assert me.get(path).status_code == 200


def test_forms_want_their_token(article, mona, carol):
    item = measured(article, mona)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(carol.user)
    path = address(item.case, f"{item.pk}/counter/")
    assert strict.post(path, statement()).status_code == 403


# --- Closing the account --------------------------------------------------------------------
@pytest.mark.parametrize("keeps", [True, False])
def test_closing_an_account_breaks_no_case(client, article, mona, carol, keeps):
    item = measured(article, mona)
    close_account(carol.user, keeps_byline=keeps)
    party = Party.objects.get(role=Role.CONTRIBUTOR, case=item.case, told_at__isnull=False)
    assert party.account is None
    assert party.email == ""
    assert not Email.objects.filter(to="carol@example.com", subject__contains="TS-").exists()
    # What was still on its way will not arrive: the notice is published instead.
    settle_letters()
    letter = Letter.objects.get(template="measure_contributor")
    assert letter.delivery == Delivery.FAILED
    announced = Announcement.objects.filter(item=item)
    assert announced.exists() == keeps
    case = item.case
    case.refresh_from_db()
    decided(case, mona, Step.CORRECT)
    item.refresh_from_db()
    assert item.state == State.RESTORED
    assert client.get(f"/p/{article.pk}.html").status_code == 200
    assert not announced.filter(ended_at__isnull=True).exists()


def test_an_article_without_account_is_announced_and_open_cases_go_on(article, mona, carol):
    close_account(carol.user, keeps_byline=True)
    article.refresh_from_db()
    item = measured(article, mona)
    assert Letter.objects.get(template="measure_contributor").delivery == Delivery.ON_PAGE
    announce_unreachable()
    announce_unreachable()
    assert Announcement.objects.filter(item=item).count() == 1


def test_a_case_after_its_letter_arrived_survives_the_closing(article, mona, carol):
    item = measured(article, mona)
    files = [staged(EvidenceKind.COUNTER).pk]
    answering.file_counter(item, carol.user, COUNTER, evidence=files)
    Email.objects.update(status=STATUS.sent)
    settle_letters()
    close_account(carol.user, keeps_byline=True)
    decided(item.case, mona, Step.FORWARD)
    Email.objects.update(status=STATUS.sent)
    settle_letters()
    item.refresh_from_db()
    assert item.state == State.WAITING
    assert item.due_at is not None
