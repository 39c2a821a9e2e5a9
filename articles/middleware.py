from collections.abc import Callable
from urllib.parse import unquote

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect

from articles.models import Redirect

GetResponse = Callable[[HttpRequest], HttpResponse]


class RedirectMiddleware:
    """Lead old addresses on. Only an address that is not found costs a query."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code != 404 or request.method not in {"GET", "HEAD"}:
            return response
        target = find_redirect(request)
        return HttpResponsePermanentRedirect(target) if target else response


def find_redirect(request: HttpRequest) -> str | None:
    """Return where an old address leads now, or None. One query."""
    full = unquote(request.get_full_path())
    asked = {full, unquote(request.path)}
    asked |= {path.rstrip("/") + "/" for path in list(asked) if "?" not in path}
    paths = [path[:500] for path in asked if "\x00" not in path]
    found = {row.old_path: row for row in Redirect.objects.filter(old_path__in=paths)}
    for path in sorted(found, key=len, reverse=True):  # The one with its query string first.
        row = found[path]
        return f"/p/{row.article_id}.html" if row.article_id else row.target
    return None
