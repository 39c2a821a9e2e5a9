from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from articles.models import Article, Contributor, Restriction
from submissions.models import Happening, Receipt, State, Submission, Terms
from submissions.services import reviewing
from submissions.services.drafting import add_own_picture, begin, save_draft
from submissions.services.guards import ChangedMeanwhileError
from submissions.services.progress import in_words, median_wait, place_in_queue
from submissions.services.reading import editors_changes, with_remarks
from submissions.services.submitting import (
    amend,
    answer_due,
    problems,
    submit,
    withdraw,
    withdraw_article,
)
from tests.articles.desk import png
from tests.submissions.making import TEXT, draft_by, send, sent_by

pytestmark = pytest.mark.django_db


def missing(row):
    return set(problems(row))


# --- What is missing ------------------------------------------------------------------------
def test_an_empty_draft_lacks_this(sam):
    assert missing(begin(sam)) == {"title", "body", "category", "ai_text", "ai_images"}


def test_a_complete_one_lacks_nothing(sam, technology):
    assert problems(draft_by(sam, technology)) == {}


@pytest.mark.parametrize(
    ("fields", "lacks"),
    [
        ({"body": "<p>短</p>"}, {"body"}),
        ({"body": f"<p>{'长' * 50_001}</p>"}, {"body"}),
        ({"tag_names": list("甲乙丙丁戊己")}, {"tag_line"}),
        ({"tag_names": ["长" * 21]}, {"tag_line"}),
        ({"origin": "original"}, {"is_declared_original"}),
        ({"origin": "original", "is_declared_original": True}, set()),
        ({"origin": "reprinted"}, {"source_name", "source_url", "proof"}),
        ({"origin": "licensed", "source_name": "某刊"}, {"source_url", "proof"}),
        ({"source_url": "javascript:alert(1)"}, {"source_url"}),
        ({"source_url": "https://"}, {"source_url"}),
        ({"source_url": "data:text/html,x"}, {"source_url"}),
        ({"source_url": "https://example.org/a"}, set()),
    ],
)
def test_what_a_text_lacks(sam, technology, fields, lacks):
    assert missing(draft_by(sam, technology, **fields)) == lacks


# --- Sending in -----------------------------------------------------------------------------
def test_sends_in(sam, technology):
    terms = Terms.objects.create(number=3, text="甲")
    row = send(draft_by(sam, technology), sam, "山月记")
    assert (row.state, row.terms, row.contributor.name) == (State.PENDING, terms, "山月记")
    assert row.submitted_at is not None
    assert row.due_at > row.submitted_at
    kept = row.versions.get()
    assert (kept.number, kept.title, kept.body) == (row.version, row.title, TEXT)
    payload = Receipt.objects.get(submission=row).payload
    assert (payload["terms"], payload["version"]) == (3, row.version)
    assert [e.happening for e in row.events.all()] == [Happening.BEGUN, Happening.SUBMITTED]


def test_sending_twice_sends_once(sam, technology):
    row = send(draft_by(sam, technology), sam, "山月记")
    assert send(row, sam).version == row.version
    assert row.versions.count() == Receipt.objects.count() == 1


@pytest.mark.parametrize(
    ("how", "field"),
    [
        ({"agreed": False}, "agreed"),
        ({"byline": ""}, "byline"),
        ({"byline": "编辑部"}, "byline"),
        ({"byline": "纸上行舟"}, "byline"),
    ],
)
def test_what_is_asked_at_the_door(sam, carol, technology, how, field):
    row = draft_by(sam, technology)
    options = {"byline": "山月记", "agreed": True} | how
    with pytest.raises(ValidationError) as refused:
        submit(row, sam, version=row.version, **options)
    assert set(refused.value.error_dict) == {field}
    row.refresh_from_db()
    assert row.state == State.DRAFT
    assert not Contributor.objects.filter(user=sam).exists()


def test_the_byline_is_chosen_once(sam, technology):
    send(draft_by(sam, technology), sam, "山月记")
    row = send(draft_by(sam, technology), sam, "另一个名字")
    assert row.contributor.name == "山月记"


def test_anothers_pictures_are_not_sent_in(sam, carol, technology):
    theirs = add_own_picture(carol.user, png())
    body = f'{TEXT}<p><img src="{theirs.url}" alt=""></p>'
    row = draft_by(sam, technology, body=body)
    with pytest.raises(ValidationError) as refused:
        send(row, sam, "山月记")
    assert set(refused.value.error_dict) == {"body"}


def test_only_the_version_that_was_read_is_sent(sam, technology):
    row = draft_by(sam, technology)
    save_draft(row, sam, {"title": "改过的标题"}, version=row.version)
    with pytest.raises(ChangedMeanwhileError):
        send(row, sam, "山月记")


def test_only_the_author_sends(sam, carol, technology):
    with pytest.raises(PermissionDenied):
        send(draft_by(sam, technology), carol.user)


