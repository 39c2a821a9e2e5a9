"""What an editor fills in on the review page. Services decide; these only read."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.translation import gettext_lazy as _

from articles.desk import CategoryField
from articles.editor import EditorField
from articles.tagging import tags_from_string
from submissions.models import Submission


def _text(label: Any, rows: int = 4, help_text: Any = "", most: int = 4000) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=most,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


def _moment() -> forms.SplitDateTimeField:
    widget = forms.SplitDateTimeWidget(
        date_format="%Y-%m-%d",
        time_format="%H:%M",
        date_attrs={"type": "date"},
        time_attrs={"type": "time"},
    )
    date, time = widget.widgets
    date.attrs["aria-label"], time.attrs["aria-label"] = _("Date"), _("Time")
    return forms.SplitDateTimeField(label=_("To appear at"), required=False, widget=widget)


class ActionForm(forms.Form):
    """A decision on the version that was read. What a service refuses is shown at its field."""

    # Another name for what a service calls a field.
    renamed: ClassVar[dict[str, str]] = {"published_at": "at"}

    version = forms.IntegerField(widget=forms.HiddenInput)
    article_seen = forms.CharField(required=False, widget=forms.HiddenInput)

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


class PlainForm(ActionForm):
    pass


class AcceptForm(ActionForm):
    note = _text(_("A word to the contributor"), 2, _("May be left blank."))


class ScheduleForm(AcceptForm):
    at = _moment()
    field_order = ("version", "at", "note")

    def clean_at(self) -> Any:
        if self.cleaned_data["at"] is None:
            raise ValidationError(_("Say when it is to appear."))
        return self.cleaned_data["at"]


class ReturnForm(ActionForm):
    note = _text(
        _("What is to be changed"),
        5,
        _("The contributor reads this and the remarks on passages."),
    )


class DeclineForm(ActionForm):
    note = _text(_("Why it is not taken"), 5, _("The contributor reads this."))


class AskForm(ActionForm):
    note = _text(_("What you ask the chief editor"), 3, _("Only editors read this."))


class HoldForm(ActionForm):
    reference = forms.CharField(
        label=_("Because of"),
        max_length=40,
        help_text=_("The number of a case, or the reason in a few words."),
    )
    note = _text(_("A word to the contributor"), 2, _("May be left blank."))


class ReleaseHoldForm(ActionForm):
    note = _text(_("Why it need not be held"), 3, _("Only editors read this."))


class RemarkForm(ActionForm):
    quote = _text(
        _("Passage"),
        2,
        _("As it stands in the text. Left blank, the remark is about the whole."),
        500,
    )
    text = _text(_("Remark"), 3, most=2000)


class DropRemarkForm(ActionForm):
    remark = forms.IntegerField(widget=forms.HiddenInput)


class EditForm(ActionForm):
    """The text as an editor changes it before it is accepted."""

    title = forms.CharField(
        label=_("title"), max_length=200, widget=forms.TextInput(attrs={"class": "vTextField"})
    )
    body = EditorField(label=_("text"))
    category = CategoryField(label=_("category"), required=False)
    tag_line = forms.CharField(
        label=_("tags"),
        required=False,
        max_length=500,
        help_text=_("Separated by commas, 、 or ，."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    at = _moment()
    note = _text(_("A word to the contributor"), 2, _("May be left blank."))

    @classmethod
    def of(cls, submission: Submission) -> "EditForm":
        return cls(
            initial={
                "version": submission.version,
                "article_seen": submission.article_stamp,
                "title": submission.title,
                "body": submission.body,
                "category": submission.category_id,
                "tag_line": "、".join(submission.tag_names),
            }
        )

    def changes(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        return {
            "title": cleaned["title"],
            "body": cleaned["body"],
            "category": cleaned["category"],
            "tag_names": tags_from_string(cleaned["tag_line"]),
        }
