"""What is derived from an article's text when it is written, so that reading it is cheap."""

import hashlib
import re
from collections.abc import Iterable

from django.db import transaction
from django.db.models import F, Q

from articles.folding import fold
from articles.html import picture_keys
from articles.models import (
    Article,
    ArticlePicture,
    OpeningClause,
    Page,
    Picture,
    Restriction,
    Scope,
    Status,
)
from articles.prose import PictureInfo, clauses, cut, prepare, sentences
from articles.search import owe

# A clause that opens this many articles is a greeting and no part of an excerpt.
COMMON_CLAUSE = 4
# So many characters in common, and an excerpt shows a part of a passage.
_TELLING = 10
DERIVED_FIELDS = ["prose", "toc", "summary", "folded_title", "characters"]


def derive(article: Article) -> None:
    """Set an article's derived fields from its text and its active measures; does not save it.

    An unsaved article has no measures. Costs one query for the pictures (when there are any), one
    for the measures, one for the clauses of the opening.
    """
    measures = Restriction.objects.active().filter(article=article.pk, scope=Scope.PASSAGE)
    passages = list(measures) if article.pk else []
    keys = picture_keys(article.body)
    pictures = list(Picture.objects.filter(key__in=keys)) if keys else []
    article.body = with_present_files(article.body, pictures)
    prose = prepare(
        article.body,
        {p.key: picture_info(p) for p in pictures},
        passages=[m.passage for m in passages],
        withheld_pictures={p.key for p in pictures if p.is_withheld},
    )
    for measure, located in zip(passages, prose.located, strict=True):
        if measure.is_located != located:
            Restriction.objects.filter(pk=measure.pk).update(is_located=located)
    article.prose = prose.html
    article.toc = prose.toc
    article.characters = len("".join(prose.text.split()))
    article.folded_title = fold(article.title)[:400]
    article.summary = _summary(article, prose.text, [m.passage for m in passages])


def with_present_files(body: str, pictures: Iterable[Picture]) -> str:
    """Return a cleaned body that names the files that its pictures now have: whoever edits a text
    would else be shown, from the browser's cache, a picture that was replaced."""
    for picture in pictures:
        if picture.edition:
            present = f"{picture.folder}/{picture.file}"
            body = re.sub(rf"{re.escape(picture.folder)}/[\w.-]+", present, body)
    return body


def picture_info(picture: Picture) -> PictureInfo:
    return PictureInfo(picture.url, picture.width, picture.height, picture.alt, picture.renditions)


def _summary(article: Article, text: str, passages: Iterable[str]) -> str:
    """The editors' excerpt, unless it shows a withheld passage; else cut from what is shown."""
    excerpt = " ".join(article.excerpt.split())
    folded = fold(excerpt).replace(" ", "")
    needles = (fold(passage).replace(" ", "") for passage in passages)
    if excerpt and not any(needle and _overlap(folded, needle) for needle in needles):
        return excerpt
    body = " ".join(line for line in text.split("\n") if fold(line) != article.folded_title)
    return cut(_without_greeting(body))


def _overlap(one: str, other: str) -> bool:
    """Say whether two folded texts have a telling stretch in common, or one holds the other."""
    length = min(_TELLING, len(one), len(other))
    return any(one[i : i + length] in other for i in range(len(one) - length + 1))


def _digests(sentence: str) -> list[str]:
    return [hashlib.blake2b(c.encode(), digest_size=16).hexdigest() for c in clauses(sentence)]


def _without_greeting(text: str) -> str:
    """Drop the sentences at the beginning that open many articles; keep all if nothing is left."""
    opening = sentences(text)
    digests = {digest for sentence in opening for digest in _digests(sentence)}
    common = set(
        OpeningClause.objects.filter(digest__in=digests, articles__gte=COMMON_CLAUSE).values_list(
            "digest", flat=True
        )
    )
    if not common:
        return text
    start = 0
    for sentence in opening:
        if not common.intersection(_digests(sentence)):
            break
        start = text.index(sentence, start) + len(sentence)
    rest = text[start:].strip()
    return rest or text


def open_with_greeting(texts: Iterable[str]) -> list[bool]:
    """Say of each text whether a sentence of its opening opens many articles. One query."""
    found = [{d for s in sentences(text) for d in _digests(s)} for text in texts]
    asked = set().union(*found)
    common = set(
        OpeningClause.objects.filter(digest__in=asked, articles__gte=COMMON_CLAUSE).values_list(
            "digest", flat=True
        )
    )
    return [bool(common & digests) for digests in found]


def count_opening(old_body_text: str, new_body_text: str) -> None:
    """Keep the count of opening clauses when a text changes. Costs a few keyed updates, none when
    the opening stays."""
    before = {d for s in sentences(old_body_text) for d in _digests(s)}
    after = {d for s in sentences(new_body_text) for d in _digests(s)}
    gone, come = before - after, after - before
    if gone:
        OpeningClause.objects.filter(digest__in=gone).update(articles=F("articles") - 1)
    if come:
        OpeningClause.objects.bulk_create(
            [OpeningClause(digest=d, articles=0) for d in sorted(come)], ignore_conflicts=True
        )
        OpeningClause.objects.filter(digest__in=come).update(articles=F("articles") + 1)


def hold_pictures(article: Article) -> None:
    """Keep the pictures that an article is about to show from being deleted until it is written.
    One query where it shows any; in the transaction that writes it, before it is checked."""
    keys = picture_keys(article.body)
    if keys or article.cover_id is not None:
        wanted = Q(key__in=keys) | Q(pk=article.cover_id or 0)
        rows = Picture.objects.select_for_update(no_key=True).filter(wanted)
        list(rows.order_by("pk").values_list("pk"))


def derive_page(page: Page) -> None:
    """Set a page's prose from its text; does not save it. One query."""
    shown = list(Picture.objects.filter(key__in=picture_keys(page.body)))
    page.body = with_present_files(page.body, shown)
    page.prose = prepare(
        page.body,
        {picture.key: picture_info(picture) for picture in shown},
        withheld_pictures={picture.key for picture in shown if picture.is_withheld},
    ).html


def rederive_pages(picture: Picture) -> None:
    """Derive those of the site's own pages anew that show a picture. There are few pages."""
    for page in Page.objects.filter(body__contains=picture.key):
        derive_page(page)
        page.save(update_fields=["prose", "body"])


def link_pictures(article: Article) -> None:
    """Keep the rows that say which pictures a saved article's text shows."""
    keys = picture_keys(article.body)
    wanted = (
        set(Picture.objects.filter(key__in=keys).values_list("pk", flat=True)) if keys else set()
    )
    present = set(article.picture_uses.values_list("picture_id", flat=True))
    article.picture_uses.filter(picture_id__in=present - wanted).delete()
    ArticlePicture.objects.bulk_create(
        [ArticlePicture(article=article, picture_id=pk) for pk in sorted(wanted - present)],
        ignore_conflicts=True,
    )


@transaction.atomic
def rederive(article: Article) -> Article:
    """Derive an article's prose and summary anew (after a measure, or when pictures got new
    renditions); no revision is kept, as the text is the same."""
    locked = Article.objects.select_for_update().get(pk=article.pk)
    body = locked.body
    derive(locked)
    changed = ["body"] if locked.body != body else []
    locked.save_without_historical_record(update_fields=[*DERIVED_FIELDS, *changed])
    if locked.status in {Status.PUBLISHED, Status.SCHEDULED}:
        owe([locked.pk])
    return locked
