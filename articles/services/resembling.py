"""Finding the articles that belong below an article.

The most telling terms and the tags find candidates in the search index; they are ranked by the
likeness of titles and texts (articles.likeness), and by tags, topics and category in common. How
well that finds what belongs together, and what else was tried: docs/related.md.
"""

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from math import log

from articles.likeness import Profile, Weights, character_weights, profile, rank, term_weights
from articles.models import Article, ArticleTag, Reason, TopicArticle
from articles.search import (
    candidates,
    document_frequency,
    folded,
    folded_texts,
    idf,
    statistics,
    terms_of,
)
from articles.search.indexing import shown_text
from articles.search.statistics import Statistics
from articles.search.terms import tag_mark

# So many terms are looked up for how rare they are, and so many of them find candidates.
_LOOKED_UP, _ASKED = 80, 40
_CANDIDATES, _READ_FOR_A_TERM = 110, 500
_TOPIC_CANDIDATES = 60
_FILLING = 20
_COMMON_SHARE, _COMMON_AT_LEAST = 0.1, 10
_TAG, _TOPIC, _CATEGORY = 0.4, 0.3, 0.1
_TAGS_COUNTED = 3
# From this likeness on a reader sees why two texts stand together.
ALIKE = 0.25


@dataclass(frozen=True)
class Found:
    """An article that belongs below another, and why: the strongest reason first, none where
    they have but a little in common."""

    pk: int
    score: float
    reasons: tuple[Reason, ...]


class Library:
    """What is read of articles to compare them, kept while several are related one after another.
    At most `kept` profiles of about 20 kB."""

    def __init__(self, kept: int = 2000) -> None:
        known = statistics()
        self.documents = known.documents
        self._terms, self._characters = _weights(known)
        self._kept = kept
        self._profiles: dict[int, Profile] = {}

    def rarity(self, term: str) -> float:
        """Return how telling a term is, as far as that is known without asking the index."""
        return self._terms.known.get(term, self._terms.other)

    def profiles(self, numbers: Collection[int]) -> dict[int, Profile]:
        """Return the profiles of articles that exist. One query for those that are new here, and
        one more where the index has not followed yet."""
        new = [pk for pk in numbers if pk not in self._profiles]
        read: dict[int, Profile] = {}
        if new:
            read = {pk: self._profile(t.title, t.text) for pk, t in folded_texts(new).items()}
        if missing := [pk for pk in new if pk not in read]:
            rows = Article.objects.filter(pk__in=missing).values_list("pk", "title", "prose")
            read |= {pk: self._profile(folded(title), folded_prose(p)) for pk, title, p in rows}
        found = {pk: self._profiles[pk] for pk in numbers if pk in self._profiles} | read
        if len(self._profiles) + len(read) > self._kept:
            self._profiles.clear()
        self._profiles |= read
        return found

    def _profile(self, title: str, text: str) -> Profile:
        return profile(terms_of(title), terms_of(text), text, self._terms, self._characters)


_lock = threading.Lock()
_weighed: dict[datetime | None, tuple[Weights, Weights]] = {}


def _weights(known: Statistics) -> tuple[Weights, Weights]:
    """Return the weights of terms and of characters, made once for each state of the index."""
    with _lock:
        if known.refreshed_at not in _weighed:
            _weighed.clear()
            _weighed[known.refreshed_at] = (
                term_weights(known.shares, known.documents),
                character_weights(known.shares, known.documents),
            )
        return _weighed[known.refreshed_at]


def folded_prose(prose: str) -> str:
    return folded(shown_text(prose))


# --- Finding --------------------------------------------------------------------------------
def find_related(article: Article, library: Library, limit: int) -> list[Found]:
    """Return the visible articles that belong below one, best first, whatever editors chose.

    They are filled up with the newest of its category and of all, so that a young site has a list
    too. Nine queries whatever the size of the site; what they read is bounded.
    """
    tags = dict.fromkeys(article.tag_items.values_list("tag_id", flat=True))
    rarity = document_frequency(tag_mark(tag) for tag in tags) if tags else {}
    weights = _asked(article, library)
    weights |= {mark: 2 * idf(n, library.documents) for mark, n in rarity.items()}
    numbers = [pk for pk, _sum in candidates(weights, _CANDIDATES, _READ_FOR_A_TERM)]
    topics = _topic_neighbours(article)
    visible = _visible([*numbers, *topics], article)
    profiles = library.profiles([article.pk, *visible])
    own = profiles.pop(article.pk)
    bonus = _Bonus(
        tags=_shared_tags(tags, visible, rarity, library.documents),
        topics=set(topics),
        category=article.category_id,
    )
    found = [
        bonus.found(pk, visible[pk], *likeness) for pk, likeness in rank(own, profiles).items()
    ]
    found.sort(key=lambda one: (-one.score, -one.pk))
    best = [one for one in found if one.score > 0][:limit]
    if len(best) < limit:
        best += _filling(article, {one.pk for one in best}, limit - len(best))
    return best


