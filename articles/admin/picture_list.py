"""The list of pictures on the desk: a grid or a table, what they are filtered by, descriptions
that are written in place, and the deletion of several at once."""

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.defaultfilters import filesizeformat
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from articles.desk import CappedPaginator, ServiceAdmin, acting, badge, reasons, thumbnail
from articles.models import LARGE_BYTES, Picture, User
from articles.services.library import count_uses, search, sources, unused, used_as, why_too_new
from articles.services.pictures import delete_picture, describe_picture

_AT_ONCE = 200
_PEOPLE = 20
_LOOK = "pictures_as"


class UseFilter(admin.SimpleListFilter):
    title = gettext_lazy("use")
    parameter_name = "use"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        kinds = [(source.code, source.label) for source in sources() if source.is_place]
        return [("no", gettext_lazy("Not used")), ("yes", gettext_lazy("Used")), *kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Picture]) -> QuerySet[Picture]:
        places = [source.code for source in sources() if source.is_place]
        if self.value() == "no":
            return queryset.filter(unused())
        if self.value() == "yes":
            return queryset.filter(used_as(*places))
        value = str(self.value() or "")
        return queryset.filter(used_as(value)) if value in places else queryset


class StateFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "is"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("undescribed", gettext_lazy("Without description")),
            ("large", gettext_lazy("Large files")),
            ("withheld", gettext_lazy("Withheld")),
            ("demo", gettext_lazy("Of the demo")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Picture]) -> QuerySet[Picture]:
        conditions = {
            "undescribed": Q(alt=""),
            "large": Q(size__gte=LARGE_BYTES),
            "withheld": Q(is_withheld=True),
            "demo": Q(is_demo=True),
        }
        return queryset.filter(conditions.get(str(self.value()), Q()))


