from datetime import timedelta

import pytest
from django.utils import timezone

from submissions.models import Examination, Overlap, State, Submission
from submissions.originality import Level
from submissions.services import reviewing
from submissions.services.drafting import save_draft
from submissions.services.guards import standing_of
from tests.submissions.making import draft_by, page, sent_by

QUEUE = "/admin/submissions/submission/"


@pytest.fixture
def desk(client, eddie):
    client.force_login(eddie)
    return client


def titles(response):
    return [row.sent_title for row in response.context["cl"].result_list]


def test_the_oldest_promise_stands_first_and_overdue_is_marked(desk, carol, technology):
    rows = [sent_by(carol, technology, title=f"第{n}篇") for n in range(3)]
    now = timezone.now()
    for row, days in zip(rows, (2, -1, 1), strict=True):
        Submission.objects.filter(pk=row.pk).update(due_at=now + timedelta(days=days))
    response = desk.get(QUEUE)
    assert titles(response) == ["第1篇", "第2篇", "第0篇"]
    assert response.content.decode().count('<span class="badge no">已逾期</span>') == 1
    assert titles(desk.get(QUEUE, {"state": "overdue"})) == ["第1篇"]


def test_drafts_and_ones_own_are_not_in_it(desk, carol, eddie, technology):
    draft_by(carol.user, technology, title="没写完")
    sent_by(eddie, technology, title="编辑自己的")
    body = desk.get(QUEUE, {"state": "all"}).content.decode()
    assert "没写完" not in body
    assert "编辑自己的" not in body


def test_what_an_author_mends_is_not_shown_before_it_is_sent(desk, carol, eddie, technology):
    row = sent_by(carol, technology)
    row = reviewing.return_to_author(row, eddie, version=row.version, note="请改")
    save_draft(row, carol.user, {"title": "还没写好的题目"}, version=row.version)
    body = desk.get(QUEUE, {"state": "all"}).content.decode()
    assert "还没写好的题目" not in body
    assert "老房子的插座怎么理" in body
    assert titles(desk.get(QUEUE, {"state": "all", "q": "还没写好"})) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["待审", "暂缓"]),
        ({"state": "all"}, ["待审", "暂缓", "已拒"]),
        ({"state": "held"}, ["暂缓"]),
        ({"state": "declined"}, ["已拒"]),
        ({"state": "chief"}, []),
        ({"claim": "mine"}, ["待审"]),
        ({"claim": "free"}, ["暂缓"]),
        ({"claim": "taken"}, ["待审"]),
        ({"overlap": "3"}, ["暂缓"]),
        ({"overlap": "unchecked"}, ["待审"]),
        ({"overlap": "none"}, []),
        ({"contributor": "new"}, ["待审", "暂缓"]),
        ({"contributor": "trusted"}, []),
        ({"contributor": "strikes"}, []),
        ({"origin__exact": "reprinted"}, []),
        ({"q": "暂"}, ["暂缓"]),
        ({"q": "没有这个"}, []),
    ],
)
def test_filters(desk, carol, eddie, technology, query, expected):
    pending, held, declined = (
        sent_by(carol, technology, title=name) for name in ("待审", "暂缓", "已拒")
    )
    reviewing.claim(pending, eddie)
    reviewing.hold(held, None, reference="TS-1")
    reviewing.decline(declined, eddie, version=declined.version, note="x")
    Examination.objects.filter(submission=pending).delete()
    Overlap.objects.all().delete()
    Overlap.objects.create(
        submission=held, version=held.version, kind="article", object_id=9, containment=0.8,
        level=Level.PROBABLE_COPY.value, share=0.5,
    )  # fmt: skip
    assert titles(desk.get(QUEUE, query)) == expected


def test_search_by_number(desk, carol, technology):
    row = sent_by(carol, technology)
    sent_by(carol, technology, title="另一篇")
    assert titles(desk.get(QUEUE, {"q": str(row.pk)})) == [row.title]


def test_what_the_columns_say(desk, carol, technology):
    row = sent_by(carol, technology, ai_text="assisted", ai_images="generated")
    standing = standing_of(carol)
    standing.accepted = 99
    standing.save()
    body = desk.get(QUEUE).content.decode()
    for said in ("纸上行舟", "可信", "正文", "图片", "待审", page(row)):
        assert said in body, said
    standing.strikes = 1
    standing.save()
    assert "违规" in desk.get(QUEUE).content.decode()


def test_queries_do_not_grow_with_the_rows(desk, carol, technology, django_assert_max_num_queries):
    sent_by(carol, technology)
    desk.get(QUEUE)
    for number in range(12):
        sent_by(carol, technology, title=f"第{number}篇")
    with django_assert_max_num_queries(12):
        assert len(titles(desk.get(QUEUE))) == 13


def test_the_next_one_is_taken_with_one_button(desk, carol, technology, eddie):
    row = sent_by(carol, technology)
    assert desk.get(f"{QUEUE}next/").status_code == 405
    response = desk.post(f"{QUEUE}next/")
    assert response.url == page(row)
    row.refresh_from_db()
    assert row.claimed_by == eddie


def test_where_nothing_waits_that_is_said(desk):
    assert "没有" in desk.post(f"{QUEUE}next/", follow=True).content.decode()


@pytest.mark.parametrize(("who", "status"), [("sam", 302), ("mona", 403), ("chloe", 200)])
def test_who_sees_the_queue(client, who, status, request):
    client.force_login(request.getfixturevalue(who))
    if who == "sam":
        assert client.get(QUEUE).status_code in {302, 403}
    else:
        assert client.get(QUEUE).status_code == status
        assert client.post(f"{QUEUE}next/").status_code == (403 if who == "mona" else 302)


def test_nothing_is_added_or_deleted_here(client, admin_client, carol, technology):
    row = sent_by(carol, technology)
    assert admin_client.get(f"{QUEUE}add/").status_code == 404
    assert admin_client.get(f"{QUEUE}{row.pk}/delete/").status_code == 404
    admin_client.post(QUEUE, {"action": "delete_selected", "_selected_action": row.pk})
    assert Submission.objects.filter(pk=row.pk, state=State.PENDING).exists()


def test_the_first_page_says_what_waits(desk, client, carol, technology, eddie, mona):
    row = sent_by(carol, technology)
    Submission.objects.update(due_at=timezone.now() - timedelta(days=1))
    body = desk.get("/admin/").content.decode()
    assert "<b>1</b> 篇待审" in body
    assert "<b>1</b> 篇逾期" in body
    reviewing.accept(row, eddie, version=row.version)
    body = desk.get("/admin/").content.decode()
    assert "<b>0</b> 篇待审" in body
    assert "逾期" not in body
    client.force_login(mona)
    assert "待审" not in client.get("/admin/").content.decode()
