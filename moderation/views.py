"""Where those go who find that something here infringes their rights."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.models import Article
from articles.seo import PageMeta


@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """Say how to give notice of an infringement by mail, and what a notice must contain
    (信息网络传播权保护条例, art. 14; 民法典, art. 1195). Two queries with an article named."""
    number = request.GET.get("article", "")
    article = None
    if number.isascii() and number.isdigit() and len(number) < 19:
        article = Article.objects.visible().filter(pk=int(number)).only("title").first()
    meta = PageMeta(
        title=_("Report an infringement"),
        description=_("How to report that an article here infringes a right"),
        path="/report/",
    )
    return render(request, "moderation/report.html", {"article": article, "meta": meta})
