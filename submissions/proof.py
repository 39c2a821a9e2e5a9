"""Proof of work: a few hundred milliseconds of a browser's computing, which cost a person nothing
and somebody who sends a thousand forms a lot.

It is never the only door. A browser without script, or on an address without https, sends none;
then a narrower limit holds (`without_proof`), and the code by mail that every account needs.
"""

import json
from typing import Any

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django_altcha import AltchaField, AltchaWidget, get_altcha_challenge

# How far a browser counts at most; half of it on average. A phone needs about a second.
COUNTS_TO = 50_000


class ProofWidget(AltchaWidget):  # type: ignore[misc]
    """A hidden field whose riddle articles/proof.js solves; it is fresh each time it is shown."""

    template_name = "django/forms/widgets/hidden.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        riddle = vars(get_altcha_challenge(max_number=COUNTS_TO))
        attrs = {
            **(attrs or {}),
            "autocomplete": "off",
            "data-proof": json.dumps(riddle),
            "data-worker": static("articles/proof-worker.js"),
            "data-wait": _("One moment: your browser is making sure that you are no robot."),
        }
        return forms.HiddenInput.get_context(self, name, None, attrs)


class ProofField(AltchaField):  # type: ignore[misc]
    """Whether the browser has solved its riddle: True or False, never an error. What is forged,
    too old or sent before counts as unsolved. Reads and writes the cache."""

    widget = ProofWidget

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)

    def clean(self, value: Any) -> bool:
        if not value:
            return False
        try:
            super().clean(value)
        except forms.ValidationError:
            return False
        return True


def without_proof(request: HttpRequest, what: str) -> bool:
    """Say whether one more `what` ("signup", "submission") is let through without a proof, and
    count it. The limits are ACCOUNT_RATE_LIMITS; the count is in the cache."""
    return bool(ratelimit.consume(request, action=f"{what}_without_proof"))


def refusal() -> str:
    """What those are told who are over the limit that holds without a proof."""
    return _(
        "Your browser did not solve the riddle that keeps robots out, and too many forms have come "
        "without it. Switch on JavaScript and send this again, or come back in an hour."
    )
