from functools import cache, partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from articles.models import User
from articles.services.site import get_site
from moderation.services.reading import open_cases
from submissions.services.notices import unread_count


@cache
def ways(language: str | None) -> dict[str, Any]:
    """The ways to the apps above articles, and to what the site promises, in a language."""
    return {
        "report_url": reverse("moderation:report"),
        "public_notices_url": reverse("notices:notices"),
        "cases_url": reverse("cases:cases"),
        "policy_links": [
            {"address": reverse("policies:notice"), "title": _("How to complain")},
            {"address": reverse("policies:copyright"), "title": _("Copyright policy")},
            {"address": reverse("transparency:transparency"), "title": _("Transparency")},
        ],
        "submit_url": reverse("submissions:begin"),
        "mine_url": reverse("submissions:mine"),
    }


def site(request: HttpRequest) -> dict[str, Any]:
    """What every template knows: the site, the language, the ways to the apps above articles, who
    is there.

    The site costs one query a request, when it is first used and the view has not brought it; a
    visitor without a session cookie is known to be signed out without asking for one. The mark of
    unread notices and the number of open cases cost the signed-in one query each, where a page
    shows them.
    """
    has_session = settings.SESSION_COOKIE_NAME in request.COOKIES
    user = request.user if has_session else None
    signed_in = user is not None and user.is_authenticated
    language = get_language()
    return {
        "site": SimpleLazyObject(get_site),
        "language": language,
        "signed_in": signed_in,
        "unread_notices": partial(unread_count, user) if isinstance(user, User) else 0,
        "wechat": bool(settings.WECHAT_CLIENT_ID),
        "open_cases": partial(open_cases, user) if isinstance(user, User) else 0,
        **ways(language),
    }
