from __future__ import annotations

import math
import re

import pytest
import tensorflow as tf
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from << cookiecutter.package_name >>.serving.coverage import Coverage

SCHEMA = text_format.Parse(
    """
    feature { name: "kind" type: BYTES annotation { tag: "label" } string_domain { value: "a" } }
    feature { name: "size" type: FLOAT presence { min_fraction: 0.75 } }
    feature { name: "level" type: INT int_domain { min: 1 max: 3 } }
    feature {
      name: "color" type: BYTES string_domain { value: "red" value: "blue" }
      distribution_constraints { min_domain_mass: 0.75 }
    }
    feature { name: "class" type: BYTES string_domain { value: "1.0" value: "2.0" } }
    feature { name: "maker" type: BYTES }
    """,
    schema_pb2.Schema(),
)
KNOWN = {"size": 1.0, "level": 2, "color": b"red", "class": b"1", "maker": b"acme"}


def serialize(cells: dict[str, object]) -> bytes:
    example = tf.train.Example()
    for name, cell in cells.items():
        kind = {float: "float_list", int: "int64_list", bytes: "bytes_list"}[type(cell)]
        getattr(example.features.feature[name], kind).value.append(cell)
    return example.SerializeToString()


def excess(
    *rows: dict[str, object],
    vocabularies: dict[str, list[str]] | None = None,
    unknown: dict[str, float] | None = None,
) -> list[str]:
    coverage = Coverage(SCHEMA, vocabularies or {}, unknown or {})
    coverage.update([serialize(row) for row in rows[:1]])
    coverage.update([serialize(row) for row in rows[1:]])
    return coverage.excess()


@pytest.mark.parametrize(
    "row",
    [KNOWN, {**KNOWN, "class": b"2.00"}, {**KNOWN, "color": b"pink"}, {**KNOWN, "size": None}],
)
def test_what_the_training_had_is_not_told(row: dict[str, object]) -> None:
    known = {name: cell for name, cell in row.items() if cell is not None}
    assert excess(known, KNOWN, KNOWN, KNOWN) == []


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"size": None}, "column 'size': 50.0% of the cells are empty; in .* at most 25.0%"),
        ({"size": math.inf}, "column 'size': 50.0% of the cells are empty; .* at most 25.0%"),
        ({"level": 4}, "column 'level': 50.0% of the cells are unknown, such as '4'; .* most 0.0%"),
        ({"color": b"pink"}, "column 'color': 50.0% .* unknown, such as 'pink'; .* most 25.0%"),
        ({"color": b"\xe9"}, "column 'color': 50.0% .* unknown, such as '\ufffd'; .* most 25.0%"),
        ({"color": b"", "size": None}, "column 'size': .*"),
        ({"class": b"3"}, "column 'class': 50.0% .* unknown, such as '3'; .* most 0.0%"),
    ],
)
def test_what_it_had_not_is_told(cells: dict[str, object], told: str) -> None:
    row = {name: cell for name, cell in {**KNOWN, **cells}.items() if cell is not None}
    (sentence,) = excess(*[KNOWN] * 50, *[row] * 50)
    assert re.fullmatch(told, sentence)


def test_of_a_few_rows_the_share_says_little() -> None:
    assert excess(KNOWN, {**KNOWN, "color": b"pink"}) == []
    assert len(excess(KNOWN, {**KNOWN, "class": b"3"})) == 1


def test_a_value_that_a_vocabulary_lacks_is_told() -> None:
    rows = [{**KNOWN, "maker": maker} for maker in (b"acme", b"acme ", b"1", b"1.0")]
    (sentence,) = excess(*rows, vocabularies={"maker": ["acme", "1"]}, unknown={"maker": 0.0})
    assert sentence == (
        "column 'maker': 50.0% of the cells are unknown, such as 'acme '; in the training 0.0%"
    )


def test_the_share_of_the_training_counts_where_it_is_known() -> None:
    rows = [*[{**KNOWN, "color": b"pink"}] * 20, *[KNOWN] * 80]
    # Within four standard errors of 0.1.
    assert excess(*rows, unknown={"color": 0.1}) == []
    (sentence,) = excess(*rows, unknown={"color": 0.05})
    assert sentence == (
        "column 'color': 20.0% of the cells are unknown, such as 'pink'; in the training 5.0%"
    )
