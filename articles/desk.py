"""What the desks of all apps share: admin classes that write through services alone, and forms
that show what a service refused."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.forms.models import ModelChoiceIterator
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from articles.models import Category, Picture, User

M = TypeVar("M", bound=Model)

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin as ModelAdmin
    from django.forms import ModelForm as ModelForm
else:

    class ModelAdmin(admin.ModelAdmin):
        """Takes its model in brackets, which only the type checker reads."""

        def __class_getitem__(cls, model: type[Model]) -> type[admin.ModelAdmin]:
            return cls

    class ModelForm(forms.ModelForm):
        """Takes its model in brackets, which only the type checker reads."""

        def __class_getitem__(cls, model: type[Model]) -> type[forms.ModelForm]:
            return cls


class RefusedError(Exception):
    """A service refused what a form asked for; what it had begun is rolled back."""

    def __init__(self, error: ValidationError) -> None:
        super().__init__(error)
        self.error = error


def acting(request: HttpRequest) -> User:
    """Return the member of staff who acts; the admin lets nobody else come this far."""
    return cast(User, request.user)


def reasons(error: ValidationError | PermissionDenied) -> str:
    """Return why a service refused, in one line for a message."""
    if isinstance(error, PermissionDenied):
        return _("You may not do this.")
    return " ".join(error.messages)


def thumbnail(picture: Picture | None, *, large: bool = False) -> SafeString | str:
    """Return a picture as a small image, of the smallest file that was made of it; it leads to the
    picture itself when it is large. No query where its renditions are loaded."""
    if picture is None:
        return "—"
    if picture.is_withheld:
        return _("Withheld")
    if large:
        return format_html(
            '<a href="{0}" target="_blank"><img class="desk-picture" src="{0}" alt="{1}"></a>',
            picture.url,
            picture.alt,
        )
    return format_html(
        '<img class="desk-thumb" src="{}" alt="" loading="lazy">', thumbnail_url(picture)
    )


def thumbnail_url(picture: Picture) -> str:
    """Return the address of the smallest uncropped WebP of a picture, or of the picture itself
    before there is one."""
    made = [
        item for item in picture.renditions if item["crop"] == "full" and "webp" in item["format"]
    ]
    if not made:
        return picture.url
    smallest = min(made, key=lambda item: int(item["width"]))
    return f"{settings.MEDIA_URL}{smallest['file']}"


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than `at_most`, so that a list of a million rows opens as quickly as one
    of a thousand; what lies beyond is found by filters and search."""

    at_most = 2000

    @cached_property
    def _counted(self) -> int:
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by().values("pk")[: self.at_most + 1].count()

    @property
    def count(self) -> int:
        return min(self._counted, self.at_most)

    @property
    def is_capped(self) -> bool:
        """Whether there are more rows than it counts."""
        return self._counted > self.at_most


class ServiceAdmin(ModelAdmin[M]):
    """Saves and deletes through services; what they refuse is shown on the form, with all that
    was typed."""

    list_per_page = 50
    show_full_result_count = False

    def write(self, request: HttpRequest, obj: M, form: Any, *, change: bool) -> None:
        """Save what the form holds by calling services; subclasses say which."""
        raise NotImplementedError

    def remove(self, request: HttpRequest, obj: M) -> None:
        """Delete a row by calling a service; subclasses say which."""
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: M, form: Any, change: bool) -> None:
        refusable(self.write, request, obj, form, change=change)

    def delete_model(self, request: HttpRequest, obj: M) -> None:
        refusable(self.remove, request, obj)

    def get_form(
        self, request: HttpRequest, obj: M | None = None, change: bool = False, **kwargs: Any
    ) -> type[ModelForm[M]]:
        form = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal", None)  # type: ignore[attr-defined]
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except RefusedError as refused:
            # Once more, with the refusal for the form to show; it no longer validates.
            request.refusal = refused.error  # type: ignore[attr-defined]
            for upload in request.FILES.values():
                upload.seek(0)  # type: ignore[union-attr]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> Any:
        try:
            return super().delete_view(request, object_id, extra_context)
        except RefusedError as refused:
            self.message_user(request, reasons(refused.error), messages.ERROR)
            return HttpResponseRedirect(self.change_url(object_id))

    def get_actions(self, request: HttpRequest) -> Any:
        """Without Django's own deletion of many rows at once: it knows no services."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def change_url(self, pk: Any) -> str:
        opts = self.model._meta
        return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[pk])

    def act(
        self,
        request: HttpRequest,
        chosen: QuerySet[M],
        service: Callable[[M, User], Any],
        done: Callable[[int], str],
    ) -> None:
        """Call a service for each chosen row; report how many it did, and why not for the rest."""
        count = 0
        for row in chosen:
            try:
                service(row, acting(request))
            except (ValidationError, PermissionDenied) as error:
                why = _("%(row)s: %(why)s") % {"row": row, "why": reasons(error)}
                self.message_user(request, why, messages.ERROR)
            else:
                count += 1
        if count:
            self.message_user(request, done(count), messages.SUCCESS)


def refusable(service: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Call a function that calls services; turn what they refuse into RefusedError."""
    try:
        service(*args, **kwargs)
    except ValidationError as error:
        raise RefusedError(error) from error
    except PermissionDenied as error:
        raise RefusedError(ValidationError(reasons(error))) from error


