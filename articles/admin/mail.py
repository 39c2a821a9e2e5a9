"""Mail on the desk. What is in a mail (sign-in codes, cases) is its reader's: bodies are shown
only where the site runs on somebody's own machine, or as a demonstration."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.template.defaultfilters import urlize
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from post_office import admin as stock
from post_office.models import Attachment, Email, EmailTemplate, Log

from articles.desk import ModelAdmin

# Imported first, so that the stock registrations have happened and do not come later.
for _model in (Attachment, Email, EmailTemplate, Log):
    if stock.admin.site.is_registered(_model):
        stock.admin.site.unregister(_model)


def bodies_are_shown() -> bool:
    return bool(settings.DEMO or settings.LOCAL_RUN)


@admin.register(Email)
class EmailAdmin(ModelAdmin[Email]):
    """A list to read; the worker alone writes it."""

    change_form_template = "admin/change_form.html"  # Not the stock one, which resends.

    list_display = ("created", "recipients", "subject_shown", "status")
    list_display_links = ("created", "subject_shown")
    list_filter = ("status",)
    search_fields = ("to", "subject")
    ordering = ("-id",)
    list_per_page = 50
    show_full_result_count = False

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows if bodies_are_shown() else rows.defer("message", "html_message")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fields = ["from_email", "recipients", "subject_shown", "status", "created", "deliveries"]
        return [*fields, "body"] if bodies_are_shown() else fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("to"), ordering="to")
    def recipients(self, obj: Email) -> str:
        return ", ".join(obj.to)

    @admin.display(description=_("subject"))
    def subject_shown(self, obj: Email) -> str:
        return str(obj.subject) or "—"

    @admin.display(description=_("text"))
    def body(self, obj: Email) -> SafeString:
        linked = urlize(obj.message, autoescape=True)
        return format_html('<div class="desk-mail">{}</div>', linked)

    @admin.display(description=_("attempts"))
    def deliveries(self, obj: Email) -> str:
        return (
            " · ".join(
                f"{log.date:%Y-%m-%d %H:%M} {log.get_status_display()} {log.exception_type}".strip()
                for log in obj.logs.order_by("pk")
            )
            or "—"
        )
