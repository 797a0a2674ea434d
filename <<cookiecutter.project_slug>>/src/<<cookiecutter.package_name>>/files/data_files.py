"""The files of the data, whatever their kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from . import csv_files, tfrecord_files
from .images import Size


def require_columns(
    data: Path, columns: Sequence[str], label: str, sizes: Mapping[str, Size]
) -> None:
    """Look at the beginning of each file.

    Args:
        data: a folder, or a CSV file.
        columns: that each file must have.
        label: which of them is the label, for the message.
        sizes: of the columns that hold images.

    Raises:
        UserError: there is none, or one does not fit the schema.
    """
    if tfrecord_files.found(data):
        tfrecord_files.require_columns(data, columns, label, sizes)
    else:
        csv_files.require_columns(data, columns, label)
