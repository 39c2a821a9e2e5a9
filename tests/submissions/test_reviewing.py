from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from articles.models import Article, Status
from articles.services.publishing import revise
from articles.services.trash import trash, untrash
from submissions.models import Happening, Notice, Overlap, Remark, State, Submission
from submissions.originality import Level
from submissions.services import reviewing
from submissions.services.drafting import begin, save_draft
from submissions.services.guards import ChangedMeanwhileError
from submissions.services.queue import (
    COPY,
    claim_next,
    next_of,
    readable,
    waiting_for,
    with_findings,
)
from submissions.services.submitting import amend, submit
from tests.submissions.making import TEXT, draft_by, sent_by


@pytest.fixture
def sent(carol, technology):
    return sent_by(carol, technology)


def happenings(row):
    return [event.happening for event in row.events.all()]


# --- Taking and giving back ------------------------------------------------------------------
def test_claim_holds_for_half_an_hour_and_tells_the_author_once(sent, eddie):
    row = reviewing.claim(sent, eddie)
    assert row.claimed_by == eddie
    assert timedelta(minutes=29) < row.claimed_until - timezone.now() <= timedelta(minutes=30)
    reviewing.claim(sent, eddie)
    assert happenings(row).count(Happening.OPENED) == 1
    assert Notice.objects.filter(submission=sent, happening=Happening.OPENED).count() == 1


def test_a_colleague_is_refused_until_the_claim_ends(sent, eddie, chloe):
    reviewing.claim(sent, eddie)
    with pytest.raises(ValidationError) as refused:
        reviewing.claim(sent, chloe)
    assert refused.value.code == "claimed"
    with pytest.raises(ValidationError):
        reviewing.accept(sent, chloe, version=sent.version)
    Submission.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert reviewing.claim(sent, chloe).claimed_by == chloe


def test_release_gives_back_only_what_is_ones_own(sent, eddie, chloe):
    reviewing.claim(sent, eddie)
    assert reviewing.release(sent, chloe).claimed_by == eddie
    assert reviewing.release(sent, eddie).claimed_by is None


# --- Who may ---------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["sam", "mona"])
def test_those_who_do_not_review_may_nothing(sent, who, request):
    user = request.getfixturevalue(who)
    for step in (
        lambda: reviewing.claim(sent, user),
        lambda: reviewing.remark(sent, user, "x"),
        lambda: reviewing.accept(sent, user, version=sent.version),
        lambda: reviewing.return_to_author(sent, user, version=sent.version, note="x"),
        lambda: reviewing.decline(sent, user, version=sent.version, note="x"),
        lambda: reviewing.ask_chief(sent, user, version=sent.version, note="x"),
        lambda: reviewing.hold(sent, user, reference="x"),
        lambda: claim_next(user),
    ):
        with pytest.raises(PermissionDenied):
            step()


def test_nobody_reviews_a_text_of_ones_own(eddie, technology):
    own = sent_by(eddie, technology)
    assert not readable(eddie).exists()
    assert next_of(eddie) is None
    for step in (
        lambda: reviewing.claim(own, eddie),
        lambda: reviewing.accept(own, eddie, version=own.version),
        lambda: reviewing.release_hold(own, eddie, note="x"),
    ):
        with pytest.raises(PermissionDenied):
            step()


def test_what_lies_before_a_chief_editor_is_for_chief_editors(sent, eddie, chloe):
    row = reviewing.ask_chief(sent, eddie, version=sent.version, note="算不算广告？")
    assert row.for_chief
    assert row.claimed_by is None
    with pytest.raises(PermissionDenied):
        reviewing.accept(sent, eddie, version=sent.version)
    assert next_of(eddie) is None
    assert next_of(chloe) == sent
    assert reviewing.accept(sent, chloe, version=sent.version).state == State.PUBLISHED
    assert not Notice.objects.filter(text__contains="广告").exists()


# --- Deciding --------------------------------------------------------------------------------
def test_accept_publishes_and_counts(sent, eddie, carol):
    row = reviewing.accept(sent, eddie, version=sent.version, note="写得好")
    article = Article.objects.visible().get()
    assert row.article == article
    assert (article.title, article.contributor, article.tag_names) == (
        sent.title, carol, sent.tag_names,
    )  # fmt: skip
    assert carol.standing.accepted == 1
    assert happenings(row)[-1] == Happening.PUBLISHED


