"""Writing, publishing, scheduling and withdrawing an article."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _
from taggit.models import Tag

from articles.html import clean, strip_control, text_of
from articles.models import (
    Article,
    ArticleTag,
    Origin,
    Status,
    User,
)
from articles.search import index_soon, keep_title, owe
from articles.services.announcing import announce
from articles.services.cards import forget_card
from articles.services.derive import (
    DERIVED_FIELDS,
    count_opening,
    derive,
    hold_pictures,
    link_pictures,
)
from articles.services.permissions import require
from articles.services.pictures import render_cover
from articles.services.purging import purge_timed
from articles.services.related import relate
from articles.services.tags import slug_of_tag

# What a writer may set. Everything else on an article belongs to another service.
WRITABLE = frozenset({
    "title", "body", "excerpt", "cover", "category", "contributor", "origin", "source_name",
    "source_url", "ai_label", "published_at", "featured", "sticky",
})  # fmt: skip
_TEXT = ("title", "excerpt", "source_name", "source_url")


@transaction.atomic
def create_article(
    by: User | None,
    *,
    tags: Iterable[str] = (),
    note: str = "",
    pk: int | None = None,
    **fields: Any,
) -> Article:
    """Write a new draft and return it.

    `fields` are those of WRITABLE; `pk` keeps the number of an imported article. Raises
    PermissionDenied, and ValidationError for a field that does not validate.
    """
    require(by, "articles.add_article")
    article = Article(pk=pk)
    _set(article, fields)
    return _write(article, by, note=note, tags=list(tags), old_text="")


@transaction.atomic
def revise(
    article: Article,
    by: User | None,
    changes: Mapping[str, Any],
    *,
    tags: Iterable[str] | None = None,
    note: str = "",
) -> Article:
    """Change an article's text and fields (those of WRITABLE) and keep a revision; tags stay
    where none are given. Returns the row as it now stands.

    Raises PermissionDenied, Article.DoesNotExist; ValidationError, also where a public article
    would lose what a public one needs, and for one in the trash.
    """
    require(by, "articles.change_article")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    _require_on_desk(locked)
    old_text = text_of(locked.body)
    _set(locked, changes)
    names = list(tags) if tags is not None else None
    return _write(locked, by, note=note, tags=names, old_text=old_text)


def _set(article: Article, fields: Mapping[str, Any]) -> None:
    if unknown := fields.keys() - WRITABLE:
        raise TypeError(f"Not for writers: {', '.join(sorted(unknown))}")
    for name, value in fields.items():
        setattr(article, name, _storable(name, value))


def _storable(name: str, value: Any) -> Any:
    if name == "body":
        return clean(value)
    return strip_control(value).strip() if name in _TEXT else value


def _write(
    article: Article,
    by: User | None,
    *,
    note: str,
    tags: list[str] | None,
    old_text: str,
    changed_at: datetime | None = None,
    relates: bool = True,
) -> Article:
    if tags is not None:
        article.tag_names = tags
    hold_pictures(article)
    # Constraints cost a query each; an import has thousands, and the database checks them anyway.
    article.full_clean(exclude=["tags", "public_at", *DERIVED_FIELDS], validate_constraints=relates)
    article.updated_at = changed_at or timezone.now()
    derive(article)
    is_public = article.status in {Status.PUBLISHED, Status.SCHEDULED}
    if is_public:
        _require_ready(article)
    record(article, by, note)
    if tags is not None:
        set_tags(article, tags)
    keep_title(article)
    link_pictures(article)
    render_cover(article.cover)
    count_opening(old_text, text_of(article.body))
    if not relates:
        owe([article.pk])  # Also one that an import takes from the public.
    elif is_public:
        index_soon([article.pk])
        relate.enqueue(article.pk)
    if is_public or not relates:
        announce([article.pk], quietly=not relates)
    return article


@transaction.atomic(savepoint=False)
def write_imported(
    article: Article,
    fields: Mapping[str, Any],
    *,
    tags: Iterable[str],
    status: Status,
    changed_at: datetime | None = None,
    note: str = "",
) -> Article:
    """Write an article as another system had it, in one revision: an unsaved one with its number,
    or one that an earlier run imported. For imports; the system acts.

    Which articles are related is left to the end of the import. Raises ValidationError, also
    where a public article lacks what it needs.
    """
    old_text = ""
    if article._state.adding is False:
        article = Article.objects.select_for_update().get(pk=article.pk)
        _require_on_desk(article)
        old_text = text_of(article.body)
    _set(article, fields)
    article.status = status
    return _write(
        article, None, note=note, tags=list(tags), old_text=old_text, changed_at=changed_at,
        relates=False,
    )  # fmt: skip


def record(article: Article, by: User | None, note: str) -> None:
    """Save the whole row; simple_history keeps it as a revision with who and why."""
    article._history_user = by
    article._change_reason = note[:100] or None
    if not article._state.adding:
        article.version += 1
    # A new article never writes over one that has its number.
    article.save(force_insert=article._state.adding)


def _tags(names: list[str]) -> list[Tag]:
    """Return the tags of these names, each once, made where there is none; one query for those
    that are written the same, two for each other. Case does not tell tags apart."""
    same = {tag.name: tag for tag in Tag.objects.filter(name__in=names)}
    found: dict[int, Tag] = {}
    for name in names:
        tag = same.get(name) or Tag.objects.filter(name__iexact=name).order_by("pk").first()
        if tag is None:
            slug = partial(slug_of_tag, name)
            tag, _is_new = Tag.objects.get_or_create(name=name, defaults={"slug": slug})
        found.setdefault(tag.pk, tag)
    return list(found.values())


def set_tags(article: Article, names: list[str]) -> None:
    """Give a saved article its tags, in their order, and keep their links beside it."""
    ordered = _tags(names)
    article.tag_items.exclude(tag__in=ordered).delete()
    ArticleTag.objects.bulk_create(
        [ArticleTag(content_object=article, tag=tag) for tag in ordered], ignore_conflicts=True
    )
    article.tag_names = [tag.name for tag in ordered]
    article.tag_links = [{"name": tag.name, "slug": tag.slug} for tag in ordered]
    Article.objects.filter(pk=article.pk).update(
        tag_names=article.tag_names, tag_links=article.tag_links
    )


@transaction.atomic
def publish(article: Article, by: User | None, *, note: str = "") -> Article:
    """Make an article public now. One that had been public keeps its date, if that is past.

    Raises PermissionDenied; ValidationError where the article lacks what a public one needs.
    """
    return _make_public(article, by, at=None, note=note)


@transaction.atomic
def schedule(article: Article, by: User | None, at: datetime, *, note: str = "") -> Article:
    """Make an article public at a moment to come; no worker has to run for that.

    Raises PermissionDenied; ValidationError where the moment is past or the article not ready.
    """
    if at <= timezone.now():
        raise ValidationError({"published_at": _("Choose a moment that is still to come.")})
    return _make_public(article, by, at=at, note=note)


def _make_public(article: Article, by: User | None, *, at: datetime | None, note: str) -> Article:
    require(by, "articles.publish_article")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    _require_on_desk(locked)
    _require_ready(locked)
    now = timezone.now()
    if at is not None:
        locked.status, locked.published_at = Status.SCHEDULED, at
    else:
        locked.status = Status.PUBLISHED
        if locked.published_at is None or locked.published_at > now:
            locked.published_at = now
    record(locked, by, note)
    index_soon([locked.pk])
    relate.enqueue(locked.pk)
    announce([locked.pk])
    return locked


def _require_on_desk(article: Article) -> None:
    if article.trashed_at is not None:
        raise ValidationError(_("The article is in the trash. Take it out first."))


def _require_ready(article: Article) -> None:
    errors: dict[str, str] = {}
    if not article.prose.strip():
        errors["body"] = _("The text is empty.")
    if article.origin in {Origin.REPRINTED, Origin.LICENSED} and not article.source_url:
        errors["source_url"] = _("A reprinted or licensed text names the address of its source.")
    if errors:
        raise ValidationError(errors)


@transaction.atomic
def unpublish(article: Article, by: User | None, *, note: str = "") -> Article:
    """Take an article from the public; its date is kept. A draft stays what it is."""
    require(by, "articles.publish_article")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if locked.status == Status.DRAFT:
        return locked
    locked.status = Status.UNPUBLISHED
    locked.featured = locked.sticky = False
    record(locked, by, note)
    index_soon([locked.pk])
    announce([locked.pk])
    return locked


@transaction.atomic
def publish_due() -> int:
    """Call due articles published, and relate them to the others; they have been public since
    their moment. Return how many.

    For the periodic command: idempotent, safe to run twice at once. One indexed query, two more
    for each due article, and those of announce().
    """
    due = Article.objects.select_for_update().filter(
        status=Status.SCHEDULED, published_at__lte=timezone.now()
    )
    for article in due:
        article.status = Status.PUBLISHED
        record(article, None, "")
        relate.enqueue(article.pk)
    if due:
        purge_timed()
    announce(article.pk for article in due)
    return len(due)


@transaction.atomic
def delete_article(article: Article, by: User | None) -> None:
    """Delete a draft or withdrawn article for good; its revisions stay in the history table.

    Raises PermissionDenied; ValidationError while it is public or scheduled, or where a case
    refers to it or a restriction was ever laid on it.
    """
    require(by, "articles.delete_article")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if locked.status in {Status.PUBLISHED, Status.SCHEDULED}:
        raise ValidationError(_("Withdraw the article before you delete it."))
    refers = _("A case refers to this article; it cannot be deleted.")
    if locked.restrictions.exists():
        raise ValidationError(refers)
    count_opening(text_of(locked.body), "")
    locked._history_user = by
    forget_card(locked)
    try:
        with transaction.atomic():
            locked.delete()
    except ProtectedError as error:
        raise ValidationError(refers) from error
