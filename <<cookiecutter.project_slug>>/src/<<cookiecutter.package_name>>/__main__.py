"""Runs the command line when the package is called with `python -m`."""

import os
import sys

from .cli import main

if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Python would first take TensorFlow's objects apart, one by one.
    os._exit(code)