class UploaderFilter(admin.SimpleListFilter):
    """Oneself, the contributors as a whole, each member of staff; by number anybody."""

    title = gettext_lazy("uploaded by")
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        staff = User.objects.filter(is_staff=True, is_active=True).exclude(pk=acting(request).pk)
        people = [(str(user.pk), str(user)) for user in staff.order_by("name", "pk")[:_PEOPLE]]
        return [
            ("me", gettext_lazy("Me")),
            ("contributors", gettext_lazy("Contributors")),
            *people,
            *self._asked(people),
        ]

    def _asked(self, people: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return whom a link asked for that the list does not name."""
        asked = str(self.used_parameters.get(self.parameter_name) or "")
        if not asked.isdecimal() or len(asked) > 17 or asked in dict(people):
            return []
        return [(asked, str(user)) for user in User.objects.filter(pk=int(asked))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Picture]) -> QuerySet[Picture]:
        value = str(self.value() or "")
        if value == "me":
            return queryset.filter(uploaded_by=acting(request))
        if value == "contributors":
            return queryset.filter(uploaded_by__is_staff=False)
        if value.isdecimal() and len(value) < 18:
            return queryset.filter(uploaded_by=int(value))
        return queryset


class PictureListMixin(ServiceAdmin[Picture]):
    list_display = ("thumb", "described", "extent", "uses_shown", "uploaded_by", "created_at")
    list_display_links = ("thumb",)
    list_filter = (UseFilter, StateFilter, UploaderFilter, "created_at")
    list_select_related = ("uploaded_by",)
    list_per_page = 48
    list_max_show_all = 0
    # How many there are behind each filter would be counted for every one of them.
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    # Always the newest first: any other order would have to sort all of them.
    sortable_by = ()
    search_fields = ("folded",)
    search_help_text = gettext_lazy(
        "Words of the description or file name; the number, key or address of a picture."
    )
    actions = ("delete_chosen",)
    change_list_template = "admin/articles/picture/change_list.html"

    # --- Columns ------------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("picture"))
    def thumb(self, obj: Picture) -> SafeString | str:
        return thumbnail(obj) if not obj.is_withheld else badge("no", _("Withheld"))

    @admin.display(description=gettext_lazy("description"))
    def described(self, obj: Picture) -> SafeString:
        field = description_field(obj) if getattr(obj, "may_describe", False) else obj.alt
        missing = "" if obj.alt else badge("fix", _("No description"))
        return format_html('{} {}<div class="desk-quiet">{}</div>', field, missing, obj.name)

    @admin.display(description=gettext_lazy("size"))
    def extent(self, obj: Picture) -> str:
        return f"{obj.width} × {obj.height} · {filesizeformat(obj.size)}"

    @admin.display(description=gettext_lazy("use"))
    def uses_shown(self, obj: Picture) -> SafeString | str:
        return uses_words(getattr(obj, "uses", {}))

    # --- The list -----------------------------------------------------------------------------
    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Picture], search_term: str
    ) -> tuple[QuerySet[Picture], bool]:
        """Look through the names once: what is counted and shown afterwards is found by number."""
        if not search_term.strip():
            return queryset, False
        found = search(queryset, search_term).order_by("-pk").values_list("pk", flat=True)
        return queryset.filter(pk__in=list(found[: CappedPaginator.at_most + 1])), False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list with how often each picture on the page is used: a query for each kind."""
        changes = super().get_changelist_instance(request)
        rows = list(changes.result_list)
        self.mark_uses(request, rows)
        changes.result_list = rows
        return changes

    def mark_uses(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        """Put beside pictures what the list says of them."""
        found = count_uses(list(rows))
        may_describe = self.has_change_permission(request)
        for row in rows:
            row.uses, row.may_describe = found.get(row.pk, {}), may_describe
            row.thumb, row.field = self.thumb(row), description_field(row)
            row.extent, row.uses_shown = self.extent(row), self.uses_shown(row)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        if "as" in request.GET:
            return self._look_otherwise(request)
        if request.method == "POST" and "_describe" in request.POST:
            self._describe(request)
            return HttpResponseRedirect(request.get_full_path())
        context = {
            "title": _("Pictures"),
            "may_describe": self.has_change_permission(request),
            "is_table": request.session.get(_LOOK) == "table",
            "query": request.GET.urlencode(),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def _look_otherwise(self, request: HttpRequest) -> HttpResponseBase:
        request.session[_LOOK] = request.GET["as"]
        rest = request.GET.copy()
        del rest["as"]
        return HttpResponseRedirect(f"{request.path}?{rest.urlencode()}")

    # --- Descriptions, written in place -------------------------------------------------------
    def _describe(self, request: HttpRequest) -> None:
        """Save the descriptions that were changed; where somebody else has changed one since the
        list was opened, theirs stays and that is said."""
        typed = request.POST
        count = 0
        for name, alt in typed.items():
            number = name.removeprefix("alt-")
            was = typed.get(f"was-{number}")
            if name == number or was is None or was == alt or not number.isdecimal():
                continue
            try:
                picture = Picture.objects.get(pk=int(number))
                describe_picture(picture, acting(request), str(alt), instead_of=str(was))
            except Picture.DoesNotExist:
                self.message_user(request, _("A picture is gone meanwhile."), messages.ERROR)
            except (ValidationError, PermissionDenied) as error:
                why = {"row": f"#{number}", "why": reasons(error)}
                self.message_user(request, _("%(row)s: %(why)s") % why, messages.ERROR)
            else:
                count += 1
        text = ngettext("%(n)d description is saved.", "%(n)d descriptions are saved.", count)
        if count:
            self.message_user(request, text % {"n": count}, messages.SUCCESS)

    # --- Deletion -----------------------------------------------------------------------------
    @admin.action(description=gettext_lazy("Delete the chosen…"), permissions=["delete"])
    def delete_chosen(self, request: HttpRequest, queryset: QuerySet[Picture]) -> Any:
        chosen = list(queryset.select_related("uploaded_by")[: _AT_ONCE + 1])
        if len(chosen) > _AT_ONCE:
            text = _("At most %(n)d pictures can be deleted at once.") % {"n": _AT_ONCE}
            self.message_user(request, text, messages.ERROR)
            return None
        if "post" in request.POST:
            self.delete_pictures(request, chosen)
            return None
        return self.confirm_deletion(request, chosen)

    def confirm_deletion(self, request: HttpRequest, chosen: list[Picture]) -> TemplateResponse:
        """Show what would be deleted and what not, with the reasons. A query for each kind."""
        self.mark_uses(request, chosen)
        for row in cast("list[Any]", chosen):
            too_new = why_too_new(row, acting(request))
            row.kept_for = why_used(row) or too_new
        context = {
            **self.admin_site.each_context(request),
            "opts": self.model._meta,
            "title": _("Delete pictures"),
            "going": [row for row in cast("list[Any]", chosen) if not row.kept_for],
            "staying": [row for row in cast("list[Any]", chosen) if row.kept_for],
            "list_url": reverse("admin:articles_picture_changelist"),
        }
        return TemplateResponse(request, "admin/articles/picture/delete.html", context)

    def delete_pictures(self, request: HttpRequest, chosen: Iterable[Picture]) -> None:
        """Delete each picture that nothing uses; say how many, and why not the others."""
        self.act(
            request,
            cast("QuerySet[Picture]", chosen),
            delete_picture,
            lambda n: (
                ngettext(
                    "%(n)d picture is deleted with its files.",
                    "%(n)d pictures are deleted with their files.",
                    n,
                )
                % {"n": n}
            ),
        )


def description_field(picture: Picture) -> SafeString:
    """Return the field in which a list lets a picture be described, and what it said before."""
    return format_html(
        '<input type="text" class="desk-alt" name="alt-{0}" value="{1}" maxlength="300" '
        'aria-label="{2}" placeholder="{3}"><input type="hidden" name="was-{0}" value="{1}">',
        picture.pk,
        picture.alt,
        _("What picture #%(number)d shows") % {"number": picture.pk},
        _("Says what the picture shows"),
    )


def uses_words(uses: dict[str, int]) -> SafeString | str:
    """Return how often a picture is used, and as what."""
    places = [source for source in sources() if source.is_place and source.code in uses]
    if not places:
        return badge("wait", _("In a record") if _kept_only(uses) else _("Not used"))
    count = sum(uses[source.code] for source in places)
    words = ngettext("Used in %(n)d place", "Used in %(n)d places", count) % {"n": count}
    kinds = "、".join(str(source.label) for source in places)
    return format_html('<span title="{}">{}</span>', kinds, words)


def _kept_only(uses: dict[str, int]) -> bool:
    return any(source.is_record and source.code in uses for source in sources())


def why_used(picture: Any) -> str:
    """Return in words what keeps a picture whose `uses` were counted; nothing where none does."""
    kinds = [
        _("%(kind)s: %(n)d") % {"kind": source.label, "n": picture.uses[source.code]}
        for source in sources()
        if source.code in picture.uses
    ]
    return "；".join(kinds) or (_("Withheld") if picture.is_withheld else "")
