"""How often one's own articles are read."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import Exists, OuterRef, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.models import Article, Status
from articles.seo import PageMeta
from articles.services.figures import counted, plot_of_articles
from submissions.views.access import acting

PER_PAGE = 30


@login_required
@require_safe
def figures(request: HttpRequest) -> HttpResponse:
    """Reads and likes of one's own published articles, by day and by article; nobody else's.
    Eight queries with the site's and the account's, whatever their number."""
    own = Article.objects.filter(contributor__user=acting(request), status=Status.PUBLISHED)
    totals = own.aggregate(reads=Sum("read_count"), likes=Sum("like_count"))
    visible = Article.objects.visible().filter(pk=OuterRef("pk"))
    rows = own.newest_first().only("title", "read_count", "like_count", "published_at")
    paginator = Paginator(rows.annotate(is_visible=Exists(visible)), PER_PAGE)
    try:
        page = paginator.page(request.GET.get("page", "1"))
    except (EmptyPage, PageNotAnInteger) as error:
        raise Http404 from error
    context = {
        "meta": PageMeta(
            title=_("Reads and likes"), description="", path="/me/figures/", noindex=True
        ),
        "plot": plot_of_articles(own),
        "reads": totals["reads"] or 0,
        "likes": totals["likes"] or 0,
        "rows": counted(page),
        "page": page,
    }
    return render(request, "submissions/figures.html", context)
