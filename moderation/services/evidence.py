"""Evidence: files that the parties of a case hand in, staged until their form is accepted.

They stand in the private storage under random names. What a file is is decided by its content:
pictures are made anew at their full size, so that they stay legible, PDF and text are kept as they
were sent. The hash of both, as sent and as kept, stays in the row.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import File
from django.core.files.storage import storages
from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.images import accept
from articles.models import User
from articles.services.private_files import (
    TYPES,
    delete_after_commit,
    extension_of,
    random_name,
    store,
    tidy_name,
)
from moderation.models import (
    UNSHAREABLE,
    Case,
    CounterNotice,
    Evidence,
    EvidenceKind,
    Happening,
    Party,
    Role,
)
from moderation.services.guards import has_interest
from moderation.services.happenings import record_happening
from moderation.services.parties import reviewer

FILES_AT_MOST: Final = 10
FILE_BYTES: Final = 10 * 1024 * 1024
ALL_BYTES: Final = 40 * 1024 * 1024
# A form that nobody sends again within this time has lost its files.
STAGED_FOR: Final = timedelta(hours=72)
# For the file chooser; the content decides.
ACCEPTED: Final = ".jpg,.jpeg,.png,.webp,.pdf,.txt"
_SALT: Final = "moderation.evidence"
_PICTURES: Final = ("jpg", "png", "webp")
_WHITE: Final = "\t\n\r\f"


# --- Taking files in ------------------------------------------------------------------------
def stage(upload: File[bytes], kind: EvidenceKind | str, *, is_shareable: bool = False) -> Evidence:
    """Keep a file for a form that is not accepted yet; it belongs to no case until then.

    An identity document or an authorisation is never shareable, whatever is asked. Not to be
    called within a transaction: the row is committed before the file is written, so that
    `drop_stale` finds every file. Raises ValidationError for anything but JPEG, PNG, WebP, PDF and
    text (UTF-8 or GB18030) of at most FILE_BYTES. About half a second for 12 megapixels.
    """
    if not upload.size:
        raise ValidationError(_("The file is empty. Choose it again."))
    if upload.size > FILE_BYTES:
        raise ValidationError(
            _("The file is larger than %(limit)d MB.") % {"limit": FILE_BYTES // 2**20}
        )
    upload.seek(0)
    sent = upload.read()
    extension, data = _known(upload, sent)
    name = random_name(extension)
    row = Evidence.objects.create(
        kind=kind,
        path=f"evidence/{name[:2]}/{name}",
        name=tidy_name(upload.name or "", extension, "evidence"),
        media_type=TYPES[extension],
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        sent_sha256=hashlib.sha256(sent).hexdigest(),
        is_shareable=is_shareable and kind not in UNSHAREABLE,
        added_at=timezone.now(),
    )
    store(row.path, data)
    return row


def _known(upload: File[bytes], sent: bytes) -> tuple[str, bytes]:
    """Return what a file is, and its bytes as they are kept. Raises ValidationError."""
    extension = extension_of(sent)
    if extension in _PICTURES:
        try:
            # At its full size: a long screenshot shrunk to a page's width cannot be read.
            picture = accept(upload, longest_side=math.inf)
        except ValidationError as error:
            if error.code == "pixels":
                raise ValidationError(
                    _("The picture has too many pixels. Cut it into parts, or save it as a PDF.")
                ) from error
            raise
        return picture.extension, picture.data
    if extension is None and _is_text(sent):
        extension = "txt"
    if extension is None:
        raise ValidationError(
            _("This is no JPEG, PNG, WebP, PDF or plain text, whatever its name says.")
        )
    return extension, sent


def _is_text(data: bytes) -> bool:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(
            (c < " " and c not in _WHITE) or "\x7f" <= c <= "\x9f" or c in "\ufffe\uffff"
            for c in text
        )
    return False


def stage_all(
    uploads: Sequence[File[bytes]],
    kind: EvidenceKind | str,
    *,
    is_shareable: bool = False,
    beside: Iterable[Evidence] = (),
    party: Party | None = None,
) -> tuple[list[Evidence], list[str]]:
    """Keep files of a form, up to the limits of a party: with what is staged already (`beside`)
    and what the party has handed in before. Return what was kept, and for each file that was not
    why, in the reader's language and with its name. One query, and one for each file."""
    kept: list[Evidence] = []
    refused: list[str] = []
    for upload in uploads:
        try:
            require_room([*beside, *kept], party, more=upload.size or 0)
            kept.append(stage(upload, kind, is_shareable=is_shareable))
        except ValidationError as error:
            name = tidy_name(upload.name or "", "", "file").rstrip(".")
            message = " ".join(error.messages)
            refused.append(_("%(name)s: %(message)s") % {"name": name, "message": message})
    return kept, refused


