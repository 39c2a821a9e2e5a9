"""Accounts that the operator makes."""

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from articles.models import User
from articles.services.permissions import require
from articles.services.roles import CHIEF_EDITOR, sync_roles


@transaction.atomic
def create_chief_editor(by: User | None, *, email: str, name: str, password: str) -> User:
    """Make the account of a chief editor who may also manage accounts, and return it.

    The address counts as confirmed: the operator vouches for it. Raises PermissionDenied, and
    ValidationError for an address that is taken or malformed, or for a weak password.
    """
    require(by, "articles.add_user")
    user = User(email=email.strip().lower(), name=name.strip(), is_staff=True, is_superuser=True)
    if not user.name:
        raise ValidationError({"name": _("Give a name.")})
    user.full_clean(exclude=["password"])
    validate_password(password, user)
    user.set_password(password)
    user.save()
    sync_roles()
    user.groups.add(Group.objects.get(name=CHIEF_EDITOR))
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def settle_address(user: User, by: User | None) -> None:
    """Make an account's address, which staff have changed, the only one that signs in: no code
    and no link goes to those of before. It is confirmed at the next sign-in. Raises
    PermissionDenied."""
    require(by, "articles.change_user")
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.get_or_create(
        user=user, email=user.email, defaults={"verified": False, "primary": True}
    )
