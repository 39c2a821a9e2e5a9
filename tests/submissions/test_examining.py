"""What the worker finds out, and what follows from it."""

import pytest

from articles.models import Article, Contributor, Scope, User
from articles.services.publishing import create_article, publish
from articles.services.restrictions import lift, restrict
from submissions.models import Examination, Overlap, State, Submission, TextKind
from submissions.originality import Level, index_text, text_and_quotations
from submissions.services.examining import examine
from submissions.services.guards import standing_of
from submissions.services.submitting import amend
from tests.conftest import PASSWORD
from tests.submissions.making import TEXT, sent_by


@pytest.fixture(autouse=True)
def _by_hand(settings):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}


@pytest.fixture
def other(technology):
    """A published article by somebody else, of which carol's text is a copy."""
    user = User.objects.create_user("other@example.com", PASSWORD, name="Other")
    byline = Contributor.objects.create(name="别人", slug="other", folded_name="别人", user=user)
    article = publish(
        create_article(
            None, title="原来的文章", body=TEXT, contributor=byline, category=technology
        ),
        None,
    )
    index_text(
        TextKind.ARTICLE, article.pk, text_and_quotations(TEXT)[0], title=article.title,
        position=10**9,
    )  # fmt: skip
    return article


def run(row):
    examine.func(row.pk, row.version)
    return Submission.objects.get(pk=row.pk)


def trust(carol):
    standing = standing_of(carol)
    standing.accepted = 10
    standing.save()


def test_an_original_text_is_examined_and_waits(carol, technology):
    row = run(sent_by(carol, technology))
    assert row.state == State.PENDING
    assert not Overlap.objects.exists()
    assert Examination.objects.filter(submission=row, version=row.version).exists()


def test_a_copy_is_shown_with_its_passages(carol, technology, other):
    row = run(sent_by(carol, technology))
    found = Overlap.objects.get()
    assert (found.object_id, found.level) == (other.pk, Level.PROBABLE_COPY.value)
    assert found.containment > 0.9
    assert found.passages[0]["text"]
    assert row.state == State.PENDING  # It informs; it never rejects.


def test_running_again_changes_nothing(carol, technology, other):
    row = sent_by(carol, technology)
    run(row)
    run(row)
    assert Overlap.objects.count() == Examination.objects.count() == 1


def test_a_copy_of_what_was_taken_down_is_held_and_the_case_named(carol, technology, other):
    restrict(other, None, Scope.WHOLE, reference="TS-2025-0009")
    row = run(sent_by(carol, technology))
    assert (row.state, row.hold_reference) == (State.HELD, "TS-2025-0009")
    assert Overlap.objects.get().reference == "TS-2025-0009"


def test_a_measure_that_was_lifted_holds_nothing(carol, technology, other):
    lift(restrict(other, None, Scope.WHOLE, reference="TS-2025-0009"), None)
    assert run(sent_by(carol, technology)).state == State.PENDING


def test_a_trusted_contributor_skips_the_queue_but_not_the_check(carol, technology):
    trust(carol)
    row = sent_by(carol, technology)
    assert row.state == State.PENDING
    assert run(row).state == State.PUBLISHED
    assert Article.objects.visible().count() == 1


def test_a_trusted_contributors_copy_is_read_by_an_editor(carol, technology, other):
    trust(carol)
    assert run(sent_by(carol, technology)).state == State.PENDING


@pytest.mark.parametrize("field", ["strikes", "needs_review"])
def test_trust_is_lost(carol, technology, field):
    trust(carol)
    standing = standing_of(carol)
    setattr(standing, field, 1)
    standing.save()
    assert run(sent_by(carol, technology)).state == State.PENDING


def test_what_is_generated_is_read_by_an_editor(carol, technology):
    trust(carol)
    assert run(sent_by(carol, technology, ai_text="generated")).state == State.PENDING


def test_an_older_version_is_left_alone(carol, technology):
    row = sent_by(carol, technology)
    old = row.version
    amend(row, carol.user, {"title": "改"}, version=old)
    examine.func(row.pk, old)
    assert not Examination.objects.exists()
