"""The demo's submissions: what a review queue looks like. Composed with the rest of the demo by
settings.DEMO_PARTS."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Category, Contributor, User
from submissions.demo_texts import SUBMISSIONS, DemoSubmission
from submissions.models import Submission
from submissions.originality import index_waiting_texts
from submissions.services.demo import (
    date_back,
    delete_demo_submission,
    forget_demo_articles,
)
from submissions.services.drafting import begin, save_draft
from submissions.services.reviewing import decline, remark, return_to_author
from submissions.services.submitting import amend, submit


@transaction.atomic
def load() -> None:
    """Let the demo's contributor send six texts in, and its editor return one and decline one.
    Nothing happens on a site without demo people."""
    contributor = Contributor.objects.filter(is_demo=True, user__is_demo=True).first()
    editor = User.objects.filter(is_demo=True, groups__name="editor").first()
    if contributor is None or contributor.user is None or editor is None:
        return
    # So that the check finds, at once, the article of which one of the texts is a copy.
    index_waiting_texts.func()
    for source in SUBMISSIONS:
        _load_one(source, contributor.user, editor)


def _load_one(source: DemoSubmission, author: User, editor: User) -> None:
    category = Category.objects.filter(name=source.category, is_demo=True).first()
    row = begin(author)
    fields = {
        "title": source.title, "body": source.body, "category": category,
        "tag_names": list(source.tags), "ai_text": "none", "ai_images": "none", **source.fields,
    }  # fmt: skip
    row = save_draft(row, author, fields, version=row.version)
    row = submit(row, author, version=row.version, agreed=True)
    if source.amended:
        body = row.body
        for old, new in source.amended:
            body = body.replace(old, new)
        row = amend(row, author, {"body": body}, version=row.version)
    for quote, text in source.remarks:
        remark(row, editor, text, quote=quote)
    if source.returned:
        row = return_to_author(row, editor, version=row.version, note=source.returned)
    elif source.declined:
        row = decline(row, editor, version=row.version, note=source.declined)
    date_back(row, None, timezone.now() - timedelta(days=source.days_ago, hours=3))


def planned() -> dict[str, int]:
    """Return how many submissions of the demo there are, by their plural name. One query."""
    count = Submission.objects.filter(is_demo=True).count()
    return {_("submissions"): count} if count else {}


@transaction.atomic
def remove(by: User | None) -> dict[str, int]:
    """Remove the demo's submissions with everything that hangs on them, and what demo accounts
    sent in besides; return how many. Articles that came of them stay. Raises PermissionDenied."""
    rows = Submission.objects.filter(is_demo=True) | Submission.objects.filter(
        account__is_demo=True
    )
    removed = 0
    for row in rows.order_by("pk"):
        delete_demo_submission(row, by)
        removed += 1
    forget_demo_articles(by)
    return {_("submissions"): removed} if removed else {}
