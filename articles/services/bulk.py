"""The same change of many articles: each in a transaction of its own, so that what one refuses
does not keep the others back."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.utils.translation import gettext as _

from articles.models import Article, Category, User
from articles.services.publishing import revise

# So many are changed by one request.
AT_MOST = 500

Change = Callable[[Article], Any]


@dataclass(frozen=True)
class Chosen:
    """An article that somebody chose, as it then stood."""

    number: int
    version: int


@dataclass(frozen=True)
class Outcome:
    """What became of a chosen article; `why` is blank where it was changed."""

    number: int
    why: str = ""

    @property
    def is_done(self) -> bool:
        return not self.why


def change_each(chosen: Iterable[Chosen], change: Change) -> list[Outcome]:
    """Change each of the articles by a service, where it is still as it was when it was chosen;
    return what became of each, in their order. Whoever asks twice changes nothing twice, where the
    service raises the version.

    Raises nothing that a service refuses or the database. Two queries an article besides those of
    the service.
    """
    return [Outcome(row.number, _tried(row, change)) for row in chosen]


def _tried(row: Chosen, change: Change) -> str:
    """Change one article, and return why not."""
    try:
        with transaction.atomic():
            article = Article.objects.select_for_update().get(pk=row.number)
            _require_unchanged(article, row.version)
            change(article)
    except ValidationError as error:
        return " ".join(error.messages)
    except PermissionDenied:
        return _("You may not do this.")
    except ObjectDoesNotExist:
        return _("The article is no longer there.")
    except DatabaseError as error:
        return _("The database refused: %(why)s") % {"why": str(error)[:200]}
    return ""


def _require_unchanged(article: Article, version: int) -> None:
    if article.version == version:
        return
    newest = article.history.select_related("history_user").order_by("-history_id").first()
    if newest is None or newest.version != article.version or newest.history_user is None:
        raise ValidationError(_("It was changed before you confirmed."))
    raise ValidationError(
        _("%(name)s changed it before you confirmed.") % {"name": newest.history_user}
    )


@transaction.atomic
def recategorise(article: Article, by: User | None, category: Category) -> Article:
    """Put an article into another category. Raises PermissionDenied, Article.DoesNotExist;
    ValidationError where it stands there already."""
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if locked.category_id == category.pk:
        raise ValidationError(_("It stands in this category already."))
    return revise(locked, by, {"category": category}, note=_("Bulk change: category"))


@transaction.atomic
def add_tags(article: Article, by: User | None, names: Sequence[str]) -> Article:
    """Give an article tags besides those that it has. Raises PermissionDenied,
    Article.DoesNotExist; ValidationError where it has them all."""
    locked = Article.objects.select_for_update().get(pk=article.pk)
    present = {name.casefold() for name in locked.tag_names}
    fresh = [name for name in names if name.casefold() not in present]
    if not fresh:
        raise ValidationError(_("It has these tags already."))
    tags = [*locked.tag_names, *fresh]
    return revise(locked, by, {}, tags=tags, note=_("Bulk change: tags added"))


@transaction.atomic
def remove_tags(article: Article, by: User | None, names: Sequence[str]) -> Article:
    """Take tags from an article. Raises PermissionDenied, Article.DoesNotExist; ValidationError
    where it has none of them."""
    locked = Article.objects.select_for_update().get(pk=article.pk)
    unwanted = {name.casefold() for name in names}
    kept = [name for name in locked.tag_names if name.casefold() not in unwanted]
    if len(kept) == len(locked.tag_names):
        raise ValidationError(_("It has none of these tags."))
    return revise(locked, by, {}, tags=kept, note=_("Bulk change: tags removed"))
