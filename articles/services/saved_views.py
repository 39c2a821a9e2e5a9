"""Lists of the desk that are kept under a name: filters, search and order together."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from articles.models import SavedView, User
from articles.services.permissions import require

AT_MOST = 30


def views_for(user: User, model: str) -> list[SavedView]:
    """Return somebody's own views of a model's list, and those for everybody. One query."""
    rows = SavedView.objects.filter(Q(user=user) | Q(is_shared=True), model=model)
    return list(rows.select_related("user"))


@transaction.atomic
def save_view(by: User, model: str, name: str, query: str, *, is_shared: bool = False) -> SavedView:
    """Keep a list under a name. `query` is the address's, of parameters that the caller knows.

    Raises PermissionDenied where `by` may not see the list; ValidationError for a name that is
    blank, too long or taken by another of their views, and where they have 30.
    """
    app, _dot, row = model.partition(".")
    require(by, f"{app}.view_{row}")
    view = SavedView(user=by, model=model, name=_plain(name), query=query, is_shared=is_shared)
    if SavedView.objects.filter(user=by, model=model).count() >= AT_MOST:
        raise ValidationError(_("You have %(n)d views already.") % {"n": AT_MOST})
    _save(view)
    return view


@transaction.atomic
def rename_view(view: SavedView, by: User, name: str) -> SavedView:
    """Give one of one's own views another name. Raises PermissionDenied, ValidationError,
    SavedView.DoesNotExist."""
    locked = SavedView.objects.select_for_update().get(pk=view.pk)
    if locked.user_id != by.pk:
        raise PermissionDenied
    locked.name = _plain(name)
    _save(locked)
    return locked


@transaction.atomic
def delete_view(view: SavedView, by: User) -> None:
    """Delete a view: one's own, or one for everybody with the permission. Raises
    PermissionDenied, SavedView.DoesNotExist."""
    locked = SavedView.objects.select_for_update().get(pk=view.pk)
    if not may_delete(locked, by):
        raise PermissionDenied
    locked.delete()


def may_delete(view: SavedView, user: User) -> bool:
    if view.user_id == user.pk:
        return True
    return view.is_shared and user.has_perm("articles.delete_savedview")


def _plain(name: str) -> str:
    return " ".join(name.split())


def _save(view: SavedView) -> None:
    same = SavedView.objects.filter(user=view.user, model=view.model, name=view.name)
    if same.exclude(pk=view.pk).exists():
        raise ValidationError({"name": _("You have a view of this name already.")})
    view.full_clean()
    view.save()
