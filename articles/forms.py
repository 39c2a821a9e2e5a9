"""The desk's forms. They check what was typed; services write it."""

import re
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from articles.desk import CategoryField, DeskForm
from articles.editor import EditorField
from articles.html import clean
from articles.models import (
    Article,
    Category,
    Origin,
    Page,
    Picture,
    Restriction,
    Scope,
    SiteSettings,
    Status,
    User,
)
from articles.services.planning import assignable
from articles.services.site import default_rights_notice
from articles.services.versions import require_version
from articles.tagging import tags_from_string

M = TypeVar("M", bound=Model)
_IMAGE = re.compile(r"<img\b", re.IGNORECASE)
_COVER_WISHES = ("cover_upload", "cover_choice", "cover_remove")
_PICTURES = {"accept": "image/jpeg,image/png,image/webp,image/gif"}


class SourceAddressField(forms.URLField):
    """An address typed without its scheme is one of https."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"assume_scheme": "https", **options})


class ArticleForm(DeskForm[Article]):
    """An article as editors write it. `guarded` is off where nothing will be saved (preview);
    `typed` is what was typed earlier and is shown in the place of what is saved."""

    guarded = True
    typed: ClassVar[Mapping[str, str] | None] = None

    # The version of the article that the form was opened with.
    based_on = forms.CharField(required=False, widget=forms.HiddenInput)
    body = EditorField(label=_("text"))
    category = CategoryField(label=_("category"), required=False)
    tag_line = forms.CharField(
        label=_("tags"),
        required=False,
        max_length=500,
        help_text=_("Separated by commas, 、 or ，."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    published_at = forms.SplitDateTimeField(
        label=_("date of publication"),
        required=False,
        widget=AdminSplitDateTime,
        help_text=_(
            "With “Schedule” it becomes public at this moment. Left blank, publishing takes the "
            "present moment."
        ),
    )
    cover_upload = forms.FileField(
        label=_("New cover"),
        required=False,
        widget=forms.FileInput(attrs=_PICTURES),
        help_text=_("JPEG, PNG, WebP or GIF. It takes the place of the present cover."),
    )
    cover_alt = forms.CharField(
        label=_("What the cover shows"),
        required=False,
        max_length=300,
        help_text=_("For those who cannot see it."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    cover_choice = forms.ModelChoiceField(
        Picture.objects.filter(is_withheld=False),
        label=_("Cover from the library"),
        required=False,
        widget=forms.NumberInput,
        help_text=_("The number of a picture. It takes the place of the present cover."),
        error_messages={
            "invalid_choice": _("There is no picture of this number that can be shown.")
        },
    )
    cover_remove = forms.BooleanField(label=_("Remove the cover"), required=False)
    reason = forms.CharField(
        label=_("Reason to publish it all the same"),
        required=False,
        max_length=300,
        help_text=_("Kept with the article and its warnings."),
        widget=forms.TextInput(
            attrs={"class": "vTextField", "aria-describedby": "id_reason_helptext"}
        ),
    )
    # Compared with what the form was opened with: neither is guarded by the article's version.
    assignee = forms.ModelChoiceField(
        assignable(), label=_("in charge"), required=False, show_hidden_initial=True
    )
    due_on = forms.DateField(
        label=_("due"),
        required=False,
        show_hidden_initial=True,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Shown to the person in charge and in the calendar; nothing is blocked by it."),
    )
    note = forms.CharField(
        label=_("Why it is changed"),
        required=False,
        max_length=100,
        help_text=_("Stands in the history beside the revision that is saved now."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    revision_name = forms.CharField(
        label=_("Name of the revision"),
        required=False,
        max_length=60,
        help_text=_("For a state that you may want to find again."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = Article
        fields = [
            "title", "body", "excerpt", "category", "contributor", "origin", "source_name",
            "source_url", "ai_label", "published_at", "featured", "sticky", "assignee", "due_on",
        ]  # fmt: skip
        field_classes = {"source_url": SourceAddressField}
        widgets = {"excerpt": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}
        help_texts = {
            "contributor": _("The byline. Type a few characters of the name."),
            "title": _("At most 200 characters."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        article = self.instance
        date, time = self.fields["published_at"].widget.widgets
        date.attrs["aria-label"], time.attrs["aria-label"] = _("Date of publication"), _("Time")
        if article.assignee_id and "assignee" in self.fields:
            present = User.objects.filter(pk=article.assignee_id)
            self.fields["assignee"].queryset = assignable() | present  # type: ignore[attr-defined]
        if article.pk:
            self.initial["based_on"] = str(article.version)
            self.initial["tag_line"] = "、".join(article.tag_names)
        self.fields["cover_choice"].widget.attrs |= {
            "data-chooser": reverse("admin:articles_picture_choose"),
            "data-chooser-label": _("Choose from the library"),
        }
        if article.cover is not None:
            self.initial["cover_alt"] = article.cover.alt
        if self.typed is not None and not self.is_bound:
            self._put_back(self.typed)

    def _put_back(self, typed: Mapping[str, str]) -> None:
        for name, field in self.fields.items():
            widget = field.widget
            if not isinstance(field, forms.FileField) and not widget.value_omitted_from_data(
                typed, {}, name
            ):
                self.initial[name] = widget.value_from_datadict(typed, {}, name)
        # What the form was opened with stays that.
        hidden = {name: [text] for name, text in typed.items() if name.startswith("initial-")}
        self.data = MultiValueDict(hidden)

    @property
    def tags(self) -> list[str]:
        return tags_from_string(self.cleaned_data.get("tag_line", ""))

    @property
    def left_out(self) -> int:
        """How many pictures in the typed text are not ours and will not be kept."""
        typed = str(self.cleaned_data.get("body") or "")
        return max(0, len(_IMAGE.findall(typed)) - len(_IMAGE.findall(clean(typed))))

    def _check_cover(self, cleaned: dict[str, Any]) -> None:
        wishes = [name for name in _COVER_WISHES if cleaned.get(name)]
        if len(wishes) > 1:
            message = _("Either upload a new cover, choose one, or remove it: one of the three.")
            self.add_error(wishes[0], message)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._check_date(cleaned)
        self._check_cover(cleaned)
        is_public = self.instance.status in {Status.PUBLISHED, Status.SCHEDULED}
        foreign = cleaned.get("origin") in {Origin.REPRINTED, Origin.LICENSED}
        if is_public and foreign and not cleaned.get("source_url"):
            message = _("A reprinted or licensed text names the address of its source.")
            self.add_error("source_url", message)
        if self.guarded and self.instance.pk:
            # The row stays locked until the form is saved, so that two savers cannot both pass.
            require_version(self.instance, str(cleaned.get("based_on") or ""))
        return cleaned

    def _check_date(self, cleaned: dict[str, Any]) -> None:
        date = cleaned.get("published_at")
        if "_schedule" in self.data:
            if date is None and "published_at" not in self.errors:
                self.add_error("published_at", _("Say when it is to become public."))
        elif "_publish" in self.data or "_withdraw" in self.data:
            return
        elif date is None:
            if self.instance.status in {Status.PUBLISHED, Status.SCHEDULED}:
                self.add_error("published_at", _("A public article needs a date."))
        elif self.instance.status == Status.PUBLISHED and date > timezone.now():
            message = _(
                "It is public. To let it wait for a date to come, withdraw it first, then choose "
                "“Schedule”."
            )
            self.add_error("published_at", message)


class SlugForm(DeskForm[M]):
    """For rows whose address the service makes of the name where it is left blank."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "slug" in self.fields:
            self.fields["slug"].required = False
            self.fields["slug"].help_text = _(
                "Part of the address. Left blank, it is made of the name."
            )