def settle_row(obj: Model, saved: Model) -> None:
    """Let the admin's object be the row that a service wrote."""
    obj.__dict__.update(saved.__dict__)


class DeskForm(ModelForm[M]):
    """A form that shows what a service refused beside the field that it is about."""

    refusal: ClassVar[ValidationError | None] = None

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.refusal is not None:
            if hasattr(self.refusal, "error_dict"):
                for name, errors in self.refusal.error_dict.items():
                    shown = name if name in self.fields else None
                    self.add_error(None if name == NON_FIELD_ERRORS else shown, errors)
            else:
                self.add_error(None, self.refusal)
        return self.cleaned_data


# --- What is done on a page ------------------------------------------------------------------
def badge(kind: str, text: Any) -> SafeString:
    """Return a word set apart; `kind` is one of desk.css (wait, live, fix, no) or empty."""
    return format_html('<span class="badge {}">{}</span>', kind, text)


def text_field(label: Any, rows: int = 4, help_text: Any = "", most: int = 4000) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def moment_field(label: Any, help_text: Any = "") -> forms.SplitDateTimeField:
    widget = forms.SplitDateTimeWidget(
        date_format="%Y-%m-%d",
        time_format="%H:%M",
        date_attrs={"type": "date"},
        time_attrs={"type": "time"},
    )
    date, time = widget.widgets
    date.attrs["aria-label"], time.attrs["aria-label"] = gettext_lazy("Date"), gettext_lazy("Time")
    return forms.SplitDateTimeField(label=label, required=False, help_text=help_text, widget=widget)


class ActionForm(forms.Form):
    """A decision on the version that was read. What a service refuses is shown at its field."""

    # Another name for what a service calls a field.
    renamed: ClassVar[dict[str, str]] = {}

    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def refuse(self, error: ValidationError) -> None:
        """Show why a service refused."""
        if not hasattr(error, "error_dict"):
            self.add_error(None, error)
            return
        for name, errors in error.error_dict.items():
            field = self.renamed.get(name, name)
            known = field in self.fields and name != NON_FIELD_ERRORS
            self.add_error(field if known else None, errors)


def plain_cell(value: Any) -> str:
    """Return a cell of a CSV file that no spreadsheet takes for a formula, whoever wrote it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.lstrip(" ").startswith(tuple("=+-@＝＋－＠\t\r\n")) else text


class TreeIterator(ModelChoiceIterator):  # type: ignore[type-arg]
    """Categories in the order of their tree, those below others indented."""

    def __iter__(self) -> Iterator[tuple[Any, str]]:
        yield "", str(self.field.empty_label or "")
        for row, depth in in_tree(list(self.queryset)):
            yield row.pk, "　" * depth + row.name


class CategoryField(forms.ModelChoiceField):  # type: ignore[type-arg]
    iterator = TreeIterator

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Category.objects.order_by("position", "pk"), **kwargs)


def in_tree(
    rows: list[Category], parent: int | None = None, depth: int = 0
) -> Iterator[tuple[Category, int]]:
    """Yield categories with their depth, each before those below it. No queries."""
    for row in rows:
        if row.parent_id == parent:
            yield row, depth
            yield from in_tree(rows, row.pk, depth + 1)
