"""What readers search for, on the desk: to read only."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from articles.desk import ModelAdmin
from articles.models import SearchCount


class FoundFilter(admin.SimpleListFilter):
    """Whether anything was found."""

    title = _("result")
    parameter_name = "found"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("no", _("nothing found")), ("yes", _("something found"))]

    def queryset(
        self, request: HttpRequest, queryset: QuerySet[SearchCount]
    ) -> QuerySet[SearchCount]:
        if self.value() == "no":
            return queryset.filter(found=0)
        return queryset.filter(found__gt=0) if self.value() == "yes" else queryset


@admin.register(SearchCount)
class SearchCountAdmin(ModelAdmin[SearchCount]):
    """One row for each query and day; what fewer than three visitors asked for is not there."""

    list_display = ("day", "query_shown", "asked", "found")
    list_display_links = None
    list_filter = (FoundFilter,)
    date_hierarchy = "day"
    search_fields = ("query",)
    ordering = ("-day", "-asked", "query")
    list_per_page = 100
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("searched for"), ordering="query")
    def query_shown(self, obj: SearchCount) -> SafeString:
        address = f"/search/?{urlencode({'q': obj.query})}"
        return format_html('<a href="{}" target="_blank">{}</a>', address, obj.query)
