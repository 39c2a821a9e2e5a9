"""What chief editors lay down: watched words, ready reasons, the terms."""

from typing import TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from articles.folding import fold
from articles.models import User
from articles.services.permissions import require
from submissions.models import CannedReason, Terms, WatchedWord

Rule = TypeVar("Rule", WatchedWord, CannedReason)


@transaction.atomic
def save_rule(row: Rule, by: User | None) -> Rule:
    """Write a watched word or a ready reason. Raises PermissionDenied, ValidationError."""
    verb = "add" if row._state.adding else "change"
    require(by, f"submissions.{verb}_{row._meta.model_name}")
    if isinstance(row, WatchedWord) and not fold(row.word):
        raise ValidationError({"word": _("Marks alone are never found. Write a word.")})
    row.full_clean()
    row.save()
    return row


@transaction.atomic
def delete_rule(row: WatchedWord | CannedReason, by: User | None) -> None:
    """Delete a watched word or a ready reason; nothing refers to it. Raises PermissionDenied."""
    require(by, f"submissions.delete_{row._meta.model_name}")
    row.delete()


@transaction.atomic
def add_terms(text: str, by: User | None) -> Terms:
    """Put new terms in force, which whoever sends a text in from now on agrees to. None is ever
    changed: receipts name them. Raises PermissionDenied, ValidationError."""
    require(by, "submissions.add_terms")
    last = Terms.objects.select_for_update().order_by("-number").first()
    if last is not None and last.text.strip() == text.strip():
        raise ValidationError({"text": _("These are the terms that are in force already.")})
    terms = Terms(number=last.number + 1 if last is not None else 1, text=text.strip())
    terms.full_clean()
    terms.save()
    return terms
