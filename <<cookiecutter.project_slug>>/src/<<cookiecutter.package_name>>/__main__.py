"""Runs the command line when the package is called with `python -m`."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