def test_accept_for_a_moment_to_come(sent, eddie):
    at = timezone.now() + timedelta(days=1)
    row = reviewing.accept(sent, eddie, version=sent.version, at=at)
    assert row.state == State.ACCEPTED
    assert (row.article.status, row.article.published_at) == (Status.SCHEDULED, at)
    Article.objects.update(published_at=timezone.now() - timedelta(minutes=1))
    assert reviewing.settle_published() == 1
    assert reviewing.settle_published() == 0
    row.refresh_from_db()
    assert row.state == State.PUBLISHED


def test_a_past_moment_changes_nothing(sent, eddie):
    with pytest.raises(ValidationError):
        reviewing.accept(sent, eddie, version=sent.version, at=timezone.now())
    sent.refresh_from_db()
    assert sent.state == State.PENDING
    assert not Article.objects.exists()


def test_edit_and_accept_keeps_what_was_sent(sent, eddie):
    changes = {"title": "插座图", "body": TEXT.replace("一个周末", "两天")}
    row = reviewing.accept(sent, eddie, version=sent.version, changes=changes)
    assert (row.article.title, row.versions.last().title) == ("插座图", "老房子的插座怎么理")
    assert Happening.EDITED in happenings(row)
    assert "两天" in row.article.body


def test_accept_without_changes_says_nothing_of_editing(sent, eddie):
    row = reviewing.accept(sent, eddie, version=sent.version, changes={"title": sent.title})
    assert Happening.EDITED not in happenings(row)


def test_a_return_needs_a_reason_or_a_remark(sent, eddie):
    with pytest.raises(ValidationError):
        reviewing.return_to_author(sent, eddie, version=sent.version, note=" ")
    note = reviewing.remark(sent, eddie, "说说是哪一年", quote="搬进老房子的第二个月")
    assert note.sent_at is None
    row = reviewing.return_to_author(sent, eddie, version=sent.version, note="")
    note.refresh_from_db()
    assert row.state == State.RETURNED
    assert note.sent_at == row.decided_at


def test_a_refusal_needs_a_reason(sent, eddie, carol):
    with pytest.raises(ValidationError):
        reviewing.decline(sent, eddie, version=sent.version, note="")
    row = reviewing.decline(sent, eddie, version=sent.version, note="本站不登广告。")
    assert row.state == State.DECLINED
    assert row.events.last().note == "本站不登广告。"
    assert carol.standing.declined == 1


def test_only_ones_own_unsent_remarks_can_be_taken_back(sent, eddie, chloe):
    note = reviewing.remark(sent, eddie, "这里不清楚")
    with pytest.raises(PermissionDenied):
        reviewing.delete_remark(note, chloe)
    reviewing.delete_remark(note, eddie)
    assert not Remark.objects.exists()


def test_a_decision_names_the_version_that_was_read(sent, eddie, carol):
    read = sent.version
    amend(sent, carol.user, {"title": "改了题目"}, version=read)
    for decide in (
        lambda: reviewing.accept(sent, eddie, version=read),
        lambda: reviewing.return_to_author(sent, eddie, version=read, note="x"),
        lambda: reviewing.decline(sent, eddie, version=read, note="x"),
        lambda: reviewing.ask_chief(sent, eddie, version=read, note="x"),
    ):
        with pytest.raises(ChangedMeanwhileError):
            decide()
    sent.refresh_from_db()
    assert sent.state == State.PENDING
    assert not Article.objects.exists()


def test_what_is_decided_cannot_be_decided_again(sent, eddie, chloe):
    row = reviewing.accept(sent, eddie, version=sent.version)
    with pytest.raises(ValidationError) as refused:
        reviewing.decline(sent, chloe, version=row.version, note="x")
    assert refused.value.code == "state"