def _asked(article: Article, library: Library) -> dict[str, float]:
    """Return the most telling terms of an article and how telling each is: those that come often
    in it and in few others, but in another at least."""
    kept = folded_texts([article.pk]).get(article.pk)
    title = kept.title if kept else folded(article.title)
    text = kept.text if kept else folded_prose(article.prose)
    counts: dict[str, int] = {}
    for term in (*terms_of(title), *terms_of(text)):
        counts[term] = counts.get(term, 0) + 1
    guessed = {
        term: value
        for term, count in counts.items()
        if (value := (1 + log(count)) * library.rarity(term)) > 0
    }
    looked_up = sorted(guessed, key=guessed.__getitem__, reverse=True)[:_LOOKED_UP]
    most = max(_COMMON_AT_LEAST, library.documents * _COMMON_SHARE)
    known = document_frequency(looked_up)
    telling = {term: idf(known[term], library.documents) for term in looked_up
               if 2 <= known[term] <= most}  # fmt: skip
    best = sorted(telling, key=lambda term: (1 + log(counts[term])) * telling[term], reverse=True)
    return {term: telling[term] for term in best[:_ASKED]}


def _topic_neighbours(article: Article) -> list[int]:
    """Return the newest numbers of the articles that share a topic with one. One query."""
    own = TopicArticle.objects.filter(article=article).values("topic")
    rows = TopicArticle.objects.filter(topic__in=own).exclude(article=article)
    return list(rows.order_by("-pk").values_list("article", flat=True)[:_TOPIC_CANDIDATES])


def _visible(numbers: Iterable[int], article: Article) -> dict[int, int | None]:
    """Return those of the numbers that the public may see, but for the article's own, with their
    categories. One query."""
    rows = Article.objects.visible().filter(pk__in=set(numbers) - {article.pk})
    return dict(rows.values_list("pk", "category_id"))


def _shared_tags(
    tags: Iterable[int], others: Collection[int], rarity: dict[str, float], documents: int
) -> dict[int, float]:
    """Return what the tags that others share are worth together, from 0 to 3: a rare one more
    than one that every second article has. One query."""
    most = log(1 + max(documents, 2))
    worth = {
        tag: max(0.1, min(1.0, idf(max(2.0, rarity[tag_mark(tag)]), documents) / most))
        for tag in tags
    }
    shared: dict[int, list[float]] = {}
    if worth:
        rows = ArticleTag.objects.filter(content_object__in=others, tag__in=worth)
        for pk, tag in rows.values_list("content_object_id", "tag_id"):
            shared.setdefault(pk, []).append(worth[tag])
    return {pk: sum(sorted(values, reverse=True)[:_TAGS_COUNTED]) for pk, values in shared.items()}


@dataclass(frozen=True)
class _Bonus:
    """What speaks for an article besides its text."""

    tags: dict[int, float]
    topics: set[int]
    category: int | None

    def found(self, pk: int, category: int | None, direct: float, ranked: float) -> Found:
        is_beside = category is not None and category == self.category
        tags = _TAG * self.tags.get(pk, 0.0)
        score = ranked + tags + _TOPIC * (pk in self.topics) + _CATEGORY * is_beside
        reasons = [
            reason
            for reason, holds in (
                (Reason.TAG, pk in self.tags),
                (Reason.TOPIC, pk in self.topics),
                (Reason.TEXT, direct >= ALIKE),
                (Reason.CATEGORY, is_beside),
            )
            if holds
        ]
        return Found(pk, score, tuple(reasons))


def _filling(article: Article, taken: Collection[int], missing: int) -> list[Found]:
    """Return the newest of the category and, where those are too few, of all. Two queries."""
    newest = Article.objects.visible().exclude(pk=article.pk).newest_first()
    found: dict[int, Reason] = {}
    if article.category_id is not None:
        same = newest.filter(category=article.category_id)
        for pk in same.values_list("pk", flat=True)[:_FILLING]:
            found[pk] = Reason.CATEGORY
    for pk in newest.values_list("pk", flat=True)[:_FILLING]:
        found.setdefault(pk, Reason.RECENT)
    left = [(pk, reason) for pk, reason in found.items() if pk not in taken]
    return [Found(pk, 0.0, (reason,)) for pk, reason in left[:missing]]
