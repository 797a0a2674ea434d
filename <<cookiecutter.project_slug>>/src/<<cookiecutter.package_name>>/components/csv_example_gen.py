"""The component that reads CSV and Parquet files.

TFX's own for CSV decodes line by line, guesses the type of a column from its cells, and splits by
content alone; what its own for Parquet does, files/parquet_files.py tells. This one takes the types
from the curated schema, splits by any rule of files/splits.py, and holds few rows at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import pyarrow as pa
import tensorflow as tf
from apache_beam.transforms.combiners import Count
from google.protobuf import any_pb2, struct_pb2
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.example_gen.component import FileBasedExampleGen
from tfx.components.example_gen.write_split import DEFAULT_TF_RECORD_FILE_NAME
from tfx.components.util import examples_utils
from tfx.dsl.components.base.base_beam_executor import BaseBeamExecutor
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec
from tfx.orchestration.data_types import RuntimeParameter
from tfx.proto import example_gen_pb2
from tfx.types import Artifact, artifact_utils
from tfx.types.standard_component_specs import (
    CUSTOM_CONFIG_KEY,
    EXAMPLES_KEY,
    INPUT_BASE_KEY,
    INPUT_CONFIG_KEY,
    OUTPUT_DATA_FORMAT_KEY,
)
from tfx.utils import proto_utils

from ..console.errors import BadDataError, UserError
from ..features.schema import label_of, of_property, reading_of, to_property
from ..files import dates, examples, remote, splits, tables
from ..files.patterns import below, escaped
from ..files.splits import Rule

# Of a folder that is known when the component runs: the names of its files.
ANY = "*"


class Executor(BaseBeamExecutor):
    """Reads the rows, and writes each as a tf.Example into its split."""

    def Do(  # noqa: N802 (TFX's name)
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Write a split's tf.Examples where they are made.

        TFX's own shuffles them first, and on one computer Beam keeps in memory what it shuffles.

        Raises:
            BadDataError: a file cannot be used, or a split would be empty.
        """
        artifact = artifact_utils.get_single_instance(output_dict[EXAMPLES_KEY])
        artifact.split_names = artifact_utils.encode_split_names(list(splits.NAMES))
        folders = {name: artifact_utils.get_split_uri([artifact], name) for name in splits.NAMES}
        files = _files(exec_properties)
        schema, rule = _told(exec_properties)
        with self._make_beam_pipeline() as pipeline:
            for name, serialized in _split(pipeline | beam.Create(files), schema, rule).items():
                write = beam.io.WriteToTFRecord(
                    os.path.join(folders[name], DEFAULT_TF_RECORD_FILE_NAME),
                    file_name_suffix=".gz",
                )
                write.label = f"Write {name}"
                _ = serialized | write
        for name, folder in folders.items():
            _require_rows(name, folder, rule)
        examples_utils.set_payload_format(artifact, exec_properties[OUTPUT_DATA_FORMAT_KEY])


class CsvExampleGen(FileBasedExampleGen):
    """Turns a CSV or Parquet file, or those of a folder, into tf.Examples: 2/3 train, 1/3 eval.

    Rows without a label are left out, where the schema allows such rows.

    Args:
        data: a folder, or a file.
        schema: of the data; their types, and the label.
        rule: which row goes into which split.
        folder: where such data are when the component runs, if not there.

    Raises:
        UserError: the rule's column is not in the schema, or the label; or the folder has files of
            both kinds.
    """

    EXECUTOR_SPEC = BeamExecutorSpec(Executor)

    def __init__(
        self,
        data: Path,
        schema: schema_pb2.Schema,
        rule: Rule,
        folder: RuntimeParameter | None = None,
    ) -> None:
        if data.is_file():
            data, name = data.parent, escaped(data.name)
        else:
            name = ANY if folder else f"*{tables.suffix(data)}"
        base, pattern = below(data, name)
        told = struct_pb2.Struct()
        told.update({"schema": to_property(_reading(schema, rule)), "split": str(rule)})
        packed = any_pb2.Any()
        packed.Pack(told)
        super().__init__(
            input_base=folder or base,
            input_config=example_gen_pb2.Input(
                splits=[
                    example_gen_pb2.Input.Split(name="rows", pattern=name if folder else pattern)
                ]
            ),
            custom_config=example_gen_pb2.CustomConfig(custom_config=packed),
        )


def _reading(schema: schema_pb2.Schema, rule: Rule) -> schema_pb2.Schema:
    """Keep what the files are read by, and how the rule's column has dates."""
    reading = reading_of(schema)
    if not rule.column:
        return reading
    if rule.column == label_of(schema).name:
        raise UserError(f"split={rule}: {rule.column!r} is the label: it is to be predicted")
    names = [feature.name for feature in schema.feature]
    if rule.column not in names:
        raise UserError(
            f"split={rule}: the schema has no column {rule.column!r}; its columns are "
            f"{', '.join(names)}"
        )
    if rule.kind == splits.NEWEST:
        place = names.index(rule.column)
        form = dates.form_of(schema.feature[place].annotation.tag)
        if form == dates.TIME:
            raise UserError(f"split={rule}: {rule.column!r} has times without a day")
        if form and form not in reading.feature[place].annotation.tag:
            reading.feature[place].annotation.tag.append(form)
    return reading


