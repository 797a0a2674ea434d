"""Answers that a project has given before the template asked for them."""

from __future__ import annotations

import re
from pathlib import Path

_IMAGES = re.compile(r'tag:\s*"image:\d+x\d+"')
_TFLITE = re.compile(r"^\s*tflite(?:: bool)?\s*[:=]\s*(true|false)", re.IGNORECASE | re.MULTILINE)


def recognise(project: Path, package: str) -> dict[str, tuple[str, str]]:
    """Look for what other questions of the template would be answered with.

    Args:
        project: its folder.
        package: the name of its package.

    Returns:
        By question the answer, and where it was found.
    """
    found = {}
    schema = "schema/schema.pbtxt"
    if _IMAGES.search(_text(project / schema)):
        found["images"] = "yes", schema
    # The first overrides the second.
    for name in ("schema/dataset.yaml", f"src/{package}/settings.py"):
        if setting := _TFLITE.search(_text(project / name)):
            found["tflite"] = "yes" if setting[1].lower() == "true" else "no", name
            break
    return found


def _text(file: Path) -> str:
    return file.read_text("utf-8", "replace") if file.is_file() else ""
