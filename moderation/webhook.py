"""Telling another machine of a case whose clock is short: the one module here that speaks to the
network, and to the operator's own address alone (MODERATION_WEBHOOK_URL)."""

import json
import ssl
from http.client import HTTPConnection, HTTPSConnection
from typing import Final
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django_tasks import task

_SECONDS: Final = 10.0
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class WebhookError(Exception):
    """The address did not take the alert. The task is tried again like every failed one."""


def is_allowed(url: str) -> bool:
    """Say whether an address may be told: https, or http on this machine, without a password."""
    try:
        parts = urlsplit(url)
        port_is_good = parts.port is None or parts.port > 0
    except ValueError:
        return False
    if not parts.hostname or parts.username is not None or not port_is_good:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


@task()
def tell(number: str, kind: str, due: str | None, link: str) -> None:
    """Post a case's number, kind, due moment (ISO 8601) and address on the desk as JSON: nothing
    personal. May run more than once; who receives it tells alerts apart by the number. A redirect
    is not followed. Raises WebhookError for an address that is not allowed and for any answer but
    2xx; OSError where nobody answers. Does nothing where no address is set any more."""
    url = settings.MODERATION_WEBHOOK_URL
    if not url:
        return
    if not is_allowed(url):
        raise WebhookError("MODERATION_WEBHOOK_URL must be https, or http on this machine.")
    message = {"event": "case_urgent", "number": number, "kind": kind, "due": due, "link": link}
    status = _post(urlsplit(url), json.dumps(message).encode())
    if not 200 <= status < 300:
        raise WebhookError(f"The webhook answered {status}.")


def _post(parts: SplitResult, body: bytes) -> int:
    connection: HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        connection = HTTPSConnection(
            parts.hostname or "", parts.port, timeout=_SECONDS, context=context
        )
    else:
        connection = HTTPConnection(parts.hostname or "", parts.port, timeout=_SECONDS)
    headers = {"Content-Type": "application/json", "User-Agent": "Tougao"}
    path = f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    try:
        connection.request("POST", path, body=body, headers=headers)
        return connection.getresponse().status
    finally:
        connection.close()
