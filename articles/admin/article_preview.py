"""An article on the desk as its readers will see it, saved or not."""

from django.urls import URLPattern, path, reverse

from articles.desk import ServiceAdmin
from articles.models import Article
from articles.views import previews


class PreviewMixin(ServiceAdmin[Article]):
    """Gives the form of an article its preview."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("preview/", view(previews.preview), name="articles_article_preview_new"),
            path("<int:pk>/preview/", view(previews.preview), name="articles_article_preview"),
        ]
        return own + super().get_urls()

    def preview_url(self, obj: Article | None) -> str:
        if obj is None or obj.pk is None:
            return reverse("admin:articles_article_preview_new")
        return reverse("admin:articles_article_preview", args=[obj.pk])
