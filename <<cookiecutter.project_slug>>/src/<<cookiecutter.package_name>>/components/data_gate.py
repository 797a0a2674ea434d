"""The component that stops a run on bad data, before anything is trained."""

# TFX reads the annotations at run time, so they must not be postponed.
import math
from collections.abc import Iterable
from typing import TypedDict

import pyarrow as pa
import tensorflow as tf
from tensorflow_metadata.proto.v0 import schema_pb2
from tensorflow_metadata.proto.v0.anomalies_pb2 import Anomalies, AnomalyInfo
from tensorflow_metadata.proto.v0.statistics_pb2 import (
    CommonStatistics,
    DatasetFeatureStatisticsList,
    FeatureNameStatistics,
)
from tfx.dsl.component.experimental.annotations import InputArtifact, Parameter
from tfx.dsl.component.experimental.decorators import component
from tfx.types import artifact_utils
from tfx.types.standard_artifacts import ExampleAnomalies, Examples, ExampleStatistics, Schema

from ..console.errors import BadDataError
from ..features import precision
from ..features.schema import FILE_NAME, domain_of, label_of, read_by_the_model, read_schema
from ..files import dates, remote, tfrecord_files
from ..files import examples as tf_examples
from ..files.splits import CONTENT, FEW, ROW, are_few
from . import giveaways


class Result(TypedDict):
    """What ML Metadata records: the number of rows, and of distinct ones if these are few.

    Otherwise the latter is the limit itself. Notes are lines for the reader, before the training.
    """

    rows: int
    distinct_rows: int
    notes: str


@component
def DataGate(  # noqa: N802 (the function becomes a class)
    examples: InputArtifact[Examples],
    anomalies: InputArtifact[ExampleAnomalies],
    statistics: InputArtifact[ExampleStatistics],
    schema: InputArtifact[Schema],
    data: Parameter[str],
    schema_file: Parameter[str],
    split: Parameter[str],
) -> Result:
    """Fail on anomalies, too many empty cells, a label of one value, or what is no number or date.

    Columns that alone give the label away are named.

    Args:
        examples: the data.
        anomalies: what ExampleValidator found, by split.
        statistics: what StatisticsGen counted, by split.
        schema: says how many cells of a column may be empty.
        data: the folder of the data, for the message.
        schema_file: the file of the curated schema, for the message.
        split: the setting.

    Returns:
        How many rows and distinct rows all splits have together, and what else is to be told.

    Raises:
        BadDataError: names the split, the column and what was expected.
    """
    described = read_schema(f"{schema.uri}/{FILE_NAME}")
    problems = []
    rows = 0
    names = artifact_utils.decode_split_names(anomalies.split_names)
    for name in names:
        found = Anomalies.FromString(
            (remote.local_copy(anomalies.uri) / f"Split-{name}" / "SchemaDiff.pb").read_bytes()
        )
        counted = DatasetFeatureStatisticsList.FromString(
            (remote.local_copy(statistics.uri) / f"Split-{name}" / "FeatureStats.pb").read_bytes()
        )
        rows += sum(dataset.num_examples for dataset in counted.datasets)
        in_split = [
            *anomaly_problems(found),
            *empty_cell_problems(counted, described),
            *label_problems(counted, label_of(described).name),
            *number_problems(counted, described, artifact_utils.get_split_uri([examples], name)),
            *date_problems(described, artifact_utils.get_split_uri([examples], name)),
        ]
        problems += [f"\n  - {name} split: {problem}" for problem in in_split]
    distinct = count_distinct(artifact_utils.get_split_uri([examples], each) for each in names)
    if problems:
        raise BadDataError(
            f"the splits of the data in {data} do not fit {schema_file}:{''.join(problems)}\n"
            f"{remedy(distinct, rows, split)}"
        )
    if copies := duplicates_note(distinct, rows, split):
        print(f"there are {copies}")
    train = artifact_utils.get_split_uri([examples], "train")
    notes = "\n".join(giveaways.notes(train, described))
    print(notes)
    return {"rows": rows, "distinct_rows": distinct, "notes": notes}


def count_distinct(splits: Iterable[str]) -> int:
    """Count the distinct records of some folders together; of more than a few, only so many.

    As where TFX splits them, those are copies whose features differ in nothing but their order.

    Args:
        splits: folders of gzipped TFRecords.
    """
    seen = set()
    for split in splits:
        for file in remote.glob(split, "*.gz"):
            for record in tfrecord_files.records(remote.local_copy(file)):
                example = tf.train.Example.FromString(record)
                seen.add(hash(example.SerializeToString(deterministic=True)))
                if len(seen) == FEW:
                    return FEW
    return len(seen)


def duplicates_note(distinct: int, rows: int, split: str) -> str:
    """Return that distinct rows are few, and have a copy each on average; empty if not.

    It is empty, too, if the setting `split` puts copies into both splits.
    """
    if split != ROW and are_few(distinct, rows):
        return (
            f"only {distinct} distinct rows in {rows:,}: copies of a row are never split between "
            "train and eval"
        )
    return ""


