"""What was changed lately, and by whom: the articles' revisions and the admin's own log as one
list, for those who may see what was changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any, Self

from django.apps import apps
from django.contrib.admin.models import ADDITION, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, OuterRef, Q, TextChoices
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from articles.models import Article, Status, User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_LARGEST = 10**18
# What the admin writes of a row that was added and had nothing more to say.
_BARE = {"", '[{"added": {}}]'}


class Verb(TextChoices):
    """What was done."""

    CREATED = "created", pgettext_lazy("what was done", "created")
    CHANGED = "changed", pgettext_lazy("what was done", "changed")
    PUBLISHED = "published", pgettext_lazy("what was done", "published")
    SCHEDULED = "scheduled", pgettext_lazy("what was done", "scheduled")
    WITHDRAWN = "withdrawn", pgettext_lazy("what was done", "withdrawn")
    RESTORED = "restored", pgettext_lazy("what was done", "restored")
    DELETED = "deleted", pgettext_lazy("what was done", "deleted")


_REACHED = {
    Status.PUBLISHED: Verb.PUBLISHED,
    Status.SCHEDULED: Verb.SCHEDULED,
    Status.UNPUBLISHED: Verb.WITHDRAWN,
}


@dataclass(frozen=True)
class Position:
    """A place in the list: only revisions and log entries older than these stand behind it."""

    moment: datetime | None = None
    revision: int = 0
    entry: int = 0

    def __str__(self) -> str:
        moment = (self.moment - _EPOCH) // _MICROSECOND if self.moment else 0
        return f"{moment}-{self.revision}-{self.entry}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Return the position that an address names; None where it names none."""
        parts = text.split("-")
        if len(parts) != 3 or not all(part.isascii() and part.isdigit() for part in parts):
            return None
        moment, revision, entry = (int(part[:20]) for part in parts)
        if max(moment, revision, entry) > _LARGEST:
            return None
        try:
            return cls(_EPOCH + moment * _MICROSECOND if moment else None, revision, entry)
        except OverflowError:
            return None


@dataclass(frozen=True)
class Change:
    """One thing that was done. `who` is empty for the system; `address` leads to the object in
    the admin and is empty where it is gone; `position` is for what comes after this one."""

    when: datetime
    who: str
    verb: Verb
    kind: "StrOrPromise"
    title: str
    address: str
    note: str
    position: Position


@dataclass(frozen=True)
class Wanted:
    """Which changes are asked for; nothing set asks for all."""

    person: int | None = None
    by_system: bool = False
    # As app_label.model_name.
    kind: str = ""
    day: date | None = None

    def of_day(self, name: str) -> Q:
        if self.day is None:
            return Q()
        start = timezone.make_aware(datetime.combine(self.day, time.min))
        return Q(**{f"{name}__gte": start, f"{name}__lt": start + timedelta(days=1)})


ALL = Wanted()


def recent_changes(
    user: User, limit: int, before: Position | None = None, wanted: Wanted = ALL
) -> list[Change]:
    """Return what was changed last, the newest first, of the things that `user` may view.

    At most three queries besides those for permissions and content types, which Django keeps;
    each reads as many rows as are shown, however many there are.
    """
    before = before or Position()
    models = {
        model for model in models_seen_by(user) if wanted.kind in {"", model._meta.label_lower}
    }
    revisions = _revisions(limit, before, wanted) if Article in models else []
    entries = _entries(limit, before, wanted, models) if models else []
    both = merge(_of_articles(revisions), _of_log(entries), key=lambda c: c.when, reverse=True)
    return list(_placed(islice(both, limit), before))


def note_action(thing: Model, by: User | None, flag: int, message: list[Any] | str = "") -> None:
    """Write into the admin's log what a service did outside the admin's forms. The log knows
    people only: of the system nothing is written. One query."""
    if by is not None:
        rows = type(thing)._default_manager.filter(pk=thing.pk)
        LogEntry.objects.log_actions(by.pk, rows, flag, message, single_object=True)


def models_seen_by(user: User) -> list[type[Model]]:
    """Return the models whose rows a user may view in the admin."""
    return [
        model
        for model in apps.get_models()
        if any(
            user.has_perm(f"{model._meta.app_label}.{verb}_{model._meta.model_name}")
            for verb in ("view", "change")
        )
    ]


