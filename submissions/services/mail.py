"""Mail to contributors: a template a happening, owed as a row in the transaction of the change."""

import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone
from post_office import mail
from post_office.models import STATUS, Email

from articles.models import User
from articles.services.site import get_site
from submissions.models import Happening, MailPreference, Receipt, Remark, Submission

# Mails that one may do without; the others tell of a decision about one's own text.
OPTIONAL = (Happening.SUBMITTED, Happening.SCHEDULED)
# Happenings that carry the editors' remarks.
_DECISIONS = (
    Happening.RETURNED, Happening.SCHEDULED, Happening.PUBLISHED, Happening.DECLINED,
)  # fmt: skip
# The header by which the mails are found that are to be erased when they are delivered.
FAREWELL = "X-Tougao-Farewell"
_signer = Signer(salt="submissions.unsubscribe")


def owe_mail(submission: Submission, happening: Happening, note: str = "") -> None:
    """Owe a submission's author the mail of a happening, unless it is muted. Four queries, five
    for a decision (its remarks) and for a receipt."""
    account = submission.account
    if account is None or not _wants(account, happening):
        return
    context = _context(submission, happening, note)
    unsubscribe = unsubscribe_address(account, happening) if happening in OPTIONAL else ""
    context["unsubscribe"] = unsubscribe
    headers = {}
    if unsubscribe:
        headers["List-Unsubscribe"] = f"<{unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    _owe(account.email, happening.value, context, headers)


def _context(submission: Submission, happening: Happening, note: str) -> dict[str, Any]:
    return {
        "submission": submission,
        "title": " ".join(str(submission).split()),
        "note": note.strip(),
        "remarks": _remarks(submission, happening),
        "receipt": _receipt(submission, happening),
        "days": settings.REVIEW_DAYS,
        "address": f"{settings.SITE_URL}{submission.get_absolute_url()}",
        "article": _article_address(submission),
        "begin": f"{settings.SITE_URL}/submit/",
    }


def preview(submission: Submission, happening: Happening, note: str) -> tuple[str, str]:
    """Return the subject and the text of the mail of a decision that is yet to be made, with the
    remarks that would go out with it. Owes nothing. Three queries."""
    unsent = list(submission.remarks.filter(sent_at__isnull=True))
    context = _context(submission, happening, note) | {"remarks": unsent, "unsubscribe": ""}
    return _compose(happening.value, context)


def owe_farewell(email: str, *, byline: str = "") -> None:
    """Owe the mail that says that an account is closed, and that the byline on its articles was
    "kept" or "replaced"; nothing where there were none. Its row is erased once it is delivered
    (`erase_farewells`): it is the last place where the address stands."""
    _owe(email, "closed", {"byline": byline}, {FAREWELL: "closed"})


def _compose(name: str, context: dict[str, Any]) -> tuple[str, str]:
    """Return the subject and the text of a mail; its template's first line is the subject."""
    site = get_site()
    context = {"site": site, "preferences": f"{settings.SITE_URL}/me/settings/", **context}
    text = render_to_string(f"submissions/mail/{name}.txt", context).strip()
    subject, _newline, message = text.partition("\n")
    message = re.sub(r"\n{3,}", "\n\n", message.strip())
    return f"【{site.name}】{' '.join(subject.split())}"[:200], f"{message}\n"


def _owe(email: str, name: str, context: dict[str, Any], headers: dict[str, str]) -> None:
    """Owe a mail. One query and the row."""
    subject, message = _compose(name, context)
    mail.send(
        email,
        settings.DEFAULT_FROM_EMAIL,
        subject=subject,
        message=message,
        headers={"Auto-Submitted": "auto-generated", **headers},
    )


def _remarks(submission: Submission, happening: Happening) -> list[Remark]:
    """Return what the editors remarked with this very decision."""
    if happening not in _DECISIONS or submission.decided_at is None:
        return []
    scheduled = submission.events.filter(happening=Happening.SCHEDULED, version=submission.version)
    if happening == Happening.PUBLISHED and scheduled.exists():
        return []  # They went out when it was accepted.
    return list(submission.remarks.filter(sent_at=submission.decided_at))


def _receipt(submission: Submission, happening: Happening) -> Receipt | None:
    if happening != Happening.SUBMITTED:
        return None
    return submission.receipts.filter(version=submission.version).first()


def _article_address(submission: Submission) -> str:
    if submission.article_id is None:
        return ""
    return f"{settings.SITE_URL}/p/{submission.article_id}.html"


def erase_farewells() -> int:
    """Erase the farewells that are delivered, and those that a week could not deliver. For the
    periodic command: safe to run twice. Returns how many rows."""
    rows = Email.objects.filter(headers__has_key=FAREWELL)
    late = timezone.now() - timedelta(days=7)
    return int(rows.filter(Q(status=STATUS.sent) | Q(created__lt=late)).delete()[0])


def erase_mails(addresses: Iterable[str]) -> None:
    """Erase every mail to these addresses, sent or not. Two queries an address."""
    for address in addresses:
        Email.objects.filter(to=address).delete()


def _wants(account: User, happening: Happening) -> bool:
    if happening not in OPTIONAL:
        return True
    preference = MailPreference.objects.filter(account=account).first()
    return preference is None or preference.wants(happening.value)


def unsubscribe_address(account: User, happening: Happening) -> str:
    """Return the address that mutes one kind of mail with one click (RFC 8058)."""
    token = _signer.sign(f"{account.pk}:{happening.value}")
    return f"{settings.SITE_URL}/me/unsubscribe/{token}/"


@transaction.atomic
def unsubscribe(token: str) -> Happening:
    """Mute the kind of mail that a signed token names, and return it. Doing it twice does it
    once. Raises BadSignature."""
    account, happening = read_token(token)
    set_muted(account, {*muted(account), happening})
    return happening


def read_token(token: str) -> tuple[User, Happening]:
    """Return whose mails of which kind a token mutes. Raises BadSignature, also where the account
    is gone. One query."""
    number, _colon, happening = _signer.unsign(token).partition(":")
    account = User.objects.filter(pk=number).first()
    if account is None or happening not in {h.value for h in OPTIONAL}:
        raise BadSignature(token)
    return account, Happening(happening)


def muted(account: User) -> set[str]:
    """Return the kinds of mail that an account does not want. One query."""
    preference = MailPreference.objects.filter(account=account).first()
    return set(preference.muted) if preference is not None else set()


@transaction.atomic
def set_muted(account: User, happenings: set[str]) -> None:
    """Set which of the optional mails an account does not want."""
    known = sorted(happenings & {happening.value for happening in OPTIONAL})
    MailPreference.objects.update_or_create(account=account, defaults={"muted": known})
