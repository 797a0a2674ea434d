"""Rows of text as serialized tf.Examples, of the types that the schema gives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx_bsl.coders.example_coder import (
    ExamplesToRecordBatchDecoder,
    RecordBatchToExamplesEncoder,
)

from ..console.errors import BadDataError
from . import dates, spelling, tables

KINDS = {
    schema_pb2.FLOAT: f"a number within ±{spelling.GREATEST:.2g}",
    schema_pb2.INT: "an integer of 64 bits",
}


class CellError(BadDataError):
    """A cell is not what the schema says.

    Args:
        row: its number.
        feature: its column.
        cell: what it is.
        count: how many cells of the column are like that.

    Attributes:
        feature, count: as given.
    """

    def __init__(self, row: int, feature: schema_pb2.Feature, cell: str, count: int) -> None:
        self.feature, self.count = feature, count
        date = f"of the form {dates.form_of(feature.annotation.tag)!r}, as the schema says"
        hint = "; `schema infer` finds out what a comma in it means" if "," in cell else ""
        super().__init__(
            f"row {row}, column {feature.name!r}: {cell!r} is not "
            f"{KINDS[feature.type] + hint if feature.type in KINDS else date}"
        )

    def retold(self, message: str) -> BadDataError:
        """Return an error that says something else, of no cell."""
        return BadDataError(message)


def decoder(features: Sequence[schema_pb2.Feature]) -> ExamplesToRecordBatchDecoder:
    """Make what decodes serialized tf.Examples to a column of lists for each feature."""
    schema = schema_pb2.Schema()
    for feature in features:
        schema.feature.add(name=feature.name, type=feature.type)
    return ExamplesToRecordBatchDecoder(schema.SerializeToString())


def from_table(
    file: Path,
    schema: schema_pb2.Schema,
    required: Sequence[str] = (),
    filled: Sequence[str] = (),
    others: bool = True,
) -> Iterator[list[bytes]]:
    """Read a file as serialized tf.Examples; takes and raises what `batches` does."""
    return map(encoded, batches(file, schema, required, filled, others))


def encoded(batch: pa.RecordBatch) -> list[bytes]:
    """Write the rows of columns of lists as serialized tf.Examples."""
    return RecordBatchToExamplesEncoder().encode(batch)


def batches(
    file: Path,
    schema: schema_pb2.Schema,
    required: Sequence[str] = (),
    filled: Sequence[str] = (),
    others: bool = True,
) -> Iterator[pa.RecordBatch]:
    """Read a CSV or Parquet file, about a megabyte at a time.

    Args:
        file: it has a header.
        schema: what `reading_of` gives: types, and how cells are spelled.
        required: columns that it must have.
        filled: columns; rows where the cell of one is empty are left out.
        others: whether columns that are not required are read as well.

    Yields:
        Columns of lists, as `typed` gives them.

    Raises:
        UserError: the file cannot be used, or a cell is no number or date where the schema wants
            one.
    """
    rows_before = 0
    read = tables.record_batches(file, required, others)
    for rows in read:
        try:
            batch = typed(rows, schema, rows_before + 1)
        except CellError as error:
            count = error.count + sum(_count_bad(more, error.feature) for more in read)
            more = f"; {count:,} cells of the column are not" if count > 1 else ""
            raise BadDataError(f"{file}, {error}{more}") from error
        for name in filled:
            batch = batch.filter(pc.greater(pc.list_value_length(batch.column(name)), 0))
        yield batch
        rows_before += len(rows)


def typed(rows: pa.RecordBatch, schema: schema_pb2.Schema, first_row: int = 1) -> pa.RecordBatch:
    """Turn columns of text into columns of lists, float32, int64 or bytes.

    Each list has one value, or none if the cell is empty.

    Args:
        rows: columns of strings. A column that the schema lacks stays one.
        schema: what `reading_of` gives: types, and how cells are spelled.
        first_row: the number of the first row, for the message.

    Raises:
        CellError: a cell is no number or date where the schema wants one, or too great a number.
    """
    features = {feature.name: feature for feature in schema.feature}
    parsed = []
    for name, cells in zip(rows.schema.names, rows.columns):
        feature = features.get(name, schema_pb2.Feature(name=name, type=schema_pb2.BYTES))
        values = _parse(cells, feature)
        if bad := _bad_rows(cells, values):
            raise CellError(first_row + bad[0], feature, cells[bad[0]].as_py(), len(bad))
        parsed.append(lists(values))
    return pa.RecordBatch.from_arrays(parsed, rows.schema.names)


def _parse(cells: pa.Array, feature: schema_pb2.Feature) -> pa.Array:
    """Turn strings into what a column holds; null where they cannot be."""
    numbers = spelling.plain(cells, spelling.form_of(feature.annotation.tag))
    if feature.type == schema_pb2.INT:
        return spelling.integers(numbers)
    if feature.type == schema_pb2.FLOAT:
        return spelling.floats(numbers).cast(pa.float32())
    if form := dates.form_of(feature.annotation.tag):
        are_dates = dates.seconds(cells, form).is_valid()
        return pc.if_else(are_dates, cells, None).cast(pa.binary())
    return spelling.respelled(numbers, feature.string_domain.value).cast(pa.binary())


def _count_bad(rows: pa.RecordBatch, feature: schema_pb2.Feature) -> int:
    cells = rows.column(feature.name)
    return len(_bad_rows(cells, _parse(cells, feature)))


def _bad_rows(cells: pa.Array, values: pa.Array) -> list[int]:
    """List the places of the cells that are filled though their value is null."""
    if cells.null_count == values.null_count:
        return []
    return pc.indices_nonzero(pc.and_(cells.is_valid(), values.is_null())).to_pylist()


def lists(cells: pa.Array) -> pa.ListArray:
    """Put each cell into a list of its own, which is empty if the cell is."""
    lengths = cells.is_valid().cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    return pa.ListArray.from_arrays(offsets, cells.drop_null())


def cells(column: pa.ListArray) -> pa.Array:
    """Take each cell out of its list; null where that is empty."""
    lengths = pc.list_value_length(column)
    places = pc.subtract(pc.cumulative_sum(lengths), 1)
    return column.flatten().take(pc.if_else(pc.greater(lengths, 0), places, None))