# --- Holding ---------------------------------------------------------------------------------
def test_a_held_text_is_not_accepted_before_it_is_released(sent, eddie):
    row = reviewing.hold(sent, None, reference="TS-2025-0001")
    assert (row.state, row.hold_reference) == (State.HELD, "TS-2025-0001")
    with pytest.raises(ValidationError) as refused:
        reviewing.accept(sent, eddie, version=sent.version)
    assert refused.value.code == "held"
    assert "TS-2025-0001" in refused.value.messages[0]
    with pytest.raises(ValidationError):
        reviewing.release_hold(sent, eddie, note="")
    assert reviewing.release_hold(sent, eddie, note="作者本人").state == State.PENDING
    assert reviewing.accept(sent, eddie, version=sent.version).state == State.PUBLISHED


def test_holding_twice_holds_once_and_what_is_decided_not_at_all(sent, eddie):
    reviewing.hold(sent, None, reference="A")
    assert reviewing.hold(sent, None, reference="B").hold_reference == "A"
    reviewing.decline(sent, eddie, version=sent.version, note="x")
    assert reviewing.hold(sent, None, reference="C").state == State.DECLINED


# --- The queue -------------------------------------------------------------------------------
def test_whose_turn_it_is(carol, technology, eddie, chloe):
    rows = [sent_by(carol, technology, title=f"第{n}篇") for n in range(4)]
    now = timezone.now()
    for row, days in zip(rows, (3, 1, 2, 4), strict=True):
        Submission.objects.filter(pk=row.pk).update(due_at=now + timedelta(days=days))
    reviewing.hold(rows[1], None, reference="TS-1")
    assert claim_next(eddie) == rows[2]
    assert claim_next(chloe) == rows[0]
    assert next_of(eddie, rows[2]) == rows[3]
    waiting = waiting_for(eddie)
    assert (waiting.open, waiting.held, waiting.overdue) == (4, 1, 0)


def test_drafts_are_nobody_elses(carol, technology, eddie):
    draft_by(carol.user, technology)
    assert not readable(eddie).exists()
    assert claim_next(eddie) is None


def test_the_queue_is_not_confused_by_rows_of_other_versions(sent, eddie, carol):
    old = sent.version
    Overlap.objects.create(
        submission=sent, version=old, kind="article", object_id=1, level=Level.PROBABLE_COPY.value,
        containment=0.9, share=0.9,
    )  # fmt: skip
    assert with_findings(readable(eddie)).get().overlap_rank == COPY
    amend(sent, carol.user, {"title": "改"}, version=old)
    assert with_findings(readable(eddie)).get().overlap_rank is None


def test_a_proposed_change_does_not_overwrite_what_editors_changed_since(sent, eddie, carol):
    article = reviewing.accept(sent, eddie, version=sent.version).article
    proposal = begin(carol.user, change_of=article)
    proposal = save_draft(
        proposal, carol.user, {"title": "改过的题目", "ai_images": "none"}, version=proposal.version
    )
    proposal = submit(proposal, carol.user, version=proposal.version, agreed=True)
    seen = proposal.article_stamp
    revise(article, eddie, {"excerpt": "编辑刚补的摘要"})
    with pytest.raises(ValidationError, match="重新对照") as refused:
        reviewing.accept(proposal, eddie, version=proposal.version, article_seen=seen)
    assert refused.value.code == "changed"
    proposal = Submission.objects.get(pk=proposal.pk)
    seen = proposal.article_stamp
    reviewing.accept(proposal, eddie, version=proposal.version, article_seen=seen)
    article.refresh_from_db()
    assert (article.title, article.excerpt) == ("改过的题目", "编辑刚补的摘要")


def test_a_proposed_change_to_an_article_in_the_trash_waits(sent, eddie, carol):
    article = reviewing.accept(sent, eddie, version=sent.version).article
    proposal = begin(carol.user, change_of=article)
    proposal = save_draft(
        proposal, carol.user, {"title": "改过的题目", "ai_images": "none"}, version=proposal.version
    )
    proposal = submit(proposal, carol.user, version=proposal.version, agreed=True)
    trash(article, eddie)
    with pytest.raises(ValidationError):
        reviewing.accept(proposal, eddie, version=proposal.version)
    untrash(article, eddie)
    reviewing.accept(proposal, eddie, version=proposal.version)
    article.refresh_from_db()
    assert (article.title, article.trashed_at) == ("改过的题目", None)
