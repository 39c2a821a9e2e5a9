"""By what the queue is narrowed."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from submissions.models import OPEN_STATES, State, Submission
from submissions.services.queue import LEVELS, of_trusted

Rows = QuerySet[Submission]


class StateFilter(admin.SimpleListFilter):
    """What waits is shown unless something else is asked for."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("overdue", _("Overdue")),
            ("chief", _("For a chief editor")),
            *((state.value, state.label) for state in State if state != State.DRAFT),
            ("all", _("All")),
        ]

    def choices(self, changelist: Any) -> Iterator[Any]:
        chosen = list(super().choices(changelist))
        yield {**chosen[0], "display": _("Open")}
        yield from chosen[1:]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        value = self.value()
        if value == "all":
            return queryset
        if value in State.values:
            return queryset.filter(state=value)
        waiting = queryset.filter(state__in=OPEN_STATES)
        if value == "overdue":
            return waiting.filter(due_at__lt=timezone.now())
        return waiting.filter(for_chief=True) if value == "chief" else waiting


class ClaimFilter(admin.SimpleListFilter):
    title = _("editor")
    parameter_name = "claim"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("free", _("Free")), ("taken", _("Taken")), ("mine", _("Taken by me"))]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        taken = Q(claimed_by__isnull=False, claimed_until__gt=timezone.now())
        if self.value() == "free":
            return queryset.exclude(taken)
        if self.value() == "mine":
            return queryset.filter(taken, claimed_by=request.user.pk)
        return queryset.filter(taken) if self.value() == "taken" else queryset


class OriginalityFilter(admin.SimpleListFilter):
    title = _("originality")
    parameter_name = "overlap"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            *((str(rank), label) for rank, label in LEVELS.items()),
            ("none", _("Nothing found")),
            ("unchecked", _("Still being checked")),
        ]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        value = self.value()
        if value in {str(rank) for rank in LEVELS}:
            return queryset.filter(Q(overlap_rank=int(value)))
        if value == "none":
            return queryset.filter(Q(overlap_rank__isnull=True, is_examined=True))
        return queryset.filter(Q(is_examined=False)) if value == "unchecked" else queryset


class TrustFilter(admin.SimpleListFilter):
    title = _("contributor")
    parameter_name = "contributor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("new", _("Nothing accepted yet")),
            ("trusted", _("Trusted")),
            ("strikes", _("With strikes")),
        ]

    def queryset(self, request: HttpRequest, queryset: Rows) -> Rows:
        if self.value() == "new":
            none = Q(contributor__standing__isnull=True) | Q(contributor__standing__accepted=0)
            return queryset.filter(none)
        if self.value() == "trusted":
            return of_trusted(queryset, at_least=settings.TRUSTED_AFTER)
        if self.value() == "strikes":
            return queryset.filter(contributor__standing__strikes__gt=0)
        return queryset
