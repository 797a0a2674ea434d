"""What describes another data set: schema/schema.pbtxt, and settings in schema/dataset.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from ..settings import DATASET_FILE, SCHEMA_FILE

DATASET_HEADER = "# What fits this data set; overrides settings.py, which explains each name.\n"


def write(schema: str, settings: Mapping[str, Any]) -> Iterator[str]:
    """Write both files; keep what they were beside them.

    Args:
        schema: in protobuf's text format.
        settings: those that differ from the defaults of settings.py.

    Yields:
        A sentence for each file.
    """
    yield _replace(SCHEMA_FILE, schema)
    text = yaml.safe_dump(dict(settings), sort_keys=False, allow_unicode=True)
    yield _replace(DATASET_FILE, DATASET_HEADER + text)


def _replace(file: Path, text: str) -> str:
    file.parent.mkdir(exist_ok=True)
    if not file.is_file() or file.read_text(encoding="utf-8") == text:
        file.write_text(text, encoding="utf-8")
        return f"{file}: written"
    former = file.replace(file.with_name(f"{file.name}.old"))
    file.write_text(text, encoding="utf-8")
    return f"{file}: written; the former one is {former.name}"
