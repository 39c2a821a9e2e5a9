"""The checklist before publishing in the form of an article."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from articles.copyreading import Finding
from articles.desk import ServiceAdmin, acting
from articles.models import Article, Status
from articles.services.checklist import ChecklistError, check, warnings_of
from articles.views.previews import as_typed

_OVERRULINGS_SHOWN: Final = 5
# The form's fields where they have other names than the article's.
_FIELDS: Final = {"cover": "cover_upload", "tags": "tag_line"}


@dataclass(frozen=True)
class Line:
    """A finding as the form shows it: with the field that it is about, and another article."""

    finding: Finding
    field: str
    about_url: str

    @property
    def badge(self) -> str:
        return "no" if self.finding.is_must else "fix"


@dataclass(frozen=True)
class Checked:
    """What the checklist says of an article."""

    lines: list[Line]

    @property
    def musts(self) -> int:
        return sum(line.finding.is_must for line in self.lines)

    @property
    def warnings(self) -> int:
        return len(self.lines) - self.musts


def _line(finding: Finding) -> Line:
    about = reverse("admin:articles_article_change", args=[finding.about]) if finding.about else ""
    return Line(finding, f"id_{_FIELDS.get(finding.field, finding.field)}", about)


def check_saved(article: Article) -> Checked:
    """Return what is to be said of an article as it is saved. Four queries at most."""
    return Checked([_line(finding) for finding in check(article, at=_moment(article))])


def _moment(article: Article) -> datetime | None:
    """Return when a scheduled article will be public; None stands for now."""
    return article.published_at if article.status == Status.SCHEDULED else None


def check_typed(request: HttpRequest, article: Article) -> Checked:
    """Return what is to be said of an article as the form holds it. Nothing is written.

    A cover that is only chosen yet is one: the page says so, which does not send it along.
    """
    form = as_typed(request, article)
    at = form.cleaned_data.get("published_at") if "_schedule" in request.POST else None
    findings = check(form.instance, form.tags, at=at)
    if "cover_upload" in request.FILES or "cover_chosen" in request.POST:
        described = bool(form.cleaned_data.get("cover_alt"))
        passed = {"no_cover"} | ({"cover_alt"} if described else set())
        findings = [finding for finding in findings if finding.code not in passed]
    return Checked([_line(finding) for finding in findings])


class ChecklistMixin(ServiceAdmin[Article]):
    """Gives the form of an article its checklist."""

    def get_urls(self) -> list[URLPattern]:
        typed = self.admin_site.admin_view(require_POST(self.check_view))
        own = [
            path("check/", typed, name="articles_article_check_new"),
            path("<int:pk>/check/", typed, name="articles_article_check"),
        ]
        return own + super().get_urls()

    def check_view(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Answer what is to be said of an article as the form holds it, as a piece of the page.
        For those who may write it."""
        if not request.user.has_perm(f"articles.{'change' if pk else 'add'}_article"):
            raise PermissionDenied
        rows = Article.objects.select_related("contributor", "category", "cover")
        article = get_object_or_404(rows, pk=pk) if pk else Article()
        context = {"checked": check_typed(request, article)}
        response = render(request, "admin/articles/article/_findings.html", context)
        response["Cache-Control"] = "no-store"
        return response

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = cast(Article | None, kwargs.get("obj"))
        may = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if may:
            context |= self._checklist(request, obj)
        return super().render_change_form(request, context, *args, **kwargs)

    def _checklist(self, request: HttpRequest, obj: Article | None) -> dict[str, Any]:
        name = "articles_article_check" if obj else "articles_article_check_new"
        return {
            "check_url": reverse(f"admin:{name}", args=[obj.pk] if obj else []),
            "checked": self._checked(request, obj),
            "asks_reason": isinstance(getattr(request, "refusal", None), ChecklistError),
            "overrulings": obj.overrulings.all()[:_OVERRULINGS_SHOWN]
            if obj and getattr(obj, "has_overrulings", True)
            else [],
            "acting": acting(request),
        }

    def _checked(self, request: HttpRequest, obj: Article | None) -> Checked | None:
        if request.method == "POST":
            # A copy: the form that is shown keeps its own.
            fresh = Article.objects.select_related("cover").get(pk=obj.pk) if obj else Article()
            return check_typed(request, fresh)
        return check_saved(obj) if obj is not None else None

    def warn_of(self, request: HttpRequest, article: Article) -> None:
        """Tell who changed a public article what the checklist warns of; nothing is blocked."""
        if not (standing := warnings_of(check(article, at=_moment(article)))):
            return
        text = ngettext(
            "The checklist warns of %(n)d thing: %(warnings)s",
            "The checklist warns of %(n)d things: %(warnings)s",
            len(standing),
        )
        said = " ".join(finding.message for finding in standing)
        self.message_user(request, text % {"n": len(standing), "warnings": said}, messages.WARNING)
