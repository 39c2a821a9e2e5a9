"""Pictures' files, where no web server or object store in front of the site serves them."""

import re
from calendar import timegm
from pathlib import PurePosixPath

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponsePermanentRedirect,
)
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from articles.models import Picture, Restriction
from articles.pagecache.cdn import mark_for_cdn
from articles.prose import withheld_notice

_PATH = re.compile(
    r"pictures/([0-9a-f]{2})/(\1[0-9a-f]{22})/[\w-]{1,60}\.(jpg|png|webp|avif)", re.ASCII
)
_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "avif": "image/avif"}


@require_safe
def media(request: HttpRequest, path: str) -> HttpResponseBase:
    """Serve a file of a picture. One query.

    While a measure withholds the picture its addresses answer 451 or 410 (one more query), even
    before its files have been moved out of reach. Names are random and what they name never
    changes: browsers may keep it for good. What a picture had before its file was replaced leads
    to the file that it has now. 404 for whatever is not a picture's file.
    """
    match = _PATH.fullmatch(path)
    if match is None:
        raise Http404
    picture = Picture.objects.filter(key=match[2]).only("key", "file", "is_withheld").first()
    if picture is None:
        raise Http404
    if picture.is_withheld:
        return _withheld(match[2])
    try:
        modified = timegm(default_storage.get_modified_time(path).utctimetuple())
        unchanged = get_conditional_response(request, last_modified=modified)
        response = unchanged or FileResponse(default_storage.open(path))
    except FileNotFoundError as error:
        if not picture.edition or path.endswith(f"/{picture.file}"):
            raise Http404 from error
        return _replaced(picture)
    response["Content-Type"] = _TYPES[PurePosixPath(path).suffix[1:]]
    response["Last-Modified"] = http_date(modified)
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    mark_for_cdn(response, [f"picture:{picture.pk}"])
    return response


def _replaced(picture: Picture) -> HttpResponse:
    response = HttpResponsePermanentRedirect(picture.url)
    response["Cache-Control"] = "public, max-age=86400"
    return response


def _withheld(key: str) -> HttpResponse:
    """Answer with the strictest measure's status; 451 as RFC 7725 asks: that it is a legal
    demand, and who blocks it."""
    measures = Restriction.objects.active().filter(picture__key=key)
    gone = measures.filter(http_status=410).exists()
    text = _("This picture is gone.") if gone else withheld_notice()
    response = HttpResponse(
        f"{text}\n", content_type="text/plain; charset=utf-8", status=410 if gone else 451
    )
    if not gone:
        response["Link"] = f'<{settings.SITE_URL}/>; rel="blocked-by"'
    response["Cache-Control"] = "no-store"
    return response
