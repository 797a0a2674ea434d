from __future__ import annotations

from pathlib import Path

import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies
from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList

from << cookiecutter.package_name >> import data_gate

pytestmark = pytest.mark.usefixtures("toys")

SCHEMA = text_format.Parse(
    'feature { name: "size" presence { min_fraction: 0.9 } }', schema_pb2.Schema()
)


def anomalies(severity: str) -> Anomalies:
    return text_format.Parse(
        f"""
        anomaly_info {{
          key: "color"
          value {{
            severity: {severity}
            reason {{ short_description: "Unexpected string values" description: "pink (1%)" }}
          }}
        }}
        """,
        Anomalies(),
    )


def statistics(name: str, stats: str) -> DatasetFeatureStatisticsList:
    return text_format.Parse(
        f'datasets {{ num_examples: 10 features {{ path {{ step: "{name}" }} {stats} }} }}',
        DatasetFeatureStatisticsList(),
    )


def test_an_error_is_told_with_its_column() -> None:
    (problem,) = data_gate.describe_anomalies(anomalies("ERROR"))
    assert problem == "column 'color': Unexpected string values. pink (1%)"


def test_a_warning_is_no_problem() -> None:
    assert data_gate.describe_anomalies(anomalies("WARNING")) == []


def test_missing_data_are_a_problem() -> None:
    assert data_gate.describe_anomalies(Anomalies(data_missing=True)) == ["there are no rows"]


def test_too_many_empty_cells_are_counted() -> None:
    counted = statistics("size", "num_stats { common_stats { tot_num_values: 8 } }")
    (problem,) = data_gate.describe_empty_cells(counted, SCHEMA)
    assert "'size'" in problem
    assert "80.0%" in problem
    assert "90.0%" in problem


def test_enough_filled_cells_are_no_problem() -> None:
    counted = statistics("size", "num_stats { common_stats { tot_num_values: 9 } }")
    assert data_gate.describe_empty_cells(counted, SCHEMA) == []


def test_a_column_without_a_required_presence_may_be_empty() -> None:
    counted = statistics("note", "string_stats { common_stats { tot_num_values: 0 } }")
    assert data_gate.describe_empty_cells(counted, SCHEMA) == []


def test_a_label_with_one_value_teaches_nothing() -> None:
    for stats in ("string_stats { unique: 1 }", "num_stats { min: 1 max: 1 }"):
        (problem,) = data_gate.describe_label(statistics("kind", stats))
        assert "kind" in problem


def test_a_label_with_two_values_is_no_problem() -> None:
    for stats in ("string_stats { unique: 2 }", "num_stats { min: 0 max: 1 }"):
        assert data_gate.describe_label(statistics("kind", stats)) == []


def test_images_of_the_right_size_are_no_problem(raw_records: Path) -> None:
    assert data_gate.describe_images(raw_records.parent) == []


def test_an_image_of_another_size_is_named(serialized: tf.Tensor, tmp_path: Path) -> None:
    first, second, *_ = map(tf.train.Example.FromString, serialized.numpy())
    small = tf.io.encode_png(tf.zeros([1, 1, 1], tf.uint8)).numpy()
    second.features.feature["picture"].bytes_list.value[:] = [small]
    with tf.io.TFRecordWriter(str(tmp_path / "toys.gz"), "GZIP") as writer:
        for example in (first, second):
            writer.write(example.SerializeToString())
    (problem,) = data_gate.describe_images(tmp_path)
    assert problem.startswith("column 'picture': a cell is an image of 1x1 pixels")
