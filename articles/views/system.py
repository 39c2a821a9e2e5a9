"""For machines that watch or index the site."""

from django.conf import settings
from django.core.files.storage import storages
from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from articles.conditional import conditional, fingerprint
from articles.markdown import llms_text
from articles.models import Article, ListKind, Topic
from articles.pagecache import public_page, shows, shows_list
from articles.services.cards import card_path
from articles.services.listing import in_order, newest
from articles.services.site import get_site
from articles.views.pages import plain_tombstone


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 `ok` when the process answers and reaches its database, else 503. One query."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
            cursor.fetchone()
    except DatabaseError:
        return HttpResponse("database\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


_PRIVATE = ("/admin/", "/accounts/", "/report/", "/me/", "/preview/", "/search/", "/api/")
# Those that gather texts for language models or answer from them, as their operators name them.
AI_CRAWLERS = (
    "Ai2Bot", "Amazonbot", "anthropic-ai", "Applebot-Extended", "Bytespider", "CCBot",
    "ChatGPT-User", "Claude-SearchBot", "Claude-User", "Claude-Web", "ClaudeBot", "cohere-ai",
    "Diffbot", "DuckAssistBot", "FacebookBot", "Google-Extended", "GPTBot", "ImagesiftBot",
    "meta-externalagent", "OAI-SearchBot", "Omgilibot", "PanguBot", "Perplexity-User",
    "PerplexityBot", "Timpibot", "YouBot",
)  # fmt: skip


@require_safe
@public_page
def robots(request: HttpRequest) -> HttpResponse:
    """What crawlers are asked to leave alone, and where the sitemap is. One query."""
    # How to report an infringement is for everybody; the forms and cases behind it are not.
    lines = ["User-agent: *", "Allow: /report/$", *(f"Disallow: {path}" for path in _PRIVATE)]
    if not get_site().admits_ai_crawlers:
        lines += ["", *(f"User-agent: {name}" for name in AI_CRAWLERS), "Disallow: /"]
    lines += ["", f"Sitemap: {settings.SITE_URL}/sitemap.xml"]
    lines.append(f"Sitemap: {settings.SITE_URL}/sitemap-news.xml")
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")


@require_safe
@public_page
def llms(request: HttpRequest) -> HttpResponse:
    """The site for language models (llmstxt.org), where it offers Markdown. Three queries."""
    site = get_site()
    if not site.offers_markdown:
        raise Http404
    rows = Article.objects.visible().only("title", "summary", "published_at")
    latest = in_order(rows, newest(ListKind.ALL)[:30])
    topics = Topic.objects.order_by("position", "pk")[:30]
    shows("topics", *latest)
    shows_list(ListKind.ALL)
    text = llms_text(site, topics, latest)
    return conditional(
        request,
        fingerprint(text),
        lambda: HttpResponse(text, content_type="text/markdown; charset=utf-8"),
    )


@require_safe
def indexnow_key(request: HttpRequest, key: str) -> HttpResponse:
    """The file by which search engines know that it is this site that tells them of changes."""
    if not settings.INDEXNOW_KEY or not constant_time_compare(key, settings.INDEXNOW_KEY):
        raise Http404
    return HttpResponse(f"{key}\n", content_type="text/plain; charset=utf-8")


@require_safe
def card(request: HttpRequest, pk: int, version: str) -> HttpResponse:
    """The picture that was drawn of an article, while it says what the article says. Two queries;
    451 and 410 as the article's page. Those who keep it ask again after an hour."""
    rows = Article.objects.visible().select_related("contributor", "card")
    shown = rows.only("title", "contributor__name", "card__version").filter(pk=pk).first()
    if shown is None:
        return plain_tombstone(pk)
    if card_path(shown, get_site()) != request.path:
        raise Http404
    try:
        with storages["private"].open(shown.card.path) as file:
            response = HttpResponse(file.read(), content_type="image/png")
    except FileNotFoundError as error:
        raise Http404 from error
    response["Cache-Control"] = "public, max-age=3600"
    response["X-Content-Type-Options"] = "nosniff"
    return response
