"""What is typed into an article's form and not saved yet, and who has which form open.

Neither touches the article or its history.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.html import strip_control
from articles.models import Article, Autosave, Presence, User
from articles.services.permissions import require

# All that is typed into one form, in bytes.
LARGEST: Final = 2 * 1024 * 1024
_KEPT: Final = timedelta(days=30)
_KEPT_AT_MOST: Final = 20
_FIELDS_AT_MOST: Final = 200
# A form whose page has not been heard of for so long is closed.
AWAY_AFTER: Final = timedelta(seconds=60)
_KEY = re.compile(r"[0-9A-Za-z-]{8,36}")


@dataclass(frozen=True)
class Other:
    """Somebody who has the form open: who, when they were last heard of, whether they typed
    something there that is not saved. `is_oneself`: in another tab."""

    name: str
    seconds: int
    is_dirty: bool
    is_oneself: bool


@dataclass(frozen=True)
class Unsaved:
    """What somebody typed and did not save: its number, title, article (None for a new one, or
    one that is deleted or in the trash) and moment."""

    pk: int
    title: str
    article: Article | None
    when: datetime


# --- What is typed ----------------------------------------------------------------------------
@transaction.atomic
def keep_typing(
    user: User,
    form_key: str,
    article: Article | None,
    version: int,
    fields: Mapping[str, str],
    *,
    takes_over: int | None = None,
) -> Autosave:
    """Keep what somebody has typed into a form, in the place of what the same form had before.

    `version` is that of the article when the form was opened; `takes_over` the number of an
    autosave that was put back into this form, which this one replaces. Raises PermissionDenied;
    ValidationError where it is too large or the key is none. Four queries.
    """
    require(user, f"articles.{'change' if article else 'add'}_article")
    _check(form_key, fields)
    row, _is_new = Autosave.objects.update_or_create(
        user=user,
        form_key=form_key,
        defaults={
            "article": article, "version": version, "updated_at": timezone.now(),
            "fields": {name: strip_control(value) for name, value in fields.items()},
        },
    )  # fmt: skip
    if takes_over is not None:
        Autosave.objects.filter(user=user, pk=takes_over).exclude(pk=row.pk).delete()
    return row


def is_key(form_key: str) -> bool:
    """Whether a text can be the key of a form."""
    return _KEY.fullmatch(form_key) is not None


def _check(form_key: str, fields: Mapping[str, str]) -> None:
    if not is_key(form_key):
        raise ValidationError(_("This form has no key."), code="key")
    size = sum(len(name) + len(value.encode(errors="replace")) for name, value in fields.items())
    if size > LARGEST or len(fields) > _FIELDS_AT_MOST:
        message = _("This is too large to be kept while you type. Save it.")
        raise ValidationError(message, code="too_large")


def drop_typing(user: User, *, form_key: str = "", number: int | None = None) -> int:
    """Forget what somebody typed into a form, by the form's key, its number, or both; return how
    many rows there were. Nobody can drop another's. One query."""
    which = Q(pk=number) if number is not None else Q(pk=None)
    if form_key:
        which |= Q(form_key=form_key)
    return Autosave.objects.filter(which, user=user).delete()[0]


def offers(user: User, article: Article | None) -> QuerySet[Autosave]:
    """Return what somebody typed into forms of an article and did not save, the newest first;
    without an article, what was meant for a new one or for one that is no longer there."""
    rows = Autosave.objects.filter(user=user).order_by("-updated_at", "-pk")
    if article is not None:
        return rows.filter(article=article)
    return rows.filter(Q(article=None) | Q(article__trashed_at__isnull=False))


def unsaved_of(user: User) -> list[Unsaved]:
    """Return all that somebody typed and did not save, the newest first, for those who may still
    write articles. One query."""
    if not any(user.has_perm(f"articles.{verb}_article") for verb in ("change", "add")):
        return []
    rows = Autosave.objects.filter(user=user).select_related("article")
    only = ("fields", "updated_at", "article__title", "article__trashed_at")
    found = []
    for row in rows.only(*only).order_by("-updated_at", "-pk"):
        article = row.article if row.article and row.article.trashed_at is None else None
        title = row.fields.get("title", "").strip() or (article.title if article else "")
        found.append(Unsaved(row.pk, title or _("(no title yet)"), article, row.updated_at))
    return found


# --- Who has it open --------------------------------------------------------------------------
@transaction.atomic
def be_present(user: User, article: Article, form_key: str, *, is_dirty: bool) -> list[Other]:
    """Note that somebody has an article's form open, and return who else has. Four queries at
    most. Raises PermissionDenied."""
    require(user, "articles.change_article")
    _check(form_key, {})
    Presence.objects.update_or_create(
        article=article,
        user=user,
        form_key=form_key,
        defaults={"is_dirty": is_dirty, "seen_at": timezone.now()},
    )
    return others(user, article, form_key)


def leave(user: User, form_key: str) -> None:
    """Note that a form was closed. One query."""
    Presence.objects.filter(user=user, form_key=form_key).delete()


def others(user: User, article: Article, form_key: str = "") -> list[Other]:
    """Return who else has an article's form open, each person once, those who type first. Only
    for those who may view articles: for others it is empty. One query."""
    if not user.has_perm("articles.view_article"):
        return []
    now = timezone.now()
    rows = Presence.objects.filter(article=article, seen_at__gt=now - AWAY_AFTER)
    rows = rows.exclude(user=user, form_key=form_key).select_related("user")
    return _each_once(rows.order_by("-is_dirty", "-seen_at"), user, now)


def _each_once(rows: Iterable[Presence], user: User, now: datetime) -> list[Other]:
    found: dict[int, Other] = {}
    for row in rows:
        seconds = max(0, round((now - row.seen_at).total_seconds()))
        is_oneself = row.user_id == user.pk
        found.setdefault(row.user_id, Other(str(row.user), seconds, row.is_dirty, is_oneself))
    return list(found.values())


# --- Kept in bounds ---------------------------------------------------------------------------
def prune_typing() -> int:
    """Delete what was typed more than thirty days ago, what a person has beyond the newest twenty,
    and open forms that are long closed; return how many autosaves went. For the periodic
    command: idempotent, three queries, two more for each person who has too many."""
    now = timezone.now()
    Presence.objects.filter(seen_at__lt=now - 10 * AWAY_AFTER).delete()
    count = Autosave.objects.filter(updated_at__lt=now - _KEPT).delete()[0]
    many = Autosave.objects.values("user").annotate(rows=Count("pk")).filter(rows__gt=_KEPT_AT_MOST)
    for user_id in many.order_by().values_list("user", flat=True):
        rows = Autosave.objects.filter(user_id=user_id).order_by("-updated_at", "-pk")
        beyond = list(rows.values_list("pk", flat=True)[_KEPT_AT_MOST:])
        if beyond:
            count += Autosave.objects.filter(pk__in=beyond).delete()[0]
    return count