def _revisions(limit: int, before: Position, wanted: Wanted) -> list[Any]:
    rows = Article.history.filter(wanted.of_day("history_date"))
    if wanted.by_system:
        rows = rows.filter(history_user=None)
    elif wanted.person is not None:
        rows = rows.filter(history_user=wanted.person)
    if before.moment is not None:
        earlier = Q(history_date__lt=before.moment) | Q(history_id__lt=before.revision)
        rows = rows.filter(earlier, history_date__lte=before.moment)
    rows = with_verb(rows).only(
        "id", "title", "status", "published_at", "label", "restored_from", "history_date",
        "history_type", "history_change_reason", "history_user__name", "history_user__email",
    )  # fmt: skip
    return list(rows.order_by("-history_date", "-history_id")[:limit])


def with_verb(rows: Any) -> Any:
    """Load with revisions what `verb_of` asks for, and the number of the one before each."""
    one_before = Article.history.filter(id=OuterRef("id"), history_id__lt=OuterRef("history_id"))
    one_before = one_before.order_by("-history_id")
    return rows.select_related("history_user").annotate(
        number_before=one_before.values("history_id")[:1],
        status_before=one_before.values("status")[:1],
        date_before=one_before.values("published_at")[:1],
    )


def verb_of(revision: Any) -> Verb:
    """Return what made a revision that `with_verb` loaded."""
    if revision.history_type != "~":
        return Verb.CREATED if revision.history_type == "+" else Verb.DELETED
    if revision.restored_from is not None:
        return Verb.RESTORED
    if revision.status != revision.status_before:
        return _REACHED.get(revision.status, Verb.CHANGED)
    if revision.status == Status.SCHEDULED and revision.published_at != revision.date_before:
        return Verb.SCHEDULED
    return Verb.CHANGED


def _of_articles(revisions: list[Any]) -> Iterator[Change]:
    numbers = {revision.id for revision in revisions}
    on_desk = Article.objects.on_desk().filter(pk__in=numbers).order_by()
    linked = set(on_desk.values_list("pk", flat=True)) if numbers else set()
    for revision in revisions:
        place = reverse("admin:articles_article_change", args=[revision.id])
        yield Change(
            when=revision.history_date,
            who=str(revision.history_user or ""),
            verb=verb_of(revision),
            kind=Article._meta.verbose_name or "",
            title=revision.title,
            address=place if revision.id in linked else "",
            note="：".join(filter(None, [revision.label, revision.history_change_reason])),
            position=Position(revision.history_date, revision.history_id),
        )


def _entries(
    limit: int, before: Position, wanted: Wanted, models: set[type[Model]]
) -> list[LogEntry]:
    if wanted.by_system:  # The admin's log knows people only.
        return []
    types = ContentType.objects.get_for_models(*models).values()
    rows = LogEntry.objects.filter(wanted.of_day("action_time"), content_type__in=types)
    if wanted.person is not None:
        rows = rows.filter(user=wanted.person)
    if before.entry:
        rows = rows.filter(pk__lt=before.entry)
    # By their numbers, as their times have no index.
    return list(rows.select_related("user").order_by("-pk")[:limit])


def _of_log(entries: list[LogEntry]) -> Iterator[Change]:
    for entry in entries:
        # From the cache of content types; the log's own relation would ask once for each entry.
        entry.content_type = ContentType.objects.get_for_id(entry.content_type_id or 0)
        bare = entry.action_flag == ADDITION and entry.change_message in _BARE
        gone = entry.action_flag == DELETION
        yield Change(
            when=entry.action_time,
            who=str(entry.user),
            verb={ADDITION: Verb.CREATED, DELETION: Verb.DELETED}.get(
                entry.action_flag, Verb.CHANGED
            ),
            kind=entry.content_type.name,
            title=entry.object_repr or _("(no title yet)"),
            address="" if gone else entry.get_admin_url() or "",
            note="" if bare else entry.get_change_message(),
            position=Position(entry=entry.pk),
        )


def _placed(changes: Iterator[Change], before: Position) -> Iterator[Change]:
    """Give each change the position behind it in the list of both."""
    at = before
    for change in changes:
        own = change.position
        at = Position(own.moment or at.moment, own.revision or at.revision, own.entry or at.entry)
        yield Change(**{**change.__dict__, "position": at})
