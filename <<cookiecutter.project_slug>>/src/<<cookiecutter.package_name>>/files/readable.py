"""Whether files and folders can be read, and why not."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
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


def is_folder(path: Path) -> bool:
    """Whether a path is that of a folder, not of a file or of nothing.

    Raises:
        UserError: that may not be known.
    """
    try:
        return stat.S_ISDIR(path.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error


def listed(folder: Path, suffixes: Sequence[str] = ("",)) -> list[Path]:
    """List what is in a folder, in order, by the ends of the names.

    Raises:
        UserError: the folder may not be read, which `Path.glob` takes for an empty one.
    """
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise UserError(f"{folder} cannot be read: {error.strerror}") from error
    return [folder / name for name in names if name.endswith(tuple(suffixes))]
