"""What a submission, its versions and the article that came of it have to be compared in."""

from typing import Any

from articles.differences import Text
from articles.models import Article
from submissions.models import Submission, SubmissionVersion


def of_version(version: SubmissionVersion) -> Text:
    return Text(version.title, version.body, version.fields)


def of_row(row: Submission | Article) -> Text:
    """Return the text of a submission or an article as it stands. One query for the category."""
    fields: dict[str, Any] = {
        "category": row.category.name if row.category else "",
        "tags": row.tag_names,
        "origin": row.origin,
        "source_name": row.source_name,
        "source_url": row.source_url,
        "cover": row.cover_id,
    }
    if isinstance(row, Submission):
        fields |= {"ai_text": row.ai_text, "ai_images": row.ai_images}
    return Text(row.title, row.body, fields)
