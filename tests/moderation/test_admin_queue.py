import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article
from articles.services.publishing import create_article, publish
from moderation.models import Case, CaseItem, Delivery, Kind, Letter, State, Step
from moderation.services import deciding
from moderation.services.deciding import Decision
from moderation.services.intake import Target
from moderation.services.queue import next_of, pressing, waiting_for
from tests.moderation.making import RITA, decided, notice, submitted, under_review

QUEUE = "/admin/moderation/case/"


@pytest.fixture
def desk(client, mona):
    client.force_login(mona)
    return client


@pytest.fixture
def another(carol, technology):
    """Makes further published articles of Carol's."""

    def make(title="另一篇", **fields):
        fields = {"contributor": carol, "category": technology, **fields}
        return publish(create_article(None, title=title, body="<p>正文。</p>", **fields), None)

    return make


def numbers(response):
    return [row.item.case.number for row in response.context["rows"]]


def text_of(response):
    return response.content.decode()


def due_in(case, **delta):
    CaseItem.objects.filter(case=case).update(due_at=timezone.now() + timedelta(**delta))


def test_overdue_then_grave_then_soonest_due_then_oldest(desk, another):
    kinds = [Kind.COPYRIGHT, Kind.PRIVACY, Kind.COPYRIGHT, Kind.ILLEGAL, Kind.OTHER]
    cases = [under_review(another(f"第{n}篇"), kind) for n, kind in enumerate(kinds)]
    for case, hours in zip(cases, (5, 50, -1, -2, 5), strict=True):
        due_in(case, hours=hours)
    same_due = CaseItem.objects.get(case=cases[0]).due_at
    CaseItem.objects.filter(case=cases[4]).update(due_at=same_due)
    Case.objects.filter(pk=cases[4].pk).update(received_at=timezone.now() - timedelta(days=9))
    response = desk.get(QUEUE)
    expected = [cases[n].number for n in (3, 2, 1, 4, 0)]
    assert numbers(response) == expected
    assert text_of(response).count("已逾期") >= 2
    assert numbers(desk.get(QUEUE, {"show": "overdue"})) == expected[:2]
    assert set(numbers(desk.get(QUEUE, {"show": "urgent"}))) == {cases[1].number, cases[3].number}


def test_many_reports_about_one_article_are_one_line(desk, article, another):
    other = under_review(another())
    many = [under_review(article) for _number in range(12)]
    due_in(other, hours=1)
    for case in many:
        due_in(case, hours=2)
    response = desk.get(QUEUE)
    assert numbers(response) == [other.number, many[0].number]
    assert "关于本文的投诉共12件" in text_of(response)
    unfolded = desk.get(QUEUE, {"article": article.pk, "show": "waiting"})
    assert len(numbers(unfolded)) == 12


def test_the_gravest_of_an_articles_items_stands_for_it(desk, article, another):
    first = under_review(article)
    due_in(first, hours=1)
    late = under_review(article, Kind.OTHER)
    due_in(late, hours=-3)
    assert numbers(desk.get(QUEUE)) == [late.number]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["review"]),
        ({"show": "others"}, ["measured", "incomplete"]),
        ({"show": "closed"}, ["refused"]),
        ({"show": "mine"}, ["review"]),
        ({"show": "all"}, ["refused", "measured", "incomplete", "review"]),
        ({"show": "proposals"}, []),
        ({"show": "nonsense"}, ["review"]),
        ({"kind": "privacy", "show": "all"}, []),
        ({"kind": "copyright"}, ["review"]),
        ({"state": "measured"}, ["measured"]),
        ({"show": "all", "state": "incomplete"}, ["incomplete"]),
        ({"q": "没有这个"}, []),
        ({"article": "x"}, ["review"]),
        ({"p": "99"}, ["review"]),
    ],
)
def test_filters(desk, mona, another, query, expected):
    cases = {name: under_review(another(name)) for name in ("review", "incomplete")}
    decided(cases["incomplete"], mona, Step.REQUEST_FIX)
    for name, step in (("measured", Step.MEASURE), ("refused", Step.REFUSE)):
        cases[name] = under_review(another(name))
        decided(cases[name], mona, step)
    deciding.take(cases["review"], mona, no_interest=True)
    found = numbers(desk.get(QUEUE, query))
    assert sorted(found) == sorted(cases[name].number for name in expected)


