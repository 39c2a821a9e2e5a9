"""The library of pictures: where each is used, which are not used at all, and finding one.

Every kind of place that can show a picture is a Source. Apps above this one name theirs in
settings.PICTURE_SOURCES; each lets the database protect its pictures, too, so that a kind that is
forgotten here still cannot lose one.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.conf import settings
from django.db.models import Count, Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from lxml.html import HtmlElement

from articles.folding import fold
from articles.html import parse, picture_key
from articles.models import (
    Article,
    ArticlePicture,
    Autosave,
    Contributor,
    Page,
    Picture,
    Restriction,
    Topic,
    User,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

USES_SHOWN: Final = 50
# So long a picture that nothing shows may belong to a form that somebody still has open.
SETTLES: Final = timedelta(days=1)
_REVISIONS_READ: Final = 5000
_KEY = re.compile(r"pictures/[0-9a-f]{2}/([0-9a-f]{24})/")


@dataclass(frozen=True)
class Use:
    """One place that shows a picture. `title` is blank where it is not everybody's to read;
    `row` is what the admin has a page of."""

    title: str = ""
    state: "StrOrPromise" = ""
    row: Model | None = None


@dataclass(frozen=True)
class Source:
    """A kind of place that can show a picture.

    `shows` gives a condition on pictures, `count` how many places show each of some pictures (one
    query), `find` the first of those that show one picture. `is_place` is off for what keeps a
    picture but shows it to nobody: records and open forms. A record also keeps its file.
    """

    code: str
    label: "StrOrPromise"
    shows: Callable[[], Q]
    count: Callable[[Sequence[Picture]], dict[int, int]]
    find: Callable[[Picture], list[Use]]
    is_place: bool = True
    is_record: bool = False


def related_source(
    code: str,
    label: "StrOrPromise",
    model: type[Model],
    field: str,
    use_of: Callable[[Any], Use],
    *,
    related: Sequence[str] = (),
    is_record: bool = False,
) -> Source:
    """Return the source that a foreign key of a model is."""
    rows: QuerySet[Any] = model._default_manager.all()

    def count(pictures: Sequence[Picture]) -> dict[int, int]:
        found = rows.filter(**{f"{field}__in": pictures}).order_by().values_list(field)
        return dict(found.annotate(n=Count("pk")))

    def find(picture: Picture) -> list[Use]:
        found = rows.filter(**{field: picture}).select_related(*related).order_by("-pk")
        return [use_of(row) for row in found[:USES_SHOWN]]

    return Source(
        code, label, lambda: Q(Exists(rows.filter(**{field: OuterRef("pk")}))), count, find,
        is_place=not is_record, is_record=is_record,
    )  # fmt: skip


def _article_use(article: Article) -> Use:
    is_trashed = article.trashed_at is not None
    state = _("In the trash") if is_trashed else article.get_status_display()
    return Use(article.title, state, article)


# --- Texts that only say a picture's key -----------------------------------------------------
def _keyed_source(
    code: str,
    label: "StrOrPromise",
    texts: Callable[[], Iterable[tuple[Use, str]]],
    *,
    is_place: bool,
) -> Source:
    """Return a source of few texts, all of which are read: pages of the site, open forms."""

    def by_key() -> dict[str, list[Use]]:
        found: dict[str, list[Use]] = {}
        for use, text in texts():
            for key in dict.fromkeys(_KEY.findall(text)):
                found.setdefault(key, []).append(use)
        return found

    def count(pictures: Sequence[Picture]) -> dict[int, int]:
        found = by_key()
        return {row.pk: len(found[row.key]) for row in pictures if row.key in found}

    return Source(
        code,
        label,
        lambda: Q(key__in=list(by_key())),
        count,
        lambda picture: by_key().get(picture.key, [])[:USES_SHOWN],
        is_place=is_place,
    )


def _page_texts() -> Iterable[tuple[Use, str]]:
    for page in Page.objects.filter(body__contains="pictures/").defer("prose"):
        yield Use(page.title, "" if page.is_published else _("Not published"), page), page.body


def _form_texts() -> Iterable[tuple[Use, str]]:
    """What is typed and not saved: few rows, and none older than a month."""
    chosen: dict[int, str] = {}
    forms = list(Autosave.objects.select_related("user"))
    covers = {int(pk) for row in forms if (pk := row.fields.get("cover_choice", "")).isdecimal()}
    if covers:
        rows = Picture.objects.filter(pk__in=covers)
        chosen = {row.pk: f"{row.folder}/" for row in rows.only("key")}
    for row in forms:
        cover = row.fields.get("cover_choice", "")
        shown = chosen.get(int(cover), "") if cover.isdecimal() else ""
        yield Use(_("by %(name)s") % {"name": row.user}), row.fields.get("body", "") + shown


SOURCES: Final = (
    related_source(
        "text", gettext_lazy("in the text"), ArticlePicture, "picture",
        lambda use: _article_use(use.article), related=["article"],
    ),
    related_source("cover", gettext_lazy("as the cover"), Article, "cover", _article_use),
    related_source(
        "topic", gettext_lazy("as a topic's picture"), Topic, "cover",
        lambda topic: Use(topic.title, "", topic),
    ),
    related_source(
        "portrait", gettext_lazy("as a portrait"), Contributor, "avatar",
        lambda contributor: Use(contributor.name, "", contributor),
    ),
    _keyed_source("page", gettext_lazy("on a page of the site"), _page_texts, is_place=True),
    _keyed_source("form", gettext_lazy("in a form that is not saved"), _form_texts, is_place=False),
    related_source(
        "measure", gettext_lazy("in a restriction"), Restriction, "picture",
        lambda row: Use(row.article.title, "" if row.lifted_at is None else _("Lifted"), row),
        related=["article"], is_record=True,
    ),
)  # fmt: skip


def sources() -> list[Source]:
    """Return the kinds of places of all apps, those that settings.PICTURE_SOURCES names."""
    return [source for path in settings.PICTURE_SOURCES for source in import_string(path)]


# --- Asking ----------------------------------------------------------------------------------
def uses_of(picture: Picture) -> list[tuple[Source, list[Use]]]:
    """Return who stands on a picture, kind by kind, USES_SHOWN of each at most. The one answer to
    that question; a query for each kind."""
    found = [(source, source.find(picture)) for source in sources()]
    return [(source, uses) for source, uses in found if uses]


def count_uses(pictures: Sequence[Picture]) -> dict[int, dict[str, int]]:
    """Return picture → code of a kind → how many such places show it, for those that any does.
    A query for each kind, however many pictures."""
    found: dict[int, dict[str, int]] = {}
    for source in sources():
        for pk, count in source.count(pictures).items():
            found.setdefault(pk, {})[source.code] = count
    return found


def is_used(picture: Picture) -> bool:
    """Say whether anything stands on a picture. A query for each kind."""
    return picture.is_withheld or bool(count_uses([picture]))


def used_as(*codes: str) -> Q:
    """Return the condition that pictures are used in one of these kinds of places."""
    condition = Q(pk__in=[])
    for source in sources():
        if source.code in codes:
            condition |= source.shows()
    return condition


def unused() -> Q:
    """Return the condition that nothing stands on pictures, and has not for a day: what is newer
    may belong to a form that is still open. Probes an index for each kind and picture: where all
    of 100,000 are used, half a second."""
    everything = used_as(*(source.code for source in sources()))
    return ~everything & Q(is_withheld=False, created_at__lt=timezone.now() - SETTLES)


def why_kept(picture: Picture, by: User | None) -> str:
    """Return why a picture cannot be deleted now; nothing where it can. A query for each kind."""
    names = [
        use.title or str(source.label) for source, uses in uses_of(picture) for use in uses[:5]
    ]
    if names:
        users = ", ".join(sorted(set(names))[:5])
        return _("The picture is still used by: %(users)s") % {"users": users}
    return why_too_new(picture, by)


def why_too_new(picture: Picture, by: User | None) -> str:
    """Say so where somebody else may still have the form open that a picture was uploaded for."""
    is_own = by is None or picture.uploaded_by_id == by.pk
    if is_own or picture.created_at < timezone.now() - SETTLES:
        return ""
    return _(
        "The picture was uploaded less than a day ago; somebody may have a form open that it "
        "belongs to."
    )


def own_descriptions(picture: Picture) -> dict[int, str]:
    """Return the articles (of those that `uses_of` shows) whose text says of a picture something
    of its own: number → what it says. One query, which reads their texts."""
    shown = Article.objects.filter(picture_uses__picture=picture).order_by("-picture_uses__pk")
    found: dict[int, str] = {}
    for pk, body in shown.values_list("pk", "body")[:USES_SHOWN]:
        for image in _images(parse(body), picture.key):
            if (alt := image.get("alt")) is not None and alt != picture.alt:
                found[pk] = alt
    return found


def _images(root: HtmlElement, key: str) -> Iterable[HtmlElement]:
    return (image for image in root.iter("img") if picture_key(image.get("src") or "") == key)


def count_revisions(picture: Picture) -> tuple[int, int]:
    """Return how many revisions of articles show a picture, of how many that were looked at: the
    newest 5,000 since it was uploaded. Two queries; reads up to 5,000 texts."""
    since = Article.history.filter(history_date__gte=picture.created_at)
    read = list(since.order_by("-history_id").values_list("pk", flat=True)[:_REVISIONS_READ])
    if not read:
        return 0, 0
    newest = Article.history.filter(history_id__gte=read[-1], history_date__gte=picture.created_at)
    showing = newest.filter(Q(cover_id=picture.pk) | Q(body__contains=picture.key))
    return showing.count(), len(read)


def same_file(picture: Picture) -> list[Picture]:
    """Return the other pictures that the same file was sent for. One query."""
    same = Picture.objects.filter(sha256=picture.sha256).exclude(pk=picture.pk)
    return list(same.order_by("pk")[:USES_SHOWN])


# --- Finding ---------------------------------------------------------------------------------
def folded_names(alt: str, name: str) -> str:
    """Return what a picture is found by."""
    return fold(f"{alt} {name}")[:1100]


def search(pictures: QuerySet[Picture], term: str) -> QuerySet[Picture]:
    """Return those of the pictures that a query finds: by number, key or address exactly, else by
    every word of the description or file name, in either script.

    Words are looked for in a column of its own, the newest pictures first: what many have is found
    at once; a rare word has every row read, some 0.2 s for 100,000 pictures on SQLite.
    """
    term = term.strip()
    if match := _KEY.search(term):
        return pictures.filter(key=match[1])
    if re.fullmatch(r"[0-9a-f]{24}", term):
        return pictures.filter(key=term)
    if term.isascii() and term.removeprefix("#").isdigit() and len(term) < 18:
        by_number = pictures.filter(pk=int(term.removeprefix("#")))
        if by_number.exists():
            return by_number
    words = fold(term).split()
    if term and not words:
        return pictures.none()
    for word in words:
        pictures = pictures.filter(folded__contains=word)
    return pictures
