"""Rows of text as serialized tf.Examples, of the types that the schema gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import RecordBatchToExamplesEncoder

from ..console.errors import UserError
from . import csv_files

ARROW_TYPES = {schema_pb2.FLOAT: pa.float32(), schema_pb2.INT: pa.int64()}


def from_csv(
    file: Path,
    schema: schema_pb2.Schema,
    required: Sequence[str] = (),
    filled: Sequence[str] = (),
) -> Iterator[list[bytes]]:
    """Read a CSV file, about a megabyte at a time.

    Args:
        file: it has a header.
        schema: says which columns hold floats or integers.
        required: columns that it must have.
        filled: columns; rows where the cell of one is empty are left out.

    Raises:
        UserError: the file cannot be used, or a cell is no number where the schema wants one.
    """
    rows_before = 0
    for rows in csv_files.record_batches(file, required):
        try:
            batch = typed(rows, schema, rows_before + 1)
        except UserError as error:
            raise UserError(f"{file}, {error}") from error
        for name in filled:
            batch = batch.filter(pc.greater(pc.list_value_length(batch.column(name)), 0))
        yield RecordBatchToExamplesEncoder().encode(batch)
        rows_before += len(rows)


def typed(rows: pa.RecordBatch, schema: schema_pb2.Schema, first_row: int = 1) -> pa.RecordBatch:
    """Turn columns of text into columns of lists, float32, int64 or bytes.

    Each list has one value, or none if the cell is empty.

    Args:
        rows: columns of strings. A column that the schema lacks stays one.
        schema: says which columns hold floats or integers.
        first_row: the number of the first row, for the message.

    Raises:
        UserError: a cell is no number where the schema wants one.
    """
    types = {feature.name: ARROW_TYPES.get(feature.type) for feature in schema.feature}
    parsed = [
        lists(_parse(name, cells, types.get(name), first_row))
        for name, cells in zip(rows.schema.names, rows.columns)
    ]
    return pa.RecordBatch.from_arrays(parsed, rows.schema.names)


def _parse(name: str, cells: pa.Array, wanted: pa.DataType | None, first_row: int) -> pa.Array:
    if wanted is None:
        return cells.cast(pa.binary())
    try:
        return cells.cast(wanted)
    except pa.ArrowInvalid as error:
        row, cell = next(
            (row, cell) for row, cell in enumerate(cells, first_row) if not _is(cell, wanted)
        )
        kind = "an integer" if wanted == pa.int64() else "a number"
        raise UserError(f"row {row}, column {name!r}: {cell.as_py()!r} is not {kind}") from error


def _is(cell: pa.Scalar, wanted: pa.DataType) -> bool:
    try:
        cell.cast(wanted)
    except pa.ArrowInvalid:
        return False
    return True


def lists(cells: pa.Array) -> pa.ListArray:
    """Put each cell into a list of its own, which is empty if the cell is."""
    lengths = cells.is_valid().cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    return pa.ListArray.from_arrays(offsets, cells.drop_null())
