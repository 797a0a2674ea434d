"""A toy data set with a column of every treatment: the unit tests need no data of the project."""

from __future__ import annotations

# First of all, for the package decides which Keras tf.keras is.
import << cookiecutter.package_name >>  # noqa: F401

# isort: split
# <% if cookiecutter.transform == "yes" %>
import functools
# <% endif %>
import math
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

# <% if cookiecutter.transform == "yes" %>
import apache_beam as beam
# <% endif %>
import pytest
import tensorflow as tf
# <% if cookiecutter.transform == "yes" %>
import tensorflow_transform as tft
import tensorflow_transform.beam as tft_beam
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
# <% endif %>
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
# <% if cookiecutter.transform == "yes" %>
from tfx_bsl.public import tfxio
# <% endif %>

from << cookiecutter.package_name >>.features import preprocessing
from << cookiecutter.package_name >>.features.columns import Columns
from << cookiecutter.package_name >>.features.treatments import (
    Buckets,
    Dense,
    Hashed,
    Vocabulary,
    missing,
)
from << cookiecutter.package_name >>.files import examples
from << cookiecutter.package_name >>.settings import Settings
# <% if cookiecutter.tflite == "yes" %>
from << cookiecutter.package_name >>.training import (
    inputs,
    tflite_export,
    trainer,
)
# <% else %>
from << cookiecutter.package_name >>.training import inputs, trainer
# <% endif %>

# As a run does it: the tests, too, can be run with several replicas.
LOGICAL_CPUS = "<< cookiecutter.__env_prefix >>LOGICAL_CPUS"
(cpu,) = tf.config.list_physical_devices("CPU")
tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * int(os.environ.get(LOGICAL_CPUS, "1"))
)

SCHEMA = """
feature { name: "kind" type: BYTES domain: "kinds" annotation { tag: "label" } }
feature { name: "size" type: FLOAT }
feature { name: "age" type: INT }
feature { name: "distance" type: FLOAT }
feature { name: "price" type: FLOAT }
feature { name: "weight" type: INT }
feature { name: "level" type: INT int_domain { min: 1 max: 3 } }
feature { name: "color" type: BYTES string_domain { value: "red" value: "blue" } }
feature { name: "maker" type: BYTES }
feature { name: "code" type: INT }
feature { name: "hour" type: FLOAT }
feature { name: "made" type: INT }
feature { name: "atoms" type: FLOAT }
feature { name: "note" type: BYTES annotation { tag: "ignored" } }
feature {
  name: "sold"
  type: BYTES
  annotation { tag: "date:day-first" tag: "cycle:hour" tag: "cycle:month" }
}
feature { name: "marks" type: BYTES annotation { tag: "list:|" } }
feature { name: "review" type: BYTES annotation { tag: "text" } }
string_domain { name: "kinds" value: "ball" value: "car" value: "doll" }
"""


@dataclass(frozen=True)
class Log(Dense):
    """A treatment of one's own, as a user would write it: the logarithm of a number, scaled."""

    def prepare(self, cells: tf.Tensor) -> tf.Tensor:
        """Take the logarithm; what is below 0 counts as 0."""
        return tf.math.log1p(tf.maximum(cells, 0.0))


@dataclass(frozen=True)
class Cycle(Dense):
    """Another: where in its period a number is, as two numbers."""

    period: float

    @property
    def shape(self) -> tuple[int, ...]:
        """Cosine and sine."""
        return (2,)

    def apply(self, cells: tf.Tensor, learned: object) -> tf.Tensor:
        """Put them side by side; both are 0 where the cell is missing."""
        angle = cells * (2 * math.pi / self.period)
        both = tf.concat([tf.cos(angle), tf.sin(angle)], axis=1)
        return tf.where(missing(cells), tf.zeros_like(both), both)


TREATMENTS = {
    "distance": Log(),
    "hour": Cycle(24),
    "price": Buckets(3),
    "weight": Buckets(3),
    "maker": Vocabulary(2),
    "code": Hashed(5),
}

