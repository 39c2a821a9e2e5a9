"""Likes and reads, sent from pages that may be cached: no token, the origin is checked."""

from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from articles import reads
from articles.models import Article
from articles.services import engagement
from articles.visitors import is_bot, is_same_origin, remember, visitor_key


@csrf_exempt
@require_POST
def like(request: HttpRequest, pk: int) -> HttpResponse:
    """Count a like: `{"count": n}` for scripts, back to the article without one.

    403 from another site's page. Bots are answered and not counted.
    """
    if not is_same_origin(request):
        return HttpResponseForbidden()
    article = get_object_or_404(Article.objects.visible(), pk=pk)
    count = article.like_count
    key = ""
    if not is_bot(request):
        key = visitor_key(request)
        count = engagement.like(article, key)
    response: HttpResponse
    if "application/json" in request.headers.get("Accept", ""):
        response = JsonResponse({"count": count})
    else:
        response = redirect(f"{article.get_absolute_url()}#like")
    if key:
        remember(request, response, key)
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
@require_POST
def read(request: HttpRequest, pk: int) -> HttpResponse:
    """Count a read, sent by the page's script; bots and other sites' pages are not counted.
    No query here: reads are written in batches (articles.reads)."""
    if is_same_origin(request) and not is_bot(request):
        reads.buffer.add(pk)
    return HttpResponse(status=204)
