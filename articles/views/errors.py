"""Pages that say what went wrong, and the way back."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from articles.missing import buffer
from articles.models import Article, Period
from articles.services.redirects import find_feed, find_redirect


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old, or its cookie is missing: say so, and that nothing was done."""
    return render(request, "articles/csrf.html", status=403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400; 413 for a form that is too large, which says so to scripts as well. Nothing of it was
    read, so that whatever it was to change is as it was."""
    if not isinstance(exception, RequestDataTooBig):
        return render(request, "400.html", status=400)
    if "application/json" in request.headers.get("Accept", ""):
        message = _("This is too large to be saved. Shorten it; nothing was changed.")
        return JsonResponse({"error": "too_large", "message": message}, status=413)
    return render(request, "413.html", status=413)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(request, "403.html", status=403)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Lead an old address on to where its page is now; else 404 with what others are reading.
    One query, three with the page."""
    if request.method in {"GET", "HEAD"}:
        address = request.get_full_path()
        if row := find_redirect(address):
            buffer.add_redirect(row.pk)
            return HttpResponsePermanentRedirect(row.leads_to)
        if feed := find_feed(address):
            return HttpResponsePermanentRedirect(feed)
        buffer.add_missing(request.path)
    hot = Article.objects.visible().filter(hot__period=Period.WEEK).order_by("hot__position")
    response = render(request, "404.html", {"hot": hot.only("title")[:3]}, status=404)
    response["Cache-Control"] = "no-store"
    return response


def server_error(request: HttpRequest) -> HttpResponse:
    """500 without the database: the template is self-contained."""
    return render(None, "500.html", status=500)
