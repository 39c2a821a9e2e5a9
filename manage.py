#!/usr/bin/env python
"""Run a management command."""

import os
import sys

from django.core.management import execute_from_command_line

from config.refusal import plain_refusals


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    with plain_refusals():
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
