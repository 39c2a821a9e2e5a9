"""The writing form. It takes what was typed, complete or not; services say what is missing."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from articles.editor import EditorField, EditorWidget, for_editor, without_unwritten
from articles.html import clean, strip_control
from articles.models import AiLabel, Category, Origin, Picture, User
from articles.services.site import CategoryNode, Site, get_site
from articles.tagging import tags_from_string
from submissions.models import Submission
from submissions.plaintext import as_plain, plain_to_html
from submissions.proof import ProofField
from submissions.services.bylines import NAME_AT_MOST
from submissions.services.proofs import read_proof_token
from submissions.services.submitting import current_terms

# More than any text of the permitted length needs, in whatever HTML it comes.
BODY_AT_MOST: Final = 1_000_000
_PICTURES = "image/jpeg,image/png,image/webp,image/gif"
_PROOFS = "application/pdf,image/jpeg,image/png,image/webp"


class LineField(forms.CharField):
    """A line of text without characters that nothing may store."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, **options})

    def to_python(self, value: Any) -> str:
        return strip_control(str(super().to_python(value) or ""))


class BodyField(EditorField):
    """The text: HTML from the editor, or plain text from a page without script."""

    def to_python(self, value: Any) -> str:
        return strip_control(str(value or ""))


class AddressField(LineField):
    """An address typed without its scheme is one of https; what else it is, the service judges."""

    def to_python(self, value: Any) -> str:
        address = super().to_python(value)
        if address and "://" not in address and "." in address.partition("/")[0]:
            return f"https://{address}"
        return address


class ChoiceOfRow(forms.TypedChoiceField):
    """A category by its number; the tree is that of the site, so that it costs no query."""

    def __init__(self, **options: Any) -> None:
        super().__init__(coerce=int, empty_value=None, required=False, **options)


def _tree(site: Site, parent: int | None = None, depth: int = 0) -> list[tuple[int, str]]:
    nodes: list[CategoryNode] = [node for node in site.categories if node.parent == parent]
    rows: list[tuple[int, str]] = []
    for node in nodes:
        rows += [(node.pk, "　" * depth + node.name), *_tree(site, node.pk, depth + 1)]
    return rows


