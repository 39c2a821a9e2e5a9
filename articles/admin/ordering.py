"""Lists whose rows are moved on the desk: with buttons, which need no script, or by dragging."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from articles.desk import ServiceAdmin, acting, reasons
from articles.models import Category, Topic
from articles.services.ordering import (
    MOVES,
    Place,
    arrange_categories,
    arrange_topics,
    category_places,
    moved,
)

_LISTED = 2000


@dataclass(frozen=True)
class Act:
    """Something else that can be done to a row: a button of the list's form."""

    value: str
    label: str


@dataclass(frozen=True)
class Row:
    """A row as the list shows it."""

    pk: int
    title: str
    address: str
    depth: int = 0
    notes: Sequence[str] = ()
    acts: Sequence[Act] = field(default_factory=list)


def read_places(values: Sequence[str]) -> list[Place]:
    """Return what a list's form holds: "12:0" is row 12 at the top. Raises ValidationError."""
    try:
        found = [tuple(int(part) for part in value.split(":")) for value in values[:_LISTED]]
        return [(number, depth) for number, depth in found]
    except ValueError as error:
        raise ValidationError(_("This list could not be read. Nothing was moved.")) from error


def write_places(places: Sequence[Place]) -> str:
    return ",".join(f"{number}:{depth}" for number, depth in places)


def sent_places(request: HttpRequest) -> tuple[list[Place], list[Place]]:
    """Return the list as it was seen and as it is wanted: as it was dragged, or with one row
    moved by a button. Raises ValidationError."""
    seen = read_places([value for value in request.POST.get("seen", "").split(",") if value])
    how, _colon, number = request.POST.get("move", "").partition(":")
    if how in MOVES and number.isdecimal():
        return seen, moved(seen, int(number), how)
    return seen, read_places(request.POST.getlist("row"))


def save_order(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    save: Callable[[list[Place], list[Place]], None],
) -> None:
    """Save the list that was sent, and say so, or why not."""
    try:
        seen, wanted = sent_places(request)
        if seen == wanted:
            model_admin.message_user(request, _("It stands there already."), messages.INFO)
            return
        save(seen, wanted)
    except ValidationError as error:
        model_admin.message_user(request, reasons(error), messages.ERROR)
        return
    model_admin.message_user(request, _("The new order is saved."), messages.SUCCESS)


class OrderMixin(ServiceAdmin[Any]):
    """Gives a model with few rows a page on which all of them are put in order."""

    order_is_tree = False

    def get_urls(self) -> list[URLPattern]:
        name = f"articles_{self.opts.model_name}_order"
        own = path("order/", self.admin_site.admin_view(self.order_view), name=name)
        return [own, *super().get_urls()]

    def order_rows(self) -> list[Row]:
        """Return the rows in their order; subclasses say how."""
        raise NotImplementedError

    def save_places(self, request: HttpRequest, seen: list[Place], wanted: list[Place]) -> None:
        """Save the order by calling a service; subclasses say which."""
        raise NotImplementedError

    def order_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            save_order(self, request, lambda seen, wanted: self.save_places(request, seen, wanted))
            return HttpResponseRedirect(request.path)
        rows = self.order_rows()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Order of the %(what)s") % {"what": self.opts.verbose_name_plural},
            "rows": rows,
            "seen": write_places([(row.pk, row.depth) for row in rows]),
            "is_tree": self.order_is_tree,
        }
        return TemplateResponse(request, "admin/articles/order.html", context)


class CategoryOrderMixin(OrderMixin):
    order_is_tree = True

    def order_rows(self) -> list[Row]:
        rows = list(Category.objects.order_by("position", "pk"))
        by_pk = {row.pk: row for row in rows}
        return [
            Row(pk, by_pk[pk].name, self.change_url(pk), depth)
            for pk, depth in category_places(rows)
        ]

    def save_places(self, request: HttpRequest, seen: list[Place], wanted: list[Place]) -> None:
        arrange_categories(acting(request), seen, wanted)


class TopicOrderMixin(OrderMixin):
    def order_rows(self) -> list[Row]:
        rows = Topic.objects.order_by("position", "pk")
        return [Row(row.pk, row.title, self.change_url(row.pk)) for row in rows]

    def save_places(self, request: HttpRequest, seen: list[Place], wanted: list[Place]) -> None:
        arrange_topics(acting(request), [pk for pk, _d in seen], [pk for pk, _d in wanted])
