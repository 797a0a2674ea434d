"""Runs the command line when the package is called with `python -m`."""

import os
import sys

# An older Python could not even read what is imported.
if sys.version_info < (3, 9):  # noqa: UP036
    print(
        f"{sys.executable} is too old: call `source .venv/bin/activate` for the project's "
        "environment, or make it first (docs/development.md, Installation)",
        file=sys.stderr,
    )
    sys.exit(2)

from .cli import main
from .console import logs

if __name__ == "__main__":
    logs.reopen_standard_streams()
    code = main()
    logs.flush(sys.stdout)
    logs.flush(sys.stderr)
    # Python would first take TensorFlow's objects apart, one by one.
    os._exit(code)
