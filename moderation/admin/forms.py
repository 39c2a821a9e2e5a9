"""What a moderator fills in on the page of a case. Services decide; these only read."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from articles.desk import ActionForm, moment_field, text_field
from articles.models import Picture, Scope
from moderation.admin.dossier import Offer
from moderation.elements import COUNTER_ELEMENTS, COUNTER_REQUIRED, ELEMENTS, REQUIRED
from moderation.models import Case, CaseItem, Finding, Kind, Step
from moderation.services.deciding import Decision
from moderation.transitions import TRANSITIONS, Effect

# Decisions that say something of the notice itself.
_FINDS: Final = {row.step for row in TRANSITIONS if row.is_decision} - {Step.FORWARD}
_WITHHOLDS: Final = {row.step for row in TRANSITIONS if row.effect == Effect.WITHHOLD}
_ASKS: Final = {Step.REQUEST_FIX, Step.REQUEST_COUNTER_FIX}
_FOUNDED: Final = {
    Step.MEASURE, Step.APPEAL_MEASURE, Step.APPEAL_UPHOLD, Step.REFUSE_COUNTER,
    Step.OUTCOME_UPHOLD,
}  # fmt: skip


def item_label(item: CaseItem) -> str:
    return f"#{item.article_id} {item.article.title} · {item.get_state_display()}"


class CaseForm(ActionForm):
    """Something done on a case, with the end of the record as it was read: what came since is
    shown where the case has changed."""

    seen = forms.IntegerField(required=False, widget=forms.HiddenInput)


class TakeForm(CaseForm):
    no_interest = forms.BooleanField(
        label=_("I have no interest of my own in this case."), required=False
    )


class NoteForm(CaseForm):
    text = text_field(_("Note"), 3, _("Only the staff read it."), 2000)


class HoldForm(CaseForm):
    text = text_field(_("Why"), 2, _("Only the staff read it."), 1000)


class ProposalForm(CaseForm):
    proposal = forms.IntegerField(widget=forms.HiddenInput)


class SanctionForm(CaseForm):
    sanction = forms.IntegerField(widget=forms.HiddenInput)


class PartyForm(CaseForm):
    party = forms.IntegerField(widget=forms.HiddenInput)


class LetterForm(CaseForm):
    letter = forms.IntegerField(widget=forms.HiddenInput)
    at = moment_field(_("On"), _("Left blank: now."))
    arrived = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean_at(self) -> Any:
        return self.cleaned_data["at"] or timezone.now()


class ItemsForm(CaseForm):
    """Something done to some items of the case; with one item there is nothing to choose."""

    items = forms.TypedMultipleChoiceField(
        label=_("Articles"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, able: list[CaseItem], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.able = able
        self.fields["items"].choices = [(item.pk, item_label(item)) for item in able]  # type: ignore[attr-defined]
        self.fields["items"].initial = [item.pk for item in able]
        if len(able) < 2:
            del self.fields["items"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "items" in self.fields and not cleaned.get("items") and "items" not in self.errors:
            self.add_error("items", _("Choose what this is about."))
        return cleaned

    def chosen(self) -> list[int]:
        if "items" in self.fields:
            return list(self.cleaned_data["items"])
        return [item.pk for item in self.able]


class ProofForm(ItemsForm):
    text = text_field(_("What it is"), 2, _("The court or authority, and the number."), 1000)
    file = forms.FileField(
        label=_("Document"), required=False, help_text=_("JPEG, PNG, WebP, PDF or plain text.")
    )


class StepForm(ItemsForm):
    """A step that the state allows, with what it needs."""

    def __init__(
        self,
        *args: Any,
        offer: Offer,
        case: Case,
        pictures: list[Picture],
        is_mine: bool,
        **kwargs: Any,
    ) -> None:
        self.step, self.case, self.is_mine = offer.step, case, is_mine
        self.joins = {f"{item.pk}-{target.pk}": (item, target) for item, target in offer.joins}
        able = [] if offer.joins else offer.items
        super().__init__(*args, able=able, **kwargs)
        if offer.joins:
            self._add_joins()
        if offer.reasons:
            self._add_reasons(offer)
        if offer.step in _ASKS:
            self._add_gaps()
        self._add_text(needed=bool(offer.reasons))
        if offer.step in _FINDS:
            self._add_finding()
        if offer.step in _WITHHOLDS:
            self._add_scope(pictures)
        if not is_mine:
            self.fields["no_interest"] = forms.BooleanField(
                label=_("I have no interest of my own in this case."), required=False
            )

    # --- Fields -------------------------------------------------------------------------------
    def _add_joins(self) -> None:
        self.fields["join"] = forms.ChoiceField(
            label=_("To join"),
            choices=[
                (key, f"#{item.article_id} → {target.case.number} · {target.get_state_display()}")
                for key, (item, target) in self.joins.items()
            ],
        )

    def _add_reasons(self, offer: Offer) -> None:
        choices = [
            (
                reason.code,
                f"{reason.label}（{reason.provision}）" if reason.provision else reason.label,
            )
            for reason in offer.reasons
        ]
        blank = [("", _("Choose a reason"))] if len(choices) > 1 else []
        self.fields["reason"] = forms.ChoiceField(
            label=_("Reason"), required=False, choices=[*blank, *choices]
        )

    def _add_gaps(self) -> None:
        is_counter = self.step == Step.REQUEST_COUNTER_FIX
        known = COUNTER_ELEMENTS if is_counter else ELEMENTS
        codes = COUNTER_REQUIRED if is_counter else REQUIRED[Kind(self.case.kind)]
        self.fields["gaps"] = forms.MultipleChoiceField(
            label=_("What is missing or unreadable"),
            required=False,
            choices=[(code, known[code].name) for code in codes],
            widget=forms.CheckboxSelectMultiple,
        )

    def _add_text(self, *, needed: bool) -> None:
        label = _("Reasons in words") if needed else _("A word to both sides")
        help_text = (
            _("Both sides read this. Name no telephone number, address or e-mail.")
            if needed
            else _("May be left blank.")
        )
        self.fields["text"] = text_field(label, 4 if needed else 2, help_text)

    def _add_finding(self) -> None:
        self.fields["finding"] = forms.ChoiceField(
            label=_("The notice was"),
            required=False,
            choices=[("", _("not judged")), *Finding.choices],
            initial=Finding.FOUNDED.value if self.step in _FOUNDED else "",
            help_text=_("Three manifestly unfounded notices within the window lead to a warning."),
        )

    def _add_scope(self, pictures: list[Picture]) -> None:
        self.fields["scope"] = forms.ChoiceField(
            label=_("To be withheld"),
            required=False,
            choices=[("", _("What the notice names")), *Scope.choices],
            help_text=_("No more than is needed."),
        )
        self.fields["passage"] = text_field(
            _("Passage"), 3, _("As it stands in the article. Select it in the text to fill it in.")
        )
        if pictures:
            self.fields["picture"] = forms.TypedChoiceField(
                label=_("Picture"),
                required=False,
                coerce=int,
                empty_value=None,
                choices=[
                    ("", _("That of the notice")),
                    *((picture.pk, f"#{picture.pk} {picture}") for picture in pictures),
                ],
            )

    # --- What was filled in -------------------------------------------------------------------
    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("passage", "").strip() and not cleaned.get("scope"):
            cleaned["scope"] = Scope.PASSAGE.value
        if cleaned.get("picture") and not cleaned.get("scope"):
            cleaned["scope"] = Scope.IMAGE.value
        if "no_interest" in self.fields and not cleaned.get("no_interest"):
            self.add_error(
                "no_interest",
                ValidationError(_("Confirm that you have no interest of your own in this case.")),
            )
        return cleaned

    def chosen(self) -> list[int]:
        if self.joins:
            return [self.joins[self.cleaned_data["join"]][0].pk]
        return super().chosen()

    def decision(self) -> Decision:
        data = self.cleaned_data
        join = self.joins.get(data.get("join", ""))
        return Decision(
            reason=data.get("reason", ""),
            text=data.get("text", "").strip(),
            finding=data.get("finding", ""),
            scope=data.get("scope", ""),
            passage=data.get("passage", "").strip(),
            picture=data.get("picture"),
            gaps=tuple(data.get("gaps", ())),
            join_to=join[1].pk if join is not None else None,
            no_interest=self.is_mine or bool(data.get("no_interest")),
        )
