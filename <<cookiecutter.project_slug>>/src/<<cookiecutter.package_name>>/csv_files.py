"""CSV files: a first look before a run, and rows as tf.Examples for a prediction."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from . import columns
from .errors import UserError
from .features import LABEL


def check(folder: Path) -> None:
    """Look for what CsvExampleGen would only fail on in obscure words.

    Raises:
        UserError: there is no CSV file, or one has no rows, or lacks a column.
    """
    files = sorted(folder.glob("*.csv"))
    if not files:
        raise UserError(f"no *.csv file in {folder}; put the training data there")
    expected = [feature.name for feature in columns.read_schema().feature]
    for file in files:
        with file.open(newline="", encoding="utf-8") as lines:
            reader = csv.reader(lines)
            header = next(reader, [])
            if not header or next(reader, None) is None:
                raise UserError(f"{file} is empty: expected a header and at least one row")
        missing = [name for name in expected if name not in header]
        if missing:
            which = f"the label {LABEL!r}" if LABEL in missing else f"column {missing[0]!r}"
            raise UserError(
                f"{file} lacks {which}, which {columns.SCHEMA_FILE} describes; "
                f"its columns are {', '.join(header)}"
            )


def rows(file: Path) -> Iterator[dict[str, str]]:
    """Read the rows of a file, {column: cell}, one at a time.

    Raises:
        UserError: the file is missing or empty, lacks a column that the model reads, or has
            a row of another length than its header.
    """
    if not file.is_file():
        raise UserError(f"{file} does not exist")
    with file.open(newline="", encoding="utf-8") as lines:
        reader = csv.DictReader(lines)
        header = reader.fieldnames or []
        missing = [each.name for each in columns.features() if each.name not in header]
        if missing:
            raise UserError(f"{file} lacks columns that the model reads: {', '.join(missing)}")
        for row in reader:
            if None in row or None in row.values():
                raise UserError(
                    f"{file}, line {reader.line_num}: expected {len(header)} cells as in the header"
                )
            yield row
