"""Mail to contributors: a template a happening, owed as a row in the transaction of the change."""

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.template.loader import render_to_string
from post_office import mail

from articles.models import User
from articles.services.site import get_site
from submissions.models import Happening, MailPreference, Submission

# Mails that one may do without; the others tell of a decision about one's own text.
OPTIONAL = (Happening.SUBMITTED, Happening.SCHEDULED)
_signer = Signer(salt="submissions.unsubscribe")


def owe_mail(submission: Submission, happening: Happening, note: str = "") -> None:
    """Owe a submission's author the mail of a happening, unless it is muted. The template's first
    line is the subject. Three queries."""
    account = submission.account
    if account is None or not _wants(account, happening):
        return
    site = get_site()
    context = {
        "submission": submission,
        "note": note,
        "site": site,
        "address": f"{settings.SITE_URL}{submission.get_absolute_url()}",
        "preferences": f"{settings.SITE_URL}/me/settings/",
        "unsubscribe": unsubscribe_address(account, happening) if happening in OPTIONAL else "",
    }
    text = render_to_string(f"submissions/mail/{happening.value}.txt", context).strip()
    subject, _newline, message = text.partition("\n")
    headers = {"List-Unsubscribe": f"<{context['unsubscribe']}>"} if context["unsubscribe"] else {}
    if headers:
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.send(
        account.email,
        settings.DEFAULT_FROM_EMAIL,
        subject=f"【{site.name}】{' '.join(subject.split())}"[:200],
        message=message.strip() + "\n",
        headers=headers or None,
    )


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
def unsubscribe(token: str) -> str:
    """Mute the kind of mail that a signed token names, and return it. Raises BadSignature."""
    number, _colon, happening = _signer.unsign(token).partition(":")
    account = User.objects.filter(pk=number).first()
    if account is None or happening not in {h.value for h in OPTIONAL}:
        raise BadSignature(token)
    set_muted(account, {*muted(account), happening})
    return happening


def muted(account: User) -> set[str]:
    preference = MailPreference.objects.filter(account=account).first()
    return set(preference.muted) if preference is not None else set()


@transaction.atomic
def set_muted(account: User, happenings: set[str]) -> None:
    """Set which of the optional mails an account does not want."""
    known = sorted(happenings & {happening.value for happening in OPTIONAL})
    MailPreference.objects.update_or_create(account=account, defaults={"muted": known})
