"""The sign-up form: allauth's, with a proof of work."""

from typing import Any

from allauth.account.forms import SignupForm as StockSignupForm
from allauth.core import context
from django import forms

from submissions.proof import ProofField, refusal, without_proof


class SignupForm(StockSignupForm):  # type: ignore[misc]
    """Whose browser has not solved the riddle may sign up as well, but fewer from one address."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["proof"] = ProofField()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        # What is wrong anyway does not count against the limit.
        if self.errors or cleaned.get("proof") or without_proof(context.request, "signup"):
            return cleaned
        raise forms.ValidationError(refusal(), code="proof")
