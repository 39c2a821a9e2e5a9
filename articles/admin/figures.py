"""How often articles are read, on the desk: all of them together, and each by itself."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.desk import ModelAdmin, ServiceAdmin, acting
from articles.models import Article, DailyReads
from articles.services.figures import (
    counted,
    likes_of_site,
    most_read,
    plot_of_articles,
    plot_of_site,
)


@admin.register(DailyReads)
class FiguresAdmin(ModelAdmin[DailyReads]):
    """One page: reads by day, and what was read most. For those who write articles."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return acting(request).has_perm("articles.change_article")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.figures_view))
        return [path("", view, name="articles_dailyreads_changelist")]

    def figures_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "title": _("Reads and likes"),
            "opts": self.opts,
            "plot": plot_of_site(),
            "likes": likes_of_site(),
            "rows": most_read(),
        }
        return TemplateResponse(request, "admin/articles/figures.html", context)


class FiguresMixin(ServiceAdmin[Article]):
    """Gives each article a page with its figures."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_safe(self.figures_view))
        return [
            path("<int:pk>/figures/", view, name="articles_article_figures"),
            *super().get_urls(),
        ]

    def figures_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The reads of one article by day. Five queries."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        rows = Article.objects.filter(pk=pk)
        shown = get_object_or_404(rows.only("title", "read_count", "like_count"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Reads and likes of “%(title)s”") % {"title": shown.title},
            "opts": self.opts,
            "object": shown,
            "plot": plot_of_articles(rows),
            "figures": counted([shown])[0],
        }
        return TemplateResponse(request, "admin/articles/article/figures.html", context)
