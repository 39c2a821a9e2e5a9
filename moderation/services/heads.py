"""Signed heads: the end of the record on a day, which the operator publishes or keeps elsewhere,
so that a record that was cut off or written anew since shows (TAKEDOWN.md §5)."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from post_office import mail

from articles.services.site import get_site
from moderation.models import Event, SignedHead
from moderation.services.record import canonical

ALGORITHM: Final = "Ed25519"


def _key_of(secret: str) -> Ed25519PrivateKey:
    derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"tougao casework head 1")
    return Ed25519PrivateKey.from_private_bytes(derive.derive(secret.encode()))


def _public(key: Ed25519PrivateKey) -> str:
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def trusted_keys() -> list[str]:
    """Return the public keys (Base64) whose signatures count: those of SECRET_KEY and its
    fallbacks, and CASEWORK_HEAD_KEYS, which names those of keys that were given up."""
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [*(_public(_key_of(secret)) for secret in secrets), *settings.CASEWORK_HEAD_KEYS]


def _message(day: str, seq: int, digest: str) -> bytes:
    return canonical({"day": day, "seq": seq, "hash": digest})


def sign_head() -> SignedHead | None:
    """Sign the end of the record, once a day and only when lines were added since; mail it where
    CASEWORK_HEAD_EMAIL is set. For the periodic command: idempotent, safe to run twice at once.
    Three queries, two more for a mail."""
    day = timezone.localdate()
    latest = SignedHead.objects.first()
    event = Event.objects.order_by("-seq").first()
    if event is None or (latest is not None and (latest.day >= day or latest.seq >= event.seq)):
        return None
    key = _key_of(settings.SECRET_KEY)
    signature = key.sign(_message(day.isoformat(), event.seq, event.hash))
    with transaction.atomic():
        head, is_new = SignedHead.objects.get_or_create(
            day=day,
            defaults={
                "seq": event.seq,
                "hash": event.hash,
                "signature": base64.b64encode(signature).decode(),
                "public_key": _public(key),
                "made_at": timezone.now(),
            },
        )
        if is_new and settings.CASEWORK_HEAD_EMAIL:
            _mail(head)
    return head if is_new else None


def _mail(head: SignedHead) -> None:
    mail.send(
        settings.CASEWORK_HEAD_EMAIL,
        settings.DEFAULT_FROM_EMAIL,
        subject=f"【{get_site().name}】{head}",
        message=json.dumps(as_data(head), indent=2) + "\n",
        headers={"Auto-Submitted": "auto-generated"},
    )


def as_data(head: SignedHead) -> dict[str, Any]:
    """Return a head as it is published: JSON data that `fault_of` checks."""
    return {
        "day": head.day.isoformat(),
        "seq": head.seq,
        "hash": head.hash,
        "algorithm": ALGORITHM,
        "signature": head.signature,
        "public_key": head.public_key,
    }


def latest_head() -> dict[str, Any] | None:
    """Return the latest signed head as it is published; None before the first. One query."""
    head = SignedHead.objects.first()
    return as_data(head) if head is not None else None


def fault_of(head: Mapping[str, Any], known: str | None) -> str:
    """Say what is wrong with a head, in words; nothing where it is right. `known` is the hash of
    the line that it names as the record has it now, None where there is no such line."""
    try:
        day, seq, digest = str(head["day"]), int(head["seq"]), str(head["hash"])
        signature = base64.b64decode(head["signature"], validate=True)
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(head["public_key"]))
        public.verify(signature, _message(day, seq, digest))
    except (KeyError, TypeError, ValueError, binascii.Error):
        return "it is not a signed head"
    except InvalidSignature:
        return "its signature is not right"
    if head["public_key"] not in trusted_keys():
        return (
            "it is signed with a key that is not this site's: add it to CASEWORK_HEAD_KEYS if it "
            "belonged to an earlier SECRET_KEY"
        )
    if known is None:
        return "the record ends before it: lines were cut off"
    return "" if known == digest else "the record has another line there: it was written anew"
