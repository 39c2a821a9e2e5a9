"""The terms to which contributors agree."""

from dataclasses import dataclass, field
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.seo import PageMeta
from articles.services.site import get_site
from submissions.models import Terms
from submissions.plaintext import plain_to_html
from submissions.services.terms import default_terms


@dataclass(frozen=True)
class Version:
    """A version of the terms as it is shown: clean HTML, or headings with their paragraphs."""

    number: int
    html: str = ""
    sections: list[tuple[str, str]] = field(default_factory=list)
    since: datetime | None = None


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms in force, and all that were before. Two queries."""
    versions = [
        Version(row.number, html=plain_to_html(row.text), since=row.since)
        for row in Terms.objects.order_by("-number")
    ] or [Version(0, sections=default_terms(get_site().name))]
    meta = PageMeta(
        title=_("Terms for contributors"),
        description=_("What contributors and the site promise each other"),
        path="/submit/terms/",
    )
    context = {"meta": meta, "now": versions[0], "older": versions[1:]}
    return render(request, "submissions/terms.html", context)
