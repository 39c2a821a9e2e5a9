"""A closed case that its claimant lets be published (TAKEDOWN.md §6)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.seo import PageMeta
from moderation.models import Case, Kind
from moderation.reasons import find_reason

_NEVER = (Kind.PRIVACY, Kind.ILLEGAL)


@require_safe
def public_case(request: HttpRequest, number: str) -> HttpResponse:
    """What a published case came to: its kind, dates, outcomes, scopes and reasons, and nothing
    else. 404 for every other case, the same whether it exists. Three queries; never kept by
    caches, so that taking it back shows at once."""
    open_to_all = Case.objects.filter(is_public=True, closed_at__isnull=False)
    case = get_object_or_404(
        open_to_all.exclude(kind__in=_NEVER).exclude(claimant__is_minor=True), number=number
    )
    items = [
        {
            "scope": item.get_scope_display(),
            "outcome": item.get_state_display(),
            "reason": find_reason(item.reason),
            "decided_at": item.decided_at,
            "measures": [(row.taken_at, row.lifted_at) for row in item.measures.all()],
        }
        for item in case.items.prefetch_related("measures")
    ]
    shown = {
        "number": case.number,
        "kind": case.get_kind_display(),
        "received_at": case.received_at,
        "closed_at": case.closed_at,
    }
    title = _("Case %(number)s") % {"number": case.number}
    meta = PageMeta(title=title, description="", path=request.path, noindex=True)
    context = {"case": shown, "items": items, "meta": meta}
    response = render(request, "moderation/public_case.html", context)
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