def test_an_answer_is_promised_in_weekdays(settings):
    settings.REVIEW_DAYS = 3
    friday = datetime(2026, 11, 20, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert answer_due(friday).date().isoformat() == "2026-11-25"


# --- While it waits -------------------------------------------------------------------------
def test_a_change_keeps_the_place_and_makes_a_version(carol, technology):
    row = sent_by(carol, technology)
    changed = amend(row, carol.user, {"title": "更好的标题"}, version=row.version)
    assert (changed.state, changed.due_at) == (State.PENDING, row.due_at)
    assert changed.version == row.version + 1
    assert [v.title for v in changed.versions.all()] == [row.title, "更好的标题"]
    assert changed.receipts.count() == 2


def test_a_change_that_changes_nothing_makes_no_version(carol, technology):
    row = sent_by(carol, technology)
    same = {"title": row.title, "body": row.body}
    assert amend(row, carol.user, same, version=row.version).version == row.version


def test_a_change_must_be_complete(carol, technology):
    row = sent_by(carol, technology)
    with pytest.raises(ValidationError):
        amend(row, carol.user, {"title": ""}, version=row.version)
    row.refresh_from_db()
    assert row.title


def test_nobody_else_changes_it_and_no_older_tab(carol, sam, technology):
    row = sent_by(carol, technology)
    with pytest.raises(PermissionDenied):
        amend(row, sam, {"title": "乙"}, version=row.version)
    with pytest.raises(ChangedMeanwhileError):
        amend(row, carol.user, {"title": "乙"}, version=row.version - 1)


def test_a_text_is_taken_back(carol, technology):
    row = withdraw(sent_by(carol, technology), carol.user)
    assert row.state == State.WITHDRAWN
    assert row.events.last().happening == Happening.WITHDRAWN
    with pytest.raises(ValidationError):
        withdraw(row, carol.user)


def test_not_by_others_and_no_draft(carol, sam, technology):
    with pytest.raises(PermissionDenied):
        withdraw(sent_by(carol, technology), sam)
    with pytest.raises(ValidationError):
        withdraw(draft_by(sam, technology), sam)


# --- One's own article ----------------------------------------------------------------------
def published(carol, technology, editor):
    row = sent_by(carol, technology)
    return reviewing.accept(row, editor, version=row.version)


def test_ones_article_is_taken_back_once(client, carol, technology, eddie):
    row = published(carol, technology, eddie)
    assert client.get(row.article.get_absolute_url()).status_code == 200
    measure = withdraw_article(row, carol.user)
    assert withdraw_article(row, carol.user) == measure
    assert Restriction.objects.count() == 1
    assert client.get(row.article.get_absolute_url()).status_code == 410
    assert Article.objects.filter(pk=row.article_id).exists()


def test_nobody_elses(carol, sam, technology, eddie):
    row = published(carol, technology, eddie)
    for person in (sam, eddie):
        with pytest.raises(PermissionDenied):
            withdraw_article(row, person)


# --- How long it takes ----------------------------------------------------------------------
def test_the_place_in_the_queue(carol, sam, technology):
    first = sent_by(carol, technology)
    second = sent_by(sam, technology)
    assert (place_in_queue(first), place_in_queue(second)) == (1, 2)
    withdraw(first, carol.user)
    assert place_in_queue(second) == 1
    first.refresh_from_db()
    assert place_in_queue(first) is None


def decided(carol, technology, editor, hours, ago=timedelta(0)):
    row = sent_by(carol, technology, title=f"等了{hours}小时的稿子")
    reviewing.decline(row, editor, version=row.version, note="与本站不合。")
    at = timezone.now() - ago
    row.events.filter(happening=Happening.DECLINED).update(at=at)
    row.events.filter(happening=Happening.SUBMITTED).update(at=at - timedelta(hours=hours))
    Submission.objects.filter(pk=row.pk).update(decided_at=at)
    return row


def test_the_median_wait_comes_from_real_decisions(
    carol, technology, eddie, django_assert_num_queries
):
    for hours in (1, 2, 30, 50):
        decided(carol, technology, eddie, hours)
    assert median_wait() is None
    decided(carol, technology, eddie, 500, ago=timedelta(days=61))
    assert median_wait() is None
    decided(carol, technology, eddie, 70)
    with django_assert_num_queries(2):
        assert median_wait() == timedelta(hours=30)


def test_what_the_system_let_through_did_not_wait(carol, technology, eddie):
    for hours in range(1, 6):
        row = decided(carol, technology, eddie, hours)
    row.events.filter(happening=Happening.DECLINED).update(actor=None)
    assert median_wait() is None


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (None, ""),
        (timedelta(minutes=2), "1小时"),
        (timedelta(hours=30), "30小时"),
        (timedelta(days=3, hours=5), "3天"),
    ],
)
def test_a_wait_in_words(wait, words):
    assert in_words(wait) == words


# --- What the editors say -------------------------------------------------------------------
def test_a_remark_stands_beside_its_passage(carol, technology, eddie):
    row = sent_by(carol, technology)
    beside = reviewing.remark(row, eddie, "是哪一年？", quote="装修的师傅图省事，")
    across = reviewing.remark(row, eddie, "怎么画的？", quote="画一张图我花了一个周末")
    gone = reviewing.remark(row, eddie, "已经没有了", quote="这一句不在文中")
    whole = reviewing.remark(row, eddie, "写得好")
    blocks, general = with_remarks(row.body, [beside, across, gone, whole])
    assert [block.remarks for block in blocks] == [[beside], [], [across], []]
    assert general == [gone, whole]
    assert blocks[1].html.startswith("<h2")


def test_no_text_has_no_blocks():
    assert with_remarks("", []) == ([], [])


def test_the_author_sees_what_editors_changed(carol, technology, eddie):
    row = sent_by(carol, technology)
    assert editors_changes(row) is None
    edited = {"title": "老房子的插座怎么理清", "body": TEXT.replace("周末", "星期天")}
    row = reviewing.accept(row, eddie, version=row.version, changes=edited)
    difference = editors_changes(row)
    assert [(p.kind, p.text) for p in difference.title] == [
        ("same", "老房子的插座怎么理"), ("added", "清"),
    ]  # fmt: skip
    pieces = [p for line in difference.lines for p in line.pieces if p.kind != "same"]
    assert {(p.kind, p.text) for p in pieces} == {("removed", "周末"), ("added", "星期天")}
