"""What stands at the head of the home page, on the desk: one page to see and change it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from articles.admin.ordering import Act, Row
from articles.admin.topic_articles import article_chooser
from articles.desk import ServiceAdmin, acting, reasons
from articles.models import Article
from articles.services.featuring import feature, featured_articles

_LISTED = 100


class FeaturedMixin(ServiceAdmin[Article]):
    """Gives the desk the page of what is featured."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.featured_view)
        return [path("featured/", view, name="articles_article_featured"), *super().get_urls()]

    def featured_view(self, request: HttpRequest) -> HttpResponse:
        """The featured articles in their order. One query, and what its buttons do."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            self._feature(request)
            return HttpResponseRedirect(request.path)
        visible = Article.objects.visible()
        rows = featured_articles().select_related("contributor").defer("body", "prose", "toc")
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("On the home page"),
            "rows": [_row(article) for article in rows.filter(pk__in=visible)[:_LISTED]],
            "others": [_row(article) for article in rows.exclude(pk__in=visible)[:_LISTED]],
            "chooser": article_chooser(self),
            "is_fixed": True,
        }
        return TemplateResponse(request, "admin/articles/article/featured.html", context)

    def _feature(self, request: HttpRequest) -> None:
        what, _colon, number = request.POST.get("do", "").partition(":")
        typed = request.POST.get("article", "") if what == "choose" else number
        article = Article.objects.filter(pk=typed).first() if typed.isdecimal() else None
        if article is None:
            self.message_user(request, _("Choose an article."), messages.ERROR)
            return
        wanted = {"choose": (True, article.sticky), "stick": (True, True), "unstick": (True, False),
                  "out": (False, False)}  # fmt: skip
        if what not in wanted:
            return
        is_featured, sticks = wanted[what]
        try:
            feature(article, acting(request), featured=is_featured, sticky=sticks)
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
            return
        said = {
            "choose": _("“%(title)s” stands on the home page."),
            "stick": _("“%(title)s” sticks: it stands before the others."),
            "unstick": _("“%(title)s” stands by its date again."),
            "out": _("“%(title)s” no longer stands at the head of the home page."),
        }[what]
        self.message_user(request, said % {"title": article.title}, messages.SUCCESS)


def _row(article: Article) -> Row:
    notes = [_("sticks")] if article.sticky else []
    if article.public_at is not None and article.public_at <= timezone.now():
        notes.append(timezone.localtime(article.public_at).strftime("%Y-%m-%d"))
    else:
        notes.append(article.get_status_display())
    stick = Act(f"unstick:{article.pk}", _("No longer stick")) if article.sticky else Act(
        f"stick:{article.pk}", _("Stick")
    )  # fmt: skip
    acts = [stick, Act(f"out:{article.pk}", _("Take away"))]
    address = reverse("admin:articles_article_change", args=[article.pk])
    return Row(article.pk, article.title, address, notes=notes, acts=acts)
