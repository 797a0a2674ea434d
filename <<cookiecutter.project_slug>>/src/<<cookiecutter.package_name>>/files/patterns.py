"""Paths where TFX and Beam want a pattern: what is special there stands for itself."""

from __future__ import annotations

import itertools
import re
from pathlib import Path


def escaped(name: str) -> str:
    """Write a name as a pattern of itself alone; TFX takes {SPAN} and its like for one, too."""
    return re.sub(r"([*?\[{])", r"[\1]", name)


def is_plain(path: Path) -> bool:
    """Whether a path is the same as a pattern."""
    return escaped(str(path)) == str(path)


def below(folder: Path, pattern: str) -> tuple[str, str]:
    """Write a pattern of files in a folder as one of files below a folder with a plain path.

    Returns:
        That folder, and the pattern: the same ones if the path is plain.
    """
    plain = [*itertools.takewhile(lambda part: escaped(part) == part, folder.parts)]
    rest = map(escaped, folder.parts[len(plain) :])
    return str(Path(*plain)), "/".join([*rest, pattern])
