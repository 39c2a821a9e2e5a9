"""What can be done with many articles at once, what each of it needs to know, and what can be
foreseen of it."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from articles.desk import CategoryField, moment_field
from articles.models import Article, Status, User
from articles.services.bulk import Change, add_tags, recategorise, remove_tags
from articles.services.checklist import check, publish_checked, schedule_checked
from articles.services.planning import assign, assignable
from articles.services.publishing import unpublish
from articles.services.trash import trash
from articles.tagging import tags_from_string

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_PUBLIC = {Status.PUBLISHED, Status.SCHEDULED}
_KEEP, _NOBODY = "", "nobody"


class BulkForm(forms.Form):
    """One kind of change: its parameters, and how one article is changed."""

    # The action's name, what stands in the list of actions, and on the button that does it.
    name: ClassVar[str]
    label: ClassVar["StrOrPromise"]
    # As in has_…_permission of the admin class.
    permission: ClassVar[str] = "change"
    # Whether the texts have to be read to foresee what will be refused.
    reads_texts: ClassVar[bool] = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})

    def refusal(self, article: Article) -> str:
        """Return why an article will be refused, as far as that is known before; or nothing."""
        return ""

    def warnings(self, article: Article) -> list[str]:
        """Return what is to be said of an article that needs a reason."""
        return []

    def change(self, by: User) -> Change:
        """Return what changes one article. The form is valid."""
        raise NotImplementedError


def reason_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Reason for overruling the warnings"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy(
            "Kept with every article that has warnings. Left blank, these articles stay as they "
            "are."
        ),
    )


class PublishForm(BulkForm):
    name = "publish_chosen"
    label = gettext_lazy("Publish now")
    permission = "publish"
    reads_texts = True

    reason = reason_field()

    def refusal(self, article: Article) -> str:
        if article.status == Status.PUBLISHED:
            return _("It is public already.")
        return " ".join(found.message for found in self._findings(article) if found.is_must)

    def warnings(self, article: Article) -> list[str]:
        return [found.message for found in self._findings(article) if not found.is_must]

    def _findings(self, article: Article) -> list[Any]:
        """Return what the checklist says, asked once for each article."""
        known: dict[int, list[Any]] = self.__dict__.setdefault("_known", {})
        if article.pk not in known:
            known[article.pk] = check(article)
        return known[article.pk]

    def change(self, by: User) -> Change:
        def change(article: Article) -> None:
            _require(article.status != Status.PUBLISHED, _("It is public already."))
            reason = self.cleaned_data["reason"]
            publish_checked(article, by, reason=reason, note=_("Bulk change: published"))

        return change


class ScheduleForm(PublishForm):
    name = "schedule_chosen"
    label = gettext_lazy("Schedule")

    at = moment_field(gettext_lazy("Moment of publication"))
    field_order = ("at", "reason")

    def clean_at(self) -> Any:
        at = self.cleaned_data["at"]
        if at is None or at <= timezone.now():
            raise ValidationError(_("Choose a moment that is still to come."))
        return at

    def change(self, by: User) -> Change:
        def change(article: Article) -> None:
            _require(article.status != Status.PUBLISHED, _("It is public already."))
            cleaned = self.cleaned_data
            note = _("Bulk change: scheduled")
            schedule_checked(article, by, cleaned["at"], reason=cleaned["reason"], note=note)

        return change


class WithdrawForm(BulkForm):
    name = "withdraw_chosen"
    label = gettext_lazy("Withdraw")
    permission = "publish"

    def refusal(self, article: Article) -> str:
        return "" if article.status in _PUBLIC else _("It is not public.")

    def change(self, by: User) -> Change:
        def change(article: Article) -> None:
            _require(article.status in _PUBLIC, _("It is not public."))
            unpublish(article, by, note=_("Bulk change: withdrawn"))

        return change


class RecategoriseForm(BulkForm):
    name = "recategorise_chosen"
    label = gettext_lazy("Put into another category")

    category = CategoryField(label=gettext_lazy("category"))

    def change(self, by: User) -> Change:
        return lambda article: recategorise(article, by, self.cleaned_data["category"])


class TagForm(BulkForm):
    name = "tag_chosen"
    label = gettext_lazy("Add tags")

    tags = forms.CharField(
        label=gettext_lazy("tags"),
        max_length=500,
        help_text=gettext_lazy("Separated by commas, 、 or ，."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def clean_tags(self) -> list[str]:
        names = tags_from_string(self.cleaned_data["tags"])
        if not names:
            raise ValidationError(_("Name at least one tag."))
        return names

    def change(self, by: User) -> Change:
        return lambda article: add_tags(article, by, self.cleaned_data["tags"])


class UntagForm(TagForm):
    name = "untag_chosen"
    label = gettext_lazy("Remove tags")

    def change(self, by: User) -> Change:
        return lambda article: remove_tags(article, by, self.cleaned_data["tags"])


class AssignForm(BulkForm):
    name = "assign_chosen"
    label = gettext_lazy("Put in charge, set the due date")

    assignee = forms.ChoiceField(label=gettext_lazy("in charge"), required=False)
    due_on = forms.DateField(
        label=gettext_lazy("due"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Left blank, the due dates stay as they are."),
    )
    no_due = forms.BooleanField(label=gettext_lazy("No due date"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._people = {str(user.pk): user for user in assignable()}
        self.fields["assignee"].choices = [  # type: ignore[attr-defined]
            (_KEEP, pgettext_lazy("who is in charge", "As it is")),
            (_NOBODY, gettext_lazy("Nobody")),
            *((number, str(user)) for number, user in self._people.items()),
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("no_due") and cleaned.get("due_on"):
            self.add_error("due_on", _("Either a due date or none, not both."))
        elif not any(cleaned.get(name) for name in ("assignee", "due_on", "no_due")):
            raise ValidationError(_("Choose what is to be changed."))
        return cleaned

    def change(self, by: User) -> Change:
        cleaned = self.cleaned_data

        def change(article: Article) -> None:
            chosen = cleaned["assignee"]
            person = article.assignee if chosen == _KEEP else self._people.get(chosen)
            due_on = None if cleaned["no_due"] else cleaned["due_on"] or article.due_on
            is_same = (person, due_on) == (article.assignee, article.due_on)
            _require(not is_same, _("Nothing would change."))
            assign(article, by, person, due_on)

        return change


class TrashForm(BulkForm):
    name = "trash_chosen"
    label = gettext_lazy("Move to the trash")
    permission = "trash"

    def warnings(self, article: Article) -> list[str]:
        return [_("It is public, and is withdrawn.")] if article.status in _PUBLIC else []

    def change(self, by: User) -> Change:
        return lambda article: trash(article, by, note=_("Bulk change: moved to the trash"))


def _require(holds: bool, why: str) -> None:
    if not holds:
        raise ValidationError(why)


FORMS: Collection[type[BulkForm]] = (
    PublishForm, ScheduleForm, WithdrawForm, RecategoriseForm, TagForm, UntagForm, AssignForm,
    TrashForm,
)  # fmt: skip
