"""The count by which a form learns that its article was changed since it was opened."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.models import Article, Restriction, Status, User

_COMPARED = (
    "title", "body", "excerpt", "cover_id", "category_id", "contributor_id", "origin",
    "source_name", "source_url", "ai_label", "published_at", "featured", "sticky", "tag_names",
)  # fmt: skip


class StaleError(ValidationError):
    """The article was changed since the version that a change is based on."""

    def __init__(self, current: int) -> None:
        message = _(
            "This article was changed after you had opened it. Nothing was saved; what you typed "
            "is still here."
        )
        super().__init__(message, code="stale")
        self.current = current


@dataclass(frozen=True)
class Happening:
    """What was done to an article in between: when, by whom (empty for the system), and what."""

    when: datetime
    who: str
    what: str


def raise_version(numbers: Iterable[int]) -> None:
    """Make every form that is open on these articles stale, in the transaction that changes them.

    For changes that write no whole row (a restriction, a renamed tag, another byline); what saves
    the row counts by itself. One query.
    """
    Article.objects.filter(pk__in=list(numbers)).update(version=F("version") + 1)


def require_version(article: Article, version: str) -> None:
    """Raise StaleError unless the article still has the version that a form was opened with; a
    form that names none is stale. The row stays locked until the transaction ends, so that of two
    savers one is refused. Raises Article.DoesNotExist. One query."""
    current = Article.objects.select_for_update().only("version").get(pk=article.pk).version
    if version != str(current):
        raise StaleError(current)


def version_at(article: Article, version: str) -> Article | None:
    """Return an article as it stood when it had a version; None where no such is known. What
    history does not keep is as it is now. Two queries."""
    row = _revision_at(article, version)
    return row.instance if row is not None else None


def _revision_at(article: Article, version: str) -> Any:
    is_number = version.isascii() and version.isdigit() and len(version) < 10
    if not is_number or int(version) > article.version:
        return None
    rows = article.history.filter(version__lte=int(version))
    return rows.order_by("-version", "-history_id").first()


def happened_since(
    article: Article, version: str, by: User, *, opened_at: datetime | None = None
) -> list[Happening]:
    """Return what was done to an article since a version, in its order: the saved revisions, the
    restrictions laid on it and lifted (their references for those who may see them), tags renamed,
    related articles chosen, and that it is in the trash.

    `opened_at` is the moment when the form was opened; it decides on what has a date and no
    version. Six queries.
    """
    start = _revision_at(article, version)
    if start is None:
        return []
    rows = article.history.filter(version__gt=int(version)).select_related("history_user")
    rows = list(rows.order_by("version", "history_id"))
    found = list(_saved(start, rows))
    found += _restricted(article, opened_at or start.history_date, by)
    for choice in article.related_choices.filter(made_at__gt=opened_at or start.history_date):
        what = _("chose what stands below it; look at these choices once more")
        found.append(Happening(choice.made_at, str(choice.by or ""), what))
    last = rows[-1] if rows else start
    if article.tag_names != last.tag_names:
        names = (_listed(last.tag_names), _listed(article.tag_names))
        found.append(Happening(timezone.now(), "", _("the tags %s became %s") % names))
    if article.trashed_at is not None:
        who = str(article.trashed_by) if article.trashed_by else ""
        found.append(Happening(article.trashed_at, who, _("moved it to the trash")))
    return sorted(found, key=lambda happening: happening.when)


def _listed(names: list[str]) -> str:
    return "、".join(names) or "—"


def _saved(before: Any, rows: list[Any]) -> Iterator[Happening]:
    for row in rows:
        who = str(row.history_user) if row.history_user else ""
        yield Happening(row.history_date, who, _what(before, row))
        before = row


def _what(before: Any, row: Any) -> str:
    if before.status != row.status:
        moment = timezone.localtime(row.published_at) if row.published_at else None
        return {
            Status.PUBLISHED: _("published it"),
            Status.SCHEDULED: _("scheduled it for %s")
            % (f"{moment:%Y-%m-%d %H:%M}" if moment else "—"),
            Status.UNPUBLISHED: _("withdrew it"),
            Status.DRAFT: _("made it a draft again"),
        }[Status(row.status)]
    names = changed_names(before, row)
    return _("changed: %s") % "、".join(names) if names else _("saved it")


def changed_names(before: Any, after: Any) -> list[str]:
    """Return what of an article's fields differs between two of its revisions, in words. None."""
    return [
        str(_("tags") if name == "tag_names" else Article._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
        for name in _COMPARED
        if getattr(before, name) != getattr(after, name)
    ]


def _restricted(article: Article, since: datetime, by: User) -> Iterator[Happening]:
    rows = Restriction.objects.filter(article=article).filter(
        Q(since__gt=since) | Q(lifted_at__gt=since)
    )
    may_see = by.has_perm("articles.view_restriction")
    for row in rows.order_by("pk"):
        reference = f" ({row.reference})" if may_see and row.reference else ""
        laid = _("%s was withheld") % row.get_scope_display()
        if row.since > since:
            yield Happening(row.since, "", f"{laid}{reference}")
        if row.lifted_at is not None and row.lifted_at > since:
            lifted = _("%s is shown again") % row.get_scope_display()
            yield Happening(row.lifted_at, "", f"{lifted}{reference}")
