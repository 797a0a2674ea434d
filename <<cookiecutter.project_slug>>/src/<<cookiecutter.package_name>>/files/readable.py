"""Whether a file can be read, and why not."""

from __future__ import annotations

import stat
from pathlib import Path

from ..console.errors import UserError


def require_file(file: Path) -> None:
    """Require that a file can be read, again and again.

    Raises:
        UserError: it does not exist, is none, or may not be read.
    """
    try:
        mode = file.stat().st_mode
        if stat.S_ISREG(mode):
            file.open("rb").close()
    except FileNotFoundError as error:
        raise UserError(f"{file} does not exist") from error
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror}") from error
    if stat.S_ISDIR(mode):
        raise UserError(f"{file} is a folder; expected a file")
    if not stat.S_ISREG(mode):
        raise UserError(f"{file} can be read only once; save what it gives in a file")
