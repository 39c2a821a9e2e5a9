"""Withholding and restoring: what a moderator's measure does to an article."""

from datetime import datetime

from django.contrib.admin.models import ADDITION, CHANGE
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article, Picture, Restriction, Scope, User
from articles.search import index_soon
from articles.services.announcing import announce
from articles.services.audit import note_action
from articles.services.derive import rederive
from articles.services.permissions import require
from articles.services.pictures import settle_picture
from articles.services.versions import raise_version


@transaction.atomic
def restrict(
    article: Article,
    by: User | None,
    scope: Scope,
    *,
    reference: str,
    http_status: int = 451,
    passage: str = "",
    picture: Picture | None = None,
    since: datetime | None = None,
) -> Restriction:
    """Withhold an article, a passage or an image of it, and return the row that does.

    In the transaction that writes the row the article leaves every public surface (whole), or
    its prose and summary lose the passage or image. Raises PermissionDenied; ValidationError
    where the passage or image is not in the article, or the row is not consistent.
    """
    require(by, "articles.restrict_article")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    restriction = Restriction(
        article=locked,
        scope=scope,
        http_status=http_status,
        reference=reference.strip(),
        passage=passage.strip(),
        picture=picture,
        since=since or timezone.now(),
        restricted_by=by,
    )
    restriction.full_clean()
    if picture is not None and not _shows(locked, picture):
        raise ValidationError({"picture": _("The article does not show this picture.")})
    restriction.save()
    if scope == Scope.PASSAGE:
        rederive(locked)
        restriction.refresh_from_db()
        if not restriction.is_located:
            raise ValidationError({"passage": _("This passage does not stand in the article.")})
    if picture is not None:
        settle_picture(picture)
    raise_version([locked.pk])
    index_soon([locked.pk])
    announce([locked.pk])
    note_action(restriction, by, ADDITION)
    return restriction


def _shows(article: Article, picture: Picture) -> bool:
    return article.cover_id == picture.pk or article.picture_uses.filter(picture=picture).exists()


@transaction.atomic
def lift(restriction: Restriction, by: User | None, *, at: datetime | None = None) -> Restriction:
    """End a restriction; what other rows withhold stays withheld. Lifting twice changes nothing."""
    require(by, "articles.restrict_article")
    Article.objects.select_for_update().get(pk=restriction.article_id)
    locked = Restriction.objects.select_for_update().get(pk=restriction.pk)
    if locked.lifted_at is not None:
        return locked
    locked.lifted_at = at or timezone.now()
    locked.lifted_by = by
    locked.save(update_fields=["lifted_at", "lifted_by"])
    if locked.scope == Scope.PASSAGE:
        rederive(locked.article)
    if locked.picture is not None:
        settle_picture(locked.picture)
    raise_version([locked.article_id])
    index_soon([locked.article_id])
    announce([locked.article_id])
    note_action(locked, by, CHANGE, [{"changed": {"fields": ["lifted"]}}])
    return locked


def withholding(article: Article) -> Restriction | None:
    """Return the strictest active whole restriction of an article (410 before 451, then the
    oldest), or None. One query."""
    return (
        Restriction.objects.active()
        .filter(article=article, scope=Scope.WHOLE)
        .order_by("http_status", "since", "id")
        .first()
    )