def test_search_by_case_article_name_and_address(desk, article, another):
    case, other = under_review(article), another()
    someone = type(RITA)(name="王五", email="wu@example.net", phone="13700003333", address="某地")
    second = under_review(other, person=someone)
    for sought in (second.number, str(other.pk), "王五", "wu@example"):
        assert numbers(desk.get(QUEUE, {"q": sought})) == [second.number], sought
    assert numbers(desk.get(QUEUE, {"q": "RITA@"})) == [case.number]


def test_what_a_line_says(desk, article, mona):
    case = under_review(article)
    body = text_of(desk.get(QUEUE))
    for said in (case.number, "著作权", "审核中", "老房子的无线死角怎么治", "还剩", "到期", "周一"):
        assert said in body, said
    deciding.take(case, mona, no_interest=True)
    assert "由您接手" in text_of(desk.get(QUEUE))


def test_a_party_sees_that_there_is_a_case_and_no_more(client, article, carol, mona):
    user = carol.user
    user.is_staff = True
    user.save()
    user.groups.set(mona.groups.all())
    case = under_review(article)
    client.force_login(user)
    body = text_of(client.get(QUEUE))
    assert case.number in body
    assert "您是当事人" in body
    assert "周一" not in body
    assert f"{QUEUE}{case.pk}/change/" not in body
    assert numbers(client.get(QUEUE, {"q": "rita@"})) == []
    assert next_of(user) is None
    assert client.get(f"{QUEUE}{case.pk}/change/").status_code == 403


def test_queries_do_not_grow_with_the_cases(desk, another, django_assert_max_num_queries):
    under_review(another())
    desk.get(QUEUE)
    for number in range(8):
        text = another(f"第{number}篇")
        under_review(text)
        under_review(text, Kind.PRIVACY)
    with django_assert_max_num_queries(13):
        assert len(numbers(desk.get(QUEUE))) == 9


def test_fifty_a_page(desk, article, monkeypatch):
    from moderation.admin import queue

    monkeypatch.setattr(queue, "PER_PAGE", 2)
    for _number in range(3):
        under_review(article)
    query = {"show": "all"}
    assert len(numbers(desk.get(QUEUE, query))) == 2
    assert len(numbers(desk.get(QUEUE, {**query, "p": 2}))) == 1
    assert "show=all&amp;p=2" in text_of(desk.get(QUEUE, query))


def test_an_empty_queue_says_so(desk):
    assert "这里没有内容" in text_of(desk.get(QUEUE))


# --- Whose turn it is -------------------------------------------------------------------------
def test_the_next_case_is_opened_and_not_taken(desk, article, another, mona):
    later, first = under_review(article), under_review(another(), Kind.ILLEGAL)
    assert desk.get(f"{QUEUE}next/").status_code == 405
    assert desk.post(f"{QUEUE}next/").url == f"{QUEUE}{first.pk}/change/"
    first.refresh_from_db()
    assert first.claimed_by is None
    assert next_of(mona, first) == later


def test_what_a_colleague_has_is_nobody_elses_turn(article, mona, desk, admin_user):
    case = under_review(article)
    deciding.take(case, admin_user, no_interest=True)
    assert next_of(mona) is None
    assert next_of(admin_user) == case
    assert "没有" in text_of(desk.post(f"{QUEUE}next/", follow=True))
    Case.objects.update(claimed_until=timezone.now())
    assert next_of(mona) == case


