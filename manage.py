#!/usr/bin/env python
"""The command line of Mingjing; every command of docs/data-format.md is run through it."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oversight.settings")
    try:
        from django.core.exceptions import ImproperlyConfigured
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed in this Python. Run 'make setup', then '.venv/bin/python manage.py …'.")
    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        if "--traceback" in sys.argv:
            raise
        print(f"设置有误 · settings: {error}", file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
