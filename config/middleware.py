from collections.abc import Callable
from functools import cached_property

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from csp.utils import build_policy
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.cache import add_never_cache_headers

PRIVATE_PATHS = ("/accounts/", "/submit/", "/me/", "/report/")
# Their entrance says how it goes, the same to everybody.
PUBLIC_PATHS = ("/report/",)


def _is_private(path: str) -> bool:
    return path.startswith(PRIVATE_PATHS) and path not in PUBLIC_PATHS


class PolicyMiddleware(CSPMiddleware):
    """django-csp's, with the policy that most answers have put together once a process: its own
    way costs more than all other middleware of a reader's page."""

    @cached_property
    def _policy(self) -> str:
        return str(build_policy())

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Give an answer the site's policy, unless its view, a nonce or debugging wants another."""
        wants_another = any(name.startswith("_csp") for name in vars(response))
        if settings.DEBUG or wants_another or getattr(request, "_csp_nonce", None):
            return super().process_response(request, response)
        response.headers.setdefault(HEADER, self._policy)
        return response


class PrivatePagesMiddleware:
    """Keep a person's own pages out of caches and search engines, and the addresses of private
    links out of the Referer of what they lead to. No query."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _is_private(request.path):
            add_never_cache_headers(response)
            response["X-Robots-Tag"] = "noindex"
            if request.path.startswith("/report/"):
                response.headers.setdefault("Referrer-Policy", "no-referrer")
        return response

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        """Let `site` mean ours: allauth's views put the request's host under that name."""
        if _is_private(request.path) and response.context_data:
            response.context_data.pop("site", None)
        return response
