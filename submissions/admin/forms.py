"""What an editor fills in on the review page. Services decide; these only read."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from articles.desk import ActionForm as DeskActionForm
from articles.desk import CategoryField, moment_field, text_field
from articles.editor import EditorField
from articles.tagging import tags_from_string
from submissions.models import Submission


class ActionForm(DeskActionForm):
    """A decision on a submission, with the article as it stood where a change of it is proposed."""

    renamed: ClassVar[dict[str, str]] = {"published_at": "at"}

    article_seen = forms.CharField(required=False, widget=forms.HiddenInput)


class PlainForm(ActionForm):
    pass


class AcceptForm(ActionForm):
    note = text_field(_("A word to the contributor"), 2, _("May be left blank."))


class ScheduleForm(AcceptForm):
    at = moment_field(_("To appear at"))
    field_order = ("version", "at", "note")

    def clean_at(self) -> Any:
        if self.cleaned_data["at"] is None:
            raise ValidationError(_("Say when it is to appear."))
        return self.cleaned_data["at"]


class ReturnForm(ActionForm):
    note = text_field(
        _("What is to be changed"),
        5,
        _("The contributor reads this and the remarks on passages."),
    )


class DeclineForm(ActionForm):
    note = text_field(_("Why it is not taken"), 5, _("The contributor reads this."))


class AskForm(ActionForm):
    note = text_field(_("What you ask the chief editor"), 3, _("Only editors read this."))


class HoldForm(ActionForm):
    reference = forms.CharField(
        label=_("Because of"),
        max_length=40,
        help_text=_("The number of a case, or the reason in a few words."),
    )
    note = text_field(_("A word to the contributor"), 2, _("May be left blank."))


class ReleaseHoldForm(ActionForm):
    note = text_field(_("Why it need not be held"), 3, _("Only editors read this."))


class RemarkForm(ActionForm):
    quote = text_field(
        _("Passage"),
        2,
        _("As it stands in the text. Left blank, the remark is about the whole."),
        500,
    )
    text = text_field(_("Remark"), 3, most=2000)


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
    at = moment_field(_("To appear at"))
    note = text_field(_("A word to the contributor"), 2, _("May be left blank."))

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
