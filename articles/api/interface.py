"""The interface as a whole: its limits, its headers, its description for people and programs."""

import json
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja import NinjaAPI
from ninja.errors import ValidationError
from ninja.openapi.docs import DocsBase
from ninja.renderers import JSONRenderer

from articles.api.endpoints import router
from articles.conditional import conditional, fingerprint
from articles.seo import PageMeta

View = Callable[..., HttpResponse]


def _is_within_limit(request: HttpRequest) -> bool:
    """Count a request of an address in the present minute, and say whether it is one too many.
    The cache keeps a keyed hash and no address, for two minutes."""
    address = get_adapter(request).get_client_ip(request) or ""
    minute = int(time.time() // 60)
    key = f"api:{salted_hmac('articles.api', f'{minute} {address}').hexdigest()}"
    cache.add(key, 0, timeout=120)
    try:
        return int(cache.incr(key)) <= settings.API_REQUESTS_PER_MINUTE
    except ValueError:
        return True  # The cache threw it out between the two.


def guarded(view: View) -> View:
    """Count a request against its limit, answer 304 to who holds the answer, and let pages of
    other sites read it.

    Everything here is public and no cookie is looked at, so that any origin may read it (CORS);
    a preflight is never needed for a plain GET.
    """

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not _is_within_limit(request):
            response: HttpResponse = JsonResponse({"detail": "Too many requests."}, status=429)
            response["Retry-After"] = "60"
        else:
            response = view(request, *args, **kwargs)
        if response.status_code == 200:
            given = response
            response = conditional(request, fingerprint(given.content), lambda: given)
        else:
            response["Cache-Control"] = "no-store"
        if response.status_code == 451:
            response["Link"] = f'<{settings.SITE_URL}/>; rel="blocked-by"'
        response["Access-Control-Allow-Origin"] = "*"
        response["Access-Control-Expose-Headers"] = "ETag, Link, Retry-After"
        response["X-Robots-Tag"] = "noindex"
        return response

    return answer


class Renderer(JSONRenderer):
    """Chinese as it is: half the bytes of escapes."""

    json_dumps_params: Mapping[str, Any] = {"ensure_ascii": False}


class Docs(DocsBase):
    """The description for people: a page of the site's own, without script, in its language."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        schema = api.get_openapi_schema()
        meta = PageMeta(
            title=_("Programming interface"),
            description=_("What this site publishes, as JSON"),
            path=request.path,
            noindex=True,
        )
        context = {
            "meta": meta,
            "operations": _operations(schema),
            "api_url": _root(),
            "limit": settings.API_REQUESTS_PER_MINUTE,
        }
        return render(request, "articles/api.html", context)


def _root() -> str:
    return f"{settings.SITE_URL}/api/v1"


def _operations(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the operations as the page shows them, each with an example of its answer."""
    return [
        {
            "id": operation["operationId"],
            "path": path.removeprefix("/api/v1"),
            "summary": operation["summary"],
            "parameters": [
                {
                    "name": parameter["name"],
                    "description": parameter["schema"].get("description", "")
                    or parameter.get("description", ""),
                    "required": parameter.get("required", False),
                }
                for parameter in operation.get("parameters", [])
            ],
            "example": _example(schema, operation),
        }
        for path, methods in schema["paths"].items()
        for operation in methods.values()
    ]


def _example(schema: dict[str, Any], operation: dict[str, Any]) -> str:
    answer = operation["responses"][200]["content"]["application/json"]["schema"]
    name = answer["$ref"].rpartition("/")[2]
    model = schema["components"]["schemas"][name]
    example = model.get("example")
    if example is None:
        item = model["properties"]["items"]["items"]["$ref"].rpartition("/")[2]
        example = {"items": [schema["components"]["schemas"][item]["example"]]}
    return json.dumps(example, ensure_ascii=False, indent=2)


api = NinjaAPI(
    title="Tougao",
    version="1.0",
    description=gettext_noop(
        "What this site publishes, as JSON. No key is needed; nothing can be written."
    ),
    renderer=Renderer(),
    docs=Docs(),
    docs_decorator=guarded,
    urls_namespace="api",
    servers=[{"url": settings.SITE_URL}],
)
api.add_decorator(guarded, mode="view")
api.add_router("", router)


@api.exception_handler(ValidationError)
def not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """422 with one line that says which parameter is wrong and how."""
    said = (f"{'.'.join(map(str, item['loc'][1:]))}: {item['msg']}" for item in error.errors)
    return api.create_response(request, {"detail": "; ".join(said)}, status=422)
