#!/usr/bin/env python
"""Run a management command."""

import os
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from config.refusal import plain_refusals

# What serves a site, or judges its settings, needs all of them from the environment.
_OF_ITS_OWN = {"serve", "work", "periodic", "runserver", "check"}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    _join_local_run()
    with plain_refusals():
        execute_from_command_line(sys.argv)


def _join_local_run() -> None:
    """Let a command work on the site that `make run` made, unless the environment brings a key:
    the one that is kept in DATA_DIR says that there is such a site."""
    folder = os.environ.get("DATA_DIR") or Path(__file__).resolve().parent / ".data"
    kept = Path(folder).expanduser() / "secret_key"
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    if command not in _OF_ITS_OWN and not os.environ.get("SECRET_KEY") and kept.exists():
        os.environ.setdefault("LOCAL_RUN", "1")


if __name__ == "__main__":
    main()
