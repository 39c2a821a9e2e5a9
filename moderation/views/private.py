"""Pages that only those see who are concerned: never stored, never indexed, leading nowhere with
their address."""

from collections.abc import Callable
from functools import wraps

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.http import HttpRequest, HttpResponseBase

from moderation.forms.uploads import EvidenceForm

View = Callable[..., HttpResponseBase]


def private(view: View) -> View:
    """Keep what a view answers out of caches, search engines and the Referer of what it links
    to."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response["Cache-Control"] = "no-store, private"
        response["X-Robots-Tag"] = "noindex"
        response["Referrer-Policy"] = "no-referrer"
        return response

    return guarded


def _refuse(form: forms.Form, error: ValidationError) -> None:
    """Show a service's refusal at the fields that it names, where the form has them."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else NON_FIELD_ERRORS, errors)


def taken(form: EvidenceForm, act: Callable[[], object]) -> bool:
    """Keep a form's files, and act where nothing is wrong with it; say whether that was done."""
    form.is_valid()
    form.take_files()
    if form.errors:
        return False
    try:
        act()
    except ValidationError as error:
        _refuse(form, error)
        return False
    return True
