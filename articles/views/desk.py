"""What the desk needs besides the admin's own pages: uploads for the editor, previews."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from articles.forms import ArticleForm
from articles.html import clean
from articles.models import Article, Contributor
from articles.services.derive import derive
from articles.services.pictures import add_picture
from articles.services.publishing import lost_relations
from articles.views.pages import render_article


@require_POST
def upload(request: HttpRequest) -> JsonResponse:
    """Take a picture from the editor (button, paste, drag) and say where it is.

    Answers as CKEditor asks for it: `uploaded` 1 with the address, or 0 with a message that it
    shows; 403 for those who may not. The CSRF middleware has checked the token.
    """
    if not request.user.is_staff or not request.user.has_perm("articles.add_picture"):
        return _not_uploaded(_("You may not upload pictures."), status=403)
    file = request.FILES.get("upload")
    if file is None:
        return _not_uploaded(_("No file arrived."))
    try:
        picture = add_picture(request.user, file, name=file.name or "")
    except ValidationError as error:
        return _not_uploaded(" ".join(error.messages))
    return JsonResponse({"uploaded": 1, "fileName": picture.name, "url": picture.url})


def _not_uploaded(message: str, status: int = 200) -> JsonResponse:
    return JsonResponse({"uploaded": 0, "error": {"message": message}}, status=status)


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
        article = _as_typed(request, article)
    return _shown(request, article)


def _as_typed(request: HttpRequest, article: Article) -> Article:
    """Return the article with what the form holds, valid or not yet; unsaved."""
    form = ArticleForm(request.POST, instance=article)
    form.guarded = False
    form.is_valid()
    article.body = clean(article.body)
    article.title = article.title or _("(no title yet)")
    article.tag_links = _tag_links(form.tags)
    if form.cleaned_data.get("cover_remove"):
        article.cover = None
    return _derived(article)


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
    row = get_object_or_404(get_object_or_404(Article, pk=pk).history, history_id=revision)
    article: Article = row.instance
    article.tag_links = _tag_links(article.tag_names)
    for name in lost_relations(row):
        setattr(article, name, None)
    return _shown(request, _derived(article))


def _shown(request: HttpRequest, article: Article) -> HttpResponse:
    response = render_article(request, article, preview=True)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
