"""What only the demo content needs of the services: accounts, dates of the past, and removal.

A row of the demo is one with `is_demo`. What people made of their own does not have it, and
whatever that stands on is kept: it loses the mark and stays.
"""

from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group
from django.db import models, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils.translation import gettext as _
from post_office.models import Email
from taggit.models import Tag

from articles.html import text_of
from articles.models import Article, Category, Contributor, ListKind, Page, Picture, Topic, User
from articles.search import owe
from articles.services.announcing import touch_parts
from articles.services.cards import forget_card
from articles.services.derive import count_opening
from articles.services.listing import drop_articles, drop_list
from articles.services.permissions import require

_NAMED = 3
_LISTS: dict[type[models.Model], ListKind] = {
    Category: ListKind.CATEGORY, Contributor: ListKind.CONTRIBUTOR, Topic: ListKind.TOPIC,
}  # fmt: skip
DemoRow = Article | Category | Contributor | Page | Picture | Topic | User


@transaction.atomic
def add_demo_account(by: User | None, *, email: str, name: str, password: str, role: str) -> User:
    """Make an account that can sign in at once, and return it. `role` is a group's name,
    "operator" for one who may do everything, or "contributor".

    Raises PermissionDenied; ValidationError where the address is taken.
    """
    require(by, "articles.add_user")
    is_operator = role == "operator"
    user = User(
        email=email, name=name, is_demo=True, is_superuser=is_operator,
        is_staff=role != "contributor",
    )  # fmt: skip
    user.full_clean(exclude=["password"])
    user.set_password(password)
    user.save()
    if user.is_staff and not is_operator:
        user.groups.add(Group.objects.get(name=role))
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@transaction.atomic
def mark_demo_article(article: Article, by: User | None, written_at: datetime) -> None:
    """Make an article one of the demo, written at a moment of the past. Three queries."""
    require(by, "articles.change_article")
    Article.objects.filter(pk=article.pk).update(
        is_demo=True, created_at=written_at, updated_at=written_at
    )
    article.history.update(history_date=written_at)
    touch_parts([article.pk])


@transaction.atomic
def delete_demo_article(article: Article, by: User | None) -> None:
    """Delete an article of the demo with its measures and revisions, and everything that hangs
    on it. Raises PermissionDenied; ProtectedError where a case refers to it; ValueError for an
    article that is none of the demo."""
    require(by, "articles.delete_article")
    locked = Article.objects.select_for_update().get(pk=article.pk)
    if not locked.is_demo:
        raise ValueError(f"Article {locked.pk} is none of the demo.")
    count_opening(text_of(locked.body), "")
    locked.restrictions.all().delete()
    number = locked.pk
    forget_card(locked)
    drop_articles([number])
    locked.delete()
    owe([number])
    touch_parts([number])
    # Last of all, as the deletion itself is kept as a revision.
    Article.history.filter(id=number).delete()


@transaction.atomic
def delete_unused_tags(by: User | None, tags: list[int]) -> int:
    """Delete those of the numbered tags that nothing has any more; return how many."""
    require(by, "taggit.delete_tag")
    unused = Tag.objects.filter(
        pk__in=tags, article_items__isnull=True, taggit_taggeditem_items__isnull=True
    )
    numbers = list(unused.values_list("pk", flat=True))
    Tag.objects.filter(pk__in=numbers).delete()
    for number in numbers:
        drop_list(ListKind.TAG, number)
    return len(numbers)


@transaction.atomic
def delete_demo_mails(by: User | None, addresses: set[str]) -> int:
    """Delete the mails that went to these addresses and to nobody else; return how many."""
    require(by, "articles.delete_user")
    deleted = 0
    for address in sorted(addresses):
        for mail in Email.objects.filter(to__icontains=address):
            if {to.lower() for to in mail.to} <= addresses:
                mail.delete()
                deleted += 1
    return deleted


@transaction.atomic
def keep_demo_row(row: DemoRow, by: User | None) -> None:
    """Let a row of the demo become one of the site's own. An account that stays can no longer
    sign in: its password was printed on a terminal."""
    require(by, f"articles.change_{row._meta.model_name}")
    row.is_demo = False
    fields = ["is_demo"]
    if isinstance(row, User):
        row.is_active = False
        row.set_unusable_password()
        fields += ["is_active", "password"]
    row.save(update_fields=fields)


@transaction.atomic
def delete_demo_row(row: DemoRow, by: User | None) -> str:
    """Delete a row of the demo, or keep it where something else stands on it.

    Return nothing where it is gone, and else what it is kept for. Raises PermissionDenied;
    ValueError for a row that is none of the demo. For articles and pictures there are
    services of their own.
    """
    require(by, f"articles.delete_{row._meta.model_name}")
    if not row.is_demo:
        raise ValueError(f"{row!r} is none of the demo.")
    kind, number = _LISTS.get(type(row)), row.pk
    try:
        with transaction.atomic():
            row.delete()
            if kind is not None:
                drop_list(kind, number)
    except (ProtectedError, RestrictedError) as error:
        objects = (
            error.protected_objects
            if isinstance(error, ProtectedError)
            else error.restricted_objects
        )
        keep_demo_row(row, by)
        return _names(objects)
    return ""


def _names(rows: set[models.Model]) -> str:
    named = sorted(f"{row._meta.verbose_name} {row}" for row in rows)
    if len(named) <= _NAMED:
        return ", ".join(named)
    return _("%(names)s and %(count)d more") % {
        "names": ", ".join(named[:_NAMED]),
        "count": len(named) - _NAMED,
    }
