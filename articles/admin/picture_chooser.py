"""The chooser: a page in a window of its own, from which a picture of the library goes into the
text or becomes the cover."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from articles.desk import ServiceAdmin, acting, thumbnail_url
from articles.models import Picture
from articles.services.library import search

_SHOWN = 24


class ChooserMixin(ServiceAdmin[Picture]):
    def choose_view(self, request: HttpRequest) -> TemplateResponse:
        """Show pictures to choose from, the newest first; what a measure withholds is not offered.

        `CKEditorFuncNum` is how the editor wants to be answered; without it the cover field is. The
        next page begins below the last number of this one. One query.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        query = request.GET.get("q", "").strip()[:200]
        rows = search(Picture.objects.filter(is_withheld=False), query)
        if request.GET.get("mine"):
            rows = rows.filter(uploaded_by=acting(request))
        before = request.GET.get("before", "")
        if before.isdecimal() and len(before) < 18:
            rows = rows.filter(pk__lt=int(before))
        found: list[Any] = list(rows.order_by("-pk")[: _SHOWN + 1])
        for picture in found:
            picture.thumb_url = thumbnail_url(picture)
        number = request.GET.get("CKEditorFuncNum", "")
        rest = request.GET.copy()
        if more := len(found) > _SHOWN:
            rest["before"] = str(found[_SHOWN - 1].pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Choose from the library"),
            "is_popup": True,
            "pictures": found[:_SHOWN],
            "query": query,
            "is_mine": bool(request.GET.get("mine")),
            "callback": number if number.isdecimal() else "",
            "more": f"?{rest.urlencode()}" if more else "",
        }
        return TemplateResponse(request, "admin/articles/picture/choose.html", context)
