from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

PRIVATE_PATHS = ("/accounts/", "/submit/", "/me/")


class PrivatePagesMiddleware:
    """Keep a person's own pages out of caches and search engines. No query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path.startswith(PRIVATE_PATHS):
            add_never_cache_headers(response)
            response["X-Robots-Tag"] = "noindex"
        return response

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        """Let `site` mean ours: allauth's views put the request's host under that name."""
        if request.path.startswith(PRIVATE_PATHS) and response.context_data:
            response.context_data.pop("site", None)
        return response
