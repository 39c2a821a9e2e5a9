"""The trash on the desk: articles move into it, and out of it in one of two ways."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from articles.desk import ServiceAdmin, acting, reasons
from articles.models import Article, Restriction, Scope, Status
from articles.services.trash import KEPT, days_left, delete_now, trash, untrash

_ON_A_PAGE = 50


class TrashMixin(ServiceAdmin[Article]):
    """Gives articles their trash in place of Django's deletion."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("trash/", view(self.trash_list_view), name="articles_article_trash"),
            path("<int:pk>/trash/", view(self.trash_view), name="articles_article_trash_one"),
            path(
                "<int:pk>/untrash/",
                view(require_POST(self.untrash_view)),
                name="articles_article_untrash",
            ),
            path(
                "<int:pk>/erase/",
                view(require_POST(self.erase_view)),
                name="articles_article_erase",
            ),
        ]
        return own + super().get_urls()

    # --- Django's ways in --------------------------------------------------------------------
    def has_delete_permission(self, request: HttpRequest, obj: Article | None = None) -> bool:
        """Nobody deletes an article past the trash."""
        return False

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        return HttpResponseRedirect(reverse("admin:articles_article_trash_one", args=[object_id]))

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Article | None:
        """Find also what is in the trash: a form that was opened before is not lost when it is
        sent, and the history can be read there. A page that is looked at asks once."""
        known = cast(Article | None, getattr(request, "looked_at", None))
        if known is not None and str(known.pk) == str(object_id):
            return known
        obj = super().get_object(request, object_id, from_field)
        if obj is None and str(object_id).isdecimal() and len(str(object_id)) < 19:
            obj = Article.objects.filter(trashed_at__isnull=False, pk=object_id).first()
        if request.method == "GET":
            request.looked_at = obj  # type: ignore[attr-defined]
        return obj

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """An article of the trash is shown as what it is."""
        obj = self.get_object(request, object_id) if request.method == "GET" else None
        if obj is not None and obj.trashed_at is not None:
            return HttpResponseRedirect(reverse("admin:articles_article_trash_one", args=[obj.pk]))
        return super().change_view(request, object_id, form_url, extra_context)

    def may_trash(self, request: HttpRequest) -> bool:
        return acting(request).has_perm("articles.trash_article")

    # --- Pages -------------------------------------------------------------------------------
    def _page(self, request: HttpRequest, name: str, title: str, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "title": title}
        rights = {
            "may_trash": self.may_trash(request),
            "may_erase": acting(request).has_perm("articles.delete_article"),
            "kept_days": KEPT.days,
        }
        template = f"admin/articles/article/{name}.html"
        return TemplateResponse(request, template, {**shared, **rights, **context})

    def trash_list_view(self, request: HttpRequest) -> HttpResponse:
        """What is in the trash, the latest first. Three queries."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        rows = Article.objects.filter(trashed_at__isnull=False).order_by("-trashed_at", "-pk")
        rows = rows.select_related("trashed_by", "contributor").defer("body", "prose", "toc")
        page = Paginator(rows, _ON_A_PAGE).get_page(request.GET.get("page"))
        shown = [(article, days_left(article)) for article in page]
        return self._page(request, "trash", _("Trash"), page=page, shown=shown)

    def trash_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """An article on its way into the trash (POST moves it there), or in it."""
        article = get_object_or_404(Article.objects.select_related("trashed_by"), pk=pk)
        if request.method == "POST":
            return self._move(request, article)
        if not self.has_view_or_change_permission(request, article):
            raise PermissionDenied
        if article.trashed_at is not None:
            title = _("“%(title)s” in the trash") % {"title": article.title}
            return self._page(
                request, "in_trash", title, object=article, days=days_left(article),
                is_kept=article.restrictions.exists(),
            )  # fmt: skip
        if not self.may_trash(request):
            raise PermissionDenied
        title = _("Move “%(title)s” to the trash?") % {"title": article.title}
        return self._page(
            request, "to_trash", title, object=article,
            is_public=article.status in {Status.PUBLISHED, Status.SCHEDULED},
            topics=[entry.topic for entry in article.topic_entries.select_related("topic")],
            is_withheld=Restriction.objects.active().filter(
                article=article, scope=Scope.WHOLE
            ).exists(),
        )  # fmt: skip

    # --- Moves -------------------------------------------------------------------------------
    def _move(self, request: HttpRequest, article: Article) -> HttpResponse:
        try:
            trash(article, acting(request), note=request.POST.get("note", "").strip())
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
            return HttpResponseRedirect(self.change_url(article.pk))
        text = format_html(
            '{} <a href="{}">{}</a>',
            _("“%(title)s” is in the trash.") % {"title": article.title},
            reverse("admin:articles_article_trash_one", args=[article.pk]),
            _("Undo"),
        )
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:articles_article_changelist"))

    def untrash_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        article = untrash(get_object_or_404(Article, pk=pk), acting(request))
        text = (
            _("“%(title)s” is a draft again.")
            if article.status == Status.DRAFT
            else _("“%(title)s” is back, withdrawn; publish it when it is to be read again.")
        )
        self.message_user(request, text % {"title": article.title}, messages.SUCCESS)
        return HttpResponseRedirect(self.change_url(pk))

    def erase_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete for good what is named by its number, typed by hand."""
        article = get_object_or_404(Article, pk=pk)
        back = reverse("admin:articles_article_trash_one", args=[pk])
        if request.POST.get("number", "").strip() != str(pk):
            text = _("Type the number of the article, %(number)d, to delete it. Nothing was done.")
            self.message_user(request, text % {"number": pk}, messages.ERROR)
            return HttpResponseRedirect(back)
        try:
            delete_now(article, acting(request))
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
            return HttpResponseRedirect(back)
        text = _("“%(title)s” is deleted for good.") % {"title": article.title}
        self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:articles_article_trash"))
