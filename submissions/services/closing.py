"""Closing an account: what is erased, and what stays without it."""

from allauth.account.models import EmailAddress
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied
from django.db import transaction

from articles.html import picture_keys
from articles.models import Contributor, Picture, User
from articles.services.contributors import closed_byline, drop_picture, move_articles
from articles.services.taxonomy import delete_contributor
from submissions.models import State, Submission, SubmissionVersion
from submissions.services.drafting import delete_draft
from submissions.services.mail import erase_mails, owe_farewell
from submissions.services.submitting import withdraw


def may_close(account: User) -> bool:
    """Say whether an account can close itself: staff cannot, their names stand in records."""
    return not (account.is_staff or account.is_superuser)


@transaction.atomic
def close_account(by: User, *, keeps_byline: bool) -> None:
    """Close one's own account for good.

    Erased: the account with its addresses, password, authenticators, sessions, notices and
    preferences; drafts with their proofs; pictures that nothing shows; every mail to its
    addresses; the notes to the editors. Taken back: what waits or was returned. Kept without the
    account: published and accepted articles (under the byline, or with `keeps_byline` false under
    the shared one for closed accounts), and what was sent in with its timeline and receipts, which
    a later question of rights may need. One mail confirms it.

    Closing twice closes once. Raises PermissionDenied for staff. Some ten queries, and a few for
    each text and picture.
    """
    # Texts before their account, as everyone who decides on one does: else two could wait for
    # each other.
    list(Submission.objects.select_for_update().filter(account=by).order_by("pk"))
    account = User.objects.select_for_update().filter(pk=by.pk).first()
    if account is None:
        return
    if not may_close(account):
        raise PermissionDenied("submissions: staff accounts are closed by a chief editor")
    addresses = {account.email, *_addresses(account)}
    contributor = Contributor.objects.select_for_update().filter(user=account).first()
    pictures = list(Picture.objects.filter(uploaded_by=account))
    shown = _settle_texts(account)
    byline = _settle_byline(contributor, keeps_byline=keeps_byline) if contributor else ""
    for session in UserSession.objects.filter(user=account):
        session.end()
    erase_mails(addresses)
    email = account.email
    account.delete()
    for picture in pictures:
        if picture.key not in shown:
            drop_picture(picture)
    owe_farewell(email, byline=byline)


def _addresses(account: User) -> list[str]:
    return list(EmailAddress.objects.filter(user=account).values_list("email", flat=True))


def _settle_texts(account: User) -> set[str]:
    """Erase, take back and cut loose what an account wrote; return the keys of the pictures that
    the kept texts show."""
    mine = Submission.objects.filter(account=account)
    for draft in mine.filter(state=State.DRAFT):
        delete_draft(draft, account)
    for row in mine.filter(state__in=[State.PENDING, State.HELD, State.RETURNED]):
        withdraw(row, account)
    texts = SubmissionVersion.objects.filter(submission__account=account)
    shown = {key for body in texts.values_list("body", flat=True) for key in picture_keys(body)}
    mine.update(account=None, note="")
    return shown


def _settle_byline(contributor: Contributor, *, keeps_byline: bool) -> str:
    """Return what became of the byline on the articles: "kept", "replaced", or nothing where there
    are none."""
    has_articles = contributor.articles.exists()
    if keeps_byline and has_articles:
        contributor.user = None
        contributor.save(update_fields=["user"])
        return "kept"
    if has_articles or contributor.submissions.exists():
        shared = closed_byline()
        move_articles(contributor, shared, None)
        contributor.submissions.update(contributor=shared)
    delete_contributor(contributor, None)
    return "replaced" if has_articles else ""
