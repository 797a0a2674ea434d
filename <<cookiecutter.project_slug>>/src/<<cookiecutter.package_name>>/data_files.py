"""The files of the data, whatever their kind."""

from __future__ import annotations

from pathlib import Path

from . import csv_files, tfrecord_files


def check(data: Path) -> None:
    """Look at the beginning of each file.

    Raises:
        UserError: there is none, or one does not fit the schema.
    """
    files = tfrecord_files if tfrecord_files.found(data) else csv_files
    files.check(data)
