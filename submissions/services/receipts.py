"""The rights receipt: what the site confirms of a submission, signed, verifiable later."""

import hashlib
import json
from enum import Enum
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from articles.html import text_of
from submissions.models import Receipt, Submission, SubmissionVersion

_SALT = "submissions.receipts.v1"


def text_hash(title: str, body: str) -> str:
    """Return the SHA-256 (hex) of a title and the plain text of a body, a line apart."""
    return hashlib.sha256(f"{title}\n{text_of(body)}".encode()).hexdigest()


def issue(submission: Submission) -> Receipt:
    """Sign and store the receipt of a submission's present version; the same version gets one.

    The signature is HMAC-SHA-256 over the canonical JSON of the payload, keyed with SECRET_KEY.
    """
    now = timezone.now()
    payload: dict[str, Any] = {
        "site": settings.SITE_URL,
        "submission": submission.pk,
        "version": submission.version,
        "byline": submission.contributor.name if submission.contributor else "",
        "title": submission.title,
        "text_sha256": text_hash(submission.title, submission.body),
        "origin": submission.origin,
        "source_url": submission.source_url,
        "declared_original": submission.is_declared_original,
        "ai_text": submission.ai_text,
        "ai_images": submission.ai_images,
        "terms": submission.terms.number if submission.terms else 0,
        "received_at": now.isoformat(timespec="seconds"),
    }
    receipt, _is_new = Receipt.objects.get_or_create(
        submission=submission,
        version=submission.version,
        defaults={"payload": payload, "signature": sign(payload), "issued_at": now},
    )
    return receipt


def sign(payload: dict[str, Any], key: str | None = None) -> str:
    """Return the signature (64 hex digits) of a payload, with SECRET_KEY unless another key is
    given."""
    canonical = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return salted_hmac(_SALT, canonical, secret=key, algorithm="sha256").hexdigest()


def verify(payload: dict[str, Any], signature: str) -> bool:
    """Say whether this site signed this payload, with its key or one that it had before
    (SECRET_KEY_FALLBACKS)."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(sign(payload, key), signature) for key in keys)


def receipt_document(receipt: Receipt) -> dict[str, Any]:
    """Return a receipt as its owner keeps it and `manage.py verify_receipt` reads it."""
    return {"payload": receipt.payload, "signature": receipt.signature}


class TextState(Enum):
    """What the stored version says to a receipt."""

    SAME = "same"
    DIFFERS = "differs"
    GONE = "gone"


def compare_text(payload: dict[str, Any]) -> TextState:
    """Say whether the version that a receipt speaks of is stored, with the text that it speaks of.
    One query."""
    version = SubmissionVersion.objects.filter(
        submission=payload["submission"], number=payload["version"]
    ).first()
    if version is None:
        return TextState.GONE
    same = text_hash(version.title, version.body) == payload.get("text_sha256")
    return TextState.SAME if same else TextState.DIFFERS
