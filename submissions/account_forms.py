"""The forms of the pages where one looks after one's own account."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from articles.html import strip_control
from articles.models import User
from submissions.models import Happening
from submissions.services.mail import OPTIONAL

_LABELS = {
    Happening.SUBMITTED: _("A text of mine has arrived"),
    Happening.SCHEDULED: _("A text of mine is accepted for a later date"),
}


class MailForm(forms.Form):
    """One box for each kind of mail that one may do without."""

    def __init__(self, *args: Any, muted: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for happening in OPTIONAL:
            self.fields[happening.value] = forms.BooleanField(
                label=_LABELS[happening], required=False, initial=happening.value not in muted
            )

    def muted(self) -> set[str]:
        """Return the kinds that are not wanted."""
        return {name for name, wanted in self.cleaned_data.items() if not wanted}


class BylineForm(forms.Form):
    bio = forms.CharField(
        label=_("About you"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Stands on the page of your articles. At most 300 characters."),
    )
    avatar = forms.FileField(
        label=_("Portrait"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
        help_text=_("JPEG, PNG, WebP or GIF. Data about the place and the camera is removed."),
    )
    remove_avatar = forms.BooleanField(label=_("Remove the portrait"), required=False)

    def clean_bio(self) -> str:
        return " ".join(strip_control(self.cleaned_data["bio"]).split())


class CloseForm(forms.Form):
    byline = forms.ChoiceField(
        label=_("Your published articles"),
        choices=[
            ("keep", _("They keep my byline.")),
            ("drop", _("My byline is replaced by “Closed account”.")),
        ],
        widget=forms.RadioSelect,
    )
    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("Type the main address of your account, so that nobody does this by mistake."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, account: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).strip().lower()
        if email != self.account.email:
            raise ValidationError(_("This is not the main address of your account."))
        return email
