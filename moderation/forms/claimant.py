"""What a claimant may send from the private page."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.models import Scope
from moderation.categories import MEASURES_ASKED
from moderation.elements import ELEMENTS, required
from moderation.forms.fields import LineField
from moderation.forms.uploads import EvidenceForm, FilesField
from moderation.models import Case, CaseItem, EvidenceKind, Kind, Party
from moderation.services.intake import Person, Target

_LONG = {"rows": 5}
# Which fields supply an element.
_FIELDS = {
    "I": ("name",),
    "C": ("phone",),
    "A": ("address",),
    "R": ("explanation", "work_title", "work_author", "work_source", "words", "data_type",
          "original_text"),
    "E": ("right",),
    "Q": ("asked",),
    "D": ("declared", "signed"),
    "P": ("principal", "authorisation"),
}  # fmt: skip
_ONLY = {
    "work_title": Kind.COPYRIGHT, "work_author": Kind.COPYRIGHT, "work_source": Kind.COPYRIGHT,
    "original_text": Kind.COPYRIGHT, "words": Kind.PERSONALITY, "data_type": Kind.PRIVACY,
}  # fmt: skip
_CLAIM = (
    "explanation", "work_title", "work_author", "work_source", "original_text", "words",
    "data_type", "asked", "signed",
)  # fmt: skip


class AmendForm(EvidenceForm):
    """A notice that lacks something: what is missing first, then the rest as it was given."""

    file_kinds: ClassVar[dict[str, EvidenceKind]] = {
        "right": EvidenceKind.RIGHT,
        "authorisation": EvidenceKind.AUTHORISATION,
        "identity": EvidenceKind.IDENTITY,
    }
    name = LineField(label=_("Your full name, or the organisation's"), max_length=100)
    phone = LineField(label=_("Telephone"), max_length=40)
    address = LineField(label=_("Postal address"), max_length=300)
    explanation = LineField(
        label=_("Which right is infringed, and why"),
        max_length=5000,
        widget=forms.Textarea(attrs=_LONG),
    )
    work_title = LineField(label=_("Title of the original work"), max_length=200)
    work_author = LineField(label=_("Its author"), max_length=100)
    work_source = LineField(
        label=_("Where it was published or registered"),
        max_length=500,
        help_text=_("An address or a registration number. We never open addresses."),
    )
    original_text = LineField(
        label=_("Text of the original work"), max_length=50000, widget=forms.Textarea(attrs=_LONG)
    )
    words = LineField(
        label=_("The exact words that are false or insulting"),
        max_length=5000,
        widget=forms.Textarea(attrs=_LONG),
    )
    data_type = LineField(label=_("Which personal data"), max_length=100)
    right = FilesField(
        label=_("Evidence"), help_text=_("JPEG, PNG, WebP, PDF or text; at most 10 MB each.")
    )
    asked = forms.ChoiceField(label=_("What you ask for"), required=False)
    principal = LineField(
        label=_("You act for"),
        max_length=100,
        help_text=_("The right holder's name. Leave it empty if you are the right holder."),
    )
    authorisation = FilesField(label=_("Authorisation"))
    identity = FilesField(
        label=_("Identity document"), help_text=_("Only moderators see it; never passed on.")
    )
    declared = forms.BooleanField(
        label=_("What I state is true, and I answer for it by law."),
        error_messages={"required": _("Confirm that what you state is true.")},
    )
    signed = LineField(
        label=_("Signature: your full name"),
        max_length=100,
        required=True,
        error_messages={"required": _("Sign the declaration with your name.")},
    )

    def __init__(self, *args: Any, case: Case, party: Party, **kwargs: Any) -> None:
        kwargs["initial"] = _initial(case, party) | kwargs.get("initial", {})
        super().__init__(*args, party=party, **kwargs)
        self.case, kind = case, Kind(case.kind)
        for name, only in _ONLY.items():
            if only != kind:
                del self.fields[name]
        self.items = list(case.items.filter(scope=Scope.PASSAGE).select_related("article"))
        for item in self.items:
            self.fields[f"passage_{item.pk}"] = _passage_field(item)
        choices = [("", gettext("Please choose")), *MEASURES_ASKED.get(kind, [])]
        self.fields["asked"].choices = choices  # type: ignore[attr-defined]
        if len(choices) == 1:
            del self.fields["asked"]
        self._order(case, kind)

    def _order(self, case: Case, kind: Kind) -> None:
        """Put what is missing first; explain each with the element's own words."""
        order: list[str] = []
        for code in case.gaps:
            names = [name for name in self._of(code) if name in self.fields]
            order += names
            for name in names[:1]:
                self.fields[name].help_text = str(ELEMENTS[code].missing)
        self.missing = set(order) - {"declared", "signed"}
        for code in required(kind, by_agent=True):
            order += [name for name in self._of(code) if name in self.fields]
        last = ["may_share", "declared", "signed"]
        rest = [name for name in self.fields if name not in {*order, *last}]
        self.order_fields([*(name for name in [*order, *rest] if name not in last), *last])

    def _of(self, code: str) -> tuple[str, ...]:
        if code == "U":
            return tuple(f"passage_{item.pk}" for item in self.items)
        return _FIELDS.get(code, ())

    def person(self) -> Person:
        """Return who complains, as the form has it; the e-mail stays what it was."""
        data = self.cleaned_data
        return Person(
            name=data["name"],
            email=self.party.email,
            phone=data["phone"],
            address=data["address"],
            principal=data["principal"],
            is_minor=self.party.is_minor,
        )

    def claim(self) -> dict[str, str]:
        """Return the claim: what the kind does not ask for stays as it was."""
        said = self.case.claim.data if self.case.claim is not None else {}
        return {name: self.cleaned_data.get(name, said.get(name, "")) for name in _CLAIM}

    def targets(self) -> dict[int, Target]:
        """Return the items with the passages as they are now given; without one, the whole."""
        found: dict[int, Target] = {}
        for item in self.items:
            passage = self.cleaned_data[f"passage_{item.pk}"]
            scope = Scope.PASSAGE if passage else Scope.WHOLE
            found[item.pk] = Target(item.article, scope, passage)
        return found


