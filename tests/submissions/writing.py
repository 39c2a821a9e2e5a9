"""What the tests of writing share: the form as a browser would send it."""

from typing import Any

from submissions.models import Submission, Terms

PLAIN = "一、挑萝卜\n\n" + "小雪前后，白萝卜最便宜，也最甜，我家每年腌两坛。" * 6


def form_of(row: Submission, **fields: Any) -> dict[str, Any]:
    """Return a complete form of a page without script, to be sent in."""
    terms = Terms.objects.order_by("-number").first()
    return {
        "version": row.version,
        "title": "小雪腌萝卜：一坛酸辣，一坛酱香",
        "category": row.category_id or "",
        "tag_line": "腌菜、萝卜",
        "body": PLAIN,
        "body_format": "plain",
        "origin": "contributed",
        "ai_text": "none",
        "ai_images": "none",
        "note": "图是自己拍的。",
        "terms": terms.number if terms else 0,
        "agreed": "on",
        "do": "submit",
    } | fields


def address(row: Submission, what: str = "") -> str:
    return f"/submit/{row.pk}/{what}"
