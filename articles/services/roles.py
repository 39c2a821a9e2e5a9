"""Who may do what: the roles of the desk, written down once."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

EDITOR: Final = "editor"
CHIEF_EDITOR: Final = "chief editor"
MODERATOR: Final = "moderator"

LABELS: Final[dict[str, "StrOrPromise"]] = {
    EDITOR: _("Editor"),
    CHIEF_EDITOR: _("Chief editor"),
    MODERATOR: _("Moderator"),
}


def permissions_of(app: str, model: str, verbs: str = "view add change delete") -> frozenset[str]:
    return frozenset(f"{app}.{verb}_{model}" for verb in verbs.split())


_EDITOR = (
    permissions_of("articles", "article", "view add change publish restore trash")
    | permissions_of("articles", "picture", "view add change")
    | permissions_of("articles", "topic", "view add change")
    | permissions_of("articles", "category", "view")
    | permissions_of("articles", "contributor", "view")
    | permissions_of("articles", "page", "view")
    | permissions_of("articles", "searchcount", "view")
)
_CHIEF_EDITOR = (
    _EDITOR
    | permissions_of("articles", "article", "delete")
    | permissions_of("articles", "picture", "delete")
    | permissions_of("articles", "topic", "delete")
    # Of the views that colleagues saved for everybody.
    | permissions_of("articles", "savedview", "delete")
    | permissions_of("articles", "category")
    | permissions_of("articles", "page")
    | permissions_of("articles", "contributor")
    | permissions_of("articles", "redirect")
    | permissions_of("articles", "missingpath", "view delete")
    | permissions_of("articles", "enginepush", "view change")
    | permissions_of("articles", "sitesettings", "view change")
    | permissions_of("articles", "user", "view")
    | permissions_of("taggit", "tag")
    # A mail may hold a sign-in code: who reads mail (in local runs) must be trusted with that.
    | permissions_of("post_office", "email", "view")
)
_MODERATOR = (
    permissions_of("articles", "article", "view restrict")
    | permissions_of("articles", "restriction", "view")
    | permissions_of("articles", "picture", "view")
)

# Group → its permissions in this app. The apps above have tables of their own; settings.ROLE_TABLES
# names them all.
ROLES: Final[dict[str, frozenset[str]]] = {
    EDITOR: _EDITOR,
    CHIEF_EDITOR: _CHIEF_EDITOR,
    MODERATOR: _MODERATOR,
}


def all_roles() -> dict[str, frozenset[str]]:
    """Return group → its permissions in all apps: the tables that settings.ROLE_TABLES names,
    added up."""
    roles: dict[str, frozenset[str]] = {}
    for path in settings.ROLE_TABLES:
        for name, codes in import_string(path).items():
            roles[name] = roles.get(name, frozenset()) | codes
    return roles


@transaction.atomic
def sync_roles() -> dict[str, tuple[int, int]]:
    """Give each role's group exactly its permissions; return group → (granted, taken away).

    Idempotent; four queries for a group that agrees. Groups of other names are left alone.
    Raises LookupError where a permission does not exist (the migrations have not run).
    """
    changes: dict[str, tuple[int, int]] = {}
    for name, codes in all_roles().items():
        group, _is_new = Group.objects.get_or_create(name=name)
        wanted = {permission.pk: permission for permission in _permissions(codes)}
        present = set(group.permissions.values_list("pk", flat=True))
        group.permissions.add(*(wanted.keys() - present))
        group.permissions.remove(*(present - wanted.keys()))
        changes[name] = (len(wanted.keys() - present), len(present - wanted.keys()))
    return changes


def _permissions(codes: Iterable[str]) -> list[Permission]:
    named = sorted(code.split(".", 1) for code in codes)
    query = Q()
    for app, codename in named:
        query |= Q(content_type__app_label=app, codename=codename)
    found = list(Permission.objects.filter(query).select_related("content_type"))
    known = {f"{p.content_type.app_label}.{p.codename}" for p in found}
    if missing := sorted(set(codes) - known):
        raise LookupError(f"No such permission: {', '.join(missing)}. Run migrate first.")
    return found
