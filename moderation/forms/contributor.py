"""What a contributor may send from the pages of their cases."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from moderation.elements import COUNTER_ELEMENTS
from moderation.forms.claimant import AppealForm
from moderation.forms.fields import LineField
from moderation.forms.uploads import EvidenceForm, FilesField
from moderation.models import EvidenceKind

_KINDS = _("JPEG, PNG, WebP, PDF or text; at most 10 MB each.")
_FIELDS = {"I": "name", "C": "phone", "R": "explanation", "E": "counter"}


class AnswerForm(EvidenceForm):
    """What was changed, or why the notice is wrong, before anything is decided."""

    file_kinds: ClassVar[dict[str, EvidenceKind]] = {"counter": EvidenceKind.COUNTER}
    was_fixed = forms.ChoiceField(
        label=_("Your answer"),
        choices=[
            ("yes", _("I have changed the article, or proposed a change")),
            ("no", _("The article need not be changed")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the two.")},
    )
    text = LineField(
        label=_("What you changed, or why not"),
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 6}),
        required=True,
        error_messages={"required": _("Write an answer.")},
    )
    counter = FilesField(label=_("Evidence"), help_text=_KINDS)


class CounterForm(EvidenceForm):
    """A counter-statement (条例 16): who says it, why there is no infringement, what proves that,
    and the declaration. `gaps` puts what is missing first."""

    file_kinds: ClassVar[dict[str, EvidenceKind]] = {"counter": EvidenceKind.COUNTER}
    name = LineField(
        label=_("Your full name"),
        max_length=100,
        required=True,
        help_text=_("The claimant is told your name, for a court asks who stands against whom."),
        error_messages={"required": _("Give your full name.")},
    )
    phone = LineField(
        label=_("Telephone"),
        max_length=40,
        required=True,
        help_text=_("For questions from us. The claimant is not told it."),
        error_messages={"required": _("Give a telephone number at which you can be reached.")},
    )
    address = LineField(
        label=_("Postal address"),
        max_length=300,
        help_text=_("Not needed, but documents can then reach you. The claimant is not told it."),
    )
    explanation = LineField(
        label=_("Why the article does not infringe"),
        max_length=10000,
        widget=forms.Textarea(attrs={"rows": 8}),
        required=True,
        help_text=_(
            "For instance: you wrote it yourself, you have a licence, the use is permitted by law, "
            "or what you state is true. The claimant reads this; write no addresses or telephone "
            "numbers here."
        ),
        error_messages={"required": _("Say why the article does not infringe.")},
    )
    counter = FilesField(
        label=_("Evidence"),
        help_text=_(
            "Drafts, a licence, an earlier publication: what proves your statement. JPEG, PNG, "
            "WebP, PDF or text, at most 10 MB each. Without any the statement is incomplete; you "
            "can then still add it."
        ),
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

    def __init__(self, *args: Any, gaps: list[str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = [_FIELDS[code] for code in gaps or [] if code in _FIELDS]
        for code in gaps or []:
            if code in _FIELDS:
                self.fields[_FIELDS[code]].help_text = str(COUNTER_ELEMENTS[code].missing)
        self.missing = set(first)
        order = [*first, "name", "phone", "address", "explanation", "counter", "may_share"]
        self.order_fields([*dict.fromkeys(order), "declared", "signed"])

    def statement(self) -> dict[str, str]:
        """Return what the service keeps of it."""
        names = ("name", "phone", "address", "explanation", "signed")
        return {name: self.cleaned_data[name] for name in names}


class ContributorAppealForm(AppealForm):
    file_kinds: ClassVar[dict[str, EvidenceKind]] = {"evidence": EvidenceKind.COUNTER}