def require_room(files: Sequence[Evidence], party: Party | None = None, *, more: int = 0) -> None:
    """Raise ValidationError where a party would have more than FILES_AT_MOST files in its case,
    or more than ALL_BYTES: `files` besides those that it has, and one of `more` bytes besides."""
    count, size = len(files) + bool(more), sum(row.size for row in files) + more
    if party is not None:
        own = Evidence.objects.filter(party=party, case=party.case).kept()
        own = own.exclude(pk__in=[row.pk for row in files])
        count += own.count()
        size += own.aggregate(total=Sum("size"))["total"] or 0
    if count > FILES_AT_MOST:
        raise ValidationError(
            _("At most %(limit)d files can be handed in.") % {"limit": FILES_AT_MOST}
        )
    if size > ALL_BYTES:
        raise ValidationError(
            _("The files are larger than %(limit)d MB together.") % {"limit": ALL_BYTES // 2**20}
        )


# --- Carrying them from form to form --------------------------------------------------------
def token_of(evidence: Evidence) -> str:
    """Return a signed word for a staged file, by which a form that is shown again carries it."""
    return signing.dumps(evidence.pk, salt=_SALT)


def evidence_of_tokens(tokens: Iterable[str]) -> list[Evidence]:
    """Return the staged files that tokens stand for, each once and in their order. Tokens that are
    forged or too old, and files that a case has already, are passed over. One query."""
    numbers: list[int] = []
    for token in list(tokens)[: 2 * FILES_AT_MOST]:
        try:
            number = signing.loads(token, salt=_SALT, max_age=STAGED_FOR)
        except signing.BadSignature:
            continue
        numbers += [number] if number not in numbers else []
    found = Evidence.objects.filter(case__isnull=True).in_bulk(numbers)
    return [found[number] for number in numbers if number in found]


def set_shareable(staged: Iterable[Evidence], *, is_shareable: bool) -> None:
    """Let staged files follow what their owner ticked last. One query."""
    numbers = [row.pk for row in staged]
    rows = Evidence.objects.filter(pk__in=numbers, case__isnull=True)
    rows.exclude(kind__in=UNSHAREABLE).update(is_shareable=is_shareable)


def drop(staged: Iterable[Evidence]) -> None:
    """Delete staged files that their owner took out of the form. One query."""
    _drop(Evidence.objects.filter(pk__in=[row.pk for row in staged]))


def drop_stale(now: datetime | None = None) -> int:
    """Delete the files that no form has brought into a case within STAGED_FOR; return how many.
    May run at any time, and twice at once."""
    before = (now or timezone.now()) - STAGED_FOR
    return _drop(Evidence.objects.filter(added_at__lt=before))


@transaction.atomic
def _drop(rows: "Iterable[Evidence]") -> int:
    numbers = [row.pk for row in rows]
    # Locked, so that a case which takes one at this moment either has it or finds it gone.
    locked = Evidence.objects.select_for_update().filter(pk__in=numbers, case__isnull=True)
    staged = list(locked.order_by("pk"))
    Evidence.objects.filter(pk__in=[row.pk for row in staged]).delete()
    for row in staged:
        delete_after_commit(row.path)
    return len(staged)


# --- Opening them ---------------------------------------------------------------------------
def open_evidence(
    evidence: Evidence, *, by: User | None = None, party: Party | None = None
) -> File[bytes]:
    """Return the file of evidence, opened; to be served as an attachment only.

    `party` is a claimant who came by the private link, `by` an account. For whoever handed it in;
    for the other side where its owner allowed that and it was forwarded; for who handles cases,
    unless they are a party to this one. What proves an identity needs the permission of its own as
    well, and each time is recorded. Raises PermissionDenied; FileNotFoundError where it was
    erased. At most six queries.
    """
    if evidence.case is None:
        raise PermissionDenied("moderation: no case has it")
    if not _may_open(evidence, by, party):
        if by is None or not _may_open_as_staff(evidence, evidence.case, by):
            raise PermissionDenied("moderation: neither a party nor who handles cases")
        if evidence.kind in UNSHAREABLE and evidence.path:
            payload = {"evidence": evidence.pk}
            record_happening(
                evidence.case, Happening.IDENTITY_VIEWED, reviewer(by), payload=payload
            )
    if not evidence.path:
        raise FileNotFoundError
    return storages["private"].open(evidence.path)


def _may_open(evidence: Evidence, by: User | None, party: Party | None) -> bool:
    """Say whether a party may: its own, or the other side's that was forwarded."""
    if party is not None and party.role == Role.CLAIMANT:
        if evidence.party_id == party.pk:
            return True
        if _is_shared(evidence) and _reached_claimant(evidence, party):
            return True
    if by is None:
        return False
    owners = Q(account=by) | Q(contributor__user=by)
    own = Party.objects.filter(owners, case=evidence.case, role=Role.CONTRIBUTOR)
    if any(row.pk == evidence.party_id for row in own):
        return True
    is_told = any(row.told_at is not None for row in own)
    is_claimants = evidence.party is not None and evidence.party.role == Role.CLAIMANT
    return is_told and is_claimants and _is_shared(evidence)


def _is_shared(evidence: Evidence) -> bool:
    return evidence.is_shareable and evidence.kind not in UNSHAREABLE


def _reached_claimant(evidence: Evidence, party: Party) -> bool:
    """Say whether a contributor's counter-statement was forwarded to this claimant, or to one whom
    this claimant joined."""
    concerned = Q(item__case=party.case_id) | Q(item__joined__case=party.case_id)
    counters = CounterNotice.objects.filter(concerned, party=evidence.party)
    return counters.filter(forwarded_at__isnull=False).exists()


def _may_open_as_staff(evidence: Evidence, case: Case, by: User) -> bool:
    if not by.has_perm("moderation.handle_case"):
        return False
    if evidence.kind in UNSHAREABLE and not by.has_perm("moderation.view_identity"):
        return False
    items = case.items.select_related("article__contributor")
    return not any(has_interest(case, item, by) for item in items)
