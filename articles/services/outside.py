"""Asking other machines: the one way out for the services that do. In the worker, never in a
request."""

import http.client
from collections.abc import Mapping
from urllib.parse import urlsplit

SECONDS = 10.0
_ANSWER_BYTES = 64 * 1024
# What fails between here and there, or is answered in no form that can be read.
FAILURES = (OSError, http.client.HTTPException, ValueError)


def ask(method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> tuple[int, str]:
    """Send one request and return status and text of the answer, up to a limit. Redirects are not
    followed. Raises FAILURES, after ten seconds of silence too."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
    connection = kind(str(parts.hostname), parts.port, timeout=SECONDS)
    path = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    try:
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        return answer.status, answer.read(_ANSWER_BYTES).decode("utf-8", "replace")
    finally:
        connection.close()
