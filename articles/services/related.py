"""Which articles stand below an article, and why: stored when it is published, and what the editors
chose or banned for it."""

from collections.abc import Collection, Iterator

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Count, Min
from django.utils.translation import gettext as _
from django_tasks import task

from articles.models import Article, Reason, RelatedArticle, RelatedChoice, User
from articles.pagecache import purge
from articles.search import index_articles
from articles.services.permissions import require
from articles.services.resembling import Found, Library, find_related
from articles.services.versions import raise_version

STORED = 12
# Of those stored, so many are shown that are visible and no neighbours.
SHOWN = 6
# How many may learn of a new article that is like them.
_TOLD = 24
# A list is looked at again where the new article comes this near to its last place.
_NEARLY = 0.7
_BATCH = 200
Verdict = RelatedChoice.Verdict


@task()
def relate(article_id: int) -> None:
    """Store what is related to an article, and anew for those that it now belongs to, but those
    in whose lists it stood. In the worker."""
    index_articles([article_id])
    article = Article.objects.filter(pk=article_id).first()
    if article is None:
        return
    library = Library()
    found = find_related(article, library, _TOLD)
    _store(article_id, found)
    for other in _to_be_told(article_id, found):
        store_related(other, library)


def _to_be_told(article_id: int, found: list[Found]) -> list[int]:
    """Return those found in whose lists the article stands or might stand now. Two queries."""
    scores = {one.pk: one.score for one in found}
    rows = RelatedArticle.objects.filter(article__in=scores).values("article")
    last = {
        pk: score if count >= STORED else 0.0
        for pk, score, count in rows.annotate(s=Min("score"), n=Count("pk")).values_list(
            "article", "s", "n"
        )
    }
    has_it = set(
        RelatedArticle.objects.filter(article__in=scores, other=article_id).values_list(
            "article", flat=True
        )
    )
    return [pk for pk in scores if pk in has_it or scores[pk] >= _NEARLY * last.get(pk, 0.0)]


def store_related(article_id: int, library: Library | None = None) -> int:
    """Choose and store the articles related to one, and return how many; writes nothing where
    they are what they were.

    Safe to run again. An article that is gone stores nothing. Reads about 150 articles whatever
    the size of the site: about a tenth of a second, less with a library that has read them.
    """
    article = Article.objects.filter(pk=article_id).first()
    if article is None:
        return 0
    return _store(article_id, find_related(article, library or Library(), STORED + _TOLD))


@transaction.atomic
def _store(article_id: int, found: list[Found]) -> int:
    """Store a list, what the editors chose before all and without what they banned. Three
    queries, five or six where the list is another; an article that was deleted meanwhile stores
    nothing."""
    article = Article.objects.select_for_update().only("pk").filter(pk=article_id).first()
    if article is None:
        return 0
    choices = dict(article.related_choices.values_list("other", "verdict"))
    pinned = [pk for pk, verdict in choices.items() if verdict == Verdict.PIN]
    wanted = [(pk, 0.0, Reason.CHOSEN.value) for pk in pinned[:STORED]]
    wanted += [
        (one.pk, round(one.score, 4), " ".join(one.reasons))
        for one in found
        if one.pk not in choices
    ]
    wanted = wanted[:STORED]
    stored = RelatedArticle.objects.filter(article=article).order_by("position")
    before = list(stored.values_list("other", "score", "reasons"))
    if wanted != before:
        stored.delete()
        RelatedArticle.objects.bulk_create(
            RelatedArticle(article=article, other_id=pk, position=at, score=score, reasons=why)
            for at, (pk, score, why) in enumerate(wanted)
        )
        # Readers see no scores.
        if [(pk, why) for pk, _, why in wanted] != [(pk, why) for pk, _, why in before]:
            purge(f"related:{article_id}")
    return len(wanted)


def related_to(article_id: int) -> list[int]:
    """Return the numbers of the stored related articles, best first. One query."""
    stored = RelatedArticle.objects.filter(article=article_id).order_by("position")
    return list(stored.values_list("other_id", flat=True))


def rebuild_related(
    after: int = 0, *, thin_only: bool = False, library: Library | None = None
) -> Iterator[int]:
    """Store anew what is related to each public article whose number is greater than `after`, in
    the order of their numbers; yield the number of each when it is done.

    `thin_only` passes over those that have enough to show. May be stopped anywhere and go on
    after the last number.
    """
    library = library or Library()
    while True:
        public = Article.objects.filter(pk__gt=after, public_at__isnull=False).order_by("pk")
        numbers = list(public.values_list("pk", flat=True)[:_BATCH])
        if not numbers:
            return
        enough = _enough(numbers) if thin_only else set()
        for number in numbers:
            if number not in enough:
                store_related(number, library)
            yield number
        after = numbers[-1]


def _enough(numbers: Collection[int]) -> set[int]:
    """Return which of the articles have enough visible ones below them. One query."""
    shown = Article.objects.visible().filter(related_to__article__in=numbers)
    counts = shown.values("related_to__article").annotate(n=Count("pk")).order_by()
    rows = counts.values_list("related_to__article", "n")
    return {pk for pk, n in rows if n >= SHOWN}


# --- What the editors choose ------------------------------------------------------------------
def choose_related(article: Article, by: User | None, verdicts: dict[int, str]) -> None:
    """Make exactly these the editors' choices for an article: number of another → Verdict, those
    always shown in this order. Who made one is kept where it stays; each rebuild holds to them.

    The lists of the day follow at once. Raises PermissionDenied, Article.DoesNotExist;
    ValidationError for the article itself, one that there is not, or more than can be shown.
    """
    require(by, "articles.change_article")
    with transaction.atomic():
        locked = Article.objects.select_for_update().get(pk=article.pk)
        _check(locked, verdicts)
        present = {choice.other_id: choice for choice in locked.related_choices.all()}
        if [(pk, choice.verdict) for pk, choice in present.items()] == list(verdicts.items()):
            return
        locked.related_choices.all().delete()
        rows = [RelatedChoice(article=locked, other_id=pk, verdict=v) for pk, v in verdicts.items()]
        for row in rows:
            row.by = by
            before = present.get(row.other_id)
            if before is not None and before.verdict == row.verdict:
                row.by, row.made_at = before.by, before.made_at
        RelatedChoice.objects.bulk_create(rows)
        raise_version([locked.pk])
        _follow(locked, verdicts)
        relate.enqueue(locked.pk)


def _check(article: Article, verdicts: dict[int, str]) -> None:
    if article.pk in verdicts:
        raise ValidationError(_("An article cannot stand below itself."))
    if unknown := set(verdicts.values()) - set(Verdict.values):
        raise ValidationError(_("Unknown wish: %(what)s") % {"what": ", ".join(sorted(unknown))})
    if sum(verdict == Verdict.PIN for verdict in verdicts.values()) > SHOWN:
        raise ValidationError(_("At most %(n)d articles can always be shown.") % {"n": SHOWN})
    known = Article.objects.filter(pk__in=verdicts).count()
    if known < len(verdicts):
        raise ValidationError(_("One of these articles no longer exists."))


def _follow(article: Article, verdicts: dict[int, str]) -> None:
    """Let the stored list follow the choices now; the worker fills it up."""
    rows = article.related.exclude(reasons=Reason.CHOSEN).exclude(other__in=verdicts)
    stored = [
        Found(pk, score, tuple(Reason(reason) for reason in reasons.split()))
        for pk, score, reasons in rows.order_by("position").values_list("other", "score", "reasons")
    ]
    _store(article.pk, stored)
