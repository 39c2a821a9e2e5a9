"""Which articles stand below an article: by tags, category and likeness of folded titles."""

from collections import Counter
from math import sqrt

from django.db import transaction
from django_tasks import task

from articles.folding import grams
from articles.models import Article, ArticleTag, RelatedArticle

STORED = 12
_TAG_CANDIDATES = 200
_CATEGORY_CANDIDATES = 200
_NEWEST_CANDIDATES = 60
_TAG, _CATEGORY, _TITLE = 1.0, 0.4, 1.5


@task()
def relate(article_id: int) -> None:
    """Store what is related to an article, and anew for those it is now among. In the worker."""
    store_related(article_id)
    for other in related_to(article_id):
        store_related(other)


@transaction.atomic
def store_related(article_id: int) -> int:
    """Choose and store the articles related to one, and return how many.

    Candidates are at most 460: the newest that share a tag or the category, and the newest of
    all, so that a young site fills its list. Safe to run again; five queries whatever the size
    of the site. An article that is gone stores nothing.
    """
    article = Article.objects.filter(pk=article_id).first()
    if article is None:
        return 0
    scores = _scores(article, _candidates(article))
    best = sorted(scores.items(), key=lambda item: (-item[1], -item[0]))[:STORED]
    RelatedArticle.objects.filter(article=article).delete()
    RelatedArticle.objects.bulk_create(
        RelatedArticle(article=article, other_id=pk, position=position, score=round(score, 4))
        for position, (pk, score) in enumerate(best)
    )
    return len(best)


def related_to(article_id: int) -> list[int]:
    """Return the numbers of the stored related articles, best first. One query."""
    stored = RelatedArticle.objects.filter(article=article_id).order_by("position")
    return list(stored.values_list("other_id", flat=True))


def _candidates(article: Article) -> list[Article]:
    visible = Article.objects.visible().exclude(pk=article.pk).newest_first()
    fields = visible.only("folded_title", "category_id", "public_at")
    tags = list(article.tag_items.values_list("tag_id", flat=True))
    tagged = ArticleTag.objects.filter(tag__in=tags).values("content_object_id")
    found: dict[int, Article] = {}
    if tags:
        found |= {a.pk: a for a in fields.filter(pk__in=tagged)[:_TAG_CANDIDATES]}
    if article.category_id:
        same = fields.filter(category=article.category_id)[:_CATEGORY_CANDIDATES]
        found |= {a.pk: a for a in same}
    found |= {a.pk: a for a in fields[:_NEWEST_CANDIDATES]}
    return list(found.values())


def _scores(article: Article, candidates: list[Article]) -> dict[int, float]:
    tags = set(article.tag_items.values_list("tag_id", flat=True))
    theirs: dict[int, set[int]] = {}
    rows = ArticleTag.objects.filter(content_object__in=[c.pk for c in candidates], tag__in=tags)
    for pk, tag in rows.values_list("content_object_id", "tag_id") if tags else ():
        theirs.setdefault(pk, set()).add(tag)
    title = Counter(grams(article.folded_title))
    return {
        other.pk: _TAG * len(theirs.get(other.pk, ())) / max(1.0, sqrt(len(tags)))
        + _CATEGORY * (article.category_id is not None and other.category_id == article.category_id)
        + _TITLE * _cosine(title, Counter(grams(other.folded_title)))
        for other in candidates
    }


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    dot = sum(count * other[term] for term, count in one.items())
    if not dot:
        return 0.0
    return dot / sqrt(sum(c * c for c in one.values()) * sum(c * c for c in other.values()))
