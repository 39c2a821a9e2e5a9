"""Who may come in: a person to their own texts, and nobody learns of others'."""

from typing import cast

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from articles.models import User
from submissions.models import Submission


def acting(request: HttpRequest) -> User:
    """Return the account that acts; only for views behind a sign-in."""
    return cast(User, request.user)


def own(request: HttpRequest, pk: int) -> Submission:
    """Return a submission of the account's own; 404 for any other. One query."""
    rows = Submission.objects.of(request.user).select_related("cover", "category", "article")
    return get_object_or_404(rows, pk=pk)


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the sign-in page and back to this address."""
    return redirect_to_login(request.get_full_path())
