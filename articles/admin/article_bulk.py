"""Doing the same with many articles: a page that names them and asks, and one that reports."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db.models import Exists, OuterRef, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from articles.admin.bounded_list import ordered
from articles.admin.bulk_forms import FORMS, BulkForm
from articles.desk import ServiceAdmin, acting
from articles.models import Article, Restriction, Scope
from articles.services.bulk import AT_MOST, Chosen, Outcome, change_each

_CHOSEN = re.compile(r"\d{1,18}-\d{1,9}(,\d{1,18}-\d{1,9})*")
_REPORTS = "bulk_reports"
_REPORTS_KEPT = 5


@dataclass(frozen=True)
class Foreseen:
    """A chosen article on the page that asks."""

    article: Article
    refusal: str
    warnings: list[str]
    is_withheld: bool


@dataclass(frozen=True)
class Reported:
    """A chosen article on the page that reports; None for one that is no longer there."""

    number: int
    article: Article | None
    why: str


def _action(form: type[BulkForm]) -> Callable[..., Any]:
    """Return the entry of the list's menu that asks about a kind of change."""

    @admin.action(description=form.label, permissions=[form.permission])
    def ask(desk: Any, request: HttpRequest, queryset: QuerySet[Article]) -> Any:
        return desk.ask_about(request, form, queryset)

    ask.__name__ = form.name
    return ask


class BulkMixin(ServiceAdmin[Article]):
    """Gives the list what is done with many articles at once."""

    actions = tuple(_action(form) for form in FORMS)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path(
                "bulk/<slug:name>/",
                view(require_POST(self.bulk_view)),
                name="articles_article_bulk",
            ),
            path(
                "bulk/report/<slug:key>/",
                view(self.bulk_report_view),
                name="articles_article_bulk_report",
            ),
        ]
        return own + super().get_urls()

    def has_trash_permission(self, request: HttpRequest) -> bool:
        return acting(request).has_perm("articles.trash_article")

    def _may(self, request: HttpRequest, form: type[BulkForm]) -> bool:
        return bool(getattr(self, f"has_{form.permission}_permission")(request))

    # --- Asking ------------------------------------------------------------------------------
    def ask_about(
        self, request: HttpRequest, form: type[BulkForm], queryset: QuerySet[Article]
    ) -> HttpResponse | None:
        """Show the chosen articles in the order of the list, with what will be refused. At most
        four queries an article where the checklist is asked, otherwise three in all."""
        rows = list(queryset.values_list("pk", "version")[: AT_MOST + 1])
        if len(rows) > AT_MOST:
            text = _("Choose at most %(n)d articles at once.") % {"n": AT_MOST}
            self.message_user(request, text, messages.ERROR)
            return None
        chosen = [Chosen(number, version) for number, version in rows]
        return self._ask(request, form(), chosen)

    def _ask(self, request: HttpRequest, form: BulkForm, chosen: list[Chosen]) -> HttpResponse:
        foreseen = self._foreseen(form, chosen)
        back = request.POST.get("back", request.GET.urlencode())
        context = {
            **self.admin_site.each_context(request),
            "title": form.label,
            "opts": self.opts,
            "form": form,
            "foreseen": foreseen,
            "chosen": ",".join(f"{row.number}-{row.version}" for row in chosen),
            "refused": sum(1 for row in foreseen if row.refusal),
            "warned": sum(1 for row in foreseen if row.warnings and not row.refusal),
            "back": back,
        }
        return TemplateResponse(request, "admin/articles/article/bulk.html", context)

    def _foreseen(self, form: BulkForm, chosen: list[Chosen]) -> list[Foreseen]:
        rows = Article.objects.select_related("category", "contributor")
        if not form.reads_texts:
            rows = rows.defer("body", "prose", "toc")
        withheld = Restriction.objects.active().filter(article=OuterRef("pk"), scope=Scope.WHOLE)
        rows = rows.annotate(is_withheld=Exists(withheld))
        found = []
        for article in ordered(rows, [row.number for row in chosen]):
            refusal = form.refusal(article)
            warnings = [] if refusal else form.warnings(article)
            found.append(Foreseen(article, refusal, warnings, article.is_withheld))
        return found

    # --- Doing -------------------------------------------------------------------------------
    def bulk_view(self, request: HttpRequest, name: str) -> HttpResponse:
        """Change the chosen articles and lead to the report, or ask again."""
        kind = next((form for form in FORMS if form.name == name), None)
        if kind is None:
            raise Http404
        if not self._may(request, kind):
            raise PermissionDenied
        chosen = _chosen(request.POST.get("chosen", ""))
        form = kind(request.POST)
        if not form.is_valid():
            return self._ask(request, form, chosen)
        outcomes = change_each(chosen, form.change(acting(request)))
        key = self._keep(request, name, outcomes)
        return HttpResponseRedirect(reverse("admin:articles_article_bulk_report", args=[key]))

    def _keep(self, request: HttpRequest, name: str, outcomes: list[Outcome]) -> str:
        """Keep a report in the session, and of those before the last four."""
        key = secrets.token_hex(6)
        reports: dict[str, Any] = request.session.get(_REPORTS, {})
        report = {
            "name": name,
            "back": request.POST.get("back", "")[:1000],
            "rows": [[row.number, row.why] for row in outcomes],
        }
        kept = [*reports.items(), (key, report)][-_REPORTS_KEPT:]
        request.session[_REPORTS] = dict(kept)
        return key

    # --- Reporting ---------------------------------------------------------------------------
    def bulk_report_view(self, request: HttpRequest, key: str) -> HttpResponse:
        """What was done and what was not, and why; as often as it is asked for in the session.
        Two queries."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        report = request.session.get(_REPORTS, {}).get(key)
        if report is None:
            raise Http404
        rows = Article.objects.defer("body", "prose", "toc")
        articles = rows.in_bulk([number for number, _why in report["rows"]])
        reported = [Reported(pk, articles.get(pk), why) for pk, why in report["rows"]]
        context = {
            **self.admin_site.each_context(request),
            "title": next((form.label for form in FORMS if form.name == report["name"]), ""),
            "opts": self.opts,
            "done": [row for row in reported if not row.why],
            "not_done": [row for row in reported if row.why],
            "back": report["back"],
        }
        return TemplateResponse(request, "admin/articles/article/bulk_report.html", context)


def _chosen(text: str) -> list[Chosen]:
    """Return the articles that the page which asks named. Raises SuspiciousOperation for what it
    never sends."""
    if not _CHOSEN.fullmatch(text):
        raise SuspiciousOperation("No list of articles.")
    pairs = [part.split("-") for part in text.split(",")]
    if len(pairs) > AT_MOST:
        raise SuspiciousOperation("Too many articles.")
    return [Chosen(int(number), int(version)) for number, version in pairs]
