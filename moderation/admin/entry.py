"""Notices that came by letter or e-mail, and orders: entered by the staff, and completed."""

from typing import Any, ClassVar, cast

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from articles.desk import acting, moment_field, reasons
from articles.models import Picture, Scope
from moderation.admin.case import address, for_staff
from moderation.categories import CATEGORIES, MEASURES_ASKED
from moderation.forms.claimant import AmendForm
from moderation.forms.fields import LineField
from moderation.forms.uploads import EvidenceForm, FilesField
from moderation.models import Case, EvidenceKind, Kind, Source, State
from moderation.services import intake
from moderation.services.guards import require_handler
from moderation.services.intake import CLAIM_FIELDS, Notice, Person, Target
from moderation.services.targets import find_targets

_AREA = {"rows": 4}
_SOURCES = [(Source.PAPER.value, Source.PAPER.label), (Source.EMAIL.value, Source.EMAIL.label)]


def _area(label: Any, help_text: Any = "", most: int = 5000) -> LineField:
    return LineField(
        label=label, max_length=most, help_text=help_text, widget=forms.Textarea(attrs=_AREA)
    )


def _all(groups: dict[Kind, list[tuple[str, Any]]]) -> list[Any]:
    """Return the choices of all kinds, by kind."""
    return [("", "—"), *((kind.label, group) for kind, group in groups.items())]


