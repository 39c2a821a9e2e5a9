"""The revisions of an article: naming one, setting two beside each other, going back to one."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.differences import Text, extent
from articles.html import picture_keys, strip_control
from articles.models import AiLabel, Article, Category, Contributor, Origin, Picture, Status, User
from articles.services.permissions import require
from articles.services.publishing import revise

# What restoring writes again. The status and the date of publication stay as they are.
RESTORED = (
    "title", "body", "excerpt", "cover_id", "category_id", "contributor_id", "origin",
    "source_name", "source_url", "ai_label", "featured", "sticky",
)  # fmt: skip
_RELATIONS = {"contributor_id": Contributor, "category_id": Category, "cover_id": Picture}
# What a revision is compared in, in the order of the form.
_COMPARED = (
    "title", "body", "category_id", "tag_names", "contributor_id", "excerpt", "cover_id", "origin",
    "source_name", "source_url", "ai_label", "status", "published_at", "featured", "sticky",
)  # fmt: skip


def name_revision(article: Article, by: User | None, revision_id: int, label: str) -> None:
    """Give a revision of an article a name, another name, or (blank) none.

    No revision of its own, and no form that is open grows stale. Raises PermissionDenied,
    ValidationError where the name is too long, and the history model's DoesNotExist where the
    revision is not this article's. Two queries.
    """
    require(by, "articles.change_article")
    row = article.history.get(history_id=revision_id)
    row.label = " ".join(strip_control(label).split())
    row.clean_fields(exclude=[field.name for field in row._meta.fields if field.name != "label"])
    row.save(update_fields=["label"])


def name_newest(article: Article, by: User | None, label: str) -> None:
    """Give a name to the state that was saved last, as `name_revision` does. Three queries."""
    numbers = article.history.order_by("-history_id").values_list("history_id", flat=True)
    name_revision(article, by, numbers[0], label)


@transaction.atomic
def restore_revision(
    article: Article, by: User | None, revision_id: int, *, version: int | None = None
) -> Article:
    """Write an earlier revision's text, fields and tags again, as a new revision that names it.

    The status and the date of publication stay as they are, and so does the byline, category or
    cover where the earlier one was deleted. `version` is that of the article whose difference was
    looked at. Raises PermissionDenied; ValidationError where the article was changed since (code
    "stale"), is in the trash, or would lose what a public one needs; Article.DoesNotExist or the
    history model's DoesNotExist where the revision is not this article's.
    """
    require(by, "articles.restore_article")
    revision = article.history.get(history_id=revision_id)
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if version is not None and version != locked.version:
        text = _("The article was changed meanwhile. Look once more at what would change.")
        raise ValidationError(text, code="stale")
    lost = lost_relations(revision)
    kept = [name for name in RESTORED if name not in lost]
    changes = {name.removesuffix("_id"): _value(revision, name) for name in kept}
    moment = timezone.localtime(revision.history_date).strftime("%Y-%m-%d %H:%M")
    note = _("Restored the revision of %(moment)s") % {"moment": moment}
    saved = revise(locked, by, changes, tags=list(revision.tag_names), note=note)
    newest = saved.history.order_by("-history_id").values_list("history_id", flat=True)[0]
    saved.history.filter(history_id=newest).update(restored_from=revision_id)
    return saved


def _value(revision: Any, name: str) -> Any:
    pk = getattr(revision, name)
    model = _RELATIONS.get(name)
    return pk if model is None or pk is None else model._default_manager.get(pk=pk)


def lost_relations(revision: Any) -> list[str]:
    """Return which of a revision's byline, category and cover (as `cover_id` …) were deleted
    since. At most three queries."""
    return [
        name
        for name, model in _RELATIONS.items()
        if (pk := getattr(revision, name)) is not None
        and not model._default_manager.filter(pk=pk).exists()
    ]


def neighbours(revision: Any) -> tuple[int | None, int | None]:
    """Return the numbers of the revisions before and after one. Two queries."""
    numbers = Article.history.filter(id=revision.id).values_list("history_id", flat=True)
    earlier = numbers.filter(history_id__lt=revision.history_id).order_by("-history_id").first()
    later = numbers.filter(history_id__gt=revision.history_id).order_by("history_id").first()
    return earlier, later


# --- Side by side -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Gone:
    """A category, byline or picture that a revision names and that was deleted since."""

    number: int


@dataclass(frozen=True)
class Comparable:
    """Revisions ready to be compared, and the pictures that they show, by their keys."""

    texts: list[Text]
    pictures: dict[str, Picture]


def comparable(rows: Iterable[Any]) -> Comparable:
    """Return revisions, or articles as they stand, with the rows that they name in the place of
    numbers. At most three queries, however many they are."""
    rows = list(rows)
    keys = {key for row in rows for key in picture_keys(row.body)}
    covers = {row.cover_id for row in rows if row.cover_id}
    pictures = list(Picture.objects.filter(key__in=keys) | Picture.objects.filter(pk__in=covers))
    found: dict[str, dict[int, Any]] = {"cover_id": {picture.pk: picture for picture in pictures}}
    for name, model in (("category_id", Category), ("contributor_id", Contributor)):
        numbers = {getattr(row, name) for row in rows} - {None}
        found[name] = model._default_manager.in_bulk(numbers) if numbers else {}
    texts = [Text(row.title, row.body, _fields(row, found)) for row in rows]
    return Comparable(texts, {picture.key: picture for picture in pictures})


def _fields(row: Any, found: dict[str, dict[int, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name in _COMPARED[2:]:
        value = getattr(row, name)
        if name in found and value is not None:
            value = found[name].get(value) or Gone(value)
        fields[name.removesuffix("_id")] = value
    fields["origin"] = Origin(row.origin)
    fields["ai_label"] = AiLabel(row.ai_label)
    fields["status"] = Status(row.status)
    return fields


def as_restored(article: Article, revision: Any, lost: Iterable[str]) -> Article:
    """Return the article as it would stand if a revision were restored; unsaved. `lost` is what
    `lost_relations` says of the revision. No queries."""
    names = [field.attname for field in Article._meta.concrete_fields if not field.generated]
    would_be = Article(**{name: getattr(article, name) for name in names})
    for name in set(RESTORED) - set(lost):
        setattr(would_be, name, getattr(revision, name))
    would_be.tag_names = list(revision.tag_names)
    return would_be


# --- In brief -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Brief:
    """What a revision changed: the fields besides the text, and how many characters of the text
    came and went; `text` says whether that changed at all (perhaps in its form alone)."""

    fields: list[str]
    text: bool
    came: int
    went: int


def in_brief(before: Any, after: Any) -> Brief:
    """Say what changed from one revision to the next. Some milliseconds where the text did."""
    fields = [name for name in _COMPARED if getattr(before, name) != getattr(after, name)]
    came, went = extent(before.body, after.body)
    others = [name.removesuffix("_id") for name in fields if name != "body"]
    return Brief(others, "body" in fields, came, went)
