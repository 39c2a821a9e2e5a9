"""Takes the demo out of a site, and nothing else."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Model, ProtectedError, Q
from django.utils.translation import gettext as _

from articles.demo.loader import parts
from articles.demo.reader import read_pages
from articles.html import clean, picture_keys
from articles.models import (
    Article,
    Category,
    Contributor,
    Page,
    Picture,
    RelatedArticle,
    Topic,
    User,
)
from articles.services.demo import (
    DemoRow,
    delete_demo_article,
    delete_demo_mails,
    delete_demo_row,
    delete_unused_tags,
    keep_demo_row,
)
from articles.services.engagement import refresh_hot
from articles.services.pictures import delete_picture
from articles.services.related import store_related
from articles.services.site import rebuild_chrome

_MODELS: Final[tuple[type[DemoRow], ...]] = (
    Article, Topic, Page, Contributor, Category, Picture, User,
)  # fmt: skip


@dataclass
class Removal:
    """What went, counted by its plural name, and what was kept and why."""

    removed: Counter[str] = field(default_factory=Counter)
    kept: list[tuple[str, str]] = field(default_factory=list)

    def note(self, row: Model, reason: str) -> None:
        meta = row._meta
        if reason:
            self.kept.append((f"{meta.verbose_name} {row}", reason))
        else:
            self.removed[str(meta.verbose_name_plural)] += 1


def planned() -> dict[str, int]:
    """Return how many rows of the demo there are, by their plural names. Seven queries."""
    counts = {
        str(model._meta.verbose_name_plural): model._default_manager.filter(is_demo=True).count()
        for model in _MODELS
    }
    for part in parts():
        counts |= part.planned()
    return {name: count for name, count in counts.items() if count}


def edited_articles() -> list[str]:
    """Return the titles of demo articles that someone outside the demo has revised."""
    demo = Article.objects.filter(is_demo=True)
    revised = Article.history.filter(
        id__in=demo.values("pk"), history_user__isnull=False, history_user__is_demo=False
    )
    return list(demo.filter(pk__in=revised.values("id")).values_list("title", flat=True))


@transaction.atomic
def remove(by: User | None = None) -> Removal:
    """Remove the demo's rows and files; what something of the site's own stands on is kept and
    is no longer of the demo. All of it or nothing; files go once that is certain.

    A few dozen queries an article. Raises PermissionDenied.
    """
    removal = Removal()
    for part in parts():
        removal.removed.update(part.remove(by))
    _remove_articles(by, removal)
    _remove_topics(by, removal)
    _remove_pages(by, removal)
    _remove_contributors(by, removal)
    _remove_categories(by, removal)
    _remove_pictures(by, removal)
    _remove_people(by, removal)
    rebuild_chrome()
    refresh_hot()
    return removal


def _remove_articles(by: User | None, removal: Removal) -> None:
    demo = Article.objects.filter(is_demo=True)
    tags = list(demo.filter(tag_items__isnull=False).values_list("tag_items__tag", flat=True))
    beside = RelatedArticle.objects.filter(other__is_demo=True, article__is_demo=False)
    poorer = list(beside.order_by("article").values_list("article", flat=True).distinct())
    for article in demo.order_by("pk"):
        try:
            delete_demo_article(article, by)
        except ProtectedError:
            _keep(article, by, removal, _("a case refers to it"))
        else:
            removal.note(article, "")
    for pk in poorer:
        store_related(pk)
    if unused := delete_unused_tags(by, tags):
        removal.removed[_("tags")] += unused


def _remove_topics(by: User | None, removal: Removal) -> None:
    for topic in Topic.objects.filter(is_demo=True):
        if titles := list(topic.articles.values_list("title", flat=True)):
            _keep(topic, by, removal, _("it holds %(what)s") % {"what": _some(titles)})
        else:
            _delete(topic, by, removal)


def _remove_pages(by: User | None, removal: Removal) -> None:
    """The demo's pages ask the operator to rewrite them: one that was rewritten stays."""
    shipped = {page.slug: (page.title, clean(page.body)) for page in read_pages()}
    for page in Page.objects.filter(is_demo=True):
        if shipped.get(page.slug) == (page.title, page.body):
            _delete(page, by, removal)
        else:
            _keep(page, by, removal, _("it was rewritten"))


def _remove_contributors(by: User | None, removal: Removal) -> None:
    for contributor in Contributor.objects.filter(is_demo=True).select_related("user"):
        if contributor.user is not None and not contributor.user.is_demo:
            reason = _("it belongs to the account %(name)s") % {"name": contributor.user}
            _keep(contributor, by, removal, reason)
        else:
            _delete(contributor, by, removal)


def _remove_categories(by: User | None, removal: Removal) -> None:
    """Those at the ends of the tree go first, so that a column goes once it is empty."""
    left = list(Category.objects.filter(is_demo=True).order_by("-position"))
    while left:
        parents = {category.parent_id for category in left}
        leaves = [category for category in left if category.pk not in parents]
        left = [category for category in left if category.pk in parents]
        for category in leaves:
            _delete(category, by, removal)


def _remove_pictures(by: User | None, removal: Removal) -> None:
    bodies = Page.objects.filter(body__contains="<img").values_list("body", flat=True)
    on_pages = {key for body in bodies for key in picture_keys(body)}
    for picture in Picture.objects.filter(is_demo=True).order_by("pk"):
        if reason := _why_needed(picture, on_pages):
            _keep(picture, by, removal, reason)
            continue
        try:
            delete_picture(picture, by)
        except ValidationError as error:
            _keep(picture, by, removal, " ".join(error.messages))
        else:
            removal.note(picture, "")


def _why_needed(picture: Picture, on_pages: set[str]) -> str:
    """Say what shows a picture that the database does not know of: a page, or a revision."""
    if picture.key in on_pages:
        return _("a page shows it")
    shown = Q(cover_id=picture.pk) | Q(body__contains=picture.key)
    revision = Article.history.filter(shown).first()
    if revision is not None:
        return _("a revision of %(title)s shows it") % {"title": revision.title}
    return ""


def _remove_people(by: User | None, removal: Removal) -> None:
    people = User.objects.filter(is_demo=True)
    if mails := delete_demo_mails(by, set(people.values_list("email", flat=True))):
        removal.removed[_("mails to demo people")] += mails
    for user in people:
        _delete(user, by, removal)


def _delete(row: DemoRow, by: User | None, removal: Removal) -> None:
    used_by = delete_demo_row(row, by)
    removal.note(row, used_by and _("it is needed by %(what)s") % {"what": used_by})


def _keep(row: DemoRow, by: User | None, removal: Removal, reason: str) -> None:
    keep_demo_row(row, by)
    removal.note(row, reason)


def _some(titles: Sequence[str]) -> str:
    shown = ", ".join(titles[:3])
    if len(titles) <= 3:
        return shown
    return _("%(names)s and %(count)d more") % {"names": shown, "count": len(titles) - 3}
