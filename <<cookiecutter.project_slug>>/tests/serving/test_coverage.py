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
    """,
    schema_pb2.Schema(),
)
KNOWN = {"size": 1.0, "level": 2, "color": b"red", "class": b"1"}


def serialize(cells: dict[str, object]) -> bytes:
    example = tf.train.Example()
    for name, cell in cells.items():
        kind = {float: "float_list", int: "int64_list", bytes: "bytes_list"}[type(cell)]
        getattr(example.features.feature[name], kind).value.append(cell)
    return example.SerializeToString()


def excess(*rows: dict[str, object]) -> list[str]:
    coverage = Coverage(SCHEMA)
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
    (sentence,) = excess(KNOWN, row)
    assert re.fullmatch(told, sentence)
