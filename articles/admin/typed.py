"""An article's fields as its form sends them: what was typed, what is saved, and whether they
differ. Nothing here writes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.editor import without_unwritten
from articles.forms import ArticleForm
from articles.html import clean, strip_control, text_of
from articles.merging import blocks
from articles.models import Article, Category, Contributor, Picture
from articles.tagging import tags_from_string

Sent = dict[str, str]

# What is compared, in the order in which it is shown. The text comes last.
NAMES: Final = (
    "title", "category", "tag_line", "contributor", "excerpt", "cover_choice", "cover_alt",
    "cover_remove", "origin", "source_name", "source_url", "ai_label", "published_at", "featured",
    "sticky", "body",
)  # fmt: skip
_MODELS: Final[dict[str, Any]] = {
    "category": Category,
    "contributor": Contributor,
    "cover_choice": Picture,
}


def html_names(name: str) -> list[str]:
    """Return the names under which a field is sent: a date and its time are two."""
    widget = ArticleForm.base_fields[name].widget
    parts = len(widget.widgets) if isinstance(widget, forms.MultiWidget) else 0
    return [f"{name}_{part}" for part in range(parts)] or [name]


def all_names() -> set[str]:
    """Return every name under which the form sends something that may be kept."""
    found: set[str] = set()
    for name, field in ArticleForm.base_fields.items():
        if isinstance(field, forms.FileField):
            continue
        found.update(html_names(name))
        if field.show_hidden_initial:
            found.add(f"initial-{name}")
    return found - {"based_on"}


def sent_by(article: Article) -> Sent:
    """Return what the form of an article sends if nothing is typed. No query where its cover is
    loaded."""
    form = ArticleForm(instance=article)
    found: Sent = {}
    for name in NAMES:
        field, value = form.fields[name], form[name].value()
        if isinstance(field, forms.BooleanField):
            found |= {name: "on"} if value else {}
        elif isinstance(field.widget, forms.MultiWidget):
            parts = field.widget.decompress(value) or []
            widgets = zip(html_names(name), field.widget.widgets, parts, strict=True)
            found |= {key: str(widget.format_value(part) or "") for key, widget, part in widgets}
        else:
            found[name] = "" if value is None else str(value)
    return found


def take(name: str, data: Mapping[str, Any]) -> Sent:
    """Return of what was sent that which belongs to a field."""
    return {key: str(data[key]) for key in html_names(name) if key in data}


def comparable(name: str, data: Mapping[str, Any]) -> Any:
    """Return the value of a field so that equal ones mean the same."""
    values = [str(data.get(key) or "") for key in html_names(name)]
    if name == "body":
        return blocks(clean(without_unwritten(values[0])))
    if name == "tag_line":
        return tags_from_string(values[0])
    if name == "published_at":
        return _moment(values)
    return strip_control(values[0].replace("\r\n", "\n")).strip()


def _moment(values: list[str]) -> str:
    """Return a date and time as one text without seconds, which editors do not write; what is
    neither stays as it is."""
    try:
        moment = ArticleForm.base_fields["published_at"].clean(values)
    except ValidationError:
        return " ".join(values).strip()
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""


def label_of(name: str) -> str:
    field = ArticleForm.base_fields[name]
    return str(field.label or name)


def in_words(name: str, data: Mapping[str, Any]) -> str:
    """Return the value of a field as people read it. One query for a category or byline."""
    value = comparable(name, data)
    field = ArticleForm.base_fields[name]
    if name in _MODELS:
        if not (value.isascii() and value.isdigit() and len(value) < 18):
            return value or "—"
        return str(_MODELS[name].objects.filter(pk=value).first() or "—")
    if isinstance(field, forms.BooleanField):
        return _("Yes") if value else _("No")
    if isinstance(field, forms.ChoiceField):
        return str(dict(field.choices).get(value, value)) or "—"  # type: ignore[arg-type]
    return "、".join(value) if name == "tag_line" else value or "—"


@dataclass(frozen=True)
class Brief:
    """What of something typed differs from what is saved: the fields' names, and how many
    characters more (or fewer) its text has."""

    names: list[str]
    characters: int


def brief(typed: Mapping[str, Any], saved: Mapping[str, Any]) -> Brief:
    """Return in brief what was typed that is not saved. No query."""
    names = [name for name in NAMES if comparable(name, typed) != comparable(name, saved)]
    more = 0
    if "body" in names:
        more = characters(typed.get("body", "")) - characters(saved.get("body", ""))
    return Brief([label_of(name) for name in names], more)


def characters(body: str) -> int:
    return len("".join(text_of(clean(body)).split()))
