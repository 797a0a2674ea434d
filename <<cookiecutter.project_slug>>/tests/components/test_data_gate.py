from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies
from tensorflow_metadata.proto.v0.statistics_pb2 import DatasetFeatureStatisticsList
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import ExampleAnomalies, Examples, ExampleStatistics, Schema

from << cookiecutter.package_name >>.components import data_gate
from << cookiecutter.package_name >>.components.data_gate import (
    DataGate,
)
from << cookiecutter.package_name >>.console.errors import BadDataError

SCHEMA = text_format.Parse(
    """
    feature { name: "size" presence { min_fraction: 0.9 } }
    feature { name: "kind" annotation { tag: "label" } }
    """,
    schema_pb2.Schema(),
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
    (problem,) = data_gate.anomaly_problems(anomalies("ERROR"))
    assert problem == "column 'color': Unexpected string values. pink (1%)"


def test_a_warning_is_no_problem() -> None:
    assert data_gate.anomaly_problems(anomalies("WARNING")) == []


def test_missing_data_are_a_problem() -> None:
    assert data_gate.anomaly_problems(Anomalies(data_missing=True)) == ["there are no rows"]


def test_too_many_empty_cells_are_counted() -> None:
    counted = statistics("size", "num_stats { common_stats { tot_num_values: 8 } }")
    (problem,) = data_gate.empty_cell_problems(counted, SCHEMA)
    assert "'size'" in problem
    assert "80.0%" in problem
    assert "90.0%" in problem


def test_enough_filled_cells_are_no_problem() -> None:
    counted = statistics("size", "num_stats { common_stats { tot_num_values: 9 } }")
    assert data_gate.empty_cell_problems(counted, SCHEMA) == []


def test_a_column_without_a_required_presence_may_be_empty() -> None:
    counted = statistics("note", "string_stats { common_stats { tot_num_values: 0 } }")
    assert data_gate.empty_cell_problems(counted, SCHEMA) == []


@pytest.mark.parametrize("least", [0.0, 0.5])
def test_a_label_is_needed_whatever_the_schema_allows(least: float) -> None:
    schema = schema_pb2.Schema.FromString(SCHEMA.SerializeToString())
    (label,) = [each for each in schema.feature if each.name == "kind"]
    label.presence.min_fraction = least
    counted = statistics("kind", "string_stats { common_stats { tot_num_values: 9 } }")
    (problem,) = data_gate.empty_cell_problems(counted, schema)
    assert "'kind': only 90.0% of the cells are filled, expected at least 100.0%" in problem


def test_a_label_with_one_value_teaches_nothing() -> None:
    for stats in ("string_stats { unique: 1 }", "num_stats { min: 1 max: 1 }"):
        (problem,) = data_gate.label_problems(statistics("kind", stats), "kind")
        assert "kind" in problem


def test_a_label_with_two_values_is_no_problem() -> None:
    for stats in ("string_stats { unique: 2 }", "num_stats { min: 0 max: 1 }"):
        assert data_gate.label_problems(statistics("kind", stats), "kind") == []


def write(folder: Path, records: Iterable[bytes]) -> str:
    folder.mkdir(parents=True)
    with tf.io.TFRecordWriter(str(folder / "rows.gz"), "GZIP") as writer:
        for record in records:
            writer.write(record)
    return str(folder)


def row(*cells: tuple[str, int]) -> bytes:
    """Serialize a tf.Example that has its features in a given order: messages add up."""
    return b"".join(
        tf.train.Example(
            features=tf.train.Features(
                feature={name: tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))}
            )
        ).SerializeToString()
        for name, value in cells
    )


def test_copies_are_counted_once_over_all_splits(tmp_path: Path) -> None:
    first, second, third = (row(("size", size), ("age", 1)) for size in range(3))
    again = row(("age", 1), ("size", 0))
    assert again != first
    train = write(tmp_path / "train", [first, second, first, again])
    evaluation = write(tmp_path / "eval", [third, second, third])
    assert data_gate.count_distinct([train, evaluation]) == 3
    assert data_gate.count_distinct([train]) == 2
    assert data_gate.count_distinct([write(tmp_path / "none", [])]) == 0


def test_no_more_rows_are_read_than_it_takes_to_see_that_they_are_many(tmp_path: Path) -> None:
    rows = (row(("size", size)) for size in range(data_gate.FEW))
    many = write(tmp_path / "train", rows)
    assert data_gate.count_distinct([many, "gs://no/such/bucket"]) == data_gate.FEW


NUMBERS = text_format.Parse(
    """
    feature { name: "size" type: FLOAT }
    feature { name: "age" type: INT }
    feature { name: "note" type: FLOAT annotation { tag: "ignored" } }
    feature { name: "price" type: INT annotation { tag: "label" } }
    """,
    schema_pb2.Schema(),
)


@pytest.mark.parametrize("number", [math.inf, -math.inf])
def test_infinite_numbers_are_counted(tmp_path: Path, number: float) -> None:
    rows = [tf.train.Example() for _ in range(4)]
    for example, cell in zip(rows, (1.0, number, number, None)):
        example.features.feature["size"].float_list.value[:] = [] if cell is None else [cell]
    split = write(tmp_path / "train", [example.SerializeToString() for example in rows])
    counted = statistics("size", f"num_stats {{ min: {min(number, 1)} max: {max(number, 1)} }}")
    (problem,) = data_gate.number_problems(counted, NUMBERS, split)
    assert problem == f"column 'size': 2 cells are not finite, such as {number}"
    ignored = statistics("note", "num_stats { max: inf }")
    assert data_gate.number_problems(ignored, NUMBERS, split) == []


