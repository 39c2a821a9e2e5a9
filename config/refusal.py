"""A site that cannot start says why in a few lines, not in a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ImproperlyConfigured
from environs import EnvError


@contextmanager
def plain_refusals() -> Iterator[None]:
    """Turn what is wrong with the settings into a message and exit code 1."""
    try:
        yield
    except (ImproperlyConfigured, EnvError) as error:
        raise SystemExit(f"The site cannot start: {error}") from None
