from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from articles.models import Article, Scope
from moderation.models import Case, CaseItem, Delivery, Evidence, Kind, Letter, Source, State, Step
from moderation.services import intake
from tests.moderation.making import CLAIM, RITA, decided, notice

ADD = "/admin/moderation/case/add/"


@pytest.fixture
def desk(client, mona):
    client.force_login(mona)
    return client


def pdf(name="证明.pdf"):
    return SimpleUploadedFile(name, b"%PDF-1.4\n%%EOF", "application/pdf")


def entry(article, **changes):
    """What the form sends for a letter of Rita's, complete but for what `changes` say."""
    data = {
        "kind": "copyright", "source": "paper", "addresses": f"/p/{article.pk}.html",
        "name": "周一", "phone": "13800001111", "address": "杭州市某路1号", "right": pdf(),
        "may_share": "on",
        **{name: CLAIM[name] for name in
           ("explanation", "work_title", "work_author", "work_source", "asked", "signed")},
    }  # fmt: skip
    return data | changes


def text_of(response):
    return response.content.decode()


def test_a_letter_that_lacks_nothing_starts_the_clock(desk, article):
    received = timezone.localtime() - timedelta(days=3)
    data = entry(article, received_0=f"{received:%Y-%m-%d}", received_1="10:00")
    response = desk.post(ADD, data)
    case = Case.objects.get()
    assert response.url == f"/admin/moderation/case/{case.pk}/change/"
    item = case.items.get()
    assert (item.state, case.source, case.gaps) == (State.REVIEW, Source.PAPER, [])
    assert timezone.localdate(case.received_at) == received.date()
    assert item.due_at > timezone.now() + timedelta(hours=23)
    assert case.evidence.get().is_shareable
    letter = Letter.objects.get(party=case.claimant)
    assert letter.delivery == Delivery.BY_POST
    assert case.claimant.confirmed_at is not None


def test_what_it_lacks_is_named(desk, article):
    data = entry(article, phone="", address="", work_title="", email="rita@example.org")
    data.pop("right")
    desk.post(ADD, data)
    case = Case.objects.get()
    assert case.gaps == ["C", "A", "R", "E"]
    assert case.items.get().state == State.INCOMPLETE


def test_a_passage_is_named(desk, article):
    desk.post(ADD, entry(article, passage="弱电箱是最差的位置。"))
    item = CaseItem.objects.get()
    assert (item.scope, item.passage) == (Scope.PASSAGE, "弱电箱是最差的位置。")


def test_an_order_and_what_it_withholds(desk, article, mona):
    expires = timezone.localtime() + timedelta(days=30)
    data = {
        "kind": "order", "source": "paper", "addresses": str(article.pk), "authority": "某某法院",
        "number": "（2026）某01民初1号", "document": pdf("裁定.pdf"),
        "expires_0": f"{expires:%Y-%m-%d}", "expires_1": "12:00",
    }  # fmt: skip
    desk.post(ADD, data)
    case = Case.objects.get(kind=Kind.ORDER)
    assert (case.order_authority, case.order_number) == ("某某法院", "（2026）某01民初1号")
    body = text_of(desk.get(f"/admin/moderation/case/{case.pk}/change/"))
    assert "某某法院" in body
    decided(case, mona, Step.MEASURE)
    item = case.items.get()
    assert item.due_at == case.order_expires_at
    assert not Article.objects.visible().filter(pk=article.pk).exists()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"addresses": ""}, "请写明投诉涉及的文章"),
        ({"addresses": "https://elsewhere.example/p/1.html"}, "elsewhere.example"),
        ({"addresses": "/p/999999.html"}, "999999"),
        ({"email": "nonsense"}, "id_email_error"),
        ({"kind": "order"}, "文书应写明"),
        ({"passage": "甲", "picture": "1"}, "没有这个编号的图片"),
        ({"received_0": "2999-01-01", "received_1": "10:00"}, "还没有到"),
        ({"expires_0": "2020-01-01", "expires_1": "10:00"}, "已经到期"),
        ({"kind": "nonsense"}, "id_kind_error"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(desk, article, changes, said):
    body = text_of(desk.post(ADD, entry(article, **changes)))
    assert said in body
    assert not Case.objects.exists()
    assert "第二节与我2025年8月发表的文章一致。" in body
    assert "证明.pdf" in body
    assert 'name="staged"' in body


def test_files_are_carried_and_may_be_taken_out(desk, article):
    response = desk.post(ADD, entry(article, addresses=""))
    token = response.context["form"].carried[0][0]
    data = entry(article, staged=token)
    data.pop("right")
    desk.post(ADD, data)
    assert Case.objects.get().evidence.get().name == "证明.pdf"
    response = desk.post(ADD, entry(article, addresses=""))
    token = response.context["form"].carried[0][0]
    data = entry(article, staged=token, take_out=token)
    data.pop("right")
    desk.post(ADD, data)
    assert not Case.objects.first().evidence.exists()
    assert Evidence.objects.count() == 1


def test_no_draft_can_be_named(desk, draft):
    body = text_of(desk.post(ADD, entry(draft)))
    assert not Case.objects.exists()
    assert "第1行" in body


# --- Completing -------------------------------------------------------------------------------
@pytest.fixture
def incomplete(article, mona):
    person = type(RITA)(name="周一", phone="13800001111")
    case = intake.enter(notice(article, person=person), mona, source=Source.PAPER).case
    assert case.gaps == ["A"]
    return case


def complete(case, **changes):
    data = {"name": "周一", "phone": "13800001111", "address": "杭州市某路1号", "may_share": "on"}
    claim = ("explanation", "work_title", "work_author", "work_source", "asked", "signed")
    return data | {name: CLAIM[name] for name in claim} | changes


def test_what_came_by_a_second_letter_completes_it(desk, incomplete):
    address = f"/admin/moderation/case/{incomplete.pk}/complete/"
    body = text_of(desk.get(address))
    assert "清汤的做法" in body
    assert 'name="declared"' not in body
    desk.post(address, complete(incomplete))
    incomplete.refresh_from_db()
    assert incomplete.gaps == []
    assert incomplete.items.get().state == State.REVIEW
    # Nothing waits to be completed any more.
    assert desk.get(address).status_code == 302
    assert desk.post(address, complete(incomplete)).status_code == 302


def test_what_is_still_missing_is_named_again(desk, incomplete):
    address = f"/admin/moderation/case/{incomplete.pk}/complete/"
    desk.post(address, complete(incomplete, address="", work_author=""))
    incomplete.refresh_from_db()
    assert incomplete.gaps == ["A", "R"]
    assert incomplete.items.get().state == State.INCOMPLETE


# --- Who may ----------------------------------------------------------------------------------
@pytest.mark.parametrize("who", [None, "sam", "eddie", "chloe", "mona", "admin_user"])
def test_who_enters_notices(client, article, incomplete, who, request):
    if who:
        client.force_login(request.getfixturevalue(who))
    complete_at = f"/admin/moderation/case/{incomplete.pk}/complete/"
    may = who in {"mona", "admin_user"}
    for address in (ADD, complete_at):
        assert (client.get(address).status_code == 200) == may
    client.post(ADD, entry(article))
    assert (Case.objects.count() == 2) == may
    client.post(complete_at, complete(incomplete))
    assert (incomplete.items.get().state == State.REVIEW) == may
    if who in {"eddie", "chloe"}:
        assert client.get(ADD).status_code == 403
