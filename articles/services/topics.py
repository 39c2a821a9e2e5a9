"""What belongs into a topic: put in, pinned, taken out, kept out, and what may belong there."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Max, Sum
from django.utils.translation import gettext as _

from articles.models import Article, RelatedArticle, Topic, TopicArticle, TopicBan, User
from articles.services.listing import keep_lists
from articles.services.permissions import require
from articles.services.places import settle_place
from articles.services.related import relate
from articles.services.search import search

SUGGESTED = 10
# So many of its articles, the latest put in, say what a topic is about.
_ASKED = 60
_FOUND = 30
# What having the topic's title in it is worth beside the likeness to its articles.
_TITLE = 0.6


@dataclass(frozen=True)
class Suggestion:
    """An article that may belong into a topic: to how many of its articles it is related, and
    whether it is found by the topic's title."""

    article: Article
    related_to: int
    by_title: bool


def suggestions(topic: Topic) -> list[Suggestion]:
    """Return the visible articles that may belong into a topic, the likeliest first, at most ten;
    none that is in it or kept out. About fifteen queries whatever the size of the site."""
    known = set(topic.entries.values_list("article_id", flat=True))
    out = known | set(topic.bans.values_list("article_id", flat=True))
    latest = list(topic.entries.order_by("-pk").values_list("article_id", flat=True)[:_ASKED])
    rows = RelatedArticle.objects.filter(article__in=latest).values("other").order_by()
    related = {
        row["other"]: (row["n"], row["s"])
        for row in rows.annotate(n=Count("pk"), s=Sum("score"))
        if row["other"] not in out
    }
    titled = [pk for pk in search(topic.title).numbers[:_FOUND] if pk not in out]
    score = {pk: total for pk, (_n, total) in related.items()}
    for place, pk in enumerate(titled):
        score[pk] = score.get(pk, 0.0) + _TITLE * (1 - place / _FOUND)
    best = sorted(score, key=lambda pk: (-score[pk], -pk))[: SUGGESTED * 3]
    shown = Article.objects.visible().only("title", "public_at", "published_at").in_bulk(best)
    found = [pk for pk in best if pk in shown][:SUGGESTED]
    return [Suggestion(shown[pk], related.get(pk, (0, 0.0))[0], pk in titled) for pk in found]


@transaction.atomic
def put_in(topic: Topic, by: User | None, articles: Iterable[Article]) -> int:
    """Put articles at the end of a topic and return how many were not in it; they are no longer
    kept out. Raises PermissionDenied; ValidationError for one in the trash."""
    require(by, "articles.change_topic")
    Topic.objects.select_for_update().get(pk=topic.pk)
    rows = {row.pk: row for row in articles}
    if any(row.trashed_at is not None for row in rows.values()):
        raise ValidationError(_("The article is in the trash. Take it out first."))
    new = [pk for pk in rows if not topic.entries.filter(article=pk).exists()]
    last = topic.entries.aggregate(last=Max("position"))["last"] or 0
    TopicArticle.objects.bulk_create(
        TopicArticle(topic=topic, article_id=pk, position=position)
        for position, pk in enumerate(new, start=last + 1)
    )
    topic.bans.filter(article__in=rows).delete()
    _follow(topic, new)
    return len(new)


@transaction.atomic
def take_out(topic: Topic, by: User | None, article: Article) -> None:
    """Take an article out of a topic. Raises PermissionDenied."""
    require(by, "articles.change_topic")
    Topic.objects.select_for_update().get(pk=topic.pk)
    if topic.entries.filter(article=article).delete()[0]:
        _follow(topic, [article.pk])


@transaction.atomic
def pin(topic: Topic, by: User | None, article: Article, *, is_pinned: bool = True) -> None:
    """Let an article of a topic stand before those that are not pinned, or no longer. Raises
    PermissionDenied."""
    require(by, "articles.change_topic")
    if topic.entries.filter(article=article).update(is_pinned=is_pinned):
        _follow(topic, [])


@transaction.atomic
def keep_out(topic: Topic, by: User | None, article: Article) -> None:
    """Note that an article does not belong into a topic: it is taken out and not suggested again.
    Raises PermissionDenied."""
    take_out(topic, by, article)
    TopicBan.objects.get_or_create(topic=topic, article=article)


@transaction.atomic
def admit_again(topic: Topic, by: User | None, article: Article) -> None:
    """Let an article that was kept out be suggested again. Raises PermissionDenied."""
    require(by, "articles.change_topic")
    topic.bans.filter(article=article).delete()


def _follow(topic: Topic, numbers: list[int]) -> None:
    """Let those who came or went stand where they should, and owe what follows: the news of the
    topic's page, their related articles."""
    keep_lists(numbers)
    settle_place(topic.get_absolute_url(), topic.get_absolute_url())
    public = Article.objects.filter(pk__in=numbers, public_at__isnull=False).order_by("pk")
    for number in public.values_list("pk", flat=True):
        relate.enqueue(number)
