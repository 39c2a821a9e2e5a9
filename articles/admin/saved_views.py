"""The views above the list of articles: those that everybody has, and those that were saved."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from articles.admin.article_filters import FILTERS, DateFilter
from articles.desk import ServiceAdmin, acting, reasons
from articles.models import Article, SavedView
from articles.services.saved_views import (
    delete_view,
    may_delete,
    rename_view,
    save_view,
    views_for,
)

_MODEL = "articles.article"
# What a view may ask for; anything else in an address is left out.
KNOWN = {SEARCH_VAR, ORDER_VAR, *DateFilter.bounds, *(f.parameter_name for f in FILTERS)}
_LONGEST = 1000


@dataclass(frozen=True)
class Tab:
    """A view as it stands above the list."""

    name: str
    address: str
    is_present: bool
    is_shared: bool = False
    view: SavedView | None = None
    is_own: bool = False
    may_delete: bool = False


def known_query(query: str) -> str:
    """Return a query with what a view may keep, in one order; blanks are left out."""
    pairs = parse_qsl(query[: _LONGEST * 4], keep_blank_values=False)
    return urlencode(sorted({name: value for name, value in pairs if name in KNOWN}.items()))


class SavedViewsMixin(ServiceAdmin[Article]):
    """Gives a list its saved views."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("views/", view(require_POST(self.save_view_view)), name="articles_article_views"),
            path(
                "views/<int:pk>/",
                view(require_POST(self.change_view_view)),
                name="articles_article_view",
            ),
        ]
        return own + super().get_urls()

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        present = known_query(request.GET.urlencode())
        tabs = list(self._tabs(request, present))
        context = {
            "view_tabs": tabs,
            "changeable_views": [tab for tab in tabs if tab.is_own or tab.may_delete],
            "present_query": present,
            "may_save_view": bool(present) and not any(tab.is_present for tab in tabs),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def _tabs(self, request: HttpRequest, present: str) -> Iterable[Tab]:
        """Yield what stands above the list. One query."""
        for name, query in (
            (pgettext("view", "All"), ""),
            (_("Drafts"), "status__exact=draft"),
            (_("Published today"), "date=today"),
            (_("In my charge"), "assignee=me"),
            (pgettext("view", "Overdue"), "due=overdue"),
        ):
            yield Tab(name, f"?{query}", query == present)
        user = acting(request)
        for view in views_for(user, _MODEL):
            yield Tab(
                view.name,
                f"?{view.query}",
                view.query == present,
                view.is_shared,
                view,
                view.user_id == user.pk,
                may_delete(view, user),
            )

    def save_view_view(self, request: HttpRequest) -> HttpResponse:
        query = known_query(request.POST.get("query", ""))
        name, is_shared = request.POST.get("name", ""), "is_shared" in request.POST
        try:
            if len(query) > _LONGEST:
                raise ValidationError(_("The filters are too long to be kept."))
            save_view(acting(request), _MODEL, name, query, is_shared=is_shared)
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
        else:
            self.message_user(request, _("The view is saved."), messages.SUCCESS)
        return self._back(query)

    def change_view_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Rename a view, or delete it, as the button says that was pressed."""
        view = get_object_or_404(SavedView, pk=pk, model=_MODEL)
        try:
            if "delete" in request.POST:
                delete_view(view, acting(request))
                self.message_user(request, _("The view is deleted."), messages.SUCCESS)
            else:
                rename_view(view, acting(request), request.POST.get("name", ""))
                self.message_user(request, _("The view has another name now."), messages.SUCCESS)
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
        return self._back(known_query(request.POST.get("query", "")))

    def _back(self, query: str) -> HttpResponse:
        address = reverse("admin:articles_article_changelist")
        return HttpResponseRedirect(f"{address}?{query}" if query else address)
