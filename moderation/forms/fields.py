"""Fields of the forms that claimants fill in, and how they are explained."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from articles.html import strip_control
from moderation.models import Kind

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


class LineField(forms.CharField):
    """A text without characters that nothing may store. Nothing is required: what is missing is a
    gap, which the service names."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"required": False, **options})

    def to_python(self, value: Any) -> str:
        return strip_control(str(super().to_python(value) or "")).strip()


class AreaField(LineField):
    """A text of several lines, with line feeds alone."""

    def __init__(self, *, rows: int, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **options)

    def to_python(self, value: Any) -> str:
        return super().to_python(value).replace("\r\n", "\n").replace("\r", "\n")


# What each field is for. A kind's own explanation goes before the common one.
HINTS: dict[str, "StrOrPromise"] = {
    "targets": _(
        "One a line, at most 20: the address from the browser (such as /p/17.html), or the "
        "article's number. Only what stands on this site can be handled here."
    ),
    "work_title": _("Title of the book, article, photograph or recording that was used."),
    "work_author": _("Who made it. If you hold the right through a contract, say so below."),
    "work_source": _(
        "The address of its first publication, or book, edition and page, or the number of the "
        "registration. We do not open the address by ourselves."
    ),
    "original_text": _(
        "Paste the original passages; then we can set them beside the article and decide sooner."
    ),
    "words": _(
        "Copy word for word the sentences of the article that injure you, or describe the picture."
    ),
    "category": _("Choose what fits best. It decides who reads the notice first."),
    "asked": _("The law asks that a notice names the measure. We may take a milder one."),
    "name": _("The real name of a person, or the full name of an organisation."),
    "principal": _("Whom you act for. For a minor: the child's name; you are the guardian."),
    "email": _("We send a link to it, which confirms the notice, and then each step of the case."),
    "phone": _("For questions by whoever handles the case. It is never passed on."),
    "address": _("Where documents can be sent to. It is never passed on."),
    "is_minor": _("We then handle the case without publishing anything about it."),
    "signed": _("Type your full name. That counts as your signature."),
}
HINTS_OF: dict[tuple[Kind, str], "StrOrPromise"] = {
    (Kind.COPYRIGHT, "explanation"): _(
        "Which passage or picture is the same as what in the original, and that you did not permit "
        "it. An agent says what the authorisation covers."
    ),
    (Kind.PERSONALITY, "explanation"): _(
        "Why these words are false, or why name or portrait may not be used; how one can see that "
        "you are meant."
    ),
    (Kind.PRIVACY, "explanation"): _(
        "What is disclosed, whom it concerns, and that nobody consented. Do not repeat the number "
        "or the address itself here."
    ),
    (Kind.ILLEGAL, "explanation"): _(
        "What is unlawful about it, and where in the article. If life or safety is in danger, "
        "begin with “urgent” and call the police (110) as well."
    ),
    (Kind.OTHER, "explanation"): _(
        "What is wrong, where in the article, and which rule or right it is about."
    ),
    (Kind.ILLEGAL, "email"): _(
        "You may leave this empty and stay unknown. With an address you are told of each step; "
        "it is never passed on."
    ),
    (Kind.ILLEGAL, "signed"): _("A name, or “anonymous”."),
    (Kind.OTHER, "name"): _("How we may address you."),
}


def hint(kind: Kind, name: str) -> "StrOrPromise":
    """Return how a field is explained; empty where its label says all."""
    return HINTS_OF.get((kind, name)) or HINTS.get(name, "")
