"""Proofs of a licence: files that only their author and the reviewers may read."""

from typing import Final

from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.core.files.storage import storages
from django.utils.translation import gettext as _

from articles.models import User
from articles.services.private_files import (
    TYPES,
    delete_after_commit,
    extension_of,
    random_name,
    store,
    tidy_name,
)
from submissions.models import Submission

PROOF_BYTES: Final = 10 * 1024 * 1024
_SALT = "submissions.proofs"


def store_proof(upload: File[bytes]) -> tuple[str, str]:
    """Keep a file in the private storage; return its path there and its name, to be saved with
    the submission. It is kept as it was sent, since it is evidence.

    What it is is decided by its content. Raises ValidationError for anything but PDF, JPEG, PNG
    and WebP of at most PROOF_BYTES.
    """
    if not upload.size:
        raise ValidationError(_("The file is empty. Choose it again."))
    if upload.size > PROOF_BYTES:
        raise ValidationError(
            _("The file is larger than %(limit)d MB.") % {"limit": PROOF_BYTES // 2**20}
        )
    upload.seek(0)
    data = upload.read()
    extension = extension_of(data)
    if extension is None:
        raise ValidationError(_("This is no PDF, JPEG, PNG or WebP, whatever its name says."))
    stored = store(f"proofs/{random_name(extension)}", data)
    return stored, tidy_name(upload.name or "", extension, "proof")


def proof_token(submission: Submission, path: str, name: str) -> str:
    """Return a signed word for a stored file, which the form of this submission carries until it
    can be saved."""
    return signing.dumps([submission.pk, path, name], salt=_SALT)


def read_proof_token(token: str, submission: Submission) -> tuple[str, str] | None:
    """Return the path and the name that a token of this submission stands for; None for any
    other, and for a file that is gone."""
    try:
        pk, path, name = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    if pk != submission.pk or not storages["private"].exists(path):
        return None
    return path, name


def open_proof(submission: Submission, by: User) -> tuple[File[bytes], str]:
    """Return the proof of a submission, opened, and its media type. For its author and for who
    may review. Raises PermissionDenied; FileNotFoundError where there is none."""
    if submission.account_id != by.pk and not by.has_perm("submissions.review_submission"):
        raise PermissionDenied("submissions: neither the author nor a reviewer")
    if not submission.proof:
        raise FileNotFoundError
    media_type = TYPES[submission.proof.rpartition(".")[2]]
    return storages["private"].open(submission.proof), media_type


def drop_proof(path: str) -> None:
    """Delete a proof that was never sent in, once the transaction is through."""
    delete_after_commit(path)
