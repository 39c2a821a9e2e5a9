"""Files in a form that may have to be shown again: what was uploaded is kept meanwhile."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.core.files.base import File
from django.utils.translation import gettext_lazy as _

from moderation.models import Evidence, EvidenceKind, Party
from moderation.services import evidence


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files; the service says what each is, and of how many it takes."""

    widget = FilesInput

    def __init__(self, **options: Any) -> None:
        widget = FilesInput(attrs={"accept": evidence.ACCEPTED})
        super().__init__(**{"required": False, "widget": widget, **options})

    def clean(self, data: Any, initial: Any = None) -> list[File[bytes]]:
        given = data if isinstance(data, list) else [data]
        return [upload for upload in given if upload]


class EvidenceForm(forms.Form):
    """A form to which files belong, by fields that say what they prove (`file_kinds`).

    `take_files` stages what was uploaded and must be called before anything else is decided on
    what was sent, outside a transaction; `numbers` are then the files to hand to a service, and
    `staged` those that the form carries when it is shown again.
    """

    file_kinds: ClassVar[dict[str, EvidenceKind]] = {}
    may_share = forms.BooleanField(
        label=_("The other side may see these files"),
        help_text=_(
            "We pass them on with your statement. Documents that prove an identity or an "
            "authorisation are never passed on, whatever you tick."
        ),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, party: Party, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.party = party
        self.staged: list[Evidence] = []
        names = [name for name in self.fields if name != "may_share"]
        self.order_fields([*names, "may_share"])

    def take_files(self) -> None:
        """Stage the uploads, with those that came before and were not taken out."""
        data: Any = self.data
        tokens = set(data.getlist("staged")) - set(data.getlist("take_out"))
        before = evidence.evidence_of_tokens([t for t in data.getlist("staged") if t in tokens])
        out = evidence.evidence_of_tokens(data.getlist("take_out"))
        evidence.drop(out)
        shared = self.cleaned_data.get("may_share", False)
        evidence.set_shareable(before, is_shareable=shared)
        self.staged = list(before)
        for name, kind in self.file_kinds.items():
            uploads: Sequence[File[bytes]] = self.cleaned_data.get(name) or []
            kept, refused = evidence.stage_all(
                uploads, kind, is_shareable=shared, beside=self.staged, party=self.party
            )
            self.staged += kept
            for message in refused:
                self.add_error(name, message)

    @property
    def numbers(self) -> list[int]:
        return [row.pk for row in self.staged]

    @property
    def carried(self) -> list[tuple[str, Evidence]]:
        """The files that the form carries, each with its token."""
        return [(evidence.token_of(row), row) for row in self.staged]