class WritingForm(forms.Form):
    """A submission as its author writes it. No field is required: a draft may lack anything."""

    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)
    title = LineField(label=_("Title"), max_length=200)
    category = ChoiceOfRow(label=_("Category"))
    tag_line = LineField(label=_("Tags"), max_length=500)
    cover_upload = forms.FileField(
        label=_("Cover"), required=False, widget=forms.FileInput(attrs={"accept": _PICTURES})
    )
    cover_key = LineField(max_length=32, widget=forms.HiddenInput)
    cover_alt = LineField(label=_("What the cover shows"), max_length=300)
    cover_remove = forms.BooleanField(label=_("Remove the cover"), required=False)
    body = BodyField(label=_("Text"), max_length=BODY_AT_MOST)
    body_format = forms.ChoiceField(
        choices=[("plain", "plain"), ("html", "html")], required=False, widget=forms.HiddenInput
    )
    origin = forms.ChoiceField(label=_("Origin"), choices=Origin.choices, required=False)
    is_declared_original = forms.BooleanField(label=_("Declaration"), required=False)
    source_name = LineField(label=_("Source"), max_length=100)
    source_url = AddressField(label=_("Address of the source"), max_length=500)
    proof = forms.FileField(
        label=_("Proof"), required=False, widget=forms.FileInput(attrs={"accept": _PROOFS})
    )
    proof_token = LineField(max_length=2000, widget=forms.HiddenInput)
    ai_text = forms.ChoiceField(
        label=_("AI declaration, text"), choices=AiLabel.choices[1:], required=False
    )
    ai_images = forms.ChoiceField(
        label=_("AI declaration, pictures"), choices=AiLabel.choices[1:], required=False
    )
    note = LineField(
        label=_("Note to the editors"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    byline = LineField(label=_("Byline"), max_length=NAME_AT_MOST)
    terms = forms.IntegerField(required=False, widget=forms.HiddenInput)
    agreed = forms.BooleanField(label=_("Terms"), required=False)

    # Asked of accounts that have not sent anything in yet.
    riddle = ProofField()

    def __init__(
        self, submission: Submission, author: User, data: Any = None, files: Any = None
    ) -> None:
        self.submission, self.author = submission, author
        self.terms_in_force = current_terms()
        super().__init__(data, files, initial=self._initial(), auto_id="id_%s")
        choices = _tree(get_site())
        self.fields["category"].choices = [("", gettext("Choose one")), *choices]  # type: ignore[attr-defined]
        widget = EditorWidget({"rows": 20}, upload="submissions:picture")
        self.fields["body"].widget = widget
        if hasattr(author, "contributor"):
            del self.fields["riddle"]
        self._describe()

    @classmethod
    def typed(cls, submission: Submission, author: User, fields: dict[str, str]) -> "WritingForm":
        """Return the form with what was typed before the session ended."""
        data = QueryDict(mutable=True)
        data.update(fields)
        return cls(submission, author, data)

    def _initial(self) -> dict[str, Any]:
        row = self.submission
        names = (
            "version", "title", "origin", "source_name", "source_url", "ai_text", "ai_images",
            "note", "is_declared_original",
        )  # fmt: skip
        plain = as_plain(row.body)
        return {name: getattr(row, name) for name in names} | {
            "category": row.category_id or "",
            "tag_line": "、".join(row.tag_names),
            "cover_key": row.cover.key if row.cover else "",
            "cover_alt": row.cover.alt if row.cover else "",
            "body": row.body if plain is None else plain,
            "body_format": "html" if plain is None else "plain",
            "terms": self.terms_in_force.number if self.terms_in_force else 0,
        }

    def _describe(self) -> None:
        """Tie controls to their hints and errors, whose ids the template writes."""
        hinted = ("title", "tag_line", "cover_upload", "cover_alt", "body", "note", "byline")
        for name, field in self.fields.items():
            described = [f"{name}-h"] if name in hinted else []
            if self.is_bound and name in self.errors:
                described.append(f"{name}-e")
                field.widget.attrs["aria-invalid"] = "true"
            if described:
                field.widget.attrs["aria-describedby"] = " ".join(described)
        for name in ("title", "category", "body"):
            self.fields[name].widget.attrs["aria-required"] = "true"
        html = self.typed_html if self.is_bound else self.submission.body
        self.fields["body"].widget.attrs["data-html"] = for_editor(html)

    @property
    def typed_html(self) -> str:
        """The typed text as clean HTML, whichever way it was typed."""
        text = str(self.cleaned_data.get("body") or "")
        if self.cleaned_data.get("body_format") == "html":
            return clean(without_unwritten(text))
        return plain_to_html(text)

    @property
    def needs_editor(self) -> bool:
        """Whether the text holds what a plain text area cannot show; it is then shown as HTML."""
        return self["body_format"].value() == "html"

    @property
    def agrees(self) -> bool:
        """Whether the terms that are in force were agreed to, and not an older version."""
        in_force = self.terms_in_force.number if self.terms_in_force else 0
        return bool(self.cleaned_data.get("agreed")) and self.cleaned_data.get("terms") == in_force

    def clean_category(self) -> int | None:
        pk: int | None = self.cleaned_data["category"]
        if pk is not None and not Category.objects.filter(pk=pk).exists():
            raise ValidationError(_("This category is gone. Choose another."))
        return pk

    def changes(self) -> dict[str, Any]:
        """Return what can be saved of the form; what does not validate stays as it was."""
        good = self.cleaned_data
        names = (
            "title", "source_name", "source_url", "ai_text", "ai_images", "note",
            "is_declared_original",
        )  # fmt: skip
        changes = {name: good[name] for name in names if name in good}
        if good.get("origin"):
            changes["origin"] = good["origin"]
        if "tag_line" in good:
            changes["tag_names"] = tags_from_string(good["tag_line"])
        if "category" in good:
            pk = good["category"]
            changes["category"] = Category.objects.get(pk=pk) if pk is not None else None
        if "body" in good:
            changes["body"] = self.typed_html
        return changes | self._cover() | self._proof()

    def _cover(self) -> dict[str, Picture | None]:
        """Return the chosen cover: one's own picture, or the one that the text has already."""
        if self.cleaned_data.get("cover_remove"):
            return {"cover": None}
        key = self.cleaned_data.get("cover_key") or ""
        present = self.submission.cover
        if not key or (present is not None and present.key == key):
            return {}
        own = Picture.objects.filter(key=key, uploaded_by=self.author).first()
        return {"cover": own} if own is not None else {}

    def _proof(self) -> dict[str, str]:
        """Return a proof that was stored with an earlier sending of this form."""
        found = read_proof_token(self.cleaned_data.get("proof_token") or "", self.submission)
        return {"proof": found[0], "proof_name": found[1]} if found else {}

    def refresh(self, submission: Submission, **values: str) -> None:
        """Let the form, as it is shown again, go on from a row that was saved meanwhile."""
        self.submission = submission
        data = self.data.copy()
        data["version"] = str(submission.version)
        data["cover_key"] = submission.cover.key if submission.cover else ""
        data["terms"] = str(self.terms_in_force.number if self.terms_in_force else 0)
        data.pop("cover_remove", None)
        for name, value in values.items():
            data[name] = value
        self.data = data

    def show_errors(self, error: ValidationError) -> None:
        """Add what a service refused beside the fields that it is about."""
        if hasattr(error, "error_dict"):
            for name, errors in error.error_dict.items():
                self.add_error(name if name in self.fields else None, errors)
        else:
            self.add_error(None, error)
        self._describe()
