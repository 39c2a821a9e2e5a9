"""The history of an article on the desk: its revisions, their names, two of them side by side,
and the way back to each."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F, Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_POST, require_safe

from articles.admin.comparing import brief_words, label_of, show
from articles.desk import ServiceAdmin, acting, reasons
from articles.html import picture_keys
from articles.models import Article, Status
from articles.services.audit import Verb, verb_of, with_verb
from articles.services.revisions import (
    as_restored,
    comparable,
    in_brief,
    lost_relations,
    name_revision,
    neighbours,
    restore_revision,
)
from articles.views import previews

_ON_A_PAGE = 50
_NOW = "now"
_PLANNED = ("assignee", "due_on")


@dataclass(frozen=True)
class Entry:
    """A revision in the list: what made it, and what it changed."""

    revision: Any
    verb: Verb
    brief: str


def _number(text: str | None) -> int | None:
    """Return the number that an address names, if it can be that of a revision."""
    text = text or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


class HistoryMixin(ServiceAdmin[Article]):
    """Gives an article its history."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        places = (
            ("", previews.preview_revision, "revision"),
            ("name/", require_POST(self.name_view), "name_revision"),
            ("restore/", self.restore_view, "restore"),
        )
        own = [
            path(
                f"<int:pk>/history/<int:revision>/{place}",
                view(page),
                name=f"articles_article_{name}",
            )
            for place, page, name in places
        ]
        compare = view(require_safe(self.compare_view))
        own.append(path("<int:pk>/history/compare/", compare, name="articles_article_compare"))
        return own + super().get_urls()

    def _article_seen(self, request: HttpRequest, pk: Any) -> Article:
        """Return an article that the member of staff may look at."""
        article = self.get_object(request, str(pk))
        if article is None:
            raise Http404
        if not self.has_view_or_change_permission(request, article):
            raise PermissionDenied
        return article

    def _past_context(self, request: HttpRequest, article: Article, title: str) -> dict[str, Any]:
        by = acting(request)
        return {
            **self.admin_site.each_context(request),
            "title": title % {"title": article.title},
            "object": article,
            "opts": self.opts,
            "may_restore": by.has_perm("articles.restore_article"),
            "may_name": by.has_perm("articles.change_article"),
        }

    # --- The list -----------------------------------------------------------------------------
    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The article's revisions, the newest first: who, when, why, what. Two queries for them,
        however many there are."""
        article = self._article_seen(request, object_id)
        rows = with_verb(article.history.all()).order_by("-history_id")
        if is_abridged := request.GET.get("show") == "marked":
            reached = Q(status__in=[Status.PUBLISHED, Status.SCHEDULED]) & (
                Q(status_before=None) | ~Q(status=F("status_before"))
            )
            rows = rows.filter(~Q(label="") | reached)
        if before := _number(request.GET.get("before")):
            rows = rows.filter(history_id__lt=before)
        found = list(rows[: _ON_A_PAGE + 1])
        context = self._past_context(request, article, _("History of “%(title)s”")) | {
            "entries": _entries(article, found[:_ON_A_PAGE]),
            "is_abridged": is_abridged,
            "is_continued": bool(before),
            "older": found[_ON_A_PAGE - 1].history_id if len(found) > _ON_A_PAGE else None,
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/articles/article/history.html", context)

    def name_view(self, request: HttpRequest, pk: int, revision: int) -> HttpResponse:
        article = self._article_seen(request, pk)
        try:
            name_revision(article, acting(request), revision, request.POST.get("label", ""))
        except article.history.model.DoesNotExist as error:
            raise Http404 from error
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
        else:
            self.message_user(request, _("The name of the revision is kept."), messages.SUCCESS)
        place = reverse("admin:articles_article_history", args=[pk])
        return HttpResponseRedirect(f"{place}?{request.GET.urlencode()}#revision-{revision}")

    # --- Two beside each other ----------------------------------------------------------------
    def compare_view(self, request: HttpRequest, pk: int) -> TemplateResponse:
        """What differs between two revisions, or one and the article as it stands now; the last
        two where none are named. Five queries for it."""
        article = self._article_seen(request, pk)
        revisions = _chosen(request, article)
        one, other = (*revisions, None)[:2]
        found = comparable([one, other or article])
        context = self._past_context(request, article, _("Compare revisions of “%(title)s”")) | {
            "one": one,
            "other": other,
            "shown": show(found.texts[0], found.texts[1], found),
            "after": neighbours(other)[1] if other else None,
        }
        return TemplateResponse(request, "admin/articles/article/compare.html", context)

    # --- The way back -------------------------------------------------------------------------
    def restore_view(self, request: HttpRequest, pk: int, revision: int) -> HttpResponse:
        """Show what restoring a revision would change, and (POST) restore it."""
        article = self._article_seen(request, pk)
        if not acting(request).has_perm("articles.restore_article"):
            raise PermissionDenied
        row = article.history.select_related("history_user").filter(history_id=revision).first()
        if row is None:
            raise Http404
        if request.method == "POST" and self._restored(request, article, revision):
            return HttpResponseRedirect(self.change_url(pk))
        article = self._article_seen(request, pk)
        return self._ask_to_restore(request, article, row)

    def _restored(self, request: HttpRequest, article: Article, revision: int) -> bool:
        seen = _number(request.POST.get("version")) or 0
        try:
            restore_revision(article, acting(request), revision, version=seen)
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
            return False
        text = _("The earlier text stands again, as a new revision.")
        self.message_user(request, text, messages.SUCCESS)
        return True

    def _ask_to_restore(self, request: HttpRequest, article: Article, row: Any) -> TemplateResponse:
        lost = lost_relations(row)
        would_be = as_restored(article, row, lost)
        found = comparable([article, would_be])
        keys = picture_keys(row.body)
        context = self._past_context(request, article, _("Restore a revision of “%(title)s”")) | {
            "revision": row,
            "shown": show(found.texts[0], found.texts[1], found),
            "lost": [label_of(name.removesuffix("_id")) for name in lost],
            "lost_pictures": sum(key not in found.pictures for key in keys),
            "is_public": article.status in {Status.PUBLISHED, Status.SCHEDULED},
        }
        return TemplateResponse(request, "admin/articles/article/restore.html", context)

    # --- What the admin's own log is spared ---------------------------------------------------
    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> list[dict[str, dict[str, Any]]]:
        """Leave to the log what no revision tells: who is in charge, and what stands below."""
        told = super().construct_change_message(request, form, formsets, add)
        inlines = [part for part in told if any("name" in what for what in part.values())]
        with override(None):  # The log is translated when it is read.
            names = [name for name in _PLANNED if name in form.changed_data]
            planned = [str(Article._meta.get_field(name).verbose_name) for name in names]  # type: ignore[union-attr]
        return ([{"changed": {"fields": planned}}] if planned else []) + inlines

    def log_addition(self, request: HttpRequest, obj: Article, message: Any) -> Any:
        return None

    def log_change(self, request: HttpRequest, obj: Article, message: Any) -> Any:
        return super().log_change(request, obj, message) if message else None

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Article]) -> Any:
        return None


def _chosen(request: HttpRequest, article: Article) -> list[Any]:
    """Return the revisions that an address names, the earlier one first: one where the other is
    the article as it stands; the last two (or the only one) where it names none. One query."""
    rows = with_verb(article.history.all()).order_by("-history_id")
    asked = [request.GET.get(name) or _NOW for name in ("from", "to")]
    numbers = [_number(text) for text in asked if text != _NOW]
    if not numbers:
        return list(rows[:2])[::-1]
    by_number = {row.history_id: row for row in rows.filter(history_id__in=set(numbers) - {None})}
    if not all(number in by_number for number in numbers):
        raise Http404
    return sorted((by_number[number] for number in numbers), key=lambda row: row.history_id)


def _entries(article: Article, rows: list[Any]) -> list[Entry]:
    """Say of each revision what it changed. One query for those before them that are not there;
    some milliseconds for each whose text changed."""
    known = {row.history_id: row for row in rows}
    missing = {row.number_before for row in rows} - known.keys() - {None}
    if missing:
        known |= {row.history_id: row for row in article.history.filter(history_id__in=missing)}
    entries = []
    for row in rows:
        before = known.get(row.number_before)
        brief = brief_words(in_brief(before, row)) if before is not None else ""
        entries.append(Entry(row, verb_of(row), brief))
    return entries
