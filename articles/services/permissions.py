from django.core.exceptions import PermissionDenied

from articles.models import User


def require(by: User | None, permission: str) -> None:
    """Raise PermissionDenied unless `by` has the permission; the system (None) may do anything."""
    if by is not None and not by.has_perm(permission):
        raise PermissionDenied(permission)
