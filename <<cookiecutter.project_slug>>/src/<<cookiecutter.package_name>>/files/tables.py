"""Files of rows, CSV or Parquet: a first look before a run, and their rows as columns of text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from ..console.errors import BadDataError, UserError
from . import csv_dialect, csv_files, parquet_files
from .readable import is_folder, listed, require_file

SUFFIXES = (csv_files.SUFFIX, parquet_files.SUFFIX)
SUCH = " or ".join(f"*{each}" for each in SUFFIXES)


def files(data: Path) -> list[Path]:
    """List the files of a folder, or give the file itself.

    Raises:
        UserError: there is none, or some are CSV and some Parquet, or it may not be looked for.
    """
    if not is_folder(data):
        require_file(data)
        return [data]
    found = of_one_kind(str(data), [each.name for each in listed(data)])
    if not found:
        raise UserError(f"no {SUCH} file in {data}; put the training data there")
    return [data / name for name in found]


def suffix(folder: Path) -> str:
    """Return by which of SUFFIXES the files of a folder are known; that of CSV if it has none.

    Raises:
        UserError: as of_one_kind, or it may not be looked for.
    """
    found = of_one_kind(str(folder), [each.name for each in listed(folder)])
    return Path(found[0]).suffix if found else csv_files.SUFFIX


def of_one_kind(folder: str, files: Sequence[str]) -> list[str]:
    """Choose the CSV or Parquet files among those of a folder.

    Raises:
        UserError: there are both; they may be the same rows.
    """
    by_kind = {each: [file for file in files if file.endswith(each)] for each in SUFFIXES}
    kinds = [each for each, found in by_kind.items() if found]
    if len(kinds) > 1:
        both = " and ".join(f"*{each}" for each in kinds)
        raise UserError(f"{folder} has both {both} files; keep those of one kind")
    return by_kind[kinds[0]] if kinds else []


def require_columns(data: Path, columns: Sequence[str], label: str) -> None:
    """Look for what TFX would only fail on in obscure words.

    Args:
        data: a file, or a folder of such.
        columns: that each file must have.
        label: which of them is the label, for the message.

    Raises:
        UserError: there is no file, or one has no rows, or lacks a column; or Parquet files differ.
    """
    found = files(data)
    for file in found:
        header = _header(file, columns)
        if missing := [name for name in columns if name not in header]:
            which = f"the label {label!r}" if label in missing else f"column {missing[0]!r}"
            raise BadDataError(
                f"{file} lacks {which}, which schema/schema.pbtxt describes; "
                f"its columns are {', '.join(header)}"
            )
    _require_alike(found)


def common_header(files: Sequence[Path]) -> list[str]:
    """Name the columns of some files, which are the same in all.

    Raises:
        UserError: a file cannot be used, or differs from the first.
    """
    header = _header(files[0])
    for file in files[1:]:
        if (other := _header(file)) != header:
            raise BadDataError(
                f"{file} has other columns than {files[0]}: "
                f"{', '.join(sorted(set(other) ^ set(header))) or 'in another order'}"
            )
    _require_alike(files)
    return header


def has_semicolons(file: Path) -> bool:
    """Whether these are between the cells of a file."""
    return not parquet_files.is_parquet(file) and csv_dialect.read_dialect(file).delimiter == ";"


def read_as_windows_1252(file: Path) -> str:
    """Return a line of a CSV file that is read so, as it is not in UTF-8; empty if none is."""
    return "" if parquet_files.is_parquet(file) else csv_dialect.read_as_windows_1252(file)


def record_batches(
    file: Path, required: Sequence[str] = (), others: bool = True
) -> Iterator[pa.RecordBatch]:
    """Read the rows of a file, as csv_files and parquet_files do."""
    if parquet_files.is_parquet(file):
        return parquet_files.record_batches(file, required, others)
    return csv_files.record_batches(file, required, others)


def cells(file: Path, columns: Sequence[str], required: Sequence[str] = ()) -> Iterator[list[str]]:
    """Read some cells of each row, as they stand in the file.

    Args:
        file: CSV or Parquet.
        columns: their names.
        required: columns that the file must have besides.

    Raises:
        UserError: the file lacks one of the columns, or cannot be used.
    """
    if parquet_files.is_parquet(file):
        return parquet_files.cells(file, columns)
    return csv_files.cells(file, columns, required)


def _header(file: Path, expected: Sequence[str] = ()) -> list[str]:
    if parquet_files.is_parquet(file):
        return parquet_files.header(file)
    return csv_dialect.read_dialect(file, expected).header


def _require_alike(files: Sequence[Path]) -> None:
    parquet_files.require_alike([file for file in files if parquet_files.is_parquet(file)])
