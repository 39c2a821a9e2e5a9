"""Two people, one article: the second to save sees both versions side by side, chooses, and
saves what was put together."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from articles.admin.typed import (
    NAMES,
    Sent,
    comparable,
    html_names,
    in_words,
    label_of,
    sent_by,
    take,
)
from articles.desk import ServiceAdmin, acting
from articles.differences import SAME, Line, Piece, Text, compare, pieces
from articles.editor import without_unwritten
from articles.html import clean
from articles.merging import Part, merge, merged, shared
from articles.models import Article
from articles.services.versions import Happening, happened_since, version_at

_IN_WORDS_COMPARED: Final = {"title", "excerpt", "tag_line"}
_OWN: Final = ("pick-", "part-", "merge")
_CHOICE: Final = re.compile(r"related_choices-\d+-id")
_WISHES: Final = {"cover_choice", "cover_remove"}
_DECISIONS: Final = ("_publish", "_schedule", "_withdraw")


@dataclass(frozen=True)
class Row:
    """A field that the two versions have otherwise. `chosen` is "mine", "theirs" or, where both
    changed it and nobody chose yet, empty."""

    name: str
    label: str
    base: str
    theirs: list[Piece]
    mine: list[Piece]
    chosen: str


@dataclass(frozen=True)
class Stretch:
    """Paragraphs of the text that one of the two changed, or both; `number` counts the conflicts,
    which are chosen of ("mine", "theirs" or "both")."""

    by: str
    theirs: list[Line]
    mine: list[Line]
    number: int | None = None
    chosen: str = ""


@dataclass(frozen=True)
class Conflict:
    """What was typed on the ground of an older version, beside what is saved now."""

    version: int
    happenings: list[Happening]
    rows: list[Row]
    stretches: list[Stretch]
    digest: str
    # What was asked for and is not complete; an upload that has to be chosen again.
    is_incomplete: bool
    upload: str
    pressed: bool
    base_is_known: bool
    parts: list[Part] = field(repr=False)
    theirs: Sent = field(repr=False)

    @property
    def is_settled(self) -> bool:
        """Whether nothing has to be chosen that is not."""
        return all(row.chosen for row in self.rows) and all(
            stretch.chosen for stretch in self.stretches if stretch.number is not None
        )


def find_conflict(article: Article, data: Mapping[str, Any], request: HttpRequest) -> Conflict:
    """Compare what was typed (`data`, as it was sent) with the article as it stands, on the ground
    of the version that the form was opened with. About ten queries."""
    based_on = str(data.get("based_on") or "")
    base = version_at(article, based_on)
    theirs = sent_by(article)
    ground = sent_by(base) if base is not None else None
    if base is not None and base.cover_id != article.cover_id:
        # Their cover stands against what was wished for it here, if anything was.
        wished = "cover_remove" if "cover_remove" in data else "cover_choice"
        theirs[wished] = _("another cover")
    body = _body(data)
    parts = merge(ground["body"] if ground else shared(body, theirs["body"]), body, theirs["body"])
    digest = _digest(parts)
    picked = data if data.get("merge_digest") == digest else {}
    return Conflict(
        version=article.version,
        happenings=happened_since(
            article, based_on, acting(request),
            opened_at=_moment(str(data.get("opened_at") or "")),
        ),
        rows=list(_rows(ground, theirs, data)),
        stretches=list(_stretches(parts, picked)),
        digest=digest,
        is_incomplete=getattr(request, "merge_refused", False),
        upload=getattr(request.FILES.get("cover_upload"), "name", "") or "",
        pressed=any(name in data for name in _DECISIONS),
        base_is_known=base is not None,
        parts=parts,
        theirs=theirs,
    )  # fmt: skip


def _moment(text: str) -> Any:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _body(data: Mapping[str, Any]) -> str:
    return clean(without_unwritten(str(data.get("body") or "")))


def _digest(parts: Sequence[Part]) -> str:
    """Name the conflicts of a text, so that a choice is never taken for one of another text."""
    told = [part for part in parts if part.is_conflict]
    return sha256(repr([(part.mine, part.theirs) for part in told]).encode()).hexdigest()[:16]


def _rows(ground: Sent | None, theirs: Sent, data: Mapping[str, Any]) -> Iterator[Row]:
    for name in NAMES:
        if name == "body":
            continue
        mine, other = comparable(name, data), comparable(name, theirs)
        if mine == other:
            continue
        was = comparable(name, ground) if ground is not None else None
        side = "theirs" if mine == was else "mine" if other == was else ""
        chosen = str(data.get(f"pick-{name}") or "")
        base = in_words(name, ground) if ground is not None else ""
        theirs_now, typed = in_words(name, theirs), in_words(name, data)
        compared = ground is not None and name in _IN_WORDS_COMPARED
        yield Row(
            name, label_of(name), base,
            pieces(base, theirs_now) if compared else [Piece(SAME, theirs_now)],
            pieces(base, typed) if compared else [Piece(SAME, typed)],
            chosen if chosen in {"mine", "theirs"} else side,
        )  # fmt: skip


def _stretches(parts: Sequence[Part], picked: Mapping[str, Any]) -> Iterator[Stretch]:
    number = 0
    for part in parts:
        if not part.by:
            continue
        base = "\n".join(part.base)
        theirs = _lines(base, part.theirs)
        mine = _lines(base, part.mine)
        if not part.is_conflict:
            yield Stretch(part.by, theirs, mine)
            continue
        chosen = str(picked.get(f"part-{number}") or "")
        known = chosen in {"mine", "theirs", "both"}
        yield Stretch(part.by, theirs, mine, number, chosen if known else "")
        number += 1


def _lines(base: str, after: Sequence[str]) -> list[Line]:
    return compare(Text("", base, {}), Text("", "\n".join(after), {})).lines


def put_together(article: Article, conflict: Conflict, data: QueryDict) -> QueryDict:
    """Return what was sent with everything that was chosen in it, on the ground of the version
    that stands now. The conflict must be settled."""
    done = data.copy()
    for row in conflict.rows:
        if row.chosen == "theirs":
            for name in html_names(row.name):
                done.pop(name, None)
            if row.name not in _WISHES:
                done.update(take(row.name, conflict.theirs))
    chosen = [stretch.chosen for stretch in conflict.stretches if stretch.number is not None]
    done["body"] = merged(conflict.parts, chosen)
    done["based_on"] = str(conflict.version)
    for name in list(done):
        if name.startswith(_OWN) or name in {"_merge", "_merge_save"}:
            del done[name]
    _take_choices(article, done)
    return done


def _take_choices(article: Article, done: QueryDict) -> None:
    """Where somebody chose related articles meanwhile, let the form have their rows: those that
    were sent are there no more. One query."""
    prefix = "related_choices-"
    if f"{prefix}TOTAL_FORMS" not in done:
        return
    rows = list(article.related_choices.order_by("pk"))
    known = {str(row.pk) for row in rows}
    if known == {str(done[name]) for name in done if _CHOICE.fullmatch(name) and done[name]}:
        return
    for name in [name for name in done if name.startswith(prefix)]:
        del done[name]
    for total in ("TOTAL_FORMS", "INITIAL_FORMS"):
        done[f"{prefix}{total}"] = str(len(rows))
    for number, row in enumerate(rows):
        sent = {"id": row.pk, "article": article.pk, "other": row.other_id, "verdict": row.verdict}
        done.update({f"{prefix}{number}-{name}": str(value) for name, value in sent.items()})


class ConflictMixin(ServiceAdmin[Article]):
    """Gives the form of an article what is shown and done when somebody else saved it first."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        if object_id is not None and {"_merge", "_merge_save"} & request.POST.keys():
            self._merge(request, object_id)
        response = super().changeform_view(request, object_id, form_url, extra_context)
        if getattr(request, "conflict", None) is not None:
            response.status_code = 409
        return response

    def _merge(self, request: HttpRequest, object_id: str) -> None:
        """Put what was chosen into what was sent. Where the article was saved once more meanwhile,
        or something is not chosen yet, nothing is done: the version is refused again."""
        obj = self.get_object(request, object_id)
        if obj is None or not self.has_change_permission(request, obj):
            return
        if request.POST.get("merge_version") != str(obj.version):
            return
        conflict = find_conflict(obj, request.POST, request)
        if not conflict.is_settled or conflict.digest != request.POST.get("merge_digest"):
            request.merge_refused = True  # type: ignore[attr-defined]
            return
        data = put_together(obj, conflict, request.POST)
        if "_merge_save" in request.POST:
            data["_save"] = "1"
        else:
            told = _("Both versions are put together in the form. Nothing is saved yet.")
            request.refusal = ValidationError(told, code="merged")  # type: ignore[attr-defined]
        request.POST = data  # type: ignore[assignment]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        form, obj = context["adminform"].form, kwargs.get("obj")
        if obj is not None and form.is_bound:
            if form.has_error(NON_FIELD_ERRORS, "stale"):
                saved = Article.objects.select_related("cover").get(pk=obj.pk)
                request.conflict = find_conflict(saved, request.POST, request)  # type: ignore[attr-defined]
                context |= {"conflict": request.conflict}  # type: ignore[attr-defined]
            told = {error.code for error in form.non_field_errors().as_data()}
            if told <= {"stale", "merged"} and set(form.errors) == {NON_FIELD_ERRORS}:
                context["errors"] = None  # It is told in a way of its own.
            context["is_merged"] = told == {"merged"}
        return super().render_change_form(request, context, *args, **kwargs)
