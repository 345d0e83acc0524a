#!/usr/bin/env python
"""Runs the management commands of Django and of Atelier."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python gets this sentence instead of an error
        sys.exit("Atelier needs Python 3.11 or later.")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Atelier's packages are not installed for this Python: run `make setup`, then use .venv/bin/python.")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
