"""What stands at the head of the home page."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from articles.models import Article, ArticleQuerySet, User
from articles.services.permissions import require
from articles.services.publishing import record


def featured_articles() -> ArticleQuerySet:
    """Return the featured articles in the order of the home page: those that stick first, then by
    date; what is not public stands last."""
    rows = Article.objects.on_desk().filter(featured=True)
    return rows.order_by("-sticky", "-public_at", "-pk")


@transaction.atomic
def feature(article: Article, by: User | None, *, featured: bool, sticky: bool = False) -> Article:
    """Put an article at the head of the home page, let it stick there, or take it away; a revision
    says who did. What is as it should be stays.

    Raises PermissionDenied, Article.DoesNotExist; ValidationError for one in the trash, or one
    that is to stick without being featured.
    """
    require(by, "articles.change_article")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if locked.trashed_at is not None:
        raise ValidationError(_("The article is in the trash. Take it out first."))
    if sticky and not featured:
        raise ValidationError(_("Only what is featured can stick."))
    if (locked.featured, locked.sticky) == (featured, sticky):
        return locked
    locked.featured, locked.sticky = featured, sticky
    if not featured:
        note = _("No longer on the home page")
    else:
        note = _("First on the home page") if sticky else _("On the home page")
    record(locked, by, note)
    return locked
