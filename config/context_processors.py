from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from articles.services.site import get_site


def site(request: HttpRequest) -> dict[str, Any]:
    """What every template knows: the site, the ways to the apps above articles, who is there.

    The site costs one query a request, when it is first used and the view has not brought it; a
    visitor without a session
    cookie is known to be signed out without asking for one.
    """
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    return {
        "site": SimpleLazyObject(get_site),
        "signed_in": has_session and request.user.is_authenticated,
        "report_url": reverse("moderation:report"),
    }
