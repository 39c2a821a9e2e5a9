"""The log names no private link."""

import logging

import pytest

from config.private_links import HidePrivateLinks

TOKEN = "hgglcePA-rBTM_qE6vm7jIgv3IhZQD8pgSVRF2WCWrM"


@pytest.mark.parametrize(
    ("message", "args", "said"),
    [
        ("%s: %s", ("Not Found", f"/report/{TOKEN}/x/"), "Not Found: /report/…/x/"),
        (f"at /report/{TOKEN}/", (), "at /report/…/"),
        ("%s: %s", ("Not Found", "/report/copyright/"), "Not Found: /report/copyright/"),
        ("%d of %d", (1, 2), "1 of 2"),
    ],
)
def test_tokens_are_blanked(message: str, args: tuple[object, ...], said: str) -> None:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, message, args, None)
    assert HidePrivateLinks().filter(record)
    assert record.getMessage() == said


def test_what_the_site_logs_goes_through_it() -> None:
    found = [row for handler in logging.getLogger().handlers for row in handler.filters]
    assert any(isinstance(row, HidePrivateLinks) for row in found)