class EntryForm(EvidenceForm):
    """A notice as it came on paper. What it lacks may be left blank: the claimant is asked for all
    of it at once."""

    file_kinds: ClassVar[dict[str, EvidenceKind]] = {
        "right": EvidenceKind.RIGHT,
        "authorisation": EvidenceKind.AUTHORISATION,
        "identity": EvidenceKind.IDENTITY,
        "document": EvidenceKind.ORDER,
    }
    # What the page sets under one heading.
    groups: ClassVar[tuple[tuple[Any, tuple[str, ...]], ...]] = (
        (gettext_lazy("The notice"), ("kind", "source", "received")),
        (gettext_lazy("What it is about"), ("addresses", "passage", "picture", "category")),
        (gettext_lazy("Who sends it"),
         ("name", "email", "phone", "address", "principal", "is_minor")),
        (gettext_lazy("What it says"),
         ("explanation", "asked", "work_title", "work_author", "work_source", "original_text",
          "words", "data_type", "has_new_grounds", "signed")),
        (gettext_lazy("Files"), ("right", "authorisation", "identity", "may_share")),
        (gettext_lazy("Only of an order"), ("authority", "number", "expires", "document")),
    )  # fmt: skip

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Kind.choices)
    source = forms.ChoiceField(label=gettext_lazy("It came by"), choices=_SOURCES)
    received = moment_field(gettext_lazy("Received"), gettext_lazy("Left blank: now."))
    addresses = _area(
        gettext_lazy("Articles"),
        gettext_lazy("The address or number of each, one a line."),
    )
    passage = _area(
        gettext_lazy("Passage"),
        gettext_lazy("As it stands in the article, where the notice is about that alone."),
    )
    picture = forms.IntegerField(
        label=gettext_lazy("Number of the picture"),
        required=False,
        min_value=1,
        help_text=gettext_lazy("Where the notice is about a picture alone."),
    )
    category = forms.ChoiceField(
        label=gettext_lazy("Category"), required=False, choices=_all(CATEGORIES)
    )
    name = LineField(label=gettext_lazy("Name or organisation"), max_length=100)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("Without one, letters go by post."),
    )
    phone = LineField(label=gettext_lazy("Telephone"), max_length=40)
    address = LineField(label=gettext_lazy("Postal address"), max_length=300)
    principal = LineField(
        label=gettext_lazy("Acts for"),
        max_length=100,
        help_text=gettext_lazy("The right holder, where an agent writes."),
    )
    is_minor = forms.BooleanField(label=gettext_lazy("A minor is concerned"), required=False)
    explanation = _area(gettext_lazy("Which right is infringed, and why"))
    asked = forms.ChoiceField(
        label=gettext_lazy("What is asked for"), required=False, choices=_all(MEASURES_ASKED)
    )
    work_title = LineField(label=gettext_lazy("Title of the original work"), max_length=200)
    work_author = LineField(label=gettext_lazy("Its author"), max_length=100)
    work_source = LineField(
        label=gettext_lazy("Where it was published or registered"), max_length=500
    )
    original_text = _area(gettext_lazy("Text of the original work"), most=50000)
    words = _area(gettext_lazy("The exact words that are false or insulting"))
    data_type = LineField(label=gettext_lazy("Which personal data"), max_length=100)
    has_new_grounds = forms.BooleanField(
        label=gettext_lazy("It brings proof of proceedings or new evidence"), required=False
    )
    signed = LineField(label=gettext_lazy("Signed by"), max_length=100)
    right = FilesField(label=gettext_lazy("Evidence"))
    authorisation = FilesField(label=gettext_lazy("Authorisation of the agent"))
    identity = FilesField(label=gettext_lazy("Identity document"))
    authority = LineField(label=gettext_lazy("Court or authority"), max_length=100)
    number = LineField(label=gettext_lazy("Number of the document"), max_length=60)
    expires = moment_field(
        gettext_lazy("The order expires"), gettext_lazy("Left blank: it has no end.")
    )
    document = FilesField(label=gettext_lazy("The document"))

    def __init__(self, *args: Any, host: str = "", **kwargs: Any) -> None:
        # Nobody has handed anything in before.
        super().__init__(*args, party=cast(Any, None), **kwargs)
        self.host = host

    def clean_received(self) -> Any:
        moment = self.cleaned_data["received"]
        if moment is not None and moment > timezone.now():
            raise ValidationError(_("This moment is yet to come."))
        return moment

    def clean_expires(self) -> Any:
        moment = self.cleaned_data["expires"]
        if moment is not None and moment <= timezone.now():
            raise ValidationError(_("The order has expired already."))
        return moment

    def clean_picture(self) -> Picture | None:
        number = self.cleaned_data["picture"]
        if number is None:
            return None
        found = Picture.objects.filter(pk=number).first()
        if found is None:
            raise ValidationError(_("There is no picture of this number."))
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        found = find_targets(cleaned.get("addresses", ""), self.host)
        for problem in found.problems:
            self.add_error("addresses", problem)
        if not found.articles and not found.problems:
            self.add_error("addresses", _("Name the article that the notice is about."))
        part = cleaned.get("passage") or cleaned.get("picture")
        if part and len(found.articles) > 1:
            self.add_error("passage", _("A passage or picture is of one article: name just that."))
        if cleaned.get("passage") and cleaned.get("picture"):
            self.add_error("picture", _("Name a passage or a picture, not both."))
        if cleaned.get("kind") == Kind.ORDER:
            self._check_order(cleaned)
        cleaned["articles"] = found.articles
        return cleaned

    def _check_order(self, cleaned: dict[str, Any]) -> None:
        for name in ("authority", "number"):
            if not cleaned.get(name, "").strip():
                self.add_error(name, _("An order names who gave it and its number."))

    def notice(self) -> Notice:
        data = self.cleaned_data
        return Notice(
            kind=Kind(data["kind"]),
            targets=[self._target(article) for article in data["articles"]],
            person=Person(
                **{
                    name: data[name]
                    for name in ("name", "email", "phone", "address", "principal", "is_minor")
                }
            ),
            claim={name: data.get(name, "") for name in CLAIM_FIELDS},
            evidence=self.numbers,
            category=data["category"],
            has_new_grounds=data["has_new_grounds"],
            order_authority=data["authority"],
            order_number=data["number"],
            order_expires_at=data["expires"],
        )

    def _target(self, article: Any) -> Target:
        data = self.cleaned_data
        if data["passage"].strip():
            return Target(article, Scope.PASSAGE, data["passage"])
        if data["picture"] is not None:
            return Target(article, Scope.IMAGE, picture=data["picture"])
        return Target(article)