def _passage_field(item: CaseItem) -> LineField:
    label = gettext("Passage in %(address)s") % {"address": item.article.get_absolute_url()}
    return LineField(
        label=label,
        max_length=5000,
        initial=item.passage,
        widget=forms.Textarea(attrs=_LONG),
        help_text=gettext("Exactly as it stands there. Empty: the notice is about the whole."),
    )


def _initial(case: Case, party: Party) -> dict[str, Any]:
    said = case.claim.data if case.claim is not None else {}
    own = {name: getattr(party, name) for name in ("name", "phone", "address", "principal")}
    shared = [row.is_shareable for row in party.evidence.all()]
    # The declaration is signed anew: it covers what is sent now.
    return own | {name: said.get(name, "") for name in _CLAIM} | {
        "signed": "", "may_share": any(shared) or not shared
    }  # fmt: skip


class WithdrawForm(forms.Form):
    """Which items a claimant gives up."""

    items = forms.TypedMultipleChoiceField(
        label=_("What to withdraw"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what to withdraw.")},
    )

    def __init__(self, *args: Any, choices: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["items"].choices = choices  # type: ignore[attr-defined]
        self.fields["items"].initial = [number for number, _label in choices]


class ProofForm(EvidenceForm):
    """Proof that an authority was complained to, or a court sued at."""

    file_kinds: ClassVar[dict[str, EvidenceKind]] = {"proceedings": EvidenceKind.PROCEEDINGS}
    text = LineField(
        label=_("Remarks"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Which court or authority, the number of the case, and the date."),
    )
    proceedings = FilesField(
        label=_("Document"),
        help_text=_(
            "Notice of acceptance by a court, receipt of a complaint, or the like: JPEG, PNG, "
            "WebP, PDF or text, at most 10 MB each."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # It tells more of its owner than the other side need know: they are told that it is there.
        del self.fields["may_share"]


class AppealForm(EvidenceForm):
    """Why a decision is wrong; of either side."""

    file_kinds: ClassVar[dict[str, EvidenceKind]] = {"evidence": EvidenceKind.RIGHT}
    text = LineField(
        label=_("Why the decision is wrong"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 8}),
        required=True,
        error_messages={"required": _("Say why the decision is wrong.")},
    )
    evidence = FilesField(
        label=_("New evidence"), help_text=_("JPEG, PNG, WebP, PDF or text; at most 10 MB each.")
    )

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).strip()
        if not text:
            raise ValidationError(_("Say why the decision is wrong."))
        return text
