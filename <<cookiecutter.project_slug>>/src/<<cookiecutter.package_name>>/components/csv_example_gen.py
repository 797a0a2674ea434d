"""The component that reads CSV files.

TFX's own decodes line by line, and guesses the type of a column from its cells. This one takes
the types from the curated schema, and holds a megabyte of rows at a time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apache_beam as beam
import tensorflow as tf
from google.protobuf import any_pb2, wrappers_pb2
from tensorflow_metadata.proto.v0 import schema_pb2
from tfx.components.example_gen.base_example_gen_executor import BaseExampleGenExecutor
from tfx.components.example_gen.component import FileBasedExampleGen
from tfx.components.example_gen.write_split import DEFAULT_TF_RECORD_FILE_NAME
from tfx.components.util import examples_utils
from tfx.dsl.components.base.executor_spec import BeamExecutorSpec
from tfx.orchestration.data_types import RuntimeParameter
from tfx.proto import example_gen_pb2
from tfx.types import Artifact, artifact_utils
from tfx.types.standard_component_specs import (
    CUSTOM_CONFIG_KEY,
    EXAMPLES_KEY,
    INPUT_BASE_KEY,
    OUTPUT_DATA_FORMAT_KEY,
)
from tfx.utils import proto_utils

from ..features.schema import label_of, of_property, reading_of, to_property
from ..files import examples, remote
from ..files.patterns import below, escaped


class Executor(BaseExampleGenExecutor):
    """Gives the tf.Examples, and writes what TFX makes of them: splits."""

    def Do(  # noqa: N802 (TFX's name)
        self,
        input_dict: dict[str, list[Artifact]],
        output_dict: dict[str, list[Artifact]],
        exec_properties: dict[str, Any],
    ) -> None:
        """Write a split's tf.Examples where they are made.

        TFX's own shuffles them first, and on one computer Beam keeps in memory what it shuffles.
        """
        artifact = artifact_utils.get_single_instance(output_dict[EXAMPLES_KEY])
        with self._make_beam_pipeline() as pipeline:
            splits = self.GenerateExamplesByBeam(pipeline, exec_properties)
            artifact.split_names = artifact_utils.encode_split_names(list(splits))
            for name, serialized in splits.items():
                folder = artifact_utils.get_split_uri([artifact], name)
                write = beam.io.WriteToTFRecord(
                    os.path.join(folder, DEFAULT_TF_RECORD_FILE_NAME), file_name_suffix=".gz"
                )
                write.label = f"Write {name}"
                _ = serialized | write
        examples_utils.set_payload_format(artifact, exec_properties[OUTPUT_DATA_FORMAT_KEY])

    def GetInputSourceToExamplePTransform(self) -> beam.PTransform:  # noqa: N802 (TFX's name)
        """Return the transform from a glob pattern to serialized tf.Examples."""
        return _read


class CsvExampleGen(FileBasedExampleGen):
    """Turns a CSV file, or those of a folder, into tf.Examples: 2/3 train, 1/3 eval, at random.

    Rows without a label are left out, where the schema allows such rows.

    Args:
        data: a folder, or a file.
        schema: of the data; their types, and the label.
        folder: where such data are when the component runs, if not there.
    """

    EXECUTOR_SPEC = BeamExecutorSpec(Executor)

    def __init__(
        self, data: Path, schema: schema_pb2.Schema, folder: RuntimeParameter | None = None
    ) -> None:
        name = escaped(data.name) if data.is_file() else "*.csv"
        base, pattern = below(data.parent if data.is_file() else data, name)
        packed = any_pb2.Any()
        packed.Pack(wrappers_pb2.StringValue(value=to_property(reading_of(schema))))
        super().__init__(
            input_base=folder or base,
            input_config=example_gen_pb2.Input(
                splits=[
                    example_gen_pb2.Input.Split(name="csv", pattern=name if folder else pattern)
                ]
            ),
            custom_config=example_gen_pb2.CustomConfig(custom_config=packed),
        )


@beam.ptransform_fn
def _read(
    pipeline: beam.Pipeline, exec_properties: dict[str, Any], pattern: str
) -> beam.PCollection:
    files = remote.glob(exec_properties[INPUT_BASE_KEY], pattern)
    config = proto_utils.json_to_proto(
        exec_properties[CUSTOM_CONFIG_KEY], example_gen_pb2.CustomConfig()
    )
    given = wrappers_pb2.StringValue()
    config.custom_config.Unpack(given)
    schema = of_property(given.value)
    batches = pipeline | beam.Create(files) | beam.FlatMap(_labelled, schema)
    return batches | beam.FlatMap(_in_order).with_output_types(bytes)


def _labelled(file: str, schema: schema_pb2.Schema) -> Iterator[list[bytes]]:
    """Read a CSV file without the rows that nothing can be learned from.

    These are the rows without a label, if the schema says that the label may be missing.
    """
    label = label_of(schema)
    filled = [label.name] if label.presence.min_fraction < 1 else []
    return examples.from_csv(remote.local_copy(file), schema, [label.name], filled)


def _in_order(batch: list[bytes]) -> Iterator[bytes]:
    """Put the features into an order that is always the same: TFX splits by a hash."""
    for example in batch:
        yield tf.train.Example.FromString(example).SerializeToString(deterministic=True)
