"""What the background finds out about a version before an editor reads it."""

from dataclasses import asdict

from django.db import transaction
from django_tasks import task

from articles.models import Restriction
from submissions.models import Examination, Overlap, State, Submission, TextKind
from submissions.originality import Match, check, index_text, text_and_quotations
from submissions.services.guards import standing_of
from submissions.services.reviewing import AUTHOR_REFERENCE, accept, hold


@task()
def examine(submission_id: int, version: int) -> None:
    """Compare a version with everything here, keep what it shares with other texts, hold it where
    one of them was taken down, and let a trusted contributor's text through.

    In the worker. Safe to run again and twice at once; an older version than the present one is
    left alone.
    """
    submission = Submission.objects.filter(pk=submission_id, version=version).first()
    if submission is None or submission.state not in {State.PENDING, State.HELD}:
        return
    matches = _compare(submission)
    with transaction.atomic():
        rows = _store(submission, matches)
        index_text(
            TextKind.SUBMISSION,
            submission.pk,
            text_and_quotations(submission.body)[0],
            title=submission.title,
            position=submission.version,
        )
    if reference := next((row.reference for row in rows if row.reference and row.level), ""):
        hold(submission, None, reference=reference)
    elif not any(match.is_flagged for match in matches):
        _let_through(submission)


def _compare(submission: Submission) -> list[Match]:
    """Return what the submission shares with other texts; not with its own earlier versions, the
    article that it became or proposes to change."""
    text, quoted = text_and_quotations(submission.body)
    exclude = [(TextKind.SUBMISSION.value, submission.pk)]
    if submission.article_id is not None:
        exclude.append((TextKind.ARTICLE.value, submission.article_id))
        same = Submission.objects.filter(article=submission.article_id)
        exclude += [(TextKind.SUBMISSION.value, pk) for pk in same.values_list("pk", flat=True)]
    return _without_doubles(check(text, exclude=exclude, quoted=quoted).matches)


def _without_doubles(matches: list[Match]) -> list[Match]:
    """Leave out submissions whose article is among the matches: it is the same text. One query."""
    articles = {match.object_id for match in matches if match.kind == TextKind.ARTICLE}
    became = Submission.objects.filter(
        pk__in=[match.object_id for match in matches if match.kind == TextKind.SUBMISSION],
        article__in=articles,
    )
    doubles = set(became.values_list("pk", flat=True)) if articles else set()
    return [
        match
        for match in matches
        if match.kind != TextKind.SUBMISSION or match.object_id not in doubles
    ]


def _store(submission: Submission, matches: list[Match]) -> list[Overlap]:
    references = _references(matches)
    Overlap.objects.filter(submission=submission, version=submission.version).delete()
    rows = [
        Overlap(
            submission=submission,
            version=submission.version,
            kind=match.kind,
            object_id=match.object_id,
            title=match.title,
            level=match.level.value if match.is_flagged else "",
            containment=match.containment,
            share=match.share,
            passages=[asdict(passage) for passage in match.passages],
            reference=references.get((match.kind, match.object_id), ""),
        )
        for match in matches
    ]
    Overlap.objects.bulk_create(rows)
    Examination.objects.get_or_create(submission=submission, version=submission.version)
    return rows


def _references(matches: list[Match]) -> dict[tuple[str, int], str]:
    """Return the cases by which the matched articles, or the articles that matched submissions
    became, are taken down at present. Two queries."""
    articles = {m.object_id for m in matches if m.kind == TextKind.ARTICLE}
    became = dict(
        Submission.objects.filter(
            pk__in=[m.object_id for m in matches if m.kind == TextKind.SUBMISSION],
            article__isnull=False,
        ).values_list("pk", "article_id")
    )
    measures = (
        Restriction.objects.active()
        .filter(article__in=articles | set(became.values()))
        .exclude(reference=AUTHOR_REFERENCE)
    )
    cases: dict[int | None, str] = dict(measures.values_list("article_id", "reference"))
    found = {(TextKind.ARTICLE.value, pk): cases[pk] for pk in articles if pk in cases}
    found |= {
        (TextKind.SUBMISSION.value, pk): cases[article]
        for pk, article in became.items()
        if article in cases
    }
    return found


def _let_through(submission: Submission) -> None:
    """Accept a trusted contributor's original text at once: the check found nothing. What is
    reprinted, licensed or generated is read by an editor all the same."""
    contributor = submission.contributor
    if contributor is None or submission.state != State.PENDING or submission.proposes_change:
        return
    with transaction.atomic():
        if not standing_of(contributor).is_trusted:
            return
        if submission.origin in {"reprinted", "licensed"} or submission.ai_text == "generated":
            return
        accept(submission, None, version=submission.version)
