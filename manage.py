#!/usr/bin/env python
"""Command-line door of the portal."""

import os
import sys


def main() -> None:
    """Run one management command; `simulate` with plain arguments needs no Django, and starts at once."""
    if sys.argv[1:2] == ["simulate"]:
        from tariffs import commandline

        if commandline.is_plain(sys.argv[2:]):
            sys.exit(commandline.main(sys.argv[2:]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "diagdm.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
