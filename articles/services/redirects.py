"""Old addresses that lead on."""

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
