"""Bylines whose person leaves: handed to the shared one that names nobody, or forgotten."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from articles.folding import fold
from articles.models import Article, Contributor, ListKind, Picture, User
from articles.services.library import is_used
from articles.services.listing import keep_all_of
from articles.services.permissions import require
from articles.services.pictures import delete_picture
from articles.services.taxonomy import free_slug


def closed_byline() -> Contributor:
    """Return the byline that stands in place of those who left and took theirs along, made where
    there is none. It is one row for all, so that nobody can tell which of its articles are by the
    same person."""
    name = _("Closed account")
    row, _is_new = Contributor.objects.get_or_create(
        folded_name=fold(name).replace(" ", ""),
        defaults={"name": name, "slug": free_slug(Contributor, name, "closed")},
    )
    return row


def is_closed_byline(contributor: Contributor) -> bool:
    """Say whether a byline is the one that stands for those who left. No query."""
    return contributor.folded_name == fold(_("Closed account")).replace(" ", "")


@transaction.atomic
def move_articles(origin: Contributor, target: Contributor, by: User | None) -> int:
    """Give all articles of a byline to another one; return how many. Dates, texts and revisions
    stay as they are, but the revisions, too, name the new byline: the old one may then be deleted,
    and a revision that is restored brings it not back. Raises PermissionDenied. Two queries,
    and those of keep_all_of()."""
    require(by, "articles.change_contributor")
    Article.history.filter(contributor_id=origin.pk).update(contributor_id=target.pk)
    moved = Article.objects.filter(contributor=origin)
    count = moved.update(contributor=target, version=F("version") + 1)
    keep_all_of(ListKind.CONTRIBUTOR, origin.pk)
    return count


def drop_picture(picture: Picture) -> bool:
    """Delete a picture with its files unless something stands on it; say whether it is gone."""
    if is_used(picture):
        return False
    try:
        delete_picture(picture, None)
    except ValidationError:
        return False  # Something above this app stands on it.
    return True
