"""The trash: where an article lies for 30 days before it is deleted for good."""

import logging
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article, Scope, Status, User
from articles.services.permissions import require
from articles.services.publishing import delete_article, record, unpublish

KEPT = timedelta(days=30)
log = logging.getLogger(__name__)


@transaction.atomic
def trash(article: Article, by: User | None, note: str = "") -> Article:
    """Put an article into the trash, withdrawn before where it is public or scheduled; what refers
    to it (cases, submissions, topics) goes on referring to it. Twice changes nothing.

    Raises PermissionDenied, also for a public article where `by` may not withdraw it;
    Article.DoesNotExist; ValidationError where a notice stands in a public article's place: the
    trash would take that away from those who ask for it.
    """
    require(by, "articles.trash_article")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if locked.trashed_at is not None:
        return locked
    if locked.status in {Status.PUBLISHED, Status.SCHEDULED}:
        if locked.restrictions.active().filter(scope=Scope.WHOLE).exists():
            raise ValidationError(
                _("A measure withholds this article, and its notice stands in the article's place.")
            )
        locked = unpublish(locked, by, note=note)
    locked.trashed_at, locked.trashed_by = timezone.now(), by
    record(locked, by, note or _("Moved to the trash"))
    return locked


@transaction.atomic
def untrash(article: Article, by: User | None, note: str = "") -> Article:
    """Take an article out of the trash, as the draft or withdrawn article that it was; never
    public by itself. One that is not there stays as it is.

    Raises PermissionDenied, Article.DoesNotExist (it was deleted for good).
    """
    require(by, "articles.trash_article")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if locked.trashed_at is None:
        return locked
    locked.trashed_at = locked.trashed_by = None
    record(locked, by, note or _("Taken out of the trash"))
    return locked


@transaction.atomic
def delete_now(article: Article, by: User | None) -> None:
    """Delete an article of the trash for good, with its revisions; the last one stays without its
    text, to say who deleted what and when.

    Raises PermissionDenied, Article.DoesNotExist; ValidationError for one that is not in the
    trash, or that a case or a restriction refers to.
    """
    require(by, "articles.delete_article")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if locked.trashed_at is None:
        raise ValidationError(_("Only what is in the trash is deleted for good."))
    number = locked.pk
    delete_article(locked, by)
    revisions = Article.history.filter(id=number)
    revisions.exclude(history_type="-").delete()
    revisions.update(body="", excerpt="")


def purge_trash() -> int:
    """Delete for good what has lain in the trash for 30 days; return how many articles. What a
    case or a restriction refers to stays there, and the log says so.

    For the periodic command: may run twice, and twice at once. One transaction an article.
    """
    before = timezone.now() - KEPT
    due = Article.objects.filter(trashed_at__lt=before).order_by("trashed_at")
    return sum(_purge(pk) for pk in list(due.values_list("pk", flat=True)))


def _purge(number: int) -> bool:
    before = timezone.now() - KEPT
    with transaction.atomic():
        # Somebody may have taken it out meanwhile, or another process deleted it.
        rows = Article.objects.select_for_update().filter(trashed_at__lt=before)
        article = rows.filter(pk=number).first()
        if article is None:
            return False
        try:
            delete_now(article, None)
        except ValidationError as error:
            log.info("Article %d stays in the trash: %s", number, " ".join(error.messages))
            return False
    return True


def days_left(article: Article) -> int:
    """Return in how many days an article of the trash is deleted for good, at least 0."""
    if article.trashed_at is None:
        raise ValueError("It is not in the trash.")
    return max(0, -(-(article.trashed_at + KEPT - timezone.now()) // timedelta(days=1)))
