#!/usr/bin/env python
"""Quire's command line. Without DATABASE_URL a command uses the embedded services, or starts them for its own duration."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.management import execute_from_command_line

    from config.lifetime import services_for

    with services_for(sys.argv[1:2]):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
