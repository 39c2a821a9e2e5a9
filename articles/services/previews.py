"""Links under which somebody without an account may look at an article for a while."""

from datetime import datetime, timedelta
from typing import Final

from django.core import signing
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article, PreviewLink, User
from articles.services.permissions import require

# Whoever asks for an opinion waits no longer; what is older is forgotten in somebody's chat.
LONGEST: Final = timedelta(days=7)
LINKS_AT_MOST: Final = 20
_signer = signing.Signer(salt="articles.preview")


@transaction.atomic
def share_preview(article: Article, by: User | None, until: datetime) -> PreviewLink:
    """Make a link that shows the article as it is saved, to whoever has it, until a moment at most
    LONGEST ahead.

    Raises PermissionDenied; ValidationError for another moment, an article in the trash, or one
    that has LINKS_AT_MOST already. Three queries.
    """
    require(by, "articles.change_article")
    locked = Article.objects.select_for_update().only("trashed_at").get(pk=article.pk)
    if locked.trashed_at is not None:
        raise ValidationError(_("The article is in the trash. Take it out first."))
    now = timezone.now()
    if not now < until <= now + LONGEST:
        raise ValidationError(_("A preview link ends within seven days."))
    if live_links(locked).count() >= LINKS_AT_MOST:
        text = _("There are %(n)d links to this preview already. Revoke one of them first.")
        raise ValidationError(text % {"n": LINKS_AT_MOST})
    return PreviewLink.objects.create(article=locked, created_by=by, expires_at=until)


@transaction.atomic
def revoke_preview(link: PreviewLink, by: User | None) -> PreviewLink:
    """End a link at once; one that has ended stays as it is. Raises PermissionDenied."""
    require(by, "articles.change_article")
    locked = PreviewLink.objects.select_for_update().get(pk=link.pk)
    if locked.revoked_at is None:
        locked.revoked_at = timezone.now()
        locked.save(update_fields=["revoked_at"])
    return locked


def live_links(article: Article) -> QuerySet[PreviewLink]:
    """Return the links to an article's preview that still open, the newest first."""
    return article.preview_links.filter(revoked_at__isnull=True, expires_at__gt=timezone.now())


def preview_address(link: PreviewLink) -> str:
    """Return the path under which a link opens; nobody can make one up."""
    return f"/preview/{_signer.sign(str(link.pk))}/"


def find_preview(token: str) -> PreviewLink | None:
    """Return the link of a token while it opens, with its article; None for one that has ended,
    was revoked or never was, and while the article is in the trash. One query, none for a token
    that is not ours."""
    try:
        number = int(_signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return (
        PreviewLink.objects.filter(
            pk=number,
            revoked_at__isnull=True,
            expires_at__gt=timezone.now(),
            article__trashed_at__isnull=True,
        )
        .select_related("article__contributor", "article__category", "article__cover")
        .first()
    )


def count_preview(link: PreviewLink) -> None:
    """Count that a link was opened. One query."""
    PreviewLink.objects.filter(pk=link.pk).update(opened=F("opened") + 1)