ROWS = """\
kind,size,age,distance,price,weight,level,color,maker,code,hour,made,atoms,note,sold,marks,review
ball,1.0,2,0,10,9,1,red,acme,7,0,1700000001,1e20,new,2021-03-05T10:00:00Z,new|red|new,Don't buy it!
car,2.0,4,9,20,8,2,blue,acme,8,6,1700000004,2e20,old,5/3/2021 11:00,red, small
doll,3.0,6,99,30,7,3,red,acme,9,12,1700000009,3e20,new,6.3.21,|new||,größe GRÖSSE größe
ball,4.0,8,999,40,6,1,blue,bolt,7,18,1700000016,4e20,old,6 Mar 2021 13:30,|,?!
car,5.0,10,9999,50,5,2,red,bolt,8,24,1700000025,5e20,new,2021/3/7,sale|new|,buy buy buy buy it
doll,3.0,6,99999,60,4,3,blue,corp,9,3,1700000036,6e20,old,31.12.21 23:59:59.5,a|red|b,小 toy
ball,,,,,,,,,,,,,,,,
"""


# <% if cookiecutter.images == "yes" %>
LEVELS = (51, 255, 51, 255, 51, 255)


@pytest.fixture(scope="session")
def toy_schema() -> schema_pb2.Schema:
    """Describe the toys, which have a picture each."""
    schema = text_format.Parse(SCHEMA, schema_pb2.Schema())
    schema.feature.add(name="picture", type=schema_pb2.BYTES).annotation.tag.append("image:2x3")
    return schema
# <% else %>
@pytest.fixture(scope="session")
def toy_schema() -> schema_pb2.Schema:
    """Describe the toys."""
    return text_format.Parse(SCHEMA, schema_pb2.Schema())
# <% endif %>


@pytest.fixture(scope="session")
def toy_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the toys to a CSV file; of the last one only the label is known."""
    file = tmp_path_factory.mktemp("toys") / "toys.csv"
    file.write_text(ROWS, encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def columns(toy_schema: schema_pb2.Schema) -> Columns:
    """Make the toys' columns, with their treatments."""
    return Columns.of(toy_schema, TREATMENTS)


@pytest.fixture(scope="session")
def rows(toy_file: Path, toy_schema: schema_pb2.Schema) -> list[tf.train.Example]:
    """Read the toys."""
    batches = examples.from_table(toy_file, toy_schema)
    return [tf.train.Example.FromString(row) for batch in batches for row in batch]


# <% if cookiecutter.images == "yes" %>
@pytest.fixture(scope="session")
def serialized(rows: list[tf.train.Example]) -> tf.Tensor:
    """Serialize the toys, each with a picture but the last one: tf.Examples, [7]."""
    for example, level in zip(rows, LEVELS):
        picture = tf.io.encode_png(tf.fill([2, 3, 1], tf.constant(level, tf.uint8))).numpy()
        example.features.feature["picture"].bytes_list.value.append(picture)
    return tf.constant([example.SerializeToString() for example in rows])
# <% else %>
@pytest.fixture(scope="session")
def serialized(rows: list[tf.train.Example]) -> tf.Tensor:
    """Serialize the toys: tf.Examples, [7]."""
    return tf.constant([example.SerializeToString() for example in rows])
# <% endif %>