def _files(exec_properties: dict[str, Any]) -> list[str]:
    config = proto_utils.json_to_proto(exec_properties[INPUT_CONFIG_KEY], example_gen_pb2.Input())
    folder, pattern = exec_properties[INPUT_BASE_KEY], config.splits[0].pattern
    found = remote.glob(folder, pattern)
    if pattern == ANY:
        found = tables.of_one_kind(folder, found)
    if not found:
        raise BadDataError(f"no {tables.SUCH if pattern == ANY else pattern} file in {folder}")
    return found


def _told(exec_properties: dict[str, Any]) -> tuple[schema_pb2.Schema, Rule]:
    config = proto_utils.json_to_proto(
        exec_properties[CUSTOM_CONFIG_KEY], example_gen_pb2.CustomConfig()
    )
    told = struct_pb2.Struct()
    config.custom_config.Unpack(told)
    return of_property(told["schema"]), Rule.of(told["split"])


def _split(
    files: beam.PCollection, schema: schema_pb2.Schema, rule: Rule
) -> dict[str, beam.PCollection]:
    """Give the serialized rows of each split."""
    if rule.kind == splits.ROW:
        rows = files | beam.FlatMap(_rows, schema).with_output_types(bytes)
        placed = rows | Count.PerElement() | beam.FlatMap(_copies).with_outputs(*splits.NAMES)
    elif rule.kind == splits.NEWEST:
        # The files are read twice, for what waits for a result Beam keeps in memory.
        counts = files | beam.FlatMap(_times, schema, rule)
        merged = counts | beam.CombineGlobally(splits.merged)
        since = beam.pvalue.AsSingleton(merged | beam.Map(splits.newest, rule.column))
        placed = files | beam.FlatMap(_placed, schema, rule, since).with_outputs(*splits.NAMES)
    else:
        placed = files | beam.FlatMap(_placed, schema, rule).with_outputs(*splits.NAMES)
    return {name: placed[name] for name in splits.NAMES}


def _rows(file: str, schema: schema_pb2.Schema) -> Iterator[bytes]:
    for batch in _labelled(file, schema):
        yield from _in_order(examples.encoded(batch))


def _copies(counted: tuple[bytes, int]) -> Iterator[beam.pvalue.TaggedOutput]:
    row, count = counted
    for number in range(count):
        yield _tagged(splits.side_of_copy(row, number), row)


def _times(file: str, schema: schema_pb2.Schema, rule: Rule) -> Iterator[splits.Counts]:
    for batch in _labelled(file, schema, rule.column, others=False):
        yield splits.counted(_values(batch, schema, rule))


def _placed(
    file: str, schema: schema_pb2.Schema, rule: Rule, since: float = 0.0
) -> Iterator[beam.pvalue.TaggedOutput]:
    for batch in _labelled(file, schema, rule.column):
        rows = [*_in_order(examples.encoded(batch))]
        values = _values(batch, schema, rule) if rule.column else None
        yield from map(_tagged, splits.sides(rule, rows, values, since), rows)


def _tagged(side: int, row: bytes) -> beam.pvalue.TaggedOutput:
    return beam.pvalue.TaggedOutput(splits.NAMES[side], row)


def _values(batch: pa.RecordBatch, schema: schema_pb2.Schema, rule: Rule) -> pa.Array:
    """Return what the rule looks at."""
    values = examples.cells(batch.column(rule.column))
    if rule.kind != splits.NEWEST:
        return values
    (feature,) = [each for each in schema.feature if each.name == rule.column]
    return splits.times(values, feature)


def _labelled(
    file: str, schema: schema_pb2.Schema, column: str = "", others: bool = True
) -> Iterator[pa.RecordBatch]:
    """Read a file without the rows that nothing can be learned from.

    These are the rows without a label, if the schema says that the label may be missing.

    Args:
        file: the path, or the URI.
        schema: of the data.
        column: one that it must have besides the label, if any.
        others: whether more than these are read.
    """
    label = label_of(schema)
    filled = [label.name] if label.presence.min_fraction < 1 else []
    required = [label.name, *filter(None, [column])]
    return examples.batches(remote.local_copy(file), schema, required, filled, others)


def _in_order(rows: list[bytes]) -> Iterator[bytes]:
    """Put the features into an order that is always the same: rows are split by a hash."""
    for row in rows:
        yield tf.train.Example.FromString(row).SerializeToString(deterministic=True)


def _require_rows(name: str, folder: str, rule: Rule) -> None:
    written = tf.data.TFRecordDataset(remote.glob(folder, "*.gz"), compression_type="GZIP")
    if not [*written.take(1)]:
        raise BadDataError(
            f"split={rule}: the {name} split would be empty, for all rows fall into the other one; "
            "docs/data.md tells what else rows can be split by"
        )
