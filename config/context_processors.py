from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from articles.services.site import get_site


def site(request: HttpRequest) -> dict[str, Any]:
    """What every template knows: the site. Asked for once a request, when it is first used."""
    known = getattr(request, "site", None)
    return {"site": known if known is not None else SimpleLazyObject(get_site)}
