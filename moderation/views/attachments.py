"""How evidence leaves the site."""

from django.core.files.base import File
from django.http import FileResponse

from moderation.models import Evidence


def as_attachment(evidence: Evidence, opened: File[bytes]) -> FileResponse:
    """Return evidence as a file to be saved: no browser shows it on our address, runs what is in
    it, or keeps a copy (TAKEDOWN.md §8). Only for what `open_evidence` gave."""
    response = FileResponse(
        opened,
        as_attachment=True,
        filename=evidence.name or "evidence",
        content_type=evidence.media_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "no-store, private"
    response["Referrer-Policy"] = "no-referrer"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
