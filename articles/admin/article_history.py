"""The history of an article on the desk: its revisions, and the way back to each."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from articles.desk import ServiceAdmin, acting, reasons
from articles.models import Article
from articles.services.revisions import restore_revision
from articles.views import previews

_REVISIONS_SHOWN = 200


class HistoryMixin(ServiceAdmin[Article]):
    """Gives an article its history."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path(
                "<int:pk>/history/<int:revision>/",
                view(previews.preview_revision),
                name="articles_article_revision",
            ),
            path(
                "<int:pk>/history/<int:revision>/restore/",
                view(require_POST(self.restore_view)),
                name="articles_article_restore",
            ),
        ]
        return own + super().get_urls()

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> TemplateResponse:
        """The article's revisions, the newest first: who, when, why; the way back to each."""
        obj = self.get_object(request, object_id)
        if obj is None:
            raise Http404
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        revisions = obj.history.select_related("history_user").defer("body")
        context = {
            **self.admin_site.each_context(request),
            "title": _("History of “%(title)s”") % {"title": obj.title},
            "object": obj,
            "opts": self.opts,
            "revisions": revisions[:_REVISIONS_SHOWN],
            "may_restore": acting(request).has_perm("articles.restore_article"),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/articles/article/history.html", context)

    def restore_view(self, request: HttpRequest, pk: int, revision: int) -> HttpResponse:
        obj = get_object_or_404(Article, pk=pk)
        try:
            restore_revision(obj, acting(request), revision)
        except obj.history.model.DoesNotExist as error:
            raise Http404 from error
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
        else:
            text = _("The earlier text stands again, as a new revision.")
            self.message_user(request, text, messages.SUCCESS)
        return HttpResponseRedirect(self.change_url(pk))