def remedy(distinct: int, rows: int, split: str) -> str:
    """Return what to do about problems; few rows may cause some though each of them is right."""
    if copies := duplicates_note(distinct, rows, split):
        return (
            f"There are {copies}, so one may lack what the other has though the data are right. "
            "What helps are more distinct rows; or, of CSV and Parquet files, the setting "
            f"`split: {ROW}`, if each copy is a case of its own."
        )
    if split not in (CONTENT, ROW):
        return (
            f"The rows are split by {split}, so one split may lack what the other has though the "
            "data are right. What helps is another `split`; or fix the data, or the schema."
        )
    if (rows if split == ROW else distinct) < FEW:
        return (
            f"There are only {rows} rows, so one split may lack what the other has though the "
            "data are right. What helps are more rows; or fix the data, or the schema."
        )
    return "Fix the data; or the schema, where the data are right."


def anomaly_problems(found: Anomalies) -> list[str]:
    """Return what is wrong with which column, a sentence each."""
    problems = [
        f"column {name!r}: {reason.short_description}. {reason.description}"
        for name, info in sorted(found.anomaly_info.items())
        if info.severity == AnomalyInfo.ERROR
        for reason in info.reason
    ]
    if found.HasField("data_missing"):
        problems.append("there are no rows")
    if found.HasField("dataset_anomaly_info"):
        problems.append(found.dataset_anomaly_info.description)
    return problems


def empty_cell_problems(
    counted: DatasetFeatureStatisticsList, described: schema_pb2.Schema
) -> list[str]:
    """Compare the share of filled cells with the presence that the schema asks for.

    ExampleValidator does not: to it, an empty cell of a CSV file is a value, of length 0. Of the
    label, all have to be filled here: rows without one are left out where CSV and Parquet files are
    read, and nowhere else.
    """
    least = {feature.name: feature.presence.min_fraction for feature in described.feature}
    least[label_of(described).name] = 1
    problems = []
    for dataset in counted.datasets:
        for feature in dataset.features:
            (name,) = feature.path.step
            share = _common(feature).tot_num_values / dataset.num_examples
            if share < least.get(name, 0):
                problems.append(
                    f"column {name!r}: only {share:.1%} of the cells are filled, "
                    f"expected at least {least[name]:.1%}"
                )
    return problems


def label_problems(counted: DatasetFeatureStatisticsList, label: str) -> list[str]:
    """Return the problem of a label of one value, from which nothing can be learned."""
    return [
        f"the label {label!r} is the same in all rows; at least two values are needed"
        for dataset in counted.datasets
        for feature in dataset.features
        if list(feature.path.step) == [label] and _is_constant(feature)
    ]


def number_problems(
    counted: DatasetFeatureStatisticsList, described: schema_pb2.Schema, split: str
) -> list[str]:
    """Return which columns have infinite numbers, or numbers that float32 cannot tell apart.

    Args:
        counted: the statistics of a split.
        described: its schema.
        split: the folder of its gzipped TFRecords.
    """
    label = label_of(described)
    held_as_float = {
        feature.name
        for feature in [*read_by_the_model(described), label]
        if feature.type == schema_pb2.FLOAT
        or (feature is label and not domain_of(label, described))
    }
    problems = []
    for dataset in counted.datasets:
        for feature in dataset.features:
            (name,), numbers = feature.path.step, feature.num_stats
            if name not in held_as_float:
                continue
            if math.isinf(numbers.min) or math.isinf(numbers.max):
                count, cell = count_infinite(split, name)
                problems.append(f"column {name!r}: {count:,} cells are not finite, such as {cell}")
            elif lost := precision.problem(numbers):
                problems.append(f"column {name!r}: {lost}, or ignore the column")
    return problems


def count_infinite(split: str, column: str) -> tuple[int, float]:
    """Count the infinite numbers of a column; return also one of them.

    Args:
        split: the folder of the gzipped TFRecords.
        column: it has floats.
    """
    found = [
        cell
        for file in remote.glob(split, "*.gz")
        for record in tfrecord_files.records(remote.local_copy(file))
        for cell in tf.train.Example.FromString(record).features.feature[column].float_list.value
        if math.isinf(cell)
    ]
    return len(found), found[0]


def date_problems(described: schema_pb2.Schema, split: str) -> list[str]:
    """Return which columns of dates have cells that are none, as TFRecords may.

    Args:
        described: the schema of a split.
        split: the folder of its gzipped TFRecords.
    """
    forms = {each.name: dates.form_of(each.annotation.tag) for each in read_by_the_model(described)}
    dated = [each for each in described.feature if forms.get(each.name)]
    if not dated:
        return []
    decoder = tf_examples.decoder(dated)
    strays: dict[str, list[bytes]] = {each.name: [] for each in dated}
    for file in remote.glob(split, "*.gz"):
        for batch in tfrecord_files.batches(remote.local_copy(file)):
            rows = decoder.DecodeBatch(batch)
            for name, found in strays.items():
                cells = rows.column(rows.schema.get_field_index(name)).flatten().cast(pa.binary())
                # What is not UTF-8 is no date.
                read = dates.seconds(cells.cast(pa.string(), safe=False), forms[name])
                found += cells.filter(read.is_null()).to_pylist()
    return [
        f"column {name!r}: {len(found):,} cells are not of the form {forms[name]!r}, such as "
        f"{found[0].decode(errors='replace')!r}"
        for name, found in strays.items()
        if found
    ]


def _common(feature: FeatureNameStatistics) -> CommonStatistics:
    return getattr(feature, feature.WhichOneof("stats")).common_stats


def _is_constant(feature: FeatureNameStatistics) -> bool:
    if feature.HasField("string_stats"):
        return feature.string_stats.unique == 1
    return feature.num_stats.min == feature.num_stats.max
