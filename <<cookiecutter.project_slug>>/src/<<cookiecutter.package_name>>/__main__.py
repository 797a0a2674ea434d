"""Runs the command line when the package is called with `python -m`."""

import os
import sys

from .cli import main
from .console import logs

if __name__ == "__main__":
    logs.reopen_standard_streams()
    code = main()
    logs.flush(sys.stdout)
    logs.flush(sys.stderr)
    # Python would first take TensorFlow's objects apart, one by one.
    os._exit(code)