# --- The desk's first page --------------------------------------------------------------------
def test_the_first_page_and_the_badge(desk, client, article, mona, eddie, settings, admin_user):
    settings.MODERATION = {**settings.MODERATION, "SECOND_PERSON": ["takedown"]}
    case = under_review(article, Kind.PRIVACY)
    deciding.decide(
        case, admin_user, Step.MEASURE, Decision(reason="privacy", text="理由"),
        version=case.version,
    )  # fmt: skip
    letter = Letter.objects.filter(party__isnull=False).first()
    letter.delivery = Delivery.FAILED
    letter.save()
    due_in(case, hours=-1)
    body = text_of(desk.get("/admin/"))
    for said in ("<b>1</b> 篇被投诉文章待处理", "<b>1</b> 篇投诉逾期", "<b>1</b> 篇紧急投诉",
                 "<b>1</b> 件待第二人同意", "<b>1</b> 封函件无法送达", "1件投诉紧急"):  # fmt: skip
        assert said in body, said
    assert "待邮寄" not in body
    for show in ("proposals", "undeliverable"):
        assert numbers(desk.get(QUEUE, {"show": show})) == [case.number]
    assert waiting_for(admin_user).proposals == 0
    client.force_login(eddie)
    body = text_of(client.get("/admin/"))
    assert "投诉" not in body.replace("投诉指引", "")
    assert pressing(eddie) == 0


def test_the_badge_is_one_query(article, mona, django_assert_num_queries):
    under_review(article, Kind.ILLEGAL)
    mona.has_perm("moderation.handle_case")
    with django_assert_num_queries(1):
        assert pressing(mona) == 1
    with django_assert_num_queries(3):
        waiting_for(mona)


# --- Export -----------------------------------------------------------------------------------
@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", "＝", " ="])
def test_no_cell_of_the_export_is_a_formula(desk, another, start):
    article = another()
    Article.objects.filter(pk=article.pk).update(title=f"{start}HYPERLINK(1)")
    case = under_review(article)
    response = desk.get(f"{QUEUE}export/", {"show": "all"})
    assert response["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(text_of(response).removeprefix("\ufeff"))))
    assert len(rows) == 2
    assert rows[1][0] == case.number
    assert rows[1][7].startswith("'")
    assert "周一" not in text_of(response)


# --- Who may ----------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("who", "status"), [(None, 302), ("sam", 403), ("eddie", 403), ("chloe", 403), ("mona", 200),
                        ("admin_user", 200)],
)  # fmt: skip
def test_who_sees_the_queue(client, article, who, status, request):
    under_review(article)
    if who:
        client.force_login(request.getfixturevalue(who))
    got = {client.get(QUEUE).status_code, client.get(f"{QUEUE}export/").status_code}
    if who == "sam":
        assert got <= {302, 403}
    else:
        assert got == {status}
    assert (client.post(f"{QUEUE}next/").status_code == 302) == (status in {200, 302}) or (
        who == "sam"
    )


def test_nothing_is_deleted_or_edited_here(desk, admin_client, article):
    case = under_review(article)
    for client in (desk, admin_client):
        assert client.get(f"{QUEUE}{case.pk}/delete/").status_code == 404
        assert client.get(f"{QUEUE}{case.pk}/history/").status_code == 404
        client.post(QUEUE, {"action": "delete_selected", "_selected_action": case.pk})
    assert CaseItem.objects.get(case=case).state == State.REVIEW


def test_the_other_models_are_not_registered():
    from django.contrib import admin

    from moderation import models

    own = {model.__name__ for model in admin.site._registry if model.__module__.startswith(
        "moderation.")}  # fmt: skip
    assert own == {"Case", "CannedReply"}
    assert models.Party not in admin.site._registry


def test_unconfirmed_notices_wait_for_others(desk, article):
    case = submitted(article).case
    assert numbers(desk.get(QUEUE)) == []
    assert numbers(desk.get(QUEUE, {"show": "others"})) == [case.number]


def test_several_articles_of_one_case_are_several_lines(desk, article, another):
    second = another()
    under_review_of_two = submitted(article, targets=[Target(article), Target(second)]).case
    from moderation.services import intake

    intake.confirm(under_review_of_two, under_review_of_two.claimant)
    assert numbers(desk.get(QUEUE)) == [under_review_of_two.number] * 2
    assert notice(article).kind == Kind.COPYRIGHT