class CompletionForm(AmendForm):
    """What a claimant added by letter. The declaration is the letter's own."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["declared"]
        self.fields["signed"].required = False
        self.fields["signed"].label = _("Signed by")


class _FormView(View):
    """A form on a page of its own; what a service refuses is shown on it."""

    site = cast(AdminSite, None)
    template = ""

    def _refuse(self, form: EvidenceForm, error: ValidationError | PermissionDenied) -> None:
        if isinstance(error, PermissionDenied) or not hasattr(error, "error_dict"):
            form.add_error(None, reasons(error))
            return
        names = {"targets": "addresses", "evidence": "right"}
        for name, errors in error.error_dict.items():
            field = names.get(name, name)
            form.add_error(field if field in form.fields else None, errors)

    def _page(
        self, request: HttpRequest, form: EvidenceForm, title: str, **more: Any
    ) -> HttpResponse:
        context = {
            **self.site.each_context(request),
            "title": title,
            "opts": Case._meta,
            "form": form,
            **more,
        }
        return TemplateResponse(request, "admin/moderation/case/entry.html", context)


class EntryView(_FormView):
    """Enter a notice or an order. Its clock runs from now where it is complete."""

    def get(self, request: HttpRequest) -> HttpResponse:
        require_handler(acting(request))
        number = request.GET.get("article", "")
        initial = {"addresses": number if number.isascii() and number.isdigit() else ""}
        return self._shown(request, EntryForm(initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        by = acting(request)
        require_handler(by)
        form = EntryForm(request.POST, request.FILES, host=request.get_host())
        form.is_valid()
        form.take_files()
        if not form.errors:
            try:
                done = intake.enter(
                    form.notice(),
                    by,
                    source=Source(form.cleaned_data["source"]),
                    received_at=form.cleaned_data["received"],
                )
            except ValidationError as error:
                self._refuse(form, error)
            else:
                said = _("Entered as %(case)s.") % {"case": done.case.number}
                messages.success(request, said)
                return HttpResponseRedirect(address(done.case))
        return self._shown(request, form)

    def _shown(self, request: HttpRequest, form: EntryForm) -> HttpResponse:
        groups = [(heading, [form[name] for name in names]) for heading, names in EntryForm.groups]
        return self._page(request, form, _("Enter a notice"), groups=groups)


class CompleteView(_FormView):
    """Complete a notice for a claimant who wrote a letter."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row, _items = for_staff(request, pk)
        if not self._is_open(row):
            return self._too_late(request, row)
        return self._shown(request, row, CompletionForm(case=row, party=row.claimant))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row, _items = for_staff(request, pk)
        if not self._is_open(row) or row.claimant is None:
            return self._too_late(request, row)
        form = CompletionForm(request.POST, request.FILES, case=row, party=row.claimant)
        form.is_valid()
        form.take_files()
        if not form.errors:
            try:
                intake.amend(
                    row, row.claimant, person=form.person(), claim=form.claim(),
                    targets=form.targets(), evidence=form.numbers, by=acting(request),
                )  # fmt: skip
            except (ValidationError, PermissionDenied) as error:
                self._refuse(form, error)
            else:
                messages.success(request, _("What was added is kept."))
                return HttpResponseRedirect(address(row))
        return self._shown(request, row, form)

    def _is_open(self, row: Case) -> bool:
        return row.claimant is not None and row.items.filter(state=State.INCOMPLETE).exists()

    def _too_late(self, request: HttpRequest, row: Case) -> HttpResponse:
        messages.error(request, _("This notice is not waiting to be completed."))
        return HttpResponseRedirect(address(row))

    def _shown(self, request: HttpRequest, row: Case, form: CompletionForm) -> HttpResponse:
        link = format_html('<a href="{}">{}</a>', address(row), row.number)
        title = _("Complete %(case)s") % {"case": row.number}
        groups = [("", [form[name] for name in form.fields])]
        return self._page(request, form, title, groups=groups, row=row, back=link)
