"""公告: what contributors who could not be reached are told in public (条例 15)."""

from django.core.paginator import EmptyPage, PageNotAnInteger, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.seo import PageMeta
from moderation.models import Announcement

PER_PAGE = 50


def _running() -> QuerySet[Announcement]:
    return Announcement.objects.filter(ended_at__isnull=True).select_related("item__case")


@require_safe
def notices(request: HttpRequest) -> HttpResponse:
    """The notices that run, the newest first, and how one answers. Three queries. They name a
    case, a date and an address: no title, no author, no claimant."""
    paginator = Paginator(_running(), PER_PAGE)
    try:
        page = paginator.page(request.GET.get("page", "1"))
    except (EmptyPage, PageNotAnInteger) as error:
        raise Http404 from error
    meta = PageMeta(
        title=_("Public notices"),
        description=_("Notices to contributors who could not be reached"),
        path=request.path,
        noindex=True,
    )
    return render(request, "moderation/notices.html", {"page": page, "meta": meta})


@require_safe
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """A notice and what its contributor may do. 404 once it has ended. Two queries."""
    shown = get_object_or_404(_running(), pk=pk)
    title = _("Public notice on case %(number)s") % {"number": shown.item.case.number}
    meta = PageMeta(title=title, description="", path=request.path, noindex=True)
    return render(request, "moderation/notice.html", {"notice": shown, "meta": meta})
