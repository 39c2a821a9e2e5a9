"""Watched words, ready reasons, terms, and contributors' records."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from articles.desk import DeskForm, ModelAdmin, ServiceAdmin, acting, settle_row
from submissions.models import CannedReason, Standing, Terms, WatchedWord
from submissions.services.rules import add_terms, delete_rule, save_rule


class WordForm(DeskForm[WatchedWord]):
    class Meta:
        model = WatchedWord
        fields = ["word", "note"]
        help_texts = {
            "word": _("Found whatever its script, width, case, and marks put between."),
            "note": _("Editors read it beside what was found."),
        }


class ReasonForm(DeskForm[CannedReason]):
    class Meta:
        model = CannedReason
        fields = ["use", "title", "text", "position"]
        help_texts = {
            "title": _("By this editors choose it."),
            "text": _("The contributor reads this, with what the editor changes in it."),
            "position": _("Smaller numbers stand first."),
        }


class TermsForm(DeskForm[Terms]):
    class Meta:
        model = Terms
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 24, "class": "vLargeTextField"})}
        help_texts = {
            "text": _(
                "In force as soon as it is saved, for what is sent in from then on. It can never "
                "be changed: the receipts of submissions name it."
            )
        }


@admin.register(WatchedWord)
class WatchedWordAdmin(ServiceAdmin[WatchedWord]):
    form = WordForm
    list_display = ("word", "note")
    search_fields = ("word", "note")

    def write(self, request: HttpRequest, obj: WatchedWord, form: Any, *, change: bool) -> None:
        settle_row(obj, save_rule(obj, acting(request)))

    def remove(self, request: HttpRequest, obj: WatchedWord) -> None:
        delete_rule(obj, acting(request))


@admin.register(CannedReason)
class CannedReasonAdmin(ServiceAdmin[CannedReason]):
    form = ReasonForm
    list_display = ("title", "use", "position")
    list_filter = ("use",)

    def write(self, request: HttpRequest, obj: CannedReason, form: Any, *, change: bool) -> None:
        settle_row(obj, save_rule(obj, acting(request)))

    def remove(self, request: HttpRequest, obj: CannedReason) -> None:
        delete_rule(obj, acting(request))


@admin.register(Terms)
class TermsAdmin(ServiceAdmin[Terms]):
    form = TermsForm
    list_display = ("number", "since")

    def write(self, request: HttpRequest, obj: Terms, form: Any, *, change: bool) -> None:
        settle_row(obj, add_terms(obj.text, acting(request)))

    def has_change_permission(self, request: HttpRequest, obj: Terms | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Terms | None = None) -> bool:
        return False


@admin.register(Standing)
class StandingAdmin(ModelAdmin[Standing]):
    """Read only: reviewing writes it, and so will moderation, through services."""

    list_display = ("contributor", "accepted", "declined", "strikes", "trusted", "suspended_until")
    list_select_related = ("contributor",)
    list_filter = ("needs_review",)
    search_fields = ("contributor__name",)
    show_full_result_count = False

    @admin.display(description=_("trusted"), boolean=True)
    def trusted(self, obj: Standing) -> bool:
        return obj.is_trusted

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Standing | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Standing | None = None) -> bool:
        return False
