"""Runs the command line when the package is called with `python -m`."""

import gc
import sys

from .cli import main

if __name__ == "__main__":
    code = main()
    # Without this, Python spends a second on taking TensorFlow's objects apart.
    gc.freeze()
    sys.exit(code)
