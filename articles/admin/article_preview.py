"""An article on the desk as its readers will see it, saved or not, and links for others to look."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from articles.desk import ServiceAdmin, acting, reasons
from articles.models import Article, PreviewLink
from articles.services.previews import live_links, preview_address, revoke_preview, share_preview
from articles.views import previews

_SPANS: Final = {
    "hour": (gettext_lazy("1 hour"), timedelta(hours=1)),
    "day": (gettext_lazy("1 day"), timedelta(days=1)),
    "week": (gettext_lazy("7 days"), timedelta(days=7)),
}


@dataclass(frozen=True)
class Shared:
    """A link to a preview as the form lists it."""

    link: PreviewLink
    address: str
    revoke_url: str


class PreviewMixin(ServiceAdmin[Article]):
    """Gives the form of an article its preview."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        share, revoke = view(require_POST(self.share_view)), view(require_POST(self.revoke_view))
        own = [
            path("preview/", view(previews.preview), name="articles_article_preview_new"),
            path("<int:pk>/preview/", view(previews.preview), name="articles_article_preview"),
            path("<int:pk>/preview/links/", share, name="articles_article_share"),
            path("<int:pk>/preview/links/<int:link>/", revoke, name="articles_article_revoke"),
        ]
        return own + super().get_urls()

    def preview_url(self, obj: Article | None) -> str:
        if obj is None or obj.pk is None:
            return reverse("admin:articles_article_preview_new")
        return reverse("admin:articles_article_preview", args=[obj.pk])

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = cast(Article | None, kwargs.get("obj"))
        if obj is not None and self.has_change_permission(request, obj):
            context |= {
                "shared": [self._shared(obj, link) for link in live_links(obj)]
                if getattr(obj, "has_links", True)
                else [],
                "share_url": reverse("admin:articles_article_share", args=[obj.pk]),
                "spans": [(value, label) for value, (label, _span) in _SPANS.items()],
            }
        return super().render_change_form(request, context, *args, **kwargs)

    def _shared(self, obj: Article, link: PreviewLink) -> Shared:
        address = settings.SITE_URL + preview_address(link)
        return Shared(
            link, address, reverse("admin:articles_article_revoke", args=[obj.pk, link.pk])
        )

    def share_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a link to the preview and return to the form."""
        article = get_object_or_404(Article, pk=pk)
        _label, span = _SPANS.get(request.POST.get("span", ""), _SPANS["day"])
        try:
            share_preview(article, acting(request), timezone.now() + span)
        except ValidationError as error:
            self.message_user(request, reasons(error), messages.ERROR)
        else:
            self.message_user(request, _("The link stands below the form."), messages.SUCCESS)
        return self._to_links(pk)

    def revoke_view(self, request: HttpRequest, pk: int, link: int) -> HttpResponse:
        """End a link to the preview and return to the form."""
        revoke_preview(get_object_or_404(PreviewLink, pk=link, article=pk), acting(request))
        self.message_user(request, _("The link no longer opens."), messages.SUCCESS)
        return self._to_links(pk)

    def _to_links(self, pk: int) -> HttpResponseRedirect:
        return HttpResponseRedirect(f"{self.change_url(pk)}#preview-links")
