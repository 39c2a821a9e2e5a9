"""The form of a notice, kind by kind.

Only what a case cannot be opened without is an error: an address of an article here, an e-mail
that can be written to, the signed declaration. Everything else that is missing is a gap, named
before the notice is sent and mended later (TAKEDOWN.md §2).
"""

from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.models import Article
from moderation.categories import CATEGORIES, MEASURES_ASKED, category_label
from moderation.elements import ELEMENTS, Element
from moderation.forms.fields import AreaField, LineField, hint
from moderation.forms.files import Files
from moderation.forms.plan import AGENT, ROLES, SELF, STEPS, groups_of, mark
from moderation.forms.targets import Part, parts_of
from moderation.models import Kind
from moderation.services.intake import (
    CLAIM_FIELDS,
    Notice,
    Person,
    Target,
    missing_elements,
)
from moderation.services.targets import find_targets
from submissions.proof import ProofField


class ReportForm(forms.Form):
    """A notice of one kind as its sender types it. No field is required by itself."""

    targets = AreaField(label=_("Addresses of the articles"), rows=3, max_length=12_000)
    work_title = LineField(label=_("Original work"), max_length=200)
    work_author = LineField(label=_("Author of the original work"), max_length=100)
    work_source = LineField(
        label=_("Where the original was published or registered"), max_length=500
    )
    words = AreaField(label=_("Words complained of"), rows=4, max_length=3000)
    category = forms.ChoiceField(required=False)
    explanation = AreaField(label=_("Explanation"), rows=6, max_length=5000)
    original_text = AreaField(label=_("Text of the original"), rows=5, max_length=20_000)
    asked = forms.ChoiceField(label=_("What you ask for"), required=False, widget=forms.RadioSelect)
    role = forms.ChoiceField(
        label=_("You are"), choices=ROLES, required=False, widget=forms.RadioSelect, initial=SELF
    )
    principal = LineField(label=_("Name of the person whom you act for"), max_length=100)
    name = LineField(label=_("Your name"), max_length=100)
    email = forms.EmailField(label=_("E-mail"), required=False, max_length=254)
    phone = LineField(label=_("Telephone"), max_length=40)
    address = AreaField(label=_("Postal address"), rows=2, max_length=300)
    is_minor = forms.BooleanField(label=_("A minor is concerned."), required=False)
    has_new_grounds = forms.BooleanField(
        label=_("I bring proof of proceedings or new evidence."), required=False
    )
    declared = forms.BooleanField(
        label=_(
            "What I state is true. I know that whoever gives a wrong notice answers for the damage "
            "that it does."
        ),
        required=False,
    )
    signed = LineField(label=_("Signature"), max_length=100)
    riddle = ProofField()

    def __init__(
        self,
        kind: Kind,
        data: Any = None,
        files: Any = None,
        *,
        host: str = "",
        article: Article | None = None,
    ) -> None:
        self.kind, self.host = kind, host
        start = {"targets": article.get_absolute_url()} if article is not None else {}
        super().__init__(data, initial=start, use_required_attribute=False)
        kept = {name for names in STEPS[kind] for name in names} | {"riddle"}
        for name in self.fields.keys() - kept:
            del self.fields[name]
        self.parts: list[Part] = parts_of([article]) if article is not None else []
        self.uploads = Files(groups_of(kind), data, files)
        self.shows_errors = True
        self._set_choices()
        self._set_attributes()

    def _set_choices(self) -> None:
        if "category" in self.fields:
            field = self.fields["category"]
            label = gettext("Kind of data") if self.kind == Kind.PRIVACY else gettext("Category")
            field.label = label
            field.choices = [("", gettext("Choose one")), *CATEGORIES[self.kind]]  # type: ignore[attr-defined]
        if "asked" in self.fields:
            self.fields["asked"].choices = MEASURES_ASKED[self.kind]  # type: ignore[attr-defined]

    def _set_attributes(self) -> None:
        for name, autocomplete in {
            "name": "name", "email": "email", "phone": "tel", "address": "street-address",
        }.items():  # fmt: skip
            if name in self.fields:
                self.fields[name].widget.attrs["autocomplete"] = autocomplete
        for name, field in self.fields.items():
            field.help_text = hint(self.kind, name)
            if mark(self.kind, name) == "must" and name != "declared":
                field.widget.attrs["aria-required"] = "true"

    # --- Checking ---------------------------------------------------------------------------
    def clean_targets(self) -> str:
        text: str = self.cleaned_data["targets"]
        found = find_targets(text, self.host)
        self.parts = parts_of(found.articles, self.data)
        if not text.strip():
            self.add_error("targets", gettext("Name the article that the notice is about."))
        for problem in found.problems:
            self.add_error("targets", problem)
        return text

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if not email and self.kind != Kind.ILLEGAL:
            raise forms.ValidationError(gettext("Give an e-mail address that you read."))
        return email

    def clean_declared(self) -> bool:
        if not self.cleaned_data["declared"]:
            raise forms.ValidationError(gettext("Confirm that what you state is true."))
        return True

    def clean_signed(self) -> str:
        signed: str = self.cleaned_data["signed"]
        if not signed:
            raise forms.ValidationError(gettext("Sign the declaration with your name."))
        return signed

    def clean(self) -> dict[str, Any]:
        good = self.cleaned_data
        if good.get("role") == AGENT and "principal" in good and not good["principal"]:
            self.add_error("principal", gettext("Name the person whom you act for."))
        return good

    def take_files(self, may_stage: Callable[[], bool]) -> None:
        """Take in what came with the form, whatever is wrong with the rest of it."""
        self.uploads.take(may_stage)

    def show_targets_alone(self) -> None:
        """Show what is wrong with the addresses and nothing else: the sender wants to go on."""
        for name in [name for name in self.errors if name != "targets"]:
            del self.errors[name]
        self.shows_errors = False

    @property
    def is_sendable(self) -> bool:
        """Whether a case can be opened with what was typed."""
        return (
            self.is_valid()
            and not any(part.error for part in self.parts)
            and not self.uploads.has_errors
        )

    # --- What it makes ----------------------------------------------------------------------
    def person(self) -> Person:
        good = self.cleaned_data
        acts_for = good.get("principal", "") if good.get("role") == AGENT else ""
        names = ("name", "email", "phone", "address")
        given = {name: str(good.get(name) or "") for name in names}
        return Person(**given, principal=acts_for, is_minor=bool(good.get("is_minor")))

    def claim(self) -> dict[str, str]:
        claim = {name: str(self.cleaned_data.get(name) or "") for name in CLAIM_FIELDS}
        if self.kind == Kind.PRIVACY:
            category = self.cleaned_data.get("category") or ""
            claim["data_type"] = str(category_label(self.kind, category))
        return claim

    def notice(self, *, ip: str | None, user_agent: str) -> Notice:
        """Return the notice that a sendable form makes."""
        targets: list[Target] = [target for part in self.parts for target in part.targets()]
        return Notice(
            kind=self.kind,
            targets=targets,
            person=self.person(),
            claim=self.claim(),
            evidence=self.uploads.numbers,
            category=self.cleaned_data.get("category") or "",
            has_new_grounds=bool(self.cleaned_data.get("has_new_grounds")),
            ip=ip,
            user_agent=user_agent,
        )

    def missing(self) -> list[Element]:
        """Return which elements the notice lacks as it stands, other than those whose lack is an
        error. No query."""
        person = self.person()
        if "email" in self.errors:  # Said there; here it is the telephone that counts.
            person = Person(**{**vars(person), "email": "-"})
        codes = missing_elements(
            self.kind,
            person,
            self.claim(),
            self.uploads.kinds,
            is_precise=not any(part.strays for part in self.parts if not part.error),
        )
        return [ELEMENTS[code] for code in codes if code != "D"]
