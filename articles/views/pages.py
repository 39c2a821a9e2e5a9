"""The article page and the site's own pages."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.beside import beside
from articles.conditional import conditional, fingerprint
from articles.markdown import article_markdown
from articles.models import Article, Page, Restriction
from articles.pagecache import public_page, shows
from articles.prepared import NOW, PK, Prepared
from articles.qr import qr_picture
from articles.seo import PageMeta, article_meta, breadcrumbs
from articles.services.listing import newer, older
from articles.services.restrictions import withholding
from articles.services.site import get_site


def _article_shown() -> QuerySet[Article]:
    """An article with all that its page shows of it, and the numbers of those that stand before
    and after it in the list of all."""
    return (
        Article.objects.visible(NOW)
        .filter(pk=PK)
        .select_related("contributor", "cover", "card")
        .only(
            "title", "summary", "prose", "toc", "characters", "category_id", "tag_names",
            "tag_links", "origin", "source_name", "source_url", "ai_label", "like_count",
            "published_at", "updated_at", "contributor__name", "contributor__slug",
            "contributor__bio", "cover__key", "cover__file", "cover__width", "cover__height",
            "cover__alt", "cover__renditions", "cover__is_withheld", "card__version",
        )
        .annotate(
            # Of two bounds by date SQLite takes the first: its own date, not now.
            previous_id=Subquery(older(OuterRef("public_at"))),
            next_id=Subquery(newer(NOW)),
        )
        .order_by()
    )  # fmt: skip


ARTICLE = Prepared(_article_shown)


@require_safe
@public_page
def article(request: HttpRequest, pk: int) -> HttpResponse:
    """One article. Three queries: site, article, what stands beside it. Withheld ones answer 451
    or 410 (two queries more), drafts and numbers never given 404."""
    if _prefers_markdown(request) and get_site().offers_markdown:
        answer = markdown(request, pk)
    else:
        shown = ARTICLE.first(pk=pk, now=timezone.now())
        answer = not_shown(request, pk) if shown is None else render_article(request, shown)
    patch_vary_headers(answer, ["Accept"])
    return answer


@require_safe
def article_qr(request: HttpRequest, pk: int) -> HttpResponse:
    """The QR code of an article's address, for the telephone. It says nothing but the address, and
    that never changes. One query; 404 for what is not visible."""
    if not Article.objects.visible().filter(pk=pk).exists():
        raise Http404
    picture = qr_picture(f"{settings.SITE_URL}/p/{pk}.html")
    response = HttpResponse(picture, content_type="image/svg+xml")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _prefers_markdown(request: HttpRequest) -> bool:
    """Say whether Markdown is what the visitor would rather have; browsers would not."""
    if "text/markdown" not in request.META.get("HTTP_ACCEPT", ""):
        return False
    return request.get_preferred_type(["text/html", "text/markdown"]) == "text/markdown"


@require_safe
@public_page
def markdown(request: HttpRequest, pk: int) -> HttpResponse:
    """An article as Markdown, where the site offers that. Two queries; 451 and 410 as its page."""
    site = get_site()
    if not site.offers_markdown:
        raise Http404
    rows = Article.objects.visible().select_related("contributor", "category", "cover")
    shown = rows.defer("body", "toc").filter(pk=pk).first()
    if shown is None:
        return plain_tombstone(pk)
    shows(shown, shown.contributor, shown.category, shown.cover)
    text = article_markdown(shown, site)

    def answer() -> HttpResponse:
        response = HttpResponse(text, content_type="text/markdown; charset=utf-8")
        response["Link"] = f'<{settings.SITE_URL}{shown.get_absolute_url()}>; rel="canonical"'
        response["X-Robots-Tag"] = "noindex"
        return response

    return conditional(request, fingerprint(text), answer)


@dataclass(frozen=True)
class Preview:
    """That an article is shown to others than its readers: as it will be at a moment, for those
    who have a link to it until when; of a revision, when it was saved and where those beside it
    are shown."""

    at: datetime
    until: datetime | None = None
    saved_at: datetime | None = None
    earlier: str = ""
    later: str = ""

    @property
    def is_ahead(self) -> bool:
        return self.at > timezone.now()


def render_article(
    request: HttpRequest, article: Article, *, preview: Preview | None = None
) -> HttpResponse:
    """Render an article as readers see it. A preview says that it is one, counts and likes
    nothing, and stands among what will be public at its moment."""
    site = get_site()
    if article.published_at is None:
        article.published_at = timezone.now()
    way = site.ancestors(article.category_id)
    at = timezone.now() if preview is None else preview.at
    if preview is None:
        ids = [getattr(article, "previous_id", None), getattr(article, "next_id", None)]
    else:
        ids = _neighbours_at(article, preview.at)
    previous, following, related = beside(article, ids, site, at)
    own = (f"{kind}:{article.pk}" for kind in ("likes", "turn", "related"))
    shows(article, *own, article.contributor, article.cover)
    shows(*(f"article:{one.pk}" for one in (previous, following, *related) if one is not None))
    meta = article_meta(article, site, way, _("Home"))
    context: dict[str, Any] = {
        "site": site,
        "article": article,
        "way": way,
        "section": way[-1] if way else None,
        "current_column": way[0].pk if way else None,
        "previous": previous,
        "next": following,
        "related": related,
        "meta": replace(meta, noindex=True) if preview is not None else meta,
        "preview": preview,
    }
    return render(request, "articles/article.html", context)


def _neighbours_at(article: Article, at: datetime) -> list[int | None]:
    """Return the numbers of the articles before and after one that need not be public, among those
    that are visible at a moment. Two queries."""
    others = Article.objects.visible(at).exclude(pk=article.pk)
    date = article.published_at
    older = others.filter(Q(public_at__lt=date) | Q(public_at=date, pk__lt=article.pk))
    newer = others.filter(Q(public_at__gt=date) | Q(public_at=date, pk__gt=article.pk))
    return [
        older.order_by("-public_at", "-pk").values_list("pk", flat=True).first(),
        newer.order_by("public_at", "pk").values_list("pk", flat=True).first(),
    ]


def restriction_of(pk: int) -> Restriction:
    """Return what withholds an article that is not shown; 404 where nothing does: then it is no
    article, or none that was ever public. Two queries."""
    due = Article.objects.filter(pk=pk, public_at__lte=timezone.now()).only("pk").first()
    restriction = withholding(due) if due is not None else None
    if restriction is None:
        raise Http404
    return restriction


def not_shown(request: HttpRequest, pk: int) -> HttpResponse:
    return tombstone(request, restriction_of(pk))


def plain_tombstone(pk: int) -> HttpResponse:
    """What stands in a withheld article's place for whoever asks for no page: 451 or 410 as
    text. 404 where nothing withholds it."""
    restriction = restriction_of(pk)
    gone = restriction.http_status == 410
    text = _("This page is gone") if gone else _("This page is withheld")
    response = HttpResponse(
        f"{text}\n", content_type="text/plain; charset=utf-8", status=restriction.http_status
    )
    return _untold(response, gone=gone)


def _untold(response: HttpResponse, *, gone: bool) -> HttpResponse:
    """Let nobody store or index it, and say who blocks it (RFC 7725)."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    if not gone:
        response["Link"] = f'<{settings.SITE_URL}/>; rel="blocked-by"'
    return response


def tombstone(request: HttpRequest, restriction: Restriction) -> HttpResponse:
    """The page in a withheld article's place: 451 with the case, 410 generic. It names no title,
    author or claimant and may not be stored or indexed (TAKEDOWN.md §4; RFC 7725)."""
    gone = restriction.http_status == 410
    template = "articles/gone.html" if gone else "articles/withheld.html"
    meta = PageMeta(
        title=_("This page is gone") if gone else _("This page is withheld"),
        description="",
        path=request.path,
        noindex=True,
    )
    context = {"restriction": restriction, "meta": meta}
    response = render(request, template, context, status=restriction.http_status)
    return _untold(response, gone=gone)


@require_safe
@public_page
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """One of the site's own pages. Two queries."""
    shown = get_object_or_404(Page, slug=slug, is_published=True)
    shows(shown)
    path = shown.get_absolute_url()
    meta = PageMeta(
        title=shown.title,
        description="",
        path=path,
        jsonld=[breadcrumbs([(_("Home"), "/"), (shown.title, path)])],
    )
    return render(request, "articles/page.html", {"page": shown, "meta": meta})