class CategoryForm(SlugForm[Category]):
    parent = CategoryField(
        label=_("parent"), required=False, help_text=_("Left blank, it stands at the top.")
    )

    class Meta:
        model = Category
        fields = ["name", "slug", "parent", "description", "position"]
        help_texts = {"position": _("Smaller numbers stand first.")}


class PageForm(SlugForm[Page]):
    body = EditorField(label=_("text"))

    class Meta:
        model = Page
        fields = ["title", "slug", "body", "is_published", "in_footer", "position"]


class CoverForm(SlugForm[M]):
    """For rows with one picture: upload, describe, replace, remove. `picture_field` names it."""

    picture_field: ClassVar[str] = "cover"

    upload = forms.FileField(
        label=_("New picture"), required=False, widget=forms.FileInput(attrs=_PICTURES)
    )
    upload_alt = forms.CharField(
        label=_("What the picture shows"),
        required=False,
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    remove = forms.BooleanField(label=_("Remove the picture"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        picture = getattr(self.instance, self.picture_field)
        if picture is not None:
            self.initial["upload_alt"] = picture.alt


class FilesInput(forms.FileInput):
    """Takes several files; the field validates one, the page takes in the others."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        return files.get(name)


class PictureForm(DeskForm[Picture]):
    """A new picture; of one that is there, only its description changes."""

    upload = forms.FileField(
        label=_("File"),
        widget=FilesInput(attrs={**_PICTURES, "multiple": True}),
        help_text=_(
            "JPEG, PNG, WebP or GIF, several at once if you like. Each is turned upright and made "
            "anew."
        ),
    )
    # The description that the form was opened with.
    was = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    class Meta:
        model = Picture
        fields = ["alt"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            del self.fields["upload"]
            self.initial["was"] = self.instance.alt


class ReplacementForm(forms.Form):
    """Another file for a picture, and what it shows if that is something else now."""

    upload = forms.FileField(
        label=_("New file"),
        widget=forms.FileInput(attrs=_PICTURES),
        help_text=_("JPEG, PNG, WebP or GIF. It is turned upright and made anew."),
    )
    alt = forms.CharField(
        label=_("description"),
        required=False,
        max_length=300,
        help_text=_("Leave it as it stands if the new file shows the same."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, data: Any, files: Any, *, picture: Picture) -> None:
        super().__init__(data, files, initial={"alt": picture.alt}, label_suffix="")


class RestrictionForm(DeskForm[Restriction]):
    class Meta:
        model = Restriction
        fields = ["article", "scope", "http_status", "reference", "passage", "picture"]
        help_texts = {
            "http_status": _("451: a legal demand. 410: gone for good."),
            "passage": _("For a passage: its words as they stand in the text."),
            "picture": _("For an image: the picture, which the article must show."),
        }

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        scope = cleaned.get("scope")
        for name, needed in (("passage", Scope.PASSAGE), ("picture", Scope.IMAGE)):
            if name in self.errors:
                continue
            if scope == needed and not cleaned.get(name):
                self.add_error(name, _("Name what is to be withheld."))
            elif scope != needed and cleaned.get(name):
                self.add_error(name, _("Leave this blank for the scope that you chose."))
        return cleaned


_ENVIRONMENT = {
    "name": "SITE_NAME",
    "tagline": "SITE_TAGLINE",
    "description": "SITE_DESCRIPTION",
    "takedown_email": "TAKEDOWN_EMAIL",
    "icp_number": "ICP_NUMBER",
    "police_number": "POLICE_NUMBER",
    "report_phone": "REPORT_PHONE",
    "operator_name": "OPERATOR_NAME",
    "operator_address": "OPERATOR_ADDRESS",
    "items_per_page": "ITEMS_PER_PAGE",
}


class SettingsForm(DeskForm[SiteSettings]):
    """The site's settings; a blank shows the environment's value, which then holds."""

    items_per_page = forms.IntegerField(
        label=_("articles on a page"), required=False, min_value=5, max_value=100
    )

    class Meta:
        model = SiteSettings
        fields = [
            "name", "tagline", "description", "announcement", "rights_notice", "takedown_email",
            "icp_number", "police_number", "report_phone", "operator_name", "operator_address",
            "items_per_page", "offers_markdown", "admits_ai_crawlers",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        defaults = {name: getattr(settings, key) for name, key in _ENVIRONMENT.items()}
        defaults["rights_notice"] = default_rights_notice()
        for name, value in defaults.items():
            if name in self.fields:
                self.fields[name].widget.attrs["placeholder"] = str(value)
