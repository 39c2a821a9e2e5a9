"""How far a notice is: what is to be changed, what is still missing, and where each step stands."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext, ngettext

from moderation.forms.files import FileGroup
from moderation.forms.plan import ELEMENT_OF, STEPS, TITLES, mark
from moderation.forms.report import ReportForm
from moderation.models import EvidenceKind, Kind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_STEP_OF: Final = {"U": 0, "R": 1, "E": 1, "Q": 1, "I": 2, "C": 2, "A": 2, "P": 2, "D": 3}
# Where a reader who follows the name of a missing element is led.
_ANCHORS: Final = {"E": "file-infringement", "P": "file-authorisation", "U": "id_targets"}


@dataclass(frozen=True)
class Row:
    """A field as the form shows it. `mark` is "must", "needed" (may be added later), "" for
    what may be left out, or "none" for what is answered already."""

    field: BoundField
    mark: str

    @property
    def widget(self) -> str:
        widget = self.field.field.widget
        if isinstance(widget, forms.CheckboxInput):
            return "checkbox"
        return "radio" if isinstance(widget, forms.RadioSelect) else "control"

    @property
    def for_agents(self) -> bool:
        return self.field.name == "principal"


@dataclass(frozen=True)
class Stage:
    """A step of the form, and where it stands."""

    number: str
    anchor: str
    title: "StrOrPromise"
    rows: list[Row]
    groups: list[FileGroup]
    state: str
    is_done: bool
    is_current: bool = False


@dataclass(frozen=True)
class Problem:
    """Something to be changed or added, and where."""

    anchor: str
    text: str


def gaps_in(form: ReportForm) -> list[Problem]:
    """Return what is missing as the page says it, with the place where it is to be added."""
    return [
        Problem(_anchor(form, element.code), _said(element.name, element.missing))
        for element in form.missing()
    ]


def _anchor(form: ReportForm, code: str) -> str:
    strays = next((part for part in form.parts if part.strays), None)
    if code == "U" and strays is not None:
        return f"passage-{strays.article.pk}"
    if code == "E" and form.kind == Kind.COPYRIGHT:
        return "file-right"
    if code in _ANCHORS:
        return _ANCHORS[code]
    own = [name for name in form.fields if ELEMENT_OF.get(name) == code]
    empty = [name for name in own if name != "principal" and not form.cleaned_data.get(name)]
    return f"id_{(empty or own)[0]}" if own else "p2"


def problems_in(form: ReportForm) -> list[Problem]:
    """Return what keeps the notice from being sent, in the order of the form."""
    found = [
        Problem(f"id_{name}", _of_field(form, name, str(text)))
        for names in STEPS[form.kind]
        for name in names
        for text in form.errors.get(name, [])
    ]
    if form.shows_errors:
        found += [
            Problem(f"scope-{part.article.pk}", part.error) for part in form.parts if part.error
        ]
    found += [
        Problem(group.name, _said(group.label, text))
        for group in form.uploads
        for text in group.errors
    ]
    return found


def stages_of(form: ReportForm) -> list[Stage]:
    """Return the four steps, each with its fields, files and how far it is."""
    lacking = [len(codes) for codes in _lacking(form)]
    first = next((n for n, count in enumerate(lacking) if count), None)
    current = (first if form.is_bound else 0) if form.shows_errors else None
    return [
        Stage(
            number="一二三四"[n],
            anchor=f"p{n + 1}",
            title=TITLES[n],
            rows=[_row(form, name) for name in STEPS[form.kind][n]],
            groups=_groups_of(form, n),
            state=_state(form, lacking[n]),
            is_done=form.is_bound and form.shows_errors and not lacking[n],
            is_current=n == current,
        )
        for n in range(len(TITLES))
    ]


def _lacking(form: ReportForm) -> list[set[str]]:
    """Return what each step lacks, as words that tell one lack from another."""
    lacking: list[set[str]] = [set() for _title in TITLES]
    if not form.is_bound:
        return lacking
    for n, names in enumerate(STEPS[form.kind]):
        lacking[n] |= {name for name in names if name in form.errors}
    lacking[0] |= {f"part {part.article.pk}" for part in form.parts if part.error}
    for n in (1, 2):
        lacking[n] |= {group.name for group in _groups_of(form, n) if group.errors}
    for element in form.missing():
        lacking[_STEP_OF[element.code]].add(element.code)
    return lacking


def _state(form: ReportForm, lacking: int) -> str:
    if not form.is_bound or not form.shows_errors:
        return gettext("To be filled in")
    if not lacking:
        return gettext("Complete")
    return ngettext("%(n)d thing missing", "%(n)d things missing", lacking) % {"n": lacking}


def _groups_of(form: ReportForm, step: int) -> list[FileGroup]:
    personal = (EvidenceKind.IDENTITY, EvidenceKind.AUTHORISATION)
    return [group for group in form.uploads if step == (2 if group.kind in personal else 1)]


def _row(form: ReportForm, name: str) -> Row:
    attrs = form.fields[name].widget.attrs
    described = [f"{name}-h"] if form.fields[name].help_text else []
    if form.is_bound and name in form.errors:
        described.append(f"{name}-e")
        attrs["aria-invalid"] = "true"
    if described:
        attrs["aria-describedby"] = " ".join(described)
    return Row(form[name], mark(form.kind, name))


def _of_field(form: ReportForm, name: str, text: str) -> str:
    """Return an error with the field's label, but for a sentence that is ticked."""
    field = form.fields[name]
    return text if isinstance(field, forms.BooleanField) else _said(field.label, text)


def _said(name: "StrOrPromise | None", text: "StrOrPromise") -> str:
    return gettext("%(name)s: %(text)s") % {"name": name, "text": text}
