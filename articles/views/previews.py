"""Articles as their readers will see them: for the desk, and for whoever has a link."""

from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from articles.forms import ArticleForm
from articles.html import clean
from articles.models import Article, Contributor
from articles.seo import PageMeta
from articles.services.derive import derive
from articles.services.previews import count_preview, find_preview
from articles.services.restrictions import withholding
from articles.services.revisions import lost_relations, neighbours
from articles.views.pages import Preview, render_article, tombstone


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Show an article as readers would see it: as it is saved, or (POST) as the form holds it.

    Writes nothing. For staff who may view articles; a form needs the right to write them.
    """
    verb = "view" if request.method != "POST" else "change" if pk else "add"
    if not request.user.has_perm(f"articles.{verb}_article"):
        raise PermissionDenied
    if pk is None and request.method != "POST":
        raise Http404
    rows = Article.objects.select_related("contributor", "category", "cover")
    article = get_object_or_404(rows, pk=pk) if pk else Article()
    if request.method == "POST":
        article = as_typed(request, article).instance
    article.title = article.title or _("(no title yet)")
    return _shown(request, article)


def as_typed(request: HttpRequest, article: Article) -> ArticleForm:
    """Return the form that was sent; its instance is the article with what the form holds, valid
    or not yet, derived and unsaved."""
    form = ArticleForm(request.POST, instance=article)
    form.guarded = False
    form.is_valid()
    article.body = clean(article.body)
    article.tag_names = form.tags
    article.tag_links = _tag_links(form.tags)
    if chosen := form.cleaned_data.get("cover_choice"):
        article.cover = chosen
    elif form.cleaned_data.get("cover_remove"):
        article.cover = None
    _derived(article)
    return form


def _tag_links(names: list[str]) -> list[dict[str, str]]:
    """Return the links of tags by name alone: they need not exist yet, nor lead anywhere."""
    return [{"name": name, "slug": slugify(name, allow_unicode=True) or "-"} for name in names]


def _derived(article: Article) -> Article:
    if article.contributor_id is None:
        article.contributor = Contributor(name=_("(no byline yet)"), slug="-")
    # What `derive` notes on measures is undone: a preview writes nothing.
    with transaction.atomic():
        derive(article)
        transaction.set_rollback(True)
    if article.pk is None:
        article.pk = 0  # The page names its address; a new article has none yet.
    return article


@require_GET
def preview_revision(request: HttpRequest, pk: int, revision: int) -> HttpResponse:
    """Show an earlier revision of an article as readers would see it now."""
    if not request.user.has_perm("articles.view_article"):
        raise PermissionDenied
    row: Any = get_object_or_404(get_object_or_404(Article, pk=pk).history, history_id=revision)
    article: Article = row.instance
    article.tag_links = _tag_links(article.tag_names)
    for name in lost_relations(row):
        setattr(article, name, None)
    earlier, later = (
        reverse("admin:articles_article_revision", args=[pk, number]) if number else ""
        for number in neighbours(row)
    )
    preview = Preview(_moment(article), saved_at=row.history_date, earlier=earlier, later=later)
    return _shown(request, _derived(article), preview)


def _shown(request: HttpRequest, article: Article, preview: Preview | None = None) -> HttpResponse:
    preview = preview or Preview(_moment(article))
    response = render_article(request, article, preview=preview)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _moment(article: Article) -> datetime:
    """Return the moment as of which an article is shown: its own, if that is still to come."""
    now = timezone.now()
    return max(now, article.published_at or now)


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """Show an article to whoever has a link to its preview, as it is saved now.

    Every link that does not open is answered alike with 404; an article that is withheld as a
    whole with 451 or 410, as its own address would be. Seven queries.
    """
    link = find_preview(token)
    if link is None:
        return _ended(request)
    article = link.article
    if restriction := withholding(article):
        return _untraced(tombstone(request, restriction))
    if request.method == "GET":
        count_preview(link)
    preview = Preview(_moment(article), until=link.expires_at)
    return _untraced(render_article(request, article, preview=preview))


def _ended(request: HttpRequest) -> HttpResponse:
    meta = PageMeta(
        title=_("This preview has ended"), description="", path=request.path, noindex=True
    )
    response = render(request, "articles/preview_ended.html", {"meta": meta}, status=404)
    return _untraced(response)


def _untraced(response: HttpResponse) -> HttpResponse:
    """Let nobody store or index the page, nor learn its address from what it leads to."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Referrer-Policy"] = "no-referrer"
    return response