def test_dates_that_are_none_are_counted(tmp_path: Path) -> None:
    schema = schema_pb2.Schema()
    schema.feature.add(name="day", type=schema_pb2.BYTES).annotation.tag.append("date")
    schema.feature.add(name="old", type=schema_pb2.BYTES).annotation.tag.extend(["date", "ignored"])
    schema.feature.add(name="price", type=schema_pb2.FLOAT).annotation.tag.append("label")
    rows = [tf.train.Example() for _ in range(4)]
    for example, cells in zip(rows, ([b"2021-03-05"], [b"1/2/21"], [], [b"gr\xfcn"])):
        example.features.feature["day"].bytes_list.value[:] = cells
        example.features.feature["old"].bytes_list.value[:] = [b"no date"]
    split = write(tmp_path / "train", [example.SerializeToString() for example in rows])
    (problem,) = data_gate.date_problems(schema, split)
    assert problem == "column 'day': 2 cells are not of the form 'date', such as '1/2/21'"
    schema.feature[0].annotation.tag[:] = []
    assert data_gate.date_problems(schema, "nowhere") == []


@pytest.mark.parametrize(
    ("column", "deviation", "is_lost"),
    [
        ("size", 67, True),
        ("price", 67, True),
        ("size", 20_000, False),
        ("price", 20_000, False),
        # It is scaled in float64.
        ("age", 67, False),
        ("note", 67, False),
    ],
)
def test_numbers_that_float32_cannot_tell_apart_are_told(
    column: str, deviation: float, is_lost: bool
) -> None:
    stats = f"num_stats {{ min: 1.7e9 max: 1.7000002e9 std_dev: {deviation} }}"
    problems = data_gate.number_problems(statistics(column, stats), NUMBERS, "nowhere")
    assert [
        f"column {column!r}: float32 cannot tell numbers between 1700000000 and" in problem
        for problem in problems
    ] == [True] * is_lost


@pytest.mark.parametrize(("distinct", "rows"), [(24, 2_201), (1, 2), (99, 198)])
def test_few_rows_and_many_copies_are_named(distinct: int, rows: int) -> None:
    copies = data_gate.duplicates_note(distinct, rows, "content")
    assert copies.startswith(f"only {distinct} distinct rows in {rows:,}:")
    remedy = data_gate.remedy(distinct, rows, "content")
    assert copies in remedy
    assert "the data are right" in remedy
    assert "Fix" not in remedy


@pytest.mark.parametrize(("distinct", "rows"), [(60, 60), (58, 60), (100, 2_201), (0, 0)])
def test_many_rows_or_few_copies_are_nothing_to_name(distinct: int, rows: int) -> None:
    assert not data_gate.duplicates_note(distinct, rows, "content")


def test_copies_that_are_rows_of_their_own_are_nothing_to_name() -> None:
    assert not data_gate.duplicates_note(24, 2_201, "row")
    assert data_gate.remedy(24, 2_201, "row").startswith("Fix the data;")


def test_a_split_by_a_column_may_fail_though_the_data_are_right() -> None:
    assert "split by newest:day" in data_gate.remedy(data_gate.FEW, 2_201, "newest:day")


def test_few_rows_may_fail_though_they_are_right() -> None:
    assert "only 60 rows" in data_gate.remedy(60, 60, "content")
    assert data_gate.remedy(data_gate.FEW, 2_201, "content").startswith("Fix the data;")


@pytest.mark.parametrize(
    ("split", "told"), [("content", "only 1 distinct rows in 20:"), ("row", "only 20 rows, so")]
)
@pytest.mark.parametrize("constant", [False, True])
def test_the_gate_counts_copies_before_it_blames_the_data(
    tmp_path: Path,
    raw_records: Path,
    toy_schema: schema_pb2.Schema,
    constant: bool,
    split: str,
    told: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (record, *_) = tf.data.TFRecordDataset(str(raw_records), "GZIP").as_numpy_iterator()
    names = artifact_utils.encode_split_names(["train", "eval"])
    artifacts = Examples(), ExampleAnomalies(), ExampleStatistics(), Schema()
    examples, anomalies, statistics_, schema = artifacts
    for artifact in artifacts:
        artifact.uri = str(tmp_path / artifact.type_name)
        Path(artifact.uri).mkdir()
    for artifact in (examples, anomalies, statistics_):
        artifact.split_names = names
    Path(schema.uri, "schema.pbtxt").write_text(text_format.MessageToString(toy_schema))
    filled = "common_stats { tot_num_values: 10 }"
    stats = statistics("kind", f"string_stats {{ unique: {1 if constant else 2} {filled} }}")
    for name in ("train", "eval"):
        write(Path(examples.uri, f"Split-{name}"), [record] * 10)
        for artifact, file, content in (
            (anomalies, "SchemaDiff.pb", Anomalies()),
            (statistics_, "FeatureStats.pb", stats),
        ):
            Path(artifact.uri, f"Split-{name}").mkdir()
            Path(artifact.uri, f"Split-{name}", file).write_bytes(content.SerializeToString())

    def judge() -> data_gate.Result:
        return DataGate.EXECUTOR_SPEC.executor_class._FUNCTION(
            examples=examples,
            anomalies=anomalies,
            statistics=statistics_,
            schema=schema,
            data="data/toys",
            schema_file="schema/schema.pbtxt",
            split=split,
        )

    if constant:
        with pytest.raises(BadDataError, match=told):
            judge()
    else:
        assert judge() == {"rows": 20, "distinct_rows": 1, "notes": ""}
        assert (told in capsys.readouterr().out) == (split == "content")
