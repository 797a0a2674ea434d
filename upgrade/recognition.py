"""Answers that a project has given before the template asked for them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

# In a text without comments, whatever stands around it.
_IMAGES = re.compile(r"""["']image:\d+x\d+["']""")
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)
_TFLITE = {"tflite", "tflite_tolerance"}


def recognise(project: Path, package: str, example_of_images: bool) -> dict[str, tuple[str, str]]:
    """Look for what other questions of the template would be answered with.

    What a project sets stays a setting of it: where TensorFlow Lite is switched off by hand, the
    answer is yes as well.

    Args:
        project: its folder.
        package: the name of its package.
        example_of_images: whether its example consists of images, and so had TensorFlow Lite.

    Returns:
        By question the answer, and where it was found.
    """
    found = {}
    schema = "schema/schema.pbtxt"
    if _IMAGES.search(_COMMENT.sub("", _text(project / schema))):
        found["images"] = "yes", schema
    dataset, settings = "schema/dataset.yaml", f"src/{package}/settings.py"
    if _TFLITE & _keys(_text(project / dataset)):
        found["tflite"] = "yes", dataset
    for value in _values(_text(project / settings), "tflite"):
        is_off = isinstance(value, ast.Constant) and value.value is False
        answer = "no" if is_off and not example_of_images else "yes"
        found.setdefault("tflite", (answer, settings))
    return found


def _keys(text: str) -> set[str]:
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError:
        return set()
    return {*content} if isinstance(content, dict) else set()


def _values(text: str, name: str) -> Iterator[ast.expr]:
    """Yield what a name is set to in a module, anywhere."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and node.value and ast.unparse(node.target) == name:
            yield node.value


def _text(file: Path) -> str:
    return file.read_text("utf-8", "replace") if file.is_file() else ""