@pytest.fixture(scope="session")
def raw_records(serialized: tf.Tensor, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the toys as CsvExampleGen would."""
    file = tmp_path_factory.mktemp("raw") / "toys.gz"
    with tf.io.TFRecordWriter(str(file), "GZIP") as writer:
        for example in serialized.numpy():
            writer.write(example)
    return file


# <% if cookiecutter.transform == "yes" %>
@pytest.fixture(scope="session")
def fn_args(
    raw_records: Path, columns: Columns, tmp_path_factory: pytest.TempPathFactory
) -> SimpleNamespace:
    """Run the toys through Transform; return what the Trainer would get."""
    folder = tmp_path_factory.mktemp("transformed")
    source = tfxio.TFExampleRecord(str(raw_records), schema=columns.schema)
    context = tft_beam.Context(str(folder / "temp"))
    preprocessing_fn = functools.partial(preprocessing.preprocess, columns=columns)
    with beam.Pipeline(runner=FnApiRunner()) as pipeline, context:
        raw = (pipeline | source.BeamSource(), source.TensorAdapterConfig())
        (transformed, metadata), transform_fn = raw | tft_beam.AnalyzeAndTransformDataset(
            preprocessing_fn
        )
        encode = tft.coders.ExampleProtoCoder(metadata.schema).encode
        sink = beam.io.WriteToTFRecord(str(folder / "toys"), file_name_suffix=".gz")
        transformed | beam.Map(encode) | sink
        transform_fn | tft_beam.WriteTransformFn(str(folder / "graph"))
    return SimpleNamespace(
        train_files=[str(folder / "toys*.gz")],
        eval_files=[str(folder / "toys*.gz")],
        transform_graph_path=str(folder / "graph"),
    )
# <% else %>
@pytest.fixture(scope="session")
def fn_args(raw_records: Path) -> SimpleNamespace:
    """Return what the Trainer would get."""
    return SimpleNamespace(
        train_files=[str(raw_records)],
        eval_files=[str(raw_records)],
    )
# <% endif %>


@pytest.fixture(scope="module")
def preprocessor(fn_args: SimpleNamespace, columns: Columns) -> preprocessing.Preprocessor:
    """Make the toys' Preprocessor."""
    return preprocessing.Preprocessor(fn_args, columns)


@pytest.fixture(scope="module")
def toy_split(
    fn_args: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[inputs.Split]:
    """Put the records to train on into a random order."""
    folder = str(tmp_path_factory.mktemp("split"))
    with inputs.in_random_order(fn_args.train_files, 1, folder) as split:
        yield split


@pytest.fixture(scope="session")
def train_toys(
    columns: Columns,
    fn_args: SimpleNamespace,
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Path]:
    """Return a function that trains on the toys; it returns the folder of what was written."""

    def train(train_steps: int = 5, **changed: object) -> Path:
        folder = tmp_path_factory.mktemp("trained")
        trainer.train(
            SimpleNamespace(
                **vars(fn_args),
                train_steps=train_steps,
                eval_steps=1,
                model_run_dir=str(folder / "run"),
                serving_model_dir=str(folder / "serving"),
                eval_model_dir=str(folder / "eval"),
                custom_config={
                    "seed": 1,
                    "split": "content",
                    "batch_size": 4,
                    "held_out": 0.3,
                    "patience": 5,
                    "hyperparameters": {
                        **Settings().hyperparameters,
                        "dropout": 0.1,
                        **changed,
                    },
                },
            ),
            columns,
        )
        return folder

    return train


@pytest.fixture(scope="session")
def trained(train_toys: Callable[..., Path]) -> Path:
    """Train on the toys; return the folder of what the Trainer wrote."""
    return train_toys()


@pytest.fixture(scope="session")
def is_alive() -> Callable[[int], bool]:
    """Return a function that tells whether a process, by its id, has not ended."""

    def is_alive(process: int) -> bool:
        try:
            # What has lost its parent is a zombie until process 1 looks after it.
            return ") Z " not in Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
        except (FileNotFoundError, ProcessLookupError):
            return False

    return is_alive
# <% if cookiecutter.tflite == "yes" %>


@pytest.fixture(scope="session")
def trained_for_tflite(trained: Path, columns: Columns) -> Path:
    """Export what was trained for TensorFlow Lite too; return the same folder."""
    tflite_export.export(str(trained / "serving"), columns)
    return trained
# <% endif %>
