"""Old addresses that lead on."""

from urllib.parse import unquote

from django.db import transaction

from articles.models import Redirect, User
from articles.services.permissions import require


@transaction.atomic
def save_redirect(redirect: Redirect, by: User | None) -> Redirect:
    """Save a redirect, validated. Raises PermissionDenied, ValidationError."""
    require(by, f"articles.{'change' if redirect.pk else 'add'}_redirect")
    redirect.old_path = redirect.old_path.strip()
    redirect.target = redirect.target.strip()
    redirect.full_clean()
    redirect.save()
    return redirect


@transaction.atomic
def delete_redirect(redirect: Redirect, by: User | None) -> None:
    """Forget a redirect: its address is not found again. Raises PermissionDenied."""
    require(by, "articles.delete_redirect")
    redirect.delete()


def find_redirect(address: str) -> str | None:
    """Return the path where an old address (path and query, as asked for) leads now, or None.

    The redirect that names the query string goes before that of the path alone. One query.
    """
    full = unquote(address)
    path = full.partition("?")[0]
    asked = {full, path, path.rstrip("/") + "/"}
    usable = [old[:500] for old in asked if "\x00" not in old]
    found = {row.old_path: row for row in Redirect.objects.filter(old_path__in=usable)}
    for old in sorted(found, key=len, reverse=True):
        row = found[old]
        return f"/p/{row.article_id}.html" if row.article_id else row.target
    return None
